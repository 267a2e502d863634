"""Sessions are rows: what the database says counts, not what a cookie says."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask
from flask_login import current_user
from sqlalchemy import event, select, update

from admin_app.accounts import sessions
from admin_app.accounts.models import User, UserSession, UserStatus
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.signing import hash_token
from tests.factories import login, make_user


def who(app: Flask, token: str) -> str | None:
    """Who the application takes the holder of a cookie with `token` for."""
    with app.app_context(), app.test_request_context():
        from flask import session

        session["_user_id"] = token
        return current_user.username if current_user.is_authenticated else None


def test_a_session_knows_its_user(app, client):
    token = login(client, make_user())
    assert who(app, token) == "anna"
    assert who(app, token[:-1]) is None


def test_the_token_is_kept_as_a_hash_only(app, client):
    token = login(client, make_user())
    row = db.session.scalars(select(UserSession)).one()
    assert row.token_hash == hash_token(token)
    assert len(token) == 43
