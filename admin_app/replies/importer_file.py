"""Files of replies, CSV or TSV, read row by row."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from pathlib import Path

from admin_app.core.errors import InvalidError
from admin_app.core.formulas import restore

DELIMITERS = ",\t;"
# Twice what a form can send; more are no replies, and a sentence for each of them helps nobody.
MAX_COLUMNS = 10_000


class DelimitedFile:
    """A file with a header. Rows count from 1, the header being row 1, as a spreadsheet program shows them."""

    def __init__(self, path: Path, *, known: Callable[[str], bool]) -> None:
        self.path = path
        self._refuse_other_encodings()
        headers = {delimiter: self._header(delimiter) for delimiter in DELIMITERS}
        # The delimiter under which most columns mean something; then the one that makes most columns.
        self.delimiter = max(headers, key=lambda one: (sum(map(known, headers[one])), len(headers[one])))
        self.header = headers[self.delimiter]
        if not any(self.header):
            raise InvalidError(f"“{path.name}” is empty: its first row must name the columns.")
        if len(self.header) > MAX_COLUMNS:
            raise InvalidError(
                f"“{path.name}” has {len(self.header):,} columns; a file of replies has at most {MAX_COLUMNS:,}."
            )

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield (row, cells) of the rows with content after the header; InvalidError where the file is broken."""
        for number, cells in self._read(self.delimiter):
            if number > 1 and any(cells):
                yield number, cells

    def _header(self, delimiter: str) -> list[str]:
        try:
            return next((cells for _, cells in self._read(delimiter)), [])
        except InvalidError:
            return []

    def _read(self, delimiter: str) -> Iterator[tuple[int, list[str]]]:
        number = 0
        with self.path.open(encoding="utf-8-sig", newline="") as file:
            try:
                for number, cells in enumerate(csv.reader(file, delimiter=delimiter, strict=True), 1):
                    yield number, [restore(cell).strip() for cell in cells]
            except csv.Error as error:
                raise InvalidError(f"row {number + 1} of “{self.path.name}” cannot be read: {error}.") from error

    def _refuse_other_encodings(self) -> None:
        """Raise InvalidError naming the first line that is not UTF-8."""
        with self.path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if number == 1 and line.startswith((b"\xff\xfe", b"\xfe\xff")):
                    raise InvalidError(f"“{self.path.name}” is written in UTF-16. Save it as UTF-8.")
                try:
                    line.decode()
                except UnicodeDecodeError as error:
                    byte = line[error.start]
                    raise InvalidError(
                        f"line {number} of “{self.path.name}” is not UTF-8 (byte {byte:#04x}). Save the file as UTF-8."
                    ) from error
