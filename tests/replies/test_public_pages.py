"""What the form tells its script, who asks, and how the page answers a script: without a byte of it all still works."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.replies import operations
from admin_app.replies.form_checks import sentences_for
from admin_app.replies.models import Reply
from admin_app.replies.public_pages import direction
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.question_types.base import AnswerError
from admin_app.surveys.questionnaire import Questionnaire, QuestionSpec, SectionSpec
from tests.every_type import every_type_questionnaire
from tests.factories import make_survey
from tests.replies.forms import open_form, send


@pytest.fixture
def fix(app: Flask, monkeypatch: pytest.MonkeyPatch):
    """Fix a setting as the environment does."""
    return lambda name, value: monkeypatch.setitem(app.extensions["canvass.settings"].fixed, name, value)


class TestSentences:
    def of(self, **fields) -> dict[str, str]:
        question = QuestionSpec("", "q", **{"label": "Q", **fields})
        return sentences_for(Questionnaire("T", sections=(SectionSpec("", "", questions=(question,)),)))["q"]

    def test_a_number_says_what_the_server_would(self, app: Flask):
        told = self.of(type="integer", required=True, settings={"min": 16, "max": 120})
        assert told == {
            "data-missing": "",
            "data-number": "whole",
            "data-bad": "Write a whole number in digits only, such as 42.",
            "data-least": "16",
            "data-low": "The number must be 16 or more.",
            "data-most": "120",
            "data-high": "The number must be 120 or less.",
        }

    def test_a_question_has_words_of_its_own(self, app: Flask):
        settings = {"required_message": "We need it.", "invalid_message": "Too early.", "min": "2026-01-01"}
        told = self.of(type="date", required=True, settings=settings)
        assert told["data-missing"] == "We need it."
        assert told["data-low"] == "Too early."
        assert "data-high" not in told

    def test_how_many_and_how_long(self, app: Flask):
        assert self.of(type="text", settings={"max_length": 80}) == {
            "data-wrong": "At most 80 characters.",
            "data-most": "80",
        }
        told = self.of(type="multiple_choice", settings={"min_choices": 2, "max_choices": 3})
        assert told == {"data-wrong": "Choose 2 to 3 answers.", "data-least": "2", "data-most": "3"}
        assert self.of(type="time", settings={"min": "00:00"}).keys() == {"data-bad"}

    def test_what_says_nothing_needs_nothing(self, app: Flask):
        assert self.of(type="statement", required=True) == {}
        assert self.of(type="text") == {}

    def test_each_refusal_is_one_of_the_server(self, app: Flask):
        """No sentence is said by the script that the server would not say of some answer to the same question."""
        questionnaire = every_type_questionnaire()
        for key, told in sentences_for(questionnaire).items():
            kind, question = QUESTION_TYPES[questionnaire.by_key[key].type], questionnaire.by_key[key]
            for odd in ("?", "@", "0", "1000", "0001-01-01", "9999-12-31", "00:00", "23:59"):
                try:
                    kind.clean(question, odd)
                except AnswerError as error:
                    told = {name: text for name, text in told.items() if text != str(error)}
            assert not {"data-bad", "data-low", "data-high"} & set(told), key


class TestScript:
    def test_a_script_gets_the_place_and_no_redirection(self, client: FlaskClient):
        survey = make_survey(opened=True)
        data = {"age": "36", "happy": "yes", "team": "dev", "submission_key": open_form(client, survey)}
        answers = [
            client.post(f"/s/{survey.public_id}", data=data, headers=headers)
            for headers in ({"X-Requested-With": "fetch"}, {"X-Requested-With": "fetch"}, {})
        ]
        assert [answer.status_code for answer in answers] == [201, 201, 303]
        assert len({answer.headers["Location"] for answer in answers}) == 1
        assert answers[0].data == b""
        assert db.session.query(Reply).count() == 1

    def test_everything_it_shows_is_in_a_template(self, client: FlaskClient):
        survey = make_survey(opened=True)
        page = client.get(f"/s/{survey.public_id}").text
        shown = re.sub(r"<template.*?</template>", "", page, flags=re.DOTALL)
        for words in ("Page ", "Next", "Back", "Please check this first", "There is no connection", "is kept in this"):
            assert words in page
            assert words not in shown
        assert "<button" in shown

    def test_an_anonymous_survey_is_kept_in_the_tab_alone(self, client: FlaskClient):
        texts = [client.get(f"/s/{make_survey(opened=True, anonymous=one).public_id}").text for one in (True, False)]
        assert ['data-keep="tab"' in text for text in texts] == [True, False]
        assert ['data-keep="browser"' in text for text in texts] == [False, True]

    def test_a_section_with_nothing_in_it_is_no_page(self, client: FlaskClient):
        asked = SectionSpec("", "Here", questions=(QuestionSpec("", "a", "text", "A"),))
        survey = make_survey(opened=True, questionnaire=Questionnaire("T", sections=(asked, SectionSpec("", ""))))
        assert client.get(f"/s/{survey.public_id}").text.count("<section>") == 1


def test_a_row_of_a_matrix_is_called_by_its_own_words_in_the_summary(client: FlaskClient):
    survey = make_survey(opened=True)
    page = send(client, survey, open_form(client, survey), habits__late="monthly").text
    assert re.findall(r'<a href="#f-habits__late">([^–]+) –', page) == ["work late"]


def test_answers_that_are_too_long_together_come_back_with_all_that_was_written(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(operations, "ANSWERS_LIMIT", 100)
    survey = make_survey(opened=True)
    answer = send(client, survey, open_form(client, survey), comment="x" * 120)
    assert answer.status_code == 422
    assert "longer than this survey can take" in answer.text
    assert "x" * 120 in answer.text
    assert db.session.query(Reply).count() == 0


class TestWhoAsks:
    def test_the_organisation_and_at_once_when_it_is_renamed(self, client: FlaskClient, fix):
        survey = make_survey(opened=True)
        place = f"/s/{survey.public_id}"
        assert "asks." not in client.get(place).text, "the program itself asks nobody"
        fix("organisation", "Ada & Co")
        assert "Ada & Co asks." in unescape(client.get(place).text)
        fix("organisation", "The Fund")
        assert "The Fund asks." in client.get(place).text


def test_when_it_opens_is_said_in_the_zone_of_the_installation(client: FlaskClient, fix):
    fix("time_zone", "Asia/Tokyo")
    survey = make_survey(opened=True, opens_at=dt.datetime(2099, 3, 1, 20, 30, tzinfo=dt.UTC))
    assert survey.opens_at > now()
    page = client.get(f"/s/{survey.public_id}")
    assert page.status_code == 403
    assert "It opens on Mar 2, 2099, 5:30" in page.text.replace("\u202f", " ")
    assert "(Asia/Tokyo)" in page.text


@pytest.mark.parametrize(("language", "way"), [("ar", "rtl"), ("he-IL", "rtl"), ("de", "ltr"), ("xx-nope", "auto")])
def test_the_page_runs_as_its_language_does(client: FlaskClient, language: str, way: str):
    assert direction(language) == way


def test_a_right_to_left_survey(client: FlaskClient):
    asked = SectionSpec("", "عنك", questions=(QuestionSpec("", "a", "text", "ما اسمك؟", required=True),))
    survey = make_survey(opened=True, questionnaire=Questionnaire("استطلاع", "", "<p>شكرا</p>", "ar", (asked,)))
    page = client.get(f"/s/{survey.public_id}")
    assert '<html lang="ar" dir="rtl">' in page.text
    sent = send(client, survey, open_form(client, survey), a="آدا")
    assert 'dir="rtl"' in client.get(sent.headers["Location"]).text


def test_the_style_sheet_is_small(app: Flask):
    """Ten kilobytes as they lie on the disk; what only long lists need is apart, and comes with their script."""
    with open(f"{app.static_folder}/css/public.css", "rb") as file:
        assert len(file.read()) < 10_000
