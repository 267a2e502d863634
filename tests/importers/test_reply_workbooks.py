"""Workbooks of replies: typed cells, sheets, formulas, and files that are made to do harm."""

from __future__ import annotations

import datetime as dt
import io
import zipfile
from itertools import pairwise

import openpyxl
import pytest

from admin_app.core.errors import InvalidError
from admin_app.replies import importer_workbook
from admin_app.replies.importer_tables import open_table
from admin_app.replies.importer_workbook import WorkbookFile
from tests.replies.imports import workbook

SHEET = "xl/worksheets/sheet1.xml"
HEAD = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'


@pytest.fixture
def opened(tmp_path):
    """Write a file and open it."""

    def opened(content: bytes, name: str = "replies.xlsx", **options):
        path = tmp_path / name
        path.write_bytes(content)
        return open_table(path, known=lambda _header: False, **options)

    return opened


def patched(content: bytes, **parts: bytes | str) -> bytes:
    """The same archive with other contents of some parts."""
    names = {"sheet": SHEET, "styles": "xl/styles.xml"}
    replaced = {names[name]: text for name, text in parts.items()}
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, replaced.get(part, old.read(part)))
    return result.getvalue()


def rows(table) -> list[list[str]]:
    return [cells for _number, cells in table.rows()]


class TestCells:
    def test_each_kind(self, opened):
        moment = dt.datetime(2026, 3, 31, 14, 5, 59, 999_600)  # noqa: DTZ001 - workbooks know no time zones
        row = [12.0, 1.5, True, False, moment, dt.date(2026, 3, 31), dt.time(14, 5), " x ", "'=1+1", None, "end"]
        table = opened(workbook([f"c{number}" for number in range(11)], row))
        expected = [
            "12",
            "1.5",
            "TRUE",
            "FALSE",
            "2026-03-31 14:06:00",
            "2026-03-31",
            "14:05:00",
            "x",
            "=1+1",
            "",
            "end",
        ]
        assert rows(table) == [expected]

    def test_rows_keep_their_numbers_and_short_ones_are_filled(self, opened):
        table = opened(workbook(["a", "b"], [], ["x"], [None, "y"]))
        assert list(table.rows()) == [(3, ["x", ""]), (4, ["", "y"])]

    def test_a_row_that_is_longer_than_the_header(self, opened):
        assert rows(opened(workbook(["a"], ["x", "y"]))) == [["x", "y"]]

    def test_a_workbook_is_known_by_its_content(self, opened):
        assert opened(workbook(["a"], ["x"]), "replies.csv").header == ["a"]


class TestSheets:
    CONTENT = workbook(People=[["name"], ["Ada"]], Empty=[])

    def test_the_first_with_a_header_is_read(self, opened):
        table = opened(self.CONTENT)
        assert (table.sheets, table.sheet, table.header) == (("Sheet", "People", "Empty"), "People", ["name"])

    def test_one_that_is_asked_for(self, opened):
        assert rows(opened(self.CONTENT, sheet="People")) == [["Ada"]]
        with pytest.raises(InvalidError, match="is empty"):
            opened(self.CONTENT, sheet="Empty")
        with pytest.raises(InvalidError, match="has no sheet “Nothing”"):
            opened(self.CONTENT, sheet="Nothing")


class TestFormulas:
    def test_the_stored_value_is_read_and_nothing_is_calculated(self, opened):
        content = workbook(["a", "b"], ["=1+1", "=HYPERLINK(1)"])
        first = '<row r="1"><c r="A1" t="str"><v>a</v></c></row>'
        second = '<row r="2"><c r="A2"><f>1+1</f><v>5</v></c></row>'
        sheet = f"{HEAD}<sheetData>{first}{second}</sheetData></worksheet>"
        assert rows(opened(patched(content, sheet=sheet))) == [["5"]]

    def test_one_without_a_stored_value_is_named(self, opened):
        table = opened(workbook(["a", "b"], ["x", "=1+1"]))
        with pytest.raises(InvalidError, match="Sheet!B2: this formula has no stored value"):
            rows(table)


