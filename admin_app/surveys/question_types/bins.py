"""Where numbers and moments lie: how many in each of a few steps that are even and easy to read."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

# About as many steps as a picture shows well; never more than twice as many.
WANTED = 12
# As many different whole numbers in a row get a bar each.
SINGLE = 16
_STEPS = (1, 2, 5, 10)
# Three tenths are three steps of a tenth, also where a division says 2.9999999999999996.
_NUDGE = 1e-9


@dataclass(frozen=True)
class Bin:
    """How many lie from `low` up to, and without, the next one's.

    `unit` is "one" for a single number, "span" for a range of numbers up to `high`; of moments "hour", "day", "week",
    "month" or "year", with `low` as they are stored; "years" is a range of years up to and with `high`.
    """

    low: float | str
    count: int
    unit: str
    high: float = 0


def number_bins(values: Mapping[float, int]) -> list[Bin]:
    """Return the numbers in even steps, given how often each occurs; whole ones that are few, one by one."""
    if not values:
        return []
    least, most = min(values), max(values)
    whole = all(value == int(value) for value in values)
    if whole and most - least < SINGLE:
        numbers = range(int(least), int(most) + 1)
        return [Bin(number, values.get(number, 0), "one") for number in numbers]
    step = _even_step(least, most, whole=whole)
    if not math.isfinite(step):
        # They lie further apart than a double can say.
        return []
    counts: Counter[int] = Counter()
    for value, times in values.items():
        counts[math.floor(value / step + _NUDGE)] += times
    return [
        Bin(_tidy(place * step, step), counts[place], "span", _tidy((place + 1) * step, step))
        for place in range(min(counts), max(counts) + 1)
    ]


def _even_step(least: float, most: float, *, whole: bool) -> float:
    """Return 1, 2 or 5 times a power of ten, so that about as many steps as are wanted lead from least to most."""
    rough = (most - least) / WANTED or abs(most) or 1
    if not math.isfinite(rough):
        return rough
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(size * power for size in _STEPS if size * power >= rough * 0.999)
    return max(step, 1) if whole else step


def _tidy(value: float, step: float) -> float:
    """Return a multiple of `step` without what floating point adds to it."""
    digits = max(0, 1 - math.floor(math.log10(step)))
    return round(value, digits)


def moment_bins(moments: Mapping[str, int]) -> list[Bin]:
    """Return stored days, moments or times of day by hour, day, week, month or year, as their span asks for."""
    if not moments:
        return []
    if ":" in min(moments)[:3]:
        return _filled(moments, "hour", lambda text: text[:2], lambda hour: f"{int(hour) + 1:02}")
    first, last = (dt.date.fromisoformat(text[:10]) for text in (min(moments), max(moments)))
    days = (last - first).days
    if days < 32:
        return _filled(moments, "day", lambda text: text[:10], lambda day: _later(day, 1))
    if days < 190:
        return _filled(moments, "week", _monday, lambda day: _later(day, 7))
    if days < 3 * 366:
        return _filled(moments, "month", lambda text: text[:7], _next_month)
    return _years(moments, last.year - first.year)


def _filled(
    moments: Mapping[str, int], unit: str, start: Callable[[str], str], following: Callable[[str], str]
) -> list[Bin]:
    """Return a bin for each step from the first to the last, also where nothing lies."""
    counts: Counter[str] = Counter()
    for text, times in moments.items():
        counts[start(text)] += times
    place, last = min(counts), max(counts)
    bins = [Bin(place, counts[place], unit)]
    # Not one step too far: after the last day of the calendar there is none.
    while place != last:
        place = following(place)
        bins.append(Bin(place, counts[place], unit))
    return bins


def _years(moments: Mapping[str, int], span: int) -> list[Bin]:
    """Return the years one by one, or in even steps where they are many."""
    if span < 2 * WANTED:
        return _filled(moments, "year", lambda text: text[:4], lambda year: f"{int(year) + 1:04}")
    numbers: Counter[float] = Counter()
    for text, times in moments.items():
        numbers[int(text[:4])] += times
    return [Bin(f"{one.low:04.0f}", one.count, "years", one.high - 1) for one in number_bins(numbers)]


def _later(day: str, days: int) -> str:
    return (dt.date.fromisoformat(day) + dt.timedelta(days=days)).isoformat()


def _monday(text: str) -> str:
    day = dt.date.fromisoformat(text[:10])
    return (day - dt.timedelta(days=day.weekday())).isoformat()


def _next_month(month: str) -> str:
    year, number = int(month[:4]), int(month[5:7])
    return f"{year + number // 12:04}-{number % 12 + 1:02}"
