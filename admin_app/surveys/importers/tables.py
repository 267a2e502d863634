"""Sheets as tables whose cells are asked for by field, and which remember the cells nobody asked for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from admin_app.core.words import gettext as _
from admin_app.surveys.importers.base import Level, Remark
from admin_app.surveys.importers.headers import MEDIA, Header, read_header
from admin_app.surveys.importers.workbook import Sheet, place


@dataclass
class Report:
    """What is said about the file while it is read."""

    remarks: list[tuple[tuple[int, int, int], Remark]] = field(default_factory=list)
    sheets: dict[str, int] = field(default_factory=dict)

    def add(self, level: Level, sheet: str, row: int, column: int, sentence: str) -> None:
        """Add a sentence about the cell at `row` (from 1) and `column` (from 0)."""
        order = (self.sheets.setdefault(sheet, len(self.sheets)), row, column)
        self.remarks.append((order, Remark(level, place(sheet, row, column), sentence)))

    def sorted(self) -> list[Remark]:
        """Return the remarks in the order of the file, each once."""
        ordered = [remark for _, remark in sorted(self.remarks, key=lambda pair: pair[0])]
        return list(dict.fromkeys(ordered))


@dataclass
class Row:
    """One row with content."""

    table: Table
    number: int
    texts: list[str]
    used: set[int] = field(default_factory=set)

    def header(self, name: str) -> Header | None:
        """Return the column that holds `name` in this row: the chosen language's, else the one without a language."""
        candidates = self.table.columns(name)
        for header in candidates:
            if self.at(header.column):
                return header
        return candidates[0] if candidates else None

    def at(self, column: int) -> str:
        """Return the text in a column, or an empty text."""
        return self.texts[column] if column < len(self.texts) else ""

    def text(self, name: str) -> str:
        """Return the text of a field, and remember that it was read."""
        header = self.header(name)
        if header is None:
            return ""
        self.used.add(header.column)
        return self.at(header.column)

    def say(self, level: Level, name: str, sentence: str) -> None:
        """Report a sentence about the cell of a field; about the first cell where there is no such column."""
        header = self.header(name)
        self.table.report.add(level, self.table.name, self.number, header.column if header else 0, sentence)

    def error(self, name: str, sentence: str) -> None:
        """Report what makes the file wrong."""
        self.say(Level.ERROR, name, sentence)

    def unsupported(self, name: str, sentence: str) -> None:
        """Report what cannot be carried over."""
        self.say(Level.UNSUPPORTED, name, sentence)

    def unsupported_at(self, header: Header, sentence: str) -> None:
        """Report what cannot be carried over from one column of this row."""
        self.table.report.add(Level.UNSUPPORTED, self.table.name, self.number, header.column, sentence)


class Table:
    """One sheet with its header."""

    def __init__(self, sheet: Sheet, known: dict[str, str], report: Report) -> None:
        self.name, self.report = sheet.name, report
        # Empty, or the language whose texts are carried over.
        self.language = ""
        numbers = iter(sheet.rows)
        self.first = next(numbers, 1)
        header = sheet.rows.get(self.first, [])
        self.headers = [read_header(column, text, known) for column, text in enumerate(header) if text]
        self.rows = [Row(self, number, sheet.rows[number]) for number in numbers]
        self._refuse_doubles()

    def _refuse_doubles(self) -> None:
        seen: dict[tuple[str, str], Header] = {}
        for header in self.headers:
            first = seen.setdefault((header.field, header.language.casefold()), header)
            if header.field and first is not header and header.field not in MEDIA:
                self.say(
                    Level.ERROR,
                    header,
                    _("the column “%(name)s” says the same as “%(other)s”.", name=header.written, other=first.written),
                )

    def say(self, level: Level, header: Header, sentence: str) -> None:
        """Report a sentence about a whole column."""
        self.report.add(level, self.name, self.first, header.column, sentence)

    def has(self, name: str) -> bool:
        """Whether there is a column for a field in any language."""
        return any(header.field == name for header in self.headers)

    def languages(self) -> list[str]:
        """Return the languages in which labels stand, in order; the empty one for a column without a language."""
        return list(dict.fromkeys(header.language for header in self.headers if header.field == "label"))

    def columns(self, name: str) -> list[Header]:
        """Return the columns of a field whose texts are carried over, the chosen language first."""
        found = [one for one in self.headers if one.field == name]
        chosen = [one for one in found if one.language and one.language.casefold() == self.language.casefold()]
        return [*chosen, *(one for one in found if not one.language)]

    def unread(self) -> Iterator[tuple[Header | None, int, list[int]]]:
        """Yield each column with cells that nobody asked for (None: it has no header) and the numbers of their rows."""
        by_column = {header.column: header for header in self.headers}
        missed: dict[int, list[int]] = {}
        for row in self.rows:
            for column, text in enumerate(row.texts):
                if text and column not in row.used:
                    missed.setdefault(column, []).append(row.number)
        for column in sorted(missed):
            yield by_column.get(column), column, missed[column]
