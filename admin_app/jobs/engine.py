"""Running a job: claim, heartbeat, run, store how it ended. And sweeping up after workers that are gone."""

from __future__ import annotations

import datetime as dt
import logging
import os
import secrets
import socket
import threading
import time
from types import TracebackType

from flask import Flask
from sqlalchemy.exc import InterfaceError, OperationalError

from admin_app.core.context import new_request_id, request_id
from admin_app.core.db import unit_of_work
from admin_app.core.errors import DomainError
from admin_app.core.permissions import SYSTEM
from admin_app.core.words import gettext as _
from admin_app.core.words import mark
from admin_app.jobs import operations, queries
from admin_app.jobs.kinds import JOB_KINDS, JobCancelled, JobContext, JobDelayed, JobKind, JobLost, JobStopped
from admin_app.jobs.models import Job

logger = logging.getLogger(__name__)

LEASE_SECONDS = 60.0
SWEEP_SECONDS = 5.0
RETRY_DELAY = dt.timedelta(seconds=10)

BROKE_OFF = mark("The job broke off with a fault of ours. When you report this, quote %(request_id)s.")
UNKNOWN_KIND = mark("This version of the program knows no job of this kind.")


def lease_of(app: Flask) -> dt.timedelta:
    """Return how long a worker holds a job without a sign of life: JOB_LEASE_SECONDS of the app's config, if set."""
    return dt.timedelta(seconds=app.config.get("JOB_LEASE_SECONDS", LEASE_SECONDS))


class Heartbeat:
    """A thread that extends the lease of one running job and stores its progress, until the job ends."""

    def __init__(self, app: Flask, context: JobContext) -> None:
        self.app, self.context, self.lease = app, context, lease_of(app)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"heartbeat-{context.job_id}", daemon=True)

    def __enter__(self) -> Heartbeat:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join()

    def _run(self) -> None:
        pause = self.lease.total_seconds() / 4
        last = time.monotonic()
        while not self._ended.wait(min(1.0, pause)) and not self.context.lost.is_set():
            if self.context.changed or time.monotonic() - last >= pause:
                self.context.changed = False
                last = time.monotonic()
                self._beat()

    def _beat(self) -> None:
        try:
            with self.app.app_context(), unit_of_work():
                operations.extend_lease(self.context, self.lease)
        except Exception:  # the next beat may succeed; if none does, the lease runs out and the sweeper acts
            logger.warning("A heartbeat could not be stored.", exc_info=True)


def run_job(app: Flask, job_id: int, stopping: threading.Event) -> None:
    """Run the job if it can be claimed, and store how it ended."""
    with app.app_context():
        new_request_id()
        token = f"{socket.gethostname()[:60]}:{os.getpid()}:{secrets.token_hex(6)}"
        with unit_of_work():
            job = operations.claim_job(job_id, token, lease_of(app))
        if job is None:
            return
        context = _context(job, token, stopping)
        fields = {"job": job.public_id, "kind": job.kind}
        logger.info("Job %s (%s) starts.", job.public_id, job.kind, extra=fields)
        try:
            ending = _run(app, job, context)
        except Exception:  # the row says "running" still, and the sweeper takes it up when the lease has run out
            logger.exception("How job %s ended could not be stored.", job.public_id, extra=fields)
            return
        logger.info("Job %s (%s): %s.", job.public_id, job.kind, ending, extra=fields)


def _context(job: Job, token: str, stopping: threading.Event) -> JobContext:
    return JobContext(
        job_id=job.id,
        public_id=job.public_id,
        token=token,
        attempt=job.attempts,
        actor_id=job.actor_id,
        actor_name=job.actor_name,
        stopping=stopping,
    )


def _run(app: Flask, job: Job, context: JobContext) -> str:
    kind = JOB_KINDS.get(job.kind)
    if kind is None:
        return _failed(context, _(UNKNOWN_KIND))
    try:
        with Heartbeat(app, context):
            result = kind.run(context, job.payload)
    except JobCancelled:
        with unit_of_work():
            operations.end_cancelled(context)
        return "cancelled"
    except JobStopped:
        with unit_of_work():
            operations.release_job(context)
        return "given back, for the worker goes down"
    except JobLost:
        return "lost to another worker"
    except JobDelayed as waiting:
        return _try_again(job, context, waiting.delay, waiting.sentence)
    except DomainError as error:
        return _failed(context, error.message)
    except (OperationalError, InterfaceError):
        logger.warning("Job %s lost the database.", job.public_id, exc_info=True)
        # That is over soon, and not the job's fault.
        return _try_again(job, context, RETRY_DELAY)
    except Exception:
        logger.exception("Job %s broke off.", job.public_id, extra={"job": job.public_id, "kind": job.kind})
        return _failed(context, _(BROKE_OFF, request_id=request_id()))
    return _completed(kind, context, result)


def _completed(kind: JobKind, context: JobContext, result: dict[str, object] | None) -> str:
    with unit_of_work():
        if not operations.complete_job(context, result):
            return "lost to another worker"
        if kind.every is not None:
            operations.forget_finished(kind.name)
    return "done"


def _failed(context: JobContext, sentence: str) -> str:
    with unit_of_work():
        operations.fail_job(context, sentence)
    return "failed"


def _try_again(job: Job, context: JobContext, delay: dt.timedelta, sentence: str = "") -> str:
    """Let the job wait for what is away, unless this was its last attempt."""
    if job.attempts >= job.max_attempts:
        return _failed(context, sentence or _(BROKE_OFF, request_id=request_id()))
    with unit_of_work():
        operations.release_job(context, delay=delay, counts=True, sentence=sentence)
    return "waiting for another try"


def sweep(app: Flask) -> None:
    """Take up what workers left that are gone, send what is due, and ask for periodic jobs whose time has come."""
    with app.app_context():
        new_request_id()
        with unit_of_work():
            lost = operations.take_up_lost()
        if lost:
            logger.warning("Took up %d jobs of workers that are gone.", lost)
        for kind in JOB_KINDS.values():
            _ask_for_periodic(kind)
        with unit_of_work():
            operations.send_due()


def _ask_for_periodic(kind: JobKind) -> None:
    if kind.every is None or not queries.is_periodic_due(kind.name, kind.every):
        return
    if kind.due is not None and not kind.due():
        return
    with unit_of_work():
        operations.enqueue(kind.name, {}, actor=SYSTEM, unique_key=queries.periodic_key(kind.name))


class Sweeper(threading.Thread):
    """Sweeps every few seconds in each worker, until it is stopped."""

    def __init__(self, app: Flask, stopping: threading.Event) -> None:
        super().__init__(name="sweeper", daemon=True)
        self.app, self.stopping = app, stopping
        self.pause = float(app.config.get("JOB_SWEEP_SECONDS", SWEEP_SECONDS))

    def run(self) -> None:
        while True:
            try:
                sweep(self.app)
            except Exception:  # the database may be away; the next sweep finds everything as it is
                logger.warning("A sweep failed.", exc_info=True)
            if self.stopping.wait(self.pause):
                return
