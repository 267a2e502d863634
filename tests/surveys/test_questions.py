"""Sections and questions of a draft."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from admin_app.core.permissions import SYSTEM
from admin_app.surveys import operations
from admin_app.surveys.models import Question
from admin_app.surveys.operations import Edge, Edit
from admin_app.surveys.queries import draft_questionnaire
from tests.factories import make_role, make_survey, make_user
from tests.surveys.conftest import entries

TEXT = {"key": "why", "type": "text", "label": "Why?"}


@pytest.fixture
def survey(app):
    return make_survey()


def question_of(survey, key):
    return db.session.scalars(select(Question).where(Question.survey_id == survey.id, Question.key == key)).one()


class TestSection:
    def test_it_is_added_at_the_end(self, survey, unit):
        section = unit(operations.add_section, survey, {"title": "Last", "description": "<p>x</p>"}, actor=SYSTEM)
        assert [one.title for one in draft_questionnaire(survey).sections] == ["About you", "Your work", "Last"]
        assert entries("section.create")[0].record_id == section.id

    def test_it_is_changed(self, survey, unit):
        section = survey.sections[0]
        unit(operations.update_section, section, {"title": "You", "description": "<script>x</script>"}, actor=SYSTEM)
        assert (section.title, section.description) == ("You", "")
        assert entries("section.update")[0].changes == {"title": ["About you", "You"]}
        unit(operations.update_section, section, {"title": "You"}, actor=SYSTEM)
        assert len(entries("section.update")) == 1

    def test_wrong_values_are_named(self, survey, unit):
        with pytest.raises(InvalidError) as caught:
            unit(operations.add_section, survey, {"title": 1, "rank": "a"}, actor=SYSTEM)
        assert set(caught.value.fields) == {"title", "rank"}


class TestAdd:
    def test_it_is_added_at_the_end_of_its_section(self, survey, unit):
        data = {
            "key": "colour",
            "type": "single_choice",
            "label": "Colour?",
            "required": True,
            "personal": False,
            "settings": {"other": True, "required_message": None, "invalid_message": ""},
            "choices": [{"code": "red", "label": "Red"}, {"code": "none", "label": "None", "exclusive": True}],
        }
        question = unit(operations.add_question, survey.sections[0], data, actor=SYSTEM)
        asked = draft_questionnaire(survey).sections[0].questions[-1]
        assert (asked.key, asked.labels, asked.settings) == (
            "colour",
            {"red": "Red", "none": "None"},
            {"other": True},
        )
        assert entries("question.create")[0].record_id == question.id

    def test_into_an_empty_section(self, survey, unit):
        section = unit(operations.add_section, survey, {}, actor=SYSTEM)
        unit(operations.add_question, section, TEXT, actor=SYSTEM)
        assert [one.key for one in draft_questionnaire(survey).sections[2].questions] == ["why"]

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("key", "1st"),
            ("key", None),
            ("type", "telepathy"),
            ("type", []),
            ("label", "x" * 5001),
            ("required", "on"),
            ("settings", []),
            ("choices", "red"),
            ("choices", ["red"]),
            ("choices", [{"code": "a b", "label": "A"}]),
            ("choices", [{"label": "A"}]),
            ("choices", [{"code": "a", "label": "A"}, {"code": "a", "label": "B"}]),
            ("choices", [{"code": "a", "uid": "u"}, {"code": "b", "uid": "u"}]),
            ("choices", [{"code": "a", "label": "A", "exclusive": 1}]),
            ("rows", [{"code": "a", "label": None}]),
            ("uid", "x"),
        ],
    )
    def test_a_wrong_value_is_refused_by_its_name(self, survey, unit, field, value):
        with pytest.raises(InvalidError) as caught:
            unit(operations.add_question, survey.sections[0], {**TEXT, field: value}, actor=SYSTEM)
        assert list(caught.value.fields) == [field]

    def test_key_and_type_are_needed(self, survey, unit):
        with pytest.raises(InvalidError) as caught:
            unit(operations.add_question, survey.sections[0], {}, actor=SYSTEM)
        assert set(caught.value.fields) == {"key", "type"}


class TestUpdate:
    def test_nothing_changed_is_nothing_recorded(self, survey, unit):
        question = question_of(survey, "team")
        there = [{"code": choice.code, "label": choice.label} for choice in question.choices]
        unit(operations.update_question, question, {"label": question.label, "choices": there}, actor=SYSTEM)
        assert entries("question.update") == []

    def test_the_order_of_choices_is_that_of_the_list(self, survey, unit):
        question = question_of(survey, "team")
        there = [{"uid": one.uid, "code": one.code, "label": one.label} for one in reversed(question.choices)]
        unit(operations.update_question, question, {"choices": there}, actor=SYSTEM)
        assert list(draft_questionnaire(survey).by_key["team"].labels) == ["ops", "dev"]
        assert "choices" in entries("question.update")[0].changes

    def test_another_type_keeps_the_settings_that_mean_the_same(self, survey, unit):
        question = question_of(survey, "age")
        settings = {**question.settings, "required_message": "Please!"}
        unit(operations.update_question, question, {"settings": settings}, actor=SYSTEM)
        unit(operations.update_question, question, {"type": "text"}, actor=SYSTEM)
        assert question.settings == {"required_message": "Please!"}
        unit(operations.update_question, question, {"type": "integer", "settings": {"min": 1}}, actor=SYSTEM)
        assert question.settings == {"min": 1}

    def test_an_archived_survey_is_not_changed(self, survey, unit):
        unit(operations.archive_survey, survey, actor=SYSTEM)
        with pytest.raises(ConflictError, match="archived"):
            unit(operations.update_question, question_of(survey, "team"), {"label": "T"}, actor=SYSTEM)

    def test_a_deleted_question_is_not_changed(self, survey, unit):
        question = question_of(survey, "team")
        with unit_of_work():
            question.deleted_at = survey.created_at
        with pytest.raises(ConflictError, match="deleted"):
            unit(operations.update_question, question, {"label": "T"}, actor=SYSTEM)
        assert "team" not in draft_questionnaire(survey).by_key


class TestRetire:
    def test_it_is_left_out_and_comes_back(self, survey, unit):
        question = question_of(survey, "age")
        unit(operations.retire_question, question, actor=SYSTEM)
        assert "age" not in draft_questionnaire(survey).by_key
        with pytest.raises(ConflictError, match="already"):
            unit(operations.retire_question, question, actor=SYSTEM)
        unit(operations.restore_question, question, actor=SYSTEM)
        assert list(draft_questionnaire(survey).by_key).index("age") == 2
        with pytest.raises(ConflictError, match="not retired"):
            unit(operations.restore_question, question, actor=SYSTEM)
        assert len(entries("question.retire")) == len(entries("question.restore")) == 1


class TestRights:
    CALLS = {
        "add_section": lambda survey: (survey, {"title": "T"}),
        "update_section": lambda survey: (survey.sections[0], {"title": "T"}),
        "add_question": lambda survey: (survey.sections[0], TEXT),
        "update_question": lambda survey: (question_of(survey, "age"), {"label": "T"}),
        "retire_question": lambda survey: (question_of(survey, "age"),),
        "restore_question": lambda survey: (question_of(survey, "age"),),
        "save_question": lambda survey: (question_of(survey, "age"), {"label": Edit("", "T")}),
        "save_section": lambda survey: (survey.sections[0], {"title": Edit("", "T")}),
        "move_question": lambda survey: (question_of(survey, "age"), survey.sections[0], Edge.START),
        "move_section": lambda survey: (survey.sections[0], Edge.END),
        "duplicate_question": lambda survey: (question_of(survey, "age"),),
        "duplicate_section": lambda survey: (survey.sections[0],),
        "delete_question": lambda survey: (question_of(survey, "age"),),
        "delete_section": lambda survey: (survey.sections[0],),
        "undelete_question": lambda survey: (question_of(survey, "age"),),
        "undelete_section": lambda survey: (survey.sections[0],),
        "retire_section": lambda survey: (survey.sections[0],),
        "restore_section": lambda survey: (survey.sections[0],),
        "paste_choices": lambda survey: (question_of(survey, "team"), "choices", "A"),
    }
    OPTIONS = {
        "save_question": {"lock_version": 1},
        "save_section": {"lock_version": 1},
        "paste_choices": {"replace": True},
    }

    @pytest.mark.parametrize("name", CALLS)
    def test_a_reader_is_refused_and_a_stranger_sees_nothing(self, survey, unit, name):
        reader = make_user("vera", make_role("Reader", question="R:all"))
        stranger = make_user("stan", make_role("Stranger", question="CRUD:own"))
        arguments, options = self.CALLS[name](survey), self.OPTIONS.get(name, {})
        before = draft_questionnaire(survey)
        with pytest.raises(ForbiddenError):
            unit(getattr(operations, name), *arguments, actor=reader, **options)
        with pytest.raises(NotFoundError):
            unit(getattr(operations, name), *arguments, actor=stranger, **options)
        assert draft_questionnaire(survey) == before
