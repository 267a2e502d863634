"""The cells of a workbook as texts, read so that a hostile file costs little."""

from __future__ import annotations

import datetime as dt
import io
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from admin_app.core.errors import InvalidError
from admin_app.core.words import figure
from admin_app.core.words import gettext as _

MAX_BYTES = 10 * 1024 * 1024
MAX_UNPACKED = 60 * 1024 * 1024
MAX_RATIO = 200
MAX_PARTS = 2_000
MAX_ROWS = 20_000
MAX_BLANK_ROWS = 100_000
MAX_COLUMNS = 400

_ERRORS = {0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A"}


@dataclass(frozen=True)
class Sheet:
    """One sheet: its rows with content, by their number as a spreadsheet program shows it."""

    name: str
    rows: dict[int, list[str]]


def place(sheet: str, row: int, column: int) -> str:
    """Return a cell's name, such as "survey!H7"; `row` counts from 1, `column` from 0."""
    return f"{sheet}!{letters(column)}{row}"


def letters(column: int) -> str:
    """Return the letters of a column that counts from 0: A, B ... Z, AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def text_of(value: Any) -> str:
    """Return a cell's value as the text that its author meant: 12.0 is "12"."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(" ")
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    return str(value).replace("\r\n", "\n").replace("\r", "\n").replace("\xa0", " ").strip()


def read_workbook(path: Path) -> list[Sheet]:
    """Return the sheets of an .xlsx or .xls file, whatever its name says; InvalidError when it cannot be read."""
    content = _content(path)
    if content.startswith(b"PK"):
        refuse_bombs(path.name, io.BytesIO(content))
        reader = _read_xlsx
    elif content.startswith(b"\xd0\xcf\x11\xe0"):
        reader = _read_xls
    else:
        raise InvalidError(_("“%(name)s” is not a workbook of Excel (.xlsx or .xls).", name=path.name))
    try:
        return reader(content)
    except InvalidError:
        raise
    except Exception as error:  # both libraries raise whatever a damaged file makes them stumble over
        raise InvalidError(
            _("“%(name)s” is damaged or protected with a password and cannot be read.", name=path.name)
        ) from error


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size <= MAX_BYTES:
            return path.read_bytes()
    except OSError as error:
        raise InvalidError(
            _("“%(name)s” cannot be read: %(reason)s.", name=path.name, reason=error.strerror or "")
        ) from error
    raise InvalidError(_("“%(name)s” is larger than %(number)s MB.", name=path.name, number=MAX_BYTES // 1024 // 1024))


def refuse_bombs(name: str, archive: Path | io.BytesIO, *, most: int = MAX_UNPACKED) -> None:
    """Raise InvalidError for an archive that would unpack to more than `most` bytes, or to far more than it has."""
    try:
        with zipfile.ZipFile(archive) as opened:
            parts = opened.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise InvalidError(_("“%(name)s” is damaged and cannot be read.", name=name)) from error
    unpacked = sum(part.file_size for part in parts)
    packed = sum(part.compress_size for part in parts)
    if len(parts) > MAX_PARTS or unpacked > most or unpacked > MAX_RATIO * max(packed, 4096):
        raise InvalidError(_("“%(name)s” unpacks to more than such a file can need. It was not read.", name=name))


def _read_xlsx(content: bytes) -> list[Sheet]:
    # Not above, as xlrd below: only imports of workbooks need them, and every start would wait for them.
    import openpyxl

    with warnings.catch_warnings():
        # Extensions that openpyxl does not keep (data validation, formats) hold nothing that is read here.
        warnings.simplefilter("ignore")
        formulas = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
        values = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        sheets = []
        for sheet in values.worksheets:
            written = formulas[sheet.title].iter_rows(values_only=True)
            pairs = zip(sheet.iter_rows(values_only=True), written, strict=False)
            sheets.append(Sheet(sheet.title, _collect(sheet.title, _without_lost_formulas(sheet.title, pairs))))
    return sheets


def _without_lost_formulas(sheet: str, pairs: Iterable[tuple[Any, Any]]) -> Iterator[Iterable[Any]]:
    """Yield the rows of values; raise InvalidError at a formula whose value was never stored in the file."""
    for number, (values, written) in enumerate(pairs, 1):
        for column, (value, formula) in enumerate(zip(values, written, strict=False)):
            if value is None and formula is not None:
                raise InvalidError(
                    _(
                        "%(place)s: this formula has no stored value. Put its value in its place, or save the file in "
                        "a spreadsheet program.",
                        place=place(sheet, number, column),
                    )
                )
        yield values


def _read_xls(content: bytes) -> list[Sheet]:
    import xlrd

    book = xlrd.open_workbook(file_contents=content, logfile=io.StringIO(), on_demand=True)
    sheets = []
    for name in book.sheet_names():
        sheet = book.sheet_by_name(name)
        rows = ([_xls_value(book, cell) for cell in sheet.row(number)] for number in range(sheet.nrows))
        sheets.append(Sheet(name, _collect(name, rows)))
        book.unload_sheet(name)
    return sheets


def _xls_value(book: Any, cell: Any) -> Any:
    import xlrd

    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return bool(cell.value)
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return _ERRORS.get(cell.value, "#ERROR!")
    if cell.ctype == xlrd.XL_CELL_DATE:
        return xlrd.xldate_as_datetime(cell.value, book.datemode)
    return cell.value


def _collect(sheet: str, rows: Iterable[Iterable[Any]]) -> dict[int, list[str]]:
    """Return the rows with content; InvalidError when there are more than a questionnaire can need."""
    found: dict[int, list[str]] = {}
    for number, row in enumerate(rows, 1):
        texts = [text_of(value) for value in row]
        if any(texts):
            if any(texts[MAX_COLUMNS:]):
                raise InvalidError(
                    _("The sheet “%(sheet)s” has more than %(number)s columns.", sheet=sheet, number=MAX_COLUMNS)
                )
            found[number] = texts[:MAX_COLUMNS]
        if len(found) > MAX_ROWS or number - len(found) > MAX_BLANK_ROWS:
            raise InvalidError(
                _(
                    "The sheet “%(sheet)s” has more than %(number)s rows, or too many empty ones.",
                    sheet=sheet,
                    number=figure(MAX_ROWS),
                )
            )
    return found
