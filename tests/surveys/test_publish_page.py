"""The page before publishing, and the question before discarding."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from admin_app.core.db import db, unit_of_work
from admin_app.core.permissions import SYSTEM
from admin_app.replies.models import ReviewStatus
from admin_app.surveys import operations
from admin_app.surveys.models import Question, SurveyState, SurveyVersion
from admin_app.surveys.queries import draft_questionnaire
from admin_app.surveys.questionnaire import Questionnaire, QuestionSpec, SectionSpec
from tests.factories import login, make_reply, make_role, make_survey, make_user
from tests.helpers import count_statements, send


@pytest.fixture
def root(client):
    """An administrator who is logged in."""
    user = make_user("root")
    login(client, user)
    return user


def address(survey, page="publish"):
    return f"/admin/survey/{survey.id}/{page}"


def update(survey, key, **changes):
    question = db.session.scalars(select(Question).where(Question.survey_id == survey.id, Question.key == key)).one()
    with unit_of_work():
        operations.update_question(question, changes, actor=SYSTEM)


def text_of(page):
    """The words of a page, without its markup."""
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


def seen_in(page):
    return re.search(r'name="seen" value="([0-9a-f]{64})"', page.text)[1]


def versions(survey):
    count = select(SurveyVersion.number).where(SurveyVersion.survey_id == survey.id).order_by(SurveyVersion.number)
    return list(db.session.scalars(count))


class TestPublish:
    def test_the_first_version(self, client, root):
        survey = make_survey(root)
        page = client.get(address(survey))
        assert page.status_code == 200
        assert "Questions 10 Sections 2" in text_of(page)
        assert "Publish version 1" in text_of(page)
        assert "Discard changes" not in text_of(page)
        done = send(client, address(survey), {"seen": seen_in(page)})
        assert (done.status_code, done.headers["Location"]) == (303, f"/admin/survey/details/?id={survey.id}")
        assert versions(survey) == [1]
        assert survey.current_version.published_by_id == root.id
        assert "Open it to take replies." in text_of(client.get("/admin/"))

    def test_what_changes(self, client, root):
        survey = make_survey(root, opened=True)
        for number in range(3):
            make_reply(survey, {"age": 30, "team": None, "team__other": "Kitchen" if number else None, "height": None})
        make_reply(survey, {"age": 31}, test=True)
        make_reply(survey, {"age": 31}, review_status=ReviewStatus.SPAM)
        update(survey, "age", label="How old are you?", settings={"min": 18, "max": 120})
        update(survey, "team", choices=[{"code": "ops", "label": "Operators"}, {"code": "hr", "label": "People"}])
        update(survey, "height", required=True)
        page = client.get(address(survey))
        words = text_of(page)
        for sentence in (
            "What changes since version 1",
            "Reworded Settings How old are you? age Whole number in “About you” 3 answers",
            "Reworded Operations Operators ops",
            "Retired Development dev",
            "Added People hr",
            "Required no → yes",
            "3 answers",
            "2 answers",
            "0 answers",
            "2 of the questions have answers.",
            "Publish version 2",
            "Discard changes",
        ):
            assert sentence in words
        assert "<del>Your age</del><ins>How old are you?</ins>" in page.text
        done = send(client, address(survey), {"seen": seen_in(page)})
        assert done.status_code == 303
        assert versions(survey) == [1, 2]
        assert "Version 2 of “Working here” was published." in text_of(client.get("/admin/"))

    def test_of_many_replies_the_newest_are_counted(self, client, root, monkeypatch):
        survey = make_survey(root, opened=True)
        for _ in range(3):
            make_reply(survey)
        update(survey, "age", label="Other")
        monkeypatch.setattr("admin_app.surveys.admin_publish.TOTALS_CAP", 2)
        page = text_of(client.get(address(survey)))
        assert "at least 3 answers" in page
        assert "Counted among the newest 2 replies." in page

    def test_nothing_changed(self, client, root):
        survey = make_survey(root, published=True)
        page = client.get(address(survey))
        assert "Nothing has changed since version 1 was published." in text_of(page)
        assert 'name="seen"' not in page.text
        refused = send(client, address(survey))
        assert refused.status_code == 409
        assert versions(survey) == [1]

    def test_faults_and_warnings_are_shown_and_faults_stop_it(self, client, root):
        bad = QuestionSpec("", "colour", "single_choice", "Colour?")
        sections = (SectionSpec("", "One", questions=(bad,)), SectionSpec("", "Empty one"))
        survey = make_survey(root, questionnaire=Questionnaire("Bad", sections=sections))
        page = client.get(address(survey))
        assert "1 fault stops it from being published" in text_of(page)
        assert "colour There are no choices." in text_of(page)
        uid = draft_questionnaire(survey).by_key["colour"].uid
        assert f'href="/admin/survey/{survey.id}/build#{uid}"' in page.text
        assert "Empty one The section has no questions." in text_of(page)
        assert re.search(r'<button class="cv-button cv-button-primary" type="submit" disabled>', page.text)
        refused = send(client, address(survey), {"seen": seen_in(page)})
        assert refused.status_code == 422
        assert versions(survey) == []

    def test_what_was_changed_while_looking_is_shown_first(self, client, root):
        survey = make_survey(root, published=True)
        update(survey, "age", label="Seen")
        seen = seen_in(client.get(address(survey)))
        update(survey, "age", label="Typed meanwhile")
        refused = send(client, address(survey), {"seen": seen})
        assert refused.status_code == 409
        assert "was changed while you were looking at it" in text_of(refused)
        assert "Typed meanwhile" in text_of(refused)
        assert versions(survey) == [1]
        assert send(client, address(survey), {"seen": seen_in(refused)}).status_code == 303
        assert versions(survey) == [1, 2]

    def test_an_archived_survey(self, client, root):
        survey = make_survey(root)
        with unit_of_work():
            operations.archive_survey(survey, actor=SYSTEM)
        page = client.get(address(survey))
        assert "archived and cannot be published" in text_of(page)
        assert 'name="seen"' not in page.text
        assert send(client, address(survey)).status_code == 409

    def test_hostile_words_are_shown_as_words(self, client, root):
        survey = make_survey(root, published=True)
        update(survey, "age", label="<script>alert(1)</script>", description="<p>ok</p><script>alert(2)</script>")
        page = client.get(address(survey))
        assert "<script>alert" not in page.text
        assert "&lt;script&gt;" in page.text

    def test_rights(self, client):
        survey = make_survey(published=True)
        update(survey, "age", label="Other")
        login(client, make_user("reader", make_role("Reader", survey="R:all", question="R:all")))
        page = client.get(address(survey))
        assert page.status_code == 200
        assert "Changes of" in text_of(page)
        assert 'name="seen"' not in page.text
        assert "Discard changes" not in text_of(page)
        assert "answers" not in text_of(page)
        assert send(client, address(survey)).status_code == 403
        assert client.get(address(survey, "discard")).status_code == 403
        assert send(client, address(survey, "discard")).status_code == 403
        login(client, make_user("own", make_role("Own", "survey.publish", survey="CRUD:own", question="CRUD:own")))
        assert client.get(address(survey)).status_code == 404
        assert send(client, address(survey)).status_code == 404
        assert send(client, address(survey, "discard")).status_code == 404
        assert versions(survey) == [1]
        assert draft_questionnaire(survey).by_key["age"].label == "Other"

    def test_a_deleted_survey_is_not_there(self, client, root):
        survey = make_survey(root)
        with unit_of_work():
            operations.delete_survey(survey, actor=SYSTEM)
        assert client.get(address(survey)).status_code == 404

    def test_its_statements_do_not_grow(self, client, root):
        survey = make_survey(root, opened=True)
        make_reply(survey)
        update(survey, "age", label="Other")
        client.get(address(survey))
        with count_statements(db.engine) as one:
            client.get(address(survey))
        for key in ("name", "height", "started", "team", "tools"):
            update(survey, key, label="Other")
        with count_statements(db.engine) as many:
            client.get(address(survey))
        assert len(many) <= len(one) <= 14, one


class TestDiscard:
    def test_asked_first_then_done(self, client, root):
        survey = make_survey(root, opened=True)
        update(survey, "age", label="Other words")
        update(survey, "name", required=True)
        asked = client.get(address(survey, "discard"))
        assert asked.status_code == 200
        assert "Discard 2 changes?" in text_of(asked)
        assert "Other words (Reworded)" in text_of(asked)
        assert "what version 1 asks" in text_of(asked)
        assert draft_questionnaire(survey).by_key["age"].label == "Other words"
        done = send(client, address(survey, "discard"), {"seen": seen_in(asked)})
        assert (done.status_code, done.headers["Location"]) == (303, address(survey))
        assert draft_questionnaire(survey).by_key["age"].label == "Your age"
        page = client.get(address(survey))
        assert "2 changes were discarded." in text_of(page)
        assert "Nothing has changed" in text_of(page)
        assert survey.state is SurveyState.OPEN

    def test_what_was_changed_meanwhile_stays(self, client, root):
        survey = make_survey(root, published=True)
        update(survey, "age", label="Seen")
        seen = seen_in(client.get(address(survey, "discard")))
        update(survey, "age", label="Typed meanwhile")
        assert send(client, address(survey, "discard"), {"seen": seen}).status_code == 303
        assert "was changed while you were looking" in text_of(client.get(address(survey)))
        assert draft_questionnaire(survey).by_key["age"].label == "Typed meanwhile"

    @pytest.mark.parametrize(
        ("published", "sentence"),
        [(False, "has not been published yet"), (True, "Nothing has changed since version 1")],
    )
    def test_where_there_is_nothing_to_discard(self, client, root, published, sentence):
        survey = make_survey(root, published=published)
        assert client.get(address(survey, "discard")).status_code == 303
        assert sentence in text_of(client.get(address(survey)))
