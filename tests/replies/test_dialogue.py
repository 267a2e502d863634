"""A respondent's whole dialogue: the form, the submission, the thank-you page, and every way in which it can fail."""

from __future__ import annotations

import datetime as dt
import gzip
import re
from html.parser import HTMLParser

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.permissions import SYSTEM
from admin_app.replies.models import Reply
from admin_app.replies.public_pages import TRAP
from admin_app.surveys import operations as surveys
from admin_app.surveys.models import Survey
from tests.factories import SAMPLE_ANSWERS, login, make_survey, make_user
from tests.replies.forms import SAMPLE_FORM, key_in, open_form, send


def stored() -> int:
    return db.session.scalar(select(func.count()).select_from(Reply)) or 0


def test_one_get_and_one_post_store_a_reply(client: FlaskClient):
    survey = make_survey(opened=True)
    page = client.get(f"/s/{survey.public_id}")
    assert page.status_code == 200
    answer = send(client, survey, key_in(page.text))
    assert answer.status_code == 303
    place = answer.headers["Location"]
    assert re.fullmatch(rf"/s/{survey.public_id}/done\?r=[2-9b-z]{{4}}(-[2-9b-z]{{4}}){{3}}", place)
    reply = db.session.scalars(select(Reply)).one()
    assert reply.answers == SAMPLE_ANSWERS
    assert (reply.version_id, reply.source, reply.kind.value) == (survey.current_version_id, "form", "complete")
    assert reply.started_at is not None
    assert reply.submitted_at is not None
    assert reply.started_at <= reply.submitted_at
    receipt = place[-19:]
    assert receipt not in repr(vars(reply)), "only the receipt's hash may be stored"
    thanks = client.get(place)
    assert thanks.status_code == 200
    assert receipt in thanks.text
    assert "Thank you." in thanks.text


def test_a_form_that_is_sent_twice_is_stored_once(client: FlaskClient):
    survey = make_survey(opened=True)
    key = open_form(client, survey)
    first, again = send(client, survey, key), send(client, survey, key, name="Somebody else")
    assert again.status_code == 303
    assert again.headers["Location"] == first.headers["Location"]
    assert stored() == 1


def test_two_forms_are_two_replies(client: FlaskClient):
    survey = make_survey(opened=True)
    places = {send(client, survey, open_form(client, survey)).headers["Location"] for _ in range(2)}
    assert len(places) == 2
    assert stored() == 2


def test_a_form_sent_again_after_the_survey_closed_still_leads_to_its_receipt(client: FlaskClient):
    survey = make_survey(opened=True)
    key = open_form(client, survey)
    first = send(client, survey, key)
    with unit_of_work():
        surveys.close_survey(survey, actor=SYSTEM)
    assert send(client, survey, key).headers.get("Location") == first.headers["Location"]
    assert client.get(first.headers["Location"]).status_code == 200


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: "",
        lambda key: "forged",
        lambda key: key[:-1] + ("a" if key[-1] != "a" else "b"),
        lambda key: key.replace(".1.", ".2.", 1),
        lambda key: key + "x" * 1_000_000,
        lambda key: "é\x00" + key,
    ],
    ids=["empty", "forged", "another signature", "another version", "a megabyte", "odd characters"],
)
def test_a_forged_key_brings_a_fresh_form_and_loses_nothing(client: FlaskClient, spoil):
    survey = make_survey(opened=True)
    answer = send(client, survey, spoil(open_form(client, survey)), comment="Long <b>thoughts</b>")
    assert answer.status_code == 400
    assert "Long &lt;b&gt;thoughts&lt;/b&gt;" in answer.text
    assert 'value="python" checked' in answer.text
    assert stored() == 0
    assert send(client, survey, key_in(answer.text)).status_code == 303


def test_a_missing_or_doubled_key_is_refused(client: FlaskClient):
    survey = make_survey(opened=True)
    key = open_form(client, survey)
    assert client.post(f"/s/{survey.public_id}", data=SAMPLE_FORM).status_code == 400
    assert client.post(f"/s/{survey.public_id}", data={**SAMPLE_FORM, "submission_key": [key, key]}).status_code == 400
    assert stored() == 0


