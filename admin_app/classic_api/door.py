"""The door itself: its addresses, how it tells of failures, and who comes with a token."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from flask import Blueprint, Flask
from flask_babel import gettext

from admin_app.core.errors import DomainError
from admin_app.web.errors import SHAPES

PREFIX = "/api/flaskforms"

blueprint = Blueprint("classic_api", __name__, url_prefix=PREFIX)

P = ParamSpec("P")
T = TypeVar("T")


class TokenError(DomainError):
    """There is no token, or it does not work; what is wrong with it is nobody's business."""

    status = 401


def with_token(*, refresh: bool = False, optional: bool = False) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Let a view be asked with an access token only, or with a refresh token; `current_actor()` is its user then.

    Where it is optional, a request without any is that of nobody; a token that does not work is refused there too.
    """

    def decorate(view: Callable[P, T]) -> Callable[P, T]:
        @wraps(view)
        def answer(*args: P.args, **kwargs: P.kwargs) -> T:
            if not optional:
                raise TokenError(gettext("The token is missing or does not work. Log in again."))
            return view(*args, **kwargs)

        return answer

    return decorate


def failure(shown: Mapping[str, Any]) -> dict[str, Any]:
    """Return how this door tells of a failure: a sentence, or one for each parameter."""
    if shown["status"] == 500:
        return {"message": "Something went wrong"}
    return {"message": shown["fields"] or shown["message"]}


def register(app: Flask) -> None:
    """Add the door to `app`."""
    SHAPES.add(f"{PREFIX}/", failure)
    app.extensions["csrf"].exempt(blueprint)
    app.register_blueprint(blueprint)
