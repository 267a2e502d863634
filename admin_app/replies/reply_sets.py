"""Changing many replies by one statement: which are meant, which are left alone, and why."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, Table, func, not_, select, true, update

from admin_app.core.bulk import BulkResult, Refusals, explain, fits
from admin_app.core.db import db
from admin_app.core.permissions import Actor, Letter, visible
from admin_app.core.sql import among
from admin_app.core.words import gettext as _
from admin_app.replies.models import Reply
from admin_app.replies.queries import counting
from admin_app.surveys.models import Survey

Replies = Select[Any]
_REPLY, _SURVEY = cast(Table, Reply.__table__), cast(Table, Survey.__table__)


def out_of_reach(actor: Actor, letter: Letter) -> tuple[ColumnElement[bool], str]:
    """Return the refusal of replies on which `actor` does not hold `letter`."""
    return visible(actor, "reply", letter).is_not(true()), _("Your roles do not allow this.")


def hold(selection: Replies, refusals: Refusals, *, deleted: bool = False) -> list[int]:
    """Lock the selected replies that nothing stands against, always in one order, and return their ids."""
    db.session.flush()
    held = select(Reply.id).where(_chosen(selection, deleted=deleted), fits(refusals)).order_by(Reply.id)
    return list(db.session.scalars(held.with_for_update(of=Reply, key_share=True)))


def named(ids: Collection[int]) -> Select[int, str]:
    """Return the ids and the names of these replies, as the audit log wants them."""
    return select(Reply.id, Reply.public_id).where(among(Reply.id, ids))


def change(ids: Collection[int], **values: Any) -> None:
    """Write `values` to these replies, and bring up to date how many of them take a place of a limit."""
    changed = update(_REPLY).where(among(Reply.id, ids)).values(**values, lock_version=Reply.lock_version + 1)
    db.session.execute(changed)
    forget(ids)
    _count_places(ids)


def forget(ids: Collection[int]) -> None:
    """Let what the session holds of these replies be read again when it is asked for."""
    numbers = set(ids)
    held = [one for one in db.session.identity_map.values() if isinstance(one, Reply)]
    for reply in held:
        if reply.id in numbers:
            db.session.expire(reply)


def _count_places(ids: Collection[int]) -> None:
    """Count anew for surveys with a limit: what is deleted, spam or a test gives its place back.

    First the lock, then the count: a submission takes its place behind the same lock, so each is counted once.
    """
    theirs = select(Reply.survey_id).where(among(Reply.id, ids))
    limited = select(Survey.id).where(Survey.reply_limit.is_not(None), Survey.id.in_(theirs)).order_by(Survey.id)
    for survey_id in db.session.scalars(limited.with_for_update(of=Survey, key_share=True)).all():
        there = select(func.count()).select_from(Reply).where(counting(survey_id)).scalar_subquery()
        db.session.execute(update(_SURVEY).where(_SURVEY.c.id == survey_id).values(reply_count=there))
        if (survey := db.session.identity_map.get(db.session.identity_key(Survey, survey_id))) is not None:
            db.session.expire(survey, ["reply_count"])


def told(
    selection: Replies, changed: Collection[int], refusals: Refusals, *, actor: Actor, deleted: bool = False
) -> BulkResult:
    """Return how many were changed, and why the others were not, as far as `actor` may know of them."""
    rest = (_chosen(selection, deleted=deleted), visible(actor, "reply"), not_(among(Reply.id, changed)))
    return BulkResult(len(changed), explain(select(Reply).where(*rest), Reply.id, refusals))


def _chosen(selection: Replies, *, deleted: bool) -> ColumnElement[bool]:
    there = Reply.deleted_at.is_not(None) if deleted else Reply.deleted_at.is_(None)
    return Reply.id.in_(selection.with_only_columns(Reply.id).order_by(None)) & there