def test_the_key_of_another_survey_is_refused(client: FlaskClient):
    one, other = make_survey(opened=True), make_survey(opened=True)
    assert send(client, one, open_form(client, other)).status_code == 400
    assert stored() == 0


def test_an_expired_key_is_renewed_but_a_stored_reply_keeps_its_receipt(app: Flask, client: FlaskClient):
    survey = make_survey(opened=True)
    keys = app.extensions["canvass.public"].keys
    old = keys.issue(survey.public_id, 1, now() - dt.timedelta(days=8))
    answer = send(client, survey, old)
    assert answer.status_code == 400
    assert 'value="Ada"' in answer.text
    assert stored() == 0
    # It was stored when it was young.
    recent = keys.issue(survey.public_id, 1, now() - dt.timedelta(days=6, hours=23))
    assert send(client, survey, recent).status_code == 303


def test_answers_are_checked_against_the_version_that_was_shown(client: FlaskClient):
    survey = make_survey(opened=True)
    first_version, key = survey.current_version_id, open_form(client, survey)
    with unit_of_work():
        question = next(one for one in db.session.get(Survey, survey.id).questions if one.key == "team")
        surveys.update_question(question, {"label": "Another wording"}, actor=SYSTEM)
        surveys.publish_survey(db.session.get(Survey, survey.id), actor=SYSTEM)
    again = client.post(f"/s/{survey.public_id}", data={"submission_key": key})
    assert again.status_code == 422
    assert "Another wording" not in again.text
    assert "Your team" in again.text
    assert send(client, survey, key).status_code == 303
    assert db.session.scalars(select(Reply.version_id)).one() == first_version
    assert "Another wording" in client.get(f"/s/{survey.public_id}").text


