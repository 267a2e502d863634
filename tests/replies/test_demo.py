"""The demo: surveys that can be published and replies that could have been sent."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import func, select

from admin_app.cli import main
from admin_app.core.db import db, unit_of_work
from admin_app.replies.demo import demo_answers, store_demo_replies
from admin_app.replies.models import Reply, ReplyKind
from admin_app.results.queries import summarise
from admin_app.surveys.demo import demo_questionnaires
from admin_app.surveys.findings import Severity, find_problems
from admin_app.surveys.models import Survey
from admin_app.surveys.question_types import QUESTION_TYPES
from tests.factories import make_survey, make_user


def run(app, *arguments: str):
    return app.test_cli_runner().invoke(main, ["demo", *arguments])


@pytest.mark.parametrize("questionnaire", demo_questionnaires(), ids=lambda one: one.title)
def test_a_survey_of_it_has_nothing_to_mend(questionnaire):
    assert [one for one in find_problems(questionnaire) if one.severity is Severity.ERROR] == []


def test_all_answers_are_such_as_are_taken(app):
    """Each is read back by its question's type, as an answer that staff change is."""
    draw = random.Random(7)
    for questionnaire in demo_questionnaires():
        for _ in range(300):
            answers = demo_answers(questionnaire, draw)
            for question in questionnaire.questions():
                kind = QUESTION_TYPES[question.type]
                typed = kind.fill(question, answers)
                read = kind.collect(question, lambda name, typed=typed: typed.get(name, []))
                assert read == {key: value for key, value in answers.items() if key in read}, (question.key, answers)


def test_the_command(app):
    assert run(app).exit_code == 1, "there is nobody yet who could own it"
    assert db.session.scalar(select(func.count(Survey.id))) == 0
    make_user()
    done = run(app, "--replies", "300")
    assert done.exit_code == 0, done.output
    assert "300 replies" in done.output
    surveys = db.session.scalars(select(Survey).order_by(Survey.id)).all()
    assert [survey.state.value for survey in surveys] == ["open"] * 3
    assert db.session.scalar(select(func.count(Reply.id))) == 300
    summary = summarise(surveys[0])
    assert summary.replies > 150
    assert run(app, "--replies", "0").exit_code == 0
    assert run(app, "--replies", "-1").exit_code == 2


def test_the_same_seed_gives_the_same_replies(app):
    survey = make_survey(questionnaire=demo_questionnaires()[1], published=True)
    with unit_of_work():
        assert list(store_demo_replies(survey, 200, seed=3)) == [200]
    first = [tuple(row) for row in db.session.execute(select(Reply.public_id, Reply.answers).order_by(Reply.id))]
    with unit_of_work() as session:
        session.query(Reply).delete()
    with unit_of_work():
        list(store_demo_replies(survey, 200, seed=3))
    again = [tuple(row) for row in db.session.execute(select(Reply.public_id, Reply.answers).order_by(Reply.id))]
    assert again == first
    kinds = dict(db.session.execute(select(Reply.kind, func.count()).group_by(Reply.kind)).all())
    assert kinds[ReplyKind.COMPLETE] > 150 > kinds[ReplyKind.PARTIAL] > 0


def test_only_for_what_was_published(app):
    with pytest.raises(ValueError, match="published"):
        list(store_demo_replies(make_survey(), 1))
