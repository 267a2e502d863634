"""What the author of a question may set, beyond what every question has, and what is wrong with a setting."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from admin_app.core.words import figure, mark
from admin_app.core.words import gettext as _

# Of a text that is a setting, in characters: a message, the words at an end of a scale.
TEXT_MOST = 2_000
# What the program keeps with a question that another program sent: the word for its type, and its choices as they came.
# Nobody sets them by hand, and no type reads them.
SENT_TYPE, SENT_CHOICES = "sent_type", "sent_choices"
KEPT_SETTINGS = frozenset({SENT_TYPE, SENT_CHOICES})
# What JSON, JavaScript and spreadsheets all hold exactly.
WHOLE_MOST = 2**53 - 1

_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_CLOCK = "(?:[01][0-9]|2[0-3]):[0-5][0-9]"
_ISO_TIME = re.compile(rf"{_CLOCK}(?::[0-5][0-9])?\Z")
_ISO_MOMENT = re.compile(rf"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T{_CLOCK}\Z")
# Control characters that nobody types, and halves of surrogate pairs: neither can be stored or shown everywhere.
UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")


def is_iso_date(text: str) -> bool:
    """Whether `text` is a day of the calendar as YYYY-MM-DD."""
    return bool(_ISO_DATE.match(text)) and _is_there(text)


def is_iso_time(text: str) -> bool:
    """Whether `text` is a time of day as HH:MM or HH:MM:SS."""
    return bool(_ISO_TIME.match(text))


def is_iso_moment(text: str) -> bool:
    """Whether `text` is a day and a time as YYYY-MM-DDTHH:MM."""
    return bool(_ISO_MOMENT.match(text)) and _is_there(text)


def _is_there(text: str) -> bool:
    try:
        dt.datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


_READERS: Mapping[type, Callable[[str], bool]] = {
    dt.date: is_iso_date,
    dt.time: is_iso_time,
    dt.datetime: is_iso_moment,
}


@dataclass(frozen=True)
class SettingSpec:
    """One setting of a question type, for forms and checks: its name, kind and what it is for.

    Settings live in a JSON document: a `float` may be a whole number; a `date`, a `time` and a `datetime` are their ISO
    texts. Label, help and the labels of `options` are marked, and translated where they are shown.
    """

    name: str
    kind: type[int] | type[float] | type[str] | type[bool] | type[dt.date] | type[dt.time]
    label: str
    help: str = ""
    # Of a number.
    least: float | None = None
    most: float | None = None
    # Of a text that is one of a few: each with its label.
    options: tuple[tuple[str, str], ...] = ()
    # What holds where nothing is set.
    default: Any = None

    def accepts(self, value: Any) -> bool:
        """Whether `value` may be this setting's."""
        return self._is_of_kind(value) and not self._is_outside(value)

    def fault(self, value: Any) -> str:
        """Return what is wrong with a value, in a sentence, or an empty text."""
        if self.accepts(value):
            return ""
        name = _(self.label)
        if self.least is not None and self.most is not None and self._is_of_kind(value):
            least, most = figure(self.least), figure(self.most)
            return _("“%(name)s” must be from %(least)s to %(most)s.", name=name, least=least, most=most)
        return _("The setting “%(name)s” cannot be what it is.", name=name)

    def _is_of_kind(self, value: Any) -> bool:
        if self.kind in (int, float):
            return _is_number(value) and (self.kind is float or isinstance(value, int))
        if reader := _READERS.get(self.kind):
            return isinstance(value, str) and reader(value)
        if self.options:
            return value in [name for name, _label in self.options]
        if self.kind is str:
            return isinstance(value, str) and len(value) <= TEXT_MOST and not UNWANTED.search(value)
        return isinstance(value, self.kind)

    def _is_outside(self, value: Any) -> bool:
        below = self.least is not None and value < self.least
        return below or (self.most is not None and value > self.most)


def _is_number(value: Any) -> bool:
    """Whether JSON can hold `value` as a number, and gives it back as it was."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) <= WHOLE_MOST if isinstance(value, int) else math.isfinite(value)


COMMON_SETTINGS = (
    SettingSpec("required_message", str, mark("Message when it is not answered")),
    SettingSpec("invalid_message", str, mark("Message when the answer is not allowed")),
)
_PAIRS = (("min", "max"), ("min_length", "max_length"), ("min_choices", "max_choices"))


def range_faults(settings: Mapping[str, Any]) -> list[str]:
    """Return a sentence for each pair of settings whose least is above its most."""
    return [
        _("The least (%(least)s) is above the most (%(most)s).", least=settings[low], most=settings[high])
        for low, high in _PAIRS
        if settings.get(low) is not None and settings.get(high) is not None and settings[low] > settings[high]
    ]
