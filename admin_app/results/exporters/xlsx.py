"""XLSX with typed cells, written while the replies are read: no library for workbooks can send one that is not whole.

Numbers are numbers, moments are dates in UTC with a format, true and false are booleans, everything else is a text
and never a formula. A text that is longer than a cell can hold ends in `CUT`; characters that XML does not know are
replaced. When a sheet is full the next one begins, with the same header.
"""

from __future__ import annotations

import datetime as dt
import re
import zipfile
from collections.abc import Callable, Generator, Iterable, Sequence
from typing import Any

from admin_app.results.exporters.base import EXPORTERS, Exporter, Table, each_once, kinds_of
from admin_app.results.exporters.xlsx_parts import (
    DATE,
    DATETIME,
    HEADER,
    SHEET_END,
    SHEET_START,
    TIME,
    closing_parts,
    sheet_path,
)

CUT = " … [cut]"
# In UTF-16, as programs for spreadsheets count.
LONGEST = 32_767
MOST_ROWS = 1_048_576
# Below what an entry of an archive can hold without extensions that not every program reads.
MOST_BYTES = 2**30
# Programs keep fifteen digits of a number; a longer one, such as a card's, is a text.
_EXACT = 10**15
# An archive cannot say when it was made and be the same every time.
_STAMP = (1980, 1, 1, 0, 0, 0)
_ESCAPED = re.compile("[&<>\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)|\r")
_NAMES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;", "_": "_x005F_"}
# The day from which spreadsheets count; before March 1900 they disagree. They know no zones.
_FIRST, _COUNTED = dt.datetime(1899, 12, 30), dt.datetime(1900, 3, 1)  # noqa: DTZ001
_DAY = dt.timedelta(days=1)


