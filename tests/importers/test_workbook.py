"""Reading workbooks: cells as texts, and files that mean harm."""

from __future__ import annotations

import datetime as dt
import io
import re
import zipfile

import openpyxl
import pytest
import xlrd
from xlrd.sheet import Cell

from admin_app.core.errors import InvalidError
from admin_app.surveys.importers import importer_for, workbook
from admin_app.surveys.importers.workbook import letters, place, read_workbook, text_of

# Cells have no time zone.
DAY = dt.datetime(2026, 3, 31)  # noqa: DTZ001


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (12.0, "12"),
        (12.5, "12.5"),
        (1e20, "1e+20"),
        (7, "7"),
        (True, "TRUE"),
        (False, "FALSE"),
        ("  a\xa0b\r\nc ", "a b\nc"),
        (DAY, "2026-03-31"),
        (DAY.replace(hour=14, minute=5), "2026-03-31 14:05:00"),
        (dt.date(2026, 3, 31), "2026-03-31"),
        (dt.time(14, 5), "14:05:00"),
    ],
)
def test_cells_as_texts(value, text):
    assert text_of(value) == text


@pytest.mark.parametrize(("column", "name"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA")])
def test_names_of_columns(column, name):
    assert letters(column) == name
    assert place("survey", 7, column) == f"survey!{name}7"


@pytest.mark.parametrize(
    ("kind", "value", "expected"),
    [
        (xlrd.XL_CELL_TEXT, "a", "a"),
        (xlrd.XL_CELL_NUMBER, 2.0, 2.0),
        (xlrd.XL_CELL_BOOLEAN, 1, True),
        (xlrd.XL_CELL_ERROR, 0x17, "#REF!"),
        (xlrd.XL_CELL_ERROR, 0x99, "#ERROR!"),
        (xlrd.XL_CELL_DATE, 46112.0, DAY),
    ],
)
def test_cells_of_the_old_format(kind, value, expected):
    class Book:
        datemode = 0

    assert workbook._xls_value(Book, Cell(kind, value)) == expected


class TestRefusals:
    def test_another_extension(self, tmp_path):
        with pytest.raises(InvalidError, match=r"“form.doc” is not a file .* \.xls, \.xlsx"):
            importer_for(tmp_path / "form.doc")

    def test_a_file_that_is_not_there(self, tmp_path):
        with pytest.raises(InvalidError, match="cannot be read"):
            read_workbook(tmp_path / "form.xlsx")

    @pytest.mark.parametrize("content", [b"", b"hello", b"<html>"])
    def test_something_else(self, tmp_path, content):
        path = tmp_path / "form.xlsx"
        path.write_bytes(content)
        with pytest.raises(InvalidError, match="not a workbook"):
            read_workbook(path)

    @pytest.mark.parametrize("content", [b"PK\x03\x04 no archive", b"\xd0\xcf\x11\xe0 no document"])
    def test_damaged_files(self, tmp_path, content):
        path = tmp_path / "form.xlsx"
        path.write_bytes(content)
        with pytest.raises(InvalidError, match="damaged"):
            read_workbook(path)

    def test_an_archive_that_is_no_workbook(self, tmp_path):
        path = tmp_path / "form.xlsx"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("hello.txt", "hello")
        with pytest.raises(InvalidError, match="damaged or protected"):
            read_workbook(path)

    def test_a_bomb(self, tmp_path):
        path = tmp_path / "form.xlsx"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/worksheets/sheet1.xml", b"0" * 20_000_000)
        assert path.stat().st_size < 50_000
        with pytest.raises(InvalidError, match="unpacks to more"):
            read_workbook(path)

    def test_a_thousand_parts(self, tmp_path, monkeypatch):
        monkeypatch.setattr(workbook, "MAX_PARTS", 3)
        path = tmp_path / "form.xlsx"
        openpyxl.Workbook().save(path)
        with pytest.raises(InvalidError, match="unpacks to more"):
            read_workbook(path)

    def test_a_large_file(self, tmp_path, monkeypatch):
        monkeypatch.setattr(workbook, "MAX_BYTES", 10)
        path = tmp_path / "form.xlsx"
        path.write_bytes(b"PK" + b"0" * 20)
        with pytest.raises(InvalidError, match="larger than"):
            read_workbook(path)

    def test_too_many_rows(self, workbook, monkeypatch):
        monkeypatch.setattr("admin_app.surveys.importers.workbook.MAX_ROWS", 5)
        with pytest.raises(InvalidError, match="“survey” has more than 5 rows"):
            read_workbook(workbook(survey=[["a"]] * 6))

    def test_too_many_empty_rows(self, workbook, monkeypatch):
        monkeypatch.setattr("admin_app.surveys.importers.workbook.MAX_BLANK_ROWS", 5)
        with pytest.raises(InvalidError, match="too many empty ones"):
            read_workbook(workbook(survey=[["a"], *[[]] * 6, ["b"]]))

    def test_too_many_columns(self, workbook):
        with pytest.raises(InvalidError, match="more than 400 columns"):
            read_workbook(workbook(survey=[["a"] * 401]))

    def test_a_formula_without_a_value(self, workbook):
        path = workbook(survey=[["type", "name"], ["text", '="q"']])
        with pytest.raises(InvalidError, match=r"survey!B2: this formula has no stored value\."):
            read_workbook(path)

    def test_no_sheet_named_survey(self, workbook):
        path = workbook(questions=[["type"]])
        with pytest.raises(InvalidError, match="no sheet named “survey”"):
            importer_for(path).read(path)

    def test_no_column_named_type(self, workbook):
        path = workbook(survey=[["name"], ["q"]])
        with pytest.raises(InvalidError, match="no column “type”"):
            importer_for(path).read(path)


def test_a_formula_with_a_value_is_its_value(workbook):
    """As a spreadsheet program saves it; openpyxl cannot write both."""
    path = workbook(survey=[["type", "name"], ["text", "=1+2"]])
    content = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(content, "w") as new:
        for part in old.namelist():
            new.writestr(part, re.sub(rb"<v ?/>|<v></v>", b"<v>3</v>", old.read(part)))
    path.write_bytes(content.getvalue())
    assert read_workbook(path)[0].rows[2] == ["text", "3"]


def test_the_content_counts_and_not_the_extension(workbook):
    path = workbook(name="form.xls", survey=[["type"]])
    assert read_workbook(path)[0].rows == {1: ["type"]}
