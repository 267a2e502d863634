"""Sentences for people, in the reader's language, also from code that knows no web.

The web installs how it translates; without it (a test, a script) a sentence stays in English. A constant that is shown
later is marked with `mark()`, so that the catalogues know it, and translated where it is shown.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol


def _as_it_is(text: str) -> str:
    return text


def _one_or_many(one: str, many: str, number: int) -> str:
    return one if number == 1 else many


def _with_commas(value: float, *, grouped: bool) -> str:
    return f"{value:,}" if grouped else f"{value}"


def _iso(value: dt.date) -> str:
    return value.isoformat(" ", "minutes") if isinstance(value, dt.datetime) else value.isoformat()


class Figure(Protocol):
    """Writes a number in digits, its thousands in groups or not."""

    def __call__(self, value: float, *, grouped: bool) -> str: ...


@dataclass
class _Translator:
    text: Callable[[str], str] = _as_it_is
    counted: Callable[[str, str, int], str] = _one_or_many
    figure: Figure = _with_commas
    day: Callable[[dt.date], str] = _iso


# What is said where no application runs.
PLAIN = _Translator()
_translator = _Translator()


def install(
    text: Callable[[str], str],
    counted: Callable[[str, str, int], str],
    figure: Figure,
    day: Callable[[dt.date], str],
) -> None:
    """Translate by these from now on: a text, (one, many, number), a number into digits, a day or a moment."""
    _translator.text, _translator.counted, _translator.figure, _translator.day = text, counted, figure, day


def mark(text: str) -> str:
    """Return `text` as it is; its only purpose is that the catalogues find it."""
    return text


def mark_counted(one: str, many: str) -> tuple[str, str]:
    """Return both forms as they are, for `ngettext()`; otherwise as `mark()`."""
    return one, many


def gettext(text: str, /, **values: Any) -> str:
    """Return `text` in the reader's language, with `%(name)s` replaced by `values`."""
    # The empty text is the name under which a catalogue keeps what it says of itself.
    translated = _translator.text(text) if text else ""
    return translated % values if values else translated


def ngettext(one: str, many: str, number: int, /, **values: Any) -> str:
    """Return the form for `number` in the reader's language; `%(number)s` stands for it."""
    return _translator.counted(one, many, number) % {"number": figure(number), **values}


def figure(value: float, *, grouped: bool = True) -> str:
    """Return a number in digits as the reader writes them: 10,000 or 10.000; with all its decimals."""
    return _translator.figure(value, grouped=grouped)


def day(value: dt.date) -> str:
    """Return a day as the reader writes it: Mar 31, 2026 or 31.03.2026. A moment has its time too, as it is."""
    return _translator.day(value)
