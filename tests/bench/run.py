"""`make bench`: measure Canvass against the floor and write docs/BENCHMARKS.md. Takes about half an hour."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import psycopg

from tests.bench import (
    audit,
    building,
    canvass_side,
    classic,
    exports,
    lists,
    million,
    people,
    replies,
    report,
    results,
    sets,
    sqlite,
)
from tests.bench.contests import Contest, play
from tests.bench.load import Load, Target, cores, generator
from tests.bench.questions import ANSWER
from tests.bench.report import Part
from tests.bench.servers import ROOT, THREADS, WORKERS, Postgres, postgres, second_start, serving

ROUNDS = 5
SECONDS = 4.0
# Answers prepared for a round: more than any machine takes in that time.
BODIES_PER_SECOND = 8_000
PAGE = ROOT / "docs" / "BENCHMARKS.md"


@dataclass
class Setting:
    """What every part is given: where to measure, how often, and how fast the floor is here."""

    server: Postgres
    folder: Path
    rounds: int
    seconds: float
    # Submissions a second; what the rates find, else what it was where the peer was measured.
    floor: float = exports.PEER_FLOOR

    @property
    def quick(self) -> bool:
        """Whether it is only tried whether everything runs."""
        return self.rounds == 1

    def one(self, name: str) -> tuple[str, Path]:
        """Return an empty database of PostgreSQL and a folder."""
        return self.server.database(name), self.folder / name

    def both(self, name: str) -> tuple[dict[str, str], Path]:
        """Return an empty database of each kind and a folder."""
        return {"PostgreSQL": self.server.database(name), "SQLite": f"sqlite:///{self.folder}/{name}.db"}, (
            self.folder / name
        )


def _rates(setting: Setting) -> Part:
    contests, weight = _measure(setting)
    setting.floor = contests[0].median("floor").rate
    kept = all(contest.kept for contest in contests) and weight.total <= report.PAGE_GOAL
    return Part(report.rates(contests, setting.rounds, setting.seconds) + report.weights(weight), kept)


def _people(setting: Setting) -> Part:
    found = people.measure(*setting.one("people"), setting.rounds)
    return Part(people.lines(found), all(one.kept for one in found))


def _sqlite(setting: Setting) -> Part:
    found = sqlite.measure(*setting.one("beside_sqlite"), setting.rounds, setting.seconds)
    return Part(sqlite.lines(found), found.kept)


def _replies(setting: Setting) -> Part:
    found = replies.measure(*setting.one("replies"), setting.rounds)
    return Part(replies.lines(found), all(one.kept for one in found))


def _sets(setting: Setting) -> Part:
    found = sets.measure(*setting.one("sets"), setting.rounds)
    return Part(sets.lines(found), found.kept)


def _building(setting: Setting) -> Part:
    found = building.measure(*setting.both("building"))
    return Part(building.lines(found), all(one.kept for one in found))


def _results(setting: Setting) -> Part:
    found = results.measure(*setting.both("results"))
    return Part(results.lines(found), all(one.kept for one in found))


def _exports(setting: Setting) -> Part:
    found = exports.measure(*setting.both("exports"), floor=setting.floor)
    return Part(exports.lines(found), all(one.kept for one in found))


def _lists(setting: Setting) -> Part:
    found = lists.measure(*setting.both("lists"), 2 * lists.FEW if setting.quick else lists.MANY)
    return Part(lists.report(found), all(one.kept for one in found))


def _million(setting: Setting) -> Part:
    found = million.measure(*setting.both("million"), 2 * lists.FEW if setting.quick else million.REPLIES)
    return Part(million.lines(found), all(one.kept for one in found))


def _audit(setting: Setting) -> Part:
    found = audit.measure(*setting.one("audit"), 2 * lists.FEW if setting.quick else audit.ENTRIES)
    return Part(audit.report(found), found.kept)


def _classic(setting: Setting) -> Part:
    floor = setting.server.database("classic_floor")
    url, folder = setting.one("classic")
    found = classic.measure(url, floor, folder, setting.rounds, setting.seconds)
    return Part(classic.lines(found), found.kept)


def _start(setting: Setting) -> Part:
    seconds = second_start(setting.folder / "start")
    return Part(report.start(seconds), seconds <= report.START_GOAL)


# In the order of the page. The rates come first: what is held against the peer needs the floor's.
PARTS: Mapping[str, Callable[[Setting], Part]] = {
    "rates": _rates,
    "sqlite": _sqlite,
    "people": _people,
    "replies": _replies,
    "sets": _sets,
    "building": _building,
    "results": _results,
    "exports": _exports,
    "lists": _lists,
    "million": _million,
    "audit": _audit,
    "classic": _classic,
    "start": _start,
}


def _tell(name: str, part: Part, machine: Sequence[tuple[str, str]], *, write: bool) -> None:
    """Print a part, and put it on the page at once: the next one may take minutes."""
    print("\n".join(part.lines), flush=True)
    if write:
        parts = {**report.parts_of(PAGE.read_text(encoding="utf-8")), name: part.lines}
        ordered = {one: parts[one] for one in PARTS if one in parts}
        PAGE.write_text(report.render(machine, ordered), encoding="utf-8")


def main(arguments: Sequence[str]) -> int:
    """Measure, print and write down; 1 when a goal was missed.

    `python -m tests.bench.run [--quick] [PART ...]` measures some parts alone and leaves the others as they are on the
    page; with `--quick` it only shows that they run.
    """
    quick, names = "--quick" in arguments, [one for one in arguments if one != "--quick"]
    if unknown := set(names) - set(PARTS):
        raise SystemExit(f"No such part: {', '.join(sorted(unknown))}. There are {', '.join(PARTS)}.")
    busy = os.getloadavg()[0]
    if busy > cores() / 2:
        print(f"Other programs keep this machine busy (load average {busy:.1f}): the figures will say little.")
    folder = Path(tempfile.mkdtemp(prefix="canvass-bench-"))
    try:
        with postgres(folder) as server:
            setting = Setting(server, folder, *((1, 1.0) if quick else (ROUNDS, SECONDS)))
            machine, missed = _machine(server, busy), []
            for name in [one for one in PARTS if one in names or not names]:
                part = PARTS[name](setting)
                _tell(name, part, machine, write=not quick)
                missed += [] if part.kept else [name]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if missed:
        print(f"A goal was missed in: {', '.join(missed)}.")
    return 1 if missed else 0


def _measure(setting: Setting) -> tuple[list[Contest], report.Weight]:
    floor_dsn, canvass_dsn = setting.server.database("floor"), setting.server.database("canvass")
    site = canvass_side.prepare(canvass_dsn, setting.folder / "instance")
    with ExitStack() as stack:
        floor = stack.enter_context(
            serving("tests.bench.floor:create_app", "--factory", environment={"FLOOR_DSN": floor_dsn}, ready="/hello")
        )
        canvass = stack.enter_context(serving("wsgi:app", environment=site.environment, ready="/healthz"))
        contests = _contests(floor, canvass, site)
        play(contests, setting.rounds, setting.seconds, setting.folder)
        weight = report.weigh(f"http://127.0.0.1:{canvass}", site.path)
    _check_stored(floor_dsn, "floor_reply", contests[0].median("floor"))
    _check_stored(canvass_dsn, "reply", contests[0].median("Canvass"))
    return contests, weight


def _contests(floor: int, canvass: int, site: canvass_side.Site) -> list[Contest]:
    def submissions(seconds: float) -> Target:
        return Target(canvass, site.path, site.bodies(int(seconds * BODIES_PER_SECOND)))

    def floor_submissions(seconds: float) -> Target:
        return Target(floor, "/submit", [ANSWER] * int(seconds * BODIES_PER_SECOND))

    return [
        Contest("Taking a reply", 0.5, {"floor": floor_submissions, "Canvass": submissions}),
        Contest(
            "Showing the form",
            0.5,
            {"floor": lambda _: Target(floor, "/form"), "Canvass": lambda _: Target(canvass, site.path)},
        ),
    ]


def _check_stored(dsn: str, table: str, load: Load) -> None:
    """An answer that was acknowledged is stored; without this the figures would say nothing."""
    with psycopg.connect(dsn) as connection:
        row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    if row is None or row[0] < load.answered:
        raise SystemExit(f"{table} holds {row and row[0]} replies after {load.answered} were acknowledged.")


def _machine(server: Postgres, busy: float) -> list[tuple[str, str]]:
    return [
        ("Processors", f"{cores()}, shared by load, servers and database"),
        ("Other work on it", f"a load average of {busy:.1f} before the start"),
        ("System", f"{platform.system()} on {platform.machine()}"),
        ("Python", platform.python_version()),
        ("PostgreSQL", f"{server.version}, as it comes (fsync on)"),
        ("Server", f"granian {version('granian')}, {WORKERS} workers with {THREADS} threads each"),
        ("Load", f"{generator()}, 16 connections"),
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
