"""Odd requests to the public addresses: a 4xx page or a harmless default, never a fault, and nothing stored."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from admin_app.core.db import db
from admin_app.replies.models import Reply
from tests.factories import make_survey
from tests.replies.forms import SAMPLE_FORM, open_form

ODD = [
    "",
    "%00",
    "%ED%A0%80",
    "%FF%FE",
    "10000000000000000000000",
    "-1",
    "1'or'1",
    "x" * 4000,
    "..%2F..",
    "%F0%9F%98%80",
]


def repr_of(odd: str) -> str:
    """A short name for an odd text."""
    return f"{odd[:14]!a}-{len(odd)}"


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("odd", ODD, ids=repr_of)
def test_odd_addresses(client: FlaskClient, odd: str):
    for place in (f"/s/{odd}", f"/s/{odd}/done", f"/?page={odd}", f"/s/abc/done?r={odd}&r={odd}"):
        for method in ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"):
            answer = client.open(place, method=method)
            assert answer.status_code < 500, (place, method)
            assert "Traceback" not in answer.text


@pytest.mark.parametrize("name", [*SAMPLE_FORM, "submission_key", "team__other", "%00", "%ED%A0%80", ""])
def test_odd_values_in_every_field(client: FlaskClient, name: str):
    survey = make_survey(opened=True)
    key = open_form(client, survey)
    for odd in (*ODD, "1e999", "NaN", "%EF%BC%91%EF%BC%92", "x" * 1_000_000):
        body = f"submission_key={key}&{name}={odd}&{name}={odd}"
        answer = client.post(f"/s/{survey.public_id}", data=body, content_type=FORM)
        assert 400 <= answer.status_code < 500, odd[:20]
        assert "Traceback" not in answer.text
    assert db.session.scalar(select(func.count()).select_from(Reply)) == 0


@pytest.mark.parametrize(
    "value", ["a\x00b", "\ud800", "e\u0301", "\u202eabc", "<script>alert(1)</script>", "{{7*7}}", "=1+1"]
)
def test_odd_texts_are_taken_and_shown_as_text(client: FlaskClient, value: str):
    survey = make_survey(opened=True)
    data = {**SAMPLE_FORM, "name": value.encode("utf-8", "surrogatepass"), "submission_key": open_form(client, survey)}
    again = client.post(f"/s/{survey.public_id}", data={**data, "age": "x"})
    assert again.status_code == 422
    assert "<script>alert" not in again.text
    assert client.post(f"/s/{survey.public_id}", data=data).status_code == 303
    assert isinstance(db.session.scalars(select(Reply.answers)).one()["name"], str)


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{}", "application/json"),
        (b"\xff" * 1000, FORM),
        (b"&" * 100_000, FORM),
        (b"x", "multipart/form-data"),
        (b"x", "multipart/form-data; boundary=y"),
        (b"x" * 3_000_000, FORM),
    ],
    ids=["JSON", "bytes", "separators", "no boundary", "no part", "three megabytes"],
)
def test_odd_bodies(client: FlaskClient, body: bytes, kind: str):
    survey = make_survey(opened=True)
    answer = client.post(f"/s/{survey.public_id}", data=body, content_type=kind)
    assert 400 <= answer.status_code < 500
    assert db.session.scalar(select(func.count()).select_from(Reply)) == 0
