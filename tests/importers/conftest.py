"""Workbooks and files of replies, made up for one test each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from admin_app.surveys.importers import Imported, Level, importer_for

Rows = Sequence[Sequence[Any]]
Make = Callable[..., Path]


@pytest.fixture
def workbook(tmp_path) -> Make:
    """Write an .xlsx file: `workbook(survey=[[...], ...], choices=[[...], ...])`; the first row is the header."""

    def make(name: str = "form.xlsx", **sheets: Rows) -> Path:
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, rows in sheets.items():
            sheet = book.create_sheet(title)
            for row in rows:
                sheet.append(list(row))
        book.save(tmp_path / name)
        return tmp_path / name

    return make


@pytest.fixture
def read(workbook) -> Callable[..., Imported]:
    """Write a workbook and read it back."""

    def read(**sheets: Rows) -> Imported:
        path = workbook(**sheets)
        return importer_for(path).read(path)

    return read


def found(imported: Imported, level: Level | None = None) -> list[str]:
    """The remarks as people read them."""
    return [str(remark) for remark in imported.remarks if level is None or remark.level is level]
