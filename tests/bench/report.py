"""What `make bench` writes down: the table, and what the public page weighs."""

from __future__ import annotations

import gzip
import html.parser
import re
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.bench.contests import Contest

PAGE_GOAL = 30_000
_MARK = re.compile(r"^<!-- (\w+) -->$", re.MULTILINE)
START_GOAL = 3.0

INTRODUCTION = """\
# Benchmarks

`make bench` measures how fast Canvass takes replies and writes this page. Only ratios carry over to another machine, so
Canvass is measured against a floor: `tests/bench/floor.py`, a Flask application that shows the same ten questions and
stores the same ten answers as one JSON row through a pool, and does nothing else. Both run under the same server on the
same PostgreSQL, one after the other in alternating rounds; the figures are medians, and the ratio is the median of the
ratios of neighbouring rounds. After the rounds the rows in both databases are counted against the acknowledged answers.

Canvass's submission is the real one: the signed key of a form of its own for every reply, every answer checked by its
question's type, the receipt, the answer to a second sending of the same form, the headers of the page.
"""

SETTINGS = """\
Settings that differ from the ones as they come: `CANVASS_MINIMUM_FILL_SECONDS=0` and `CANVASS_REPLIES_PER_MINUTE=0`,
because the load comes from one address and answers at once. PostgreSQL runs with its own defaults, so an acknowledged
reply is on the disk.
"""


@dataclass(frozen=True)
class Part:
    """What one part found: its lines of the page, and whether all its goals were reached."""

    lines: Sequence[str]
    kept: bool


@dataclass(frozen=True)
class Weight:
    """The bytes that a browser fetches for the public form, by address."""

    parts: list[tuple[str, int]]

    @property
    def total(self) -> int:
        """Return the sum."""
        return sum(size for _, size in self.parts)


class _Loaded(html.parser.HTMLParser):
    """Finds what a page loads by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in {"script", "img", "source", "iframe"} and values.get("src"):
            self.addresses.append(str(values["src"]))
        if (
            tag == "link"
            and values.get("href")
            and values.get("rel") in {"stylesheet", "icon", "preload", "modulepreload"}
        ):
            self.addresses.append(str(values["href"]))


def weigh(site: str, path: str) -> Weight:
    """Fetch the page at `path` and everything it loads, as sent over the wire."""
    page = _fetch(site + path)
    finder = _Loaded()
    finder.feed(_unpacked(page).decode())
    parts = [("the page", len(page))]
    for address in dict.fromkeys(finder.addresses):
        whole = urllib.parse.urljoin(site + path, address)
        if address.startswith("data:"):
            continue
        if not whole.startswith(site + "/"):
            raise SystemExit(f"The public page loads from another host: {address}")
        parts.append((f"`{urllib.parse.urlsplit(whole).path}`", len(_fetch(whole))))
    return Weight(parts)


def _unpacked(content: bytes) -> bytes:
    return gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content


def _fetch(url: str) -> bytes:
    # As every browser does.
    asked = urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(asked, timeout=10) as answer:
        content: bytes = answer.read()
    return content


def render(machine: Sequence[tuple[str, str]], parts: Mapping[str, Sequence[str]]) -> str:
    """Return the page; where each part begins is marked, so that it can be measured anew alone."""
    lines = [INTRODUCTION, "## The machine", "", "| | |", "|---|---|"]
    lines += [f"| {name} | {value} |" for name, value in machine]
    lines += ["", SETTINGS]
    for name, part in parts.items():
        lines += [f"<!-- {name} -->", "\n".join(part).strip(), ""]
    return "\n".join(lines)


def parts_of(page: str) -> dict[str, list[str]]:
    """Return the lines of the parts of a page."""
    _head, *rest = _MARK.split(page)
    return {name: text.strip().splitlines() for name, text in zip(rest[::2], rest[1::2], strict=True)}


def rates(contests: Sequence[Contest], rounds: int, seconds: float) -> list[str]:
    """Return the lines of the contests with the floor."""
    lines = ["", f"## Rates: {rounds} rounds of {seconds:.0f} s", ""]
    lines += ["| | requests/s | p50 ms | p99 ms | ratio to the floor | goal |", "|---|---|---|---|---|---|"]
    for contest in contests:
        lines += rows(contest)
    return lines


def weights(weight: Weight) -> list[str]:
    """Return the lines of the public page."""
    goal = f"Goal: {PAGE_GOAL:,} bytes on the wire, with everything it loads, no other host."
    lines = ["", "## The public page", "", goal, "", "| | bytes |", "|---|---|"]
    lines += [f"| {name} | {size:,} |" for name, size in weight.parts]
    return [*lines, f"| together | {weight.total:,} |"]


def start(seconds: float) -> list[str]:
    """Return the lines of a start."""
    sentence = f"A second `canvass serve` answers after {seconds:.1f} s; goal: {START_GOAL:.0f} s."
    return ["", "## Starting", "", sentence]


def rows(contest: Contest) -> list[str]:
    """Return the lines of one contest, one for each program."""
    found = []
    for program in contest.rounds:
        load = contest.median(program)
        last = f"**{contest.ratio:.2f}** | {contest.goal}" if program == "Canvass" else " | "
        found.append(f"| {contest.name}: {program} | {load.rate:,.0f} | {load.p50:.1f} | {load.p99:.1f} | {last} |")
    return found
