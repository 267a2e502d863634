"""Logging programs in and out: the tokens that they hold in place of a session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Unpack

from admin_app.accounts import api_tokens, guards
from admin_app.accounts.api_token_models import ApiToken, TokenKind
from admin_app.accounts.api_tokens import Device, TokenFacts
from admin_app.accounts.login_operations import Attempt, settle
from admin_app.accounts.models import User
from admin_app.audit.operations import record
from admin_app.core.errors import ForbiddenError, NotFoundError
from admin_app.core.permissions import Actor, require
from admin_app.core.words import gettext as _


@dataclass(frozen=True)
class ProgramLogin:
    """What a program gets that logs in: whose it is, and the two tokens that are to be signed."""

    user: User
    access: TokenFacts
    refresh: TokenFacts


def log_in_program(attempt: Attempt, **device: Unpack[Device]) -> ProgramLogin | None:
    """Settle an attempt: return what the program gets, or count the failure and return None."""
    user = settle(attempt)
    if user is None:
        return None
    if user.must_change_password:
        raise ForbiddenError(_("Log in with a browser first: this account has to choose a new password."))
    return start_program(user, **device)


def start_program(user: User, **device: Unpack[Device]) -> ProgramLogin:
    """Let a program in that has just shown whose it is."""
    access = api_tokens.start_token(user, TokenKind.ACCESS, **device)
    return ProgramLogin(user, access, api_tokens.start_token(user, TokenKind.REFRESH, **device))


def refresh_access(token: ApiToken, **device: Unpack[Device]) -> TokenFacts:
    """Return another access token for whoever showed this refresh token."""
    return api_tokens.start_token(token.user, TokenKind.ACCESS, **device)


def log_out_program(token: ApiToken) -> None:
    """End one token, by whoever holds it."""
    api_tokens.end_token(token.id, user_id=token.user_id)


def revoke_token(user: User, token_id: int | None, *, actor: Actor) -> None:
    """End one token of a user; a number that is none of them is as good as none."""
    _check_may_end(user, actor=actor)
    if token_id is None or not api_tokens.end_token(token_id, user_id=user.id):
        raise NotFoundError(_("This token does not work any more."))
    record("user.revoke_tokens", user, actor=actor, changes={"revoked_tokens": (None, 1)})


def revoke_tokens(user: User, *, actor: Actor) -> int:
    """End all tokens of a user, also those that are just being made; return how many there were."""
    _check_may_end(user, actor=actor)
    ended = api_tokens.end_tokens_of([user.id])
    if ended:
        record("user.revoke_tokens", user, actor=actor, changes={"revoked_tokens": (None, ended)})
    return ended


def _check_may_end(user: User, *, actor: Actor) -> None:
    """Refuse whoever may not end the user's sessions either; one's own everybody may."""
    if actor.id is None or actor.id != user.id:
        require(actor, "user", "U", obj=user)
        guards.check_within_reach(user, actor=actor)
