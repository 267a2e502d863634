"""What both programs do in turns, and what each of them reached."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.load import Load, Target, drive

WARM_UP = 2.0


@dataclass
class Contest:
    """One thing that both programs do, and what the rounds reached."""

    name: str
    goal: float
    targets: Mapping[str, Callable[[float], Target]]
    rounds: dict[str, list[Load]] = field(default_factory=dict)

    def play(self, seconds: float, folder: Path) -> None:
        """Let one program after the other do it for `seconds`."""
        for program, target in self.targets.items():
            load = drive(target(seconds), seconds, folder)
            if load.failed:
                raise SystemExit(f"{self.name}: {load.failed} of {load.answered} answers of {program} were errors.")
            self.rounds.setdefault(program, []).append(load)

    def median(self, program: str) -> Load:
        """Return the medians over the rounds of one program."""
        rounds = self.rounds[program]
        return Load(
            rate=statistics.median(load.rate for load in rounds),
            answered=sum(load.answered for load in rounds),
            failed=0,
            p50=statistics.median(load.p50 for load in rounds),
            p99=statistics.median(load.p99 for load in rounds),
        )

    @property
    def ratio(self) -> float:
        """Return Canvass's share of the floor's rate: the median of the rounds, each against its neighbour."""
        pairs = zip(self.rounds["Canvass"], self.rounds["floor"], strict=True)
        return statistics.median(canvass.rate / floor.rate for canvass, floor in pairs)

    @property
    def kept(self) -> bool:
        """Whether the goal was reached."""
        return self.ratio >= self.goal


def play(contests: Sequence[Contest], rounds: int, seconds: float, folder: Path) -> None:
    """Let both programs do each of these in alternating rounds, after one that warms them up and does not count."""
    for contest in contests:
        contest.play(WARM_UP if rounds > 1 else seconds, folder)
        contest.rounds.clear()
    for _ in range(rounds):
        for contest in contests:
            contest.play(seconds, folder)
