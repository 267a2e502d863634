"""`make bench`: measure Canvass against the floor and write docs/BENCHMARKS.md. Takes about a quarter of an hour."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path

import psycopg

from tests.bench import building, canvass_side, classic, exports, lists, people, replies, report, results, sets, sqlite
from tests.bench.contests import Contest, play
from tests.bench.load import Load, Target, cores, generator
from tests.bench.questions import ANSWER
from tests.bench.servers import ROOT, THREADS, WORKERS, Postgres, postgres, second_start, serving

ROUNDS = 5
SECONDS = 4.0
# Answers prepared for a round: more than any machine takes in that time.
BODIES_PER_SECOND = 8_000


def main(arguments: Sequence[str]) -> int:
    """Measure, print and write the table; 1 when a goal was missed."""
    rounds, seconds = (1, 1.0) if "--quick" in arguments else (ROUNDS, SECONDS)
    busy = os.getloadavg()[0]
    if busy > cores() / 2:
        print(f"Other programs keep this machine busy (load average {busy:.1f}): the figures will say little.")
    folder = Path(tempfile.mkdtemp(prefix="canvass-bench-"))
    try:
        with postgres(folder) as server:
            contests, weight = _measure(server, folder, rounds, seconds)
            machine = _machine(server, busy)
            doors = (server.database("classic"), server.database("classic_floor"))
            second = classic.measure(*doors, folder / "classic", rounds, seconds)
            match = sqlite.measure(server.database("beside_sqlite"), folder / "sqlite", rounds, seconds)
            changes = people.measure(server.database("people"), folder / "people", rounds)
            reviews = replies.measure(server.database("replies"), folder / "replies", rounds)
            many = sets.measure(server.database("sets"), folder / "sets", rounds)
            figures = building.measure(_databases(server, folder, "building"), folder / "building")
            counted = results.measure(_databases(server, folder, "results"), folder / "results")
            downloads = exports.measure(
                _databases(server, folder, "exports"), folder / "exports", floor=contests[0].median("floor").rate
            )
            pages = lists.measure(
                _databases(server, folder, "lists"), folder / "lists", lists.MANY if rounds > 1 else 2 * lists.FEW
            )
        start = second_start(folder / "start")
        text = report.render(
            contests,
            weight,
            start,
            machine,
            changes,
            figures,
            match,
            counted,
            reviews=reviews,
            many=many,
            downloads=downloads,
            pages=pages,
            second=second,
            rounds=rounds,
            seconds=seconds,
        )
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(text)
    if "--quick" not in arguments:
        (ROOT / "docs" / "BENCHMARKS.md").write_text(text, encoding="utf-8")
    kept = weight.total <= report.PAGE_GOAL and start <= report.START_GOAL
    kept = kept and all(
        one.kept for one in (*changes, *reviews, *figures, *counted, *downloads, *pages, match, many, second)
    )
    return 0 if kept and all(contest.kept for contest in contests) else 1


def _databases(server: Postgres, folder: Path, name: str) -> dict[str, str]:
    return {"PostgreSQL": server.database(name), "SQLite": f"sqlite:///{folder}/{name}.db"}


def _measure(server: Postgres, folder: Path, rounds: int, seconds: float) -> tuple[list[Contest], report.Weight]:
    floor_dsn, canvass_dsn = server.database("floor"), server.database("canvass")
    site = canvass_side.prepare(canvass_dsn, folder / "instance")
    with ExitStack() as stack:
        floor = stack.enter_context(
            serving("tests.bench.floor:create_app", "--factory", environment={"FLOOR_DSN": floor_dsn}, ready="/hello")
        )
        canvass = stack.enter_context(serving("wsgi:app", environment=site.environment, ready="/healthz"))
        contests = _contests(floor, canvass, site)
        play(contests, rounds, seconds, folder)
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
