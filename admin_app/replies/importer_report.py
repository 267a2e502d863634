"""What an import of replies has to say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from admin_app.core.words import figure, ngettext
from admin_app.core.words import gettext as _
from admin_app.surveys.question_types.base import clean_text

# As many faults as anybody reads; the counts by question go on.
SHOWN = 500

# The question's key, the name of the field, the sentence.
Fault = tuple[str, str, str]
_COUNTERS = ("bad_by_key", "other", "unknown")


@dataclass(frozen=True)
class Finding:
    """Why one cell of a row cannot be taken."""

    row: int
    column: str
    sentence: str

    @classmethod
    def at(cls, row: int, fault: Fault) -> Finding:
        """Return it without what no database stores: the sentence quotes the file."""
        return cls(row, clean_text(fault[1]), clean_text(fault[2]))

    def __str__(self) -> str:
        return _("row %(row)s: %(column)s: %(sentence)s", row=self.row, column=self.column, sentence=self.sentence)


@dataclass
class ImportReport:
    """Counts of rows and of words, and the faults by row and name."""

    rows: int = 0
    bad_rows: int = 0
    findings: list[Finding] = field(default_factory=list)
    bad_by_key: Counter[str] = field(default_factory=Counter)
    # How many answers became "other" text, by question; in the second those of questions that do not offer it.
    other: Counter[str] = field(default_factory=Counter)
    unknown: Counter[str] = field(default_factory=Counter)
    without_time: int = 0
    has_time: bool = False
    missing: list[str] = field(default_factory=list)
    found: int = 0

    @property
    def good_rows(self) -> int:
        """How many rows can be stored."""
        return self.rows - self.bad_rows

    @property
    def faults(self) -> list[str]:
        """The faults that are shown, as sentences."""
        return [str(one) for one in self.findings]

    def add_faults(self, row: int, faults: list[Fault]) -> None:
        """Add the faults of one row."""
        self.bad_rows += bool(faults)
        self.found += len(faults)
        self.bad_by_key.update({key for key, _name, _sentence in faults})
        for fault in faults[: SHOWN - len(self.findings)]:
            self.findings.append(Finding.at(row, fault))

    def fault_lines(self) -> list[str]:
        """Return the faults and how many there are."""
        if not self.bad_rows:
            return []
        more = [_("… and more.")] if self.found > len(self.findings) else []
        return [*self.faults, *more, self.fault_summary()]

    def fault_summary(self) -> str:
        """Return how many rows cannot be taken, and for which questions."""
        return ngettext(
            "%(number)s row of %(rows)s cannot be taken: %(keys)s.",
            "%(number)s rows of %(rows)s cannot be taken: %(keys)s.",
            self.bad_rows,
            rows=figure(self.rows),
            keys=_counts(self.bad_by_key),
        )

    def note_lines(self) -> list[str]:
        """Return what else is worth knowing."""
        lines = []
        if self.other:
            lines.append(
                ngettext(
                    "%(number)s answer holds “other” text: %(keys)s.",
                    "%(number)s answers hold “other” text: %(keys)s.",
                    self.other.total(),
                    keys=_counts(self.other),
                )
            )
        if self.unknown:
            lines.append(
                ngettext(
                    "%(number)s answer that is no choice is kept as “other” text of a question that does not offer "
                    "it: %(keys)s.",
                    "%(number)s answers that are no choice are kept as “other” text of questions that do not offer "
                    "it: %(keys)s.",
                    self.unknown.total(),
                    keys=_counts(self.unknown),
                )
            )
        if self.missing:
            lines.append(_("There is no column for: %(keys)s. These count as not shown.", keys=", ".join(self.missing)))
        return lines + self._time_lines()

    def _time_lines(self) -> list[str]:
        if not self.has_time:
            return [_("There is no time column: the time of the import stands in.")]
        if not self.without_time:
            return []
        return [
            ngettext(
                "%(number)s row without a time: the time of the import stands in.",
                "%(number)s rows without a time: the time of the import stands in.",
                self.without_time,
            )
        ]

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {**vars(self), "findings": [[one.row, one.column, one.sentence] for one in self.findings]}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> ImportReport:
        """Return what `to_json` gave."""
        counters = {name: Counter(document[name]) for name in _COUNTERS}
        return cls(**{**document, **counters, "findings": [Finding(*one) for one in document["findings"]]})


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{key} ({figure(count)})" for key, count in counter.most_common())
