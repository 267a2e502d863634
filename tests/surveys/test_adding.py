"""A question that goes live at once, and a survey that goes live before it has one."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from admin_app.accounts.models import User
from admin_app.audit.models import AuditEntry
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from admin_app.core.permissions import SYSTEM
from admin_app.surveys import operations
from admin_app.surveys.differences import compare
from admin_app.surveys.models import Question, Survey, SurveyState, SurveyVersion
from admin_app.surveys.queries import draft_questionnaire, questionnaire_of
from admin_app.surveys.questionnaire import Questionnaire
from tests.factories import make_survey, make_user

pytestmark = pytest.mark.usefixtures("app")

ANOTHER = {"type": "text", "label": "One more", "key": ""}


def append(survey: Survey, data=None, actor=SYSTEM) -> Question:
    with unit_of_work():
        return operations.append_question(survey, data or ANOTHER, actor=actor)


def keys(questionnaire: Questionnaire) -> list[str]:
    return [question.key for question in questionnaire.questions()]


def published(survey: Survey) -> Questionnaire:
    assert survey.current_version is not None
    return questionnaire_of(survey.current_version)


def count(model: type) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


class TestAppending:
    def test_a_draft_only_gets_longer(self):
        survey = make_survey()
        question = append(survey)
        assert keys(draft_questionnaire(survey))[-1] == question.key == "one_more"
        assert question.published_at is None
        assert count(SurveyVersion) == 0

    def test_a_draft_without_a_section_gets_one(self):
        user = make_user()
        with unit_of_work():
            survey = operations.create_survey({"title": "Empty"}, actor=user)
        append(survey)
        assert keys(draft_questionnaire(survey)) == ["one_more"]

    def test_a_published_survey_asks_it_from_now_on(self):
        survey = make_survey(opened=True)
        before = keys(published(survey))
        question = append(survey, {"type": "single_choice", "label": "Which?", "key": "",
                                   "choices": [{"code": "a", "label": "A"}]})  # fmt: skip
        db.session.expire_all()
        assert survey.current_version.number == 2
        assert keys(published(survey)) == [*before, "which"]
        assert question.published_at is not None
        assert all(choice.published_at is not None for choice in question.choices)
        assert not compare(published(survey), draft_questionnaire(survey))
        assert survey.state is SurveyState.OPEN

    def test_other_changes_of_the_draft_stay_unpublished(self):
        survey = make_survey(opened=True)
        with unit_of_work():
            first, second = survey.sections
            operations.update_section(second, {"title": "Reworded"}, actor=SYSTEM)
            operations.retire_question(first.questions[1], actor=SYSTEM)
            operations.update_survey(survey, {"introduction": "<p>Other words</p>"}, actor=SYSTEM)
            operations.add_question(second, {"type": "text", "label": "Not yet", "key": "not_yet"}, actor=SYSTEM)
        before = published(survey)
        append(survey)
        after = published(survey)
        assert (after.introduction, [one.title for one in after.sections]) == (
            before.introduction,
            [one.title for one in before.sections],
        )
        assert keys(after) == [*keys(before), "one_more"]
        drafted = draft_questionnaire(survey)
        assert "Other words" in drafted.introduction
        assert keys(drafted)[-2:] == ["not_yet", "one_more"]
        assert first.questions[1].key not in keys(drafted)
        not_yet = db.session.scalars(select(Question).where(Question.key == "not_yet")).one()
        assert not_yet.published_at is None

    def test_where_no_published_section_is_left_it_gets_one_of_its_own(self):
        survey = make_survey(opened=True)
        with unit_of_work():
            secret = operations.add_section(survey, {"title": "Secret"}, actor=SYSTEM)
            for section in survey.sections:
                if section is not secret:
                    operations.retire_section(section, actor=SYSTEM)
        append(survey)
        assert [one.title for one in published(survey).sections] == ["About you", "Your work", ""]

    def test_the_log_tells_of_question_and_version(self):
        survey = make_survey(opened=True)
        last = db.session.scalar(select(func.max(AuditEntry.id)))
        append(survey)
        told = db.session.scalars(select(AuditEntry.action).where(AuditEntry.id > last).order_by(AuditEntry.id))
        assert list(told) == ["question.create", "survey.publish"]


class TestRefusals:
    @pytest.fixture
    def survey(self) -> Survey:
        return make_survey(make_user("owner", role="own_surveys"), opened=True)

    @pytest.mark.parametrize(
        ("role", "error"), [("viewer", ForbiddenError), ("own_surveys", NotFoundError), (None, NotFoundError)]
    )
    def test_who_may_not(self, survey, role, error):
        self.refused(survey, error, actor=make_user("stranger", role=role))

    def test_who_may_add_but_not_publish(self, survey):
        editor = make_user("editor", role="editor")
        with unit_of_work():
            operations.share_survey(survey, {"edit": [editor]}, actor=survey.owner)
        self.refused(survey, ForbiddenError, actor=editor)

    def test_what_cannot_be_published(self, survey):
        self.refused(survey, InvalidError, {"type": "single_choice", "label": "Out of nothing", "key": ""})

    def test_what_cannot_be_published_is_not_drafted_either(self):
        survey = make_survey()
        self.refused(survey, InvalidError, {"type": "single_choice", "label": "Out of nothing", "key": ""})

    def test_an_archived_survey(self, survey):
        with unit_of_work():
            operations.close_survey(survey, actor=SYSTEM)
            operations.archive_survey(survey, actor=SYSTEM)
        self.refused(survey, ConflictError)

    def refused(self, survey: Survey, error: type[Exception], data=None, actor: User = SYSTEM) -> None:
        before = count(Question), count(SurveyVersion), count(AuditEntry)
        with pytest.raises(error):
            append(survey, data, actor)
        assert (count(Question), count(SurveyVersion), count(AuditEntry)) == before


class TestGoingLiveEmpty:
    def start(self, **options) -> Survey:
        user = make_user()
        with unit_of_work():
            return operations.import_survey(
                Questionnaire("Empty"), owner=user, actor=user, take_replies=True, **options
            )

    def test_it_is_open_and_filled_later(self):
        survey = self.start(may_be_empty=True)
        assert survey.state is SurveyState.OPEN
        append(survey)
        assert keys(published(survey)) == ["one_more"]

    def test_not_by_itself(self):
        with pytest.raises(InvalidError, match="no questions"):
            self.start()
        assert count(Survey) == 0

    def test_its_columns_are_checked(self):
        with pytest.raises(InvalidError):
            self.start(may_be_empty=True, columns={"closes_at": "soon"})
        assert count(Survey) == 0


def test_what_is_kept_of_a_question_lasts_while_its_type_does():
    survey = make_survey()
    settings = {"sent_type": "radio", "sent_choices": [1, {"a": None}]}
    question = append(survey, {**ANOTHER, "settings": settings})
    with unit_of_work():
        edits = {"settings.max_length": operations.Edit(None, 5)}
        operations.save_question(question, edits, lock_version=question.lock_version, actor=SYSTEM)
    assert question.settings == {**settings, "max_length": 5}
    with unit_of_work():
        operations.update_question(question, {"type": "long_text"}, actor=SYSTEM)
    assert question.settings == {"max_length": 5}
