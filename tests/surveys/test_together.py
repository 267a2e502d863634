"""Many people build one survey at the same moment: they wait for each other, and nothing is lost or stored twice."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest
from sqlalchemy import select

from admin_app.audit.models import AuditPending
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ConflictError
from admin_app.core.permissions import SYSTEM, SystemActor
from admin_app.surveys import operations
from admin_app.surveys.models import Question, Section, Survey
from admin_app.surveys.operations import Edit, Overtaken
from admin_app.surveys.queries import draft_questionnaire
from tests.factories import make_survey

PEOPLE = 6


@pytest.fixture
def survey(app):
    survey_id = make_survey().id
    db.session.remove()
    return survey_id


@pytest.fixture
def together(app):
    """Let several people do something at once; returns what each was refused, None for what was done."""

    def run(work: Callable[[int], None]) -> list[Exception | None]:
        barrier, results = threading.Barrier(PEOPLE), [None] * PEOPLE

        def person(number: int) -> None:
            with app.app_context():
                barrier.wait()
                try:
                    with unit_of_work():
                        work(number)
                except ConflictError as error:
                    results[number] = error
                finally:
                    db.session.remove()

        threads = [threading.Thread(target=person, args=(number,)) for number in range(PEOPLE)]
        for one in threads:
            one.start()
        for one in threads:
            one.join(30)
        return results

    return run


def question(survey_id, key):
    return db.session.scalars(select(Question).where(Question.survey_id == survey_id, Question.key == key)).one()


def test_all_add_at_the_same_place(survey, together):
    def add(number):
        section = db.session.scalars(select(Section).where(Section.survey_id == survey).order_by(Section.id)).first()
        data = {"key": "", "type": "text", "label": "Same words"}
        operations.add_question(section, data, after=question(survey, "name"), actor=SYSTEM)

    assert together(add) == [None] * PEOPLE
    asked = draft_questionnaire(db.session.get_one(Survey, survey)).sections[0].questions
    added = [one.key for one in asked if one.label == "Same words"]
    assert sorted(added) == ["same_words", *(f"same_words_{number}" for number in range(2, PEOPLE + 1))]
    assert [one.key for one in asked if one.label != "Same words"] == ["welcome", "name", "age", "height", "started"]
    ranks = db.session.scalars(
        select(Question.rank).where(Question.survey_id == survey, Question.label == "Same words")
    )
    assert len(set(ranks)) == PEOPLE


def test_all_type_into_the_same_words(survey, together):
    def save(number):
        edits = {"label": Edit("Your age", f"Words of {number}")}
        actor = SystemActor(f"Person {number}", id=number + 1)
        operations.save_question(question(survey, "age"), edits, lock_version=1, actor=actor)

    results = together(save)
    assert sum(one is None for one in results) == 1
    assert all(isinstance(one, Overtaken) for one in results if one is not None)
    winner = results.index(None)
    assert question(survey, "age").label == f"Words of {winner}"
    assert [(one.actor_name, one.after) for one in db.session.scalars(select(AuditPending))] == [
        (f"Person {winner}", f"Words of {winner}")
    ]


def test_one_person_in_many_windows(survey, together):
    fields = ("label", "hint", "description", "settings.min", "settings.max", "settings.required_message")
    values = ("How old?", "In years", "<p>x</p>", 17, 121, "Please!")

    def save(number):
        age = question(survey, "age")
        before = {"label": "Your age", "settings.min": 16, "settings.max": 120}.get(fields[number], "")
        before = None if fields[number] == "settings.required_message" else before
        edits = {fields[number]: Edit(before, values[number])}
        operations.save_question(age, edits, lock_version=1, actor=SystemActor("Anna", id=1))

    assert together(save) == [None] * PEOPLE
    age = question(survey, "age")
    assert (age.label, age.hint, age.description) == values[:3]
    assert age.settings == {"min": 17, "max": 121, "required_message": "Please!"}


def test_publishing_while_others_type(survey, together):
    def work(number):
        if number == 0:
            operations.publish_survey(db.session.get_one(Survey, survey), actor=SYSTEM)
        else:
            edits = {"hint": Edit("", f"Hint of {number}")}
            actor = SystemActor(f"Person {number}", id=number)
            operations.save_question(
                question(survey, ("age", "name", "team", "tools", "happy")[number - 1]),
                edits,
                lock_version=1,
                actor=actor,
            )

    assert together(work) == [None] * PEOPLE
    hints = {one.key: one.hint for one in draft_questionnaire(db.session.get_one(Survey, survey)).questions()}
    assert [hints[key] for key in ("age", "name", "team", "tools", "happy")] == [f"Hint of {n}" for n in range(1, 6)]


def test_sets_of_questions_of_the_same_surveys(survey, together):
    """Chosen in whatever order, drafts are locked in one: nobody waits for ever, also while one is published."""
    other = make_survey().id
    db.session.remove()
    keys = ("name", "height", "comment", "age")

    def change(number):
        if number == 0:
            operations.publish_survey(db.session.get_one(Survey, other), actor=SYSTEM)
            return
        order = Question.id if number % 2 else Question.id.desc()
        chosen = select(Question).where(Question.key.in_(keys), Question.survey_id.in_([survey, other])).order_by(order)
        operation = (operations.require_answers, operations.make_optional, operations.retire_questions)[number % 3]
        operation(chosen, actor=SYSTEM)

    assert together(change) == [None] * PEOPLE
    retired = select(Question.key).where(Question.retired_at.is_not(None), Question.survey_id.in_([survey, other]))
    assert sorted(db.session.scalars(retired)) == sorted(keys * 2)
