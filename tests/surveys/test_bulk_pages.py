"""Bulk actions on surveys and questions as the console offers them, and the page that tells how far a job is."""

from __future__ import annotations

import datetime as dt
import re
import threading

import pytest
from sqlalchemy import select

from admin_app.core.db import db, unit_of_work
from admin_app.jobs.engine import run_job
from admin_app.jobs.models import Job, JobState
from admin_app.surveys.models import Question, Section, Survey, SurveyState
from admin_app.surveys.queries import draft_questionnaire
from tests.factories import login, make_role, make_survey, make_user
from tests.helpers import send, token_of


@pytest.fixture
def root(client):
    """An administrator who is logged in."""
    user = make_user("root", time_zone="Europe/Berlin")
    login(client, user)
    return user


@pytest.fixture
def act(client):
    """Choose rows, be asked, answer: `act("survey", "close", surveys, note="x")` returns the page and the answer."""

    def act(resource, name, records, **fields):
        url = f"/admin/{resource}/action/"
        page = send(client, url, {"action": name, "rowid": [record.id for record in records]})
        assert page.status_code == 200, page.text
        hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text)
        data: dict[str, list[str]] = {"csrf_token": [token_of(page.text)]}
        for key, value in hidden:
            data.setdefault(key, []).append(value)
        return page.text, client.post(url, data={**data, **{key: [value] for key, value in fields.items()}})

    return act


def work_off(app) -> Job:
    job_id = db.session.scalars(select(Job.id).where(Job.state == JobState.QUEUED, Job.kind.like("%.%e"))).first()
    job_id = job_id or db.session.scalars(select(Job.id).where(Job.kind == "survey.publish")).one()
    db.session.rollback()
    run_job(app, job_id, threading.Event())
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Job, job_id)