class _Sent:
    """What an archive is written to: it is handed on piece by piece."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes, /) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def close(self) -> None:
        """Nothing is open."""

    def take(self) -> bytes:
        data = b"".join(self._pieces)
        self._pieces.clear()
        return data


class XlsxExporter(Exporter):
    """A workbook."""

    name = "xlsx"
    label = "XLSX"
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    extension = "xlsx"
    cells_at_once = 4_000_000
    most_columns = 16_384

    def render(self, table: Table) -> Generator[bytes, None, None]:
        sent, blocks = _Sent(), table.blocks()
        names: list[str] = []
        writers = [_Writer(_letters(place), moment) for place, moment in enumerate(_moments(table))]
        # The fastest: the network is rarely faster than this, and files are a fifth larger than at best.
        with zipfile.ZipFile(sent, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            block = next(blocks, None)
            while block is not None or not names:
                names.append("replies" if not names else f"replies_{len(names) + 1}")
                with archive.open(_entry(sheet_path(len(names))), "w") as sheet:
                    sheet.write(_start(table.header))
                    rows, size = 1, 0
                    while block is not None and rows + len(block) <= MOST_ROWS and size < MOST_BYTES:
                        data = _rows(block, writers, rows + 1)
                        sheet.write(data)
                        rows, size = rows + len(block), size + len(data)
                        yield sent.take()
                        block = next(blocks, None)
                    sheet.write(SHEET_END.encode())
            for path, text in closing_parts(names).items():
                archive.writestr(_entry(path), text)
        yield sent.take()


def _entry(path: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(path, _STAMP)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _moments(table: Table) -> Sequence[str]:
    return table.moments or [""] * len(table.header)


def _letters(place: int) -> str:
    """Return what a column is called: A, B … Z, AA …"""
    more, last = divmod(place, 26)
    return (_letters(more - 1) if more else "") + chr(ord("A") + last)


def _start(header: Sequence[str]) -> bytes:
    cells = "".join(f'<c r="{_letters(place)}1" s="{HEADER}"{_text(text)}' for place, text in enumerate(header))
    return f'{SHEET_START % {"columns": max(len(header), 1)}}<row r="1">{cells}</row>'.encode()


def _rows(block: Sequence[Sequence[Any]], writers: Sequence[_Writer], first: int) -> bytes:
    numbers = [str(number) for number in range(first, first + len(block))]
    columns = [writer.cells(values, numbers) for writer, values in zip(writers, zip(*block, strict=True), strict=True)]
    rows = zip(numbers, zip(*columns, strict=True), strict=True)
    return "".join([f'<row r="{number}">{"".join(cells)}</row>' for number, cells in rows]).encode()


class _Writer:
    """Writes the cells of one column."""

    def __init__(self, letters: str, moment: str) -> None:
        self._start, self._read = f'<c r="{letters}', _READERS.get(moment)

    def cells(self, values: Sequence[Any], numbers: Sequence[str]) -> list[str]:
        """Return the cells in the rows of these numbers; none for no value."""
        start, kinds = self._start, kinds_of(values)
        # True is 1 to a set, and a list is nothing to it.
        ends: Iterable[str]
        if len(kinds) > 1 or list in kinds:
            ends = map(self._end, values)
        else:
            ends = map(each_once(self._end, values).__getitem__, values)
        return [f'{start}{number}"{end}' if end else "" for number, end in zip(numbers, ends, strict=True)]

    def _end(self, value: Any) -> str:
        """Return a cell behind its place."""
        if isinstance(value, str):
            moment = self._read(value) if self._read else None
            return _text(value) if moment is None else f' s="{moment[1]}"><v>{moment[0]!r}</v></c>'
        if isinstance(value, bool):
            return f' t="b"><v>{int(value)}</v></c>'
        if isinstance(value, int | float):
            return f"><v>{value!r}</v></c>" if -_EXACT < value < _EXACT else _text(repr(value))
        if isinstance(value, dt.datetime):
            return f' s="{DATETIME}"><v>{_serial(value.astimezone(dt.UTC).replace(tzinfo=None))!r}</v></c>'
        return _text(", ".join(value)) if value else ""


def _text(text: str) -> str:
    if not text:
        return ""
    # No text of half the length can be too long.
    if len(text) * 2 > LONGEST and len(text.encode("utf-16-le", "surrogatepass")) > LONGEST * 2:
        text = _cut(text)
    if _ESCAPED.search(text):
        text = _ESCAPED.sub(lambda found: _NAMES.get(found[0], "\ufffd"), text)
    return f' t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'


def _cut(text: str) -> str:
    kept = text.encode("utf-16-le", "surrogatepass")[: (LONGEST - len(CUT)) * 2]
    # Half of a pair at the end goes too.
    return kept.decode("utf-16-le", "ignore") + CUT


def _serial(moment: dt.datetime) -> float:
    # To the second, as in every other file.
    return round((moment.replace(microsecond=0) - _FIRST) / _DAY, 9)


def _read_day(text: str) -> tuple[float, int] | None:
    moment = dt.datetime.fromisoformat(text)
    return (int(_serial(moment)), DATE) if moment >= _COUNTED else None


def _read_moment(text: str) -> tuple[float, int] | None:
    moment = dt.datetime.fromisoformat(text)
    return (_serial(moment), DATETIME) if moment >= _COUNTED and moment.tzinfo is None else None


def _read_time(text: str) -> tuple[float, int] | None:
    time = dt.time.fromisoformat(text)
    return _serial(dt.datetime.combine(_FIRST, time)), TIME


def _or_text(read: Callable[[str], tuple[float, int] | None]) -> Callable[[str], tuple[float, int] | None]:
    """Return `read` for texts that may be no moment, such as the mask of what may not be seen: those stay texts."""

    def found(text: str) -> tuple[float, int] | None:
        try:
            return read(text)
        except (ValueError, TypeError):
            return None

    return found


_READERS = {name: _or_text(read) for name, read in
            (("date", _read_day), ("datetime", _read_moment), ("time", _read_time))}  # fmt: skip

EXPORTERS.add(XlsxExporter.name, XlsxExporter())
