"""Writing the audit log, in the transaction of the change that it tells of."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from enum import Enum
from typing import Any, cast

from sqlalchemy import ColumnElement, CursorResult, Select, Table, func, insert, literal
from sqlalchemy import cast as sql_cast

from admin_app.audit.models import AuditBatch, AuditEntry, AuditValue
from admin_app.audit.sealing import digest
from admin_app.core.clock import now
from admin_app.core.context import request_id
from admin_app.core.db import JsonDocument, db
from admin_app.core.permissions import Actor
from admin_app.core.sql import is_sql, json_pairs

Changes = Mapping[str, tuple[Any, Any]]
_ENTRY = cast(Table, AuditEntry.__table__)


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
    batch = batch or _open()
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


def record_selection(
    action: str,
    kind: Any,
    records: Select[int, str],
    *,
    actor: Actor,
    changes: Changes | None = None,
    batch: AuditBatch | None = None,
    reason: str = "",
) -> int:
    """Write that `actor` did `action` to each of `records`, by one statement; return how many there are.

    `kind` is their model; `records` selects two columns: the id and the name of each. `changes` is the same for all,
    but a value may be a column of `records`, such as the owner who stands in each survey before it is given away. It
    holds nothing personal: what can be erased lies in rows of its own.
    """
    batch = batch or _open()
    # What is read below, and the batch that is named, must be in the database.
    db.session.flush()
    each = records.order_by(None)
    number, name = each.selected_columns
    values = {
        "at": literal(now(), _ENTRY.c.at.type),
        "action": literal(action),
        "resource": literal(kind.__resource__),
        "record_id": number,
        "record_name": func.substr(name, 1, 300),
        "actor_id": sql_cast(literal(actor.id), _ENTRY.c.actor_id.type),
        "actor_name": literal(actor.label[:200]),
        "request_id": literal(request_id()),
        "reason": literal(reason),
        "changes": _changes(changes or {}),
        "batch_id": sql_cast(literal(batch.id if batch is not None else None), _ENTRY.c.batch_id.type),
    }
    statement = insert(_ENTRY).from_select(list(values), each.with_only_columns(*values.values()))
    done = db.session.execute(statement, execution_options={"preserve_rowcount": True})
    written = cast(CursorResult[Any], done).rowcount
    if batch is not None:
        batch.records += written
    return written


def _changes(changes: Changes) -> ColumnElement[Any]:
    """Return the changes of many entries as SQL."""
    if any(is_sql(value) for pair in changes.values() for value in pair):
        return json_pairs({name: (_plain(before), _plain(after)) for name, (before, after) in changes.items()})
    return literal({name: [plain(before), plain(after)] for name, (before, after) in changes.items()}, JsonDocument)


def _plain(value: Any) -> Any:
    return value if is_sql(value) else plain(value)


def open_batch(action: str, resource: str, *, actor: Actor) -> AuditBatch:
    """Return a new batch for one bulk action; its entries name it."""
    batch = AuditBatch(action=action, resource=resource, actor_id=actor.id, actor_name=actor.label[:200], records=0)
    db.session.add(batch)
    return batch


@contextmanager
def batched(batch: AuditBatch, *, keep: bool = False) -> Iterator[None]:
    """Let every entry that is written meanwhile belong to `batch`, also where its author forgot to say so.

    A batch in which nothing was done goes again, unless it is to be kept for more.
    """
    info = db.session().info
    info["batch"] = batch
    try:
        yield
    finally:
        del info["batch"]
    if not batch.records and not keep:
        # Nothing was done, so nothing is told.
        db.session.delete(batch)


def _open() -> AuditBatch | None:
    """Return the batch of what is running now."""
    batch: AuditBatch | None = db.session().info.get("batch")
    return batch
