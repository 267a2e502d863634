"""Discarding: the draft is again what the last version asks, whatever was done to it."""

from __future__ import annotations

import random
import threading

import pytest
from sqlalchemy import select

from admin_app.audit.models import AuditBatch, AuditEntry
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ConflictError, DomainError, ForbiddenError, NotFoundError
from admin_app.core.permissions import SYSTEM
from admin_app.surveys import operations
from admin_app.surveys.models import Choice, Question, Section, Survey
from admin_app.surveys.operations import Edge
from admin_app.surveys.queries import draft_questionnaire, questionnaire_of
from admin_app.surveys.questionnaire import sha256_of
from tests.factories import every_type_questionnaire, make_role, make_survey, make_user


def question_of(survey, key):
    return db.session.scalars(select(Question).where(Question.survey_id == survey.id, Question.key == key)).one()


def do(operation, *args, **options):
    with unit_of_work():
        return operation(*args, **options, actor=options.pop("actor", SYSTEM))


def discard(survey, **options):
    with unit_of_work():
        return operations.discard_draft(survey, **{"actor": SYSTEM, **options})


def draft(survey):
    db.session.expire_all()
    return draft_questionnaire(survey)


def choices_of(question):
    return [{"uid": one.uid, "code": one.code, "label": one.label} for one in question.choices]


def assert_discarded(survey):
    asked = questionnaire_of(survey.current_version)
    assert draft(survey) == asked
    assert sha256_of(draft(survey).to_json()) == survey.current_version.sha256
    with pytest.raises(ConflictError, match="Nothing has changed"), unit_of_work():
        operations.publish_survey(survey, actor=SYSTEM)


