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
from collections.abc import Generator, Iterable, Sequence
from typing import Any

from admin_app.core.formulas import disarm
from admin_app.results.exporters.base import EXPORTERS, Cells, Exporter, Table, each_once, kinds_of

BOM = b"\xef\xbb\xbf"
# What the writer itself writes as it shall be, beside no value.
_PLAIN = {int, float}


def cell(value: Any) -> Any:
    """Return a value as the text of its cell; numbers and no value are left to the writer."""
    if isinstance(value, str):
        # A word or a number first is no formula; that is said of most texts in a tenth of the time.
        return value if value[:1].isalnum() else disarm(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        return f"{value.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"
    return disarm(", ".join(value)) if isinstance(value, list) else value


class CsvExporter(Exporter):
    """Comma-separated values."""

    name = "csv"
    label = "CSV"
    media_type = "text/csv"
    extension = "csv"
    cells_at_once = 5_000_000

    def render(self, table: Table) -> Generator[bytes, None, None]:
        yield BOM + _lines([[cell(text) for text in table.header]])
        for block in table.blocks():
            yield _lines(zip(*map(_texts, zip(*block, strict=True)), strict=True))


def _texts(column: Sequence[Any]) -> Iterable[Any]:
    kinds = kinds_of(column)
    if kinds <= _PLAIN:
        return column
    # True is 1 to a set, and a list is nothing to it.
    if len(kinds) > 1 or list in kinds:
        return map(cell, column)
    return map(each_once(cell, column).__getitem__, column)


def _lines(rows: Iterable[Cells]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode("utf-8", "replace")


EXPORTERS.add(CsvExporter.name, CsvExporter())
