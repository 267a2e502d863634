"""Which column of a file of replies holds what."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from admin_app.core.errors import InvalidError
from admin_app.core.words import gettext as _
from admin_app.replies.importer_labels import normal
from admin_app.replies.importer_times import STARTED, SUBMITTED
from admin_app.surveys.findings import column_name
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.questionnaire import Questionnaire, QuestionSpec

# What an export says about a reply as a whole; a key cannot have a dot.
METADATA = "reply."
# Replies of which these columns say something else are not complete replies of people.
EXPECTED = {"reply.kind": ("complete",), "reply.test": ("no", "false")}
SPAM = ("reply.review_status", "spam")
# What a column may say of a reply as a whole.
ABOUT_REPLIES = (SUBMITTED[0], STARTED[0], "reply.language", *EXPECTED, SPAM[0])


@dataclass
class Columns:
    """Where the parts of a reply stand in a row, by the names that the public form's fields have."""

    fields: dict[str, int] = field(default_factory=dict)
    metadata: dict[str, int] = field(default_factory=dict)
    submitted: int | None = None
    started: int | None = None
    # Columns without a header must stay empty.
    nameless: list[int] = field(default_factory=list)

    def put(self, name: str, index: int) -> None:
        """Note where a field or a fact about the reply stands."""
        if name == SUBMITTED[0]:
            self.submitted = index
        elif name == STARTED[0]:
            self.started = index
        else:
            (self.metadata if name.startswith(METADATA) else self.fields)[name] = index


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
        labels: list[tuple[str, str]] = []
        for question in questionnaire.questions():
            kind = QUESTION_TYPES[question.type]
            self._add(kind.field_names(question))
            if kind.has_rows:
                rows += [(column_name(row.code), question.row_key(row)) for row in question.rows]
            self._add(filter(None, [other_column(question)]))
            labels += _labels_of(question)
        # Every name of a field, in the order of the questionnaire.
        self.targets = list(dict.fromkeys(self.fields.values()))
        counts = Counter(name for name, _key in rows)
        # A row's code alone names a column where nothing else in the survey has that name.
        self.fields = {**{name: key for name, key in rows if counts[name] == 1}, **self.fields}
        wordings = Counter(label for label, _key in labels)
        self._labels = {label: key for label, key in labels if label and wordings[label] == 1}

    def _add(self, names: Iterable[str]) -> None:
        self.fields.update({column_name(name): name for name in names})

    def knows(self, header: str) -> bool:
        """Whether a header means something."""
        return bool(header) and self._meant(header) is not None

    def is_target(self, name: str) -> bool:
        """Whether a column can be put there."""
        return name in self.targets or name in ABOUT_REPLIES

    def propose(self, header: Sequence[str]) -> list[str]:
        """Return for each column where it belongs by its header, each target once; "" for what means nothing here."""
        targets = [name if name and self.is_target(name) else "" for name in self._resolve(header, {})]
        return [name if name not in targets[:index] else "" for index, name in enumerate(targets)]

    def find(self, header: Sequence[str], chosen: Mapping[int, str] | None = None) -> Columns:
        """Return the columns of a file; InvalidError names those that belong to no question, or twice to one.

        `chosen` says of a column by its index where it belongs, "" for nowhere; the others go by their headers. What
        the error's `fields` tells of a column has that index as its name.
        """
        columns, faults = Columns(), dict[str, str]()
        taken: dict[str, int] = {}
        for index, name in enumerate(self._resolve(header, chosen or {})):
            if name is None:
                faults[str(index)] = _("the column “%(name)s” belongs to no question.", name=header[index])
            elif name and (first := taken.setdefault(name, index)) != index:
                faults[str(index)] = _twice(header, first, index)
            elif name:
                columns.put(name, index)
            elif not header[index] and index not in (chosen or {}):
                columns.nameless.append(index)
        self._refuse(columns, faults)
        return columns

    @staticmethod
    def _refuse(columns: Columns, faults: dict[str, str]) -> None:
        lines = list(faults.values())
        if not columns.fields:
            lines.insert(0, _("No column belongs to a question. The first row must hold the questions' keys."))
        if lines:
            first = _("The columns cannot be read. Nothing was stored.")
            raise InvalidError("\n".join([first, *lines]), fields=faults)

    def _meant(self, header: str) -> str | None:
        """Return what a header alone says: a field, a fact about the reply, "" for no header, None for nothing."""
        name = _name(header)
        if not header or name in self.fields:
            return self.fields.get(name, "")
        if name in SUBMITTED or name in STARTED or name.startswith(METADATA):
            return name
        return self._labels.get(normal(header))

    def _resolve(self, header: Sequence[str], chosen: Mapping[int, str]) -> list[str | None]:
        """Return where each column belongs; of several that tell the same time the best name has it."""
        found = [chosen[index] if index in chosen else self._meant(text) for index, text in enumerate(header)]
        # A question may have such a name for its key; then its column is the question's.
        own = [(index, _name(text)) for index, text in enumerate(header) if index not in chosen]
        told = [(index, name) for index, name in own if name not in self.fields]
        for names in (SUBMITTED, STARTED):
            given = names[0] in chosen.values()
            there = {name for _index, name in told}
            best = next((name for name in names if not given and name in there), None)
            for index, name in told:
                if name in names:
                    found[index] = names[0] if name == best else None
        return found


def _name(header: str) -> str:
    return column_name("_".join(header.split()))


def _labels_of(question: QuestionSpec) -> list[tuple[str, str]]:
    """Return the wordings that may stand in a header, as they are compared, with the name of the field.

    An export writes a row of a table as "Question: Row", other programs as "Question [Row]".
    """
    kind = QUESTION_TYPES[question.type]
    if not kind.asks:
        return []
    if not kind.has_rows:
        other = [(normal(f"{question.label} (other)"), question.other_key)] if question.other else []
        return [(normal(question.label), question.key), *other]
    forms = ("{}: {}", "{} [{}]")
    return [
        (normal(form.format(question.label, row.label)), question.row_key(row))
        for row in question.rows
        for form in forms
    ]


def _twice(header: Sequence[str], first: int, second: int) -> str:
    return _(
        "the columns “%(first)s” and “%(second)s” (number %(one)s and %(other)s) mean the same.",
        first=header[first],
        second=header[second],
        one=first + 1,
        other=second + 1,
    )
