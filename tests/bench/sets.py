"""The part of `make bench` about sets: a status for 100,000 replies by the job of the console, and undoing it."""

from __future__ import annotations

import resource
import statistics
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade

from admin_app import create_app
from admin_app.accounts.models import User
from admin_app.audit.models import AuditBatch
from admin_app.audit.operations import open_batch
from admin_app.console.choices import Matching
from admin_app.console.set_jobs import enqueue_set, size_of
from admin_app.console.undo_jobs import undo
from admin_app.console.views import view_at
from admin_app.core.db import db, unit_of_work
from admin_app.jobs.chunks import CHUNK
from admin_app.jobs.engine import run_job
from admin_app.jobs.models import Job
from admin_app.replies.models import ReviewStatus
from admin_app.web.actor import acting_as
from tests.bench.replies import GOAL, Review, bare, check
from tests.bench.rounds import let_go, tidy, timed
from tests.bench.servers import SECRET
from tests.factories import make_survey, make_user
from tests.replies.many import many_replies

REPLIES = 100_000
GROWTH_GOAL = 50


@dataclass
class Sets:
    """What the job took in each round, and by how many MB the process had grown at the end."""

    reviews: list[Review] = field(default_factory=list)
    growth: float = 0.0

    @property
    def kept(self) -> bool:
        """Whether the goals were reached."""
        return all(one.kept for one in self.reviews) and self.growth < GROWTH_GOAL


def measure(url: str, instance: Path, rounds: int) -> Sets:
    """Let both do it in alternating rounds, and return what it took."""
    app = create_app({"DATABASE_URL": url, "SECRET_KEY": SECRET, "INSTANCE": instance, "LOG_LEVEL": "error"})
    change, back = Review("Changing the status"), Review("Undoing it")
    with app.app_context():
        upgrade()
        admin = make_user("bench")
        many_replies(REPLIES, make_survey(opened=True))
        before = _peak()
        for number in range(rounds + 1):
            tidy()
            plain = timed(lambda: bare(ReviewStatus.SPAM, REPLIES))
            tidy()
            plain_back = timed(lambda: bare(ReviewStatus.NEW, REPLIES))
            tidy()
            batches: list[AuditBatch] = []
            ours = timed(lambda made=batches: made.append(_change(app, admin)))  # type: ignore[misc]
            tidy()
            ours_back = timed(lambda made=batches: _undo(app, made[0], admin))  # type: ignore[misc]
            # The first round warms up.
            if number:
                change.bare.append(plain)
                change.canvass.append(ours)
                back.bare.append(plain_back)
                back.canvass.append(ours_back)
        growth = _peak() - before
        let_go()
    return Sets([change, back], growth)


def _change(app: Flask, admin: User) -> AuditBatch:
    """As the console does it for whoever agreed to “Select all”: count, queue, and all chunks of the job."""
    view = view_at("reply")
    with acting_as(admin):
        choice = Matching(view, ()).frozen()
        size = size_of(choice.rows("U"))
        with unit_of_work() as session:
            batch = open_batch("reply.spam", "reply", actor=admin)
            session.flush()
            result = enqueue_set(view, view.action_of("spam"), choice, {"reason": ""}, size, batch)
    _run(app, result.job)
    return batch


def _undo(app: Flask, batch: AuditBatch, admin: User) -> None:
    db.session.refresh(batch)
    with unit_of_work():
        result = undo(batch, actor=admin)
    _run(app, result.job)


def _run(app: Flask, public_id: str) -> None:
    job = db.session.scalars(db.select(Job).where(Job.public_id == public_id)).one()
    run_job(app, job.id, threading.Event())
    db.session.refresh(job)
    check((job.result or {}).get("done", 0), REPLIES)


def _peak() -> float:
    """Return what the process has taken at most so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


INTRODUCTION = f"""
## A status for a set of {REPLIES:,} replies

The job behind “Select all matching”, in chunks of {CHUNK:,}: each in a transaction of its own with its entries of the
log and its mark, the filter evaluated anew and the rights asked again; against one bare `UPDATE reply` and one bare
`INSERT` of the entries, as above. Counting the set and queueing the job are in the time.

The goals are {GOAL:.0f} times as long, and less than {GROWTH_GOAL} MB by which the process grows.
"""


def lines(sets: Sets) -> Sequence[str]:
    """Return the part of the page."""
    found = [INTRODUCTION, "| | bare and the log, ms | Canvass, ms | ratio |", "|---|---|---|---|"]
    for review in sets.reviews:
        times = " | ".join(f"{1000 * statistics.median(one):.0f}" for one in (review.bare, review.canvass))
        found.append(f"| {review.name} | {times} | **{review.ratio:.1f}** |")
    return [*found, "", f"The process grew by {sets.growth:.0f} MB."]
