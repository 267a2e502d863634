"""A rating with stars."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from admin_app.core.words import gettext as _
from admin_app.core.words import mark
from admin_app.surveys.question_types.base import QUESTION_TYPES, SettingSpec
from admin_app.surveys.question_types.points import Points
from admin_app.surveys.questionnaire import QuestionSpec


class Rating(Points):
    """Stored as the number of stars, from 1."""

    name = "rating"
    label = mark("Rating with stars")
    keywords = mark("score, feedback")
    icon = "star"
    template = "public/fields/rating.html"
    settings = (SettingSpec("stars", int, mark("Stars"), mark("3 to 10; 5 when empty."), least=3, most=10, default=5),)

    def span(self, question: QuestionSpec) -> range:
        return range(1, self.setting(question, "stars") + 1)

    def spoken(self, question: QuestionSpec, point: int) -> str:
        """Return a number of stars in words."""
        return _("%(number)s of %(all)s stars", number=point, all=self.setting(question, "stars"))

    def show(self, question: QuestionSpec, answers: Mapping[str, Any]) -> str:
        point = answers.get(question.key)
        return "" if point is None else self.spoken(question, point)


QUESTION_TYPES.add(Rating.name, Rating())
