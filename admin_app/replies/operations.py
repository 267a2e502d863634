"""Storing replies.

A submission is its own record: it has no actor and no audit entry. What staff do to replies is audited.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol, TypedDict, Unpack

from sqlalchemy import Table, update
from sqlalchemy.dialects import postgresql, sqlite

from admin_app.audit.models import AuditBatch
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.direct import write_row
from admin_app.core.errors import ClosedError, InvalidError
from admin_app.core.words import gettext as _
from admin_app.core.words import mark
from admin_app.replies.models import Reply, ReplyKind
from admin_app.surveys.models import Survey
from admin_app.surveys.question_types.base import Answers

# All that somebody wrote in one reply together, in characters; choices and numbers are bounded by their questions.
ANSWERS_LIMIT = 1_000_000
FULL = mark("This survey has all the replies that it can take.")


class Limited(Protocol):
    """What storing must know of a survey: a row, or what was read of it."""

    @property
    def id(self) -> int: ...
    @property
    def reply_limit(self) -> int | None: ...


class Numbered(Protocol):
    """What storing must know of a version."""

    @property
    def id(self) -> int: ...


_TABLE: Table = Reply.__table__  # type: ignore[assignment]
# Built once; putting a statement together costs more than sending it.
_STORE = {
    "postgresql": postgresql.insert(_TABLE)
    .on_conflict_do_nothing(index_elements=["receipt_hash"])
    .returning(_TABLE.c.id),
    "sqlite": sqlite.insert(_TABLE).on_conflict_do_nothing(index_elements=["receipt_hash"]).returning(_TABLE.c.id),
}


class ReplyFacts(TypedDict, total=False):
    """What is known of a reply beside its answers; each has a default."""

    receipt_hash: str | None
    source: str
    started_at: dt.datetime | None
    submitted_at: dt.datetime
    language: str
    kind: ReplyKind
    test: bool


_DEFAULTS: ReplyFacts = {
    "receipt_hash": None,
    "source": "form",
    "started_at": None,
    "language": "en",
    "kind": ReplyKind.COMPLETE,
    "test": False,
}


def store_reply(survey: Limited, version: Numbered, answers: Answers, **facts: Unpack[ReplyFacts]) -> bool:
    """Store one checked reply; return False when the reply of that receipt is stored already.

    Raises ClosedError when the survey's limit is reached (nothing is stored) and InvalidError when the answers are
    larger than a reply may be.
    """
    values = _values(survey, version, answers, facts)
    connection = db.session.connection()
    if connection.execute(_STORE[connection.dialect.name], values).first() is None:
        return False
    if survey.reply_limit is not None and not facts.get("test"):
        _take_place(survey.id)
    return True


def store_unlimited_reply(survey: Limited, version: Numbered, answers: Answers, **facts: Unpack[ReplyFacts]) -> bool:
    """Store one checked reply to a survey without a limit, as a unit of work of its own; as `store_reply()` else.

    No other row takes part, so one statement does it: a third of the round trips of a transaction.
    """
    if survey.reply_limit is not None:
        raise ValueError("A survey with a limit counts its replies in the transaction that stores them.")
    return write_row(_STORE[db.engine.dialect.name], _values(survey, version, answers, facts)) is not None


def take_reply(survey: Limited, version: Numbered, answers: Answers, **facts: Unpack[ReplyFacts]) -> bool:
    """Store one checked reply as its survey allows, as a unit of work of its own; as `store_reply()` else."""
    if survey.reply_limit is None:
        return store_unlimited_reply(survey, version, answers, **facts)
    with unit_of_work():
        return store_reply(survey, version, answers, **facts)


def _values(survey: Limited, version: Numbered, answers: Answers, facts: ReplyFacts) -> dict[str, Any]:
    check_size(answers)
    named = {"survey_id": survey.id, "version_id": version.id, "answers": answers, "submitted_at": now()}
    return {**named, **_DEFAULTS, **facts}


def check_size(answers: Answers) -> None:
    """Raise InvalidError for answers that are longer than a reply may be."""
    if sum(len(value) for value in answers.values() if isinstance(value, str)) > ANSWERS_LIMIT:
        raise InvalidError(_("Your answers are longer than this survey can take. Shorten the longest of them."))


def _take_place(survey_id: int) -> None:
    """Take one of the places of a survey with a limit: one statement decides, however many are sent at once."""
    taken = db.session.connection().execute(
        update(Survey.__table__)  # type: ignore[arg-type]
        .where(Survey.id == survey_id, Survey.reply_count < Survey.reply_limit)
        .values(reply_count=Survey.reply_count + 1)
    )
    if not taken.rowcount:
        raise ClosedError(_(FULL))


def store_replies(
    survey: Limited,
    version: Numbered,
    records: Iterable[Mapping[str, Any]],
    *,
    source: str,
    batch: AuditBatch | None = None,
) -> int:
    """Store many checked replies of one survey, such as those of a file; return how many.

    Each record has "answers", and may have "started_at", "submitted_at" and "language". A limit does not hold files up,
    but what they bring is counted.
    """
    common = {"survey_id": survey.id, "version_id": version.id, "source": source, "batch_id": batch and batch.id}
    fill: dict[str, Callable[[], Any]] = {"started_at": lambda: None, "submitted_at": now, "language": lambda: "en"}
    rows = [
        {**common, "answers": one["answers"]} | {name: one.get(name) or default() for name, default in fill.items()}
        for one in records
    ]
    if rows:
        db.session.connection().execute(_TABLE.insert(), rows)
        _count_in(survey, len(rows))
    return len(rows)


def _count_in(survey: Limited, number: int) -> None:
    if survey.reply_limit is not None:
        db.session.connection().execute(
            update(Survey.__table__)  # type: ignore[arg-type]
            .where(Survey.id == survey.id)
            .values(reply_count=Survey.reply_count + number)
        )
