"""How a job runs and ends."""

from __future__ import annotations

import datetime as dt
import logging
import threading
import time

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError

from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ConflictError, InvalidError
from admin_app.jobs import engine, operations
from admin_app.jobs.kinds import JobDelayed, JobLost
from admin_app.jobs.models import Job, JobState


def change(job: Job, **values: object) -> None:
    with unit_of_work() as session:
        session.execute(update(Job).where(Job.id == job.id).values(**values))


def reread(job: Job) -> Job:
    """Read the row on fresh ground: on SQLite an open transaction sees the past."""
    job_id = job.id
    db.session.rollback()
    return db.session.get_one(Job, job_id, populate_existing=True)


def test_it_works(kind, ask, run):
    kind("test.count", lambda context, payload: {"counted": payload["to"], "for": context.actor_name})
    job = ask("test.count", {"to": 3})
    assert (job.state, job.attempts) == (JobState.QUEUED, 0)
    job = run(job)
    assert (job.state, job.result, job.attempts) == (JobState.DONE, {"counted": 3, "for": "system"}, 1)
    assert job.lease_until is None
    assert job.finished_at is not None


def test_one_job_never_runs_twice(kind, ask, run):
    seen = []
    kind("test.once", lambda context, _payload: seen.append(context.attempt))
    job = ask("test.once")
    run(job)
    run(job)
    assert seen == [1]


def test_of_many_workers_one_gets_it(app, kind, ask):
    seen, gate = [], threading.Barrier(6)

    def work() -> None:
        gate.wait()
        engine.run_job(app, job_id, threading.Event())

    kind("test.race", lambda context, _payload: seen.append(context.token))
    job_id = ask("test.race").id
    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 1


def test_it_does_not_run_before_its_time(kind, ask, run):
    kind("test.later", lambda _context, _payload: None)
    job = ask("test.later", run_after=now() + dt.timedelta(hours=1))
    assert job.sent_at is None
    assert run(job).state is JobState.QUEUED


def test_a_refusal_ends_it_with_its_sentence(kind, ask, run):
    def refuse(_context, _payload):
        raise InvalidError("The file has no rows.")

    kind("test.refuse", refuse)
    job = run(ask("test.refuse"))
    assert (job.state, job.error) == (JobState.FAILED, "The file has no rows.")


def test_a_fault_ends_it_with_an_id_that_is_in_the_log(kind, ask, run, caplog):
    kind("test.fault", lambda _context, _payload: 1 / 0)
    with caplog.at_level(logging.ERROR):
        job = run(ask("test.fault"))
    assert job.state is JobState.FAILED
    assert "ZeroDivisionError" not in job.error
    assert "broke off" in job.error
    assert "ZeroDivisionError" in caplog.text


def test_a_kind_that_nobody_knows_ends_it(kind, ask, run):
    kind("test.gone", lambda _context, _payload: None)
    job = ask("test.gone")
    change(job, kind="test.never")
    job = run(job)
    assert (job.state, job.error) == (JobState.FAILED, engine.UNKNOWN_KIND)


def lose_database(_context, _payload):
    raise OperationalError("SELECT 1", {}, Exception("server closed the connection"))


def test_a_database_that_went_away_is_waited_for(kind, ask, run):
    kind("test.lost", lose_database)
    job = run(ask("test.lost"))
    assert (job.state, job.attempts) == (JobState.QUEUED, 1)
    assert job.run_after > now()


def test_it_does_not_wait_for_ever(kind, ask, run):
    kind("test.lost", lose_database, max_attempts=1)
    assert run(ask("test.lost")).state is JobState.FAILED


def wait_for_the_server(_context, _payload):
    raise JobDelayed("The mail server does not answer.", dt.timedelta(minutes=5))


def test_what_is_away_is_waited_for_and_the_row_says_so(kind, ask, run):
    kind("test.waits", wait_for_the_server)
    job = run(ask("test.waits"))
    assert (job.state, job.attempts, job.error) == (JobState.QUEUED, 1, "The mail server does not answer.")
    assert dt.timedelta(minutes=4) < job.run_after - now() <= dt.timedelta(minutes=5)


def test_after_the_last_attempt_it_has_failed_for_that_reason(kind, ask, run):
    kind("test.waits", wait_for_the_server, max_attempts=1)
    job = run(ask("test.waits"))
    assert (job.state, job.error) == (JobState.FAILED, "The mail server does not answer.")


