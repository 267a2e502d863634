"""XLSX: cells with types, texts of any kind, full sheets; read by openpyxl and by LibreOffice."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import openpyxl
import pytest

from admin_app.results.exporters import Table, xlsx
from admin_app.results.exporters.xlsx import CUT, LONGEST, XlsxExporter
from tests.office import opened
from tests.results.test_exporters import ATTACKS

MOMENT = dt.datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=dt.timezone(dt.timedelta(hours=2)))


def write(header: list[str], rows: list[list[Any]], moments: list[str] | None = None) -> bytes:
    return b"".join(XlsxExporter().render(Table(header, rows, moments or [])))


def read(content: bytes) -> Any:
    return openpyxl.load_workbook(io.BytesIO(content))


def values(*cells: Any) -> list[Any]:
    """What comes back of cells below each other."""
    sheet = read(write(["a"], [[one] for one in cells])).active
    return [row[0].value for row in sheet.iter_rows(min_row=2)] if sheet.max_row > 1 else []


class TestCells:
    def test_types(self) -> None:
        header = ["id", "text", "whole", "part", "truth", "several", "when", "nothing"]
        sheet = read(write(header, [["k", "Ada", 36, 1.75, True, ["git", "ci"], MOMENT, None]])).active
        assert [cell.value for cell in sheet[1]] == header
        assert [cell.value for cell in sheet[2]] == [
            "k", "Ada", 36, 1.75, True, "git, ci", dt.datetime(2026, 1, 2, 1, 4, 5), None,  # noqa: DTZ001
        ]  # fmt: skip
        assert sheet["G2"].number_format.replace("\\", "") == "yyyy-mm-dd hh:mm:ss"

    def test_days_and_times(self) -> None:
        rows = [["2026-03-31", "14:05", "2026-03-31T14:05"], ["1899-01-01", "no time", "▒▒▒▒"], [None, None, None]]
        sheet = read(write(["a", "b", "c"], rows, ["date", "time", "datetime"])).active
        assert [cell.value for cell in sheet[2]] == [
            dt.datetime(2026, 3, 31), dt.time(14, 5), dt.datetime(2026, 3, 31, 14, 5),  # noqa: DTZ001
        ]  # fmt: skip
        assert sheet["A2"].number_format.replace("\\", "") == "yyyy-mm-dd"
        # Before 1900 spreadsheets know no days, and what is none stays what it is.
        assert [cell.value for cell in sheet[3]] == ["1899-01-01", "no time", "▒▒▒▒"]

    def test_a_date_is_one_only_where_one_was_asked_for(self) -> None:
        assert values("2026-03-31", "14:05", "1e5", "007") == ["2026-03-31", "14:05", "1e5", "007"]

    @pytest.mark.parametrize("text", [*ATTACKS, "{=1}", "#REF!", "TRUE"])
    def test_a_text_is_never_a_formula(self, text: str) -> None:
        sheet = read(write(["a"], [[text]])).active
        assert sheet["A2"].data_type in {"s", "inlineStr"}

    @pytest.mark.parametrize("number", [0, -1, 10**14, -0.5, 1e-7, 1e14])
    def test_numbers_are_numbers(self, number: float) -> None:
        assert values(number) == [number]

    @pytest.mark.parametrize("number", [10**15, -(10**15), 4111111111111111, 1e300])
    def test_a_number_that_would_lose_digits_is_a_text(self, number: float) -> None:
        assert values(number, 1) == [repr(number), 1]

    @pytest.mark.parametrize(
        "text",
        [
            "<b>&amp;</b>",
            "two\nlines",
            "a\r\nb",
            "  spaced  ",
            "_x0041_",
            "x_x000D_y",
            "_x",
            "שלום",
            "\u202ecba",
            "😀",
            "]]>",
        ],
    )
    def test_texts_come_back_as_they_were(self, text: str) -> None:
        assert [str(one).replace("_x005F_", "_") for one in values(text)] == [text]

    @pytest.mark.parametrize("bad", ["\0", "\x01", "\x1f", "\ud800", "\ufffe", "\uffff"])
    def test_what_xml_cannot_hold_is_replaced(self, bad: str) -> None:
        assert values(f"a{bad}b") == ["a\ufffdb"]

    def test_no_answer_and_an_empty_text_are_no_cell(self) -> None:
        with zipfile.ZipFile(io.BytesIO(write(["a"], [[None], [""], [[]]]))) as archive:
            sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        assert (sheet.count("<row "), sheet.count("<c ")) == (4, 1)

    def test_mixed_columns(self) -> None:
        assert values(True, 1, "1", 1.0, False, 0) == [True, 1, "1", 1, False, 0]


class TestLongTexts:
    def test_what_fits_stays_whole(self) -> None:
        assert values("x" * LONGEST) == ["x" * LONGEST]

    def test_what_is_longer_says_so(self) -> None:
        (text,) = values("x" * (LONGEST + 1))
        assert text == "x" * (LONGEST - len(CUT)) + CUT
        assert len(text) == LONGEST

    def test_a_million_characters(self) -> None:
        (text,) = values("ab" * 500_000)
        assert (len(text), text.endswith(CUT)) == (LONGEST, True)

    def test_it_counts_as_spreadsheets_do(self) -> None:
        """An emoji is two, and is not cut through."""
        (text,) = values("😀" * 16_384)
        assert text.endswith("😀" + CUT)
        assert len(text.encode("utf-16-le")) // 2 <= LONGEST
        assert values("😀" * 16_383) == ["😀" * 16_383]


class TestSheets:
    def test_a_header_that_stays_in_sight(self) -> None:
        sheet = read(write(["a", "b"], [[1, 2]])).active
        assert sheet.freeze_panes == "A2"
        assert sheet["A1"].font.bold
        assert not sheet["A2"].font.bold

    def test_without_rows_and_without_columns(self) -> None:
        assert list(read(write(["a"], [])).active.values) == [("a",)]
        assert read(write([], [])).sheetnames == ["replies"]

    def test_a_full_sheet_is_followed_by_another(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(xlsx, "MOST_ROWS", 501)
        book = read(write(["a"], [[number] for number in range(1100)]))
        assert book.sheetnames == ["replies", "replies_2", "replies_3"]
        found = [list(sheet.values) for sheet in book]
        assert [rows[0] for rows in found] == [("a",)] * 3
        assert [row[0] for rows in found for row in rows[1:]] == list(range(1100))
        assert max(map(len, found)) == 501

    def test_so_is_one_that_is_too_large_for_an_archive(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(xlsx, "MOST_BYTES", 1000)
        book = read(write(["a"], [["x" * 100]] * 600))
        assert len(book.sheetnames) == 3
        assert sum(sheet.max_row - 1 for sheet in book) == 600

    def test_letters_of_columns(self) -> None:
        header = [f"c{place}" for place in range(800)]
        sheet = read(write(header, [list(range(800))])).active
        assert sheet.max_column == 800
        assert sheet["ADT2"].value == 799

    def test_every_part_is_xml(self) -> None:
        with zipfile.ZipFile(io.BytesIO(write(["<a>&\"'"], [["<&>"]]))) as archive:
            assert archive.testzip() is None
            for name in archive.namelist():
                ElementTree.fromstring(archive.read(name))


def test_libreoffice_shows_the_same(tmp_path: Path) -> None:
    path = tmp_path / "replies.xlsx"
    rows = [
        ["k1", "=1+1", 36, -1.5, True, ["git", "ci"], MOMENT, "2026-03-31", "שלום"],
        ["k2", "_x0041_\nlines", None, None, False, [], None, None, "a\0b"],
    ]
    header = ["id", "text", "whole", "part", "truth", "several", "when", "day", "rtl"]
    path.write_bytes(write(header, rows, [*[""] * 7, "date", ""]))
    assert opened(path, tmp_path) == [
        header,
        ["k1", "=1+1", "36", "-1.5", "TRUE", "git, ci", "2026-01-02 01:04:05", "2026-03-31", "שלום"],
        ["k2", "_x0041_\nlines", "", "", "FALSE", "", "", "", "a\ufffdb"],
    ]
