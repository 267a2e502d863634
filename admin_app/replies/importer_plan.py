"""How one file of replies is to be read: what somebody said about it, or what it says itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path
from typing import Any

from admin_app.replies.importer import ReplyFile
from admin_app.replies.importer_answers import Options, takes_several
from admin_app.replies.importer_columns import ColumnNames
from admin_app.replies.importer_file import UTF_8
from admin_app.replies.importer_labels import CodeMatcher, LabelMatcher
from admin_app.replies.importer_tables import Table, open_table
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.question_types.base import clean_text
from admin_app.surveys.questionnaire import Questionnaire, QuestionSpec

# So many rows are looked at before anybody has said anything.
LOOKED_AT = 200
SAMPLES = 3
DATE_ORDERS: Mapping[str, bool | None] = {"": None, "day": True, "month": False}


@dataclass(frozen=True)
class Plan:
    """What is known before the rows are read. `targets` has the place of each column, "" for nowhere."""

    encoding: str = UTF_8
    sheet: str = ""
    targets: tuple[str, ...] = ()
    labels: bool = False
    keep_unknown: bool = False
    # A key of DATE_ORDERS.
    dates: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON holds it."""
        return {**asdict(self), "targets": list(self.targets)}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Plan:
        """Return what `to_json` gave."""
        return cls(**{**document, "targets": tuple(document["targets"])})


def open_planned(path: Path, name: str, plan: Plan, names: ColumnNames) -> Table:
    """Return the file as a table, read as the plan says."""
    return open_table(path, known=names.knows, encoding=plan.encoding, sheet=plan.sheet, name=name)


def plan_columns(table: Table, questionnaire: Questionnaire, names: ColumnNames, plan: Plan) -> Plan:
    """Return `plan` with what the file itself tells: where its columns belong, and whether it holds labels."""
    targets = tuple(names.propose(table.header))
    return replace(plan, targets=targets, labels=_holds_labels(table, questionnaire, targets))


def planned_replies(table: Table, questionnaire: Questionnaire, names: ColumnNames, plan: Plan) -> ReplyFile:
    """Return the replies of the file; InvalidError where the plan does not fit it, its `fields` by column."""
    columns = names.find(table.header, dict(enumerate(plan.targets)))
    options = Options(labels=plan.labels, keep_unknown=plan.keep_unknown)
    return ReplyFile(table, questionnaire, columns, options, day_first=DATE_ORDERS[plan.dates])


def samples(table: Table) -> list[list[str]]:
    """Return for each column the first few different things that stand in it."""
    found: list[list[str]] = [[] for _header in table.header]
    for _number, cells in islice(table.rows(), LOOKED_AT):
        for seen, cell in zip(found, cells, strict=False):
            text = clean_text(cell)
            if text and len(seen) < SAMPLES and text not in seen:
                seen.append(text)
    return found


def _holds_labels(table: Table, questionnaire: Questionnaire, targets: Sequence[str]) -> bool:
    """Whether more cells of the first rows name choices by their labels than by their codes."""
    matchers = _matchers(questionnaire, targets)
    score = 0
    for _number, cells in islice(table.rows(), LOOKED_AT):
        for index, (codes, labels, several) in matchers.items():
            text = clean_text(cells[index]) if index < len(cells) else ""
            if text:
                way = "several" if several else "one"
                score += bool(getattr(labels, way)(text).codes) - bool(getattr(codes, way)(text).codes)
    return score > 0


def _matchers(
    questionnaire: Questionnaire, targets: Sequence[str]
) -> dict[int, tuple[CodeMatcher, LabelMatcher, bool]]:
    fields = defaultdict[str, list[int]](list)
    for index, target in enumerate(targets):
        fields[target].append(index)
    return {
        index: found
        for question in questionnaire.questions()
        if (found := _matchers_of(question)) is not None
        for name in QUESTION_TYPES[question.type].field_names(question)
        if name != question.other_key
        for index in fields[name]
    }


def _matchers_of(question: QuestionSpec) -> tuple[CodeMatcher, LabelMatcher, bool] | None:
    kind = QUESTION_TYPES[question.type]
    codes = kind.names_in_files(question, labels=False)
    if not codes:
        return None
    labels = kind.names_in_files(question, labels=True)
    return CodeMatcher(code for code, _name in codes), LabelMatcher(labels), takes_several(question)
