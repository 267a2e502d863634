"""Every question type, from a reply to the counts, the file and the page."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from admin_app.core.db import db
from admin_app.core.permissions import SYSTEM
from admin_app.replies.masking import MASK
from admin_app.replies.models import Reply
from admin_app.results.queries import summarise
from admin_app.results.table import reply_table
from admin_app.surveys.models import Survey
from tests.every_type import EVERY_ANSWER, every_type_questionnaire
from tests.factories import login, make_role, make_survey, make_user
from tests.results.conftest import add_replies

# Another reply, so that every type has more than one value, and the words for "other" are there.
ANOTHER: dict[str, Any] = {
    **EVERY_ANSWER,
    "phone": "(030) 901820",
    "url": "http://bücher.example:8080/?a=1",
    "date": "1999-12-31",
    "time": "10:59",
    "datetime": "1999-12-31T23:59",
    "single_choice": None,
    "single_choice__other": "Legal",
    "scale": 1,
    "bipolar": 3,
    "nps": 6,
    "slider": 100,
    "rating": 1,
    "consent": False,
    "letter": True,
}
NOTHING: dict[str, Any] = dict.fromkeys(EVERY_ANSWER)


@pytest.fixture
def survey(app: Flask) -> Survey:
    survey = make_survey(opened=True, questionnaire=every_type_questionnaire())
    add_replies(survey, EVERY_ANSWER, ANOTHER, NOTHING)
    return survey


def results(survey: Survey) -> dict[str, dict[str, Any]]:
    document = json.loads(json.dumps(summarise(survey).to_document(), allow_nan=False))
    return {question["key"]: question for question in document["questions"]}


def counts(question: dict[str, Any]) -> dict[str, int]:
    return {choice["code"]: choice["count"] for choice in question["choices"] if choice["count"]}


class TestCounts:
    def test_every_question_has_two_answers_and_one_that_was_skipped(self, survey: Survey) -> None:
        found = results(survey)
        assert set(found) == set(EVERY_ANSWER)
        for question in found.values():
            assert (question["answered"], question["skipped"], question["not_shown"]) == (2, 1, 0), question["key"]

    def test_points_are_counted_each_and_described(self, survey: Survey) -> None:
        found = results(survey)
        assert counts(found["scale"]) == {"4": 1, "1": 1}
        assert [choice["label"] for choice in found["scale"]["choices"]] == [
            "1 – Not at all", "2", "3 – So so", "4", "5 – Very",
        ]  # fmt: skip
        assert (found["scale"]["stats"]["mean"], found["scale"]["stats"]["median"]) == (2.5, 2.5)
        assert counts(found["bipolar"]) == {"-2": 1, "3": 1}
        assert found["bipolar"]["stats"]["mean"] == 0.5
        assert counts(found["rating"]) == {"4": 1, "1": 1}
        assert found["slider"]["stats"] | {"sd": None} == {
            "count": 2, "mean": 67.5, "median": 67.5, "min": 35, "max": 100, "sd": None,
        }  # fmt: skip

    def test_the_net_promoter_score(self, survey: Survey) -> None:
        stats = results(survey)["nps"]["stats"]
        assert (stats["promoters"], stats["passives"], stats["detractors"], stats["score"]) == (1, 0, 1, 0)
        assert (stats["count"], stats["mean"]) == (2, 7.5)

    def test_consent_and_moments(self, survey: Survey) -> None:
        found = results(survey)
        assert counts(found["consent"]) == counts(found["letter"]) == {"yes": 1, "no": 1}
        assert found["time"]["stats"] == {"count": 2, "min": "08:30", "max": "10:59"}
        assert found["datetime"]["stats"] == {"count": 2, "min": "1999-12-31T23:59", "max": "2026-03-31T14:05"}

    def test_what_people_wrote_is_not_among_the_results(self, survey: Survey) -> None:
        text = json.dumps(results(survey))
        for words in ("ada@example.org", "7946", "example.org/ada", "901820", "Legal"):
            assert words not in text


class TestFile:
    @pytest.mark.parametrize("flags", [[], ["--labels"], ["--states"], ["--states", "--labels"]], ids=" ".join)
    @pytest.mark.parametrize("name", ["csv", "xlsx"])
    def test_what_is_exported_comes_back_as_it_was(
        self, cli: Any, survey: Survey, tmp_path: Path, flags: list[str], name: str
    ) -> None:
        file = tmp_path / f"replies.{name}"
        assert cli("reply", "export", survey.public_id, "--format", name, "--out", file, *flags).exit_code == 0
        other = make_survey(opened=True, questionnaire=every_type_questionnaire())
        done = cli("reply", "import", other.public_id, file, *(flag for flag in flags if flag == "--labels"))
        assert (done.exit_code, done.stderr) == (0, "")
        stored = select(Reply.answers).where(Reply.survey_id == other.id).order_by(Reply.id)
        assert list(db.session.scalars(stored)) == [EVERY_ANSWER, ANOTHER, NOTHING]

    def test_cells(self, cli: Any, survey: Survey) -> None:
        lines = {}
        for flags in ([], ["--labels"]):
            done = cli("reply", "export", survey.public_id, "--format", "csv", *flags)
            lines[bool(flags)] = next(csv.DictReader(io.StringIO(done.stdout.removeprefix("\ufeff"))))
        for key, cell in {
            "email": "ada@example.org",
            "phone": "'+44 20 7946 0958",
            "time": "08:30",
            "datetime": "2026-03-31T14:05",
            "scale": "4",
            "nps": "9",
            "slider": "35",
            "rating": "4",
        }.items():
            assert (lines[False][key], lines[True][key]) == (cell, cell), key
        assert (lines[False]["consent"], lines[True]["consent"]) == ("yes", "Agreed")
        assert (lines[False]["letter"], lines[True]["letter"]) == ("no", "Not agreed")

    def test_what_people_wrote_and_who_they_are_is_masked(self, survey: Survey) -> None:
        reader = make_user("reader", make_role(survey="R:all", reply="R:all", abilities="reply.export"))
        table = reply_table(survey, actor=reader)
        row = dict(zip(table.header, next(iter(table.rows)), strict=True))
        hidden = {key for key, cell in row.items() if cell == MASK}
        assert hidden == {"text", "email", "phone", "url", "long_text"}
        assert dict(zip(table.header, next(iter(reply_table(survey, actor=SYSTEM).rows)), strict=True))["email"] != MASK


class TestPage:
    @pytest.fixture
    def text(self, client: FlaskClient, survey: Survey) -> str:
        login(client, make_user("root"))
        return str(client.get(f"/admin/survey/{survey.id}/results").text)

    def test_it_shows_bars_and_numbers(self, text: str) -> None:
        for words in ("Net Promoter Score", "Detractors (0 to 6)", "10 – Extremely likely", "3 – So so", "Not agreed",
                      "Earliest", "Mar 31, 2026, 2:05\u202fPM", "Standard deviation"):  # fmt: skip
            assert words in text, words

    def test_what_is_personal_stays_hidden(self, client: FlaskClient, survey: Survey) -> None:
        role = make_role("Reader", survey="R:all", reply="R:all", abilities="reply.free_text")
        login(client, make_user("reader", role))
        assert "ada@example.org" not in client.get(f"/admin/survey/{survey.id}/results").text

    def test_a_reply_is_shown_in_words(self, client: FlaskClient, survey: Survey) -> None:
        login(client, make_user("root"))
        reply = db.session.scalars(select(Reply).order_by(Reply.id)).first()
        text = client.get(f"/admin/reply/details/?id={reply.id}").text
        for words in ("ada@example.org", "Mar 31, 2026, 2:05\u202fPM", "35 %", "4 of 5 stars", "Not agreed"):
            assert words in text, words
