"""Taking questions and sections out of a draft, and bringing them back: nothing is lost either way."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from admin_app.core.db import db
from admin_app.core.errors import ConflictError, ForbiddenError
from admin_app.core.permissions import SYSTEM
from admin_app.surveys import operations
from admin_app.surveys.models import Question
from admin_app.surveys.queries import draft_questionnaire, question_totals
from tests.factories import make_role, make_survey, make_user
from tests.surveys.conftest import entries
from tests.surveys.test_places import keys, titles
from tests.surveys.test_questions import question_of


@pytest.fixture
def survey(app):
    return make_survey()


@pytest.fixture
def asked(app):
    """A survey that respondents know."""
    return make_survey(published=True)


class TestQuestion:
    def test_it_goes_and_comes_back(self, survey, unit):
        anna = make_user("anna")
        age = question_of(survey, "age")
        unit(operations.delete_question, age, actor=anna)
        assert keys(survey) == ["welcome", "name", "height", "started"]
        assert (age.deleted_by_id, question_totals([survey.id])) == (anna.id, {survey.id: 9})
        with pytest.raises(ConflictError, match="deleted"):
            unit(operations.delete_question, age, actor=anna)
        unit(operations.undelete_question, age, actor=anna)
        assert keys(survey) == ["welcome", "name", "age", "height", "started"]
        assert (age.deleted_at, age.deleted_by_id) == (None, None)
        with pytest.raises(ConflictError, match="there already"):
            unit(operations.undelete_question, age, actor=anna)
        assert len(entries("question.delete")) == len(entries("question.undelete")) == 1

    def test_what_was_published_is_retired(self, asked, unit):
        with pytest.raises(ConflictError, match="Retire it"):
            unit(operations.delete_question, question_of(asked, "age"), actor=SYSTEM)
        assert "age" in draft_questionnaire(asked).by_key

    def test_its_key_is_free_until_it_comes_back(self, survey, unit):
        age = question_of(survey, "age")
        unit(operations.delete_question, age, actor=SYSTEM)
        data = {"key": "age", "type": "integer", "label": "How old are you?"}
        unit(operations.add_question, survey.sections[0], data, actor=SYSTEM)
        unit(operations.undelete_question, age, actor=SYSTEM)
        assert draft_questionnaire(survey).by_key["your_age"].label == "Your age"
        assert question_of(survey, "age").label == "How old are you?"

    def test_a_proposed_key_may_be_one_that_was_given_up(self, survey, unit):
        unit(operations.delete_question, question_of(survey, "age"), actor=SYSTEM)
        added = unit(
            operations.add_question, survey.sections[0], {"key": "", "type": "text", "label": "Age"}, actor=SYSTEM
        )
        assert added.key == "age"

    def test_the_key_of_a_retired_question_is_not_given_up(self, asked, unit):
        unit(operations.retire_question, question_of(asked, "age"), actor=SYSTEM)
        added = unit(
            operations.add_question, asked.sections[0], {"key": "", "type": "text", "label": "Age"}, actor=SYSTEM
        )
        assert added.key == "age_2"

    def test_somebody_elses_deletion_takes_a_right_to_take_back(self, survey, unit):
        age = question_of(survey, "age")
        unit(operations.delete_question, age, actor=make_user("anna"))
        editor = make_user("ed", make_role("Editors", question="CRUD:all"))
        with pytest.raises(ForbiddenError, match="Somebody else deleted"):
            unit(operations.undelete_question, age, actor=editor)
        assert age.deleted_at is not None
        restorer = make_user("rita", make_role("Restorers", question="CRUD:all", abilities="record.restore"))
        unit(operations.undelete_question, age, actor=restorer)
        assert "age" in draft_questionnaire(survey).by_key

    def test_it_does_not_come_back_into_a_section_that_is_gone(self, survey, unit):
        happy = question_of(survey, "happy")
        unit(operations.delete_question, happy, actor=SYSTEM)
        unit(operations.delete_section, survey.sections[1], actor=SYSTEM)
        with pytest.raises(ConflictError, match="Bring that back first"):
            unit(operations.undelete_question, happy, actor=SYSTEM)


class TestSection:
    def test_it_goes_and_comes_back_with_its_questions(self, survey, unit):
        section = survey.sections[1]
        unit(operations.delete_question, question_of(survey, "team"), actor=SYSTEM)
        unit(operations.delete_section, section, actor=SYSTEM)
        assert titles(survey) == ["About you"]
        assert question_totals([survey.id]) == {survey.id: 5}
        unit(operations.undelete_section, section, actor=SYSTEM)
        # What had been deleted before stays deleted.
        assert keys(survey, 1) == ["happy", "tools", "habits", "comment"]
        assert len(entries("section.delete")) == len(entries("section.undelete")) == 1
        assert [one.record_name for one in entries("question.delete")][1:] == [
            one.record_name for one in entries("question.undelete")
        ]

    def test_with_questions_that_were_published_it_is_retired(self, asked, unit):
        section = asked.sections[1]
        with pytest.raises(ConflictError, match="Retire it"):
            unit(operations.delete_section, section, actor=SYSTEM)
        unit(operations.retire_section, section, actor=SYSTEM)
        assert titles(asked) == ["About you"]
        assert question_totals([asked.id]) == {asked.id: 5}
        with pytest.raises(ConflictError, match="retired already"):
            unit(operations.retire_section, section, actor=SYSTEM)
        unit(operations.restore_section, section, actor=SYSTEM)
        assert titles(asked) == ["About you", "Your work"]
        with pytest.raises(ConflictError, match="not retired"):
            unit(operations.restore_section, section, actor=SYSTEM)

    def test_questions_of_a_retired_section_are_not_published(self, survey, unit):
        unit(operations.retire_section, survey.sections[1], actor=SYSTEM)
        unit(operations.publish_survey, survey, actor=SYSTEM)
        db.session.expire_all()
        assert question_of(survey, "age").published_at is not None
        assert question_of(survey, "team").published_at is None

    def test_keys_that_were_taken_meanwhile_become_new_ones(self, survey, unit):
        section = survey.sections[1]
        unit(operations.delete_section, section, actor=SYSTEM)
        data = {"key": "team", "type": "text", "label": "Team"}
        unit(operations.add_question, survey.sections[0], data, actor=SYSTEM)
        unit(operations.undelete_section, section, actor=SYSTEM)
        assert keys(survey, 1) == ["happy", "your_team", "tools", "habits", "comment"]

    def test_somebody_elses_deletion_takes_a_right_to_take_back(self, survey, unit):
        unit(operations.delete_section, survey.sections[1], actor=make_user("anna"))
        editor = make_user("ed", make_role("Editors", question="CRUD:all"))
        with pytest.raises(ForbiddenError, match="Somebody else deleted"):
            unit(operations.undelete_section, survey.sections[1], actor=editor)

    def test_an_empty_one_goes_though_the_survey_was_published(self, asked, unit):
        section = unit(operations.add_section, asked, {"title": "New"}, actor=SYSTEM)
        unit(operations.delete_section, section, actor=SYSTEM)
        assert titles(asked) == ["About you", "Your work"]


class TestCopies:
    def test_a_question_stands_behind_its_original_under_another_key(self, survey, unit):
        copy = unit(operations.duplicate_question, question_of(survey, "tools"), actor=SYSTEM)
        assert keys(survey, 1) == ["happy", "team", "tools", "tools_2", "habits", "comment"]
        original = question_of(survey, "tools")
        assert copy.uid != original.uid
        assert (copy.type, copy.label, copy.settings) == (original.type, original.label, original.settings)
        shown = [(one.code, one.label, one.exclusive) for one in original.choices]
        assert [(one.code, one.label, one.exclusive) for one in copy.choices] == shown
        assert {one.uid for one in copy.choices}.isdisjoint({one.uid for one in original.choices})
        assert copy.published_at is None

    def test_what_is_retired_of_its_choices_stays_behind(self, asked, unit):
        team = question_of(asked, "team")
        keep = [{"uid": one.uid, "code": one.code, "label": one.label} for one in team.choices if one.code == "ops"]
        unit(operations.update_question, team, {"choices": keep}, actor=SYSTEM)
        copy = unit(operations.duplicate_question, team, actor=SYSTEM)
        assert [one.code for one in copy.choices] == ["ops"]

    def test_a_section_with_what_it_asks_now(self, asked, unit):
        section = asked.sections[1]
        unit(operations.retire_question, question_of(asked, "habits"), actor=SYSTEM)
        copy = unit(operations.duplicate_section, section, actor=SYSTEM)
        assert titles(asked) == ["About you", "Your work", "Your work"]
        assert keys(asked, 2) == ["happy_2", "team_2", "tools_2", "comment_2"]
        assert copy.uid != section.uid
        assert len(entries("question.create")) == 4
        assert entries("section.create")[-1].changes["questions"] == [None, 4]

    def test_asking_twice_copies_once(self, survey, unit):
        uid = "bcdfghjkmnpq"
        section = unit(operations.duplicate_section, survey.sections[0], uid=uid, actor=SYSTEM)
        assert unit(operations.duplicate_section, survey.sections[0], uid=uid, actor=SYSTEM) is section
        copy = unit(operations.duplicate_question, question_of(survey, "team"), uid=uid, actor=SYSTEM)
        assert unit(operations.duplicate_question, question_of(survey, "team"), uid=uid, actor=SYSTEM) is copy
        assert len(db.session.scalars(select(Question)).all()) == 16

    def test_a_copy_takes_the_key_that_a_deleted_question_gave_up(self, survey, unit):
        copy = unit(operations.duplicate_question, question_of(survey, "team"), actor=SYSTEM)
        unit(operations.delete_question, copy, actor=SYSTEM)
        unit(operations.duplicate_section, survey.sections[1], actor=SYSTEM)
        assert "team_2" in keys(survey, 2)
        again = unit(operations.duplicate_question, question_of(survey, "team"), actor=SYSTEM)
        assert again.key == "team_3"

    def test_not_in_a_retired_section(self, survey, unit):
        unit(operations.retire_section, survey.sections[1], actor=SYSTEM)
        with pytest.raises(ConflictError, match="retired"):
            unit(operations.duplicate_question, question_of(survey, "team"), actor=SYSTEM)


def test_a_survey_that_is_gone_or_archived_is_not_built_on(survey, unit):
    section, age = survey.sections[0], question_of(survey, "age")
    unit(operations.archive_survey, survey, actor=SYSTEM)
    for operation in (operations.delete_section, operations.retire_section, operations.duplicate_section):
        with pytest.raises(ConflictError, match="archived"):
            unit(operation, section, actor=SYSTEM)
    unit(operations.delete_survey, survey, actor=SYSTEM)
    for operation in (operations.delete_question, operations.duplicate_question):
        with pytest.raises(Exception, match="no such survey any more"):
            unit(operation, age, actor=SYSTEM)
