"""What a job can be: a function under a name, and what it is given while it runs."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from admin_app.core.registry import Registry

Payload = dict[str, Any]


class JobInterrupted(Exception):  # noqa: N818 - it is no error: the job is told to stop
    """The job shall stop where it is. Let it pass through."""


class JobCancelled(JobInterrupted):
    """Somebody cancelled the job."""


class JobStopped(JobInterrupted):
    """The worker is going down; the job is queued again and starts anew elsewhere."""


class JobLost(JobInterrupted):
    """The lease ran out and another worker may have taken the job up; nothing may be written any more."""


class JobDelayed(JobInterrupted):
    """What the job needs is away. It is tried again after `delay`, and has failed when this was its last attempt.

    `sentence` says to people what is missing.
    """

    def __init__(self, sentence: str, delay: dt.timedelta) -> None:
        super().__init__(sentence)
        self.sentence, self.delay = sentence, delay


@dataclass
class JobContext:
    """A running job as its function sees it: who asked for it, and how to say how far it is."""

    job_id: int
    public_id: str
    token: str
    attempt: int
    actor_id: int | None
    actor_name: str
    stopping: threading.Event = field(default_factory=threading.Event)
    lost: threading.Event = field(default_factory=threading.Event)
    cancelled: threading.Event = field(default_factory=threading.Event)
    done: int = 0
    total: int | None = None
    message: str = ""
    changed: bool = False

    def check(self) -> None:
        """Raise when the job shall stop: cancelled, taken over by another worker, or the worker goes down."""
        if self.lost.is_set():
            raise JobLost
        if self.cancelled.is_set():
            raise JobCancelled
        if self.stopping.is_set():
            raise JobStopped

    def progress(self, done: int, total: int | None = None, message: str = "") -> None:
        """Say how far the job is, then `check()`. May be called inside and outside a unit of work.

        It costs nothing, so call it often: the heartbeat writes it into the row, together with a longer lease.
        """
        self.done, self.total, self.message = max(done, 0), total, message[:300]
        self.changed = True
        self.check()


Run = Callable[[JobContext, Payload], Payload | None]


@dataclass(frozen=True)
class JobKind:
    """A kind of job.

    Its function may run more than once for one job (a worker can die in the middle), so it must come to the same end.
    `every` makes it periodic, in seconds; then `due` may say that there is nothing to do. Of the finished runs of a
    periodic kind only the last one is kept.
    """

    name: str
    run: Run
    max_attempts: int = 3
    every: int | None = None
    due: Callable[[], bool] | None = None


JOB_KINDS: Registry[JobKind] = Registry("kinds of jobs")


def job_kind(
    name: str, *, max_attempts: int = 3, every: int | None = None, due: Callable[[], bool] | None = None
) -> Callable[[Run], Run]:
    """Register the decorated function `run(job_context, payload)` as a kind of job; what it returns is its result."""

    def register(run: Run) -> Run:
        JOB_KINDS.add(name, JobKind(name, run, max_attempts, every, due))
        return run

    return register
