"""Own, shared and foreign surveys and questions: the SQL condition and the check of one record say the same."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from admin_app.core.db import db, unit_of_work
from admin_app.core.permissions import Letter, can, visible
from admin_app.surveys import operations
from admin_app.surveys.models import Question, Survey, SurveyShare
from admin_app.surveys.queries import visible_to
from tests.factories import builtin_role, make_role, make_survey, make_user


def share(survey, access, *, user=None, role=None):
    with unit_of_work() as session:
        session.add(SurveyShare(survey=survey, user=user, role=role, access=access))


@pytest.fixture
def world(app):
    """Five surveys: own, shared to read with the user, shared to edit with the role, foreign, deleted."""
    role = make_role("Member", survey="CRUD:shared", question="CRUD:shared", abilities="survey.publish")
    anna = make_user("anna", role)
    surveys = {
        "own": make_survey(anna),
        "read": make_survey(),
        "edit": make_survey(),
        "foreign": make_survey(),
        "deleted": make_survey(anna),
    }
    share(surveys["read"], "read", user=anna)
    share(surveys["edit"], "edit", role=role)
    share(surveys["foreign"], "edit", role=builtin_role("viewer"))
    with unit_of_work():
        operations.delete_survey(surveys["deleted"], actor=anna)
    return anna, surveys


LIVE = ("own", "read", "edit", "foreign")
SURVEY_RIGHTS = {"own": "CRUD", "read": "R", "edit": "RU", "foreign": ""}
QUESTION_RIGHTS = {"own": "CRUD", "read": "R", "edit": "CRUD", "foreign": ""}


@pytest.mark.parametrize("letter", Letter)
class TestLetters:
    def test_surveys(self, world, letter):
        anna, surveys = world
        found = set(db.session.scalars(select(Survey.id).where(visible(anna, "survey", letter))))
        for name in LIVE:
            expected = letter in SURVEY_RIGHTS[name]
            assert can(anna, "survey", letter, obj=surveys[name]) is expected, name
            assert (surveys[name].id in found) is expected, name

    def test_questions_and_sections_follow_their_survey(self, world, letter):
        anna, surveys = world
        found = set(db.session.scalars(select(Question.survey_id).where(visible(anna, "question", letter))))
        for name in LIVE:
            expected = letter in QUESTION_RIGHTS[name]
            survey = surveys[name]
            for obj in (survey, survey.sections[0], survey.questions[0]):
                assert can(anna, "question", letter, obj=obj) is expected, name
            assert (survey.id in found) is expected, name


def test_own_does_not_reach_what_is_shared(world):
    _, surveys = world
    role = make_role("Own", survey="CRUD:own", question="CRUD:own")
    ben = make_user("ben", role)
    share(surveys["edit"], "edit", user=ben)
    assert not can(ben, "survey", "R", obj=surveys["edit"])
    assert not can(ben, "question", "R", obj=surveys["edit"].questions[0])
    assert db.session.scalars(visible_to(ben)).all() == []


def test_abilities_follow_the_letter(world):
    anna, surveys = world
    assert {name: can(anna, "survey.publish", obj=surveys[name]) for name in LIVE} == {
        "own": True,
        "read": False,
        "edit": True,
        "foreign": False,
    }


def test_deleted_rows_are_nobodys_to_see(world):
    anna, surveys = world
    root = make_user("root")
    assert surveys["deleted"] not in db.session.scalars(visible_to(anna)).all()
    assert len(db.session.scalars(visible_to(root)).all()) == 4
