"""What the columns "appearance" and "parameters" of an XLSForm make of a question."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from admin_app.core.text import excerpt
from admin_app.core.words import gettext as _
from admin_app.surveys.importers.tables import Row
from admin_app.surveys.question_types.points import MOST_POINTS
from admin_app.surveys.question_types.single_choice import DROPDOWN, ROW

# The last three, and "yes_no", are nobody's standard: other programs pass them over, and our own export writes them.
YES_NO = "yes_no"
_TEXTS = {"multiline": "long_text", "url": "url", "email": "email", "phone": "phone"}
_CHOICES = {"minimal": DROPDOWN, "autocomplete": DROPDOWN, "likert": ROW, "horizontal": ROW}
_PARAMETER = re.compile(r"([A-Za-z_-]+)\s*=\s*([^\s,;=]+)[\s,;]*")
_NUMBER = re.compile(r"[+-]?[0-9]{1,12}(?:\.[0-9]{1,12})?")
# What a range is without parameters.
_RANGE = {"start": "1", "end": "10", "step": "1"}


@dataclass
class Look:
    """The type of a question, what its look sets, and the words that change nothing here."""

    kind: str
    settings: dict[str, Any] = field(default_factory=dict)
    rest: list[str] = field(default_factory=list)


def look_of(row: Row, kind: str) -> Look:
    """Return what a row's appearance and parameters say; what they cannot say here is reported or left in `rest`."""
    words = row.text("appearance").split()
    if kind == "slider":
        return _range(row, words)
    known: Mapping[str, str] = {"text": _TEXTS, "single_choice": _CHOICES}.get(kind, {})
    meant = next((known[word] for word in words if word in known), "")
    rest = [word for word in words if known.get(word) != meant or word not in known]
    if not meant:
        return Look(kind, rest=rest)
    return Look(meant, rest=rest) if kind == "text" else Look(kind, {"appearance": meant}, rest)


def _range(row: Row, words: list[str]) -> Look:
    first, last, step = (_plain(number) for number in _ends(row))
    slider = Look("slider", {"min": first, "max": last, "step": step}, words)
    for kind, settings in _alternatives(first, last, step):
        if kind in words:
            rest = [word for word in words if word != kind]
            return Look("integer" if kind == "picker" else kind, settings, rest)
    return slider


def _alternatives(first: float, last: float, step: float) -> list[tuple[str, dict[str, Any]]]:
    """Return the other looks that a range can have, each with what it sets; "rating" and "picker" are ODK's own."""
    if step != 1 or first != int(first):
        return []
    ends = {"min": first, "max": last}
    found: list[tuple[str, dict[str, Any]]] = [("picker", ends)]
    if first == 1 and 3 <= last <= 10:
        found.append(("rating", {"stars": last}))
    if last - first < MOST_POINTS:
        found.append(("scale", ends))
    if (first, last) == (0, 10):
        found.append(("nps", {}))
    return found


def _ends(row: Row) -> tuple[Decimal, Decimal, Decimal]:
    """Return the least, the most and the step of a range; what its parameters have beside them is reported."""
    text = row.text("parameters")
    given = {name.lower(): value for name, value in _PARAMETER.findall(text)}
    unread = _PARAMETER.sub("", text).strip()
    wrong = [name for name in _RANGE if name in given and not _NUMBER.fullmatch(given[name])]
    if unread or wrong:
        row.error(
            "parameters",
            _("“%(text)s” is not a number for start, end or step.", text=excerpt(unread or given[wrong[0]])),
        )
        given = {}
    for name in given.keys() - _RANGE.keys():
        row.unsupported("parameters", _("the parameter “%(name)s” is not supported.", name=excerpt(name)))
    first, last, step = (Decimal(given.get(name, value)) for name, value in _RANGE.items())
    if first > last:
        row.unsupported("parameters", _("a range from high to low is not supported; it is asked from low to high."))
        first, last = last, first
    return first, last, abs(step)


def _plain(number: Decimal) -> float:
    return int(number) if number == number.to_integral_value() else float(number)
