"""Copies of surveys."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.errors import ForbiddenError, NotFoundError
from admin_app.core.permissions import SYSTEM
from admin_app.replies.models import Reply
from admin_app.surveys import operations
from admin_app.surveys.models import Question, Survey, SurveyShare, SurveyState
from admin_app.surveys.queries import draft_questionnaire
from tests.factories import every_type_questionnaire, login, make_reply, make_role, make_survey, make_user
from tests.helpers import send
from tests.surveys.conftest import entries


@pytest.fixture
def anna(app):
    """Reads all surveys, makes her own."""
    return make_user("anna", make_role("Maker", survey="R:all CUD:own", question="R:all CUD:own"))


def question(survey: Survey, key: str) -> Question:
    return db.session.scalars(select(Question).where(Question.survey_id == survey.id, Question.key == key)).one()


class TestWhatIsCopied:
    def test_every_question_with_its_identity(self, anna, unit):
        original = make_survey(questionnaire=every_type_questionnaire(), published=True)
        copy = unit(operations.duplicate_survey, original, actor=anna)
        asked = draft_questionnaire(original)
        assert len(list(asked.questions())) > 20
        assert all(question.uid for question in asked.questions())
        assert draft_questionnaire(copy) == replace(asked, title=f"{asked.title} (copy)")

    def test_what_is_the_survey_s_own_begins_anew(self, anna, unit):
        tomorrow = now() + dt.timedelta(days=1)
        original = make_survey(opened=True, listed=True, anonymous=True, reply_limit=7, closes_at=tomorrow)
        make_reply(original)
        db.session.add(SurveyShare(survey_id=original.id, user_id=anna.id, access="edit"))
        db.session.commit()
        copy = unit(operations.duplicate_survey, original, actor=anna)
        assert (copy.state, copy.owner_id, copy.current_version_id) == (SurveyState.DRAFT, anna.id, None)
        assert (copy.anonymous, copy.reply_limit, copy.reply_count) == (True, 7, 0)
        assert (copy.listed, copy.opens_at, copy.closes_at, copy.shares) == (False, None, None, [])
        assert copy.public_id != original.public_id
        assert db.session.scalar(select(func.count()).select_from(Reply).where(Reply.survey_id == copy.id)) == 0

    def test_keys_and_codes_are_free_again(self, anna, unit):
        original = make_survey(published=True)
        copy = unit(operations.duplicate_survey, original, actor=anna)
        unit(operations.update_question, question(copy, "age"), {"key": "years"}, actor=anna)
        assert question(original, "age").uid == question(copy, "years").uid

    def test_what_is_retired_stays_behind(self, anna, unit):
        original = make_survey(published=True)
        unit(operations.retire_question, question(original, "age"), actor=SYSTEM)
        copy = unit(operations.duplicate_survey, original, actor=anna)
        assert "age" not in draft_questionnaire(copy).by_key
        assert len(draft_questionnaire(copy).by_key) == 9

    def test_the_original_stays_as_it_is(self, anna, unit):
        original = make_survey(opened=True)
        before = (original.lock_version, original.updated_at, draft_questionnaire(original))
        unit(operations.duplicate_survey, original, actor=anna)
        db.session.refresh(original)
        assert (original.lock_version, original.updated_at, draft_questionnaire(original)) == before

    def test_an_archived_survey_can_be_the_model(self, anna, unit):
        original = make_survey(opened=True)
        unit(operations.close_survey, original, actor=SYSTEM)
        unit(operations.archive_survey, original, actor=SYSTEM)
        assert unit(operations.duplicate_survey, original, actor=anna).state is SurveyState.DRAFT

    def test_a_copy_of_a_copy(self, anna, unit):
        first = unit(operations.duplicate_survey, make_survey(), actor=anna)
        assert unit(operations.duplicate_survey, first, actor=anna).title == "Working here (copy) (copy)"

    def test_the_longest_title_has_room_for_the_word(self, anna, unit):
        copy = unit(operations.duplicate_survey, make_survey(title="x" * 300), actor=anna)
        assert copy.title == "x" * 293 + " (copy)"

    def test_the_system_s_copy_stays_with_the_owner(self, app, unit):
        original = make_survey()
        assert unit(operations.duplicate_survey, original, actor=SYSTEM).owner_id == original.owner_id

    def test_the_log_says_of_what(self, anna, unit):
        original = make_survey(title="Lunch")
        copy = unit(operations.duplicate_survey, original, actor=anna)
        entry = entries("survey.create")[-1]
        assert (entry.record_id, entry.actor_id) == (copy.id, anna.id)
        assert entry.changes["copied_from"] == [None, f"Lunch ({original.public_id})"]
        assert entry.changes["questions"] == [None, 10]


class TestWhoMay:
    def refused(self, unit, actor, error):
        original = make_survey()
        with pytest.raises(error):
            unit(operations.duplicate_survey, original, actor=actor)
        assert db.session.scalar(select(func.count()).select_from(Survey)) == 1

    def test_not_who_may_not_see_it(self, app, unit):
        self.refused(unit, make_user("own", make_role(survey="CRUD:own", question="CRUD:own")), NotFoundError)

    def test_not_who_may_not_see_its_questions(self, app, unit):
        self.refused(unit, make_user("half", make_role(survey="CR:all", question="C:all R:own")), NotFoundError)

    def test_not_who_makes_no_surveys(self, app, unit):
        self.refused(unit, make_user("vera", "viewer"), ForbiddenError)

    def test_not_who_makes_no_questions(self, app, unit):
        self.refused(unit, make_user("half", make_role(survey="CR:all", question="R:all")), ForbiddenError)

    def test_not_one_that_was_deleted_meanwhile(self, anna, unit):
        original = make_survey()
        unit(operations.delete_survey, original, actor=SYSTEM)
        with pytest.raises(NotFoundError):
            unit(operations.duplicate_survey, original, actor=anna)
        assert db.session.scalar(select(func.count()).select_from(Survey)) == 1


class TestButton:
    def test_it_leads_on_to_the_copy(self, client):
        root = make_user("root")
        login(client, root)
        original = make_survey(root)
        page = client.get(f"/admin/survey/details/?id={original.id}").text
        assert 'action="/admin/survey/duplicate/"' in page
        answer = send(client, "/admin/survey/duplicate/", {"id": str(original.id)})
        copy = db.session.scalars(select(Survey).order_by(Survey.id.desc())).first()
        assert (answer.status_code, answer.location) == (303, f"/admin/survey/{copy.id}/build")
        assert copy.title == "Working here (copy)"

    def test_not_for_who_makes_none(self, client):
        vera, original = make_user("vera", "viewer"), make_survey()
        login(client, vera)
        assert "/admin/survey/duplicate/" not in client.get(f"/admin/survey/details/?id={original.id}").text
        assert send(client, "/admin/survey/duplicate/", {"id": str(original.id)}).status_code == 403
        assert db.session.scalar(select(func.count()).select_from(Survey)) == 1

    def test_not_of_what_one_does_not_see(self, client, app):
        login(client, make_user("own", make_role(survey="CRUD:own", question="CRUD:own")))
        original = make_survey()
        assert send(client, "/admin/survey/duplicate/", {"id": str(original.id)}).status_code == 404
        assert db.session.scalar(select(func.count()).select_from(Survey)) == 1
