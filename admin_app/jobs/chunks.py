"""Jobs that change a set by statements, chunk by chunk in the order of the keys.

A chunk, its entries in the audit log, the rows that were left alone and the mark are stored together or not at all.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from contextlib import AbstractContextManager
from typing import Protocol

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import InterfaceError, OperationalError

from admin_app.audit.models import AuditBatch
from admin_app.audit.operations import batched
from admin_app.core.bulk import BulkResult, LeftAlone, collecting
from admin_app.core.clock import now
from admin_app.core.context import request_id
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ConflictError, DomainError
from admin_app.core.permissions import Actor
from admin_app.core.words import gettext as _
from admin_app.jobs.kinds import JobContext, JobInterrupted, Payload
from admin_app.jobs.models import Job, JobMark, JobRow, RowState
from admin_app.jobs.operations import LIVE, enqueue

logger = logging.getLogger(__name__)

# Records in one transaction: SQLite's one writer is held for a tenth of a second.
CHUNK = 2_000


class Chunks(Protocol):
    """What is done to a set, as its job sees it."""

    def acting(self) -> AbstractContextManager[object]:
        """Return what holds while a chunk is done: who acts, with the rights of this moment. It may refuse."""

    def keys(self, after: int, most: int) -> list[int]:
        """Return the next keys of the set behind `after`, in their order."""

    def change(self, keys: Collection[int], batch: AuditBatch) -> BulkResult:
        """Change the records with these keys, as far as they belong to the set still."""

    def name(self, key: int) -> str:
        """Return what a record is called in the report."""


def enqueue_chunks(kind: str, payload: Payload, batch: AuditBatch, total: int, *, actor: Actor) -> Job:
    """Queue a job that changes a set of `total` records under `batch`."""
    db.session.flush()
    job = enqueue(kind, payload, actor=actor)
    db.session.add(JobMark(job_id=job.id, batch_id=batch.id, total=total))
    job.progress_total = total
    return job


def job_of(batch: AuditBatch) -> Job | None:
    """Return the job that does, or did, what `batch` tells of."""
    return db.session.scalar(select(Job).join(JobMark, JobMark.job_id == Job.id).where(JobMark.batch_id == batch.id))


def is_live(job: Job | None) -> bool:
    """Whether a job has not come to its end."""
    return job is not None and job.state in LIVE


def run_chunks(context: JobContext, chunks: Chunks) -> Payload:
    """Go through the set from where the mark stands to its end; return how many records came to which end.

    Each chunk sees the database anew, and asks anew who acts: rights that are lost meanwhile are lost.
    """
    while True:
        db.session.expire_all()
        mark = _mark(context)
        context.progress(mark.finished, max(mark.total, mark.finished))
        with chunks.acting():
            keys = chunks.keys(mark.last_key, CHUNK)
            if not keys:
                return _end(mark)
            _change(context, chunks, keys)


def _mark(context: JobContext, *, hold: bool = False) -> JobMark:
    # Whoever took the job up meanwhile waits here for the chunk, and then finds the mark behind it.
    return db.session.get_one(JobMark, context.job_id, with_for_update=hold or None, populate_existing=True)


def _change(context: JobContext, chunks: Chunks, keys: list[int]) -> None:
    """Change a chunk. Where something breaks, its halves are tried, until what broke it is known."""
    context.check()
    broken = _try(context, chunks, keys)
    if broken is None:
        return
    if len(keys) > 1:
        middle = len(keys) // 2
        _change(context, chunks, keys[:middle])
        _change(context, chunks, keys[middle:])
    elif isinstance(broken, ConflictError):
        _give_up(context, chunks, keys[0], RowState.SKIPPED, broken.message)
    else:
        logger.error("Record %s of a job broke off.", keys[0], exc_info=broken)
        sentence = _("This broke off with a fault of ours. When you report it, quote %(id)s.", id=request_id())
        _give_up(context, chunks, keys[0], RowState.FAILED, sentence)


def _try(context: JobContext, chunks: Chunks, keys: list[int]) -> Exception | None:
    """Change a chunk in one transaction, with the mark; return what broke it. What would break all of them passes."""
    try:
        with unit_of_work():
            mark = _mark(context, hold=True)
            if mark.last_key < keys[0]:
                batch = db.session.get_one(AuditBatch, mark.batch_id)
                with collecting() as left, batched(batch, keep=True):
                    mark.done += chunks.change(keys, batch).done
                _note(mark, RowState.SKIPPED, list(left.values()))
                mark.skipped += len(left)
                mark.last_key = keys[-1]
    except ConflictError as error:
        return error
    except (JobInterrupted, OperationalError, InterfaceError, DomainError):
        raise
    except Exception as error:
        return error
    return None


def _give_up(context: JobContext, chunks: Chunks, key: int, state: RowState, reason: str) -> None:
    with unit_of_work():
        mark = _mark(context, hold=True)
        if mark.last_key >= key:
            return
        _note(mark, state, [LeftAlone(key, chunks.name(key), reason)])
        mark.skipped += state is RowState.SKIPPED
        mark.failed += state is RowState.FAILED
        mark.last_key = key


def _note(mark: JobMark, state: RowState, rows: list[LeftAlone]) -> None:
    if rows:
        common = {"job_id": mark.job_id, "state": state, "finished_at": now()}
        in_order = sorted(rows, key=lambda one: one.key)
        values = [{**common, "record_id": one.key, "name": one.name[:300], "reason": one.reason} for one in in_order]
        db.session.execute(insert(JobRow), values)


def _end(mark: JobMark) -> Payload:
    with unit_of_work():
        db.session.execute(delete(AuditBatch).where(AuditBatch.id == mark.batch_id, AuditBatch.records == 0))
    return {"done": mark.done, "skipped": mark.skipped, "failed": mark.failed}
