"""Surveys that take no replies: each says why, with its own status, and loses nothing that was typed."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.replies.models import Reply
from admin_app.surveys.models import Survey, SurveyState
from tests.factories import make_survey
from tests.replies.forms import open_form, send

HOUR = dt.timedelta(hours=1)
STATES: dict[str, tuple[dict[str, Any], int, str]] = {
    "draft": ({"state": SurveyState.DRAFT}, 404, "There is no survey here"),
    "deleted": ({"deleted_at": now()}, 404, "There is no survey here"),
    "not yet open": ({"opens_at": now() + HOUR}, 403, "This survey is not open yet"),
    "paused": ({"state": SurveyState.PAUSED}, 403, "This survey is paused"),
    "closed": ({"state": SurveyState.CLOSED}, 410, "This survey is closed"),
    "archived": ({"state": SurveyState.ARCHIVED}, 410, "This survey is closed"),
    "expired": ({"closes_at": now() - HOUR}, 410, "This survey is closed"),
    "full": ({"reply_limit": 3, "reply_count": 3}, 410, "This survey is full"),
}


def set_columns(survey: Survey, **columns: Any) -> None:
    with unit_of_work() as session:
        session.execute(update(Survey).where(Survey.id == survey.id).values(**columns))


@pytest.mark.parametrize("name", STATES)
def test_each_state_has_its_page(client: FlaskClient, name: str):
    columns, status, title = STATES[name]
    survey = make_survey(opened=True, listed=True)
    key = open_form(client, survey)
    set_columns(survey, **columns)
    page = client.get(f"/s/{survey.public_id}")
    assert page.status_code == status
    assert f"<h1>{title}</h1>" in page.text
    assert "submission_key" not in page.text
    assert survey.public_id not in client.get("/").text
    sent = send(client, survey, key, comment="Hours of work")
    assert sent.status_code == status
    assert f"<h1>{title}</h1>" in sent.text
    # What does not exist tells nothing, not even a title.
    assert ("Hours of work" in sent.text) == (status != 404)
    assert (survey.title in sent.text) == (status != 404)
    assert db.session.scalar(select(func.count()).select_from(Reply)) == 0


def test_answers_that_could_not_be_taken_are_there_to_copy_too(client: FlaskClient):
    survey = make_survey(opened=True)
    key = open_form(client, survey)
    set_columns(survey, state=SurveyState.CLOSED)
    text = send(client, survey, key, age="about forty", team="dev").text
    assert "about forty" in text
    assert "Development" in text, "labels, not codes"
    assert "Your answers were not stored" in text


def test_an_unknown_survey_is_not_found(client: FlaskClient):
    for place in ("/s/nothing", "/s/nothing/done", "/s/nothing/done?r=2222-2222-2222-2222"):
        assert client.get(place).status_code == 404
    assert client.post("/s/nothing", data={"age": "1"}).status_code == 404


def test_the_list_shows_what_is_open_and_listed(client: FlaskClient):
    assert "No survey is open to everybody" in client.get("/").text
    listed, hidden = make_survey(opened=True, listed=True), make_survey(opened=True)
    draft = make_survey(listed=True)
    text = client.get("/").text
    assert f'href="/s/{listed.public_id}"' in text
    assert hidden.public_id not in text
    assert draft.public_id not in text


def test_the_done_page_shows_no_receipt_that_is_not_ours(client: FlaskClient):
    one, other = make_survey(opened=True), make_survey(opened=True)
    receipt = send(client, one, open_form(client, one)).headers["Location"][-19:]
    assert client.get(f"/s/{one.public_id}/done?r={receipt.upper().replace('-', ' ')}").status_code == 200
    for query in ("", "?r=", "?r=2222-2222-2222-2222", "?r=%00", "?r=<script>", "?r=" + "x" * 100_000):
        answer = client.get(f"/s/{one.public_id}/done{query}")
        assert answer.status_code == 404
        assert "<script>" not in answer.text
    assert client.get(f"/s/{other.public_id}/done?r={receipt}").status_code == 404
