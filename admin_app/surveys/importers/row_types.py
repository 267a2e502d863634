"""What the column "type" of an XLSForm says, under all the names that are in use for it."""

from __future__ import annotations

import re
from dataclasses import dataclass

PLAIN = {
    "text": "text",
    "string": "text",
    "q string": "text",
    "add text prompt": "text",
    "integer": "integer",
    "int": "integer",
    "q int": "integer",
    "add integer prompt": "integer",
    "decimal": "decimal",
    "q decimal": "decimal",
    "add decimal prompt": "decimal",
    "date": "date",
    "q date": "date",
    "add date prompt": "date",
    "time": "time",
    "datetime": "datetime",
    "date time": "datetime",
    "q datetime": "datetime",
    "q date time": "datetime",
    "add datetime prompt": "datetime",
    "add date time prompt": "datetime",
    # A type of pyxform's: a text of digits.
    "phone number": "phone",
    "range": "slider",
    "acknowledge": "consent",
    "q acknowledge": "consent",
    "add acknowledge prompt": "consent",
    "trigger": "consent",
    "note": "statement",
    "q note": "statement",
    "add note prompt": "statement",
}
_ONE = (
    "select_one",
    "select one from",
    "select one using",
    "select one",
    "select1",
    "q select1",
    "add select one prompt using",
)
_MANY = (
    "select_multiple",
    "select all that apply from",
    "select all that apply",
    "select multiple from",
    "select multiple using",
    "select multiple",
    "q select",
    "add select multiple prompt using",
)
_SELECTS = {**dict.fromkeys(_ONE, "single_choice"), **dict.fromkeys(_MANY, "multiple_choice")}
_SELECT = re.compile(
    rf"(?P<command>{'|'.join(sorted(_SELECTS, key=len, reverse=True))})\s+(?P<list>\S+)"
    r"(?P<other>\s+(?:or specify other|or_other|or other))?",
    re.IGNORECASE,
)
_CONTROLS = {"group": "group", "repeat": "repeat", "lgroup": "repeat", "looped group": "repeat", "loop": "repeat"}
_BEGIN = re.compile(rf"begin[ _](?P<control>{'|'.join(_CONTROLS)})(?: (?:over )?\S+)?", re.IGNORECASE)
_END = re.compile(rf"end[ _](?P<control>{'|'.join(_CONTROLS)})", re.IGNORECASE)


@dataclass(frozen=True)
class RowType:
    """`what` is "question", "begin", "end" or "unknown"; `name` the question's type or the kind of group."""

    what: str
    name: str = ""
    list_name: str = ""
    other: bool = False


def read_type(text: str) -> RowType:
    """Return what a row is."""
    text = " ".join(text.split())
    if text.casefold() in PLAIN:
        return RowType("question", PLAIN[text.casefold()])
    if found := _SELECT.fullmatch(text):
        return RowType("question", _SELECTS[found["command"].casefold()], found["list"], bool(found["other"]))
    for what, pattern in (("begin", _BEGIN), ("end", _END)):
        if found := pattern.fullmatch(text):
            return RowType(what, _CONTROLS[found["control"].casefold()])
    return RowType("unknown")