class TestHarm:
    def test_a_bomb(self, opened):
        content = patched(workbook(["a"]), sheet=HEAD + " " * 30_000_000)
        assert len(content) < 100_000
        with pytest.raises(InvalidError, match="unpacks to more than such a file can need"):
            opened(content)

    def test_entities(self, opened):
        names = ["a", *(f"a{number}" for number in range(1, 8))]
        entities = [f'<!ENTITY {name} "{f"&{before};" * 100}">' for before, name in pairwise(names)]
        laughs = f'<!DOCTYPE x [<!ENTITY a "ha">{"".join(entities)}'
        cell = '<sheetData><row><c t="str"><v>&a7;</v></c></row></sheetData></worksheet>'
        sheet = f'<?xml version="1.0"?>{laughs}]>{HEAD}{cell}'
        with pytest.raises(InvalidError, match="damaged"):
            opened(patched(workbook(["a"]), sheet=sheet))

    def test_a_million_columns(self, opened):
        cells = "".join(f'<c t="str"><v>c{number}</v></c>' for number in range(10_001))
        sheet = f'{HEAD}<sheetData><row r="1">{cells}</row></sheetData></worksheet>'
        with pytest.raises(InvalidError, match="more than 10,000 columns"):
            opened(patched(workbook(["a"]), sheet=sheet))

    def test_a_size_that_is_a_lie_costs_nothing(self, opened):
        sheet = (
            f'{HEAD}<dimension ref="A1:XFD1048576"/><sheetData><row r="1"><c r="A1" t="str"><v>a</v></c></row>'
            '<row r="2"><c r="A2" t="str"><v>x</v></c></row></sheetData></worksheet>'
        )
        assert rows(opened(patched(workbook(["a"]), sheet=sheet))) == [["x"]]

    def test_a_row_that_is_far_away(self, opened, monkeypatch):
        monkeypatch.setattr(importer_workbook, "MAX_BLANK_ROWS", 1_000)
        far = '<row r="999999999"><c t="str"><v>x</v></c></row>'
        sheet = f'{HEAD}<sheetData><row r="1"><c r="A1" t="str"><v>a</v></c></row>{far}</sheetData></worksheet>'
        with pytest.raises(InvalidError, match="more than 1,000 empty rows"):
            rows(opened(patched(workbook(["a"]), sheet=sheet)))

    @pytest.mark.parametrize(
        "sheet",
        [
            "",
            "<x",
            f"{HEAD}<sheetData><row r='x'><c/></row>",
            f"{HEAD}<sheetData><row><c r='!!'/></row></sheetData></worksheet>",
        ],
    )
    def test_damaged_ones(self, opened, sheet):
        with pytest.raises(InvalidError, match=r"is damaged|is empty"):
            rows(opened(patched(workbook(["a"], ["x"]), sheet=sheet)))

    @pytest.mark.parametrize("content", [b"PK\x03\x04 nonsense", b"PK\x03\x04" + b"\0" * 100])
    def test_what_is_no_archive(self, opened, content):
        with pytest.raises(InvalidError, match="is damaged"):
            opened(content)

    def test_another_kind_of_archive(self, opened):
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("content.xml", "<x/>")
        with pytest.raises(InvalidError, match="is damaged"):
            opened(archive.getvalue())

    def test_a_day_that_no_calendar_has(self, opened):
        book = openpyxl.Workbook()
        book.active.append(["a"])
        book.active.append([99_999_999])
        book.active["A2"].number_format = "yyyy-mm-dd"
        content = io.BytesIO()
        book.save(content)
        assert len(rows(opened(content.getvalue()))) == 1


@pytest.mark.parametrize(
    ("head", "sentence"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1", "a workbook of an old kind"),
        (b"%PDF-1.7\n", "is no table"),
        (b"\x89PNG\r\n\x1a\n", "is no table"),
        (b"\xff\xd8\xff\xe0", "is no table"),
        (b"\x1f\x8b\x08", "is no table"),
        (b"<!DOCTYPE html><table><tr><td>name", "is a web page"),
        (b"\xef\xbb\xbf\n <HTML>", "is a web page"),
        (b'<?xml version="1.0"?>', "is a web page"),
    ],
)
def test_other_kinds_of_files(opened, head, sentence):
    with pytest.raises(InvalidError, match=sentence):
        opened(head + b"\nname\nAda\n", "replies.csv", encoding="windows-1252")


def test_files_are_closed(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook(["a"], ["x"]))
    table = WorkbookFile(path)
    for _row in table.rows():
        break
    path.unlink()
