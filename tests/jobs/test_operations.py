"""Queueing, cancelling and forgetting jobs."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from admin_app.audit.models import AuditEntry
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ConflictError, ForbiddenError
from admin_app.core.permissions import SYSTEM, Letter, Rights, Scope, SystemActor
from admin_app.jobs import operations, queries
from admin_app.jobs.models import Job, JobState
from admin_app.jobs.operations import cancel_job, enqueue, forget_finished

READER = SystemActor(label="reader", id=7, rights=Rights({("job", Letter.READ): Scope.ALL}))
STRANGER = SystemActor(label="stranger", id=8, rights=Rights())


@pytest.fixture(autouse=True)
def _nothing(kind):
    kind("test.nothing", lambda _context, _payload: None)


def test_it_is_sent_after_the_commit(app, monkeypatch):
    sent = []
    monkeypatch.setattr(operations, "send", sent.append)
    with unit_of_work():
        job = enqueue("test.nothing", {"a": 1}, actor=SYSTEM)
        assert sent == []
    assert sent == [job.id]
    assert (job.payload, job.actor_name) == ({"a": 1}, "system")


def test_it_is_not_sent_when_nothing_was_stored(app, monkeypatch):
    sent = []
    monkeypatch.setattr(operations, "send", sent.append)
    with pytest.raises(ZeroDivisionError), unit_of_work():
        enqueue("test.nothing", {}, actor=SYSTEM)
        _ = 1 / 0
    assert sent == []
    assert db.session.scalar(select(Job.id)) is None


def test_a_kind_that_nobody_registered_is_a_fault_of_the_program(app):
    with pytest.raises(KeyError), unit_of_work():
        enqueue("test.typo", {}, actor=SYSTEM)


def test_there_is_one_live_job_of_a_key(ask, run):
    first = ask("test.nothing", unique_key="k")
    assert ask("test.nothing", unique_key="k").id == first.id
    run(first)
    assert ask("test.nothing", unique_key="k").id != first.id


def test_a_key_that_ended_in_that_moment_is_a_conflict(app, monkeypatch):
    monkeypatch.setattr(operations, "_insert", lambda _values: None)
    with pytest.raises(ConflictError), unit_of_work():
        enqueue("test.nothing", {}, actor=SYSTEM, unique_key="k")


class TestCancel:
    def test_one_that_waits_ends_at_once(self, ask):
        job = ask("test.nothing", unique_key="k")
        with unit_of_work():
            cancel_job(job, actor=SYSTEM)
        assert (job.state, job.unique_key) == (JobState.CANCELLED, None)
        assert db.session.scalars(select(AuditEntry.action)).all() == ["job.cancel"]

    def test_one_that_ended_cannot_be(self, ask, run):
        job = run(ask("test.nothing"))
        with pytest.raises(ConflictError), unit_of_work():
            cancel_job(job, actor=SYSTEM)
        assert job.state is JobState.DONE

    def test_it_needs_the_letter(self, ask):
        job = ask("test.nothing")
        with pytest.raises(ForbiddenError), unit_of_work():
            cancel_job(job, actor=READER)
        assert job.state is JobState.QUEUED


def test_finished_ones_are_forgotten_after_a_time(ask, run):
    old, new, waiting = ask("test.nothing"), ask("test.nothing"), ask("test.nothing")
    run(old)
    run(new)
    with unit_of_work():
        old.finished_at = now() - dt.timedelta(days=31)
    with unit_of_work():
        assert forget_finished() == 1
    assert set(db.session.scalars(select(Job.id))) == {new.id, waiting.id}


def test_who_may_read_jobs_sees_them(ask):
    job = ask("test.nothing")
    assert db.session.scalars(queries.visible_to(READER)).all() == [job]
    assert db.session.scalars(queries.visible_to(STRANGER)).all() == []


def test_jobs_that_nobody_takes_are_counted(ask):
    job = ask("test.nothing")
    assert queries.stuck_jobs(dt.timedelta(minutes=10)) == 0
    with unit_of_work():
        job.run_after = now() - dt.timedelta(minutes=11)
    assert queries.stuck_jobs(dt.timedelta(minutes=10)) == 1
    assert str(job) == f"test.nothing {job.public_id}"
