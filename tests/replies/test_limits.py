"""Limits: of replies, of speed, of size."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ClosedError, InvalidError
from admin_app.replies.models import Reply
from admin_app.replies.operations import ANSWERS_LIMIT, store_replies, store_reply, store_unlimited_reply
from admin_app.surveys.models import Survey
from tests.factories import SAMPLE_ANSWERS, make_survey
from tests.replies.forms import SAMPLE_FORM, key_in, open_form, send


def stored() -> int:
    return db.session.scalar(select(func.count()).select_from(Reply)) or 0


def test_of_40_at_once_a_limit_of_10_takes_exactly_10(app: Flask):
    """A count before the insert would take nearly all of them."""
    survey = make_survey(opened=True, reply_limit=10)
    survey_id, public_id = survey.id, survey.public_id
    keys = [key_in(app.test_client().get(f"/s/{public_id}").text) for _ in range(40)]
    db.session.remove()
    barrier = threading.Barrier(40)

    def answer(key: str) -> int:
        barrier.wait()
        with app.app_context():
            return app.test_client().post(f"/s/{public_id}", data={**SAMPLE_FORM, "submission_key": key}).status_code

    with ThreadPoolExecutor(40) as pool:
        statuses = Counter(pool.map(answer, keys))
    assert statuses == {303: 10, 410: 30}
    assert stored() == 10
    assert db.session.get(Survey, survey_id).reply_count == 10


def test_the_same_form_sent_40_times_at_once_is_stored_once(app: Flask):
    survey = make_survey(opened=True)
    public_id = survey.public_id
    key = key_in(app.test_client().get(f"/s/{public_id}").text)
    db.session.remove()
    barrier = threading.Barrier(40)

    def answer(_number: int) -> str | None:
        barrier.wait()
        data = {**SAMPLE_FORM, "submission_key": key}
        with app.app_context():
            return app.test_client().post(f"/s/{public_id}", data=data).headers.get("Location")

    with ThreadPoolExecutor(40) as pool:
        places = set(pool.map(answer, range(40)))
    assert len(places) == 1
    assert None not in places
    assert stored() == 1


def test_a_replay_takes_no_place(client: FlaskClient):
    survey = make_survey(opened=True, reply_limit=2)
    key = open_form(client, survey)
    assert {send(client, survey, key).status_code for _ in range(3)} == {303}
    assert db.session.get(Survey, survey.id).reply_count == 1
    assert send(client, survey, open_form(client, survey)).status_code == 303
    assert client.get(f"/s/{survey.public_id}").status_code == 410
    assert send(client, survey, key).status_code == 303, "full or not, it was stored"


def test_without_a_limit_no_row_of_the_survey_is_touched(client: FlaskClient):
    survey = make_survey(opened=True)
    before = survey.lock_version, survey.updated_at
    send(client, survey, open_form(client, survey))
    survey = db.session.get(Survey, survey.id)
    assert (survey.lock_version, survey.updated_at) == before
    assert survey.reply_count == 0


@pytest.fixture
def fix(app: Flask, monkeypatch):
    """Fix a setting as the environment does."""
    return lambda name, value: monkeypatch.setitem(app.extensions["canvass.settings"].fixed, name, value)


def test_what_comes_faster_than_anybody_reads_waits_and_is_not_lost(client: FlaskClient, fix):
    fix("minimum_fill_seconds", 30)
    survey = make_survey(opened=True)
    key = open_form(client, survey)
    answer = send(client, survey, key)
    assert answer.status_code == 429
    assert 25 <= int(answer.headers["Retry-After"]) <= 30
    assert 'value="Ada"' in answer.text
    assert key_in(answer.text) == key, "the time goes on"
    assert stored() == 0
    fix("minimum_fill_seconds", 0)
    assert send(client, survey, key).status_code == 303


def test_an_address_that_sends_too_much_waits_and_loses_nothing(client: FlaskClient, fix):
    fix("replies_per_minute", 2)
    survey = make_survey(opened=True)
    keys = [open_form(client, survey) for _ in range(3)]
    answers = [send(client, survey, key) for key in keys]
    assert [answer.status_code for answer in answers] == [303, 303, 429]
    assert int(answers[2].headers["Retry-After"]) >= 1
    assert 'value="Ada"' in answers[2].text
    assert key_in(answers[2].text) == keys[2]
    assert stored() == 2


def test_too_many_fields_are_refused(client: FlaskClient):
    survey = make_survey(opened=True)
    body = "&".join(f"f{number}=1" for number in range(6_000))
    answer = client.post(f"/s/{survey.public_id}", data=body, content_type="application/x-www-form-urlencoded")
    assert answer.status_code == 413


def test_answers_larger_than_a_reply_may_be_are_refused(app: Flask):
    survey = make_survey(opened=True)
    with pytest.raises(InvalidError, match="longer than this survey can take"), unit_of_work():
        store_reply(survey, survey.current_version, {"comment": "x" * ANSWERS_LIMIT, "name": "y"})
    assert stored() == 0


def test_storing_beyond_the_limit_is_refused_and_leaves_nothing(app: Flask):
    survey = make_survey(opened=True, reply_limit=1)
    with unit_of_work():
        assert store_reply(survey, survey.current_version, SAMPLE_ANSWERS)
    with pytest.raises(ClosedError), unit_of_work():
        store_reply(survey, survey.current_version, SAMPLE_ANSWERS)
    assert stored() == 1
    with unit_of_work():
        assert store_reply(survey, survey.current_version, SAMPLE_ANSWERS, test=True), "a test takes no place"


def test_the_same_receipt_is_stored_once(app: Flask):
    survey = make_survey(opened=True)
    with unit_of_work():
        assert store_reply(survey, survey.current_version, SAMPLE_ANSWERS, receipt_hash="a" * 64)
        assert not store_reply(survey, survey.current_version, SAMPLE_ANSWERS, receipt_hash="a" * 64)
    assert stored() == 1


def test_many_are_stored_at_once_and_counted(app: Flask):
    survey = make_survey(opened=True, reply_limit=100)
    records = [{"answers": {"age": age}} for age in (20, 30)]
    with unit_of_work():
        assert store_replies(survey, survey.current_version, records, source="import") == 2
        assert store_replies(survey, survey.current_version, [], source="import") == 0
    assert [reply.answers for reply in db.session.scalars(select(Reply).order_by(Reply.id))] == [
        {"age": 20},
        {"age": 30},
    ]
    db.session.expire_all()
    assert db.session.get(Survey, survey.id).reply_count == 2


def test_a_survey_with_a_limit_is_not_stored_past_its_count(app):
    survey = make_survey(opened=True, reply_limit=2)
    with pytest.raises(ValueError, match="limit"):
        store_unlimited_reply(survey, survey.current_version, SAMPLE_ANSWERS)
    assert db.session.scalar(select(func.count()).select_from(Reply)) == 0


def test_one_without_a_limit_is_stored_at_once_and_only_once(app):
    survey = make_survey(opened=True)
    assert store_unlimited_reply(survey, survey.current_version, SAMPLE_ANSWERS, receipt_hash="a" * 64)
    assert not store_unlimited_reply(survey, survey.current_version, SAMPLE_ANSWERS, receipt_hash="a" * 64)
    db.session.rollback()  # what this session has seen so far is from before
    assert db.session.scalar(select(func.count()).select_from(Reply)) == 1
