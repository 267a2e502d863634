"""Opening and closing by date: at once in every page, and in what is stored by a job."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from sqlalchemy import select, update

from admin_app.audit.models import AuditEntry
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ForbiddenError
from admin_app.core.permissions import SYSTEM
from admin_app.jobs.engine import sweep
from admin_app.jobs.kinds import JOB_KINDS, JobContext
from admin_app.jobs.models import Job
from admin_app.surveys import operations
from admin_app.surveys.availability import Availability, availability, shown_state
from admin_app.surveys.models import Survey, SurveyState
from admin_app.surveys.operations import closing
from tests.factories import login, make_survey, make_user
from tests.helpers import send

HOUR = dt.timedelta(hours=1)
KIND = "survey.close_expired"


def context():
    return JobContext(job_id=1, public_id="j", token="t", attempt=1, actor_id=None, actor_name="")


def run():
    return JOB_KINDS[KIND].run(context(), {})


def state_of(survey):
    return db.session.scalar(select(Survey.state).where(Survey.id == survey.id))


def told():
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "survey.close").order_by(AuditEntry.id))
    return [(one.record_id, one.actor_name, one.changes, one.reason) for one in entries]


def end(survey, moment=None):
    with unit_of_work() as session:
        session.execute(update(Survey).where(Survey.id == survey.id).values(closes_at=moment or now() - HOUR))
    db.session.expire_all()


class TestClosing:
    @pytest.mark.parametrize("paused", [False, True])
    def test_what_is_over_is_closed_and_told(self, app, paused):
        survey, going_on, endless = (make_survey(opened=True) for _ in range(3))
        if paused:
            with unit_of_work():
                operations.pause_survey(survey, actor=SYSTEM)
        end(survey)
        end(going_on, now() + HOUR)
        before = survey.lock_version
        assert closing.has_expired()
        assert run() == {"closed": 1}
        assert [state_of(one).value for one in (survey, going_on, endless)] == ["closed", "open", "open"]
        db.session.refresh(survey)
        assert survey.lock_version == before + 1
        change = {"state": ["paused" if paused else "open", "closed"]}
        assert told() == [(survey.id, SYSTEM.label, change, "Its closing time has passed.")]

    def test_again_nothing_happens(self, app):
        end(make_survey(opened=True))
        run()
        assert not closing.has_expired()
        assert run() == {"closed": 0}
        assert len(told()) == 1

    @pytest.mark.parametrize("state", ["draft", "closed", "archived", "deleted"])
    def test_others_stay_as_they_are(self, app, state):
        survey = make_survey(published=True) if state == "draft" else make_survey(opened=True)
        with unit_of_work():
            if state in {"closed", "archived"}:
                operations.close_survey(survey, actor=SYSTEM)
            if state == "archived":
                operations.archive_survey(survey, actor=SYSTEM)
            if state == "deleted":
                operations.delete_survey(survey, actor=SYSTEM)
        end(survey)
        entries = len(told())
        assert not closing.has_expired()
        assert run() == {"closed": 0}
        assert len(told()) == entries

    def test_many_in_chunks(self, app, monkeypatch):
        monkeypatch.setattr("admin_app.surveys.operations.closing.CHUNK", 2)
        monkeypatch.setattr("admin_app.surveys.date_jobs.CHUNK", 2)
        for _ in range(5):
            end(make_survey(opened=True))
        assert run() == {"closed": 5}
        assert len(told()) == 5

    def test_two_workers_close_each_once(self, app):
        for _ in range(6):
            end(make_survey(opened=True))
        barrier, closed = threading.Barrier(2), []

        def work():
            with app.app_context():
                barrier.wait()
                closed.append(run()["closed"])
                db.session.remove()

        threads = [threading.Thread(target=work) for _ in range(2)]
        for one in threads:
            one.start()
        for one in threads:
            one.join()
        assert sum(closed) == 6
        assert len(told()) == 6

    def test_it_needs_the_ability(self, app):
        survey = make_survey(opened=True)
        end(survey)
        viewer = make_user("vera", "viewer")
        with pytest.raises(ForbiddenError), unit_of_work():
            closing.close_expired(actor=viewer)
        assert state_of(survey) is SurveyState.OPEN


class TestPeriodic:
    def test_it_is_asked_for_only_when_there_is_something_to_do(self, app):
        survey = make_survey(opened=True)
        sweep(app)
        asked = select(Job.id).where(Job.kind == KIND)
        assert db.session.scalars(asked).all() == []
        end(survey)
        sweep(app)
        sweep(app)
        assert len(db.session.scalars(asked).all()) == 1
        assert JOB_KINDS[KIND].every == 60


class TestAtOnce:
    """Pages do not wait for the job: what they say goes by the clock."""

    def test_a_scheduled_survey_opens_by_itself(self, app, client):
        survey = make_survey(opened=True, opens_at=now() + HOUR)
        assert shown_state(survey, now()) == "scheduled"
        assert client.get(f"/s/{survey.public_id}").status_code == 403
        assert shown_state(survey, survey.opens_at) == "open"
        with unit_of_work():
            operations.update_survey(survey, {"opens_at": now() - HOUR}, actor=SYSTEM)
        assert client.get(f"/s/{survey.public_id}").status_code == 200
        assert state_of(survey) is SurveyState.OPEN

    def test_a_survey_that_is_over_takes_nothing_before_the_job_ran(self, app, client):
        survey = make_survey(opened=True)
        end(survey)
        assert shown_state(survey, now()) == "expired"
        assert client.get(f"/s/{survey.public_id}").status_code == 410
        run()
        db.session.refresh(survey)
        assert shown_state(survey, now()) == "closed"
        assert client.get(f"/s/{survey.public_id}").status_code == 410

    def test_it_can_be_opened_again_when_its_end_is_moved(self, app):
        survey = make_survey(opened=True)
        end(survey)
        run()
        db.session.refresh(survey)
        with unit_of_work():
            operations.update_survey(survey, {"closes_at": now() + HOUR}, actor=SYSTEM)
        with unit_of_work():
            operations.open_survey(survey, actor=SYSTEM)
        assert availability(survey, now()) is Availability.OPEN
        assert run() == {"closed": 0}


class TestTheQuestionBeforeOpening:
    @pytest.fixture
    def ask(self, client):
        login(client, make_user("root"))

        def ask(**dates):
            survey = make_survey(published=True, **dates)
            return send(client, "/admin/survey/open/", {"id": str(survey.id)}).text

        return ask

    def test_now(self, ask):
        assert "It takes replies from now on" in ask()

    def test_before_its_time(self, ask):
        page = ask(opens_at=dt.datetime(2999, 5, 1, 8, tzinfo=dt.UTC))
        assert "It takes replies from May 1, 2999" in page

    def test_after_its_time(self, ask):
        page = ask(closes_at=dt.datetime(2001, 5, 1, 8, tzinfo=dt.UTC))
        assert "Its closing time, May 1, 2001" in page
        assert "has passed" in page
