"""What is done to many questions at once: drafts are locked, each refusal has its reason, and nothing else changes."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select, update

from admin_app.audit.models import AuditBatch, AuditEntry, AuditPending
from admin_app.audit.operations import batched, open_batch
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ConflictError, ForbiddenError, NotFoundError
from admin_app.core.permissions import SYSTEM
from admin_app.jobs.engine import run_job
from admin_app.jobs.models import Job, JobRow
from admin_app.surveys import operations
from admin_app.surveys.models import Question, Section, Survey, SurveyShare, SurveyState
from admin_app.surveys.queries import draft_questionnaire
from tests.factories import make_role, make_survey, make_user
from tests.helpers import count_statements, reasons


def questions_of(survey: Survey, *keys: str) -> list[Question]:
    found = select(Question).where(Question.survey_id == survey.id)
    by_key = {question.key: question for question in db.session.scalars(found)}
    return [by_key[key] for key in keys]


def chosen(*questions: Question):
    return select(Question).where(Question.id.in_([question.id for question in questions]))


def entries(action: str) -> list[AuditEntry]:
    return list(db.session.scalars(select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id)))


def put_away(survey: Survey) -> None:
    with unit_of_work() as session:
        session.execute(update(Survey).where(Survey.id == survey.id).values(state=SurveyState.ARCHIVED))
    db.session.expire_all()


class TestRequired:
    def test_on_and_off(self, app, unit):
        root = make_user("root")
        one, two = make_survey(title="One"), make_survey(title="Two")
        chosen_ones = [*questions_of(one, "name", "age", "welcome"), *questions_of(two, "height")]
        before = {survey.id: survey.updated_at for survey in (one, two)}
        versions = [question.lock_version for question in chosen_ones]
        result = unit(operations.require_answers, chosen(*chosen_ones), actor=root)
        assert result.done == 2
        assert reasons(result) == [
            ("Before you start", "A statement asks nothing."),
            ("Your age", "This question is required already."),
        ]
        assert [question.required for question in chosen_ones] == [True, True, False, True]
        moved = [question.lock_version - version for question, version in zip(chosen_ones, versions, strict=True)]
        assert moved == [1, 0, 0, 1]
        for survey in (one, two):
            db.session.refresh(survey)
            assert survey.updated_at > before[survey.id]
        assert [entry.changes for entry in entries("question.require")] == [{"required": [False, True]}] * 2
        off = unit(operations.make_optional, chosen(*chosen_ones), actor=root)
        assert (off.done, reasons(off)) == (3, [("Before you start", "This question is optional already.")])
        assert not any(question.required for question in chosen_ones)

    def test_all_entries_are_of_one_batch(self, app):
        root = make_user("root")
        survey = make_survey()
        with unit_of_work() as session:
            batch = open_batch("question.require", "question", actor=root)
            session.flush()
            with batched(batch):
                operations.require_answers(chosen(*questions_of(survey, "name", "height")), actor=root, batch=batch)
        assert db.session.scalars(select(AuditBatch)).one().records == 2
        assert {entry.batch_id for entry in entries("question.require")} == {batch.id}

    def test_what_is_being_typed_is_told_before(self, app, unit):
        root = make_user("root")
        survey = make_survey()
        (question,) = questions_of(survey, "name")
        edit = operations.Edit("Your name", "Your full name")
        unit(operations.save_question, question, {"label": edit}, lock_version=question.lock_version, actor=root)
        assert len(db.session.scalars(select(AuditPending)).all()) > 0
        unit(operations.require_answers, chosen(question), actor=root)
        assert db.session.scalars(select(AuditPending)).all() == []
        assert "label" in entries("question.update")[0].changes
        (told,) = entries("question.require")
        assert told.id > entries("question.update")[0].id

    def test_archived_and_deleted_surveys_stay(self, app, unit):
        away, gone = make_survey(title="Away"), make_survey(title="Gone")
        there = [*questions_of(away, "name"), *questions_of(gone, "name")]
        put_away(away)
        unit(operations.delete_survey, gone, actor=SYSTEM)
        result = unit(operations.require_answers, chosen(*there), actor=SYSTEM)
        assert (result.done, reasons(result)) == (0, [("Your name", "Its survey is archived and cannot be changed.")])
        assert not any(question.required for question in there)

    def test_rights_reach_row_by_row(self, app, unit):
        anna = make_user("anna", make_role("Editors", survey="R:all", question="R:all CUD:shared"))
        shared, read, foreign = make_survey(), make_survey(), make_survey()
        with unit_of_work() as session:
            session.add(SurveyShare(survey_id=shared.id, user_id=anna.id, access="edit"))
            session.add(SurveyShare(survey_id=read.id, user_id=anna.id, access="read"))
        there = [question for survey in (shared, read, foreign) for question in questions_of(survey, "name")]
        for operation in (operations.require_answers, operations.retire_questions, operations.delete_questions):
            result = unit(operation, chosen(*there), actor=anna)
            assert (result.done, reasons(result)) == (1, [("Your name", "You may not change this question.")] * 2)
        assert [question.required for question in there] == [True, False, False]

    @pytest.mark.parametrize(
        "operation",
        [
            operations.require_answers, operations.make_optional, operations.retire_questions,
            operations.restore_questions, operations.delete_questions, operations.duplicate_questions,
        ],
    )  # fmt: skip
    def test_without_the_letter_nothing_happens(self, app, unit, operation):
        (question,) = questions_of(make_survey(), "name")
        before = (question.required, question.retired_at, question.deleted_at, question.lock_version)
        with pytest.raises(ForbiddenError):
            unit(operation, chosen(question), actor=make_user("rita", "viewer"))
        db.session.refresh(question)
        assert (question.required, question.retired_at, question.deleted_at, question.lock_version) == before

    def test_it_takes_few_statements_however_many(self, app, unit):
        there = [question for _ in range(8) for question in questions_of(make_survey(), "name", "height", "comment")]
        with count_statements(db.engine) as statements:
            assert unit(operations.require_answers, chosen(*there), actor=SYSTEM).done == 24
        assert len(statements) <= 12


class TestRetiring:
    def test_there_and_back(self, app, unit):
        survey = make_survey(published=True)
        one, two = questions_of(survey, "name", "age")
        unit(operations.retire_question, one, actor=SYSTEM)
        result = unit(operations.retire_questions, chosen(one, two), actor=SYSTEM)
        assert (result.done, reasons(result)) == (1, [("Your name", "This question is retired already.")])
        assert "age" not in draft_questionnaire(survey).by_key
        retired = [one.retired_at.isoformat(), two.retired_at.isoformat()]
        (three,) = questions_of(survey, "height")
        result = unit(operations.restore_questions, chosen(one, two, three), actor=SYSTEM)
        assert (result.done, reasons(result)) == (2, [("Your height in metres", "This question is not retired.")])
        assert {"name", "age"} <= draft_questionnaire(survey).by_key.keys()
        assert sorted(entry.changes["retired_at"][0] for entry in entries("question.restore")) == sorted(retired)


class TestDeleting:
    def test_only_what_was_never_published(self, app, unit):
        root = make_user("root")
        published, draft = make_survey(published=True), make_survey()
        (old,), (new,) = questions_of(published, "name"), questions_of(draft, "name")
        result = unit(operations.delete_questions, chosen(old, new), actor=root)
        assert (result.done, old.deleted_at) == (1, None)
        assert reasons(result) == [
            ("Your name", "This question has been published and may have answers. Retire it; its answers stay.")
        ]
        assert (new.deleted_by_id, new.deleted_at is not None) == (root.id, True)
        unit(operations.undelete_question, new, actor=root)
        assert "name" in draft_questionnaire(draft).by_key


class TestMoving:
    def order(self, survey: Survey) -> list[list[str]]:
        db.session.expire_all()
        return [[question.key for question in section.questions] for section in draft_questionnaire(survey).sections]

    def sections(self, survey: Survey) -> list[Section]:
        found = select(Section).where(Section.survey_id == survey.id).order_by(Section.rank)
        return list(db.session.scalars(found))

    def test_to_the_end_in_their_order(self, app, unit):
        survey, other = make_survey(title="One"), make_survey(title="Two")
        (_about, work) = self.sections(survey)
        there = [*questions_of(survey, "started", "name", "comment"), *questions_of(other, "name")]
        result = unit(operations.move_questions, chosen(*there), work, actor=SYSTEM)
        assert result.done == 2
        assert sorted(reasons(result)) == [
            ("What else?", "This question stands in that section already."),
            ("Your name", "The section belongs to another survey."),
        ]
        assert self.order(survey) == [
            ["welcome", "age", "height"],
            ["happy", "team", "tools", "habits", "comment", "name", "started"],
        ]
        assert self.order(other)[0][1] == "name"
        moved = entries("question.move")
        assert [set(entry.changes) for entry in moved] == [{"section_id", "rank"}] * 2

    def test_where_no_room_is_left_all_get_new_ranks(self, app, unit):
        survey = make_survey()
        (_about, work) = self.sections(survey)
        (last,) = questions_of(survey, "comment")
        with unit_of_work():
            last.rank = "z" * 80
        result = unit(operations.move_questions, chosen(*questions_of(survey, "name", "age")), work, actor=SYSTEM)
        assert result.done == 2
        assert self.order(survey)[1] == ["happy", "team", "tools", "habits", "comment", "name", "age"]

    def test_of_nothing_that_can_be_moved_nothing_is_touched(self, app, unit):
        survey = make_survey()
        (about, _work) = self.sections(survey)
        with count_statements(db.engine) as statements:
            result = unit(operations.move_questions, chosen(*questions_of(survey, "name")), about, actor=SYSTEM)
        assert (result.done, result.left_alone) == (0, 1)
        assert not any("INSERT INTO audit_entry" in statement or " rank=" in statement for statement in statements)

    def test_a_section_that_is_not_in_use_is_refused(self, app, unit):
        survey = make_survey()
        (about, work) = self.sections(survey)
        unit(operations.retire_section, work, actor=SYSTEM)
        before = self.order(survey)
        with pytest.raises(ConflictError):
            unit(operations.move_questions, chosen(*questions_of(survey, "name")), work, actor=SYSTEM)
        unit(operations.restore_section, work, actor=SYSTEM)
        unit(operations.delete_section, work, actor=SYSTEM)
        with pytest.raises(NotFoundError):
            unit(operations.move_questions, chosen(*questions_of(survey, "name")), work, actor=SYSTEM)
        assert self.order(survey) == before
        assert about.deleted_at is None

    def test_a_section_that_one_may_not_change(self, app, unit):
        survey = make_survey()
        with pytest.raises(ForbiddenError):
            unit(
                operations.move_questions, chosen(*questions_of(survey, "name")), self.sections(survey)[1],
                actor=make_user("rita", "viewer"),
            )  # fmt: skip


class TestDuplicating:
    def test_each_copy_stands_behind_its_question(self, app, unit):
        survey = make_survey()
        root = make_user("root")
        there = questions_of(survey, "name", "team")
        result = unit(operations.duplicate_questions, chosen(*there), actor=root)
        job_id = db.session.scalars(select(Job.id).where(Job.public_id == result.job)).one()
        db.session.rollback()
        run_job(app, job_id, threading.Event())
        db.session.rollback()
        db.session.expire_all()
        rows = db.session.scalars(select(JobRow).order_by(JobRow.id)).all()
        assert [(row.name, row.state.value) for row in rows] == [("Your name", "done"), ("Your team", "done")]
        keys = list(draft_questionnaire(survey).by_key)
        assert keys[keys.index("name") + 1] == "name_2"
        assert keys[keys.index("team") + 1] == "team_2"
        assert db.session.scalars(select(AuditBatch)).one().records == 2

    def test_in_a_retired_section_nothing_is_copied(self, app, unit):
        survey = make_survey()
        (question,) = questions_of(survey, "name")
        unit(operations.retire_section, question.section, actor=SYSTEM)
        result = unit(operations.duplicate_questions, chosen(question), actor=SYSTEM)
        assert reasons(result) == [("Your name", "Its section is retired. Bring it back first.")]
        assert result.job == ""
