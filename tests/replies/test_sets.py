"""All replies that match, changed by a job and taken back by one: once, while it is fresh, also over a dead worker."""

from __future__ import annotations

import datetime as dt
import re
import signal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, insert, select, update

from admin_app.audit.models import AuditBatch, AuditEntry
from admin_app.console import set_jobs, undo_jobs
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ConflictError, NotFoundError
from admin_app.core.permissions import SYSTEM
from admin_app.jobs import chunks
from admin_app.jobs.models import Job, JobMark, JobRow, JobState
from admin_app.jobs.operations import resume_job
from admin_app.replies.bulk_operations import review_replies
from admin_app.replies.models import Reply, ReviewStatus
from admin_app.settings.operations import change_settings
from tests.factories import SAMPLE_ANSWERS, login, make_survey, make_user
from tests.helpers import send, token_of, work
from tests.jobs.test_worker import start_worker, wait_for  # noqa: F401 - a fixture

ALL = select(Reply)
NEW, APPROVED, SPAM = ReviewStatus.NEW, ReviewStatus.APPROVED, ReviewStatus.SPAM


def many(number: int) -> list[int]:
    """So many replies to one survey; their ids."""
    survey = make_survey(opened=True)
    common = {"survey_id": survey.id, "version_id": survey.current_version_id, "answers": SAMPLE_ANSWERS}
    with unit_of_work() as session:
        session.execute(insert(Reply), [dict(common) for _number in range(number)])
    return list(db.session.scalars(select(Reply.id).order_by(Reply.id)))


def statuses() -> dict[ReviewStatus, int]:
    db.session.rollback()
    counted = db.session.execute(select(Reply.review_status, func.count()).group_by(Reply.review_status))
    return {row[0]: row[1] for row in counted}


@pytest.fixture
def anna(client: FlaskClient):
    user = make_user()
    login(client, user)
    return user


def begin(client: FlaskClient, action: str = "approve", query: str = "g1.review_status=new", **form: str) -> Job:
    """Agree to an action on all that match, and return its job."""
    page = client.get(f"/admin/reply/?{query}").text
    token = re.search(r'name="all_matching" value="([^"]+)"', page)
    assert token
    asked = send(client, "/admin/reply/action/", {"action": action, "all_matching": token[1]}).text
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', asked))
    assert "in the background" in asked
    answer = client.post("/admin/reply/action/", data={**fields, "csrf_token": token_of(asked), **form})
    return job_at(answer.headers["Location"])


def job_at(address: str) -> Job:
    return db.session.scalars(select(Job).where(Job.public_id == address.rpartition("/")[2])).one()


def undo(client: FlaskClient, batch: AuditBatch):
    return send(client, f"/admin/undo/{batch.public_id}", {"url": "/admin/reply/"})


def last_batch() -> AuditBatch:
    return db.session.scalars(select(AuditBatch).order_by(AuditBatch.id.desc())).first()


@pytest.fixture
def small(monkeypatch):
    """Jobs begin early, and go in small chunks."""
    monkeypatch.setattr(set_jobs, "MOST_AT_ONCE", 20)
    monkeypatch.setattr(undo_jobs, "MOST_AT_ONCE", 20)
    monkeypatch.setattr(chunks, "CHUNK", 10)


