"""What a record was before: read backwards from now, out of the entries of the audit log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import selectinload

from admin_app.audit.models import AuditEntry
from admin_app.audit.queries import sees_personal_values
from admin_app.audit.sealing import DIGEST
from admin_app.audit.typed import waiting_entries
from admin_app.core.db import db
from admin_app.core.permissions import Actor

# The ends of the names of actions that begin a record's life.
BEGINNINGS = (".create", ".duplicate")


class Telling(StrEnum):
    """Whether a value can be told."""

    KNOWN = "known"
    # Somebody asked for that; nobody knows it any more.
    ERASED = "erased"
    # It is there, and not for this reader.
    HIDDEN = "hidden"


@dataclass(frozen=True)
class Change:
    """What one entry says of one field: the values before and after, or why these are not told."""

    entry: AuditEntry
    field: str
    before: Any
    after: Any
    telling: Telling = Telling.KNOWN

    @property
    def is_known(self) -> bool:
        """Whether the values are told."""
        return self.telling is Telling.KNOWN


@dataclass(frozen=True)
class PastField:
    """One field of a record as it was. `change` is the first one that came afterwards; None where none did."""

    name: str
    value: Any
    now: Any
    change: Change | None

    @property
    def telling(self) -> Telling:
        """Whether the value can be told."""
        return Telling.KNOWN if self.change is None else self.change.telling

    @property
    def differs(self) -> bool:
        """Whether it is another one now, as far as one can know."""
        return self.telling is not Telling.KNOWN or self.value != self.now


@dataclass(frozen=True)
class Past:
    """A record as it was. `first` is the oldest entry about it where that is younger: before it nothing is known."""

    fields: tuple[PastField, ...]
    first: AuditEntry | None
    # The first entry that came afterwards.
    following: AuditEntry | None

    @property
    def unborn(self) -> bool:
        """Whether the record was made only afterwards."""
        return self.first is not None and self.first.action.endswith(BEGINNINGS)


def changes_of(entry: AuditEntry, *, personal: bool) -> Iterator[Change]:
    """Yield what an entry says of each field, of what is about persons only with `personal`; fields by their names."""
    for told in tell(entry.changes, {value.field: value for value in entry.values}, personal=personal):
        yield Change(entry, *told)


def tell(
    changes: Mapping[str, Any], kept: Mapping[str, Any], *, personal: bool
) -> Iterator[tuple[str, Any, Any, Telling]]:
    """Yield field, value before, value after, and whether they are told; `kept` are personal values by field."""
    # Sorted: PostgreSQL keeps the fields of a document in an order of its own.
    for name, pair in sorted(changes.items()):
        if (value := kept.get(name)) is None:
            before, after = pair if isinstance(pair, list) and len(pair) == 2 else (None, pair)
            # Its digest is all that is left of it.
            gone = any(isinstance(one, str) and one.startswith(DIGEST) for one in (before, after))
            yield (name, None, None, Telling.ERASED) if gone else (name, before, after, Telling.KNOWN)
        elif value.erased_at is not None:
            yield name, None, None, Telling.ERASED
        else:
            yield (name, value.before, value.after, Telling.KNOWN) if personal else (name, None, None, Telling.HIDDEN)


def entries_from(resource: str, record_id: int, point: ColumnElement[bool]) -> list[AuditEntry]:
    """Return a record's entries from a point on, the oldest first; last what is being typed and is no entry yet."""
    mine = (AuditEntry.resource == resource, AuditEntry.record_id == record_id)
    found = select(AuditEntry).where(*mine, point).order_by(AuditEntry.id).options(selectinload(AuditEntry.values))
    return [*db.session.scalars(found), *reversed(waiting_entries(resource, record_id))]


def first_changes(entries: Iterable[AuditEntry], *, personal: bool) -> dict[str, Change]:
    """Return the first change of each field; what it was before that one, it was before all of the entries."""
    found: dict[str, Change] = {}
    for entry in entries:
        for change in changes_of(entry, personal=personal):
            found.setdefault(change.field, change)
    return found


def past_of(
    resource: str, record_id: int, state: Mapping[str, Any], point: ColumnElement[bool], *, actor: Actor
) -> Past:
    """Return the record as it was before all entries that fit `point`; `state` is what it is now."""
    later = entries_from(resource, record_id, point)
    changes = first_changes(later, personal=sees_personal_values(actor))
    fields = tuple(
        PastField(name, changes[name].before if name in changes else now, now, changes.get(name))
        for name, now in state.items()
    )
    stored = [entry for entry in later if entry.id is not None]
    return Past(fields, _first(resource, record_id, later), stored[0] if stored else None)


def _first(resource: str, record_id: int, later: Sequence[AuditEntry]) -> AuditEntry | None:
    """Return the record's oldest entry where it is among `later`, or there is no other one."""
    mine = (AuditEntry.resource == resource, AuditEntry.record_id == record_id)
    oldest = db.session.scalar(select(AuditEntry).where(*mine).order_by(AuditEntry.id).limit(1))
    return oldest if oldest is not None and oldest in later else None
