"""What cannot be taken is refused with a message, the same on both databases, and nothing is changed."""

from __future__ import annotations

import json

import pytest
from sqlalchemy import func, select

from admin_app.accounts.api_token_models import ApiToken
from admin_app.accounts.models import User
from admin_app.audit.models import AuditEntry
from admin_app.core.db import db
from tests.factories import PASSWORD, make_user

GOOD = {"username": "clara", "email": "clara@example.org", "password": "a long enough secret"}
BLANK = "This field cannot be blank"
UNSEEN = "This contains characters that cannot be stored."
# Value: what is said of it, by the parameter; None where the operation says it.
VALUES = {
    "missing": (..., 400),
    "null": (None, 400),
    "empty": ("", 400),
    "spaces": ("  ", 400),
    "number": (7, 400),
    "large number": (10**20, 422),
    "list": (["clara"], 400),
    "object": ({"a": 1}, 400),
    "true": (True, 400),
    "nul": ("cla\0ra", 422),
    "half a letter": ("cla\ud800ra", 422),
    "megabyte": ("a" * 1_000_000, 422),
}


def kept():
    db.session.rollback()
    return [db.session.scalar(select(func.count()).select_from(model)) for model in (User, ApiToken, AuditEntry)]


@pytest.fixture(autouse=True)
def _open(fixed):
    make_user("boss")
    fixed(api_registration="on")


def check(answer, status):
    assert answer.status_code == status, answer.text
    assert answer.json.keys() == {"message"}
    assert answer.json["message"]
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("kind", VALUES)
@pytest.mark.parametrize("name", GOOD)
def test_a_registration(ask, name, kind):
    value, status = VALUES[kind]
    sent = {**GOOD, name: value}
    if value is ...:
        del sent[name]
    before = kept()
    check(ask("/register", data=json.dumps(sent), headers={"Content-Type": "application/json"}), status)
    if isinstance(value, str) and kind != "half a letter":
        check(ask("/register", data=sent), status)
    assert kept() == before


@pytest.mark.parametrize("name", GOOD)
def test_a_registration_in_headers(ask, name):
    before = kept()
    for value, status in (("", 400), ("\t", 400), ("cla\0ra", 422), ("a" * 5000, 422)):
        check(ask("/register", headers={**GOOD, name: value}), status)
    assert kept() == before
    assert ask("/register", headers=GOOD).status_code == 200


@pytest.mark.parametrize("name", ["username", "password"])
@pytest.mark.parametrize("kind", VALUES)
def test_a_login(ask, name, kind):
    make_user("clara")
    value, status = VALUES[kind]
    sent = {"username": "clara", "password": PASSWORD, name: value}
    if value is ...:
        del sent[name]
    before = kept()
    # However long it is: it is nobody's name and nobody's password.
    expected = 401 if kind == "megabyte" else status
    check(ask("/login", data=json.dumps(sent), headers={"Content-Type": "application/json"}), expected)
    assert kept() == before


def test_a_parameter_that_comes_twice(ask):
    before = kept()
    form = "username=clara&username=carl&email=c%40example.org&password=a+long+enough+secret"
    for path in ("/register", "/login"):
        answer = ask(path, data=form, headers={"Content-Type": "application/x-www-form-urlencoded"})
        check(answer, 400)
        assert answer.json["message"] == {"username": "Send this once."}
        document = '{"username": "clara", "username": "carl", "email": "c@example.org", "password": "a long secret"}'
        check(ask(path, data=document, headers={"Content-Type": "application/json"}), 400)
    assert kept() == before


def test_what_is_missing_is_said_by_name(ask):
    answer = ask("/register")
    check(answer, 400)
    assert answer.json["message"] == dict.fromkeys(GOOD, BLANK)
    assert ask("/login", {"username": "clara"}).json == {"message": {"password": BLANK}}
    assert ask("/login", {"username": "cla\0ra", "password": "x"}).json == {"message": UNSEEN}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("username", "a" * 81), ("username", "cla\u202era"), ("username", "someone@example.org"),
        ("email", "nobody"), ("email", "a@b"), ("email", "clara@example.org\nBcc: x@example.org"),
        ("password", "short"), ("password", "password123"), ("password", "clara@example.org"),
    ],
)  # fmt: skip
def test_what_the_operation_refuses(ask, name, value):
    before = kept()
    answer = ask("/register", {**GOOD, name: value})
    check(answer, 422)
    assert answer.json["message"].keys() == {name}
    assert kept() == before


@pytest.mark.parametrize("path", ["/register", "/login", "/logout/access", "/token/refresh"])
@pytest.mark.parametrize("method", ["GET", "PUT", "PATCH", "DELETE"])
def test_another_method(ask, path, method):
    check(ask(path, method=method), 405)


def test_an_address_that_is_not_there(ask):
    check(ask("/surveys-of-nobody", method="GET"), 404)


def test_a_fault_of_ours(app, ask, monkeypatch):
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    monkeypatch.setitem(app.view_functions, "classic_api.login", lambda: 1 / 0)
    answer = ask("/login", {"username": "clara", "password": "x"})
    assert (answer.status_code, answer.json) == (500, {"message": "Something went wrong"})