class TestWhatComesBack:
    def test_texts_of_the_survey(self, app):
        survey = make_survey(published=True)
        do(operations.update_survey, survey, {"title": "Other", "introduction": "<p>x</p>", "language": "de"})
        assert discard(survey) == 1
        assert_discarded(survey)
        assert survey.title == "Working here"

    def test_what_does_not_belong_to_the_questionnaire_stays(self, app):
        survey = make_survey(opened=True)
        do(operations.update_survey, survey, {"reply_limit": 7, "listed": True, "title": "Other"})
        discard(survey)
        assert (survey.reply_limit, survey.listed, survey.state.value) == (7, True, "open")

    def test_words_and_settings(self, app):
        survey = make_survey(published=True)
        do(operations.update_question, question_of(survey, "age"), {"label": "How old?", "settings": {"min": 1}})
        do(operations.update_question, question_of(survey, "name"), {"required": True, "personal": False})
        do(operations.update_section, survey.sections[0], {"title": "Other", "description": "<p>x</p>"})
        assert discard(survey) == 3
        assert_discarded(survey)

    def test_added_questions_are_deleted_and_can_come_back(self, app):
        survey = make_survey(published=True)
        data = {"key": "new", "type": "text", "label": "New"}
        added = do(operations.add_question, survey.sections[0], data, after=Edge.START)
        discard(survey)
        assert_discarded(survey)
        db.session.refresh(added)
        assert added.deleted_at is not None
        do(operations.undelete_question, added)
        assert draft(survey).sections[0].questions[0].key == "new"

    def test_added_sections_go_with_their_questions_and_come_back_with_them(self, app):
        survey = make_survey(published=True)
        section = do(operations.add_section, survey, {"title": "New"})
        do(operations.add_question, section, {"key": "new", "type": "text", "label": "New"})
        discard(survey)
        assert_discarded(survey)
        db.session.refresh(section)
        do(operations.undelete_section, section)
        assert [one.key for one in draft(survey).sections[-1].questions] == ["new"]

    def test_retired_ones_are_asked_again(self, app):
        survey = make_survey(published=True)
        do(operations.retire_question, question_of(survey, "age"))
        do(operations.retire_section, survey.sections[1])
        discard(survey)
        assert_discarded(survey)

    def test_one_that_was_brought_back_is_retired_again(self, app):
        survey = make_survey(published=True)
        age = question_of(survey, "age")
        do(operations.retire_question, age)
        do(operations.publish_survey, survey)
        do(operations.restore_question, age)
        do(operations.update_question, age, {"label": "Your age, again"})
        discard(survey)
        assert_discarded(survey)
        db.session.refresh(age)
        assert (age.retired_at is not None, age.deleted_at, age.label) == (True, None, "Your age, again")

    def test_a_section_that_was_brought_back_is_retired_again(self, app):
        survey = make_survey(published=True)
        section = survey.sections[1]
        do(operations.retire_section, section)
        do(operations.publish_survey, survey)
        do(operations.restore_section, section)
        discard(survey)
        assert_discarded(survey)
        db.session.refresh(section)
        assert (section.retired_at is not None, section.deleted_at) == (True, None)

    def test_a_retired_question_keeps_its_section(self, app):
        """It was moved, while retired, into a section that is added since: that must not be deleted over it."""
        survey = make_survey(published=True)
        age = question_of(survey, "age")
        do(operations.retire_question, age)
        do(operations.publish_survey, survey)
        section = do(operations.add_section, survey, {"title": "New"})
        do(operations.move_question, age, section, Edge.END)
        discard(survey)
        assert_discarded(survey)
        db.session.refresh(section)
        assert (section.retired_at is not None, section.deleted_at) == (True, None)

    def test_the_order(self, app):
        survey = make_survey(published=True)
        first, second = survey.sections
        do(operations.move_section, second, Edge.START)
        do(operations.move_question, question_of(survey, "comment"), first, question_of(survey, "name"))
        do(operations.move_question, question_of(survey, "age"), first, Edge.END)
        do(operations.move_question, question_of(survey, "welcome"), second, Edge.END)
        discard(survey)
        assert_discarded(survey)

    def test_choices(self, app):
        survey = make_survey(published=True)
        team = question_of(survey, "team")
        wanted = [*reversed(choices_of(team)), {"code": "hr", "label": "People"}]
        wanted[0]["label"] = "Operators"
        do(operations.update_question, team, {"choices": wanted, "settings": {}})
        do(operations.update_question, question_of(survey, "habits"), {"rows": choices_of(team)[:0]})
        tools = question_of(survey, "tools")
        do(operations.update_question, tools, {"choices": [{"uid": tools.choices[0].uid, "code": "python"}]})
        discard(survey)
        assert_discarded(survey)
        assert db.session.query(Choice).filter_by(code="hr").count() == 0

    def test_a_choice_that_was_brought_back_is_retired_again(self, app):
        survey = make_survey(published=True)
        team = question_of(survey, "team")
        whole = choices_of(team)
        do(operations.update_question, team, {"choices": whole[:1]})
        do(operations.publish_survey, survey)
        do(operations.update_question, team, {"choices": whole})
        discard(survey)
        assert_discarded(survey)
        db.session.expire_all()
        assert [one.retired_at is not None for one in team.choices] == [False, True]

    @pytest.mark.parametrize("seed", range(6))
    def test_whatever_was_done(self, app, seed):
        chance = random.Random(seed)
        survey = make_survey(questionnaire=every_type_questionnaire(), published=True)
        for number in range(25):
            db.session.expire_all()
            self.change_something(survey, chance, number)
            if number == 12:
                do(operations.publish_survey, survey)
        # Much of this is refused, or done to what respondents do not get.
        do(operations.update_survey, survey, {"title": "Changed at last"})
        discard(survey)
        assert_discarded(survey)

    def change_something(self, survey, chance, number):
        questions = db.session.scalars(
            select(Question).where(Question.survey_id == survey.id).order_by(Question.id)
        ).all()
        sections = db.session.scalars(select(Section).where(Section.survey_id == survey.id).order_by(Section.id)).all()
        question, section = chance.choice(questions), chance.choice(sections)
        changes = [
            lambda: operations.restore_section(section, actor=SYSTEM),
            lambda: operations.update_question(question, {"label": f"Words {number}"}, actor=SYSTEM),
            lambda: operations.update_question(question, {"required": not question.required}, actor=SYSTEM),
            lambda: operations.update_question(question, {"choices": choices_of(question)[1:]}, actor=SYSTEM),
            lambda: operations.retire_question(question, actor=SYSTEM),
            lambda: operations.restore_question(question, actor=SYSTEM),
            lambda: operations.delete_question(question, actor=SYSTEM),
            lambda: operations.move_question(question, section, chance.choice([*Edge]), actor=SYSTEM),
            lambda: operations.duplicate_question(question, actor=SYSTEM),
            lambda: operations.move_section(section, chance.choice([*Edge]), actor=SYSTEM),
            lambda: operations.duplicate_section(section, actor=SYSTEM),
            lambda: operations.retire_section(section, actor=SYSTEM),
            lambda: operations.restore_section(section, actor=SYSTEM),
            lambda: operations.delete_section(section, actor=SYSTEM),
        ]
        try:
            with unit_of_work():
                chance.choice(changes)()
        except DomainError:
            pass


