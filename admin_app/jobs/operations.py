"""A job's life: queued, claimed by one worker under a lease, kept alive, finished, taken up again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, and_, case, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import CursorResult
from sqlalchemy.orm import InstrumentedAttribute

from admin_app.audit import operations as audit
from admin_app.core.clock import now
from admin_app.core.context import request_id
from admin_app.core.db import db, on_commit
from admin_app.core.errors import ConflictError, NotFoundError
from admin_app.core.ids import public_id
from admin_app.core.permissions import Actor, Letter, require
from admin_app.core.words import gettext as _
from admin_app.core.words import ngettext
from admin_app.jobs.kinds import JOB_KINDS, JobContext
from admin_app.jobs.models import Job, JobState
from admin_app.jobs.queue import send

LIVE = (JobState.QUEUED, JobState.RUNNING)
# A message that was not taken for so long is taken for lost; a second one does no harm.
RESEND_AFTER = dt.timedelta(seconds=60)
KEEP_FINISHED = dt.timedelta(days=30)


def enqueue(
    kind: str,
    payload: dict[str, Any],
    *,
    actor: Actor,
    unique_key: str | None = None,
    run_after: dt.datetime | None = None,
) -> Job:
    """Queue a job of a registered kind; it is sent when the open unit of work has been stored.

    With `unique_key` there is one live job of that key: when there is one already, that one is returned.
    `run_after` delays it. Raises KeyError for a kind that nobody registered.
    """
    moment = now()
    due = run_after is None or run_after <= moment
    values: dict[str, Any] = {
        "public_id": public_id(),
        "kind": kind,
        "payload": payload,
        "unique_key": unique_key,
        "actor_id": actor.id,
        "actor_name": actor.label[:200],
        "request_id": request_id(),
        "max_attempts": JOB_KINDS[kind].max_attempts,
        "run_after": run_after or moment,
        "sent_at": moment if due else None,
    }
    job_id = _insert(values)
    if job_id is None:
        existing = db.session.scalar(select(Job).where(Job.unique_key == unique_key))
        if existing is None:
            raise ConflictError(_("The same job has just come to its end. Try again."))
        return existing
    if due:
        on_commit(lambda: send(job_id))
    return db.session.get_one(Job, job_id)


def _insert(values: dict[str, Any]) -> int | None:
    insert = postgresql.insert if db.session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(Job).values(**values).on_conflict_do_nothing(index_elements=["unique_key"])
    return db.session.scalar(statement.returning(Job.id))


def _change(where: ColumnElement[bool], **values: Any) -> int:
    result = db.session.execute(update(Job).where(where).values(**values).execution_options(synchronize_session=False))
    assert isinstance(result, CursorResult)
    return result.rowcount


def _finished(state: JobState, **values: Any) -> dict[str, Any]:
    ending: dict[str, Any] = {"state": state, "lease_until": None, "unique_key": None, "finished_at": now()}
    return ending | values


def _queued_again() -> dict[str, Any]:
    return {"state": JobState.QUEUED, "lease_until": None, "worker": "", "sent_at": None}


def _held(context: JobContext) -> ColumnElement[bool]:
    """The job is still this worker's: a lease that ran out and was given to another one ends every claim."""
    return and_(Job.id == context.job_id, Job.worker == context.token, Job.state == JobState.RUNNING)


def claim_job(job_id: int, token: str, lease: dt.timedelta) -> Job | None:
    """Take a queued job for the worker `token`; None when another one has it or it is not due yet."""
    moment = now()
    taken = _change(
        and_(Job.id == job_id, Job.state == JobState.QUEUED, Job.run_after <= moment),
        state=JobState.RUNNING,
        worker=token,
        attempts=Job.attempts + 1,
        started_at=moment,
        heartbeat_at=moment,
        lease_until=moment + lease,
        progress_done=0,
        progress_total=None,
        message="",
        error="",
    )
    return db.session.get_one(Job, job_id, populate_existing=True) if taken else None


def extend_lease(context: JobContext, lease: dt.timedelta) -> None:
    """Keep the job for this worker, store its progress, and note in `context` when it was cancelled or lost."""
    moment = now()
    statement = (
        update(Job)
        .where(_held(context))
        .values(heartbeat_at=moment, lease_until=moment + lease, **_progress(context))
        .returning(Job.cancel_requested)
        .execution_options(synchronize_session=False)
    )
    cancelled = db.session.scalar(statement)
    if cancelled is None:
        context.lost.set()
    elif cancelled:
        context.cancelled.set()


def _progress(context: JobContext) -> dict[str, Any]:
    return {"progress_done": context.done, "progress_total": context.total, "message": context.message}


def complete_job(context: JobContext, result: dict[str, Any] | None) -> bool:
    """Store that the job came to its end; False when it is not this worker's any more."""
    return _change(_held(context), **_finished(JobState.DONE, result=result, **_progress(context))) == 1


