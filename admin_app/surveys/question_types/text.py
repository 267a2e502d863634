"""A short text on one line."""

from __future__ import annotations

from typing import ClassVar

from admin_app.core.words import figure, mark
from admin_app.core.words import gettext as _
from admin_app.surveys.question_types.base import QUESTION_TYPES, TEXT_LIMIT, QuestionType, SettingSpec
from admin_app.surveys.questionnaire import QuestionSpec


class Text(QuestionType):
    """Stored as a text."""

    name = "text"
    label = mark("Short text")
    keywords = mark("single line, name, open")
    icon = "cursor-text"
    template = "public/fields/text.html"
    # The kind of input that browsers know, and what they may offer to fill in (WCAG 1.3.5).
    input_type = "text"
    autocomplete = ""
    free_text = True
    settings: ClassVar[tuple[SettingSpec, ...]] = (
        SettingSpec("min_length", int, mark("Shortest"), mark("In characters."), least=0),
        SettingSpec("max_length", int, mark("Longest"), mark("In characters."), least=1),
    )
    limit = TEXT_LIMIT

    def clean(self, question: QuestionSpec, raw: str) -> str:
        longest = min(self.limit, question.settings.get("max_length") or self.limit)
        if len(raw) > longest:
            sentence = mark("Use at most %(most)s characters; this has %(has)s.")
            raise self.invalid(question, _(sentence, most=figure(longest), has=figure(len(raw))))
        shortest = question.settings.get("min_length") or 0
        if len(raw) < shortest:
            sentence = mark("Use at least %(least)s characters; this has %(has)s.")
            raise self.invalid(question, _(sentence, least=figure(shortest), has=figure(len(raw))))
        return raw


QUESTION_TYPES.add(Text.name, Text())
