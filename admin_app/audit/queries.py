"""Reading the audit log, and checking that nobody changed it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.engine import Row
from sqlalchemy.orm import aliased

from admin_app.audit.models import AuditEntry, AuditSeal, AuditValue
from admin_app.audit.sealing import CHUNK, GENESIS, WINDOW, digest, entry_columns, link
from admin_app.core.db import db
from admin_app.core.permissions import Actor, can, visible
from admin_app.core.words import gettext as _


@dataclass(frozen=True)
class ChainFault:
    """One place where the chain does not hold: the seal's number, its entry's id, and a sentence."""

    number: int
    entry_id: int
    sentence: str


def visible_to(actor: Actor) -> Select[AuditEntry]:
    """Return the entries that `actor` may see."""
    return select(AuditEntry).where(visible(actor, "audit"))


def sees_personal_values(actor: Actor) -> bool:
    """Whether `actor` may see what the log keeps about persons."""
    return can(actor, "reply.personal_data")


def verify_chain(progress: Callable[[int], object] = lambda _number: None) -> Iterator[ChainFault]:
    """Yield each place where an entry was altered, removed or moved. Reads in chunks, in the order of sealing.

    After each chunk `progress` is told the number of the last seal that was looked at.
    """
    number, previous = 0, GENESIS
    while rows := _sealed_after(number):
        exchanged = _exchanged([row.entry_id for row in rows])
        for row in rows:
            yield from _faults(row, number + 1, previous)
            if row.entry_id in exchanged:
                yield ChainFault(row.number, row.entry_id, _("A personal value is not the one that was recorded."))
            # Going on from what is stored, one altered entry is one fault and not a fault in all that follow.
            number, previous = row.number, row.hash
        progress(number)


def _sealed_after(number: int) -> list[Row[Any]]:
    statement = (
        select(AuditSeal.number, AuditSeal.entry_id, AuditSeal.previous_hash, AuditSeal.hash, *entry_columns())
        .outerjoin(AuditEntry, AuditEntry.id == AuditSeal.entry_id)
        .where(AuditSeal.number > number)
        .order_by(AuditSeal.number)
        .limit(CHUNK)
    )
    return list(db.session.execute(statement))


def _exchanged(entry_ids: list[int]) -> set[int]:
    """Return the entries of which a personal value does not fit its sealed digest; erased ones have none to fit."""
    kept = select(AuditValue, AuditEntry.changes).join(AuditEntry).where(AuditValue.entry_id.in_(entry_ids))
    kept = kept.execution_options(populate_existing=True)
    return {value.entry_id for value, changes in db.session.execute(kept) if not _fits(value, changes.get(value.field))}


def _fits(value: AuditValue, digests: Any) -> bool:
    if value.erased_at is not None:
        return value.before is None and value.after is None
    return bool(digests == [digest(value.salt, value.before), digest(value.salt, value.after)])


def _faults(row: Row[Any], expected: int, previous: str) -> Iterator[ChainFault]:
    if row.number != expected:
        missing = _("The seals from %(first)s to %(last)s are missing.", first=expected, last=row.number - 1)
        yield ChainFault(row.number, row.entry_id, missing)
    elif row.previous_hash != previous:
        yield ChainFault(row.number, row.entry_id, _("The seal does not follow the one before it."))
    if row.id is None:
        yield ChainFault(row.number, row.entry_id, _("The entry was removed."))
    elif link(row.previous_hash, row) != row.hash:
        yield ChainFault(row.number, row.entry_id, _("The entry was altered, or another one was put in its place."))


def count_unsealed() -> int:
    """Return how many entries wait for their seal."""
    statement = select(func.count()).select_from(AuditEntry).outerjoin(AuditSeal).where(AuditSeal.number.is_(None))
    return db.session.scalar(statement) or 0


def count_waiting() -> int:
    """Return how many entries near the end of the log wait for their seal; it costs the same however long that is."""
    newest = select(func.coalesce(func.max(AuditSeal.entry_id), 0)).scalar_subquery()
    waiting = select(func.count()).select_from(AuditEntry).outerjoin(AuditSeal).where(AuditSeal.number.is_(None))
    return db.session.scalar(waiting.where(AuditEntry.id > newest - WINDOW)) or 0


def last_seal() -> AuditSeal | None:
    """Return the newest seal."""
    return db.session.scalar(select(AuditSeal).order_by(AuditSeal.number.desc()).limit(1))


def actors_in_log(text: str = "", *, limit: int = 50, offset: int = 0) -> list[tuple[int, str]]:
    """Return who stands in the log, by number, each under the name in the newest entry; in the order of names.

    `text` occurs in the name. The index is asked for one number after the other, so that it costs what there are people
    and not entries.
    """
    step = select(func.min(AuditEntry.actor_id).label("id")).cte("actors", recursive=True)
    following = select(func.min(AuditEntry.actor_id)).where(AuditEntry.actor_id > step.c.id).scalar_subquery()
    step = step.union_all(select(following).where(step.c.id.is_not(None)))
    latest = aliased(AuditEntry)
    name = select(latest.actor_name).where(latest.actor_id == step.c.id).order_by(latest.at.desc(), latest.id.desc())
    people = select(step.c.id, name.limit(1).scalar_subquery().label("name")).where(step.c.id.is_not(None))
    named = people.subquery()
    folded = func.lower(named.c.name)
    fitting = select(named.c.id, named.c.name).where(folded.contains(text.lower(), autoescape=True))
    rows = db.session.execute(fitting.order_by(folded, named.c.id).limit(limit).offset(offset))
    return [(row.id, row.name) for row in rows]


def actor_in_log(actor_id: int) -> tuple[int, str] | None:
    """Return whoever has that number in the log, under the name in the newest entry."""
    newest = select(AuditEntry.actor_name).where(AuditEntry.actor_id == actor_id)
    name = db.session.scalar(newest.order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(1))
    return None if name is None else (actor_id, name)
