"""What an import of replies has to say."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

# As many faults as anybody reads; the counts by question go on.
SHOWN = 500


@dataclass
class ImportReport:
    """Counts of rows and of words, and the faults by row and name."""

    rows: int = 0
    bad_rows: int = 0
    faults: list[str] = field(default_factory=list)
    bad_by_key: Counter[str] = field(default_factory=Counter)
    # How many answers became "other" text, by question; in the second those of questions that do not offer it.
    other: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    without_time: int = 0
    has_time: bool = False
    missing: list[str] = field(default_factory=list)

    @property
    def good_rows(self) -> int:
        """How many rows can be stored."""
        return self.rows - self.bad_rows

    def add_faults(self, row: int, faults: list[tuple[str, str, str]]) -> None:
        """Add the faults of one row as (question's key, name of the column, sentence)."""
        self.bad_rows += bool(faults)
        self.bad_by_key.update({key for key, _, _ in faults})
        for _, name, sentence in faults:
            if len(self.faults) < SHOWN:
                self.faults.append(f"row {row}: {name}: {sentence}")

    def fault_lines(self) -> list[str]:
        """Return the faults and how many there are."""
        if not self.bad_rows:
            return []
        by_key = ", ".join(f"{key} ({count})" for key, count in self.bad_by_key.most_common())
        more = ["… and more."] if sum(self.bad_by_key.values()) > len(self.faults) else []
        return [*self.faults, *more, f"{_rows(self.bad_rows)} of {self.rows:,} cannot be taken: {by_key}."]

    def note_lines(self) -> list[str]:
        """Return what else is worth knowing."""
        lines = []
        if self.other:
            lines.append(f"{self.other.total():,} answers hold “other” text: {_counts(self.other)}.")
        if self.unknown:
            lines.append(
                f"{self.unknown.total():,} answers that are no choice were kept as “other” text of questions "
                f"that do not offer it: {_counts(self.unknown)}."
            )
        if self.missing:
            lines.append(f"There is no column for: {', '.join(self.missing)}. These count as not shown.")
        if self.without_time and self.has_time:
            lines.append(f"{_rows(self.without_time)} without a time: the time of the import stands in.")
        if not self.has_time:
            lines.append("There is no time column: the time of the import stands in.")
        return lines


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{key} ({count:,})" for key, count in counter.most_common())


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"
