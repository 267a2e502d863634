"""What a chart is drawn from: plain data that a script turns into a picture. The table beside it says the same."""

from __future__ import annotations

from typing import Any

from admin_app.results.shown import Card, Line

Spec = dict[str, Any]


def chart_of(card: Card) -> Spec | None:
    """Return the chart of a question, or None where there is nothing to draw.

    "bars" lie, one for each answer; "columns" stand, one for each step; "stacked" lies, one for each row, in segments.
    """
    if card.rows:
        return _stacked(card)
    if not card.lines:
        return None
    return _plain("columns" if card.shape == "bins" else "bars", card.lines, [one.words for one in card.numbers])


def columns_of(lines: list[Line]) -> Spec:
    """Return the chart of steps of one group."""
    return _plain("columns", lines, [""])


def _plain(kind: str, lines: list[Line], names: list[str]) -> Spec:
    series = [
        {"name": name, "counts": [line.counts[at] for line in lines], "shares": [line.shares[at] for line in lines]}
        for at, name in enumerate(names)
    ]
    return {"kind": kind, "categories": [line.label for line in lines], "series": series}


def _stacked(card: Card) -> Spec:
    # Choices that were never on offer may be in one row alone.
    labels = list(dict.fromkeys(line.label for row in card.rows for line in row.lines))
    by_row = [{line.label: line for line in row.lines} for row in card.rows]
    series = [
        {
            "name": label,
            "counts": [row[label].counts[0] if label in row else 0 for row in by_row],
            "shares": [row[label].shares[0] if label in row else None for row in by_row],
        }
        for label in labels
    ]
    categories = [row.label for row in card.rows]
    groups = [row.group for row in card.rows] if card.compared else []
    return {
        "kind": "stacked", "categories": categories, "groups": groups, "series": series, "diverging": card.diverging,
    }  # fmt: skip
