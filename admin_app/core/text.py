"""Texts of people, made to fit."""

from __future__ import annotations

import re
import unicodedata

_SPACES = re.compile(r"\s")


def shorten(text: str, limit: int = 120) -> str:
    """Return `text` in one line of at most `limit` characters, with an ellipsis where something is left out."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def excerpt(text: str) -> str:
    """Return as much of somebody's words as a sentence about them quotes."""
    return shorten(text, 80)


def fold(text: str) -> str:
    """Return `text` as searches compare it: without case, accents, and differences of width or ligature.

    The compatibility decomposition of Unicode (Standard Annex 15, NFKD) without its combining marks, then full case
    folding (Unicode 3.13). The dotless i counts as i, for in capitals nobody can tell the two apart.
    """
    if text.isascii():
        return text.lower()
    letters = "".join(one for one in unicodedata.normalize("NFKD", text) if not unicodedata.combining(one))
    return letters.casefold().replace("ı", "i")


def words_of(text: str) -> str:
    """Return `text` as lists are searched: folded, and two spaces before each word.

    With these even the first letter of a word is a trigram of its own. `canvass_words()` of the database is the same.
    """
    return "  " + _SPACES.sub("  ", fold(text))
