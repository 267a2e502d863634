"""Replies as a table, one row each: what every format of files is made from."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Engine, Select, String, Text, cast, func, select, type_coerce

from admin_app.core.db import db
from admin_app.core.errors import InvalidError
from admin_app.core.permissions import Actor
from admin_app.core.words import figure
from admin_app.core.words import gettext as _
from admin_app.replies.masking import masked_keys
from admin_app.replies.models import Reply, Tag, reply_tag
from admin_app.results import stored
from admin_app.results.export_columns import AnswerColumn, answer_columns
from admin_app.results.export_plan import USUAL, ExportPlan, check_plan, chosen_by, zone_of
from admin_app.results.exporters.base import BLOCK_ROWS, Cells, Table
from admin_app.results.filters import Filters, Known
from admin_app.results.join import JoinedQuestion
from admin_app.results.queries import joined_questions, with_kept_words
from admin_app.surveys.models import Survey, SurveyVersion
from admin_app.surveys.queries import versions_of

Read = Callable[[Any], Any]


@dataclass(frozen=True)
class _Fact:
    """What is known of a reply beside its answers: what is selected, and whether a file has it by itself."""

    value: ColumnElement[Any] | Any
    usual: bool = True


# As they are stored: to make Python's own objects of them takes longer than all the rest.
_TAGS = select(func.aggregate_strings(cast(reply_tag.c.tag_id, Text), ",")).where(reply_tag.c.reply_id == Reply.id)
# A dot cannot be in the key of a question.
FACTS: Mapping[str, _Fact] = {
    "reply.id": _Fact(Reply.public_id),
    "reply.started_at": _Fact(Reply.started_at, usual=False),
    "reply.submitted_at": _Fact(Reply.submitted_at),
    "reply.version": _Fact(Reply.version_id),
    "reply.kind": _Fact(type_coerce(Reply.kind, String)),
    "reply.test": _Fact(Reply.test),
    "reply.review_status": _Fact(type_coerce(Reply.review_status, String)),
    "reply.language": _Fact(Reply.language),
    "reply.source": _Fact(Reply.source),
    "reply.tags": _Fact(_TAGS.scalar_subquery(), usual=False),
}


def usual_facts() -> list[str]:
    """Return the facts that a file has where nothing else is asked for."""
    return [name for name, fact in FACTS.items() if fact.usual]


@dataclass(frozen=True)
class Export:
    """A plan for one survey, as it is carried out for one actor."""

    survey: Survey
    plan: ExportPlan
    questions: Sequence[JoinedQuestion]
    hidden: frozenset[str]
    filters: Filters
    versions: Sequence[SurveyVersion]

    @property
    def facts(self) -> list[str]:
        """The facts that the file has, in their order."""
        chosen = self.plan.columns
        return usual_facts() if chosen is None else [name for name in FACTS if name in chosen]

    @property
    def columns(self) -> list[AnswerColumn]:
        """The columns with answers."""
        return answer_columns(self.questions, self.hidden, self.plan)

    def count(self) -> int:
        """Return how many replies there are."""
        conditions = self.filters.conditions(self.survey.id)
        return db.session.scalar(select(func.count()).select_from(Reply).where(*conditions)) or 0

    def table(self) -> Table:
        """Return the replies, oldest first.

        A question has its columns at the same place whichever versions the replies are of, in the order of the
        questionnaire. The rows are read over a connection of their own, a block at a time, so that they can be sent
        long after the request's session is gone.
        """
        facts, columns = self.facts, self.columns
        statement = (
            select(Reply.version_id, stored.document(), *(FACTS[name].value for name in facts))
            .where(*self.filters.conditions(self.survey.id))
            .order_by(Reply.id)
        )
        header = [*facts, *(column.header for column in columns)]
        moments = [*([""] * len(facts)), *(column.moment for column in columns)]
        return Table(header, _rows(db.engine, statement, [self._reader(name) for name in facts], columns), moments)

    def _reader(self, fact: str) -> Read | None:
        """Return what makes a cell of a stored value; None where it is one already."""
        if fact == "reply.version":
            return {version.id: version.number for version in self.versions}.__getitem__
        if fact != "reply.tags":
            return None
        found = db.session.execute(
            select(Tag.id, Tag.name).where(Tag.survey_id == self.survey.id).order_by(Tag.name_key)
        )
        names = {str(row.id): row.name for row in found}
        return lambda ids: [name for number, name in names.items() if number in ids.split(",")] if ids else None


def prepare_export(survey: Survey, plan: ExportPlan, *, actor: Actor) -> Export:
    """Return `plan` for `survey`, with what `actor` may see of it now; InvalidError for what cannot be."""
    versions = versions_of(survey)
    questions = joined_questions(versions)
    plan = check_plan(plan, {*FACTS, *(question.spec.key for question in questions)})
    hidden = masked_keys((question.spec for question in questions), actor=actor, obj=survey)
    known = Known.of(survey, questions, hidden=hidden, zone=zone_of(plan))
    filters = chosen_by(plan, known)
    conditions = [*filters.conditions(survey.id), stored.may_hold_other([one.spec.other_key for one in questions])]
    questions = with_kept_words(questions, survey, conditions)
    export = Export(survey, plan, questions, hidden, filters, versions)
    most = plan.exporter.most_columns
    if most is not None and len(export.facts) + len(export.columns) > most:
        values = {"format": plan.exporter.label, "number": figure(most)}
        raise InvalidError(_("%(format)s holds at most %(number)s columns. Choose fewer, or another format.", **values))
    return export


def reply_table(survey: Survey, plan: ExportPlan = USUAL, *, actor: Actor) -> Table:
    """Return the replies that count, or those that `plan` chooses; what `actor` may not see is masked."""
    return prepare_export(survey, plan, actor=actor).table()


def _rows(
    engine: Engine, statement: Select[Any], readers: Sequence[Read | None], columns: Sequence[AnswerColumn]
) -> Iterator[Cells]:
    # The cursor is closed by hand: a reader who goes away leaves it open on the server.
    with engine.connect() as connection:
        found = connection.execution_options(yield_per=BLOCK_ROWS).execute(statement)
        with found:
            for block in found.partitions():
                yield from _cells(block, readers, columns)


def _cells(
    block: Sequence[Sequence[Any]], readers: Sequence[Read | None], columns: Sequence[AnswerColumn]
) -> Iterator[Cells]:
    """Return the rows of a block, made column by column."""
    versions, documents, *facts = zip(*block, strict=True)
    # As one text: it is read in half the time of many small ones.
    answers = json.loads(f"[{','.join(documents)}]")
    known = [list(map(read, values)) if read else values for read, values in zip(readers, facts, strict=True)]
    return zip(*known, *(column.cells(versions, answers) for column in columns), strict=True)
