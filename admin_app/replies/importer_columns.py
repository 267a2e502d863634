"""Which column of a file of replies holds what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from admin_app.core.errors import InvalidError
from admin_app.replies.importer_times import STARTED, SUBMITTED
from admin_app.surveys.findings import column_name
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.questionnaire import Questionnaire, QuestionSpec

# What an export says about a reply as a whole; a key cannot have a dot.
METADATA = "reply."
# Replies of which these columns say something else are not complete replies of people.
EXPECTED = {"reply.kind": "complete", "reply.test": "no"}
SPAM = ("reply.review_status", "spam")


@dataclass
class Columns:
    """Where the parts of a reply stand in a row, by the names that the public form's fields have."""

    fields: dict[str, int] = field(default_factory=dict)
    metadata: dict[str, int] = field(default_factory=dict)
    submitted: int | None = None
    started: int | None = None
    # Columns without a header must stay empty.
    nameless: list[int] = field(default_factory=list)


def other_column(question: QuestionSpec) -> str:
    """Return the name of the column with the words that are no choice; empty where there can be none.

    An import may keep such words also where the question does not offer "other".
    """
    kind = QUESTION_TYPES[question.type]
    taken = not question.other and question.other_key in kind.field_names(question)
    return question.other_key if kind.options(question) and not taken else ""


class ColumnNames:
    """The names that columns may have for one questionnaire."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self.fields: dict[str, str] = {}
        rows: list[tuple[str, str]] = []
        for question in questionnaire.questions():
            kind = QUESTION_TYPES[question.type]
            self._add(kind.field_names(question))
            if kind.has_rows:
                rows += [(column_name(row.code), question.row_key(row)) for row in question.rows]
            self._add(filter(None, [other_column(question)]))
        counts = Counter(name for name, _ in rows)
        # A row's code alone names a column where nothing else in the survey has that name.
        self.fields = {**{name: key for name, key in rows if counts[name] == 1}, **self.fields}

    def _add(self, names: Iterable[str]) -> None:
        self.fields.update({column_name(name): name for name in names})

    def knows(self, header: str) -> bool:
        """Whether a header means something."""
        name = _name(header)
        return name in self.fields or name in SUBMITTED or name in STARTED or name.startswith(METADATA)

    def find(self, header: Sequence[str]) -> Columns:
        """Return the columns of a file; InvalidError names those that belong to no question, or twice to one."""
        columns = Columns()
        faults: list[str] = []
        times: dict[str, int] = {}
        for index, text in enumerate(header):
            name = _name(text)
            if not text:
                columns.nameless.append(index)
            elif name in self.fields:
                faults += _put(columns.fields, self.fields[name], index, header)
            elif name in SUBMITTED or name in STARTED:
                faults += _put(times, name, index, header)
            elif name.startswith(METADATA):
                faults += _put(columns.metadata, name, index, header)
            else:
                faults.append(f"the column “{text}” belongs to no question.")
        columns.submitted, more = _first(times, SUBMITTED)
        columns.started, still = _first(times, STARTED)
        faults += [f"the column “{header[index]}” belongs to no question." for index in (*more, *still)]
        if not columns.fields:
            faults.insert(0, "No column belongs to a question. The first row must hold the questions' keys.")
        if faults:
            raise InvalidError("\n".join(["The columns cannot be read. Nothing was stored.", *faults]))
        return columns


def _name(header: str) -> str:
    return column_name("_".join(header.split()))


def _put(columns: dict[str, int], name: str, index: int, header: Sequence[str]) -> list[str]:
    """Note a column, or return a sentence when another one has that name already."""
    first = columns.setdefault(name, index)
    if first == index:
        return []
    return [f"the columns “{header[first]}” and “{header[index]}” (number {first + 1} and {index + 1}) mean the same."]


def _first(times: dict[str, int], names: Sequence[str]) -> tuple[int | None, list[int]]:
    """Return the column of the name that comes first in `names`, and the columns of the other ones."""
    found = [times[name] for name in names if name in times]
    return (found[0], found[1:]) if found else (None, [])
