"""The part of `make bench` about replies: a status for 10,000 of them, through the operation and by bare statements."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask_migrate import upgrade
from sqlalchemy import Select, text

from admin_app import create_app
from admin_app.accounts.models import User
from admin_app.audit.models import AuditBatch
from admin_app.audit.operations import batched, open_batch
from admin_app.audit.undo import undo_batch
from admin_app.core.db import db, unit_of_work
from admin_app.replies.bulk_operations import REVIEWS, review_replies
from admin_app.replies.models import ReviewStatus
from tests.bench.rounds import let_go, tidy, timed
from tests.bench.servers import SECRET
from tests.factories import make_survey, make_user
from tests.replies.many import many_replies

REPLIES = 10_000
GOAL = 3.0

# What no change of an audited table can do without: the change, and an entry of the log for each record.
_ENTRIES = (
    "INSERT INTO audit_entry (at, action, resource, record_id, record_name, actor_name, request_id, reason, changes)"
    " SELECT now(), 'bench', 'reply', id, public_id, '', '', '',"
    " jsonb_build_object('review_status', jsonb_build_array(review_status, CAST(:status AS varchar)))"
    " FROM reply WHERE deleted_at IS NULL"
)
_UPDATE = "UPDATE reply SET review_status = :status, lock_version = lock_version + 1 WHERE deleted_at IS NULL"


@dataclass
class Review:
    """One bulk change, and the seconds that it took in each round: by bare statements, and through the operation."""

    name: str
    bare: list[float] = field(default_factory=list)
    canvass: list[float] = field(default_factory=list)

    @property
    def ratio(self) -> float:
        """Return how many times as long the operation takes: the median of the rounds, each against its neighbour."""
        return statistics.median(ours / theirs for ours, theirs in zip(self.canvass, self.bare, strict=True))

    @property
    def kept(self) -> bool:
        """Whether the goal was reached."""
        return self.ratio <= GOAL


def measure(url: str, instance: Path, rounds: int) -> list[Review]:
    """Let both do it in alternating rounds, each in a transaction of its own, and return what it took."""
    app = create_app({"DATABASE_URL": url, "SECRET_KEY": SECRET, "INSTANCE": instance, "LOG_LEVEL": "error"})
    with app.app_context():
        upgrade()
        admin = make_user("bench")
        chosen = many_replies(REPLIES, make_survey(opened=True))
        change, back = Review("Changing the status"), Review("Undoing it")
        for number in range(rounds + 1):
            tidy()
            plain = timed(lambda: bare(ReviewStatus.SPAM))
            tidy()
            plain_back = timed(lambda: bare(ReviewStatus.NEW))
            tidy()
            batches: list[AuditBatch] = []
            canvass = timed(lambda made=batches: made.append(_through(chosen, admin)))  # type: ignore[misc]
            tidy()
            canvass_back = timed(lambda made=batches: _undo(made[0], admin))  # type: ignore[misc]
            # The first round warms up.
            if number:
                change.bare.append(plain)
                change.canvass.append(canvass)
                back.bare.append(plain_back)
                back.canvass.append(canvass_back)
        let_go()
    return [change, back]


def bare(status: ReviewStatus, number: int | None = None) -> None:
    """Do it by two statements, in one transaction."""
    for statement in (_ENTRIES, _UPDATE):
        changed = db.session.execute(text(statement), {"status": status.value}).rowcount  # type: ignore[attr-defined]
        check(changed, number)
    db.session.commit()


def _through(chosen: Select[Any], admin: User) -> AuditBatch:
    """As the console does it: in a unit of work, under a batch of the audit log."""
    with unit_of_work() as session:
        batch = open_batch(REVIEWS[ReviewStatus.SPAM], "reply", actor=admin)
        session.flush()
        with batched(batch):
            result = review_replies(chosen, ReviewStatus.SPAM, actor=admin, batch=batch)
    check(result.done)
    return batch


def _undo(batch: AuditBatch, admin: User) -> None:
    with unit_of_work():
        result = undo_batch(batch, actor=admin)
    check(result.done)


def check(changed: int, number: int | None = None) -> None:
    """End the program where not all were changed."""
    expected = REPLIES if number is None else number
    if changed != expected:
        raise SystemExit(f"{changed} of {expected} replies were changed.")


INTRODUCTION = f"""
## A status for {REPLIES:,} replies

The operation of the console, in its unit of work and under one batch of the audit log, against a bare `UPDATE reply`
and a bare `INSERT` of an entry of the log for each reply, each in a transaction of its own on tables that were vacuumed
just before. The operation also asks of each reply whether it is within reach of the actor, locks it, says which were
left alone and why, and counts the places of surveys with a limit anew. Undoing it is the opposite operation, which
leaves alone what was changed since.

The goal is {GOAL:.0f} times as long.
"""


def lines(reviews: Sequence[Review]) -> list[str]:
    """Return the part of the page."""
    found = [INTRODUCTION, "| | bare and the log, ms | Canvass, ms | ratio |", "|---|---|---|---|"]
    for review in reviews:
        times = " | ".join(f"{1000 * statistics.median(one):.0f}" for one in (review.bare, review.canvass))
        found.append(f"| {review.name} | {times} | **{review.ratio:.1f}** |")
    return found
