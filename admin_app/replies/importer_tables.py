"""Opening a file of replies by what is in it, whatever its name says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from admin_app.core.errors import InvalidError
from admin_app.core.words import gettext as _
from admin_app.replies.importer_file import UTF_8, DelimitedFile
from admin_app.replies.importer_workbook import WorkbookFile

EXTENSIONS = (".csv", ".tsv", ".txt", ".xlsx")
_WORKBOOK, _OLD_WORKBOOK = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
# Pictures, documents and archives that get sent by mistake.
_OTHERS = (
    b"%PDF",
    b"\x89PNG",
    b"GIF8",
    b"\xff\xd8\xff",
    b"RIFF",
    b"\x1f\x8b",
    b"7z\xbc\xaf",
    b"Rar!",
    b"BM",
    b"II*",
    b"{\\rtf",
)
_PAGES = (b"<!doctype", b"<html", b"<head", b"<table", b"<?xml", b"<svg")


class Table(Protocol):
    """A file of replies: a header, and rows that are read as often as anybody asks for them."""

    name: str
    header: list[str]
    # How it is written and divided, where it is text; its sheets, where it is a workbook.
    encoding: str
    delimiter: str
    sheets: tuple[str, ...]
    sheet: str

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield (row, cells) of the rows with content after the header."""


def open_table(
    path: Path,
    *,
    known: Callable[[str], bool],
    encoding: str = UTF_8,
    sheet: str = "",
    name: str | None = None,
) -> Table:
    """Return the file at `path` as a table; InvalidError says why it is none.

    `known` tells which headers mean something. `name` is what the file is called, where it lies under another name.
    """
    shown = name or path.name
    with path.open("rb") as file:
        head = file.read(512)
    if head.startswith(_WORKBOOK):
        return WorkbookFile(path, sheet=sheet, name=shown)
    if head.startswith(_OLD_WORKBOOK):
        raise InvalidError(
            _("“%(name)s” is a workbook of an old kind (.xls). Save it as XLSX or CSV, then send that.", name=shown)
        )
    if head.startswith(_OTHERS):
        raise InvalidError(_("“%(name)s” is no table. Save the replies as CSV or XLSX, then send that.", name=shown))
    if head.removeprefix(b"\xef\xbb\xbf").lstrip().lower().startswith(_PAGES):
        raise InvalidError(
            _(
                "“%(name)s” is a web page, whatever its name says. Open it in a spreadsheet program and save it as CSV "
                "or XLSX, then send that.",
                name=shown,
            )
        )
    return DelimitedFile(path, known=known, encoding=encoding, name=shown)
