"""Jobs that go through many records: each in a unit of its own, each with what became of it, none twice."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from admin_app.accounts.models import User
from admin_app.audit.models import AuditBatch, AuditEntry
from admin_app.audit.operations import record
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import InvalidError
from admin_app.core.permissions import SYSTEM
from admin_app.jobs import rows
from admin_app.jobs.models import Job, JobRow, JobState
from admin_app.jobs.operations import forget_finished
from tests.factories import make_user


@pytest.fixture
def go_through(app, kind, run):
    """Let a job do something to every user: `go_through(work, users)` returns the job when it ended."""

    def go(work, users, before=lambda _job: None):
        kind("test.rows", lambda context, payload: rows.run_rows(context, payload, lambda one: work(context, one)))
        with unit_of_work():
            selection = select(User).where(User.id.in_([user.id for user in users]))
            result = rows.enqueue_rows("test.rows", User, selection, [], actor=SYSTEM)
        job = db.session.scalars(select(Job).where(Job.public_id == result.job)).one()
        before(job)
        return run(job)

    return go


def report():
    db.session.rollback()
    return [(row.name, row.state.value, row.reason) for row in db.session.scalars(select(JobRow).order_by(JobRow.id))]


def rename(user_id):
    user = db.session.get_one(User, user_id)
    user.name = "renamed"
    record("user.update", user, actor=SYSTEM)


def test_each_has_its_end(go_through, caplog):
    users = [make_user(name) for name in ("anna", "bert", "cora")]
    _first, bert, cora = (user.id for user in users)

    def work(_context, user_id):
        rename(user_id)
        if user_id == bert:
            raise InvalidError("Not this one.")
        if user_id == cora:
            raise RuntimeError("A fault.")

    job = go_through(work, users)
    assert (job.state, job.result) == (JobState.DONE, {"waiting": 0, "done": 1, "skipped": 1, "failed": 1})
    (first, second, third) = report()
    assert (first, second) == (("anna", "done", ""), ("bert", "skipped", "Not this one."))
    assert third[:2] == ("cora", "failed")
    assert "fault of ours" in third[2]
    assert "broke off" in caplog.text
    db.session.expire_all()
    assert [user.name for user in users] == ["renamed", "", ""]
    assert (
        len(db.session.scalars(select(AuditEntry)).all()) == db.session.scalars(select(AuditBatch)).one().records == 1
    )


def test_a_cancelled_job_leaves_the_rest(go_through):
    users = [make_user(name) for name in ("anna", "bert", "cora")]

    def work(context, user_id):
        rename(user_id)
        context.cancelled.set()

    assert go_through(work, users).state is JobState.CANCELLED
    assert [row[1] for row in report()] == ["done", "waiting", "waiting"]


def test_what_another_worker_did_is_not_done_again(go_through):
    users = [make_user(name) for name in ("anna", "bert")]
    (anna, bert), seen = (user.id for user in users), []

    def work(_context, user_id):
        seen.append(user_id)
        rename(user_id)
        # The other worker comes while this one is at its first.
        other = select(JobRow).where(JobRow.record_id == bert)
        db.session.scalars(other).one().state = "done"

    assert go_through(work, users).result["done"] == 2
    assert seen == [anna]


def test_a_database_that_is_away_is_waited_for(go_through):
    users = [make_user("anna")]

    def work(_context, _user_id):
        raise OperationalError("SELECT", {}, Exception("away"))

    assert go_through(work, users).state is JobState.QUEUED
    assert report() == [("anna", "waiting", "")]


def test_nothing_done_leaves_no_batch(go_through):
    def work(_context, _user_id):
        raise InvalidError("No.")

    go_through(work, [make_user("anna")])
    assert db.session.scalars(select(AuditBatch)).all() == []


def test_rows_go_with_their_job(go_through):
    go_through(lambda _context, user_id: rename(user_id), [make_user("anna")])
    with unit_of_work():
        forget_finished("test.rows")
        assert forget_finished(before=db.session.scalars(select(Job)).one().finished_at.replace(year=2990)) == 1
    assert report() == []


def test_two_workers_at_once_do_each_record_once(app, kind, ask):
    """The second one has to wait for a record that the first one has in hand, and then finds it done."""
    user = make_user("anna")
    with unit_of_work():
        kind("test.rows", lambda *_: None)
        rows.enqueue_rows("test.rows", User, select(User).where(User.id == user.id), [], actor=SYSTEM)
    (row,) = db.session.scalars(select(JobRow)).all()
    batch = db.session.scalars(select(AuditBatch)).one().id
    ids, done = (row.id, row.record_id, batch), []
    db.session.rollback()

    def one() -> None:
        with app.app_context():
            rows._do(*ids, lambda user_id: (done.append(user_id), rename(user_id)))

    threads = [threading.Thread(target=one) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == [user.id]