def fail_job(context: JobContext, sentence: str) -> bool:
    """Store that the job failed, and why in a sentence for people; False when it is not this worker's any more."""
    return _change(_held(context), **_finished(JobState.FAILED, error=sentence, **_progress(context))) == 1


def end_cancelled(context: JobContext) -> bool:
    """Store that the job stopped because it was cancelled; False when it is not this worker's any more."""
    return _change(_held(context), **_finished(JobState.CANCELLED, **_progress(context))) == 1


def release_job(
    context: JobContext, *, delay: dt.timedelta = dt.timedelta(0), counts: bool = False, sentence: str = ""
) -> bool:
    """Give the job back to the queue; the attempt counts when the job itself was the reason.

    `sentence` says meanwhile what it waits for.
    """
    attempts = Job.attempts if counts else Job.attempts - 1
    values = {"run_after": now() + delay, "attempts": attempts, "error": sentence}
    return _change(_held(context), **_queued_again(), **values) == 1


def take_up_lost() -> int:
    """Queue again, or give up, what workers held that are gone; return how many jobs that were."""
    moment = now()
    gone = and_(Job.state == JobState.RUNNING, Job.lease_until < moment)
    cancelled = _change(and_(gone, Job.cancel_requested), **_finished(JobState.CANCELLED))
    worn = select(Job.id, Job.attempts).where(gone, Job.attempts >= Job.max_attempts)
    failed = sum(
        _change(and_(gone, Job.id == row.id), **_finished(JobState.FAILED, error=_worker_gone(row.attempts)))
        for row in db.session.execute(worn).all()
    )
    return cancelled + failed + _change(gone, **_queued_again(), run_after=moment)


def _worker_gone(attempts: int) -> str:
    return ngettext(
        "The worker stopped in the middle of the job. It is not tried again.",
        "The worker stopped in the middle of the job %(number)s times. It is not tried again.",
        attempts,
    )


def send_due(limit: int = 1000) -> int:
    """Send queued jobs that are due and were not sent, or so long ago that the message must be lost."""
    moment = now()
    unsent = case((Job.sent_at.is_(None), True), else_=Job.sent_at < moment - RESEND_AFTER)
    ids = list(
        db.session.scalars(
            select(Job.id)
            .where(Job.state == JobState.QUEUED, Job.run_after <= moment, unsent)
            .order_by(Job.run_after, Job.id)
            .limit(limit)
        )
    )
    if ids:
        _change(and_(Job.id.in_(ids), Job.state == JobState.QUEUED), sent_at=moment)
    for job_id in ids:
        on_commit(_sender(job_id))
    return len(ids)


def _sender(job_id: int) -> Callable[[], None]:
    return lambda: send(job_id)


def cancel_job(job: Job, *, actor: Actor) -> None:
    """Cancel a job: one that waits at once, one that runs at its next step. Whoever asked for it may always do so."""
    if actor.id is None or actor.id != job.actor_id:
        require(actor, "job", Letter.UPDATE, obj=job)
    waiting = and_(Job.id == job.id, Job.state == JobState.QUEUED)
    running = and_(Job.id == job.id, Job.state == JobState.RUNNING)
    if not _change(waiting, **_finished(JobState.CANCELLED)) and not _change(running, cancel_requested=True):
        raise ConflictError(_("This job has come to its end already."))
    db.session.refresh(job)
    audit.record("job.cancel", job, actor=actor)


def resume_job(job: Job, *, actor: Actor) -> None:
    """Queue a job again that was cancelled or has failed, for whoever asked for it; its kind goes on where it stood."""
    if actor.id is None or actor.id != job.actor_id:
        raise NotFoundError(_("There is no such record, or you may not see it."))
    ended = and_(Job.id == job.id, Job.state.in_((JobState.CANCELLED, JobState.FAILED)))
    anew = {"attempts": 0, "cancel_requested": False, "error": "", "finished_at": None, "run_after": now()}
    if not _change(ended, **_queued_again() | anew | {"sent_at": now()}):
        raise ConflictError(_("This goes on already, or has come to its end."))
    on_commit(_sender(job.id))
    db.session.refresh(job)
    audit.record("job.resume", job, actor=actor)


def forget_finished(kind: str | None = None, *, before: dt.datetime | None = None) -> int:
    """Delete finished jobs: of one periodic kind those that came before its last, or all that are old."""
    column: InstrumentedAttribute[Any] = Job.kind
    if kind is not None:
        last = select(Job.id).where(column == kind, Job.state == JobState.DONE).order_by(Job.id.desc()).limit(1)
        where = and_(column == kind, Job.state == JobState.DONE, Job.id < last.scalar_subquery())
    else:
        where = and_(Job.state.not_in(LIVE), Job.finished_at < (before or now() - KEEP_FINISHED))
    result = db.session.execute(delete(Job).where(where).execution_options(synchronize_session=False))
    assert isinstance(result, CursorResult)
    return result.rowcount
