"""Changing an answer by staff: with a reason, by the question's own rules, and without losing what was given."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import replace
from typing import Any

from admin_app.audit.operations import batched, open_batch, record
from admin_app.audit.reverting import UNDO
from admin_app.audit.undo import UNDO_MINUTES
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from admin_app.core.permissions import Actor, require
from admin_app.core.words import figure
from admin_app.core.words import gettext as _
from admin_app.replies.masking import hidden_keys
from admin_app.replies.models import AnswerEdit, Reply
from admin_app.replies.operations import check_size
from admin_app.replies.text_index import read_text
from admin_app.surveys.queries import questionnaire_of
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.question_types.base import AnswerError, Answers, GetList, clean_text
from admin_app.surveys.questionnaire import QuestionSpec

# The form's field for the reason; no question's key has two underscores in a row.
REASON = "canvass__reason"
REASON_LIMIT = 1_000


def editable_question(reply: Reply, key: str, *, actor: Actor) -> QuestionSpec:
    """Return the question as staff answer it for the respondent: it may be left empty, which is stored as skipped.

    Raises where `actor` may not change the answer, or there is none to change.
    """
    require(actor, "reply.edit_answers", obj=reply)
    question = questionnaire_of(reply.version).by_key.get(key)
    if reply.deleted_at is not None or question is None or not QUESTION_TYPES[question.type].asks:
        raise NotFoundError(_("There is no such answer."))
    if key not in reply.answers:
        raise ConflictError(_("This question was not shown to the respondent, so there is no answer to change."))
    kept = question.other_key in reply.answers
    if kept and QUESTION_TYPES[question.type].has_choices and not QUESTION_TYPES[question.type].has_rows:
        # An import keeps words also where the question offers no "other".
        question = replace(question, settings={**question.settings, "other": True})
    if hidden_keys(reply, actor=actor) & set(_own_keys(question)):
        raise ForbiddenError(_("You cannot change an answer that you may not see."))
    return replace(question, required=False)


def edit_answer(
    reply: Reply, key: str, getlist: GetList, reason: str, *, actor: Actor, lock_version: int | None = None
) -> AnswerEdit:
    """Put what a form sent in place of the answer to one question; what was there before is kept beside it.

    `lock_version` is that of the reply that the form was made of. The audit log tells of the question and of the
    reason; the answers stand in the edit alone, which is masked like they are.
    """
    question = editable_question(reply, key, actor=actor)
    if lock_version is not None and lock_version != reply.lock_version:
        raise ConflictError(_("Somebody else changed this reply meanwhile. Look at it again, then change the answer."))
    after, why = _collected(question, getlist), _reason(reason)
    before = _stored(reply, _own_keys(question))
    if after == before:
        raise InvalidError(_("This is the answer that is stored already."))
    return _put(reply, key, before, after, why, actor=actor)


def undo_edit(edit: AnswerEdit, *, actor: Actor, minutes: int = UNDO_MINUTES) -> AnswerEdit:
    """Put back what stood there before a change that `actor` made, while it is fresh and the last one of its answer.

    It is a change of its own, with the rights of changing the answer; what it was is not checked by the question's
    rules, for it was stored.
    """
    if actor.id is None or edit.actor_id != actor.id:
        raise NotFoundError(_("There is nothing of yours to undo here."))
    if edit.at < now() - dt.timedelta(minutes=minutes):
        raise ConflictError(_("This can be undone for %(minutes)s minutes only.", minutes=minutes))
    reply = db.session.get_one(Reply, edit.reply_id)
    question = editable_question(reply, edit.question_key, actor=actor)
    if _stored(reply, _own_keys(question)) != edit.after:
        raise ConflictError(_("The answer was changed since, so this cannot be undone any more. Nothing was changed."))
    batch = open_batch(UNDO, Reply.__resource__, actor=actor)
    db.session.flush()
    with batched(batch):
        return _put(reply, edit.question_key, edit.after, edit.before, _("Undone"), actor=actor)


def _put(reply: Reply, key: str, before: Answers, after: Answers, why: str, *, actor: Actor) -> AnswerEdit:
    kept = {name: value for name, value in reply.answers.items() if name not in before}
    answers = kept | after
    check_size(answers)
    reply.answers = answers
    edit = AnswerEdit(
        reply_id=reply.id,
        question_key=key,
        before=before,
        after=after,
        reason=why,
        actor_id=actor.id,
        actor_name=actor.label[:200],
    )
    db.session.add(edit)
    record("reply.edit_answer", reply, actor=actor, changes={"question": (None, key)}, reason=why)
    db.session.flush()
    read_text(reply)
    return edit


def _stored(reply: Reply, own: Collection[str]) -> dict[str, Any]:
    return {name: value for name, value in reply.answers.items() if name in own}


def _own_keys(question: QuestionSpec) -> tuple[str, ...]:
    return (question.key, question.other_key) if question.other else (question.key,)


def _collected(question: QuestionSpec, getlist: GetList) -> Answers:
    try:
        answers: Any = QUESTION_TYPES[question.type].collect(question, getlist)
    except AnswerError as error:
        raise InvalidError(_("This answer cannot be taken."), fields=error.errors) from error
    return dict(answers)


def _reason(text: str) -> str:
    reason = clean_text(text)
    if not reason:
        raise InvalidError(_("Some of this cannot be taken."), fields={REASON: _("Say why you change the answer.")})
    if len(reason) > REASON_LIMIT:
        sentence = _("Use at most %(number)s characters.", number=figure(REASON_LIMIT))
        raise InvalidError(_("Some of this cannot be taken."), fields={REASON: sentence})
    return reason
