"""What the columns "type", "appearance", "parameters" and "constraint" of an XLSForm say of a question.

Nothing is written there that our importer would read as something else; what these columns cannot say stands in
columns of ours.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from admin_app.surveys.importers.expressions import NotPlainError, alone_in, range_of
from admin_app.surveys.importers.looks import YES_NO
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.question_types.single_choice import DROPDOWN, ROW
from admin_app.surveys.questionnaire import QuestionSpec

_NAMES = {
    "long_text": "text",
    "email": "text",
    "url": "text",
    "phone": "text",
    "datetime": "dateTime",
    "consent": "acknowledge",
    "statement": "note",
    "scale": "range",
    "nps": "range",
    "rating": "range",
    "slider": "range",
    "yes_no": "select_one",
    "single_choice": "select_one",
    "multiple_choice": "select_multiple",
}
_LOOKS = {
    "long_text": "multiline",
    "yes_no": YES_NO,
    **{kind: kind for kind in ("email", "url", "phone", "scale", "nps", "rating")},
}
_SHOWN = {DROPDOWN: "minimal", ROW: "horizontal"}
# What a constraint compares, by the type of the question: the subject and the settings that say the same.
_VALUE = (".", "min", "max")
_LENGTH = ("string-length(.)", "min_length", "max_length")
_SUBJECTS = {
    "integer": _VALUE,
    "decimal": _VALUE,
    "date": _VALUE,
    "text": _LENGTH,
    "long_text": _LENGTH,
    "multiple_choice": ("count-selected(.)", "min_choices", "max_choices"),
}


@dataclass
class Look:
    """The cells of one question, and the names of the settings that they say."""

    type: str
    appearance: str = ""
    parameters: str = ""
    said: set[str] = field(default_factory=set)


def look_of(question: QuestionSpec, list_name: str) -> Look:
    """Return how a row says what kind of question it is; `list_name` names its choices, if it has any."""
    kind = question.type
    look = Look(_NAMES.get(kind, kind), _LOOKS.get(kind, ""))
    if list_name:
        look.type += f" {list_name}"
    if question.other and kind in ("single_choice", "multiple_choice"):
        look.type += " or_other"
        look.said.add("other")
    if kind == "single_choice" and question.settings.get("appearance") in _SHOWN:
        look.appearance = _SHOWN[question.settings["appearance"]]
        look.said.add("appearance")
    if look.type == "range":
        first, last, step = _range(question, look.said)
        look.parameters = f"start={first} end={last} step={step}"
    return look


def _range(question: QuestionSpec, said: set[str]) -> tuple[str, str, str]:
    kind = QUESTION_TYPES[question.type]
    match question.type:
        case "nps":
            return "0", "10", "1"
        case "rating":
            said.add("stars")
            return "1", number(kind.setting(question, "stars")), "1"
        case _:
            said.update(("min", "max", "step"))
            step = kind.setting(question, "step") if "step" in kind.known_settings else 1
            return number(kind.setting(question, "min")), number(kind.setting(question, "max")), number(step)


@dataclass
class Constraint:
    """The cell, the settings that it says, and the codes of choices that stand alone and could not be named in it."""

    text: str
    said: set[str]
    unnamed: list[str]


def constraint_of(question: QuestionSpec) -> Constraint:
    """Return what a row's constraint says of a question's limits."""
    limits = dict(_limits(question))
    alone = [choice.code for choice in question.choices if choice.exclusive and question.type == "multiple_choice"]
    sayings = {code: _stands_alone(code) for code in alone}
    parts = [*limits.values(), *(text for code, text in sayings.items() if alone_in(text)[0] == {code})]
    unnamed = [code for code, text in sayings.items() if text not in parts]
    return Constraint(" and ".join(parts), set(limits), unnamed)


def _limits(question: QuestionSpec) -> Iterator[tuple[str, str]]:
    """Yield each limit that can be said, by the name of its setting."""
    subject, low, high = _SUBJECTS.get(question.type, ("", "", ""))
    for name, operator in ((low, ">="), (high, "<=")):
        value = question.settings.get(name)
        if value is None:
            continue
        operand = f"date('{value}')" if question.type == "date" else number(value)
        text = f"{subject} {operator} {operand}"
        if _says(text, question.type, {name: value}):
            yield name, text


def _says(text: str, kind: str, settings: dict[str, Any]) -> bool:
    try:
        return range_of(text, kind) == settings
    except NotPlainError:
        return False


def _stands_alone(code: str) -> str:
    quote = '"' if "'" in code else "'"
    return f"not(selected(., {quote}{code}{quote}) and count-selected(.) > 1)"


def number(value: Any) -> str:
    """Return a number without exponent; what is none in a draft as it is."""
    return format(Decimal(repr(value)), "f") if isinstance(value, float) else str(value)
