"""Registering, logging in, refreshing and logging out, as a client of flaskForms does."""

from __future__ import annotations

from sqlalchemy import func, select

from admin_app.accounts.api_token_models import ApiToken
from admin_app.accounts.models import User
from admin_app.core.db import db
from tests.factories import PASSWORD, make_user

NEW = {"username": "clara", "email": "clara@example.org", "password": "a long enough secret"}


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def test_a_client_logs_in_refreshes_and_logs_out(ask):
    make_user("anna")
    login = ask("/login", {"username": "anna", "password": PASSWORD})
    assert login.status_code == 200
    assert login.json["message"] == "Logged in as anna"
    assert login.json.keys() == {"message", "access_token", "refresh_token"}
    access, refresh = login.json["access_token"], login.json["refresh_token"]
    assert ask("/users", token=access, method="GET").json == {"users": [{"username": "anna"}]}

    again = ask("/token/refresh", token=refresh)
    assert again.status_code == 200
    assert again.json.keys() == {"access_token"}
    assert ask("/users", token=again.json["access_token"], method="GET").status_code == 200

    assert ask("/logout/access", token=access).json == {"message": "Access token has been revoked"}
    assert ask("/users", token=access, method="GET").status_code == 401
    assert ask("/users", token=again.json["access_token"], method="GET").status_code == 200
    assert ask("/logout/refresh", token=refresh).json == {"message": "Refresh token has been revoked"}
    assert ask("/token/refresh", token=refresh).status_code == 401
    assert count(ApiToken) == 1


def test_somebody_registers_and_holds_one_role(ask, fixed):
    fixed(api_registration="on")
    answer = ask("/register", NEW)
    assert answer.status_code == 200
    assert answer.json["message"] == "User clara was created"
    user = db.session.scalars(select(User)).one()
    assert (user.origin, [role.builtin for role in user.roles]) == ("api", ["own_surveys"])
    assert ask("/users", token=answer.json["access_token"], method="GET").status_code == 200
    assert ask("/login", {"username": "clara", "password": NEW["password"]}).status_code == 200
