"""Files of replies from other programs, or from an export, checked row by row before anything is stored."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from admin_app.core.clock import now
from admin_app.core.text import excerpt
from admin_app.core.words import figure, ngettext
from admin_app.core.words import gettext as _
from admin_app.replies.importer_answers import AnswersReader, Options
from admin_app.replies.importer_columns import EXPECTED, SPAM, Columns
from admin_app.replies.importer_report import Fault, Finding, ImportReport
from admin_app.replies.importer_tables import Table
from admin_app.replies.importer_times import day_comes_first, moment
from admin_app.surveys.questionnaire import Questionnaire

# Told now and then how many rows were read.
Progress = Callable[[int], None]

# What a fault names that is no question's.
CELLS = "cells"
_STEP = 200


def to_nobody(_rows: int) -> None:
    """Do nothing: nobody asked."""


class ReplyFile:
    """One file, read for one questionnaire. It can be gone through again and again; it never lies in memory as a whole.

    `columns` says which column holds what. Raises InvalidError for a time column that cannot be read at all.
    """

    def __init__(
        self,
        table: Table,
        questionnaire: Questionnaire,
        columns: Columns,
        options: Options,
        *,
        day_first: bool | None = None,
    ) -> None:
        self._table, self._header, self._columns = table, table.header, columns
        self._answers = AnswersReader(questionnaire, self._columns, options)
        self._language = questionnaire.language
        self._day_first = self._find_day_first() if day_first is None else day_first
        self._now = now()

    def check(self) -> ImportReport:
        """Go through the whole file and say what is wrong with it and what would be stored."""
        report = ImportReport()
        for _record in self.records(report):
            pass
        return report

    def records(self, report: ImportReport, progress: Progress = to_nobody) -> Iterator[Mapping[str, Any]]:
        """Yield each good row as `replies.operations.store_replies` takes it; tell `report` of all of them."""
        report.has_time = self._columns.submitted is not None
        report.missing = self._answers.missing
        for number, cells in self._table.rows():
            if report.rows % _STEP == 0:
                progress(report.rows)
            report.rows += 1
            faults, record = self._read(cells, report)
            report.add_faults(number, faults)
            if not faults:
                yield record

    def findings(self) -> Iterator[Finding]:
        """Yield all that is wrong with the file, however much it is."""
        report = ImportReport()
        for number, cells in self._table.rows():
            for fault in self._read(cells, report)[0]:
                yield Finding.at(number, fault)

    def _read(self, cells: list[str], report: ImportReport) -> tuple[list[Fault], dict[str, Any]]:
        if len(cells) != len(self._header):
            sentence = ngettext(
                "the row has %(number)s cell, the header %(header)s.",
                "the row has %(number)s cells, the header %(header)s.",
                len(cells),
                header=figure(len(self._header)),
            )
            return [(CELLS, CELLS, sentence)], {}
        faults = [*self._misplaced(cells), *self._foreign(cells)]
        answers, told = self._answers.read(cells)
        for key, reading in told.items():
            faults += [(key, name, sentence) for name, sentence in reading.faults]
        record: dict[str, Any] = {"answers": answers, "language": self._metadata(cells, "language") or self._language}
        for name, column in (("submitted_at", self._columns.submitted), ("started_at", self._columns.started)):
            record[name] = self._moment(cells, column, faults)
        if not faults:
            self._count(report, told, record)
        return faults, record

    def _count(self, report: ImportReport, told: Mapping[str, Any], record: dict[str, Any]) -> None:
        for key, reading in told.items():
            (report.unknown if reading.unknown else report.other)[key] += 1
        if record["submitted_at"] is None:
            report.without_time += 1
            record["submitted_at"] = self._now

    def _moment(self, cells: list[str], column: int | None, faults: list[Fault]) -> dt.datetime | None:
        if column is None or not cells[column]:
            return None
        try:
            return moment(cells[column], day_first=self._day_first)
        except (ValueError, OverflowError):
            name = self._header[column]
            sentence = _("“%(text)s” is not a time such as 2026-03-31 14:05.", text=excerpt(cells[column]))
            faults.append((name, name, sentence))
            return None

    def _misplaced(self, cells: list[str]) -> Iterator[Fault]:
        """Yield a fault for each cell in a column without a header."""
        for index in self._columns.nameless:
            if cells[index]:
                sentence = _("there is something in column %(number)s, which has no header.", number=index + 1)
                yield CELLS, CELLS, sentence

    def _foreign(self, cells: list[str]) -> Iterator[Fault]:
        """Yield a fault for a row of an export that is not a complete reply of a person."""
        for name, wanted in EXPECTED.items():
            value = self._metadata(cells, name.partition(".")[2])
            if value and value.casefold() not in wanted:
                sentence = _(
                    "only complete replies that are no tests are imported; this is “%(text)s”.", text=excerpt(value)
                )
                yield name, name, sentence
        if self._metadata(cells, SPAM[0].partition(".")[2]).casefold() == SPAM[1]:
            yield SPAM[0], SPAM[0], _("what was marked as spam is not imported.")

    def _metadata(self, cells: list[str], name: str) -> str:
        column = self._columns.metadata.get(f"reply.{name}")
        return "" if column is None else cells[column]

    def _find_day_first(self) -> bool:
        columns = [one for one in (self._columns.submitted, self._columns.started) if one is not None]
        if not columns:
            return False
        cells = ((number, row[column]) for number, row in self._table.rows() for column in columns if column < len(row))
        return day_comes_first(cells, header=_joined([self._header[column] for column in columns]))


def _joined(names: list[str]) -> str:
    quoted = [_("“%(name)s”", name=name) for name in names]
    return quoted[0] if len(quoted) == 1 else _("%(one)s and %(other)s", one=quoted[0], other=quoted[1])