class TestSurveys:
    def test_publishing_leads_to_its_report(self, client, app, root, act):
        draft, same = make_survey(root, title="Draft"), make_survey(root, title="Same", published=True)
        page, done = act("survey", "publish", [draft, same])
        assert "Publish 2 surveys?" in page
        assert done.status_code == 303
        assert re.fullmatch(r"/admin/work/\w+", done.location)
        waiting = client.get(done.location).text
        assert "2 surveys are being published" in waiting
        assert 'hx-trigger="every 2s"' in waiting
        assert "Publish 2 surveys" in waiting
        work_off(app)
        report = client.get(done.location).text
        assert "hx-trigger" not in report
        assert "All 2 were looked at." in report
        assert "Nothing has changed since version 1 was published." in report
        assert f'href="/admin/survey/details/?id={draft.id}"' in report
        only = client.get(f"{done.location}?state=skipped").text
        assert f"id={draft.id}" not in only
        assert f"id={same.id}" in only
        assert draft.current_version.number == 1

    def test_while_it_runs_the_page_asks_for_its_part(self, client, app, root, act):
        _page, done = act("survey", "publish", [make_survey(root)])
        part = client.get(done.location, headers={"HX-Request": "true"})
        assert part.text.lstrip().startswith('<div class="cv-work" id="work" hx-get=')
        assert "HX-Refresh" not in part.headers
        work_off(app)
        assert client.get(done.location, headers={"HX-Request": "true"}).headers["HX-Refresh"] == "true"

    def test_cancelling(self, client, app, root, act):
        survey = make_survey(root)
        _page, done = act("survey", "publish", [survey])
        assert send(client, f"{done.location}/cancel", page=done.location).status_code == 303
        page = client.get(done.location).text
        assert "Somebody cancelled it: 0 of 1 were looked at." in page
        assert "Not done" in page
        assert "/cancel" not in page
        assert send(client, f"{done.location}/cancel").status_code == 303
        assert "This job has come to its end already." in client.get(done.location).text
        assert survey.current_version is None

    def test_whose_job_it_is(self, client, app, root, act):
        _page, done = act("survey", "publish", [make_survey(root)])
        login(client, make_user("rita", make_role("Reader", survey="R:all")))
        assert client.get(done.location).status_code == 404
        assert send(client, f"{done.location}/cancel").status_code == 404
        login(client, make_user("ida", make_role("Operator", survey="R:all", job="R:all")))
        assert client.get(done.location).status_code == 200
        assert send(client, f"{done.location}/cancel").status_code == 303
        assert db.session.scalars(select(Job).where(Job.kind == "survey.publish")).one().state is JobState.QUEUED

    @pytest.mark.parametrize("key", ["nothing", "a" * 500, "☃"])
    def test_there_is_no_such_job(self, client, root, key):
        assert client.get(f"/admin/work/{key}").status_code == 404

    def test_other_jobs_have_no_such_page(self, client, root):
        with unit_of_work() as session:
            job = Job(kind="jobs.tidy", actor_id=root.id)
            session.add(job)
        assert client.get(f"/admin/work/{job.public_id}").status_code == 404

    def test_a_closing_date_is_typed_in_the_reader_s_zone(self, client, root, act):
        survey = make_survey(root)
        page, done = act("survey", "closing_date", [survey], how="set", closes_at="2027-07-01T18:00", days="")
        assert "Europe/Berlin" in page
        assert done.status_code == 303
        db.session.refresh(survey)
        assert survey.closes_at == dt.datetime(2027, 7, 1, 16, tzinfo=dt.UTC)
        assert "Closing date of 1 survey changed" in client.get("/admin/survey/").text

    def test_putting_off_and_taking_away(self, client, root, act):
        moment = dt.datetime(2027, 7, 1, 16, tzinfo=dt.UTC)
        survey, without = make_survey(root, closes_at=moment), make_survey(root, title="Without")
        assert act("survey", "closing_date", [survey, without], how="extend", days="7")[1].status_code == 303
        db.session.refresh(survey)
        assert survey.closes_at == moment + dt.timedelta(days=7)
        assert "Without – It has no closing date" in client.get("/admin/survey/").text
        assert act("survey", "closing_date", [survey], how="never")[1].status_code == 303
        db.session.refresh(survey)
        assert survey.closes_at is None

    @pytest.mark.parametrize(
        ("fields", "at"),
        [
            ({"how": "set", "closes_at": ""}, "closes_at"),
            ({"how": "set", "closes_at": "tomorrow"}, "closes_at"),
            ({"how": "extend", "days": ""}, "days"),
            ({"how": "extend", "days": "many"}, "days"),
            ({"how": "extend", "days": "0"}, "days"),
            ({"how": "extend", "days": "99999"}, "days"),
            ({"how": "forged"}, "how"),
            ({}, "closes_at"),
        ],
    )
    def test_what_cannot_be_taken_stands_at_its_field(self, client, root, act, fields, at):
        moment = dt.datetime(2027, 7, 1, 16, tzinfo=dt.UTC)
        survey = make_survey(root, closes_at=moment)
        page = act("survey", "closing_date", [survey], **fields)[1]
        assert page.status_code == 422
        assert f'href="#{at}"' in page.text
        db.session.refresh(survey)
        assert survey.closes_at == moment

    def test_what_the_other_answer_needs_is_not_looked_at(self, client, root, act):
        survey = make_survey(root, closes_at=dt.datetime(2027, 7, 1, 16, tzinfo=dt.UTC))
        assert act("survey", "closing_date", [survey], how="never", closes_at="rubbish", days="x")[1].status_code == 303

    def test_an_owner_is_chosen(self, client, root, act):
        heir, survey = make_user("heir", name="Henriette"), make_survey(root)
        _page, done = act("survey", "change_owner", [survey], owner=str(heir.id))
        assert done.status_code == 303
        db.session.refresh(survey)
        assert survey.owner_id == heir.id
        assert "1 survey belongs to Henriette now" in client.get("/admin/survey/").text

    def test_archiving(self, client, root, act):
        survey = make_survey(root)
        page, done = act("survey", "archive", [survey])
        assert "This is for good." in page
        db.session.refresh(survey)
        assert (done.status_code, survey.state) == (303, SurveyState.ARCHIVED)

    def test_duplicating(self, client, app, root, act):
        survey = make_survey(root)
        _page, done = act("survey", "duplicate", [survey])
        job = db.session.scalars(select(Job).where(Job.kind == "survey.duplicate")).one()
        db.session.rollback()
        run_job(app, job.id, threading.Event())
        assert "Duplicate 1 survey" in client.get(done.location).text
        assert len(db.session.scalars(select(Survey)).all()) == 2

    def test_only_what_one_may_is_offered(self, client):
        login(client, make_user("anna", make_role("Own", survey="RU:own", question="R:own")))
        names = re.findall(r'name="action" value="(\w+)"', client.get("/admin/survey/").text)
        for name in ("change_owner", "duplicate", "publish", "archive"):
            assert name not in names
            data = {"action": name, "rowid": ["1"]}
            assert send(client, "/admin/survey/action/", data).status_code == 403


