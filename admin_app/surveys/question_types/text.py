"""A short text on one line."""

from __future__ import annotations

from admin_app.surveys.question_types.base import QUESTION_TYPES, TEXT_LIMIT, QuestionType, SettingSpec
from admin_app.surveys.questionnaire import QuestionSpec


class Text(QuestionType):
    """Stored as a text."""

    name = "text"
    label = "Short text"
    icon = "cursor-text"
    template = "public/fields/text.html"
    free_text = True
    settings = (
        SettingSpec("min_length", int, "Shortest", "In characters."),
        SettingSpec("max_length", int, "Longest", "In characters."),
    )
    limit = TEXT_LIMIT

    def clean(self, question: QuestionSpec, raw: str) -> str:
        longest = min(self.limit, question.settings.get("max_length") or self.limit)
        if len(raw) > longest:
            raise self.invalid(question, f"Use at most {longest:,} characters; this has {len(raw):,}.")
        shortest = question.settings.get("min_length") or 0
        if len(raw) < shortest:
            raise self.invalid(question, f"Use at least {shortest:,} characters; this has {len(raw):,}.")
        return raw


QUESTION_TYPES.add(Text.name, Text())
