"""The public form with every question type: what is sent is stored typed, what cannot be is shown as it was sent."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from admin_app.core.db import db
from admin_app.replies.models import Reply
from admin_app.surveys.models import Survey
from tests.every_type import EVERY_ANSWER, EVERY_FORM, every_type_questionnaire
from tests.factories import make_survey
from tests.replies.forms import key_in, open_form
from tests.replies.test_dialogue import Fields


@pytest.fixture
def survey(app) -> Survey:
    return make_survey(opened=True, questionnaire=every_type_questionnaire())


def send(client: FlaskClient, survey: Survey, form: dict[str, Any]) -> Any:
    key = open_form(client, survey)
    return client.post(f"/s/{survey.public_id}", data={**form, "submission_key": key})


def stored() -> int:
    return db.session.scalar(select(func.count()).select_from(Reply)) or 0


def test_what_a_browser_sends_is_stored_typed(client: FlaskClient, survey: Survey):
    assert send(client, survey, EVERY_FORM).status_code == 303
    assert db.session.scalars(select(Reply.answers)).one() == EVERY_ANSWER


def test_a_browser_would_send_it(client: FlaskClient, survey: Survey):
    """Each field of the form is one of the page, and no other field of it asks anything."""
    page = client.get(f"/s/{survey.public_id}").text
    names = set(re.findall(r'<(?:input|select|textarea)\b[^>]*? name="([^"]+)"', page))
    apart = {"submission_key", "canvass__website", *(name for name in names if name.endswith("__other"))}
    assert names - apart == set(EVERY_FORM)


def test_what_passes_over_all_that_is_optional(client: FlaskClient, survey: Survey):
    needed = ("text", "integer", "yes_no", "single_choice", "scale", "consent")
    form = {**{name: EVERY_FORM[name] for name in needed}, "slider": ["-5", ""], "letter": "no"}
    assert send(client, survey, form).status_code == 303
    answers = db.session.scalars(select(Reply.answers)).one()
    assert answers == {**dict.fromkeys(EVERY_ANSWER), **{name: EVERY_ANSWER[name] for name in needed}, "letter": False}


WRONG: dict[str, Any] = {
    "email": "ada@",
    "phone": "call me",
    "url": "javascript:alert(1)",
    "integer": "１２",
    "decimal": "1e999",
    "date": "31.12.2020",
    "time": "25:00",
    "datetime": "2020-12-31",
    "slider": ["40", "NaN"],
}


@pytest.mark.parametrize("name", WRONG)
def test_what_was_typed_wrongly_comes_back_as_it_was_typed(client: FlaskClient, survey: Survey, name: str):
    answer = send(client, survey, {**EVERY_FORM, name: WRONG[name]})
    assert answer.status_code == 422
    assert f'<a href="#f-{name}">' in answer.text
    assert f'id="e-{name}"' in answer.text
    assert 'aria-invalid="true"' in answer.text
    fields = Fields(answer.text)
    expected = {**EVERY_FORM, name: WRONG[name]}
    for key in ("dropdown",):
        expected.pop(key)
        assert f'<option value="{EVERY_FORM[key]}" selected>' in answer.text
    for key, value in expected.items():
        given = [one.replace("\r", "") for one in (value if isinstance(value, list) else [value])]
        assert [one.replace("\r", "") for one in fields.values.get(key, [])] == given, key
    assert stored() == 0
    # It can be sent again at once.
    again = {**EVERY_FORM, "submission_key": key_in(answer.text)}
    assert client.post(f"/s/{survey.public_id}", data=again).status_code == 303


def test_required_questions_without_an_answer_are_all_named(client: FlaskClient, survey: Survey):
    answer = send(client, survey, {"consent": "no"})
    assert re.findall(r'<a href="#f-(\w+)">', answer.text) == [
        "text", "integer", "yes_no", "single_choice", "scale", "consent",
    ]  # fmt: skip
    assert "Tick the box to go on." in answer.text


def test_every_input_has_a_label_and_every_reference_a_target(client: FlaskClient, survey: Survey):
    page = client.get(f"/s/{survey.public_id}").text
    wrong = send(client, survey, {**WRONG, "multiple_choice": "python", "scale": "9", "rating": "x"}).text
    for text in (page, wrong):
        fields = Fields(text)
        # The number beside a slider is named by an attribute: its label is the slider's.
        assert [one for one in fields.unnamed if "aria-label" not in one] == []
        assert len(fields.ids) == len(set(fields.ids))
        assert fields.refers <= set(fields.ids)


ODD = (
    "\0",
    "\ud800".encode("utf-8", "surrogatepass"),
    "１２",
    "1e999",
    "NaN",
    "-Infinity",
    "1" + "0" * 20,
    "__other",
    "<script>alert(1)</script>",
    "\u202e😀",
    "x" * 60_000,
)


@pytest.mark.parametrize("name", EVERY_FORM)
def test_nothing_odd_breaks_the_form_or_is_stored_for_what_it_is_not(client: FlaskClient, survey: Survey, name: str):
    key = name.partition("__")[0]
    for sent in (*([odd] for odd in ODD), [ODD[2], ODD[2]], ["36", "yes", "no"]):
        answer = send(client, survey, {**EVERY_FORM, name: sent})
        assert answer.status_code in (303, 422), sent
        assert "<script>alert(1)" not in answer.text
    for answers in db.session.scalars(select(Reply.answers)):
        json.dumps(answers, allow_nan=False, ensure_ascii=False).encode()
        if key not in ("text", "long_text") and answers[key] is not None:
            assert type(answers[key]) is type(EVERY_ANSWER[key])


def test_a_megabyte_is_answered(client: FlaskClient, survey: Survey):
    for size in (450_000, 1_000_000):
        answer = send(client, survey, {**dict.fromkeys(EVERY_FORM, "9"), "url": "9" * size})
        assert answer.status_code in (413, 422), size
    assert stored() == 0


def test_an_address_cannot_break_out_of_the_page(client: FlaskClient, survey: Survey):
    hostile = 'https://example.org/"onmouseover="alert(1)'
    answer = send(client, survey, {**EVERY_FORM, "url": hostile})
    assert answer.status_code == 422
    assert 'value="https://example.org/&#34;onmouseover=&#34;alert(1)"' in answer.text
