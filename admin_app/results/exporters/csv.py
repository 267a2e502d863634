"""CSV: UTF-8 with a byte order mark, commas, CRLF (RFC 4180), so that spreadsheets and programs read the same.

How a cell is written, and so how `canvass reply import` reads it back:

- several choices: their codes, or labels, joined with a comma and a space;
- yes and no: `yes`, `no`; a moment: `2026-01-02T03:04:05Z`; a day: `2026-01-02`; no answer: an empty cell;
- a text that a spreadsheet would take for a formula: with one `'` in front, which a reader takes off again.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

from admin_app.core.formulas import disarm
from admin_app.results.exporters.base import EXPORTERS, Exporter

BOM = b"\xef\xbb\xbf"
BLOCK_ROWS = 500


def cell(value: Any) -> str:
    """Return a value as the text of its cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, int | float):
        return repr(value)
    return disarm(", ".join(value) if isinstance(value, list) else str(value))


class CsvExporter(Exporter):
    """Comma-separated values."""

    name = "csv"
    label = "CSV"
    media_type = "text/csv"
    extension = "csv"

    def render(self, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[bytes]:
        yield BOM + _lines([header])
        source = iter(rows)
        while block := list(islice(source, BLOCK_ROWS)):
            yield _lines(block)


def _lines(rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows([cell(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8", "replace")


EXPORTERS.add(CsvExporter.name, CsvExporter())