def test_when_it_succeeds_then_nothing_is_left_of_the_reason(kind, ask, run):
    kind("test.waits", lambda context, payload: wait_for_the_server(context, payload) if context.attempt == 1 else {})
    job = run(ask("test.waits"))
    change(job, run_after=now())
    job = run(job)
    assert (job.state, job.attempts, job.error) == (JobState.DONE, 2, "")


def test_progress_is_stored_and_the_lease_grows(app, kind, ask, run, monkeypatch):
    monkeypatch.setitem(app.config, "JOB_LEASE_SECONDS", 0.4)
    seen = []

    def work(context, _payload):
        context.progress(5, 10, "half of it")
        for _ in range(50):
            time.sleep(0.05)
            with app.app_context():
                row = db.session.get_one(Job, context.job_id)
                seen.append((row.progress_done, row.progress_total, row.message, row.lease_until))
            if len({one[3] for one in seen}) > 3:
                return

    kind("test.progress", work)
    job = run(ask("test.progress"))
    assert seen[-1][:3] == (5, 10, "half of it")
    assert seen[-1][3] > seen[0][3] + dt.timedelta(seconds=0.2)
    assert (job.state, job.progress_done) == (JobState.DONE, 5)


def test_progress_may_be_told_inside_a_unit_of_work(kind, ask, run):
    def work(context, _payload):
        with unit_of_work():
            context.progress(1, 1)

    kind("test.inside", work)
    assert run(ask("test.inside")).state is JobState.DONE


def test_cancelling_stops_it_at_its_next_step(app, kind, ask, run, monkeypatch):
    monkeypatch.setitem(app.config, "JOB_LEASE_SECONDS", 0.4)
    from admin_app.core.permissions import SYSTEM

    def work(context, _payload):
        with unit_of_work():
            operations.cancel_job(db.session.get_one(Job, context.job_id), actor=SYSTEM)
        for step in range(200):
            context.progress(step)
            time.sleep(0.02)

    kind("test.cancel", work)
    job = run(ask("test.cancel"))
    assert (job.state, job.unique_key) == (JobState.CANCELLED, None)


def test_a_worker_that_goes_down_gives_it_back(kind, ask, run):
    stopping = threading.Event()

    def work(context, _payload):
        stopping.set()
        context.progress(1)

    kind("test.stop", work)
    job = run(ask("test.stop"), stopping)
    assert (job.state, job.attempts, job.worker) == (JobState.QUEUED, 0, "")


def test_a_worker_whose_job_was_taken_over_writes_nothing_more(kind, ask, run):
    def work(context, _payload):
        with unit_of_work() as session:
            session.execute(update(Job).where(Job.id == context.job_id).values(worker="another"))
        return {"written": "too late"}

    kind("test.taken", work)
    job = run(ask("test.taken"))
    assert (job.state, job.worker, job.result) == (JobState.RUNNING, "another", None)


def test_it_learns_that_it_was_taken_over(app, kind, ask, run, monkeypatch):
    monkeypatch.setitem(app.config, "JOB_LEASE_SECONDS", 0.2)
    seen = []

    def work(context, _payload):
        with unit_of_work() as session:
            session.execute(update(Job).where(Job.id == context.job_id).values(worker="another"))
        try:
            for _ in range(200):
                context.progress(1)
                time.sleep(0.02)
        except JobLost:
            seen.append("lost")
            raise

    kind("test.learn", work)
    assert run(ask("test.learn")).worker == "another"
    assert seen == ["lost"]


def test_an_ending_that_cannot_be_stored_leaves_it_to_the_sweeper(kind, ask, run, monkeypatch):
    def fail(*_args):
        raise ConflictError("The database is away.")

    kind("test.end", lambda _context, _payload: None)
    monkeypatch.setattr(operations, "complete_job", fail)
    assert run(ask("test.end")).state is JobState.RUNNING


def test_a_heartbeat_that_fails_is_followed_by_another(app, kind, ask, run, monkeypatch):
    monkeypatch.setitem(app.config, "JOB_LEASE_SECONDS", 0.2)
    calls, extend = [], operations.extend_lease

    def sometimes(*args):
        calls.append(1)
        if len(calls) == 1:
            raise RuntimeError("cut")
        extend(*args)

    def work(_context, _payload):
        for _ in range(200):
            if len(calls) > 2:
                return
            time.sleep(0.02)

    monkeypatch.setattr(operations, "extend_lease", sometimes)
    kind("test.beat", work)
    assert run(ask("test.beat")).state is JobState.DONE
    assert len(calls) > 2


