"""The versions of a survey: their list, any of them, and what differs between two."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from admin_app.core.db import db, unit_of_work
from admin_app.core.permissions import SYSTEM
from admin_app.surveys import operations, seams
from admin_app.surveys.models import Question
from tests.factories import every_type_questionnaire, login, make_reply, make_role, make_survey, make_user
from tests.helpers import count_statements


@pytest.fixture
def root(client):
    """An administrator who is logged in."""
    user = make_user("root")
    login(client, user)
    return user


def change(survey, key="age", **changes):
    question = db.session.scalars(select(Question).where(Question.survey_id == survey.id, Question.key == key)).one()
    with unit_of_work():
        operations.update_question(question, changes, actor=SYSTEM)


def publish(survey):
    with unit_of_work():
        return operations.publish_survey(survey, actor=SYSTEM)


@pytest.fixture
def survey(client):
    """Three versions: other words for the age in the second, a question less in the third; and a draft that differs."""
    survey = make_survey(opened=True)
    make_reply(survey)
    change(survey, label="How old are you?")
    publish(survey)
    for _ in range(2):
        make_reply(survey)
    make_reply(survey, test=True)
    with unit_of_work():
        question = db.session.scalars(select(Question).where(Question.key == "height")).one()
        operations.retire_question(question, actor=SYSTEM)
    publish(survey)
    change(survey, "name", label="Name in the draft")
    return survey


def text_of(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


class TestList:
    def test_it_tells_who_when_and_how_many(self, client, root, survey):
        page = client.get(f"/admin/survey/{survey.id}/versions")
        words = text_of(page)
        assert re.search(r"Version 3 Asked now .* system 0 \w{12}… Since version 2", words)
        assert re.search(r"Version 2 .* system 2 ", words)
        assert re.search(r"Version 1 .* system 1 \w{12}… The first one", words)
        assert survey.current_version.sha256 in page.text

    def test_numbers_are_for_those_who_see_replies(self, client, survey):
        login(client, make_user("reader", make_role("Reader", survey="R:all", question="R:all")))
        words = text_of(client.get(f"/admin/survey/{survey.id}/versions"))
        assert "Replies" not in words.partition("Versions Version")[2]
        assert "system" in words

    def test_words_are_for_those_who_see_questions(self, client, survey):
        login(client, make_user("reader", make_role("Lister", survey="R:all")))
        page = client.get(f"/admin/survey/{survey.id}/versions")
        assert "/versions/1" not in page.text
        assert client.get(f"/admin/survey/{survey.id}/versions/1").status_code == 403
        assert client.get(f"/admin/survey/{survey.id}/versions/compare").status_code == 403

    def test_of_many_replies_the_newest_are_counted(self, client, root, survey, monkeypatch):
        monkeypatch.setattr("admin_app.surveys.admin_versions.TOTALS_CAP", 2)
        page = text_of(client.get(f"/admin/survey/{survey.id}/versions"))
        assert "Counted among the newest 2 replies." in page
        assert seams.version_totals(survey.id, cap=2) == {survey.versions[1].id: 2}

    def test_none_yet(self, client, root):
        survey = make_survey(root)
        assert "Not published yet" in text_of(client.get(f"/admin/survey/{survey.id}/versions"))
        assert client.get(f"/admin/survey/{survey.id}/versions/compare").status_code == 404
        assert client.get(f"/admin/survey/{survey.id}/versions/1").status_code == 404

    def test_its_statements_do_not_grow(self, client, root, survey):
        address = f"/admin/survey/{survey.id}/versions"
        client.get(address)
        with count_statements(db.engine) as few:
            client.get(address)
        for number in range(4):
            change(survey, label=f"Words {number}")
            publish(survey)
        with count_statements(db.engine) as many:
            client.get(address)
        assert len(many) == len(few)


class TestLook:
    def test_a_version_keeps_its_words(self, client, root, survey):
        first = text_of(client.get(f"/admin/survey/{survey.id}/versions/1"))
        assert "Your age" in first
        assert "Your height" in first
        assert "How old" not in first
        third = client.get(f"/admin/survey/{survey.id}/versions/3")
        assert "How old are you?" in text_of(third)
        assert "Your height" not in text_of(third)
        assert survey.current_version.sha256 in third.text

    def test_every_type(self, client, root):
        survey = make_survey(root, questionnaire=every_type_questionnaire(), published=True)
        page = client.get(f"/admin/survey/{survey.id}/versions/1")
        assert page.status_code == 200

    def test_as_respondents_get_it(self, client, root, survey):
        page = client.get(f"/admin/survey/{survey.id}/versions/2?view=form")
        assert f'src="/admin/survey/{survey.id}/versions/2/form"' in page.text

    @pytest.mark.parametrize("number", ["0", "9", "x", "-1", "9" * 40])
    def test_there_is_no_other(self, client, root, survey, number):
        assert client.get(f"/admin/survey/{survey.id}/versions/{number}").status_code == 404


class TestCompare:
    def address(self, survey, earlier=None, later=None):
        chosen = "&".join(f"{name}={value}" for name, value in (("from", earlier), ("to", later)) if value)
        return f"/admin/survey/{survey.id}/versions/compare?{chosen}"

    def test_any_two(self, client, root, survey):
        words = text_of(client.get(self.address(survey, 1, 3)))
        assert "What changed: Version 1 → Version 3" in words
        assert "Reworded How old are you?" in words
        assert "Retired Your height in metres" in words

    def test_the_last_two_where_nothing_is_said(self, client, root, survey):
        words = text_of(client.get(self.address(survey)))
        assert "Version 2 → Version 3" in words
        assert "How old" not in words

    def test_backwards(self, client, root, survey):
        assert "Added Your height in metres" in text_of(client.get(self.address(survey, 3, 2)))

    def test_the_draft(self, client, root, survey):
        words = text_of(client.get(self.address(survey, 3, "draft")))
        assert "Version 3 → Draft" in words
        assert "Reworded Name in the draft" in words

    def test_one_with_itself(self, client, root, survey):
        assert "They ask the same" in text_of(client.get(self.address(survey, 2, 2)))

    @pytest.mark.parametrize("odd", ["9", "0", "-1", "x", "%00", "1e3", "9" * 40])
    def test_nonsense_is_not_found(self, client, root, survey, odd):
        assert client.get(self.address(survey, odd)).status_code == 404
        assert client.get(self.address(survey, 1, odd)).status_code == 404

    def test_what_one_may_not_see_is_not_there(self, client, survey):
        login(client, make_user("own", make_role("Own", survey="R:own", question="R:own")))
        for tail in ("versions", "versions/1", "versions/compare", "versions/1/form", "publish"):
            assert client.get(f"/admin/survey/{survey.id}/{tail}").status_code == 404
