"""Workbooks of replies (XLSX), read row by row: values as they were stored, nothing is ever calculated."""

from __future__ import annotations

import datetime as dt
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

from admin_app.core.errors import InvalidError
from admin_app.core.formulas import restore
from admin_app.core.words import figure
from admin_app.core.words import gettext as _
from admin_app.replies.importer_file import MAX_COLUMNS, check_header
from admin_app.surveys.importers.workbook import place, refuse_bombs, text_of

# What a hundred thousand replies unpack to; the texts of all cells lie in memory while one sheet is read.
MAX_UNPACKED = 300 * 1024 * 1024
MAX_BLANK_ROWS = 100_000
_BLOCK = 500
_HALF_SECOND = dt.timedelta(seconds=0.5)

Values = tuple[Any, ...]


class WorkbookFile:
    """One sheet with a header in its first row, as `DelimitedFile` is for texts."""

    encoding = delimiter = ""

    def __init__(self, path: Path, *, sheet: str = "", name: str | None = None) -> None:
        self.path, self.name = path, name or path.name
        refuse_bombs(self.name, path, most=MAX_UNPACKED)
        self.sheets = self._sheets()
        self._has_formulas = self._find_formulas()
        if sheet and sheet not in self.sheets:
            raise InvalidError(_("“%(name)s” has no sheet “%(sheet)s”.", name=self.name, sheet=sheet))
        # Without a word the first sheet that has a header.
        found = ((one, self._first_row(one)) for one in ((sheet,) if sheet else self.sheets))
        self.sheet, self.header = next((pair for pair in found if pair[1]), (sheet, []))
        check_header(self.header, self.name)

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield (row, cells) of the rows with content after the header; InvalidError where the file is broken."""
        width = len(self.header)
        for number, cells in self._numbered():
            if number > 1:
                # Cells at the end of a row that hold nothing are not written.
                yield number, cells + [""] * (width - len(cells))

    def _first_row(self, sheet: str) -> list[str]:
        self.sheet = sheet
        number, cells = next(self._numbered(), (0, []))
        return cells if number == 1 else []

    def _numbered(self) -> Iterator[tuple[int, list[str]]]:
        blank = 0
        for number, values in enumerate(self._values(), 1):
            cells = [_text(value) for value in values]
            while cells and not cells[-1]:
                cells.pop()
            blank = 0 if cells else blank + 1
            if blank > MAX_BLANK_ROWS or len(cells) > MAX_COLUMNS:
                raise InvalidError(
                    _(
                        "The sheet “%(sheet)s” has more than %(number)s empty rows in a row, or more than %(columns)s "
                        "columns.",
                        sheet=self.sheet,
                        number=figure(MAX_BLANK_ROWS),
                        columns=figure(MAX_COLUMNS),
                    )
                )
            if cells:
                yield number, cells

    def _values(self) -> Iterator[Values]:
        if not self._has_formulas:
            yield from self._raw(values=True)
            return
        pairs = zip(self._raw(values=True), self._raw(values=False), strict=False)
        for number, (values, written) in enumerate(pairs, 1):
            for column, (value, formula) in enumerate(zip(values, written, strict=False)):
                if value is None and formula is not None:
                    raise InvalidError(
                        _(
                            "%(place)s: this formula has no stored value. Put its value in its place, or save the "
                            "file in a spreadsheet program.",
                            place=place(self.sheet, number, column),
                        )
                    )
            yield values

    def _raw(self, *, values: bool) -> Iterator[Values]:
        """Yield the cells of each row; InvalidError for whatever a damaged file makes of it."""
        with self._opened(values=values) as book:
            sheet = book[self.sheet]
            # What the file says of its own size may be wrong, and costs a cell for each that is not there.
            sheet.reset_dimensions()
            rows = sheet.iter_rows(values_only=True)
            while block := self._block(rows):
                yield from block

    def _block(self, rows: Iterator[Values]) -> list[Values]:
        with warnings.catch_warnings():
            # Days that no calendar has, and extensions that are not read.
            warnings.simplefilter("ignore")
            try:
                return list(islice(rows, _BLOCK))
            except Exception as error:  # the library raises whatever comes of a damaged file
                raise self._damaged() from error

    @contextmanager
    def _opened(self, *, values: bool) -> Iterator[Any]:
        # Not above: only imports of workbooks need it, and every start would wait for it.
        import openpyxl

        with self.path.open("rb") as file:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    book = openpyxl.load_workbook(file, read_only=True, data_only=values)
                except Exception as error:  # as above
                    raise self._damaged() from error
            try:
                yield book
            finally:
                book.close()

    def _sheets(self) -> tuple[str, ...]:
        with self._opened(values=True) as book:
            return tuple(sheet.title for sheet in book.worksheets)

    def _find_formulas(self) -> bool:
        """Whether any sheet has one: only then the file is read twice, to find those whose value was never stored."""
        with zipfile.ZipFile(self.path) as archive:
            for part in archive.namelist():
                if part.startswith("xl/worksheets/") and part.endswith(".xml"):
                    with archive.open(part) as file:
                        end = b""
                        while block := file.read(1 << 20):
                            if b"<f>" in end + block or b"<f " in end + block:
                                return True
                            end = block[-2:]
        return False

    def _damaged(self) -> InvalidError:
        return InvalidError(_("“%(name)s” is damaged and cannot be read.", name=self.name))


def _text(value: Any) -> str:
    if isinstance(value, dt.datetime):
        # Days are fractions in a workbook: a minute may come out a microsecond short.
        value = (value + _HALF_SECOND).replace(microsecond=0)
    return restore(text_of(value)).strip()
