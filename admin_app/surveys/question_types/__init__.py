"""The question types: importing this package registers them all."""

from admin_app.surveys.question_types import single_choice, text
from admin_app.surveys.question_types.base import QUESTION_TYPES

__all__ = ["QUESTION_TYPES", "single_choice", "text"]
