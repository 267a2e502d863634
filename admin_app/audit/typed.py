"""What people type, told once: the entry for a field is written when they are done with it and not at every save.

Pages that save themselves store a text every second. Until five minutes have passed since the first of these saves,
what was typed waits in `AuditPending`, in the transaction of each change, so that a crash loses nothing. It becomes an
entry before that when the record is changed in another way or published, or when somebody else types in it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, select

from admin_app.audit.models import AuditEntry, AuditPending
from admin_app.audit.operations import Changes, plain, record
from admin_app.core.clock import now
from admin_app.core.context import request_id
from admin_app.core.db import db
from admin_app.core.permissions import Actor
from admin_app.core.sql import among

# So long after its first change a text is told, also while somebody is still at it.
WINDOW = dt.timedelta(minutes=5)
# What one unit of work of the periodic job settles.
CHUNK = 500


def record_typing(action: str, obj: Any, *, actor: Actor, changes: Changes, within: str) -> None:
    """Remember that `actor` typed into fields of `obj`; `changes` maps them to (before, after).

    `within` names what the record is a part of, such as "survey:12", for `settle_within()`. Nobody's typing that is
    the system's: commands and jobs do not type, so theirs is recorded at once.
    """
    if actor.id is None:
        settle_record(obj)
        record(action, obj, actor=actor, changes=changes)
        return
    waiting = _of_record(obj)
    others = [row for row in waiting if row.actor_id != actor.id]
    mine = {row.field: row for row in waiting if row.actor_id == actor.id}
    _settle(others)
    for field, (before, after) in changes.items():
        row = _open_row(mine.get(field), plain(before)) or _new_row(action, obj, actor, field, plain(before), within)
        row.after, row.last_at, row.record_name = plain(after), now(), str(obj)[:300]
        row.request_id = request_id()


def settle_record(obj: Any) -> None:
    """Write the entries of what was typed into `obj`, before something else is done to it."""
    _settle(_of_record(obj))


def settle_records(resource: str, ids: Collection[int]) -> None:
    """Write the entries of what was typed into many records of a resource."""
    _settle(_locked(and_(AuditPending.resource == resource, among(AuditPending.record_id, ids))))


def settle_within(within: str) -> None:
    """Write the entries of what was typed into the parts of `within`, such as "survey:12"."""
    _settle(_locked(AuditPending.within == within))


def settle_overdue() -> int:
    """Write the entries of what was begun longer than `WINDOW` ago; return how many that were, at most `CHUNK`."""
    rows = _locked(AuditPending.first_at <= now() - WINDOW, limit=CHUNK)
    _settle(rows)
    return len(rows)


def has_overdue() -> bool:
    """Whether there is something to settle."""
    overdue = select(AuditPending.id).where(AuditPending.first_at <= now() - WINDOW).limit(1)
    return db.session.scalar(overdue) is not None


def waiting_entries(resource: str, record_id: int) -> list[AuditEntry]:
    """Return what was typed into a record and is no entry yet, as entries that are not stored; the newest first."""
    rows = select(AuditPending).where(_is(resource, record_id)).order_by(AuditPending.last_at.desc())
    return [_entry(row) for row in db.session.scalars(rows)]


def waiting_within(within: str) -> list[AuditEntry]:
    """Return what was typed into the parts of `within` and is no entry yet, as `waiting_entries()` does."""
    rows = select(AuditPending).where(AuditPending.within == within).order_by(AuditPending.last_at.desc())
    return [_entry(row) for row in db.session.scalars(rows)]


def _is(resource: str, record_id: int) -> ColumnElement[bool]:
    return and_(AuditPending.resource == resource, AuditPending.record_id == record_id)


def _of_record(obj: Any) -> list[AuditPending]:
    return _locked(_is(obj.__resource__, obj.id))


def _locked(condition: ColumnElement[bool], limit: int | None = None) -> list[AuditPending]:
    """Return rows that nobody else settles or types into meanwhile, the first that was begun first."""
    rows = select(AuditPending).where(condition).order_by(AuditPending.id).limit(limit).with_for_update()
    return list(db.session.scalars(rows.execution_options(populate_existing=True)))


def _open_row(row: AuditPending | None, before: Any) -> AuditPending | None:
    """Return the row that goes on with what was typed before; one that cannot is settled."""
    if row is None:
        return None
    if now() - row.first_at < WINDOW and row.after == before:
        return row
    _settle([row])
    # The next row of the same field takes its place under the unique constraint.
    db.session.flush()
    return None


def _new_row(action: str, obj: Any, actor: Actor, field: str, before: Any, within: str) -> AuditPending:
    row = AuditPending(
        action=action,
        resource=obj.__resource__,
        record_id=obj.id,
        within=within,
        actor_id=actor.id,
        actor_name=actor.label[:200],
        field=field,
        before=before,
        first_at=now(),
    )
    db.session.add(row)
    return row


def _settle(rows: Sequence[AuditPending]) -> None:
    for row in rows:
        # What was typed and taken back again is no change.
        if row.before != row.after:
            db.session.add(_entry(row))
        db.session.delete(row)


def _entry(row: AuditPending) -> AuditEntry:
    """Return the entry of what was typed; its time is that of the last key."""
    return AuditEntry(
        at=row.last_at,
        action=row.action,
        resource=row.resource,
        record_id=row.record_id,
        record_name=row.record_name,
        actor_id=row.actor_id,
        actor_name=row.actor_name,
        request_id=row.request_id,
        reason="",
        changes={row.field: [row.before, row.after]},
    )
