"""What follows a setting that changed while the installation runs."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from admin_app.accounts.models import UserSession
from admin_app.core.db import db, unit_of_work
from admin_app.core.permissions import SYSTEM
from admin_app.settings.operations import change_settings
from admin_app.web.locale import DEFAULTS, choose_language, choose_time_zone
from tests.factories import PASSWORD, make_survey, make_user
from tests.helpers import send as send_form
from tests.replies.forms import open_form, send


@pytest.fixture
def change(app: Flask, monkeypatch):
    """Change settings, also those that the tests fix."""
    fixed = app.extensions["canvass.settings"].fixed
    for name in list(fixed):
        monkeypatch.delitem(fixed, name)

    def work(**data: object) -> None:
        with unit_of_work():
            change_settings(data, actor=SYSTEM)

    return work


def test_the_limit_of_replies_follows_at_once(client: FlaskClient, change):
    change(minimum_fill_seconds=0, replies_per_minute=1)
    # An address that no other test has used up: the application, and what it remembers of addresses, outlives a test.
    client.environ_base["REMOTE_ADDR"] = "198.51.100.77"
    survey = make_survey(opened=True)
    keys = [open_form(client, survey) for _ in range(3)]
    assert [send(client, survey, key).status_code for key in keys[:2]] == [303, 429]
    change(replies_per_minute=0)
    assert send(client, survey, keys[2]).status_code == 303


def test_the_least_time_to_fill_in_a_form_follows_at_once(client: FlaskClient, change):
    change(minimum_fill_seconds=30, replies_per_minute=0)
    survey = make_survey(opened=True)
    key = open_form(client, survey)
    assert send(client, survey, key).status_code == 429
    change(minimum_fill_seconds=0)
    assert send(client, survey, key).status_code == 303


def test_forms_are_drawn_anew_in_another_language(client: FlaskClient, change):
    survey = make_survey(opened=True)
    for language in ("en", "de", "en"):
        change(language=language)
        assert f'<footer lang="{language}"' in client.get(f"/s/{survey.public_id}").text


def test_a_login_lasts_as_long_as_the_setting_says_now(client: FlaskClient, change):
    make_user()
    change(session_hours=3)
    send_form(client, "/login", {"username": "anna", "password": PASSWORD}, page="/login")
    row = db.session.scalars(select(UserSession)).one()
    assert row.expires_at - row.created_at == dt.timedelta(hours=3)


def test_failed_logins_are_counted_against_the_setting(client: FlaskClient, change):
    make_user()
    change(login_attempts=1)
    wrong = {"username": "anna", "password": "wrong password"}
    statuses = [send_form(client, "/login", wrong, page="/login").status_code for _ in range(2)]
    assert statuses == [422, 429]


def test_language_and_time_zone_are_the_defaults_of_the_installation(app: Flask, change):
    assert {name: source() for name, source in DEFAULTS.items()} == {"language": "en", "time_zone": "UTC"}
    change(language="de", time_zone="Europe/Berlin")
    assert (choose_language(), choose_time_zone()) == ("de", "Europe/Berlin")


def test_a_form_asks_for_the_settings_once_in_two_seconds(client: FlaskClient, change, app: Flask):
    from sqlalchemy import event

    from tests.helpers import SETTINGS

    survey = make_survey(opened=True)
    client.get(f"/s/{survey.public_id}")
    seen: list[str] = []

    def note(_connection, _cursor, statement, *_rest):
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    for _ in range(20):
        client.get(f"/s/{survey.public_id}")
    event.remove(db.engine, "before_cursor_execute", note)
    assert seen.count(SETTINGS) <= 1
