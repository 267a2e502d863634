"""The benchmark compares like with like, and says what it measured."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qsl

import pytest
from werkzeug.datastructures import MultiDict

from admin_app.replies.answers import collect_answers
from tests.bench import (
    building,
    classic,
    exports,
    floor,
    load,
    people,
    replies,
    report,
    results,
    sets,
    sqlite,
)
from tests.bench.building import Figure
from tests.bench.contests import Contest
from tests.bench.load import Load, Target
from tests.bench.people import Change
from tests.bench.questions import ANSWER, questionnaire
from tests.bench.replies import Review
from tests.bench.sqlite import Match

FORM = MultiDict(parse_qsl(ANSWER))


class TestFloor:
    def test_both_programs_store_the_same(self) -> None:
        collected = collect_answers(questionnaire(), FORM.getlist)
        assert collected.errors == {}
        assert floor.clean(FORM) == collected.answers

    @pytest.mark.parametrize("key", ["q1", "q4", "q10"])
    def test_both_refuse_a_missing_answer(self, key: str) -> None:
        form = MultiDict([(name, value) for name, value in FORM.items(multi=True) if name != key])
        assert list(collect_answers(questionnaire(), form.getlist).errors) == [key]
        with pytest.raises(ValueError, match=key):
            floor.clean(form)


class TestDownload:
    def download(self, **other: object) -> exports.Download:
        made = exports.Download("csv", "SQLite", 2.0, [0.2, 0.1], [4.0, 6.0], [5_000_000, 20_000_000], 28_000_000)
        for name, value in other.items():
            setattr(made, name, value)
        return made

    def test_it_is_held_against_the_peer_on_this_machine(self) -> None:
        """Half as fast a floor: the peer would have taken twice as long here."""
        assert self.download().faster == 120
        assert self.download().kept
        assert not self.download(scale=1.0).kept

    def test_what_misses_a_goal(self) -> None:
        assert not self.download(first=[0.6]).kept
        assert not self.download(memory=[51_000_000]).kept
        assert self.download(format="xlsx", first=[9.0]).kept

    def test_the_report(self) -> None:
        text = "\n".join(exports.lines([self.download()]))
        assert "| CSV | SQLite | 28 | 20,000 | **0.15** | **5.0** | **20** | **120** |" in text


class TestContest:
    def contest(self, **rates: list[float]) -> Contest:
        contest = Contest("Taking a reply", 0.5, {})
        for program, found in rates.items():
            contest.rounds[program] = [Load(rate, int(rate), 0, 1.0, 2.0) for rate in found]
        return contest

    def test_the_ratio_is_the_median_of_neighbours(self) -> None:
        assert self.contest(floor=[100, 200, 100], Canvass=[60, 100, 10]).ratio == 0.5

    def test_the_report_names_figures_and_goals(self) -> None:
        weight = report.Weight([("the page", 4_000), ("`/static/css/public.css`", 7_000)])
        contest = self.contest(floor=[3000], Canvass=[1800])
        changes = [
            Change("Adding a role", [0.1, 0.2], [0.2, 0.2], [0.3, 0.5]),
            Change("Removing a role", [0.01], [0.08], [0.2]),
        ]
        figures = [Figure("An edit", "SQLite", 28.9, 33.7, 100), Figure("A drop", "SQLite", 30, 101, 100)]
        match = Match([Load(1000, 1000, 0, 15, 40)], [Load(1100, 1100, 0, 14, 30)])
        reviews = [Review("Changing the status", [0.1, 0.2], [0.2, 0.3])]
        many = sets.Sets([Review("Changing the status", [10], [25])], 12)
        lines = [
            *report.rates([contest], 1, 1), *report.weights(weight), *sqlite.lines(match), *people.lines(changes),
            *replies.lines(reviews), *sets.lines(many), *building.lines(figures), *report.start(0.8),
        ]  # fmt: skip
        text = report.render([("Processors", "2")], {"rates": lines})
        assert "| Taking a reply: Canvass | 1,800 | 1.0 | 2.0 | **0.60** | 0.5 |" in text
        assert "| together | 11,000 |" in text
        assert "| Processors | 2 |" in text
        assert "| Adding a role | 150 | 200 | 400 | **2.8** | 2.0 |" in text
        assert "| Removing a role | 10 | 80 | 200 | 20.0 | **2.5** |" in text
        assert "| Changing the status | 150 | 250 | **1.8** |" in text
        assert "| Changing the status | 10000 | 25000 | **2.5** |" in text
        assert "The process grew by 12 MB." in text
        assert many.kept
        assert not sets.Sets(many.reviews, 50).kept
        assert reviews[0].kept
        assert not Review("Undoing it", [0.1], [0.4]).kept
        assert "| An edit | SQLite | 29 | **34** | 100 |" in text
        assert "SQLite reaches **1.10** of PostgreSQL's rate (goal: 1) with a p99 of **30.0 ms** (goal: 50 ms)." in text
        assert match.kept
        assert not Match(match.sqlite, match.postgres).kept
        assert not Match(match.postgres, [Load(1100, 1100, 0, 14, 51)]).kept
        assert [one.kept for one in figures] == [True, False]
        assert all(change.kept for change in changes)
        assert not Change("Adding a role", bare=[0.1], logged=[0.4], canvass=[0.4]).kept
        assert not Change("Removing a role", bare=[0.1], logged=[0.1], canvass=[0.4]).kept

    def test_a_part_can_be_measured_anew(self) -> None:
        text = report.render([("Processors", "2")], {"rates": ["", "## Rates", "1"], "start": ["", "## Starting"]})
        assert report.parts_of(text) == {"rates": ["## Rates", "1"], "start": ["## Starting"]}
        assert report.render([("Processors", "2")], report.parts_of(text)) == text


class TestPeople:
    def test_both_ways_change_the_same(self, scratch: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """It fails where either of them does not change every user."""
        monkeypatch.setattr(people, "USERS", 20)
        changes = people.measure(scratch, tmp_path, 2)
        assert [(change.name, len(change.bare), len(change.logged), len(change.canvass)) for change in changes] == [
            ("Adding a role", 2, 2, 2),
            ("Removing a role", 2, 2, 2),
        ]


class TestReplies:
    def test_both_ways_change_the_same(self, scratch: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """It fails where either of them does not change every reply."""
        monkeypatch.setattr(replies, "REPLIES", 20)
        reviews = replies.measure(scratch, tmp_path, 2)
        assert [(one.name, len(one.bare), len(one.canvass)) for one in reviews] == [
            ("Changing the status", 2, 2),
            ("Undoing it", 2, 2),
        ]


class TestClassic:
    def test_each_request_does_what_it_measures(
        self, scratch: str, another: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """It stops where one is refused, or the statistics are not whole."""
        monkeypatch.setattr(classic, "ACTIVE", 3)
        monkeypatch.setattr(classic, "REPLIES", 40)
        second = classic.measure(scratch, another, tmp_path, 1, 1.0)
        assert second.statistics.answers == 2 * classic.QUESTIONS
        text = "\n".join(classic.lines(second))
        assert "`/addreply`, and a submission: Canvass" in text
        assert "| 40 |" in text

    def test_what_misses_a_goal(self) -> None:
        fast = classic.Statistics(10, 1.0, 2.0, 100, 1_000)
        assert classic.Second([], fast).kept
        assert not classic.Second([], replace(fast, whole=31.0)).kept
        assert not classic.Second([], replace(fast, grown=200_000_000)).kept
        slow = Contest("It", 0.5, {}, {one: [Load(rate, 1, 0, 1, 1)] for one, rate in (("floor", 9), ("Canvass", 4))})
        assert not classic.Second([slow], fast).kept


class TestSets:
    def test_both_ways_change_the_same(self, scratch: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """It fails where either of them does not change every reply."""
        monkeypatch.setattr(sets, "REPLIES", 20)
        many = sets.measure(scratch, tmp_path, 1)
        assert [(one.name, len(one.bare), len(one.canvass)) for one in many.reviews] == [
            ("Changing the status", 1, 1),
            ("Undoing it", 1, 1),
        ]


class TestBuilding:
    def test_each_request_does_what_it_measures(self, tmp_path: Path) -> None:
        """It stops where one is refused."""
        figures = building.measure({"SQLite": f"sqlite:///{tmp_path}/building.db"}, tmp_path, 2)
        assert [one.name for one in figures] == ["Opening the page", "An edit", "A drop"]
        assert all(one.p95 >= one.p50 > 0 for one in figures)


class TestResults:
    def test_each_request_shows_what_it_measures(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """It stops where one is refused."""
        monkeypatch.setattr(results, "REPLIES", 50)
        figures = results.measure({"SQLite": f"sqlite:///{tmp_path}/results.db"}, tmp_path, 2)
        assert len(figures) == 4
        assert all(one.p95 >= one.p50 > 0 for one in figures)
        assert "| The page | SQLite |" in "\n".join(results.lines(figures))


class _Answering(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.answer(200 if self.path == "/" else 404)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.answer(303 if body == b"a=1" else 422)

    def answer(self, status: int) -> None:
        self.send_response(status)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, format: str, *args: object) -> None:
        pass


class _Quiet(http.server.ThreadingHTTPServer):
    """The load closes its connections in the middle of an answer, and that is no error."""

    def handle_error(self, request: object, client_address: object) -> None:
        pass


@pytest.fixture
def port() -> Iterator[int]:
    server = _Quiet(("127.0.0.1", 0), _Answering)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()
    thread.join()


class TestOwnLoad:
    """One process of the load that is made where wrk is not installed."""

    def test_it_counts_answers(self, port: int) -> None:
        found = load._one_process(Target(port, "/"), 0.3)
        assert found.times
        assert found.failed == 0

    def test_it_counts_errors(self, port: int) -> None:
        found = load._one_process(Target(port, "/nosuch"), 0.3)
        assert found.failed == len(found.times) > 0

    def test_it_sends_each_body_once(self, port: int) -> None:
        found = load._one_process(Target(port, "/", ["a=1"] * 20_000), 0.3)
        assert found.times
        assert found.failed == 0


class TestWeigh:
    def test_it_finds_what_a_page_loads(self) -> None:
        finder = report._Loaded()
        finder.feed('<link rel="stylesheet" href="/a.css"><script src="b.js"></script><a href="/c">x</a><img src="d">')
        assert finder.addresses == ["/a.css", "b.js", "d"]