class TestRefusals:
    def test_there_must_be_a_version(self, app):
        survey = make_survey()
        with pytest.raises(ConflictError, match="not been published yet"):
            discard(survey)

    def test_there_must_be_something(self, app):
        survey = make_survey(published=True)
        with pytest.raises(ConflictError, match="what version 1 asks"):
            discard(survey)
        assert db.session.query(AuditBatch).count() == 0

    def test_an_archived_survey_stays_as_it_is(self, app):
        survey = make_survey(published=True)
        do(operations.update_survey, survey, {"title": "Other"})
        for operation in (operations.open_survey, operations.close_survey, operations.archive_survey):
            do(operation, survey)
        with pytest.raises(ConflictError, match="archived"):
            discard(survey)
        assert draft(survey).title == "Other"

    def test_rights(self, app):
        survey = make_survey(published=True)
        do(operations.update_survey, survey, {"title": "Other"})
        actors = [
            make_user("vera", "viewer"),
            make_user("ed", make_role("No deleting", survey="RU:all", question="CRU:all")),
            make_user("sue", make_role("No texts", survey="R:all", question="CRUD:all")),
        ]
        for actor in actors:
            assert not operations.may_discard(survey, actor)
            with pytest.raises(ForbiddenError):
                discard(survey, actor=actor)
        nobody = make_user("nobody", None)
        with pytest.raises(NotFoundError):
            discard(survey, actor=nobody)
        assert draft(survey).title == "Other"
        able = make_user("able", make_role("Builder", survey="RU:all", question="RUD:all"))
        assert operations.may_discard(survey, able)
        assert discard(survey, actor=able) == 1

    def test_what_was_not_seen_is_not_discarded(self, app):
        survey = make_survey(published=True)
        do(operations.update_survey, survey, {"title": "Seen"})
        seen = sha256_of(draft(survey).to_json())
        do(operations.update_question, question_of(survey, "age"), {"label": "Typed meanwhile"})
        with pytest.raises(ConflictError, match="while you were looking"):
            discard(survey, seen=seen)
        assert draft(survey).by_key["age"].label == "Typed meanwhile"
        assert discard(survey, seen=sha256_of(draft(survey).to_json())) == 2

    def test_two_at_once_discard_once(self, app):
        survey = make_survey(published=True)
        do(operations.update_survey, survey, {"title": "Other"})
        survey_id, barrier, outcomes = survey.id, threading.Barrier(2), []

        def run():
            with app.app_context():
                barrier.wait()
                try:
                    outcomes.append(discard(db.session.get_one(Survey, survey_id)))
                except DomainError as error:
                    outcomes.append(error.message)

        threads = [threading.Thread(target=run) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(outcomes, key=str) == [1, "The draft is what version 1 asks."]

    def test_publishing_at_the_same_moment(self, app):
        """One of the two wins, and the other is told; the draft and the version are the same afterwards."""
        survey = make_survey(published=True)
        do(operations.update_survey, survey, {"title": "Other"})
        survey_id, barrier, outcomes = survey.id, threading.Barrier(2), {}

        def run(name, operation):
            with app.app_context():
                barrier.wait()
                try:
                    with unit_of_work():
                        operation(db.session.get_one(Survey, survey_id), actor=SYSTEM)
                        outcomes[name] = "done"
                except DomainError as error:
                    outcomes[name] = error.message

        jobs = {"publish": operations.publish_survey, "discard": operations.discard_draft}
        threads = [threading.Thread(target=run, args=item) for item in jobs.items()]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert outcomes in (
            {"publish": "done", "discard": "The draft is what version 2 asks."},
            {"publish": "Nothing has changed since version 1 was published.", "discard": "done"},
        )
        db.session.expire_all()
        assert draft(survey) == questionnaire_of(survey.current_version)


def test_it_is_told_part_by_part_under_one_batch(app):
    survey, actor = make_survey(published=True), make_user("root")
    do(operations.update_question, question_of(survey, "age"), {"label": "How old?"})
    added = do(operations.add_question, survey.sections[0], {"key": "new", "type": "text", "label": "New"})
    retired = question_of(survey, "height")
    do(operations.retire_question, retired)
    with unit_of_work():
        operations.discard_draft(survey, actor=actor)
    (batch,) = db.session.scalars(select(AuditBatch)).all()
    told = db.session.scalars(select(AuditEntry).where(AuditEntry.batch_id == batch.id).order_by(AuditEntry.id)).all()
    assert (batch.action, batch.records, {one.actor_name for one in told}) == ("survey.discard", 4, {"root"})
    changes = {(one.action, one.record_id): one.changes for one in told}
    assert changes["survey.discard", survey.id] == {"version": [None, 1], "parts": [3, 0]}
    assert changes["question.update", question_of(survey, "age").id] == {"label": ["How old?", "Your age"]}
    assert [*changes["question.delete", added.id]] == ["deleted_at"]
    assert changes["question.update", retired.id]["retired_at"][1] is None


def test_what_is_being_typed_is_settled_first(app):
    survey, actor = make_survey(published=True), make_user("root")
    age = question_of(survey, "age")
    edits = {"label": operations.Edit("Your age", "Typed")}
    with unit_of_work():
        operations.save_question(age, edits, lock_version=age.lock_version, actor=actor)
    discard(survey)
    assert_discarded(survey)
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.record_id == age.id).order_by(AuditEntry.id))
    labels = [one.changes["label"] for one in entries if one.resource == "question" and "label" in one.changes]
    assert labels[-2:] == [["Your age", "Typed"], ["Typed", "Your age"]]
