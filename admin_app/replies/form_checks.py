"""What the form's script may say before anything is sent: each sentence is the question type's own.

Only what the type refuses is told, by asking it about answers just outside of what it takes; a type that is not known
here is checked by the server alone, as everything is once more.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from admin_app.core.words import figure
from admin_app.core.words import gettext as _
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.question_types.base import AnswerError, QuestionType
from admin_app.surveys.questionnaire import Questionnaire, QuestionSpec

# The attribute's name with the answer that shows its sentence.
_ODD: Mapping[str, tuple[tuple[str, str], ...]] = {
    "email": (("bad", "@"),),
    "date": (("bad", "?"), ("low", "0001-01-01"), ("high", "9999-12-31")),
    "time": (("bad", "?"), ("low", "00:00"), ("high", "23:59")),
    "datetime": (("bad", "?"), ("low", "0001-01-01T00:00"), ("high", "9999-12-31T23:59")),
}
_NUMBERS = {"integer": "whole", "decimal": "any"}


def sentences_for(questionnaire: Questionnaire) -> dict[str, dict[str, str]]:
    """Return by question key the attributes that stand around its field."""
    return {
        question.key: {f"data-{name}": text for name, text in _of(question)} for question in questionnaire.questions()
    }


def _of(question: QuestionSpec) -> Iterator[tuple[str, str]]:
    kind = QUESTION_TYPES[question.type]
    if question.required and kind.asks:
        said = kind.required_message(question)
        # Most say the same, which stands in the form once.
        yield "missing", "" if said == default_missing() else said
    if kind.name in _NUMBERS:
        yield from _of_number(kind, question)
    for name, odd in _ODD.get(kind.name, ()):
        if sentence := _refusal(kind, question, odd):
            yield name, sentence
    yield from _of_lengths(question)


def default_missing() -> str:
    """Return the sentence of a required question that has none of its own."""
    return _("Answer this question to go on.")


def _of_number(kind: QuestionType, question: QuestionSpec) -> Iterator[tuple[str, str]]:
    yield "number", _NUMBERS[kind.name]
    yield "bad", _refusal(kind, question, "?")
    for setting, bound, name, step in (("min", "least", "low", -1), ("max", "most", "high", 1)):
        limit = question.settings.get(setting)
        if limit is not None:
            yield bound, str(limit)
            yield name, _refusal(kind, question, str(limit + step))


def _of_lengths(question: QuestionSpec) -> Iterator[tuple[str, str]]:
    """How many choices, or characters."""
    settings = question.settings
    if question.type == "multiple_choice":
        bounds = {"least": settings.get("min_choices"), "most": settings.get("max_choices")}
        note = str(getattr(QUESTION_TYPES[question.type], "note")(question))  # noqa: B009 - of this type alone
    else:
        bounds = {"most": settings.get("max_length")}
        note = longest_note(settings.get("max_length"))
    bounds = {name: value for name, value in bounds.items() if value}
    if bounds:
        yield "wrong", str(settings.get("invalid_message") or note)
        yield from ((name, str(value)) for name, value in bounds.items())


def longest_note(most: int | None) -> str:
    """Return what the form says about the length of a text."""
    return _("At most %(number)s characters.", number=figure(most)) if most else ""


def _refusal(kind: QuestionType, question: QuestionSpec, odd: str) -> str:
    try:
        kind.clean(question, odd)
    except AnswerError as error:
        return str(error)
    return ""
