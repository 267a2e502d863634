"""Ranks: texts between any two of which another one fits, so that a move touches one row.

A rank is a fraction written in base 62 without its leading "0."; ranks compare byte by byte. It never ends in the digit
zero, so there is always room below it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_VALUES = {digit: value for value, digit in enumerate(DIGITS)}
_BASE = len(DIGITS)
# As long as the column; whoever meets it spreads the ranks of the list anew.
LONGEST = 80


def between(low: str | None, high: str | None) -> str:
    """Return a rank above `low` and below `high`; None stands for the start and the end of the list.

    Raises ValueError when the two are not in order or the rank would be too long.
    """
    if low and high and low >= high:
        raise ValueError("The ranks are not in order.")
    rank = _middle(low or "", high) if high else _after(low or "")
    if len(rank) > LONGEST:
        raise ValueError("There is no room left between these ranks.")
    return rank


def _after(low: str) -> str:
    """Appending is what happens most, so it takes the next digit and not the middle of what is left."""
    for index, digit in enumerate(low):
        if digit != DIGITS[-1]:
            return low[:index] + DIGITS[_VALUES[digit] + 1]
    return low + DIGITS[_BASE // 2]


def _middle(low: str, high: str) -> str:
    prefix = ""
    while True:
        index = len(prefix)
        below = _VALUES[low[index]] if index < len(low) else 0
        above = _VALUES[high[index]] if high[:index] == prefix and index < len(high) else _BASE
        if above - below > 1:
            return prefix + DIGITS[(below + above) // 2]
        prefix += DIGITS[below]


def spread(count: int) -> list[str]:
    """Return `count` ranks in order, evenly spaced and short."""
    width, room = 1, _BASE
    while room < 2 * (count + 1):
        width, room = width + 1, room * _BASE
    step = room // (count + 1)
    return [_write(step * number, width) for number in range(1, count + 1)]


def _write(value: int, width: int) -> str:
    digits = []
    for _ in range(width):
        value, digit = divmod(value, _BASE)
        digits.append(DIGITS[digit])
    return "".join(reversed(digits)).rstrip("0")


def reorder(ranks: Sequence[str | None]) -> list[str]:
    """Return ranks in rising order for a list whose members have these now, None for a new one.

    As few as possible change: the longest run of members that are in order already keeps its ranks.
    """
    kept = set(in_order(ranks))
    if not kept:
        return spread(len(ranks))
    result: list[str] = []
    following = _following(ranks, kept)
    for place, rank in enumerate(ranks):
        if place in kept and rank is not None:
            result.append(rank)
            continue
        try:
            result.append(between(result[-1] if result else None, following[place]))
        except ValueError:
            return spread(len(ranks))
    return result


def _following(ranks: Sequence[str | None], kept: set[int]) -> list[str | None]:
    """Return, for each place, the rank of the next member that keeps its own."""
    following: list[str | None] = [None] * len(ranks)
    upcoming: str | None = None
    for place in range(len(ranks) - 1, -1, -1):
        following[place] = upcoming
        if place in kept:
            upcoming = ranks[place]
    return following


def in_order(ranks: Sequence[Any]) -> list[int]:
    """Return the places of the longest rising run, by patience sorting; None is in no run."""
    tops: list[Any] = []
    places: list[int] = []
    before: list[int | None] = [None] * len(ranks)
    for place, rank in enumerate(ranks):
        if rank is None:
            continue
        at = bisect_left(tops, rank)
        before[place] = places[at - 1] if at else None
        tops[at : at + 1] = [rank]
        places[at : at + 1] = [place]
    run: list[int] = []
    place_now = places[-1] if places else None
    while place_now is not None:
        run.append(place_now)
        place_now = before[place_now]
    return run[::-1]
