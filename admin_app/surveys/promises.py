"""What respondents are promised about what is stored of them. Marked: who shows it translates it."""

from __future__ import annotations

from admin_app.core.words import mark

ANONYMOUS = mark(
    "This survey is anonymous: we store your answers and the time, and nothing else that says who you are."
)
NOT_ANONYMOUS = mark(
    "This survey is not anonymous: we store your answers and the time, and the people who run it may connect them with "
    "you."
)


def promise(*, anonymous: bool) -> str:
    """Return the sentence, still to be translated."""
    return ANONYMOUS if anonymous else NOT_ANONYMOUS
