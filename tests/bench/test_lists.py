"""The parts of the benchmark about long lists measure what they say, and miss a goal where one is missed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.bench import audit, lists, million, stock


def test_every_page_of_a_list_is_measured_among_few_rows_and_many(tmp_path, monkeypatch):
    monkeypatch.setattr(lists, "FEW", 60)
    pages = lists.measure({"SQLite": f"sqlite:///{tmp_path}/lists.db"}, tmp_path, many=240, rounds=1)
    names = {page.name for page in pages}
    assert {"Last page, as usual", "Middle page, by submitted_at, descending"} <= names
    assert "Filter kind=complete by submitted_at, ascending" in names
    assert all(page.few > 0 and page.many > 0 for page in pages)
    slow = replace(pages[0], few=10.0, many=200.0)
    assert not slow.kept
    text = "\n".join(lists.report([*pages, slow]))
    assert "**missed**" in text
    assert "the slowest of" in text


def test_a_million_replies_are_made_by_the_command_and_looked_at(tmp_path):
    figures = million.measure({"SQLite": f"sqlite:///{tmp_path}/million.db"}, tmp_path, replies=40, rounds=1)
    assert [one.name for one in figures[:2]] == ["`canvass demo`", "The dashboard"]
    assert "The numbers of the facet kind" in [one.name for one in figures]
    assert all(one.took > 0 for one in figures)
    slow = replace(figures[1], took=101.0)
    assert not slow.kept
    assert "| The dashboard | SQLite | **101 ms** | 100 ms **missed** |" in million.lines([slow])


class TestAudit:
    def test_both_programs_show_the_same_rows(self, scratch: str, tmp_path: Path, monkeypatch) -> None:
        monkeypatch.setattr(lists, "FEW", 60)
        monkeypatch.setattr(audit, "FEW", 60)
        log = audit.measure(scratch, tmp_path, 240, rounds=1)
        assert {"Last page, as usual", "Filter who=1 by at, descending"} <= {page.name for page in log.pages}
        assert [race.name.split()[0] for race in log.races] == ["First", "Last", "Search", "Search", "Search"]
        # The last two of twenty entries have such a name, and every fifth of these twenties this one.
        with stock.console(scratch) as peer:
            page = peer.get("/admin/log/?search=canteen").text
        assert [f"canteen, parking {i}" in page for i in (18, 19, 118, 119, 17, 38)] == [True] * 4 + [False] * 2
        assert stock.last_page(scratch) == 11

    def test_what_misses_a_goal(self) -> None:
        near = audit.Race("First page", 10, ours=5, peer=50)
        assert near.kept
        far = audit.Race("Last page", 50, ours=2, peer=99)
        assert not audit.Log(10, [], [near, far]).kept
        text = "\n".join(
            audit.report(audit.Log(10, [lists.Page("First page", "PostgreSQL", False, 1, 2)], [near, far]))
        )
        assert "| First page | 5.0 | 50.0 | 10 | 10 |" in text
        assert "| Last page | 2.0 | 99.0 | 50 | 50 **missed** |" in text
