"""Sentences for people, in the reader's language, also from code that knows no web.

The web installs how it translates; without it (a test, a script) a sentence stays in English. A constant that is shown
later is marked with `mark()`, so that the catalogues know it, and translated where it is shown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


def _as_it_is(text: str) -> str:
    return text


def _one_or_many(one: str, many: str, number: int) -> str:
    return one if number == 1 else many


@dataclass
class _Translator:
    text: Callable[[str], str] = _as_it_is
    counted: Callable[[str, str, int], str] = _one_or_many


_translator = _Translator()


def install(text: Callable[[str], str], counted: Callable[[str, str, int], str]) -> None:
    """Translate by these two from now on: a text, and (one, many, number)."""
    _translator.text, _translator.counted = text, counted


def mark(text: str) -> str:
    """Return `text` as it is; its only purpose is that the catalogues find it."""
    return text


def gettext(text: str, **values: Any) -> str:
    """Return `text` in the reader's language, with `%(name)s` replaced by `values`."""
    translated = _translator.text(text)
    return translated % values if values else translated


def ngettext(one: str, many: str, number: int, **values: Any) -> str:
    """Return the form for `number` in the reader's language; `%(number)s` stands for it."""
    return _translator.counted(one, many, number) % {"number": number, **values}
