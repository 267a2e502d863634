"""The chain over the audit log: each seal holds the hash of the one before it and of its entry.

Seals are numbered in the order of sealing, which need not be the order of the entries' ids: transactions commit in any
order, and an entry that becomes visible late gets a later number. So no writer ever waits for another one, and every
entry that was committed is sealed in the end. See docs/decisions/003-sealing-order.md.
"""

from __future__ import annotations

import hashlib
import json
import logging
from typing import Any

from sqlalchemy import Select, func, insert, select
from sqlalchemy.engine import Row

from admin_app.audit.models import AuditEntry, AuditSeal
from admin_app.core.clock import now
from admin_app.core.db import db, take_turns

logger = logging.getLogger(__name__)

CHUNK = 1000
# How far behind the newest seal late entries are looked for each time; all of the log is looked through now and then.
WINDOW = 20_000
GENESIS = "0" * 64

_COLUMNS = tuple(
    getattr(AuditEntry, name)
    for name in (
        "id", "at", "action", "resource", "record_id", "record_name", "actor_id", "actor_name", "request_id", "reason",
        "changes", "batch_id",
    )
)  # fmt: skip


def entry_columns() -> tuple[Any, ...]:
    """Return the columns of an entry that its seal covers."""
    return _COLUMNS


def canonical(row: Row[Any]) -> str:
    """Return an entry as the text that is hashed. Of personal values it holds the digests, so they can be erased."""
    values = {column.key: getattr(row, column.key) for column in _COLUMNS}
    values["at"] = row.at.isoformat(timespec="microseconds")
    return json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


# So a digest begins, by which it is told from a value.
DIGEST = "sha256:"


def digest(salt: str, value: Any) -> str:
    """Return the digest that stands in an entry in place of a personal value."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return DIGEST + hashlib.sha256(f"{salt}:{text}".encode()).hexdigest()


def link(previous: str, row: Row[Any]) -> str:
    """Return the hash that follows `previous` for this entry."""
    return hashlib.sha256(f"{previous}\n{canonical(row)}".encode("utf-8", "surrogatepass")).hexdigest()


def _unsealed(*, everything: bool) -> Select[Any]:
    statement = (
        select(*_COLUMNS).outerjoin(AuditSeal, AuditSeal.entry_id == AuditEntry.id).where(AuditSeal.number.is_(None))
    )
    if not everything:
        newest = select(func.coalesce(func.max(AuditSeal.entry_id), 0)).scalar_subquery()
        statement = statement.where(AuditEntry.id > newest - WINDOW)
    return statement


def has_unsealed() -> bool:
    """Whether there is something to seal, as far as the window reaches."""
    return db.session.execute(_unsealed(everything=False).limit(1)).first() is not None


def seal_entries(*, everything: bool = False, limit: int = CHUNK) -> int:
    """Seal up to `limit` entries and return how many that were; the caller's unit of work commits them.

    Waits for another sealer. `everything` looks for late entries in the whole log and not only near its end.
    """
    take_turns("audit sealing")
    last = db.session.execute(
        select(AuditSeal.number, AuditSeal.hash).order_by(AuditSeal.number.desc()).limit(1)
    ).first()
    number, previous = (last.number, last.hash) if last else (0, GENESIS)
    seals = []
    for row in db.session.execute(_unsealed(everything=everything).order_by(AuditEntry.id).limit(limit)):
        number += 1
        seal = {"number": number, "entry_id": row.id, "previous_hash": previous, "hash": link(previous, row)}
        seals.append(seal | {"sealed_at": now()})
        previous = seal["hash"]
    if seals:
        db.session.execute(insert(AuditSeal), seals)
        # The log of the process is another place than the database: a chain that was cut short is noticed by it.
        logger.info("Sealed %d audit entries; number %d has the hash %s.", len(seals), number, previous)
    return len(seals)
