"""What is done to many surveys at once: what changes, what does not and why, and one batch for all of it."""

from __future__ import annotations

import datetime as dt
import threading
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update

from admin_app.audit.models import AuditBatch, AuditEntry
from admin_app.core.bulk import BulkResult
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ForbiddenError, InvalidError, NotFoundError
from admin_app.core.permissions import SYSTEM
from admin_app.jobs.engine import run_job
from admin_app.jobs.models import Job, JobRow, JobState, RowState
from admin_app.jobs.operations import cancel_job
from admin_app.surveys import operations
from admin_app.surveys.models import Survey, SurveyState
from admin_app.surveys.queries import draft_questionnaire
from tests.factories import make_role, make_survey, make_user
from tests.helpers import count_statements, reasons

MAY = dt.datetime(2027, 5, 1, 12, tzinfo=dt.UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def chosen(*surveys: Survey):
    return select(Survey).where(Survey.id.in_([survey.id for survey in surveys]))


def closing(*surveys: Survey) -> list[dt.datetime | None]:
    db.session.rollback()
    db.session.expire_all()
    return [survey.closes_at for survey in surveys]


def entries(action: str) -> list[AuditEntry]:
    found = select(AuditEntry).where(AuditEntry.action == action, AuditEntry.actor_id.is_not(None))
    return list(db.session.scalars(found.order_by(AuditEntry.id)))


def put(survey: Survey, state: SurveyState) -> Survey:
    with unit_of_work() as session:
        session.execute(update(Survey).where(Survey.id == survey.id).values(state=state))
    db.session.refresh(survey)
    return survey


class TestClosingDates:
    def test_they_are_set(self, app, unit):
        root = make_user("root")
        one, two = make_survey(root), make_survey(root, closes_at=MAY - dt.timedelta(days=9))
        versions = [one.lock_version, two.lock_version]
        result = unit(operations.set_closing_dates, chosen(one, two), MAY, actor=root)
        assert (result.done, result.skipped, closing(one, two)) == (2, [], [MAY, MAY])
        assert [one.lock_version, two.lock_version] == [version + 1 for version in versions]
        changes = {entry.record_id: entry.changes["closes_at"] for entry in entries("survey.closing_date")}
        before = (MAY - dt.timedelta(days=9)).isoformat()
        assert changes == {one.id: [None, MAY.isoformat()], two.id: [before, MAY.isoformat()]}

    def test_they_are_taken_away(self, app, unit):
        one, two = make_survey(closes_at=MAY), make_survey(title="Never closed")
        result = unit(operations.set_closing_dates, chosen(one, two), None, actor=SYSTEM)
        assert (result.done, closing(one)) == (1, [None])
        assert reasons(result) == [("Never closed", "It closes then already.")]

    def test_who_is_left_alone_and_why(self, app, unit):
        surveys = [
            make_survey(title="Opens later", opens_at=MAY + dt.timedelta(days=1)),
            make_survey(title="Opens then", opens_at=MAY),
            make_survey(title="The same", closes_at=MAY),
            put(make_survey(title="Put away"), SurveyState.ARCHIVED),
        ]
        gone = make_survey(title="Gone")
        unit(operations.delete_survey, gone, actor=SYSTEM)
        result = unit(operations.set_closing_dates, chosen(*surveys, gone), MAY, actor=SYSTEM)
        assert result.done == 0
        assert sorted(reasons(result)) == [
            ("Opens later", "It would close before it opens."),
            ("Opens then", "It would close before it opens."),
            ("Put away", "This survey is archived and cannot be changed."),
            ("The same", "It closes then already."),
        ]
        assert closing(*surveys, gone) == [None, None, MAY, None, None]

    def test_they_are_put_off_to_the_same_time_of_day(self, app, unit):
        """also where the clock changes in between."""
        before = dt.datetime(2027, 3, 27, 17, tzinfo=BERLIN)
        survey, open_end = make_survey(closes_at=before), make_survey(title="Without")
        result = unit(operations.extend_closing_dates, chosen(survey, open_end), 2, BERLIN, actor=SYSTEM)
        assert closing(survey) == [dt.datetime(2027, 3, 29, 17, tzinfo=BERLIN)]
        assert reasons(result) == [("Without", "It has no closing date.")]

    def test_dates_at_the_end_of_the_calendar_stay(self, app, unit):
        survey = make_survey(title="Eternal", closes_at=dt.datetime(2998, 1, 1, tzinfo=dt.UTC))
        result = unit(operations.extend_closing_dates, chosen(survey), 3660, BERLIN, actor=SYSTEM)
        assert reasons(result) == [("Eternal", "Its closing date is too far away.")]

    @pytest.mark.parametrize("days", [0, -1, 3661])
    def test_other_numbers_of_days_are_refused(self, app, unit, days):
        survey = make_survey(closes_at=MAY)
        with pytest.raises(InvalidError) as caught:
            unit(operations.extend_closing_dates, chosen(survey), days, BERLIN, actor=SYSTEM)
        assert "days" in caught.value.fields
        assert closing(survey) == [MAY]

    def test_a_moment_without_a_zone_is_refused(self, app, unit):
        survey = make_survey()
        with pytest.raises(InvalidError):
            unit(operations.set_closing_dates, chosen(survey), dt.datetime(2027, 1, 1), actor=SYSTEM)  # noqa: DTZ001
        assert closing(survey) == [None]

    def test_rights(self, app, unit):
        anna = make_user("anna", make_role("Own", survey="R:all U:own"))
        own, foreign = make_survey(anna), make_survey(title="Foreign")
        result = unit(operations.set_closing_dates, chosen(own, foreign), MAY, actor=anna)
        assert (result.done, closing(own, foreign)) == (1, [MAY, None])
        assert reasons(result) == [("Foreign", "You may not change this survey.")]
        reader = make_user("rita", "viewer")
        for operation in (operations.set_closing_dates, operations.extend_closing_dates):
            with pytest.raises(ForbiddenError):
                more = (MAY,) if operation is operations.set_closing_dates else (3, BERLIN)
                unit(operation, chosen(own), *more, actor=reader)
        assert closing(own) == [MAY]

    def test_it_takes_few_statements(self, app, unit):
        surveys = [make_survey(closes_at=MAY) for _ in range(30)]
        with count_statements(db.engine) as statements:
            unit(operations.extend_closing_dates, chosen(*surveys), 1, BERLIN, actor=SYSTEM)
        assert len(statements) <= 12
        assert closing(*surveys) == [MAY + dt.timedelta(days=1)] * 30


class TestOwners:
    def test_they_change(self, app, unit):
        root, heir = make_user("root"), make_user("heir")
        survey, his = make_survey(root), make_survey(heir, title="His")
        result = unit(operations.change_owners, chosen(survey, his), heir, actor=root)
        assert (result.done, survey.owner_id) == (1, heir.id)
        assert reasons(result) == [("His", "It belongs to this user already.")]
        (entry,) = entries("survey.change_owner")
        assert (entry.record_id, entry.changes) == (survey.id, {"owner_id": [root.id, heir.id]})

    def test_whoever_may_not_change_every_survey_gives_none_away(self, app, unit):
        anna, heir = make_user("anna", make_role("Own", survey="CRUD:own")), make_user("heir")
        survey = make_survey(anna)
        with pytest.raises(ForbiddenError):
            unit(operations.change_owners, chosen(survey), heir, actor=anna)
        db.session.refresh(survey)
        assert survey.owner_id == anna.id

    def test_nobody_who_is_gone_gets_one(self, app, unit):
        root, heir = make_user("root"), make_user("heir", deleted_at=MAY)
        survey = make_survey(root)
        with pytest.raises(InvalidError):
            unit(operations.change_owners, chosen(survey), heir, actor=root)
        db.session.refresh(survey)
        assert survey.owner_id == root.id


def test_archiving(app, unit):
    draft, opened = make_survey(), make_survey(opened=True, title="Open")
    result = unit(operations.archive_surveys, chosen(draft, opened), actor=SYSTEM, batch=None)
    assert (result.done, draft.state, opened.state) == (1, SurveyState.ARCHIVED, SurveyState.OPEN)
    assert reasons(result) == [("Open", "Only a draft or closed survey can be archived; this one is open.")]


def work(app, result: BulkResult) -> Job:
    """Run the job of a bulk operation, as a worker does."""
    job_id = db.session.scalars(select(Job.id).where(Job.public_id == result.job)).one()
    db.session.rollback()
    run_job(app, job_id, threading.Event())
    db.session.rollback()
    db.session.expire_all()
    return db.session.get_one(Job, job_id)


def report(job: Job) -> list[tuple[str, str, str]]:
    rows = db.session.scalars(select(JobRow).where(JobRow.job_id == job.id).order_by(JobRow.id))
    return [(row.name, row.state.value, row.reason) for row in rows]


class TestPublishing:
    def test_one_after_the_other(self, app, unit):
        root = make_user("root")
        draft, same, faulty = make_survey(root, title="Draft"), make_survey(root, published=True), make_survey(root)
        put(archived := make_survey(root, title="Put away"), SurveyState.ARCHIVED)
        unit(operations.update_survey, same, {"title": "Same"}, actor=SYSTEM)
        unit(operations.publish_survey, same, actor=SYSTEM)
        for section in list(faulty.sections):
            unit(operations.delete_section, section, actor=SYSTEM)
        result = unit(operations.publish_surveys, chosen(draft, same, faulty, archived), actor=root)
        assert result.done == 3
        assert reasons(result) == [("Put away", "This survey is archived and cannot be published.")]
        job = work(app, result)
        assert (job.state, job.progress_done, job.progress_total) == (JobState.DONE, 3, 3)
        assert job.result == {"waiting": 0, "done": 1, "skipped": 2, "failed": 0}
        assert report(job) == [
            ("Draft", "done", ""),
            ("Same", "skipped", "Nothing has changed since version 2 was published."),
            ("Working here", "skipped", "The survey cannot be published yet. There are no questions."),
        ]
        assert (draft.current_version.number, faulty.current_version) == (1, None)
        (batch,) = db.session.scalars(select(AuditBatch))
        assert (batch.action, batch.records, batch.actor_id) == ("survey.publish", 1, root.id)
        assert [entry.batch_id for entry in entries("survey.publish")] == [batch.id]

    def test_a_job_that_runs_again_goes_on(self, app, unit):
        """A worker that dies in the middle does nothing twice, and what it did is told as done."""
        surveys = [make_survey(title=f"Survey {number}") for number in range(3)]
        result = unit(operations.publish_surveys, chosen(*surveys), actor=SYSTEM)
        job = db.session.scalars(select(Job).where(Job.public_id == result.job)).one()
        first = db.session.scalars(select(JobRow).order_by(JobRow.id)).first()
        unit(operations.publish_survey, surveys[0], actor=SYSTEM)
        with unit_of_work():
            first.state = RowState.DONE
        job = work(app, result)
        assert report(job) == [(f"Survey {number}", "done", "") for number in range(3)]
        db.session.expire_all()
        assert [survey.current_version.number for survey in surveys] == [1, 1, 1]

    def test_rights_are_those_at_that_moment(self, app, unit):
        role = make_role("Publishers", "survey.publish", survey="RU:all", question="R:all")
        anna = make_user("anna", role)
        survey = make_survey(title="Hers")
        result = unit(operations.publish_surveys, chosen(survey), actor=anna)
        with unit_of_work():
            anna.roles = []
        assert report(work(app, result))[0][1] == "skipped"
        assert survey.current_version is None
        assert db.session.scalars(select(AuditBatch)).all() == []

    def test_nobody_who_was_shut_out_publishes(self, app, unit):
        anna = make_user("anna")
        result = unit(operations.publish_surveys, chosen(make_survey(title="Hers")), actor=anna)
        with unit_of_work():
            anna.status = "inactive"
        assert report(work(app, result)) == [("Hers", "skipped", "Whoever asked for this cannot log in any more.")]

    def test_what_was_deleted_meanwhile(self, app, unit):
        survey = make_survey(title="Gone")
        result = unit(operations.publish_surveys, chosen(survey), actor=make_user("root"))
        unit(operations.delete_survey, survey, actor=SYSTEM)
        assert report(work(app, result)) == [("Gone", "skipped", "This was deleted meanwhile.")]

    def test_of_nothing_there_is_no_job(self, app, unit):
        put(survey := make_survey(), SurveyState.ARCHIVED)
        result = unit(operations.publish_surveys, chosen(survey), actor=SYSTEM)
        assert (result.done, result.job) == (0, "")
        assert db.session.scalars(select(Job)).all() == []

    def test_whoever_asked_may_cancel(self, app, unit):
        role = make_role("Publishers", "survey.publish", survey="RU:all")
        anna, other = make_user("anna", role), make_user("otto", role)
        survey = make_survey()
        result = unit(operations.publish_surveys, chosen(survey), actor=anna)
        job = db.session.scalars(select(Job).where(Job.public_id == result.job)).one()
        with pytest.raises(NotFoundError):
            unit(cancel_job, job, actor=other)
        unit(cancel_job, job, actor=anna)
        assert work(app, result).state is JobState.CANCELLED
        assert survey.current_version is None

    def test_the_report_speaks_the_language_of_whoever_asked(self, app, unit):
        anna = make_user("anna", locale="de")
        survey = make_survey(published=True)
        result = unit(operations.publish_surveys, chosen(survey), actor=anna)
        (row,) = report(work(app, result))
        assert "Version 1" in row[2]
        assert "Nothing has changed" not in row[2]

    def test_rights(self, app, unit):
        with pytest.raises(ForbiddenError):
            unit(operations.publish_surveys, chosen(make_survey()), actor=make_user("rita", "viewer"))
        assert db.session.scalars(select(Job)).all() == []


class TestDuplicating:
    def test_one_after_the_other(self, app, unit):
        root = make_user("root")
        surveys = [make_survey(title=f"Survey {number}") for number in range(2)]
        job = work(app, unit(operations.duplicate_surveys, chosen(*surveys), actor=root))
        assert report(job) == [("Survey 0", "done", ""), ("Survey 1", "done", "")]
        copies = db.session.scalars(select(Survey).where(Survey.owner_id == root.id).order_by(Survey.id)).all()
        assert [copy.title for copy in copies] == ["Survey 0 (copy)", "Survey 1 (copy)"]
        first, copy = draft_questionnaire(surveys[0]), draft_questionnaire(copies[0])
        assert copy.sections == first.sections
        (batch,) = db.session.scalars(select(AuditBatch))
        assert (batch.action, batch.records) == ("survey.duplicate", 2)

    @pytest.mark.parametrize("grants", [{"survey": "R:all", "question": "RC:all"}, {"survey": "RC:all"}])
    def test_it_needs_the_right_to_make_surveys(self, app, unit, grants):
        anna = make_user("anna", make_role("Some", **grants))
        with pytest.raises(ForbiddenError):
            unit(operations.duplicate_surveys, chosen(make_survey()), actor=anna)
        assert db.session.scalars(select(Job)).all() == []
