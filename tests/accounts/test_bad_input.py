"""Whatever is sent, the answer is a page and never a fault of ours."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from admin_app.accounts import operations
from admin_app.accounts.models import User, UserSession
from admin_app.core.db import db, unit_of_work
from tests.factories import PASSWORD, login, make_user

BAD = {
    "missing": [],
    "empty": [""],
    "twice": ["one", "two"],
    "NUL": ["an\x00na"],
    "control": ["\x01\x1b\x7f"],
    "surrogate": [b"\xed\xa0\x80"],
    "not UTF-8": [b"\xff\xfe"],
    "a megabyte": ["x" * 1_000_000],
    "10^20": ["1" + "0" * 20],
    "markup": ["<script>alert(1)</script>"],
    "a template": ["{{ 7*7 }}"],
    "SQL": ["' OR 1=1 --"],
    "right to left": ["\u202eanna"],
    "many marks": ["a" + "\u0301" * 5000],
    "ligatures": ["\ufdfa" * 5000],
}
FORMS = {
    "/login": {"username": "anna", "password": PASSWORD, "next": "/admin/"},
    "/account/password": {"current": PASSWORD, "password": "a quite new one", "password_again": "a quite new one"},
    "/admin/user/new/": {
        "username": "berta", "name": "B", "email": "b@example.org", "status": "active", "roles": "1",
        "password": "a quite new one", "password_again": "a quite new one", "notes": "n",
    },
}  # fmt: skip
FIELDS = [(path, field) for path, fields in FORMS.items() for field in fields]


def pairs(fields, field, bad):
    return {**fields, field: bad}


@pytest.mark.parametrize(("path", "field"), FIELDS)
def test_every_field_of_every_form(client, post, path, field):
    user = make_user()
    for what, bad in BAD.items():
        if path != "/login":
            login(client, user)
        else:
            client.delete_cookie("canvass")
        answer = post(path, pairs(FORMS[path], field, bad))
        assert answer.status_code < 500, what
        assert "Traceback" not in answer.text
        assert "SELECT" not in answer.text
        assert "<script>alert" not in answer.text
        assert "49" not in answer.text if what == "a template" and path == "/login" else True
        if path == "/login" and field != "next":
            assert answer.status_code in {422, 429}, what


# Can be seen and stored, so they are names. Bytes that are no text arrive as they were sent, as "%ED%A0%80".
GOOD_ENOUGH = {"twice", "markup", "a template", "SQL", "10^20", "surrogate", "not UTF-8"}


@pytest.mark.parametrize("field", ["username", "name", "email", "password", "password_again"])
def test_the_setup_page(client, post, app, field):
    fields = {
        "username": "root",
        "name": "R",
        "email": "r@example.org",
        "password": PASSWORD,
        "password_again": PASSWORD,
    }
    for what, bad in BAD.items():
        if what in GOOD_ENOUGH or (field == "name" and what in {"missing", "empty"}):
            continue
        with unit_of_work():
            token = operations.issue_setup_token()
        assert post(f"/setup/{token}", pairs(fields, field, bad)).status_code == 422, what
        assert db.session.scalar(select(func.count()).select_from(User)) == 0


@pytest.mark.parametrize(
    "query", ["next=a&next=//evil.example", "next=%00", "next=%ED%A0%80", "next=", "next", "x=%FF"]
)
def test_the_address_of_the_login_page(client, query):
    assert client.get(f"/login?{query}").status_code == 200


def test_a_body_that_is_no_form(client):
    make_user()
    for content_type in ("application/json", "text/plain", "multipart/form-data", "multipart/form-data; boundary=x"):
        answer = client.post("/login", data=b"\x00\xff{[", content_type=content_type)
        assert answer.status_code in {400, 415}
    assert db.session.scalar(select(func.count()).select_from(UserSession)) == 0


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/login", "/logout", "/setup/x", "/account/password"])
def test_other_methods(client, method, path):
    assert client.open(path, method=method).status_code in {400, 405}
