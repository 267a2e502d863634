"""A scale of whole numbers, with words at its ends and in its middle."""

from __future__ import annotations

from admin_app.core.words import gettext as _
from admin_app.core.words import mark
from admin_app.surveys.question_types.base import QUESTION_TYPES, SettingSpec
from admin_app.surveys.question_types.points import MOST_POINTS, Points
from admin_app.surveys.questionnaire import QuestionSpec


class Scale(Points):
    """Stored as the number of the point, such as 4 on a scale from 1 to 5, or -1 on one from -3 to 3."""

    name = "scale"
    label = mark("Scale")
    keywords = mark("likert, linear scale, opinion, agreement")
    icon = "ruler-measure"
    settings = (
        SettingSpec("min", int, mark("First number"), least=-10, most=10, default=1),
        SettingSpec("max", int, mark("Last number"), mark("A scale has 2 to 11 points."), least=-9, most=20, default=5),
        SettingSpec("min_label", str, mark("Words at the first number"), default=""),
        SettingSpec("middle_label", str, mark("Words in the middle"), default=""),
        SettingSpec("max_label", str, mark("Words at the last number"), default=""),
    )

    def span(self, question: QuestionSpec) -> range:
        first, last = self.setting(question, "min"), self.setting(question, "max")
        return range(first, min(last, first + MOST_POINTS - 1) + 1)

    def words_at(self, question: QuestionSpec) -> dict[int, str]:
        span = self.span(question)
        places = {"min_label": 0, "middle_label": len(span) // 2, "max_label": -1}
        words = {name: self.setting(question, name) for name in places}
        return {span[places[name]]: text for name, text in words.items() if text and span}

    def contradictions(self, question: QuestionSpec) -> list[str]:
        points = self.setting(question, "max") - self.setting(question, "min") + 1
        if not 2 <= points <= MOST_POINTS:
            return [_("A scale has 2 to %(most)s points.", most=MOST_POINTS)]
        if points % 2 == 0 and self.setting(question, "middle_label"):
            return [_("There are words for the middle, and a scale of %(points)s points has none.", points=points)]
        return []


QUESTION_TYPES.add(Scale.name, Scale())
