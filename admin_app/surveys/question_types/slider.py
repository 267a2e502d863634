"""A number on a slider."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal as Exact
from decimal import InvalidOperation
from typing import Any

from admin_app.core.words import figure, mark
from admin_app.core.words import gettext as _
from admin_app.surveys.question_types.base import QUESTION_TYPES, Answers, GetList, SettingSpec, clean_text
from admin_app.surveys.question_types.decimal import Decimal
from admin_app.surveys.questionnaire import QuestionSpec

# Of what is set, so that every place has a number of its own that a double holds.
_MOST, _FINEST = 10**6, 0.0001


class Slider(Decimal):
    """Stored as a JSON number, whole where it is whole.

    The form has a slider and beside it a box with the number, both under the question's key: the box counts where
    something stands in it. A slider always has a place, so its first place, one step before the least, is no answer:
    whoever passes the question over has given none, also without JavaScript.
    """

    name = "slider"
    label = mark("Slider")
    keywords = mark("range, percent, bar")
    icon = "adjustments-horizontal"
    template = "public/fields/slider.html"
    settings = (
        SettingSpec("min", float, mark("Least"), mark("0 when empty."), -_MOST, _MOST, default=0),
        SettingSpec("max", float, mark("Most"), mark("100 when empty."), -_MOST, _MOST, default=100),
        SettingSpec("step", float, mark("Step"), mark("1 when empty."), _FINEST, _MOST, default=1),
        SettingSpec("unit", str, mark("Unit"), mark("Such as “%” or “km”."), default=""),
        SettingSpec("min_label", str, mark("Words at the least"), default=""),
        SettingSpec("max_label", str, mark("Words at the most"), default=""),
    )

    def exact(self, question: QuestionSpec, name: str) -> Exact:
        """Return a setting that is a number as it was written."""
        return Exact(str(self.setting(question, name)))

    def before(self, question: QuestionSpec) -> Exact:
        """Return the place of the slider that is no answer."""
        return self.exact(question, "min") - self.exact(question, "step")

    def collect(self, question: QuestionSpec, getlist: GetList) -> Answers:
        sent = [clean_text(value) for value in getlist(question.key)]
        if len(sent) == 2:
            place, box = sent
            sent = [box or ("" if _is_number(place, self.before(question)) else place)]
        return super().collect(question, lambda _name: sent)

    def fill(self, question: QuestionSpec, answers: Mapping[str, Any]) -> dict[str, list[str]]:
        # The slider and the box beside it.
        return {name: values * 2 for name, values in super().fill(question, answers).items()}

    def clean(self, question: QuestionSpec, raw: str) -> float:
        value = super().clean(question, raw)
        step = self.exact(question, "step")
        if (Exact(str(value)) - self.exact(question, "min")) % step:
            sentence = _("The number must be in steps of %(step)s.", step=figure(float(step), grouped=False))
            raise self.invalid(question, sentence)
        return value

    def limits(self, question: QuestionSpec) -> tuple[float | None, float | None]:
        return self.setting(question, "min"), self.setting(question, "max")

    def show(self, question: QuestionSpec, answers: Mapping[str, Any]) -> str:
        value, unit = answers.get(question.key), self.setting(question, "unit")
        if value is None or not unit:
            return super().show(question, answers)
        return _("%(number)s %(unit)s", number=value, unit=unit)

    def contradictions(self, question: QuestionSpec) -> list[str]:
        least, most, step = (self.exact(question, name) for name in ("min", "max", "step"))
        if least >= most:
            return [_("The least (%(least)s) must be below the most (%(most)s).", least=least, most=most)]
        if (most - least) % step:
            return [_("Steps of %(step)s do not lead from the least to the most.", step=step)]
        return []


def _is_number(text: str, number: Exact) -> bool:
    """Whether a text from the form says the same as `number`."""
    try:
        return len(text) < 40 and Exact(text) == number
    except InvalidOperation:
        return False


QUESTION_TYPES.add(Slider.name, Slider())
