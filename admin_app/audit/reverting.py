"""Bringing back what a record was before an entry of the audit log: a new change, by the record's own operation.

Each domain says once for its records how they are edited (`REVERTERS`); which fields come back follows from that. The
operation asks for rights and checks as it does for everybody, so nothing is possible here that a form would refuse.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import select

from admin_app.audit.models import AuditBatch, AuditEntry
from admin_app.audit.operations import batched, open_batch
from admin_app.audit.past import Change, Telling, changes_of, entries_from, first_changes
from admin_app.audit.queries import sees_personal_values
from admin_app.audit.undo import UNDO_MINUTES
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.errors import ConflictError, NotFoundError
from admin_app.core.permissions import Actor, Letter, can, require
from admin_app.core.registry import Registry
from admin_app.core.words import gettext as _

REVERT, UNDO = "audit.revert", "audit.undo"

# Turns a value of the log into what the operation takes; ValueError with a sentence where that is not to be had.
Reader = Callable[[Any, Any], Any]


@dataclass(frozen=True, kw_only=True)
class Reverter:
    """How records of one kind are edited.

    `update(record, data, *, actor)` is the operation and `fields` what it takes, by the names of the audit log.
    `state()` returns what a record is now, as the log keeps it; it may tell more than can be edited. Fields that the
    log keeps in another form than the operation takes have a reader in `read`, and in `names` what the operation calls
    them. `check` raises what stands against editing the record at all, `lock` lets nobody else change it meanwhile;
    `rights` is the resource whose letter U it takes, where it is not the record's own.
    """

    model: Any
    fields: Collection[str]
    state: Callable[[Any], Mapping[str, Any]]
    update: Callable[..., object]
    read: Mapping[str, Reader] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    check: Callable[..., None] | None = None
    lock: Callable[[Any], None] | None = None
    rights: str = ""

    def find(self, record_id: int | None) -> Any | None:
        """Return the record of that number, unless it is gone or in the trash."""
        found = select(self.model).where(self.model.id == record_id)
        if hasattr(self.model, "deleted_at"):
            found = found.where(self.model.deleted_at.is_(None))
        return db.session.scalar(found)

    @property
    def resource(self) -> str:
        """The resource whose letters decide."""
        return self.rights or str(self.model.__resource__)


# By the resource that stands in entries.
REVERTERS: Registry[Reverter] = Registry("ways to edit records")


@dataclass(frozen=True)
class Step:
    """One field on its way back: what it is now, what it was, and why it stays where it cannot be brought back."""

    name: str
    now: Any
    then: Any
    telling: Telling
    refusal: str = ""
    # The last entry since that changed it too.
    since: AuditEntry | None = None
    # What the operation is given.
    given: Any = None


def may_revert(resource: str, *, actor: Actor) -> bool:
    """Whether `actor` may bring anything back in records of a resource."""
    reverter = REVERTERS.get(resource)
    return reverter is not None and can(actor, "audit", "R") and can(actor, reverter.resource, Letter.UPDATE)


def plan_revert(record: Any, entry: AuditEntry, *, only: str | None = None, whole: bool, actor: Actor) -> list[Step]:
    """Return what bringing a record back to what it was before `entry` does to each field that is another one now.

    By default these are the fields of the entry; `only` is one of them; `whole` means the record, with everything
    that was changed later. Raises NotFoundError for what is not of this record or not in the entry.
    """
    reverter = REVERTERS.get(entry.resource)
    if reverter is None or entry.record_id != record.id or not isinstance(record, reverter.model):
        raise NotFoundError(_("There is no such entry about this record."))
    require(actor, "audit", "R")
    _require_editing(reverter, record, actor)
    later = entries_from(entry.resource, record.id, AuditEntry.id >= entry.id)
    changes = first_changes(later if whole else [entry], personal=sees_personal_values(actor))
    if only is not None:
        if only not in changes:
            raise NotFoundError(_("There is no such field in this entry."))
        changes = {only: changes[only]}
    return list(_steps(reverter, record, changes, later))


def _require_editing(reverter: Reverter, record: Any, actor: Actor) -> None:
    require(actor, reverter.resource, Letter.UPDATE, obj=record)
    if reverter.check is not None:
        reverter.check(record, actor=actor)


def _steps(
    reverter: Reverter, record: Any, changes: Mapping[str, Change], later: Sequence[AuditEntry]
) -> Iterator[Step]:
    state = reverter.state(record)
    # What is not in it tells what happened, and is nothing that the record holds.
    for name in (one for one in state if one in changes):
        change = changes[name]
        since = next((one for one in reversed(later) if one is not change.entry and name in one.changes), None)
        if change.telling is not Telling.KNOWN:
            yield Step(name, state[name], None, change.telling, _WHY_NOT[change.telling](), since)
        elif change.before != state[name]:
            yield _step(reverter, record, Step(name, state[name], change.before, change.telling, since=since))


_WHY_NOT: Mapping[Telling, Callable[[], str]] = {
    Telling.ERASED: lambda: _("It was erased, so nobody knows it any more."),
    Telling.HIDDEN: lambda: _("You may not see what it was, so you cannot bring it back."),
}


def _step(reverter: Reverter, record: Any, step: Step) -> Step:
    if step.name not in reverter.fields:
        return replace(step, refusal=_("Editing the record does not change this."))
    read = reverter.read.get(step.name)
    try:
        return replace(step, given=step.then if read is None else read(record, step.then))
    except ValueError as error:
        return replace(step, refusal=str(error))


def revert(record: Any, resource: str, steps: Sequence[Step], *, actor: Actor, action: str = REVERT) -> AuditBatch:
    """Take these steps, those that can be taken, by the record's own operation; return the batch of its entry.

    Raises ConflictError where there is nothing to do, so that nothing is written then.
    """
    reverter = REVERTERS[resource]
    data = {reverter.names.get(one.name, one.name): one.given for one in steps if not one.refusal}
    if not data:
        raise ConflictError(_("There is nothing that could be brought back: the record is as it was, or cannot be."))
    batch = open_batch(action, resource, actor=actor)
    db.session.flush()
    with batched(batch):
        reverter.update(record, data, actor=actor)
    return batch


def lock_record(record: Any, resource: str) -> None:
    """Read a record as it is now and let nobody else change it, where its kind needs that; the rest have a version."""
    lock = REVERTERS[resource].lock
    if lock is not None:
        lock(record)


def is_undoable(entry: AuditEntry) -> bool:
    """Whether all that an entry tells can be brought back, so that undoing it is promised rightly."""
    reverter = REVERTERS.get(entry.resource)
    return reverter is not None and bool(entry.changes) and set(entry.changes) <= set(reverter.fields)


def undo_entry(entry: AuditEntry, *, actor: Actor, minutes: int = UNDO_MINUTES) -> Any:
    """Take back one change that `actor` made, while it is fresh, which is for `minutes`; return the record.

    Nothing is done where one of its fields was changed since or cannot come back: the ConflictError says for each why.
    What it was he knows, for he changed it; so it takes no right to read the log.
    """
    if actor.id is None or entry.actor_id != actor.id or not is_undoable(entry):
        raise NotFoundError(_("There is nothing of yours to undo here."))
    if entry.at < now() - dt.timedelta(minutes=minutes):
        raise ConflictError(_("This can be undone for %(minutes)s minutes only.", minutes=minutes))
    reverter = REVERTERS[entry.resource]
    record = reverter.find(entry.record_id)
    if record is None:
        raise ConflictError(_("The record is not there any more, so this cannot be undone."))
    _require_editing(reverter, record, actor)
    lock_record(record, entry.resource)
    later = entries_from(entry.resource, record.id, AuditEntry.id >= entry.id)
    changes = {change.field: change for change in changes_of(entry, personal=True)}
    steps = list(_steps(reverter, record, changes, later))
    reasons = {one.name: _since(one.since) if one.since is not None else one.refusal for one in steps}
    if faults := {name: sentence for name, sentence in reasons.items() if sentence}:
        raise ConflictError(_("This cannot be undone any more. Nothing was changed."), fields=faults)
    revert(record, entry.resource, steps, actor=actor, action=UNDO)
    return record


def _since(entry: AuditEntry) -> str:
    return _("%(who)s changed this since.", who=entry.actor_name)
