"""Who did what, when, to which record, with the values before and after."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from admin_app.audit.actions import words_for
from admin_app.core.clock import now
from admin_app.core.db import Base, BigId, JsonDocument
from admin_app.core.ids import public_id

_NOBODY = text("actor_id IS NULL")


class AuditBatch(Base):
    """One bulk action: many entries that were made together and can be looked at together."""

    __tablename__ = "audit_batch"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=public_id)
    at: Mapped[dt.datetime] = mapped_column(default=now)
    action: Mapped[str] = mapped_column(String(60))
    resource: Mapped[str] = mapped_column(String(20))
    # No foreign key: people may be purged, what they did stays.
    actor_id: Mapped[int | None]
    actor_name: Mapped[str] = mapped_column(String(200))
    records: Mapped[int] = mapped_column(default=0)
    # When it was taken back; it can be once.
    undone_at: Mapped[dt.datetime | None]

    def __str__(self) -> str:
        return f"{words_for(self.action)} ({self.records})"


class AuditEntry(Base):
    """One change of one record. Insert-only: a trigger refuses UPDATE and DELETE.

    `changes` maps a field to [before, after]; a personal field's values lie in `AuditValue`, here stand their digests.
    """

    __resource__ = "audit"
    __tablename__ = "audit_entry"
    # Of all but replies, which are found by their whole id (migration 0014).
    __search__ = ("record_name",)
    __table_args__ = (
        Index("ix_audit_entry_record", "resource", "record_id", "id"),
        Index("ix_audit_entry_at_id", "at", "id"),
        Index("ix_audit_entry_batch_id_record_id", "batch_id", "record_id"),
        # What the log is filtered by, each in the order of the list.
        Index("ix_audit_entry_actor_id_at_id", "actor_id", "at", "id"),
        # PostgreSQL does not take "no person" for one value of the index above.
        Index("ix_audit_entry_nobody", "at", "id", postgresql_where=_NOBODY, sqlite_where=_NOBODY),
        Index("ix_audit_entry_action_at_id", "action", "at", "id"),
        Index("ix_audit_entry_resource_at_id", "resource", "at", "id"),
        Index("ix_audit_entry_batch_id_at_id", "batch_id", "at", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[dt.datetime] = mapped_column(default=now)
    action: Mapped[str] = mapped_column(String(60))
    resource: Mapped[str] = mapped_column(String(20))
    record_id: Mapped[int | None] = mapped_column(BigInteger)
    record_name: Mapped[str] = mapped_column(String(300), default="")
    actor_id: Mapped[int | None]
    actor_name: Mapped[str] = mapped_column(String(200))
    request_id: Mapped[str] = mapped_column(String(32), default="")
    reason: Mapped[str] = mapped_column(Text, default="")
    changes: Mapped[dict[str, Any]] = mapped_column(JsonDocument, default=dict)
    # Triggers stand for the foreign key (migration 0005): a bulk action writes many entries of one batch.
    batch_id: Mapped[int | None] = mapped_column(BigId)

    batch: Mapped[AuditBatch | None] = relationship(primaryjoin="foreign(AuditEntry.batch_id) == AuditBatch.id")
    seal: Mapped[AuditSeal | None] = relationship(back_populates="entry", viewonly=True)
    values: Mapped[list[AuditValue]] = relationship(back_populates="entry")

    def __str__(self) -> str:
        return ": ".join(part for part in (words_for(self.action), self.record_name) if part)


class AuditValue(Base):
    """The values of one personal field in one entry. They can be erased; the digests in the entry stay."""

    __tablename__ = "audit_value"

    entry_id: Mapped[int] = mapped_column(ForeignKey("audit_entry.id"), primary_key=True)
    field: Mapped[str] = mapped_column(String(60), primary_key=True)
    # The salt keeps short values (a name, a number) from being found by trying digests.
    salt: Mapped[str] = mapped_column(String(32))
    before: Mapped[Any | None] = mapped_column(JsonDocument)
    after: Mapped[Any | None] = mapped_column(JsonDocument)
    erased_at: Mapped[dt.datetime | None]

    entry: Mapped[AuditEntry] = relationship(back_populates="values")


class AuditPending(Base):
    """What somebody has been typing into one field of a record in the last minutes; it becomes one entry."""

    __tablename__ = "audit_pending"
    __table_args__ = (UniqueConstraint("resource", "record_id", "actor_id", "field"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    action: Mapped[str] = mapped_column(String(60))
    resource: Mapped[str] = mapped_column(String(20))
    record_id: Mapped[int] = mapped_column(BigInteger)
    record_name: Mapped[str] = mapped_column(String(300))
    # What the record is a part of, such as "survey:12": it is settled as a whole.
    within: Mapped[str] = mapped_column(String(40), index=True)
    actor_id: Mapped[int]
    actor_name: Mapped[str] = mapped_column(String(200))
    request_id: Mapped[str] = mapped_column(String(32))
    field: Mapped[str] = mapped_column(String(60))
    before: Mapped[Any | None] = mapped_column(JsonDocument)
    after: Mapped[Any | None] = mapped_column(JsonDocument)
    first_at: Mapped[dt.datetime]
    last_at: Mapped[dt.datetime]


class AuditSeal(Base):
    """A link of the chain over the entries, written behind the writers by one job. Insert-only."""

    __tablename__ = "audit_seal"

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    entry_id: Mapped[int] = mapped_column(ForeignKey("audit_entry.id"), unique=True)
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64))
    sealed_at: Mapped[dt.datetime] = mapped_column(default=now)

    entry: Mapped[AuditEntry] = relationship(back_populates="seal", viewonly=True)