class TestSweep:
    def lose(self, job: Job, **values: object) -> None:
        past = now() - dt.timedelta(seconds=1)
        change(job, state=JobState.RUNNING, lease_until=past, worker="gone", **values)

    def test_it_takes_up_a_job_whose_lease_ran_out(self, app, kind, ask):
        kind("test.lost", lambda _context, _payload: None)
        job = ask("test.lost")
        self.lose(job, attempts=1)
        engine.sweep(app)
        job = reread(job)
        assert (job.state, job.worker, job.lease_until) == (JobState.QUEUED, "", None)

    def test_it_gives_up_after_the_last_attempt(self, app, kind, ask):
        kind("test.lost", lambda _context, _payload: None)
        job = ask("test.lost", unique_key="one")
        self.lose(job, attempts=3)
        engine.sweep(app)
        job = reread(job)
        assert (job.state, job.unique_key) == (JobState.FAILED, None)
        assert "3 times" in job.error

    def test_it_ends_what_was_cancelled(self, app, kind, ask):
        kind("test.lost", lambda _context, _payload: None)
        job = ask("test.lost")
        self.lose(job, cancel_requested=True)
        engine.sweep(app)
        job = reread(job)
        assert job.state is JobState.CANCELLED

    def test_it_leaves_a_job_with_a_lease_alone(self, app, kind, ask):
        kind("test.held", lambda _context, _payload: None)
        job = ask("test.held")
        change(job, state=JobState.RUNNING, lease_until=now() + dt.timedelta(seconds=30), worker="alive")
        engine.sweep(app)
        job = reread(job)
        assert (job.state, job.worker) == (JobState.RUNNING, "alive")

    @pytest.mark.parametrize(
        ("sent", "sends"), [(None, True), (dt.timedelta(seconds=61), True), (dt.timedelta(seconds=5), False)]
    )
    def test_it_sends_what_was_lost(self, app, kind, ask, monkeypatch, sent, sends):
        kind("test.unsent", lambda _context, _payload: None)
        job = ask("test.unsent")
        change(job, sent_at=None if sent is None else now() - sent)
        ids = []
        monkeypatch.setattr(operations, "send", ids.append)
        engine.sweep(app)
        assert (job.id in ids) is sends

    def test_it_asks_for_a_periodic_job_once_in_its_time(self, app, kind, run):
        kind("test.often", lambda _context, _payload: None, every=3600)
        engine.sweep(app)
        engine.sweep(app)
        jobs = db.session.scalars(select(Job).where(Job.kind == "test.often")).all()
        assert [job.unique_key for job in jobs] == ["periodic:test.often"]
        run(jobs[0])
        engine.sweep(app)
        assert db.session.scalar(select(func.count()).select_from(Job).where(Job.kind == "test.often")) == 1

    def test_it_asks_again_when_the_time_has_come_and_keeps_the_last(self, app, kind, run):
        kind("test.often", lambda _context, _payload: None, every=60)
        for _ in range(2):
            engine.sweep(app)
            db.session.rollback()
            job = db.session.scalars(select(Job).where(Job.kind == "test.often", Job.state == JobState.QUEUED)).one()
            run(job)
            change(job, finished_at=now() - dt.timedelta(seconds=61))
        assert db.session.scalar(select(func.count()).select_from(Job).where(Job.kind == "test.often")) == 1

    def test_it_asks_for_nothing_where_there_is_nothing_to_do(self, app, kind):
        kind("test.idle", lambda _context, _payload: None, every=1, due=lambda: False)
        engine.sweep(app)
        assert db.session.scalar(select(Job.id).where(Job.kind == "test.idle")) is None

    def test_the_sweeper_outlives_a_fault(self, app, monkeypatch):
        monkeypatch.setitem(app.config, "JOB_SWEEP_SECONDS", 0.01)
        stopping, calls = threading.Event(), []

        def sweep(_app):
            calls.append(1)
            if len(calls) == 1:
                raise RuntimeError("cut")
            stopping.set()

        monkeypatch.setattr(engine, "sweep", sweep)
        sweeper = engine.Sweeper(app, stopping)
        sweeper.start()
        sweeper.join(5)
        assert len(calls) == 2
