"""Every figure of the results, worked out by pandas from an exported file: a second opinion."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pandas
import pytest

NOT_SHOWN, SKIPPED = "[not shown]", "[skipped]"


def read(file: Path | bytes) -> pandas.DataFrame:
    """Return a CSV file with each choice apart and what was not answered told, as texts."""
    source = io.BytesIO(file) if isinstance(file, bytes) else file
    return pandas.read_csv(source, dtype=str, keep_default_na=False, encoding="utf-8-sig")


def compare(results: dict[str, Any], frame: pandas.DataFrame) -> int:
    """Compare all figures of `results`, as the command prints them, with the file; return how many there were."""
    assert results["replies"] == len(frame)
    return sum(_compare(question, frame) for question in results["questions"])


def _compare(question: dict[str, Any], frame: pandas.DataFrame) -> int:
    key = question["key"]
    own = _columns(question, frame)
    states = frame[own]
    unseen = (states == NOT_SHOWN).all(axis=1)
    passed = (states == SKIPPED).all(axis=1)
    counts = (len(frame) - int((unseen | passed).sum()), int(passed.sum()), int(unseen.sum()))
    assert (question["answered"], question["skipped"], question["not_shown"]) == counts, key
    answered = frame[~(unseen | passed)]
    done = 3
    if question["rows"]:
        return done + sum(_choices(row, answered[f"{key}__{row['code']}"], key) for row in question["rows"])
    if f"{key}__other" in own:
        assert question["other"] == int((answered[f"{key}__other"] != "").sum()), key
        done += 1
    if key not in own:
        apart = {one["code"]: int((answered[f"{key}__{one['code']}"] == "1").sum()) for one in question["choices"]}
        assert {one["code"]: one["count"] for one in question["choices"]} == apart, key
        return done + len(apart)
    return done + _choices(question, answered[key], key) + _stats(question, answered[key])


def _columns(question: dict[str, Any], frame: pandas.DataFrame) -> list[str]:
    key, parts = question["key"], [*question["choices"], *question["rows"]]
    several = [f"{key}__{one['code']}" for one in parts if f"{key}__{one['code']}" in frame and key not in frame]
    return [name for name in (key, *several, f"{key}__other") if name in frame]


def _choices(counted: dict[str, Any], column: pandas.Series, key: str) -> int:
    given = column[(column != "") & (column != SKIPPED)].value_counts()
    found = {one["code"]: int(given.get(one["code"], 0)) for one in counted["choices"]}
    assert {one["code"]: one["count"] for one in counted["choices"]} == found, key
    if counted["choices"]:
        # Nothing was given that is counted nowhere.
        assert sum(found.values()) == int(given.sum()), key
    return len(found)


def _stats(question: dict[str, Any], column: pandas.Series) -> int:
    stats = question["stats"]
    if "mean" in stats:
        numbers = pandas.to_numeric(column)
        expected: dict[str, Any] = {
            "count": len(numbers), "mean": numbers.mean(), "median": numbers.median(), "min": numbers.min(),
            "max": numbers.max(), "sd": numbers.std(),
        }  # fmt: skip
        if "score" in stats:
            groups = pandas.cut(numbers, [-1, 6, 8, 10], labels=["detractors", "passives", "promoters"])
            expected |= groups.value_counts().to_dict()
            expected["score"] = 100 * (expected["promoters"] - expected["detractors"]) / len(numbers)
    elif stats:
        expected = {"count": len(column), "min": column.min(), "max": column.max()}
    else:
        expected = {}
    assert stats.keys() == expected.keys(), question["key"]
    for name, value in expected.items():
        assert stats[name] == (value if isinstance(value, str) else pytest.approx(value)), (question["key"], name)
    return len(expected)
