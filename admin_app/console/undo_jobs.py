"""Taking back what many records went through: like the doing of it, a job that goes chunk by chunk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from admin_app.audit.models import AuditBatch
from admin_app.audit.undo import UNDOERS, Undone, begin_undo, keys_to_undo, undo_batch
from admin_app.console.acting import actor_of
from admin_app.console.set_jobs import MOST_AT_ONCE
from admin_app.console.undo import undo_minutes
from admin_app.console.views import view_of
from admin_app.core.bulk import BulkResult
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.errors import ConflictError
from admin_app.core.permissions import Actor
from admin_app.core.words import gettext as _
from admin_app.jobs.chunks import enqueue_chunks, is_live, job_of, run_chunks
from admin_app.jobs.kinds import JobContext, Payload, job_kind
from admin_app.jobs.models import Job, JobState
from admin_app.jobs.operations import resume_job
from admin_app.web.actor import acting_as, current_actor

KIND = "console.undo"


def undo(undone: AuditBatch, *, actor: Actor) -> BulkResult:
    """Take a batch back: at once, or where it has many records by a job, which the result names."""
    doing = job_of(undone)
    if is_live(doing):
        raise ConflictError(_("This is still running. Cancel it first, or wait until it has come to its end."))
    minutes = undo_minutes()
    if undone.records <= MOST_AT_ONCE and doing is None:
        return undo_batch(undone, actor=actor, minutes=minutes)
    ended = doing.finished_at if doing is not None else None
    batch = begin_undo(undone, actor=actor, minutes=minutes, ended=ended)
    job = enqueue_chunks(KIND, {"batch": undone.id}, batch, undone.records, actor=actor)
    return BulkResult(done=undone.records, job=job.public_id)


def may_resume(job: Job, *, actor: Actor) -> bool:
    """Whether an undo that stopped half-way can go on: it is one's own, and there is still time to undo."""
    stopped = job.kind == KIND and job.state in (JobState.CANCELLED, JobState.FAILED) and job.actor_id == actor.id
    return stopped and job.finished_at is not None and job.finished_at > now() - dt.timedelta(minutes=undo_minutes())


def resume_undo(job: Job, *, actor: Actor) -> None:
    """Let an undo go on that was cancelled or failed; the records behind it are not looked at again."""
    if not may_resume(job, actor=actor):
        raise ConflictError(_("This cannot go on. The history of each record can still revert it."))
    resume_job(job, actor=actor)


@job_kind(KIND)
def undo_set(context: JobContext, payload: Payload) -> Payload:
    """Take back what a batch tells of."""
    return run_chunks(context, _Undone(context, payload))


class _Undone:
    """The records of one such job."""

    def __init__(self, context: JobContext, payload: Payload) -> None:
        self.context, self.batch_id = context, payload["batch"]

    @contextmanager
    def acting(self) -> Iterator[None]:
        with acting_as(actor_of(self.context)):
            yield

    def _undone(self) -> AuditBatch:
        return db.session.get_one(AuditBatch, self.batch_id)

    def keys(self, after: int, most: int) -> list[int]:
        return keys_to_undo(self._undone(), after, most)

    def change(self, keys: Collection[int], batch: AuditBatch) -> BulkResult:
        undone = self._undone()
        return UNDOERS[undone.action](Undone(undone, keys), actor=current_actor(), batch=batch)

    def name(self, key: int) -> str:
        view = view_of(self._undone().resource)
        return str(db.session.get(view.model, key) or "") if view is not None else ""
