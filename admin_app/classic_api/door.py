"""The door itself: its addresses, how it tells of failures, how often one may ask."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Flask, Response, current_app, request
from flask_babel import gettext

from admin_app.core.errors import TooManyError
from admin_app.settings.queries import value
from admin_app.web.errors import SHAPES
from admin_app.web.throttle import AddressLimiter, Leases

PREFIX = "/api/flaskforms"
# Each costs a password's hash and leaves an account behind. For each address, in an hour and each web process.
REGISTRATIONS = 60

blueprint = Blueprint("classic_api", __name__, url_prefix=PREFIX)


@dataclass(frozen=True)
class Limits:
    """What the door counts in the process, one for each application."""

    addresses: AddressLimiter = field(default_factory=lambda: AddressLimiter(lambda: value("api_address_requests")))
    registrations: AddressLimiter = field(default_factory=lambda: AddressLimiter(REGISTRATIONS, 3600))
    tokens: Leases = field(default_factory=Leases)


def limits() -> Limits:
    """Return what the running application counts."""
    found: Limits = current_app.extensions["canvass.classic_api"]
    return found


def refuse_too_many(wait: int) -> None:
    """Refuse the request if it has to `wait` for some seconds."""
    if wait:
        raise TooManyError(gettext("Too many requests. Wait a moment, then try again."), retry_after=wait)


@blueprint.before_request
def _limit_address() -> None:
    refuse_too_many(limits().addresses.take(request.remote_addr))


@blueprint.after_request
def _say_how(response: Response) -> Response:
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def failure(shown: Mapping[str, Any]) -> dict[str, Any]:
    """Return how this door tells of a failure: a sentence, or one for each parameter."""
    if shown["status"] == 500:
        return {"message": gettext("Something went wrong")}
    return {"message": shown["fields"] or shown["message"]}


def register(app: Flask) -> None:
    """Add the door to `app`."""
    SHAPES.add(f"{PREFIX}/", failure)
    app.extensions["canvass.classic_api"] = Limits()
    app.extensions["csrf"].exempt(blueprint)
    app.register_blueprint(blueprint)