class TestQuestions:
    def one(self, survey, key):
        return db.session.scalars(select(Question).where(Question.survey_id == survey.id, Question.key == key)).one()

    @pytest.mark.parametrize(
        ("name", "field", "value"),
        [("require", "required", True), ("retire", "retired", True), ("delete", "deleted", True)],
    )
    def test_it_is_done(self, client, root, act, name, field, value):
        question = self.one(make_survey(root), "name")
        page, done = act("question", name, [question])
        assert ("1 question" in page, done.status_code) == (True, 303)
        db.session.refresh(question)
        found = {
            "required": question.required,
            "retired": question.retired_at is not None,
            "deleted": question.deleted_at is not None,
        }
        assert found[field] is value

    def test_back_and_optional(self, client, root, act):
        question = self.one(make_survey(root), "age")
        act("question", "retire", [question])
        assert act("question", "restore", [question])[1].status_code == 303
        assert act("question", "optional", [question])[1].status_code == 303
        db.session.refresh(question)
        assert (question.retired_at, question.required) == (None, False)

    def test_moving_within_one_survey(self, client, root, act):
        survey = make_survey(root)
        sections = db.session.scalars(
            select(Section).where(Section.survey_id == survey.id).order_by(Section.rank)
        ).all()
        page, done = act("question", "move", [self.one(survey, "name")], section=str(sections[1].id))
        assert f'<option value="{sections[1].id}">Your work</option>' in page
        assert "<optgroup" not in page
        assert done.status_code == 303
        keys = [question.key for question in draft_questionnaire(survey).sections[1].questions]
        assert keys[-1] == "name"

    def test_moving_where_several_surveys_are_chosen(self, client, root, act):
        one, two = make_survey(root, title="One"), make_survey(root, title="Two")
        target = db.session.scalars(
            select(Section).where(Section.survey_id == two.id).order_by(Section.rank.desc())
        ).first()
        chosen = [self.one(one, "name"), self.one(two, "name")]
        page, done = act("question", "move", chosen, section=str(target.id))
        assert page.count("<optgroup") == 2
        assert done.status_code == 303
        assert "The section belongs to another survey" in client.get("/admin/question/").text
        assert draft_questionnaire(one).sections[0].questions[1].key == "name"
        assert draft_questionnaire(two).sections[1].questions[-1].key == "name"

    def test_a_section_of_another_survey_cannot_be_forged(self, client, root, act):
        one, two = make_survey(root), make_survey(root)
        target = db.session.scalars(select(Section).where(Section.survey_id == two.id)).first()
        for forged in (str(target.id), "0", "x", "", "9" * 30):
            assert act("question", "move", [self.one(one, "name")], section=forged)[1].status_code == 422
        assert draft_questionnaire(one).sections[0].questions[1].key == "name"

    def test_duplicating(self, client, app, root, act):
        survey = make_survey(root)
        _page, done = act("question", "duplicate", [self.one(survey, "name")])
        job = db.session.scalars(select(Job).where(Job.kind == "question.duplicate")).one()
        db.session.rollback()
        run_job(app, job.id, threading.Event())
        assert "All 1 were looked at." in client.get(done.location).text
        assert "name_2" in draft_questionnaire(survey).by_key

    def test_filters_and_search(self, client, root, act):
        survey = make_survey(root)
        question = self.one(survey, "name")
        act("question", "retire", [question])
        listed = client.get("/admin/question/?g1.retired_at_given=1").text
        assert "Your name" in listed
        assert "Your age" not in listed
        assert "Your name" not in client.get("/admin/question/?g1.retired_at_given=0").text
        assert "Your height" in client.get("/admin/question/?search=Such+as").text
        assert "Before you start" in client.get("/admin/question/?search=take+your").text

    def test_one_is_deleted_from_its_page(self, client, root):
        survey, published = make_survey(root), make_survey(root, published=True)
        question, old = self.one(survey, "name"), self.one(published, "name")
        page = send(client, "/admin/question/delete/", {"id": question.id})
        assert page.status_code == 200
        assert send(client, "/admin/question/delete/", {"id": question.id, "confirmed": "1"}).status_code == 303
        send(client, "/admin/question/delete/", {"id": old.id, "confirmed": "1"})
        assert "Retire it; its answers stay." in client.get("/admin/question/").text
        db.session.expire_all()
        assert question.deleted_at is not None
        assert old.deleted_at is None
