"""One choice out of several, with "other, please specify" where it is offered."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from admin_app.core.words import figure, mark
from admin_app.core.words import gettext as _
from admin_app.surveys.question_types.base import (
    QUESTION_TYPES,
    TEXT_LIMIT,
    AnswerError,
    Answers,
    Column,
    Count,
    GetList,
    QuestionType,
    SettingSpec,
    Summary,
    clean_text,
)
from admin_app.surveys.questionnaire import QuestionSpec

OTHER_CODE = "__other"
# How the form shows the choices.
AUTOMATIC, RADIO, ROW, DROPDOWN = "automatic", "radio", "row", "dropdown"
# More choices than this are a list to open, where nothing else is set, and no longer rows to read.
DROPDOWN_ABOVE = 25

OTHER_SETTING = SettingSpec("other", bool, mark("Offer “Other, please specify”"), default=False)
_SHOWN_AS = (
    (AUTOMATIC, mark("As fits their number")),
    (RADIO, mark("One below the other")),
    (ROW, mark("Side by side")),
    (DROPDOWN, mark("As a list to open")),
)


class SingleChoice(QuestionType):
    """Stored as the choice's code; where "other" was chosen the value is None and the text lies under KEY__other."""

    name = "single_choice"
    label = mark("Single choice")
    keywords = mark("radio buttons, dropdown, select, one answer")
    icon = "circle-dot"
    template = "public/fields/choices.html"
    has_choices = True
    settings: ClassVar[tuple[SettingSpec, ...]] = (
        OTHER_SETTING,
        SettingSpec("appearance", str, mark("Show the choices"), options=_SHOWN_AS, default=AUTOMATIC),
        SettingSpec(
            "dropdown_above",
            int,
            mark("A list to open from"),
            mark("More choices than so many, where they are shown as fits their number; 25 when empty."),
            least=2,
            most=1_000,
            default=DROPDOWN_ABOVE,
        ),
    )

    def shown_as(self, question: QuestionSpec) -> str:
        """Return how the form shows the choices: as radio buttons, in a row of them, or as a list to open."""
        appearance: str = self.setting(question, "appearance")
        if appearance != AUTOMATIC:
            return appearance
        return DROPDOWN if len(question.choices) > self.setting(question, "dropdown_above") else RADIO

    def collect(self, question: QuestionSpec, getlist: GetList) -> Answers:
        raw = [value for value in getlist(question.key) if value]
        other = self.chosen_other(question, getlist, raw, needs_code=True)
        raw = [value for value in raw if not (question.other and value == OTHER_CODE)]
        if len(raw) + bool(other) > 1:
            raise AnswerError(_("Choose one answer only."), name=question.key)
        if not raw and not other and question.required:
            raise AnswerError(self.required_message(question), name=question.key)
        answers: Answers = {question.key: self.clean(question, raw[0]) if raw else None}
        if other:
            answers[question.other_key] = other
        return answers

    def fill(self, question: QuestionSpec, answers: Mapping[str, Any]) -> dict[str, list[str]]:
        other = answers.get(question.other_key)
        chosen = [*self.chosen_codes(question, answers), *([OTHER_CODE] if other else [])]
        return {question.key: chosen, question.other_key: [other or ""]}

    def chosen_codes(self, question: QuestionSpec, answers: Mapping[str, Any]) -> list[str]:
        """Return the codes of the choices that were taken."""
        code = answers.get(question.key)
        return [] if code is None else [code]

    def chosen_other(self, question: QuestionSpec, getlist: GetList, raw: list[str], *, needs_code: bool) -> str:
        """Return the words for "other" where they count.

        With `needs_code`, words left behind in the field after another choice was taken are no answer. Without any
        choice they are one: whoever wrote them meant them, whether "other" was ticked or not.
        """
        text = self.other_text(question, getlist)
        if question.other and OTHER_CODE in raw:
            if not text:
                raise AnswerError(_("Say in words what “Other” is."), name=question.other_key)
            return text
        return "" if raw and needs_code else text

    def other_text(self, question: QuestionSpec, getlist: GetList) -> str:
        """Return the words for "other", or an empty text; AnswerError when they are too many."""
        if not question.other:
            return ""
        text = " ".join(filter(None, map(clean_text, getlist(question.other_key))))
        if len(text) > TEXT_LIMIT:
            sentence = _("Use at most %(number)s characters.", number=figure(TEXT_LIMIT))
            raise AnswerError(sentence, name=question.other_key)
        return text

    def clean(self, question: QuestionSpec, raw: str) -> Any:
        if raw not in question.labels:
            raise AnswerError(_("Choose one of the answers on offer."), name=question.key)
        return raw

    def show(self, question: QuestionSpec, answers: Mapping[str, Any]) -> str:
        code = answers.get(question.key)
        parts = [question.labels.get(code, code)] if code is not None else []
        return "; ".join([*parts, *filter(None, [answers.get(question.other_key)])])

    def columns(self, question: QuestionSpec, *, labels: bool) -> list[Column]:
        def value(answers: Mapping[str, Any]) -> Any:
            code = answers.get(question.key)
            return question.labels.get(code, code) if labels and code is not None else code

        return [Column(question.key, question.label, value), *self.other_column(question)]

    def other_column(self, question: QuestionSpec) -> list[Column]:
        """Return the column of the "other" text, if there is one."""
        if not question.other:
            return []
        return [
            Column(question.other_key, f"{question.label} (other)", lambda answers: answers.get(question.other_key))
        ]

    def start(self, question: QuestionSpec) -> Summary:
        return Summary(choices=[Count(choice.code, choice.label) for choice in question.choices])

    def count(self, question: QuestionSpec, summary: Summary, answers: Mapping[str, Any], times: int = 1) -> None:
        if answers[question.key] is not None:
            summary.tally(answers[question.key], times)
        summary.other += times * bool(answers.get(question.other_key))


QUESTION_TYPES.add(SingleChoice.name, SingleChoice())
