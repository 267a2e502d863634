"""Reading jobs."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Select, func, select

from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.permissions import Actor, visible
from admin_app.jobs.models import Job, JobState


def visible_to(actor: Actor) -> Select[Job]:
    """Return the jobs that `actor` may see."""
    return select(Job).where(visible(actor, "job"))


def is_periodic_due(kind: str, every: int) -> bool:
    """Whether a periodic kind is neither waiting nor running and last came to an end `every` seconds ago."""
    live = select(Job.id).where(Job.unique_key == periodic_key(kind))
    if db.session.scalar(live.limit(1)) is not None:
        return False
    last = db.session.scalar(select(func.max(Job.finished_at)).where(Job.kind == kind))
    return last is None or last <= now() - dt.timedelta(seconds=every)


def periodic_key(kind: str) -> str:
    """Return the key under which there is one live job of a periodic kind in the whole installation."""
    return f"periodic:{kind}"


def stuck_jobs(grace: dt.timedelta) -> int:
    """Return how many jobs wait for a worker since longer than `grace`."""
    waiting = select(func.count()).select_from(Job).where(Job.state == JobState.QUEUED, Job.run_after < now() - grace)
    return db.session.scalar(waiting) or 0
