"""The question types: importing this package registers them all, in the order in which they are offered."""

from admin_app.surveys.question_types import (  # noqa: I001 - the order is the menu's
    text,
    long_text,
    integer,
    decimal,
    date,
    yes_no,
    single_choice,
    multiple_choice,
    matrix_single,
    statement,
)
from admin_app.surveys.question_types.base import QUESTION_TYPES

__all__ = [
    "QUESTION_TYPES",
    "date",
    "decimal",
    "integer",
    "long_text",
    "matrix_single",
    "multiple_choice",
    "single_choice",
    "statement",
    "text",
    "yes_no",
]
