"""Texts of people, made to fit."""

from __future__ import annotations


def shorten(text: str, limit: int = 120) -> str:
    """Return `text` in one line of at most `limit` characters, with an ellipsis where something is left out."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def excerpt(text: str) -> str:
    """Return as much of somebody's words as a sentence about them quotes."""
    return shorten(text, 80)
