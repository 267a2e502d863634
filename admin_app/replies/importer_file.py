"""Files of replies, CSV or TSV, read row by row."""

from __future__ import annotations

import codecs
import csv
from collections.abc import Callable, Iterator
from pathlib import Path

from admin_app.core.errors import InvalidError
from admin_app.core.formulas import restore
from admin_app.core.words import figure
from admin_app.core.words import gettext as _

DELIMITERS = ",\t;"
# Twice what a form can send; more are no replies, and a sentence for each of them helps nobody.
MAX_COLUMNS = 10_000
# More than twice what anybody may write into one field; `csv` takes no more.
MAX_CELL = 131_072
# What somebody may say a file is written in; a byte order mark says it better.
UTF_8, WINDOWS = "utf-8", "windows-1252"
ENCODINGS = (UTF_8, WINDOWS)
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


class EncodingError(InvalidError):
    """The file is not written as was said; another encoding may read it."""


class DelimitedFile:
    """A file with a header. Rows count from 1, the header being row 1, as a spreadsheet program shows them."""

    sheets: tuple[str, ...] = ()
    sheet = ""

    def __init__(
        self, path: Path, *, known: Callable[[str], bool], encoding: str = UTF_8, name: str | None = None
    ) -> None:
        self.path, self.name = path, name or path.name
        self.encoding = _marked(path) or encoding
        self._refuse_other_encodings()
        headers = {delimiter: self._header(delimiter) for delimiter in DELIMITERS}
        # The delimiter under which most columns mean something; then the one that makes most columns.
        self.delimiter = max(headers, key=lambda one: (sum(map(known, headers[one])), len(headers[one])))
        self.header = headers[self.delimiter]
        if not self.header:
            # Whatever keeps the first row from being read says so itself.
            next(self._read(self.delimiter), None)
        check_header(self.header, self.name)

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield (row, cells) of the rows with content after the header; InvalidError where the file is broken."""
        for number, cells in self._read(self.delimiter):
            if number > 1 and any(cells):
                yield number, cells

    def _header(self, delimiter: str) -> list[str]:
        try:
            return next((cells for _number, cells in self._read(delimiter)), [])
        except InvalidError:
            return []

    def _read(self, delimiter: str) -> Iterator[tuple[int, list[str]]]:
        number = 0
        codec = "utf-8-sig" if self.encoding == UTF_8 else self.encoding
        with self.path.open(encoding=codec, newline="") as file:
            try:
                for number, cells in enumerate(csv.reader(file, delimiter=delimiter, strict=True), 1):
                    yield number, [restore(cell).strip() for cell in cells]
            except csv.Error as error:
                raise InvalidError(self._broken(number + 1, str(error))) from error

    def _broken(self, row: int, reason: str) -> str:
        if "field larger" in reason:
            return _(
                "row %(row)s of “%(name)s” has a cell of more than %(number)s characters. Shorten it.",
                row=figure(row),
                name=self.name,
                number=figure(MAX_CELL),
            )
        return _(
            "row %(row)s of “%(name)s” cannot be read: a quotation mark is opened and not closed, or text follows one "
            "that is closed.",
            row=figure(row),
            name=self.name,
        )

    def _refuse_other_encodings(self) -> None:
        """Raise EncodingError naming the first line that is written otherwise."""
        if self.encoding == "utf-16":
            self._refuse_broken_utf_16()
            return
        with self.path.open("rb") as file:
            for number, line in enumerate(file, 1):
                try:
                    line.decode(self.encoding)
                except UnicodeDecodeError as error:
                    raise EncodingError(self._undecodable(number, line[error.start])) from error

    def _undecodable(self, line: int, byte: int) -> str:
        values = {"line": figure(line), "name": self.name, "byte": f"{byte:#04x}"}
        if self.encoding == WINDOWS:
            return _(
                "line %(line)s of “%(name)s” is not Windows-1252 (byte %(byte)s). Save the file as UTF-8.", **values
            )
        return _(
            "line %(line)s of “%(name)s” is not UTF-8 (byte %(byte)s). Save the file as UTF-8, or say that it is "
            "written in Windows-1252.",
            **values,
        )

    def _refuse_broken_utf_16(self) -> None:
        decoder = codecs.getincrementaldecoder("utf-16")()
        try:
            with self.path.open("rb") as file:
                while block := file.read(1 << 20):
                    decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError as error:
            raise InvalidError(
                _("“%(name)s” begins as UTF-16 does, and is not. Save the file as UTF-8.", name=self.name)
            ) from error


def check_header(header: list[str], name: str) -> None:
    """Raise InvalidError for a file whose first row names nothing, or more than anybody asks."""
    if not any(header):
        raise InvalidError(_("“%(name)s” is empty: its first row must name the columns.", name=name))
    if len(header) > MAX_COLUMNS:
        raise InvalidError(
            _(
                "“%(name)s” has %(number)s columns; a file of replies has at most %(most)s.",
                name=name,
                number=figure(len(header)),
                most=figure(MAX_COLUMNS),
            )
        )


def _marked(path: Path) -> str:
    """Return what the file's byte order mark says that it is written in; an empty text without one."""
    with path.open("rb") as file:
        head = file.read(3)
    return next((codec for mark, codec in _MARKS.items() if head.startswith(mark)), "")
