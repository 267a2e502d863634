"""Writing the audit log, in the transaction of the change that it tells of."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Collection, Mapping
from enum import Enum
from typing import Any

from admin_app.audit.models import AuditBatch, AuditEntry, AuditValue
from admin_app.audit.sealing import digest
from admin_app.core.context import request_id
from admin_app.core.db import db
from admin_app.core.permissions import Actor

Changes = Mapping[str, tuple[Any, Any]]


def plain(value: Any) -> Any:
    """Return `value` as JSON can hold it."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


def state_of(obj: Any, fields: Collection[str]) -> dict[str, Any]:
    """Return the values of `fields` now; taken before a change and after it, they make `changes_between`."""
    return {name: plain(getattr(obj, name)) for name in fields}


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, tuple[Any, Any]]:
    """Return {field: (before, after)} for the fields that differ."""
    names = [*before, *(name for name in after if name not in before)]
    return {name: (before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)}


def record(
    action: str,
    obj: Any,
    *,
    actor: Actor,
    changes: Changes | None = None,
    personal: Collection[str] = (),
    batch: AuditBatch | None = None,
    reason: str = "",
) -> AuditEntry:
    """Write that `actor` did `action` (such as "survey.publish") to `obj`; the caller's unit of work commits it.

    `changes` maps fields to (before, after). Values of the fields named in `personal` are kept where they can be
    erased; the entry holds their salted digests. The record must have its id already (flush first). Returns the entry.
    """
    entry = AuditEntry(
        action=action,
        resource=obj.__resource__,
        record_id=obj.id,
        record_name=str(obj)[:300],
        actor_id=actor.id,
        actor_name=actor.label[:200],
        request_id=request_id(),
        reason=reason,
        changes={},
        batch=batch,
    )
    shown: dict[str, Any] = {}
    for name, pair in (changes or {}).items():
        before, after = plain(pair[0]), plain(pair[1])
        if name in personal:
            salt = secrets.token_hex(16)
            entry.values.append(AuditValue(field=name, salt=salt, before=before, after=after))
            before, after = digest(salt, before), digest(salt, after)
        shown[name] = [before, after]
    entry.changes = shown
    if batch is not None:
        batch.records += 1
    db.session.add(entry)
    return entry


def open_batch(action: str, resource: str, *, actor: Actor) -> AuditBatch:
    """Return a new batch for one bulk action; its entries name it."""
    batch = AuditBatch(action=action, resource=resource, actor_id=actor.id, actor_name=actor.label[:200], records=0)
    db.session.add(batch)
    return batch
