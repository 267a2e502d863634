"""Jobs that go through many records one by one: each in a unit of work of its own, each with what became of it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from sqlalchemy import Select, delete, func, insert, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.exc import InterfaceError, OperationalError

from admin_app.audit.models import AuditBatch
from admin_app.audit.operations import batched, open_batch
from admin_app.core.bulk import BulkResult, Refusals, explain, fits
from admin_app.core.clock import now
from admin_app.core.context import request_id
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import DomainError
from admin_app.core.permissions import Actor
from admin_app.core.words import gettext as _
from admin_app.jobs.kinds import JobContext, JobInterrupted, Payload
from admin_app.jobs.models import JobRow, RowState
from admin_app.jobs.operations import enqueue

logger = logging.getLogger(__name__)

Work = Callable[[int], object]


def enqueue_rows(kind: str, model: Any, selection: Select[Any], refusals: Refusals, *, actor: Actor) -> BulkResult:
    """Queue a job that goes through the records of `selection` that nothing stands against now.

    Its kind is called as the action is in the audit log ("survey.publish"); all its entries belong to one batch.
    """
    chosen = model.id.in_(selection.with_only_columns(model.id).order_by(None))
    result = BulkResult(skipped=explain(select(model).where(chosen), model.id, refusals))
    records = db.session.scalars(select(model).where(chosen, fits(refusals)).order_by(model.id)).unique().all()
    if not records:
        return result
    batch = open_batch(kind, model.__resource__, actor=actor)
    db.session.flush()
    job = enqueue(kind, {"batch": batch.id}, actor=actor)
    db.session.execute(
        insert(JobRow), [{"job_id": job.id, "record_id": one.id, "name": str(one)[:300]} for one in records]
    )
    job.progress_total = result.done = len(records)
    result.job = job.public_id
    return result


def run_rows(context: JobContext, payload: Payload, work: Work) -> Payload:
    """Do `work` to the id of each record that waits; return how many came to which end.

    What a rule refuses is skipped with its sentence; a fault of ours is logged and does not stop the others.
    """
    counts = count_rows(context.job_id)
    total = sum(counts.values())
    waiting = select(JobRow.id, JobRow.record_id, JobRow.name).where(_of(context.job_id, RowState.WAITING))
    for row in db.session.execute(waiting.order_by(JobRow.id)).all():
        context.progress(total - counts[RowState.WAITING], total, row.name)
        state, reason = _do(row.id, row.record_id, payload["batch"], work)
        if state is not RowState.DONE:
            with unit_of_work():
                _finish(row.id, state, reason)
        counts[RowState.WAITING] -= 1
        counts[state] += 1
    context.progress(total, total)
    with unit_of_work():
        db.session.execute(delete(AuditBatch).where(AuditBatch.id == payload["batch"], AuditBatch.records == 0))
    return {state.value: number for state, number in counts.items()}


def count_rows(job_id: int) -> dict[RowState, int]:
    """Return how many records of a job came to which end."""
    counted = select(JobRow.state, func.count()).where(JobRow.job_id == job_id).group_by(JobRow.state)
    found: dict[Any, int] = {row[0]: row[1] for row in db.session.execute(counted)}
    return {state: found.get(state, 0) for state in RowState}


def _of(job_id: int, state: RowState) -> Any:
    return (JobRow.job_id == job_id) & (JobRow.state == state)


def _do(row_id: int, record_id: int, batch_id: int, work: Work) -> tuple[RowState, str]:
    # What was read for the record before may have changed since: the actor's rights, the record itself.
    db.session.expire_all()
    try:
        with unit_of_work() as session:
            if _finish(row_id, RowState.DONE):
                with batched(session.get_one(AuditBatch, batch_id)):
                    work(record_id)
    except DomainError as error:
        return RowState.SKIPPED, error.message
    except (JobInterrupted, OperationalError, InterfaceError):
        raise
    except Exception:
        logger.exception("Record %s of a job broke off.", record_id)
        return RowState.FAILED, _(
            "This broke off with a fault of ours. When you report it, quote %(id)s.", id=request_id()
        )
    return RowState.DONE, ""


def _finish(row_id: int, state: RowState, reason: str = "") -> bool:
    """Mark a record; False when another worker did, to whom the job was given meanwhile.

    It comes first in the unit of work: that other one waits for it.
    """
    waiting = (JobRow.id == row_id) & (JobRow.state == RowState.WAITING)
    marked = db.session.execute(update(JobRow).where(waiting).values(state=state, reason=reason, finished_at=now()))
    assert isinstance(marked, CursorResult)
    return marked.rowcount == 1
