"""What a program shows in place of a session: a signed token that names a row. The row says whether it works."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, TypeVar, cast

from flask import Flask, g, request
from flask_babel import gettext
from flask_jwt_extended import JWTManager, create_access_token, create_refresh_token, decode_token
from flask_jwt_extended.exceptions import JWTExtendedException
from jwt.exceptions import PyJWTError
from sqlalchemy.exc import OperationalError

from admin_app.accounts import api_tokens
from admin_app.accounts.api_token_models import ApiToken, TokenKind
from admin_app.accounts.api_tokens import LIFETIMES, TokenFacts
from admin_app.classic_api.door import limits, refuse_too_many
from admin_app.core.db import unit_of_work
from admin_app.core.errors import DomainError
from admin_app.core.signing import derive_key
from admin_app.settings.queries import value
from admin_app.web.actor import let_act
from admin_app.web.throttle import Lease

logger = logging.getLogger(__name__)

# Ours have about 370 characters. What is much longer is not taken apart at all.
_BEARER = re.compile(r"Bearer +([\w-]{1,100}\.[\w-]{1,500}\.[\w-]{1,100})", re.ASCII)

jwt = JWTManager()

P = ParamSpec("P")
T = TypeVar("T")


class TokenError(DomainError):
    """There is no token, or it does not work; what is wrong with it is nobody's business."""

    status = 401


def sign(facts: TokenFacts) -> str:
    """Return the token that a program gets."""
    claims = {"jti": facts.name, "epoch": facts.epoch}
    create = create_refresh_token if facts.kind is TokenKind.REFRESH else create_access_token
    signed: str = create(facts.owner, expires_delta=facts.lifetime, additional_claims=claims)
    return signed


def shown_token() -> ApiToken:
    """Return the token that the running request was let in with."""
    return cast(ApiToken, g.canvass_token)


def with_token(*, refresh: bool = False, optional: bool = False) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Let a view be asked with an access token only, or with a refresh token; `current_actor()` is its user then.

    Where it is optional, a request without any is that of nobody; a token that does not work is refused there too.
    """
    kind = TokenKind.REFRESH if refresh else TokenKind.ACCESS

    def decorate(view: Callable[P, T]) -> Callable[P, T]:
        @wraps(view)
        def answer(*args: P.args, **kwargs: P.kwargs) -> T:
            if not optional or "Authorization" in request.headers:
                _let_in(kind)
            return view(*args, **kwargs)

        return answer

    return decorate


def _let_in(kind: TokenKind) -> None:
    facts = _read(kind)
    token = api_tokens.find_token(facts) if facts is not None else None
    if token is None:
        raise TokenError(gettext("The token is missing or does not work. Log in again."))
    g.canvass_token = token
    let_act(token.user)
    if limit := value("api_token_requests"):
        refuse_too_many(limits().tokens.take(token.id, lambda: _take_lease(token, limit)))
    if api_tokens.is_due(token):
        _touch(token)


def _read(kind: TokenKind) -> TokenFacts | None:
    """Return what the token says that was sent, if we signed it and it is of that kind and not over."""
    found = _BEARER.fullmatch(request.headers.get("Authorization", "").strip())
    if found is None:
        return None
    try:
        claims = decode_token(found.group(1))
    except (PyJWTError, JWTExtendedException):
        return None
    if claims["type"] != kind.value:
        return None
    return TokenFacts(claims["jti"], kind, claims["sub"], claims["epoch"], LIFETIMES[kind])


def _take_lease(token: ApiToken, limit: int) -> Lease:
    with unit_of_work():
        return Lease(*api_tokens.take_lease(token, limit))


def _touch(token: ApiToken) -> None:
    try:
        with unit_of_work():
            api_tokens.touch_token(token)
    except OperationalError:
        # A request that only reads does not fail because somebody writes for long.
        logger.warning("It could not be noted that a token is in use.")


def register(app: Flask) -> None:
    """Sign and read tokens with a key of their own."""
    app.config["JWT_SECRET_KEY"] = derive_key(app.config["SECRET_KEY"], "api_tokens")
    app.config["JWT_ALGORITHM"], app.config["JWT_TOKEN_LOCATION"] = "HS256", ["headers"]
    # For tokens in cookies, of which there are none.
    app.config["JWT_COOKIE_CSRF_PROTECT"] = False
    jwt.init_app(app)
