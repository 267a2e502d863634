"""The ways back from bulk actions on surveys and questions. Each is the opposite operation, with its own rights."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from admin_app.accounts.models import User
from admin_app.audit.models import AuditBatch, AuditEntry
from admin_app.audit.undo import Undoer, Undone, records_of, unchanged, undo_each
from admin_app.core.bulk import BulkResult, explain, fits, together
from admin_app.core.db import db
from admin_app.core.permissions import Actor
from admin_app.core.words import gettext as _
from admin_app.surveys.models import Question, Section, Survey, SurveyState
from admin_app.surveys.operations import bulk_questions, bulk_surveys
from admin_app.surveys.operations.removal import undelete_question
from admin_app.surveys.operations.restoring import restore_survey
from admin_app.surveys.operations.surveys import delete_surveys

# Whoever did one of these went on with a survey that was imported.
_WENT_ON = ("survey.update", "survey.change_owner", "survey.publish", "survey.open", "survey.archive")
_STATES = ("survey.open", "survey.pause", "survey.close", "survey.archive", "survey.put_back")


def _surveys(
    undone: Undone, actions: Collection[str], *conditions: ColumnElement[bool]
) -> tuple[Select[Any], BulkResult]:
    lock = select(Survey.id).where(Survey.id.in_(records_of(undone))).order_by(Survey.id)
    db.session.execute(lock.with_for_update(of=Survey)).all()
    return unchanged(undone, Survey, actions, *conditions)


def _questions(undone: Undone, *actions: str) -> tuple[Select[Any], BulkResult]:
    theirs = select(Question.survey_id).where(Question.id.in_(records_of(undone)))
    # As every change of a draft does; replies do not wait.
    lock = select(Survey.id).where(Survey.id.in_(theirs)).order_by(Survey.id)
    db.session.execute(lock.with_for_update(of=Survey, key_share=True)).all()
    return unchanged(undone, Question, actions)


def _befores(undone: Undone, was: ColumnElement[Any]) -> list[Any]:
    """Return the values that there were before."""
    return list(db.session.scalars(select(was).where(undone.entries()).distinct()))


def undo_state(undone: Undone, *, actor: Actor, batch: AuditBatch) -> BulkResult:
    """Bring surveys back into the states that they had."""
    was = AuditEntry.changes["state"][0].as_string()
    results = []
    for before in _befores(undone, was):
        records, rest = _surveys(undone, _STATES, was == before)
        results += [bulk_surveys.put_back_states(records, SurveyState(before), actor=actor, batch=batch), rest]
    return together(results)


def undo_closing_date(undone: Undone, *, actor: Actor, batch: AuditBatch) -> BulkResult:
    """Give surveys the closing dates back that they had."""
    was = AuditEntry.changes["closes_at"][0].as_string()
    results = []
    for before in _befores(undone, was):
        records, rest = _surveys(undone, ("survey.closing_date", "survey.update"), was.is_not_distinct_from(before))
        moment = dt.datetime.fromisoformat(before) if before is not None else None
        results += [bulk_surveys.set_closing_dates(records, moment, actor=actor, batch=batch), rest]
    return together(results)


def undo_owner(undone: Undone, *, actor: Actor, batch: AuditBatch) -> BulkResult:
    """Give surveys back to whom they belonged to."""
    was = AuditEntry.changes["owner_id"][0].as_integer()
    results = []
    for before in _befores(undone, was):
        records, rest = _surveys(undone, ("survey.change_owner", "survey.update"), was == before)
        owner = db.session.get(User, before)
        if owner is None or owner.deleted_at is not None:
            gone = _("Whoever owned it was deleted.")
            results += [BulkResult(skipped=explain(records, Survey.id, [(Survey.id.is_not(None), gone)])), rest]
        else:
            results += [bulk_surveys.change_owners(records, owner, actor=actor, batch=batch), rest]
    return together(results)


def undo_delete_surveys(undone: Undone, *, actor: Actor, batch: AuditBatch) -> BulkResult:
    """Bring surveys back from the trash."""
    records, rest = _surveys(undone, ("survey.delete", "survey.restore"))
    return together([undo_each(records.order_by(Survey.id), restore_survey, actor=actor), rest])


def undo_import(undone: Undone, *, actor: Actor, batch: AuditBatch) -> BulkResult:
    """Put surveys into the trash that a file brought, where nobody went on with them."""
    records, rest = _surveys(undone, _WENT_ON)
    built_on = [(_has_other_entries(undone, part), _("It was changed since.")) for part in (Question, Section)]
    rest = together([rest, BulkResult(skipped=explain(records, Survey.id, built_on))])
    return together([delete_surveys(records.where(fits(built_on)), actor=actor, batch=batch), rest])


def _has_other_entries(undone: Undone, part: type[Question | Section]) -> ColumnElement[bool]:
    """Return the condition for a survey of whose parts other entries tell than those of the batch."""
    theirs = select(part.id).where(part.survey_id == Survey.id).correlate(Survey)
    told = (AuditEntry.resource == part.__resource__, AuditEntry.record_id.in_(theirs))
    return select(AuditEntry.id).where(*told, AuditEntry.batch_id.is_distinct_from(undone.batch.id)).exists()


def undo_delete_questions(undone: Undone, *, actor: Actor, batch: AuditBatch) -> BulkResult:
    """Bring questions back from the trash."""
    records, rest = _questions(undone, "question.delete", "question.undelete")
    return together([undo_each(records.order_by(Question.id), undelete_question, actor=actor), rest])


def undo_move(undone: Undone, *, actor: Actor, batch: AuditBatch) -> BulkResult:
    """Put questions back to where they stood."""
    records, rest = _questions(undone, "question.move")
    keys = set(db.session.scalars(records.with_only_columns(Question.id)))
    entries = db.session.execute(select(AuditEntry.record_id, AuditEntry.changes).where(undone.entries())).all()
    places = {
        entry.record_id: (entry.changes["section_id"][0], entry.changes["rank"][0])
        for entry in entries
        if entry.record_id in keys
    }
    return together([bulk_questions.put_back_questions(places, actor=actor, batch=batch), rest])


def _opposite(operation: Callable[..., BulkResult], *actions: str) -> Undoer:
    """Return the way back that is one operation on questions; `actions` are those that count as a change since."""

    def undo(undone: Undone, *, actor: Actor, batch: AuditBatch) -> BulkResult:
        records, rest = _questions(undone, *actions)
        return together([operation(records, actor=actor, batch=batch), rest])

    return undo


_REQUIRED = ("question.require", "question.optional", "question.update")
_RETIRED = ("question.retire", "question.restore")

# By the action of the batch.
WAYS: Mapping[str, Undoer] = {
    **dict.fromkeys(("survey.open", "survey.pause", "survey.close"), undo_state),
    "survey.closing_date": undo_closing_date,
    "survey.change_owner": undo_owner,
    "survey.delete": undo_delete_surveys,
    "survey.import": undo_import,
    "question.require": _opposite(bulk_questions.make_optional, *_REQUIRED),
    "question.optional": _opposite(bulk_questions.require_answers, *_REQUIRED),
    "question.retire": _opposite(bulk_questions.restore_questions, *_RETIRED),
    "question.restore": _opposite(bulk_questions.retire_questions, *_RETIRED),
    "question.move": undo_move,
    "question.delete": undo_delete_questions,
}
