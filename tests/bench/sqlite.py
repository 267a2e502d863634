"""The part of `make bench` about SQLite: the same submission as on PostgreSQL, two writing processes and a worker."""

from __future__ import annotations

import os
import signal
import sqlite3
import statistics
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.bench import canvass_side
from tests.bench.load import Load, Target, drive
from tests.bench.servers import ROOT, WORKERS, serving

RATE_GOAL, P99_GOAL = 1.0, 50.0
WARM_UP = 2.0
# Answers prepared for a round: more than any machine takes in that time.
BODIES_PER_SECOND = 8_000


@dataclass(frozen=True)
class Match:
    """What both databases reached, one after the other in alternating rounds."""

    postgres: Sequence[Load]
    sqlite: Sequence[Load]

    @property
    def ratio(self) -> float:
        """Return SQLite's share of PostgreSQL's rate: the median of the rounds, each against its neighbour."""
        return statistics.median(own.rate / other.rate for own, other in zip(self.sqlite, self.postgres, strict=True))

    @property
    def p99(self) -> float:
        """Return what all but one in a hundred replies to SQLite took, in milliseconds: the median of the rounds."""
        return statistics.median(load.p99 for load in self.sqlite)

    @property
    def kept(self) -> bool:
        """Whether both goals were reached."""
        return self.ratio >= RATE_GOAL and self.p99 <= P99_GOAL


def measure(postgres_url: str, folder: Path, rounds: int, seconds: float) -> Match:
    """Let the same server take replies on both databases by turns."""
    file = folder / "canvass.db"
    urls = {"postgres": postgres_url, "sqlite": f"sqlite:///{file}"}
    for name in urls:
        (folder / name).mkdir(parents=True, exist_ok=True)
    sites = {name: canvass_side.prepare(url, folder / name) for name, url in urls.items()}
    loads: dict[str, list[Load]] = {name: [] for name in sites}
    with ExitStack() as stack:
        for site in sites.values():
            stack.enter_context(_working(site.environment))
        ports = {
            name: stack.enter_context(serving("wsgi:app", environment=site.environment, ready="/healthz"))
            for name, site in sites.items()
        }
        for number in range(rounds + 1):
            length = seconds if number else min(seconds, WARM_UP)
            for name, site in sites.items():
                target = Target(ports[name], site.path, site.bodies(int(length * BODIES_PER_SECOND)))
                loads[name].append(drive(target, length, folder))
    _check_stored(file, loads["sqlite"])
    return Match(loads["postgres"][1:], loads["sqlite"][1:])


@contextmanager
def _working(environment: Mapping[str, str]) -> Iterator[None]:
    """Run a worker beside the block, as `canvass serve` does."""
    own = {name: text for name, text in os.environ.items() if not name.startswith("CANVASS_")}
    command = [str(Path(sys.executable).with_name("canvass")), "worker"]
    process = subprocess.Popen(
        command, cwd=ROOT, env={**own, **environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield
        if process.poll() is not None:
            raise SystemExit("The worker stopped.")
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(20)


def _check_stored(file: Path, loads: Sequence[Load]) -> None:
    """An answer that was acknowledged is stored; one that was not is an error that the figures must not hide."""
    answered, failed = (sum(getattr(load, name) for load in loads) for name in ("answered", "failed"))
    with sqlite3.connect(file) as connection:
        (stored,) = connection.execute("SELECT count(*) FROM reply").fetchone()
    if failed or stored < answered:
        raise SystemExit(f"SQLite holds {stored} replies after {answered} were acknowledged; {failed} failed.")


INTRODUCTION = f"""
## Taking replies on SQLite

The same submission on a SQLite file and on PostgreSQL, in alternating rounds: {WORKERS} web processes write, a worker
runs beside them. An acknowledged reply is on the disk on both (`synchronous = FULL`).
"""


def lines(match: Match) -> list[str]:
    """Return the part of the page."""
    found = [INTRODUCTION, "| | replies/s | p50 ms | p99 ms |", "|---|---|---|---|"]
    for name, loads in (("PostgreSQL", match.postgres), ("SQLite", match.sqlite)):
        rate, p50, p99 = (statistics.median(getattr(load, one) for load in loads) for one in ("rate", "p50", "p99"))
        found.append(f"| {name} | {rate:,.0f} | {p50:.1f} | {p99:.1f} |")
    found += [
        "",
        f"SQLite reaches **{match.ratio:.2f}** of PostgreSQL's rate (goal: {RATE_GOAL:.0f}) with a p99 of "
        f"**{match.p99:.1f} ms** (goal: {P99_GOAL:.0f} ms).",
    ]
    return found
