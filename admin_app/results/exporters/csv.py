"""CSV: UTF-8 with a byte order mark, commas, CRLF (RFC 4180), so that spreadsheets and programs read the same.

How a cell is written, and so how `canvass reply import` reads it back:

- several choices: their codes, or labels, joined with a comma and a space;
- yes and no: `yes`, `no`; a moment: `2026-01-02T03:04:05Z`; a day: `2026-01-02`; no answer: an empty cell;
- a text that a spreadsheet would take for a formula: with one `'` in front, which a reader takes off again.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Generator, Iterable, Sequence
from typing import Any

from admin_app.core.formulas import disarm
from admin_app.results.exporters.base import EXPORTERS, Cells, Exporter, Table, each_once, kinds_of

BOM = b"\xef\xbb\xbf"
_QUOTED = re.compile('[",\r\n]')
# What begins with a letter or a digit is no formula, and nothing here needs quotes: so are most texts.
_PLAIN = re.compile(r'[^\W_][^",\r\n]*\Z').match


def cell(value: Any) -> str:
    """Return a value as the text of its cell."""
    if value is None:
        return ""
    if isinstance(value, str):
        return disarm(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.datetime):
        return f"{value.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"
    return disarm(", ".join(value)) if isinstance(value, list) else repr(value)


class CsvExporter(Exporter):
    """Comma-separated values."""

    name = "csv"
    label = "CSV"
    media_type = "text/csv"
    extension = "csv"
    cells_at_once = 5_000_000

    def render(self, table: Table) -> Generator[bytes, None, None]:
        yield BOM + _lines([table.header])
        for block in table.blocks():
            yield _lines(block)


def _lines(rows: Sequence[Cells]) -> bytes:
    # Column by column, where there are few different values; the csv module looks at each character of each cell.
    columns = list(map(_texts, zip(*rows, strict=True)))
    if len(columns) == 1:
        # Readers pass over a line with nothing in it.
        columns = [[text or '""' for text in columns[0]]]
    return "".join([f"{','.join(row)}\r\n" for row in zip(*columns, strict=True)]).encode("utf-8", "replace")


def _texts(column: Sequence[Any]) -> Iterable[str]:
    kinds = kinds_of(column)
    if kinds == {list}:
        column, kinds = ["" if value is None else ", ".join(value) for value in column], {str}
    if kinds == {str}:
        known = {text: text if text and _PLAIN(text) else _text(text) for text in set(column)}
        return map(known.__getitem__, column)
    # True is 1 to a set.
    return map(each_once(_text, column).__getitem__, column) if len(kinds) < 2 else map(_text, column)


def _text(value: Any) -> str:
    text = cell(value)
    if not _QUOTED.search(text):
        return text
    doubled = text.replace('"', '""')
    return f'"{doubled}"'


EXPORTERS.add(CsvExporter.name, CsvExporter())