@pytest.mark.usefixtures("small")
class TestUndo:
    def test_there_and_back(self, app, client, anna):
        """The action takes the replies out of its own filter, chunk by chunk."""
        many(35)
        job = work(app, begin(client))
        assert job.result == {"done": 35, "skipped": 0, "failed": 0}
        assert statuses() == {APPROVED: 35}
        batch = last_batch()
        assert f"/admin/undo/{batch.public_id}" in client.get(f"/admin/work/{job.public_id}").text
        answer = undo(client, batch)
        assert answer.status_code == 303
        back = work(app, job_at(answer.headers["Location"]))
        assert back.result == {"done": 35, "skipped": 0, "failed": 0}
        assert statuses() == {NEW: 35}
        assert "Undo: 35" in client.get(f"/admin/work/{back.public_id}").text
        assert f"/admin/undo/{batch.public_id}" not in client.get(f"/admin/work/{job.public_id}").text

    def test_what_was_changed_since_is_named(self, app, client, anna):
        """Also what was changed between two chunks of the job, before its last entry was written."""
        ids = many(35)
        job, change = begin(client), set_jobs._Rows.change
        spoilt = iter([True])

        def between(self, keys, batch):
            if keys[0] == ids[10] and next(spoilt, False):
                review_replies(ALL.where(Reply.id == ids[0]), SPAM, actor=SYSTEM, batch=other)
            return change(self, keys, batch)

        with unit_of_work() as session:
            other = AuditBatch(action="reply.spam", resource="reply", actor_id=None, actor_name="system", records=0)
            session.add(other)
        set_jobs._Rows.change = between
        try:
            work(app, job)
        finally:
            set_jobs._Rows.change = change
        batch = db.session.scalars(select(AuditBatch).where(AuditBatch.action == "reply.approve")).one()
        back = work(app, job_at(undo(client, batch).headers["Location"]))
        assert back.result == {"done": 34, "skipped": 1, "failed": 0}
        row = db.session.scalars(select(JobRow).where(JobRow.job_id == back.id)).one()
        assert (row.record_id, row.reason) == (ids[0], "It was changed since.")
        assert statuses() == {NEW: 34, SPAM: 1}

    def test_the_second_click_is_told(self, app, client, anna):
        many(35)
        work(app, begin(client))
        batch = last_batch()
        assert "/admin/work/" in undo(client, batch).headers["Location"]
        assert undo(client, batch).headers["Location"] == "/admin/reply/"
        assert "This was undone already." in client.get("/admin/reply/").text
        assert len(db.session.scalars(select(Job).where(Job.kind == "console.undo")).all()) == 1

    def test_not_while_it_runs(self, client, anna):
        many(35)
        begin(client)
        batch = last_batch()
        undo(client, batch)
        assert "This is still running." in client.get("/admin/reply/").text
        db.session.refresh(batch)
        assert batch.undone_at is None
        assert statuses() == {NEW: 35}

    def cancelled_undo(self, app, client, monkeypatch) -> Job:
        """An undo of 35 that was cancelled after 20."""
        ids = many(35)
        work(app, begin(client))
        change = undo_jobs._Undone.change

        def cancel(self, keys, batch):
            if keys[0] == ids[10]:
                self.context.cancelled.set()
            return change(self, keys, batch)

        with monkeypatch.context() as patch:
            patch.setattr(undo_jobs._Undone, "change", cancel)
            job = work(app, job_at(undo(client, last_batch()).headers["Location"]))
        assert job.state is JobState.CANCELLED
        assert statuses() == {APPROVED: 15, NEW: 20}
        return job

    def test_an_undo_that_was_cancelled_goes_on(self, app, client, anna, monkeypatch):
        job = self.cancelled_undo(app, client, monkeypatch)
        address = f"/admin/work/{job.public_id}"
        assert f"{address}/resume" in client.get(address).text
        send(client, f"{address}/resume")
        assert f"{address}/resume" not in client.get(address).text
        # The second click.
        send(client, f"{address}/resume")
        assert "This cannot go on." in client.get(address).text
        assert work(app, job).result == {"done": 35, "skipped": 0, "failed": 0}
        assert statuses() == {NEW: 35}
        assert f"{address}/resume" not in client.get(address).text
        assert len(db.session.scalars(select(AuditEntry).where(AuditEntry.action == "job.resume")).all()) == 1

    def test_an_undo_goes_on_for_whoever_began_it_alone_and_in_time(self, app, client, anna, monkeypatch):
        job = self.cancelled_undo(app, client, monkeypatch)
        address = f"/admin/work/{job.public_id}"
        other = app.test_client()
        login(other, make_user("berta"))
        assert f"{address}/resume" not in other.get(address).text
        send(other, f"{address}/resume")
        with pytest.raises(NotFoundError), unit_of_work():
            resume_job(job, actor=SYSTEM)
        with unit_of_work():
            db.session.get_one(Job, job.id).finished_at = now() - dt.timedelta(minutes=31)
        assert f"{address}/resume" not in client.get(address).text
        send(client, f"{address}/resume")
        db.session.expire_all()
        assert db.session.get_one(Job, job.id).state is JobState.CANCELLED
        assert statuses() == {APPROVED: 15, NEW: 20}

    def test_a_job_that_was_done_is_not_begun_again(self, app, client, anna):
        many(35)
        job = work(app, begin(client))
        send(client, f"/admin/work/{job.public_id}/resume")
        with pytest.raises(ConflictError), unit_of_work():
            resume_job(job, actor=anna)
        db.session.expire_all()
        assert db.session.get_one(Job, job.id).state is JobState.DONE

    def test_after_it_was_cancelled_what_was_done_comes_back(self, app, client, anna, monkeypatch):
        ids = many(35)
        job, change = begin(client), set_jobs._Rows.change

        def cancel(self, keys, batch):
            if keys[0] == ids[10]:
                self.context.cancelled.set()
            return change(self, keys, batch)

        monkeypatch.setattr(set_jobs._Rows, "change", cancel)
        assert work(app, job).state is JobState.CANCELLED
        assert statuses() == {APPROVED: 20, NEW: 15}
        answer = undo(client, last_batch())
        assert work(app, job_at(answer.headers["Location"])).result == {"done": 20, "skipped": 0, "failed": 0}
        assert statuses() == {NEW: 35}

    def test_the_time_runs_from_the_end_of_the_job(self, app, client, anna):
        many(35)
        job = work(app, begin(client))
        batch = last_batch()
        with unit_of_work() as session:
            session.execute(update(AuditBatch).values(at=now() - dt.timedelta(hours=2)))
        db.session.expire_all()
        with unit_of_work() as session:
            session.execute(update(Job).where(Job.id == job.id).values(finished_at=now() - dt.timedelta(hours=1)))
        db.session.expire_all()
        undo(client, batch)
        assert "for 30 minutes only" in client.get("/admin/reply/").text
        with unit_of_work():
            change_settings({"undo_minutes": 90}, actor=SYSTEM)
        assert "/admin/work/" in undo(client, batch).headers["Location"]

    def test_the_time_is_what_the_administrator_says(self, client, anna):
        many(25)
        with unit_of_work():
            change_settings({"undo_minutes": 0}, actor=SYSTEM)
        page = client.get("/admin/reply/?g1.review_status=new").text
        token = re.search(r'name="all_matching" value="([^"]+)"', page)[1]
        asked = send(client, "/admin/reply/action/", {"action": "approve", "all_matching": token}).text
        assert "This cannot be undone." in asked

    def test_batches_that_are_not_ones_own(self, app, client, anna):
        many(35)
        work(app, begin(client))
        batch = last_batch()
        other = app.test_client()
        login(other, make_user("ben"))
        assert undo(other, batch).status_code == 404
        for name in ("unknown", "0", batch.public_id + "x", "é"):
            answer = send(client, f"/admin/undo/{name}", {"url": "/admin/reply/"})
            assert answer.status_code == 404, name
        assert statuses() == {APPROVED: 35}

    def test_flagging_has_its_reason_in_each_entry(self, app, client, anna):
        many(25)
        work(app, begin(client, "flag", reason="All from one address"))
        reasons = db.session.scalars(select(AuditEntry.reason).where(AuditEntry.action == "reply.flag")).all()
        assert reasons == ["All from one address"] * 25


def test_a_worker_that_is_killed_in_the_middle(app, client, anna, start_worker, monkeypatch):  # noqa: F811
    """Taken up again to the end, nothing applied twice, and the mark tells how far the first one came."""
    number = 12_000
    ids = many(number)
    job = begin(client)
    first = start_worker()
    job_id = job.id

    def mark() -> JobMark:
        db.session.rollback()
        return db.session.get_one(JobMark, job_id, populate_existing=True)

    wait_for(lambda: mark().last_key > 0)
    first.send_signal(signal.SIGKILL)
    first.wait()
    stopped = mark()
    at, done = stopped.last_key, stopped.done
    assert 0 < done < number
    assert at == ids[done - 1]
    assert statuses()[APPROVED] == done
    start_worker()
    wait_for(lambda: db.session.get_one(Job, job_id, populate_existing=True).state is JobState.DONE, 60)
    assert db.session.get_one(Job, job_id).result == {"done": number, "skipped": 0, "failed": 0}
    assert statuses() == {APPROVED: number}
    told = select(func.count(), func.count(AuditEntry.record_id.distinct())).where(AuditEntry.action == "reply.approve")
    assert tuple(db.session.execute(told).one()) == (number, number)
