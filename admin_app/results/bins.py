"""Where numbers and moments lie: how many in each of a few steps that are even and easy to read.

Each function takes one group of answers or several, as how often each value was given; all are put into the same steps.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from admin_app.core.words import day, figure
from admin_app.core.words import gettext as _

# About as many steps as a picture shows well; never more than twice as many.
WANTED = 12
# As many different whole numbers in a row get a bar each.
SINGLE = 16
_STEPS = (1, 2, 5, 10)
# Of smaller powers of ten a double has too few digits left, or none.
_SMALLEST = -300
# Three tenths are three steps of a tenth, also where a division says 2.9999999999999996.
_NUDGE = 1e-9


@dataclass(frozen=True)
class Bin:
    """One step, in words, and how many of each group lie in it."""

    words: str
    counts: list[int]


Groups = Sequence[Mapping[Any, int]]


def number_bins(groups: Groups) -> list[Bin]:
    """Return the steps in which numbers lie, with none left out between; whole numbers that are few one by one."""
    values = {value for group in groups for value in group}
    if not values:
        return []
    least, most = min(values), max(values)
    whole = all(value == int(value) for value in values)
    if whole and most - least < SINGLE:
        return _placed(groups, int, range(int(least), int(most) + 1), figure)
    step = _even_step(least, most, whole=whole)
    if not math.isfinite(step):
        # They lie further apart than a double can say.
        return []

    def place(value: float) -> int:
        return math.floor(value / step + _NUDGE)

    def words(at: int) -> str:
        low, high = (_tidy(one * step, step) for one in (at, at + 1))
        return _("%(low)s to under %(high)s", low=figure(low), high=figure(high))

    return _placed(groups, place, range(place(least), place(most) + 1), words)


def _placed(
    groups: Groups, place: Callable[[Any], Any], places: Sequence[Any], words: Callable[[Any], str]
) -> list[Bin]:
    counts = []
    for group in groups:
        found: Counter[Any] = Counter()
        for value, times in group.items():
            found[place(value)] += times
        counts.append(found)
    return [Bin(words(at), [found[at] for found in counts]) for at in places]


def _even_step(least: float, most: float, *, whole: bool) -> float:
    """Return 1, 2 or 5 times a power of ten, so that about as many steps as are wanted lead from least to most."""
    rough = (most - least) / WANTED or abs(most) or 1
    if not math.isfinite(rough):
        return rough
    power = 10.0 ** max(math.floor(math.log10(rough)), _SMALLEST)
    step = next(size * power for size in _STEPS if size * power >= rough * 0.999)
    return max(step, 1) if whole else step


def _tidy(value: float, step: float) -> float:
    """Return a multiple of `step` without what floating point adds to it."""
    tidy = round(value, max(0, 1 - math.floor(math.log10(step))))
    return int(tidy) if tidy == int(tidy) else tidy


def moment_bins(groups: Groups) -> list[Bin]:
    """Return stored days, moments or times of day by hour, day, week, month or year, as their span asks for."""
    values = {value for group in groups for value in group}
    if not values:
        return []
    least, most = min(values), max(values)
    if ":" in least[:3]:
        hours = range(int(least[:2]), int(most[:2]) + 1)
        return _placed(groups, lambda text: int(text[:2]), hours, lambda hour: f"{hour:02}:00–{hour:02}:59")
    first, last = (dt.date.fromisoformat(text[:10]) for text in (least, most))
    days = (last - first).days
    if days < 32:
        return _placed(groups, _ordinal, range(first.toordinal(), last.toordinal() + 1), _day_words)
    if days < 190:
        weeks = range(_monday(least), _monday(most) + 1, 7)
        return _placed(groups, _monday, weeks, lambda monday: _("Week of %(day)s", day=_day_words(monday)))
    if days < 3 * 366:
        return _placed(groups, _month, range(_month(least), _month(most) + 1), _month_words)
    if last.year - first.year < 2 * WANTED:
        return _placed(groups, _year, range(first.year, last.year + 1), str)
    step = int(_even_step(first.year, last.year, whole=True))
    spans = range(first.year // step, last.year // step + 1)
    return _placed(groups, lambda text: _year(text) // step, spans, lambda at: f"{at * step}–{at * step + step - 1}")


def _ordinal(text: str) -> int:
    return dt.date.fromisoformat(text[:10]).toordinal()


def _day_words(ordinal: int) -> str:
    return day(dt.date.fromordinal(ordinal))


def _monday(text: str) -> int:
    ordinal = _ordinal(text)
    return ordinal - (ordinal - 1) % 7


def _month(text: str) -> int:
    return _year(text) * 12 + int(text[5:7]) - 1


def _month_words(month: int) -> str:
    return f"{month // 12:04}-{month % 12 + 1:02}"


def _year(text: str) -> int:
    return int(text[:4])
