"""Texts of people in files that spreadsheets open: no cell may turn into a formula, and none may change for good."""

from __future__ import annotations

import re

_PLAIN_NUMBER = re.compile(r"[+-]?[0-9]+(?:[.,][0-9]+)?(?:[eE][+-]?[0-9]+)?")
# What a spreadsheet passes over before it looks for a formula: spaces, quotes, characters without a shape.
_PASSED_OVER = "\\s\"'`´‘’‚‛“”„‟«»\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\x00-\x1f\x7f"
_FORMULA = re.compile(f"[\t\r\n]|[{_PASSED_OVER}]*[=+\\-@|%＝＋－＠]")


def disarm(text: str) -> str:
    """Return `text` so that no spreadsheet runs it: with a `'` in front where it could be a formula.

    Plain numbers stay as they are.
    """
    return "'" + text if _is_dangerous(text) else text


def restore(text: str) -> str:
    """Return the text that `disarm` was given."""
    return text[1:] if text.startswith("'") and _is_dangerous(text[1:]) else text


def _is_dangerous(text: str) -> bool:
    return bool(_FORMULA.match(text)) and not _PLAIN_NUMBER.fullmatch(text)
