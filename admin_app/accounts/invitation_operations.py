"""Links with which people choose their password themselves: invitations, and what helps those who forgot theirs."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Unpack

from sqlalchemy import select

from admin_app.accounts import guards, passwords, sessions
from admin_app.accounts.checks import check_password_rules, lookup_key, refuse_fields
from admin_app.accounts.models import TokenPurpose, User, UserStatus
from admin_app.accounts.queries import user_for_login
from admin_app.accounts.throttle import RESETS, Throttle, take_turn
from admin_app.accounts.tokens import IssuedToken, end_tokens, issue_user_token, use_user_token
from admin_app.audit.models import AuditBatch
from admin_app.audit.operations import record
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.errors import ConflictError, NotFoundError
from admin_app.core.permissions import SYSTEM, Actor, require
from admin_app.core.words import gettext as _
from admin_app.core.words import mark
from admin_app.jobs.operations import enqueue
from admin_app.notify.operations import mail_is_configured
from admin_app.settings.queries import value

# The kinds of jobs that send. They are given the user's number alone and make the link themselves, so that no token is
# ever stored; see docs/decisions/013-no-token-in-a-job.md.
INVITE_MAIL = "accounts.invite_mail"
RESET_MAIL = "accounts.reset_mail"
# Nobody is to be mailed: it is queued in place of the others, so that asking for a mail costs the same for any name.
NO_MAIL = "accounts.no_mail"

# One user gets at most one mail in this time, whatever name is typed.
MAIL_EVERY = dt.timedelta(minutes=5)
DEAD_LINK = mark("This link does not work. It was used already, is too old, or the account has changed meanwhile.")

# In which state an account is for which such a link is made.
_STATUS_FOR = {TokenPurpose.INVITE: UserStatus.NEW, TokenPurpose.RESET: UserStatus.ACTIVE}


def invite_user(user: User, *, actor: Actor, batch: AuditBatch | None = None) -> IssuedToken:
    """Return a new invitation for a user without a password; earlier links of his stop working.

    Where mail is sent, he gets a mail too, with a link of its own.
    """
    require(actor, "user", "U", obj=user)
    guards.check_within_reach(user, actor=actor)
    if user.status is not UserStatus.NEW or user.deleted_at is not None:
        raise ConflictError(_("Only a new user, who has no password yet, can be invited."))
    end_tokens([user.id])
    link = issue_user_token(user, TokenPurpose.INVITE, lifetime=_lifetime(TokenPurpose.INVITE))
    record("user.invite", user, actor=actor, batch=batch)
    if mail_is_configured():
        enqueue(INVITE_MAIL, {"user_id": user.id}, actor=actor, unique_key=f"{INVITE_MAIL}:{user.id}")
    return link


def accept_invitation(token: str, password: str, *, replaces: str = "", **visit: Unpack[sessions.Visit]) -> str:
    """Let whoever was invited choose his password, and log him in; return the token of his session.

    The session that the browser may have had before, whose token is `replaces`, ends with it.
    """
    user = _use(TokenPurpose.INVITE, token)
    _give_password(user, password)
    before, user.status = user.status, UserStatus.ACTIVE
    record("user.accept_invitation", user, actor=user, changes={"status": (before, user.status)})
    return _let_in(user, replaces, visit)


def request_reset(name: str, *, address: str, secret: str, attempts: int) -> None:
    """Have a link mailed to whoever has this name or e-mail address, if he can log in at all.

    The answer is the same for any name, and so is the work: a name that leads to no mail has a job queued as well.
    Raises TooManyError when the name or the address was used too often.
    """
    if not mail_is_configured():
        raise ConflictError(_("This installation sends no mail. Ask an administrator for a link."))
    throttle = Throttle.of(lookup_key(name), address, secret=secret, attempts=attempts, counted=RESETS)
    throttle.hold()
    throttle.check()
    throttle.count_failure()
    user = user_for_login(name)
    whose = f"user {user.id}" if user else f"nobody {secrets.token_hex(8)}"
    has_turn = take_turn(whose, secret=secret, every=MAIL_EVERY)
    if user is not None and user.is_active and has_turn:
        enqueue(RESET_MAIL, {"user_id": user.id}, actor=SYSTEM)
    else:
        enqueue(NO_MAIL, {"user_id": None}, actor=SYSTEM)


def issue_reset_link(user: User, *, actor: Actor) -> IssuedToken:
    """Return a link to pass on to a user who cannot get one by mail; earlier links of his stop working."""
    require(actor, "user", "U", obj=user)
    guards.check_within_reach(user, actor=actor)
    guards.check_not_oneself(user, actor=actor)
    if not user.is_active:
        raise ConflictError(_("Only an active user has a password that can be reset."))
    end_tokens([user.id])
    record("user.issue_reset_link", user, actor=actor)
    return issue_user_token(user, TokenPurpose.RESET, lifetime=_lifetime(TokenPurpose.RESET))


def reset_password(token: str, password: str, *, replaces: str = "", **visit: Unpack[sessions.Visit]) -> str:
    """Let whoever forgot his password choose another one, and log him in; return the token of his session.

    He is logged out everywhere else, and so is whoever used the browser before, whose session's token is `replaces`.
    """
    user = _use(TokenPurpose.RESET, token)
    _give_password(user, password)
    record("user.reset_password", user, actor=user)
    return _let_in(user, replaces, visit)


def issue_for_mail(user_id: int, purpose: TokenPurpose) -> tuple[User, IssuedToken] | None:
    """Return the user and a new link for the mail that is about to leave; None where he has no use for it any more.

    Links that were handed out before stay.
    """
    user = db.session.get(User, user_id)
    if user is None or user.deleted_at is not None or user.status is not _STATUS_FOR[purpose]:
        return None
    return user, issue_user_token(user, purpose, lifetime=_lifetime(purpose))


def _lifetime(purpose: TokenPurpose) -> dt.timedelta:
    if purpose is TokenPurpose.INVITE:
        return dt.timedelta(days=value("invitation_days"))
    return dt.timedelta(hours=value("reset_hours"))


def _use(purpose: TokenPurpose, token: str) -> User:
    # That the account is in the state for this purpose was checked when the link was made, and the link is bound to it.
    user = use_user_token(purpose, token)
    if user is None:
        raise NotFoundError(_(DEAD_LINK))
    return user


def _give_password(user: User, password: str) -> None:
    old = db.session.scalar(select(User.password_hash).where(User.id == user.id))
    try:
        check_password_rules(password, known=(user.username, user.email, user.name, user.email.partition("@")[0]))
        if old and passwords.check_password(old, password):
            raise ValueError(_("Choose a password that you did not have before."))
    except ValueError as error:
        refuse_fields({"password": str(error)})
    user.password_hash = passwords.hash_password(password)
    user.password_changed_at, user.must_change_password = now(), False


def _let_in(user: User, replaces: str, visit: sessions.Visit) -> str:
    user.last_login_at = now()
    sessions.end_sessions([user.id])
    if replaces:
        sessions.end_session(replaces)
    return sessions.start_session(user, **visit)
