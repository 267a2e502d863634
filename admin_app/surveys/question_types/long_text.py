"""A text of several lines."""

from __future__ import annotations

from admin_app.core.words import mark
from admin_app.surveys.question_types.base import LONG_TEXT_LIMIT, QUESTION_TYPES
from admin_app.surveys.question_types.text import Text


class LongText(Text):
    """Stored as a text, its line breaks as "\\n"."""

    name = "long_text"
    label = mark("Long text")
    keywords = mark("paragraph, comment, essay, open")
    icon = "align-left"
    template = "public/fields/long_text.html"
    limit = LONG_TEXT_LIMIT


QUESTION_TYPES.add(LongText.name, LongText())
