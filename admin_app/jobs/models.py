"""Background work. The row is the truth; the queue only carries its id."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from admin_app.core.clock import now
from admin_app.core.db import Base, BigId, JsonDocument, enum_by_value
from admin_app.core.ids import public_id


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Job(Base):
    """One piece of background work: `kind` names what is registered, `payload` is what it is given.

    While it runs a worker holds a lease, which its heartbeat extends. A lease that ran out means that the worker is
    gone; the sweeper then queues the job again, until `max_attempts`.
    """

    __resource__ = "job"
    __tablename__ = "job"
    __search__ = ("kind", "actor_name", "message")
    __table_args__ = (
        CheckConstraint("(state = 'running') = (lease_until IS NOT NULL)", name="lease_while_running"),
        CheckConstraint("progress_done >= 0 AND (progress_total IS NULL OR progress_total >= 0)", name="progress"),
        Index("ix_job_state_run_after", "state", "run_after"),
        Index("ix_job_kind_id", "kind", "id"),
        Index("ix_job_state_id", "state", "id"),
        Index("ix_job_created_at_id", "created_at", "id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=public_id)
    kind: Mapped[str] = mapped_column(String(60))
    state: Mapped[JobState] = mapped_column(enum_by_value(JobState, "state"), default=JobState.QUEUED)
    payload: Mapped[dict[str, Any]] = mapped_column(JsonDocument, default=dict)
    result: Mapped[dict[str, Any] | None] = mapped_column(JsonDocument)
    # One live job per unique_key: sealing asks for itself on every change and runs once.
    unique_key: Mapped[str | None] = mapped_column(String(120), unique=True)
    actor_id: Mapped[int | None]
    actor_name: Mapped[str] = mapped_column(String(200), default="system")
    request_id: Mapped[str] = mapped_column(String(32), default="")
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    run_after: Mapped[dt.datetime] = mapped_column(default=now)
    # When a message with this job's id was last put into the queue; messages can get lost, rows cannot.
    sent_at: Mapped[dt.datetime | None]
    started_at: Mapped[dt.datetime | None]
    finished_at: Mapped[dt.datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    max_attempts: Mapped[int] = mapped_column(default=3)
    worker: Mapped[str] = mapped_column(String(120), default="")
    lease_until: Mapped[dt.datetime | None]
    heartbeat_at: Mapped[dt.datetime | None]
    cancel_requested: Mapped[bool] = mapped_column(default=False)
    progress_done: Mapped[int] = mapped_column(default=0)
    progress_total: Mapped[int | None]
    message: Mapped[str] = mapped_column(String(300), default="")
    error: Mapped[str] = mapped_column(Text, default="")

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"


class RowState(StrEnum):
    """What became of one record of a job that goes through many."""

    WAITING = "waiting"
    DONE = "done"
    # A rule said no; `reason` says which.
    SKIPPED = "skipped"
    # A fault of ours.
    FAILED = "failed"


class JobRow(Base):
    """One record that a job is to do something to, and what became of it.

    It is marked in the transaction that changes the record, so that a job which is run again goes on where it stopped.
    """

    __tablename__ = "job_row"
    __table_args__ = (UniqueConstraint("job_id", "record_id"), Index("ix_job_row_job_id_state", "job_id", "state"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    job_id: Mapped[int] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"))
    record_id: Mapped[int] = mapped_column(BigInteger)
    # As it was called when somebody asked for it.
    name: Mapped[str] = mapped_column(String(300))
    state: Mapped[RowState] = mapped_column(enum_by_value(RowState, "state"), default=RowState.WAITING)
    reason: Mapped[str] = mapped_column(Text, default="")
    finished_at: Mapped[dt.datetime | None]

    def __str__(self) -> str:
        return self.name


class JobMark(Base):
    """How far a job came that changes a set chunk by chunk, in the order of the keys.

    It moves in the transaction of the chunk: what was done once is not done again, whoever takes the job up.
    """

    __tablename__ = "job_mark"

    job_id: Mapped[int] = mapped_column(ForeignKey("job.id", ondelete="CASCADE"), primary_key=True)
    # What it does, for whoever wants it back. No foreign key: a batch in which nothing was done is not kept.
    batch_id: Mapped[int] = mapped_column(BigInteger, index=True)
    # So many records there were when somebody agreed to it.
    total: Mapped[int]
    last_key: Mapped[int] = mapped_column(BigInteger, default=0)
    done: Mapped[int] = mapped_column(default=0)
    # Each of these has a `JobRow` with the reason.
    skipped: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)

    @property
    def finished(self) -> int:
        """How many records were looked at."""
        return self.done + self.skipped + self.failed
