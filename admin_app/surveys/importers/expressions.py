"""The expressions of XLSForm that can be carried over: yes or no, and plain ranges."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

TRUE = frozenset({"yes", "true", "true()", "1"})
FALSE = frozenset({"no", "false", "false()", "0", ""})

_QUOTES = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"'})
_AND = re.compile(r"\s+and\s+", re.IGNORECASE)
_LENGTH = r"string-length\(\s*\.\s*\)"
_COUNT = r"count-selected\(\s*\.\s*\)"
_OPERATOR = r"(<=|>=|=|<|>)"
_LEFT = re.compile(rf"(\.|{_LENGTH}|{_COUNT})\s*{_OPERATOR}\s*(.+)")
_RIGHT = re.compile(rf"(.+?)\s*{_OPERATOR}\s*(\.|{_LENGTH}|{_COUNT})")
# The usual way to say that a choice stands alone.
_ALONE = re.compile(
    rf"not\(\s*selected\(\s*\.\s*,\s*(?P<quote>['\"])(?P<code>(?:(?!(?P=quote)).)+)(?P=quote)\s*\)\s+and\s+"
    rf"{_COUNT}\s*(?:>\s*1|>=\s*2)\s*\)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"[+-]?\d{1,15}(\.\d{1,15})?")
_DATE = re.compile(r"(?:date\(\s*)?(?P<quote>['\"])(?P<day>\d{4}-\d{2}-\d{2})(?P=quote)\s*\)?")
_FUNCTION = re.compile(r"(?:string-length|count-selected)\(")
# Stands for what has been understood.
_TAKEN = "\0"
_TURNED = {"<": ">", ">": "<", "<=": ">=", ">=": "<=", "=": "="}
_NUMERIC = ("integer", "decimal")
# What is counted by each function: the types that have it, the settings that say the same, and their least.
_COUNTED = {
    "string-length": (("text", "long_text"), ("min_length", "max_length"), 0),
    "count-selected": (("multiple_choice",), ("min_choices", "max_choices"), 1),
}
REFERENCE = re.compile(r"\$\{[^}]*\}")


class NotPlainError(ValueError):
    """The expression is more than a plain range."""


def truth(text: str) -> bool | None:
    """Return whether a text says yes or no; None when it is an expression."""
    word = text.strip().casefold()
    if word in TRUE:
        return True
    return False if word in FALSE else None


def alone_in(expression: str) -> tuple[frozenset[str], str]:
    """Return the codes of the choices that must stand alone, and what else the expression says."""
    expression = expression.translate(_QUOTES)
    codes = frozenset(found["code"] for found in _ALONE.finditer(expression))
    parts = _AND.split(_without_brackets(_ALONE.sub(_TAKEN, expression)))
    return codes, " and ".join(part for part in parts if _without_brackets(part) != _TAKEN)


def range_of(expression: str, kind: str) -> dict[str, Any]:
    """Return the settings of a question of type `kind` that say the same as `expression`; NotPlainError if none do.

    Understood are comparisons of the answer, of its length, or of how many choices it has, with one number or day,
    joined by "and".
    """
    settings: dict[str, Any] = {}
    for part in _AND.split(_without_brackets(expression.translate(_QUOTES))):
        subject, operator, operand = _comparison(_without_brackets(part))
        for name, value in _limits(subject, operator, operand, kind).items():
            if name in settings:
                raise NotPlainError(expression)
            settings[name] = value
    return settings


def _without_brackets(text: str) -> str:
    """Return `text` without brackets around the whole of it."""
    text = text.strip()
    while text.startswith("(") and text.endswith(")") and "(" not in _FUNCTION.sub("", text[1:-1]):
        text = text[1:-1].strip()
    return text


def _comparison(part: str) -> tuple[str, str, str]:
    """Return (subject, operator, operand) with the answer on the left."""
    if found := _LEFT.fullmatch(part):
        return found[1], found[2], found[3].strip()
    if found := _RIGHT.fullmatch(part):
        return found[3], _TURNED[found[2]], found[1].strip()
    raise NotPlainError(part)


def _limits(subject: str, operator: str, operand: str, kind: str) -> dict[str, Any]:
    if subject != ".":
        kinds, names, least = _COUNTED[subject.partition("(")[0]]
        if kind not in kinds:
            raise NotPlainError(subject)
        bounds = _bounds(operator, _number(operand, "integer"), 1, *names)
        if min(bounds.values()) < least:
            raise NotPlainError(operand)
        return bounds
    if kind == "date":
        return {name: day.isoformat() for name, day in _bounds(operator, _day(operand), dt.timedelta(1)).items()}
    if kind in _NUMERIC:
        return _bounds(operator, _number(operand, kind), 1 if kind == "integer" else None)
    raise NotPlainError(kind)


def _bounds(operator: str, value: Any, step: Any, low: str = "min", high: str = "max") -> dict[str, Any]:
    """Return the bounds that include their ends; a bound that leaves its end out needs a `step` to the next value."""
    if operator in ("<", ">") and step is None:
        raise NotPlainError(operator)
    match operator:
        case "=":
            return {low: value, high: value}
        case ">=":
            return {low: value}
        case ">":
            return {low: value + step}
        case "<=":
            return {high: value}
        case _:
            return {high: value - step}


def _number(operand: str, kind: str) -> int | float:
    if not _NUMBER.fullmatch(operand):
        raise NotPlainError(operand)
    value = float(operand)
    if value.is_integer():
        return int(value)
    if kind == "integer":
        raise NotPlainError(operand)
    return value


def _day(operand: str) -> dt.date:
    found = _DATE.fullmatch(operand)
    try:
        return dt.date.fromisoformat(found["day"]) if found else dt.date.fromisoformat("")
    except ValueError as error:
        raise NotPlainError(operand) from error
