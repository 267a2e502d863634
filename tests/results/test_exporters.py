"""Every registered format keeps the same contract; CSV has rules of its own."""

from __future__ import annotations

import csv
import datetime as dt
import io
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from admin_app.core.formulas import disarm
from admin_app.results.exporters import EXPORTERS, Table
from admin_app.results.exporters.csv import BOM, CsvExporter, cell

MOMENT = dt.datetime(2026, 1, 2, 3, 4, 5, 678, tzinfo=dt.timezone(dt.timedelta(hours=2)))
HEADER = ["reply.id", "name", "age", "share", "agree", "tools", "when"]
ROWS: list[list[Any]] = [
    ["k1", "Ada, “the first”\nof all", 36, 0.5, True, ["git", "ci"], MOMENT],
    ["k2", "=HYPERLINK(1)", -1, 1e-7, False, [], None],
    ["k3", None, None, None, None, None, None],
]
ATTACKS = ["=1+1", "+1+1", "-1+1", "@SUM(A1)", "|calc", "%0", " =1", '"=1', "'=1", "“=1", "\t=1", "\rx", "\nx",
           "＝1+1", "＋1", "－1", "＠x", "\ufeff=1", "\u200b=1", "\u00a0=1", "-", "+49 170 12", "=", "--1",
           "-1,2,3"]  # fmt: skip
HARMLESS = ["", "x=1", "1+1", "-1", "+1", "-1.5", "-1,5", "-1e5", "3", "Ünïcode", "'", "a@b.example", "100 %"]


def parse(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.removeprefix(BOM).decode(), newline="")))


class TestEveryExporter:
    @pytest.fixture(params=list(EXPORTERS))
    def exporter(self, request: pytest.FixtureRequest) -> Any:
        return EXPORTERS[request.param]

    def test_it_says_what_it_is(self, exporter: Any) -> None:
        assert EXPORTERS[exporter.name] is exporter
        assert exporter.label
        assert "/" in exporter.media_type
        assert exporter.extension.isalnum()

    def test_it_writes_bytes_with_and_without_rows(self, exporter: Any) -> None:
        assert b"".join(exporter.render(Table(HEADER, ROWS)))
        assert b"".join(exporter.render(Table(HEADER, [])))

    def test_it_is_the_same_every_time(self, exporter: Any) -> None:
        assert b"".join(exporter.render(Table(HEADER, ROWS))) == b"".join(exporter.render(Table(HEADER, ROWS)))

    def test_its_memory_does_not_grow_with_the_rows(self, exporter: Any) -> None:
        assert peak(exporter, 20_000) < 1.5 * peak(exporter, 2_000)

    def test_the_first_bytes_come_before_the_last_row_is_read(self, exporter: Any) -> None:
        taken = 0

        def rows() -> Iterator[list[Any]]:
            nonlocal taken
            while taken < 10_000:
                taken += 1
                yield ROWS[0]

        next(exporter.render(Table(HEADER, rows())))
        assert taken < 5_000


def peak(exporter: Any, count: int) -> int:
    rows = ([f"k{number}", "some text", number, 0.5, True, ["git", "ci"], MOMENT] for number in range(count))
    tracemalloc.start()
    try:
        for _piece in exporter.render(Table(HEADER, rows)):
            pass
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


class TestCsv:
    def test_it_works(self) -> None:
        content = b"".join(CsvExporter().render(Table(HEADER, ROWS)))
        assert content.startswith(BOM + b"reply.id,name,age")
        assert content.count(b"\r\n") == 4
        assert parse(content) == [
            HEADER,
            ["k1", "Ada, “the first”\nof all", "36", "0.5", "yes", "git, ci", "2026-01-02T01:04:05Z"],
            ["k2", "'=HYPERLINK(1)", "-1", "1e-07", "no", "", ""],
            ["k3", "", "", "", "", "", ""],
        ]

    @pytest.mark.parametrize("text", ATTACKS)
    def test_it_disarms(self, text: str) -> None:
        assert disarm(text) == "'" + text

    @pytest.mark.parametrize("text", HARMLESS)
    def test_it_leaves_alone(self, text: str) -> None:
        assert disarm(text) == text

    @pytest.mark.parametrize("text", [*ATTACKS, *HARMLESS])
    def test_disarming_can_be_undone(self, text: str) -> None:
        """A reader takes the `'` off where the rest would be disarmed again."""
        written = disarm(text)
        rest = written[1:]
        assert (rest if written[:1] == "'" and disarm(rest) != rest else written) == text

    @given(st.lists(st.lists(st.text(st.characters(codec="utf-8")), min_size=3, max_size=3), max_size=8))
    def test_a_reader_gets_every_text_back(self, rows: list[list[str]]) -> None:
        content = b"".join(CsvExporter().render(Table(["a", "b", "c"], rows)))
        assert parse(content)[1:] == [[disarm(text) for text in row] for row in rows]

    @given(
        st.lists(st.one_of(st.none(), st.text("a,\"\r\n '"), st.integers(), st.floats(allow_nan=False), st.booleans()))
    )
    def test_a_lone_column_of_anything(self, values: list[Any]) -> None:
        """No row is lost where there is nothing in it."""
        content = b"".join(CsvExporter().render(Table(["a"], [[value] for value in values])))
        assert parse(content)[1:] == [[cell(value)] for value in values]

    def test_a_million_characters(self) -> None:
        csv.field_size_limit(10**7)
        text = 'a",' * 333_333
        assert parse(b"".join(CsvExporter().render(Table(["a"], [[text]]))))[1] == [text]

    def test_a_list_is_disarmed_as_a_whole(self) -> None:
        assert cell(["=a", "b"]) == "'=a, b"

    def test_headers_are_disarmed(self) -> None:
        assert parse(b"".join(CsvExporter().render(Table(["=a"], []))))[0] == ["'=a"]

    def test_half_a_surrogate_pair_does_not_break_the_file(self) -> None:
        assert b"".join(CsvExporter().render(Table(["a"], [["\ud800"]]))).endswith(b"?\r\n")
