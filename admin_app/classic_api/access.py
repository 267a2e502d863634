"""Registering, logging in and out, and new access tokens."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_babel import gettext

from admin_app.accounts import operations
from admin_app.accounts.api_tokens import Device
from admin_app.accounts.auth_browser import check_password, place
from admin_app.classic_api.bearer import TokenError, shown_token, sign, with_token
from admin_app.classic_api.door import blueprint, limits, refuse_too_many
from admin_app.core.db import unit_of_work
from admin_app.core.errors import ConflictError, InvalidError
from admin_app.web.api import Parameters, Text
from admin_app.web.forms import clean_line


class Credentials(Parameters):
    """Who somebody is, and the proof."""

    username = Text(required=True)
    password = Text(required=True)


class Registration(Credentials):
    """What an account is made of."""

    email = Text(required=True)


class WrongCredentialsError(TokenError):
    """There is no such user, or it is not his password: nobody learns which."""


def _device() -> Device:
    return Device(user_agent=clean_line(request.user_agent.string, 300), place=place())


def _tokens(login: operations.ProgramLogin) -> dict[str, str]:
    return {"access_token": sign(login.access), "refresh_token": sign(login.refresh)}


@blueprint.post("/register")
def register() -> dict[str, Any]:
    """Make an account, and let its program in."""
    operations.check_open()
    sent = Registration.read()
    refuse_too_many(limits().registrations.take(request.remote_addr))
    try:
        with unit_of_work():
            login = operations.start_program(operations.register_user(sent), **_device())
    except (ConflictError, InvalidError):
        # Somebody may have been first, in the same moment; else it is as the operation says.
        operations.check_free(sent["username"], sent["email"])
        raise
    return {"message": gettext("User %(name)s was created", name=login.user.username), **_tokens(login)}


@blueprint.post("/login")
def login() -> dict[str, Any]:
    """Let a program in, by the rules and limits of the login page."""
    sent = Credentials.read()
    attempt = check_password(sent["username"], sent["password"])
    with unit_of_work():
        login = operations.log_in_program(attempt, **_device())
    if login is None:
        raise WrongCredentialsError(gettext("Wrong credentials"))
    return {"message": gettext("Logged in as %(name)s", name=login.user.username), **_tokens(login)}


@blueprint.post("/logout/access")
@with_token()
def log_out_access() -> dict[str, str]:
    """End the access token that is shown."""
    with unit_of_work():
        operations.log_out_program(shown_token())
    return {"message": gettext("Access token has been revoked")}


@blueprint.post("/logout/refresh")
@with_token(refresh=True)
def log_out_refresh() -> dict[str, str]:
    """End the refresh token that is shown."""
    with unit_of_work():
        operations.log_out_program(shown_token())
    return {"message": gettext("Refresh token has been revoked")}


@blueprint.post("/token/refresh")
@with_token(refresh=True)
def refresh() -> dict[str, str]:
    """Return another access token."""
    with unit_of_work():
        facts = operations.refresh_access(shown_token(), **_device())
    return {"access_token": sign(facts)}