WRONG = {
    "name": ("name", "x" * 81),
    "age": ("age", "forty"),
    "height": ("height", "1,234"),
    "started": ("started", "31.12.2020"),
    "happy": ("happy", "perhaps"),
    "team": ("team", "sales"),
    "tools": ("tools", "cobol"),
    "habits__late": ("habits__late", "monthly"),
    "comment": ("comment", "x" * 50_001),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_answer_is_said_on_top_and_at_the_question_and_nothing_is_lost(client: FlaskClient, name: str):
    survey = make_survey(opened=True)
    field, wrong = WRONG[name]
    answer = send(client, survey, open_form(client, survey), **{field: wrong})
    assert answer.status_code == 422
    assert "<title>Error: " in answer.text
    assert f'<a href="#f-{name}">' in answer.text
    assert f'id="f-{name}"' in answer.text
    assert f'id="e-{name}"' in answer.text
    assert f"e-{name}" in re.findall(r'aria-describedby="[^"]*?(e-[^ "]*)', answer.text)
    assert 'aria-invalid="true"' in answer.text
    assert stored() == 0
    page = Fields(answer.text)
    for key, value in (SAMPLE_FORM | {field: wrong}).items():
        if key in {"happy", "team", "tools", "habits__late"} and key == field:
            continue  # a choice that is not on offer cannot be shown
        assert page.values.get(key) == (value if isinstance(value, list) else [value]), key


def test_required_questions_without_an_answer_are_all_named(client: FlaskClient):
    survey = make_survey(opened=True)
    answer = client.post(f"/s/{survey.public_id}", data={"submission_key": open_form(client, survey)})
    assert answer.status_code == 422
    assert re.findall(r'<a href="#f-(\w+)">', answer.text) == ["age", "happy", "team"]


def test_other_in_words_is_kept(client: FlaskClient):
    survey = make_survey(opened=True)
    answer = send(client, survey, open_form(client, survey), team="__other", team__other="Legal", tools="__other")
    assert answer.status_code == 422
    assert 'href="#f-tools__other"' in answer.text
    answer = send(client, survey, key_in(answer.text), team="__other", team__other="Legal", tools__other="Pen")
    assert answer.status_code == 303
    answers = db.session.scalars(select(Reply.answers)).one()
    assert (answers["team"], answers["team__other"]) == (None, "Legal")
    assert answers["tools__other"] == "Pen"


def test_unknown_fields_are_passed_over(client: FlaskClient):
    survey = make_survey(opened=True)
    assert send(client, survey, open_form(client, survey), admin="1", welcome="x", csrf_token="y").status_code == 303
    assert db.session.scalars(select(Reply.answers)).one() == SAMPLE_ANSWERS


def test_who_fills_in_the_hidden_field_is_told_to_empty_it(client: FlaskClient):
    survey = make_survey(opened=True)
    answer = send(client, survey, open_form(client, survey), **{TRAP: "http://spam.example"})
    assert answer.status_code == 422
    assert f'<a href="#f-{TRAP}">' in answer.text
    assert 'value="http://spam.example"' in answer.text
    assert stored() == 0


def test_no_cookie_and_a_strict_policy_everywhere(client: FlaskClient):
    survey = make_survey(opened=True, listed=True)
    key = open_form(client, survey)
    place = f"/s/{survey.public_id}"
    for answer in (
        client.get("/"),
        client.get(place),
        client.post(place, data={"submission_key": key}),
        send(client, survey, "forged"),
        done := send(client, survey, key),
        client.get(done.headers["Location"]),
        client.get("/s/nothing"),
    ):
        assert "Set-Cookie" not in answer.headers
        assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
        assert "unsafe" not in answer.headers["Content-Security-Policy"]


def test_a_member_of_staff_is_a_respondent_like_any_other(client: FlaskClient):
    survey = make_survey(opened=True, anonymous=True)
    user = make_user("staff", "viewer")
    login(client, user)
    page = client.get(f"/s/{survey.public_id}")
    assert "staff" not in page.text
    assert send(client, survey, key_in(page.text)).status_code == 303
    reply = db.session.execute(select(Reply.__table__)).mappings().one()
    assert user.id not in {value for name, value in reply.items() if name.endswith("by_id")}
    assert not {"ip", "address", "user_agent", "user_id", "actor_id"} & set(reply)


def test_the_page_says_honestly_whether_it_is_anonymous(client: FlaskClient):
    texts = [client.get(f"/s/{make_survey(opened=True, anonymous=flag).public_id}").text for flag in (True, False)]
    assert "This survey is anonymous" in texts[0]
    assert "This survey is not anonymous" in texts[1]


def test_the_compressed_page_is_the_same_page(client: FlaskClient):
    survey = make_survey(opened=True)
    plain = client.get(f"/s/{survey.public_id}")
    packed = client.get(f"/s/{survey.public_id}", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    text = gzip.decompress(packed.data).decode()
    assert text.replace(key_in(text), "") == plain.text.replace(key_in(plain.text), "")
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert send(client, survey, key_in(text)).status_code == 303


class Fields(HTMLParser):
    """What a browser would send of a page's form, and whether each input can be named."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.values: dict[str, list[str]] = {}
        self.labelled: set[str] = set()
        self.unnamed: list[str] = []
        self.ids: list[str] = []
        self.refers: set[str] = set()
        self._labels, self._waiting, self._area = 0, [], ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        if "id" in found:
            self.ids.append(found["id"] or "")
        self.refers |= set((found.get("aria-describedby") or "").split())
        if tag == "label":
            self._labels += 1
            self.labelled.add(found.get("for") or "")
        if tag in {"input", "select", "textarea"} and found.get("type") != "hidden" and not self._labels:
            self._waiting.append(found.get("id") or f"<{tag} {attrs}>")
        if tag == "textarea":
            self._area = found.get("name") or ""
        if tag == "input" and (found.get("type") not in {"radio", "checkbox"} or "checked" in found):
            self.values.setdefault(found.get("name") or "", []).append(found.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        self._labels -= tag == "label"
        if tag == "textarea":
            self._area = ""
        if tag == "html":
            self.unnamed = [one for one in self._waiting if one not in self.labelled]

    def handle_data(self, data: str) -> None:
        if self._area:
            self.values[self._area] = [data.removeprefix("\n")]


def test_every_input_has_a_label_and_every_reference_a_target(client: FlaskClient):
    survey = make_survey(opened=True)
    page = client.get(f"/s/{survey.public_id}").text
    for text in (page, client.post(f"/s/{survey.public_id}", data={"submission_key": key_in(page)}).text):
        fields = Fields(text)
        assert fields.unnamed == []
        assert len(fields.ids) == len(set(fields.ids))
        assert fields.refers <= set(fields.ids)
        assert text.count("<h1") == 1
        assert re.search(r'<html lang="\w+"', text)
