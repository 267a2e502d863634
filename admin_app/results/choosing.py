"""The ways in which replies are chosen by one answer: each returns the words for it, and its condition."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, func

from admin_app.core.words import figure, mark
from admin_app.core.words import gettext as _
from admin_app.results import stored
from admin_app.results.join import JoinedQuestion
from admin_app.surveys.question_types.base import clean_text
from admin_app.surveys.question_types.matrix_single import MatrixSingle
from admin_app.surveys.question_types.multiple_choice import MultipleChoice
from admin_app.surveys.question_types.number import Number
from admin_app.surveys.question_types.when import When
from admin_app.surveys.question_types.yes_no import YesNo

Chosen = tuple[str, ColumnElement[bool]]
Way = Callable[[JoinedQuestion, str], Chosen]

_STATES = {"answered": mark("Answered"), "skipped": mark("Skipped"), "not_shown": mark("Not shown")}
# Longer than this nobody types a text to look for.
_LONGEST = 200


def _is(question: JoinedQuestion, code: str) -> Chosen:
    """The answer is this choice, or has it among others."""
    if not (options := offered(question)):
        raise ValueError("no choices")
    label = options[code]
    return label, stored.holds(question.spec.key, _stored(question, code))


def offered(question: JoinedQuestion) -> dict[str, str]:
    """Return the labels of the choices of a question by their codes; none for a matrix, whose rows have choices."""
    return {} if question.type.has_rows else dict(question.type.offered(question.spec))


def _stored(question: JoinedQuestion, code: str) -> Any:
    """Return a code as it would be stored as an answer."""
    if isinstance(question.type, YesNo):
        return code == "yes"
    if isinstance(question.type, MultipleChoice):
        return [code]
    return int(code) if isinstance(question.type, Number) else code


def _row(question: JoinedQuestion, value: str) -> Chosen:
    """The answer in a row of a matrix is this choice."""
    if not isinstance(question.type, MatrixSingle):
        raise ValueError("no rows")
    row, _semicolon, code = value.partition(";")
    spec = question.spec
    words = _("%(row)s: %(choice)s", row=spec.row_labels[row], choice=spec.labels[code])
    return words, stored.holds(spec.key, {row: code})


def _other(question: JoinedQuestion, _value: str) -> Chosen:
    """Something was written as "other"."""
    if not question.type.has_choices or question.type.has_rows:
        raise ValueError("no other")
    return _("Other, in their own words"), stored.has_words(question.spec.other_key)


def _from(question: JoinedQuestion, value: str) -> Chosen:
    """The number is this or more, the moment this or a later one."""
    if isinstance(question.type, When):
        bound = _moment(value)
        words = _("on or after %(day)s", day=bound)
        return words, func.substr(stored.words(question.spec.key), 1, len(bound)) >= bound
    least = _number(question, value)
    return _("%(number)s or more", number=figure(least)), stored.number(question.spec.key) >= least


def _to(question: JoinedQuestion, value: str) -> Chosen:
    """The number is this or less, the moment this or an earlier one; a day means the whole of it."""
    if isinstance(question.type, When):
        bound = _moment(value)
        words = _("on or before %(day)s", day=bound)
        return words, func.substr(stored.words(question.spec.key), 1, len(bound)) <= bound
    most = _number(question, value)
    return _("%(number)s or less", number=figure(most)), stored.number(question.spec.key) <= most


def _number(question: JoinedQuestion, value: str) -> float:
    if not isinstance(question.type, Number):
        raise ValueError("no number")
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("no number")
    return int(number) if number == int(number) else number


def _moment(value: str) -> str:
    """Return the start of a stored moment; it is compared as text, so it holds what such a text holds."""
    if not 2 <= len(value) <= len("2026-01-01T00:00:00") or set(value) - set("0123456789-:T"):
        raise ValueError("no moment")
    return value


def _contains(question: JoinedQuestion, value: str) -> Chosen:
    """The text contains these words."""
    text = clean_text(value)[:_LONGEST]
    if not text or not question.type.free_text:
        raise ValueError("nothing to look for")
    found = stored.words(question.spec.key).icontains(text, autoescape=True)
    return _("contains “%(text)s”", text=text), found


def _state(question: JoinedQuestion, value: str) -> Chosen:
    """The question was answered, skipped or not shown."""
    key, other = question.spec.key, question.spec.other_key
    conditions: dict[str, Callable[[], ColumnElement[bool]]] = {
        "answered": lambda: stored.is_answered(key, other),
        "skipped": lambda: stored.is_skipped(key, other),
        "not_shown": lambda: stored.is_not_shown(key),
    }
    return _(_STATES[value]), conditions[value]()


# Those whose values are typed into a form.
TYPED = ("from", "to", "contains")
WAYS: dict[str, Way] = {
    "is": _is, "row": _row, "other": _other, "from": _from, "to": _to, "contains": _contains, "state": _state,
}  # fmt: skip
