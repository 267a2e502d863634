"""The part of `make bench` about files of replies: from the real server, over HTTP, with what it costs in memory."""

from __future__ import annotations

import http.client
import statistics
import threading
import time
import urllib.parse
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from flask_migrate import upgrade

from admin_app import create_app
from admin_app.core.db import db
from tests.bench import results
from tests.bench.rounds import let_go
from tests.bench.servers import SECRET, serving
from tests.factories import login, make_user
from tests.helpers import token_of

REPLIES, ROUNDS = 100_000, 3
FORMATS = ("csv", "xlsx")
FIRST_BYTE_GOAL, MEMORY_GOAL = 0.5, 50_000_000
# django-survey's CSV of 100,000 replies took longer than this on a machine whose floor (psycopg and one JSON row, under
# granian) took so many submissions a second; it was stopped then.
PEER_SECONDS, PEER_FLOOR = 300.0, 3_781.0
FASTER_GOAL = 100.0
_PAGE = 4096


@dataclass
class Download:
    """One file on one database: seconds until it began and until it was whole, and the bytes that it cost."""

    format: str
    database: str
    # How much slower this machine is than the one of the peer's figure.
    scale: float
    first: list[float] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)
    memory: list[int] = field(default_factory=list)
    size: int = 0

    @property
    def faster(self) -> float:
        """Return by how much this is faster than the peer, at least."""
        return PEER_SECONDS * self.scale / statistics.median(self.whole)

    @property
    def kept(self) -> bool:
        """Whether the goals were reached; they are set for CSV."""
        if self.format != "csv":
            return True
        small = max(self.memory) <= MEMORY_GOAL
        return small and statistics.median(self.first) <= FIRST_BYTE_GOAL and self.faster >= FASTER_GOAL


def measure(
    databases: Mapping[str, str], folder: Path, rounds: int = ROUNDS, floor: float = PEER_FLOOR
) -> list[Download]:
    """Measure; `floor` is how many submissions a second the floor takes on this machine."""
    found: list[Download] = []
    for name, url in databases.items():
        instance = folder / name
        path, cookie, token = _prepare(url, instance)
        environment = {"CANVASS_DATABASE_URL": url, "CANVASS_SECRET_KEY": SECRET, "CANVASS_INSTANCE": str(instance)}
        with serving("wsgi:app", environment=environment, ready="/healthz") as port:
            for format_name in FORMATS:
                download = Download(format_name, name, PEER_FLOOR / floor)
                # What a process needs once, such as modules and the first connection, is no cost of a file.
                for number in range(rounds + 2):
                    _take(port, path, cookie, token, download, counts=number >= 2)
                found.append(download)
    return found


def _prepare(url: str, instance: Path) -> tuple[str, str, str]:
    """Store the replies; return the address of the export, a session's cookie and its token for forms."""
    app = create_app({"DATABASE_URL": url, "SECRET_KEY": SECRET, "INSTANCE": instance, "LOG_LEVEL": "error"})
    with app.app_context():
        upgrade()
        survey = results.fill(REPLIES)
        client = app.test_client()
        login(client, make_user("exports"))
        db.session.remove()
    token = token_of(client.get("/account/password").text)
    cookie = client.get_cookie("canvass")
    with app.app_context():
        let_go()
    return f"/admin/survey/{survey}/results/export", cookie.value if cookie else "", token


def _take(port: int, path: str, cookie: str, token: str, download: Download, *, counts: bool) -> None:
    body = urllib.parse.urlencode({"csrf_token": token, "format": download.format})
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"canvass={cookie}"}
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=300)) as connection, watched(port) as grown:
        started = time.perf_counter()
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        if answer.status != 200:
            raise SystemExit(f"The export answered {answer.status}.")
        size = len(answer.read(1))
        first = time.perf_counter() - started
        while part := answer.read(1 << 16):
            size += len(part)
        whole = time.perf_counter() - started
    if counts:
        download.first.append(first)
        download.whole.append(whole)
        download.memory.append(max(grown))
        download.size = size


@contextmanager
def watched(port: int) -> Iterator[list[int]]:
    """Note meanwhile by how many bytes one of the server's processes has grown, the largest growth last."""
    before = {process: _resident(process) for process in _processes(port)}
    grown, ended = [0], threading.Event()

    def watch() -> None:
        while not ended.wait(0.01):
            grown.append(max(_resident(process) - size for process, size in before.items()))

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield grown
    finally:
        ended.set()
        thread.join()


def _processes(port: int) -> list[int]:
    """Return the server on a port and its workers."""
    commands = {int(path.parent.name): _read(path).split("\0") for path in Path("/proc").glob("[0-9]*/cmdline")}
    found = [process for process, command in commands.items() if "--port" in command and str(port) in command]
    for process in found:
        for children in Path(f"/proc/{process}/task").glob("*/children"):
            found += [child for child in map(int, _read(children).split()) if child not in found]
    return found


def _resident(process: int) -> int:
    pages = _read(Path(f"/proc/{process}/statm")).split()
    return int(pages[1]) * _PAGE if pages else 0


def _read(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


INTRODUCTION = f"""
## Files of replies

The {REPLIES:,} replies to {results.QUESTIONS} questions as a file, over HTTP from the server: until the first byte,
until the last, and by how much a process of the server grew meanwhile. The goal for the whole file is a hundredth of
what django-survey needed for as many replies, which was more than {PEER_SECONDS:.0f} s where the floor took
{PEER_FLOOR:,.0f} submissions a second; it is scaled by what the floor takes here. The goals are set for CSV.
"""


def lines(downloads: Sequence[Download]) -> list[str]:
    """Return the part of the page."""
    found = [INTRODUCTION, "| | database | MB | replies/s | first byte s | whole s | grown MB | times as fast |"]
    found += ["|---|---|---|---|---|---|---|---|"]
    for one in downloads:
        whole = statistics.median(one.whole)
        found.append(
            f"| {one.format.upper()} | {one.database} | {one.size / 1e6:.0f} | {REPLIES / whole:,.0f} "
            f"| **{statistics.median(one.first):.2f}** | **{whole:.1f}** | **{max(one.memory) / 1e6:.0f}** "
            f"| **{one.faster:.0f}** |"
        )
    goals = f"| {FIRST_BYTE_GOAL} | | {MEMORY_GOAL / 1e6:.0f} | {FASTER_GOAL:.0f} |"
    return [*found, f"| goal for CSV | | | {goals}"]


def main() -> int:
    """Measure on SQLite alone and print: `python -m tests.bench.exports`."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="canvass-exports-") as folder:
        downloads = measure({"SQLite": f"sqlite:///{folder}/exports.db"}, Path(folder))
    print("\n".join(lines(downloads)))
    return int(not all(one.kept for one in downloads))


if __name__ == "__main__":
    raise SystemExit(main())
