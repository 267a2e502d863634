"""Where sections and questions stand: adding at a place and moving touch one row."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ConflictError, InvalidError, NotFoundError
from admin_app.core.permissions import SYSTEM
from admin_app.surveys import operations
from admin_app.surveys.models import Question, Section
from admin_app.surveys.operations import Edge
from admin_app.surveys.queries import draft_questionnaire
from admin_app.surveys.ranks import LONGEST, reorder, spread
from tests.factories import make_survey
from tests.surveys.conftest import entries
from tests.surveys.test_questions import question_of

UID = "bcdfghjkmnpq"


@pytest.fixture
def survey(app):
    return make_survey()


def keys(survey, section=0):
    return [one.key for one in draft_questionnaire(survey).sections[section].questions]


def titles(survey):
    return [one.title for one in draft_questionnaire(survey).sections]


def versions():
    db.session.expire_all()
    return dict(db.session.execute(select(Question.key, Question.lock_version)).all())


class TestAdd:
    def add(self, unit, section, key, **options):
        return unit(
            operations.add_question, section, {"key": key, "type": "text", "label": key}, actor=SYSTEM, **options
        )

    def test_behind_another_one_at_the_start_and_at_the_end(self, survey, unit):
        section = survey.sections[0]
        self.add(unit, section, "second", after=question_of(survey, "welcome"))
        self.add(unit, section, "first", after=Edge.START)
        self.add(unit, section, "last")
        assert keys(survey) == ["first", "welcome", "second", "name", "age", "height", "started", "last"]

    def test_behind_what_is_not_in_the_section(self, survey, unit):
        with pytest.raises(ConflictError, match="not there any more"):
            self.add(unit, survey.sections[0], "x", after=question_of(survey, "team"))
        unit(operations.delete_question, question_of(survey, "age"), actor=SYSTEM)
        with pytest.raises(ConflictError, match="not there any more"):
            self.add(unit, survey.sections[0], "x", after=question_of(survey, "age"))

    def test_a_section_behind_another_one(self, survey, unit):
        unit(operations.add_section, survey, {"title": "Middle"}, after=survey.sections[0], actor=SYSTEM)
        unit(operations.add_section, survey, {"title": "First"}, after=Edge.START, actor=SYSTEM)
        assert titles(survey) == ["First", "About you", "Middle", "Your work"]

    def test_asking_twice_adds_once(self, survey, unit):
        data = {"key": "", "type": "text", "label": "Colour?", "uid": UID}
        one = unit(operations.add_question, survey.sections[0], data, actor=SYSTEM)
        two = unit(operations.add_question, survey.sections[0], data, actor=SYSTEM)
        assert one is two
        assert (one.uid, one.key) == (UID, "colour")
        first = unit(operations.add_section, survey, {"uid": UID}, actor=SYSTEM)
        assert unit(operations.add_section, survey, {"uid": UID}, actor=SYSTEM) is first
        assert len(entries("question.create")) == len(entries("section.create")) == 1

    @pytest.mark.parametrize("uid", ["", "x", 5, None, "a" * 12, f"{UID}b"])
    def test_an_identity_has_a_form(self, survey, unit, uid):
        with pytest.raises(InvalidError) as caught:
            unit(operations.add_section, survey, {"uid": uid}, actor=SYSTEM)
        assert list(caught.value.fields) == ["uid"]

    def test_not_into_a_section_that_is_retired_or_gone(self, survey, unit):
        section = survey.sections[0]
        unit(operations.retire_section, section, actor=SYSTEM)
        with pytest.raises(ConflictError, match="retired"):
            self.add(unit, section, "x")
        unit(operations.delete_section, survey.sections[1], actor=SYSTEM)
        with pytest.raises(ConflictError, match="deleted"):
            self.add(unit, survey.sections[1], "x")


class TestMoveQuestion:
    def move(self, unit, survey, key, after, section=0):
        target = question_of(survey, after) if isinstance(after, str) else after
        unit(operations.move_question, question_of(survey, key), survey.sections[section], target, actor=SYSTEM)

    def test_within_its_section(self, survey, unit):
        before = versions()
        self.move(unit, survey, "started", "welcome")
        assert keys(survey) == ["welcome", "started", "name", "age", "height"]
        self.move(unit, survey, "age", Edge.START)
        assert keys(survey) == ["age", "welcome", "started", "name", "height"]
        changed = {key for key, version in versions().items() if version != before[key]}
        assert changed == {"started", "age"}
        assert list(entries("question.move")[0].changes) == ["rank"]

    def test_into_another_section(self, survey, unit):
        self.move(unit, survey, "age", "happy", section=1)
        assert keys(survey) == ["welcome", "name", "height", "started"]
        assert keys(survey, 1) == ["happy", "age", "team", "tools", "habits", "comment"]
        assert set(entries("question.move")[0].changes) == {"section_id", "rank"}
        assert question_of(survey, "age").section is survey.sections[1]

    def test_to_where_it_is(self, survey, unit):
        before = versions()
        self.move(unit, survey, "name", "welcome")
        self.move(unit, survey, "welcome", Edge.START)
        self.move(unit, survey, "started", Edge.END)
        assert versions() == before
        assert entries("question.move") == []

    def test_not_behind_itself(self, survey, unit):
        with pytest.raises(ConflictError, match="not there any more"):
            self.move(unit, survey, "name", "name")

    def test_not_into_another_survey_or_a_section_that_is_gone(self, survey, unit):
        other = make_survey(title="Another")
        with pytest.raises(NotFoundError):
            unit(operations.move_question, question_of(survey, "age"), other.sections[0], Edge.END, actor=SYSTEM)
        unit(operations.delete_section, survey.sections[1], actor=SYSTEM)
        with pytest.raises(NotFoundError):
            self.move(unit, survey, "age", Edge.END, section=1)
        assert len(keys(survey)) == 5

    def test_not_into_a_retired_section(self, survey, unit):
        unit(operations.retire_section, survey.sections[1], actor=SYSTEM)
        with pytest.raises(ConflictError, match="retired"):
            self.move(unit, survey, "age", Edge.END, section=1)

    def test_what_was_deleted_comes_back_to_where_it_was(self, survey, unit):
        age = question_of(survey, "age")
        unit(operations.delete_question, age, actor=SYSTEM)
        self.move(unit, survey, "started", "name")
        unit(operations.undelete_question, age, actor=SYSTEM)
        assert keys(survey) == ["welcome", "name", "started", "age", "height"]

    def test_where_no_rank_is_left_all_are_spread_anew(self, survey, unit):
        section = survey.sections[0]
        low, high = "a" + "0" * (LONGEST - 2) + "1", "a" + "0" * (LONGEST - 2) + "2"
        with unit_of_work():
            for key, rank in {"welcome": "9", "name": low, "age": high, "height": "b", "started": "c"}.items():
                db.session.execute(
                    update(Question).where(Question.section_id == section.id, Question.key == key).values(rank=rank)
                )
        db.session.expire_all()
        before = versions()
        self.move(unit, survey, "started", "name")
        assert keys(survey) == ["welcome", "name", "started", "age", "height"]
        assert max(len(one.rank) for one in section.questions) <= 3
        changed = {key for key, version in versions().items() if version != before[key]}
        assert changed == {"started"}, "nobody edits a rank"

    def test_ranks_that_are_equal_are_told_apart(self, survey, unit):
        with unit_of_work():
            db.session.execute(update(Question).where(Question.section_id == survey.sections[0].id).values(rank="V"))
        db.session.expire_all()
        self.move(unit, survey, "started", "welcome")
        assert keys(survey) == ["welcome", "started", "name", "age", "height"]
        with unit_of_work():
            db.session.execute(update(Question).where(Question.section_id == survey.sections[1].id).values(rank="V"))
        db.session.expire_all()
        unit(
            operations.add_question,
            survey.sections[1],
            {"key": "x", "type": "text", "label": "x"},
            after=question_of(survey, "team"),
            actor=SYSTEM,
        )
        assert keys(survey, 1) == ["happy", "team", "x", "tools", "habits", "comment"]


class TestMoveSection:
    def test_it_takes_its_questions_along(self, survey, unit):
        first, second = survey.sections
        unit(operations.move_section, second, Edge.START, actor=SYSTEM)
        assert titles(survey) == ["Your work", "About you"]
        assert keys(survey)[0] == "happy"
        unit(operations.move_section, second, first, actor=SYSTEM)
        assert titles(survey) == ["About you", "Your work"]
        unit(operations.move_section, second, Edge.END, actor=SYSTEM)
        assert len(entries("section.move")) == 2

    def test_not_behind_a_section_of_another_survey(self, survey, unit):
        other = make_survey(title="Another")
        with pytest.raises(NotFoundError):
            unit(operations.move_section, survey.sections[0], other.sections[0], actor=SYSTEM)

    def test_where_no_rank_is_left(self, survey, unit):
        third = unit(operations.add_section, survey, {"title": "Third"}, actor=SYSTEM)
        with unit_of_work():
            db.session.execute(update(Section).values(rank="V"))
        db.session.expire_all()
        unit(operations.move_section, third, Edge.START, actor=SYSTEM)
        assert titles(survey) == ["Third", "About you", "Your work"]
        with unit_of_work():
            db.session.execute(update(Section).values(rank="0" * (LONGEST - 1) + "1"))
        db.session.expire_all()
        first = survey.sections[0]
        unit(operations.move_section, third, first, actor=SYSTEM)
        assert titles(survey) == ["About you", "Third", "Your work"]


class TestReorder:
    """Ranks for a whole list, of which few moved."""

    def test_what_is_in_order_keeps_its_rank(self):
        ranks = spread(6)
        moved = [ranks[0], ranks[4], ranks[1], ranks[2], ranks[3], ranks[5]]
        after = reorder(moved)
        assert after == sorted(set(after))
        assert [one for one, was in zip(after, moved, strict=True) if one != was] == [after[1]]

    @pytest.mark.parametrize("count", [0, 1, 40])
    def test_new_ones_alone(self, count):
        assert reorder([None] * count) == spread(count)

    def test_too_many_between_two_are_spread(self):
        after = reorder(["a", *[None] * 900, "b"])
        assert after == sorted(set(after))
        assert max(map(len, after)) <= LONGEST

    @settings(max_examples=100, deadline=None)
    @given(st.lists(st.one_of(st.none(), st.integers(0, 30)), max_size=40))
    def test_any_list_comes_out_in_order(self, places):
        known = spread(31)
        after = reorder([None if place is None else known[place] for place in places])
        assert after == sorted(set(after))
        assert len(after) == len(places)
