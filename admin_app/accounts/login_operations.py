"""Logging in and out. The slow part, the check of the password, runs outside any transaction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Unpack

from sqlalchemy import select, update

from admin_app.accounts import passwords, sessions
from admin_app.accounts.checks import check_password_rules, lookup_key, refuse_fields
from admin_app.accounts.models import User, UserStatus
from admin_app.accounts.queries import user_for_login
from admin_app.accounts.throttle import Throttle
from admin_app.audit.operations import record
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.errors import ForbiddenError
from admin_app.core.permissions import Actor
from admin_app.core.words import gettext as _
from admin_app.core.words import mark

REFUSAL = mark("The name or the password is not right.")


@dataclass(frozen=True)
class Attempt:
    """A login that was tried, checked but not yet settled.

    `user_id` and `password_hash` are set where the password was right; `new_hash` where today's parameters of the
    hash are others.
    """

    throttle: Throttle
    user_id: int | None = None
    password_hash: str | None = None
    new_hash: str | None = None


def verify(name: str, password: str, *, address: str, secret: str, attempts: int) -> Attempt:
    """Check a name (or e-mail address) and a password; reads only. Whether there is such a user costs the same.

    Raises TooManyError at once while the name or the address has to wait.
    """
    throttle = Throttle.of(lookup_key(name), address, secret=secret, attempts=attempts)
    throttle.check()
    user = user_for_login(name)
    may = user is not None and user.is_active
    known = db.session.scalar(select(User.password_hash).where(User.id == user.id)) if user and may else None
    if not passwords.check_password(known, password) or user is None or known is None:
        return Attempt(throttle)
    new_hash = passwords.hash_password(password) if passwords.needs_rehash(known) else None
    return Attempt(throttle, user.id, known, new_hash)


def log_in(attempt: Attempt, *, replaces: str = "", **visit: Unpack[sessions.Visit]) -> str | None:
    """Settle an attempt: return the token of a new session, or count the failure and return None.

    The session that the browser may have had before, whose token is `replaces`, ends with it.
    """
    user = settle(attempt)
    if user is None:
        return None
    if replaces:
        sessions.end_session(replaces)
    return sessions.start_session(user, **visit)


def confirm_session(attempt: Attempt, *, token: str) -> bool:
    """Settle an attempt by somebody who is logged in; return whether his session counts as confirmed from now on."""
    if settle(attempt) is None:
        return False
    sessions.note_confirmed(token)
    return True


def settle(attempt: Attempt) -> User | None:
    """Return whose attempt it was, or count the failure and return None; what follows stands in the same unit of work.

    Of attempts at the same time only as many learn whether they were right as the limit allows; the others raise
    TooManyError.
    """
    attempt.throttle.hold()
    attempt.throttle.check()
    user = _still(attempt)
    if user is None:
        attempt.throttle.count_failure()
        return None
    attempt.throttle.forget()
    # Neither a change of the record nor a reason for somebody's open form to be out of date.
    values = {"last_login_at": now(), "updated_at": User.updated_at}
    if attempt.new_hash:
        values["password_hash"] = attempt.new_hash
    db.session.execute(
        update(User).where(User.id == user.id).values(values).execution_options(synchronize_session=False)
    )
    return user


def _still(attempt: Attempt) -> User | None:
    """Return the user whose password was right, if he may still log in and still has it."""
    if attempt.user_id is None:
        return None
    query = select(User).where(
        User.id == attempt.user_id,
        User.status == UserStatus.ACTIVE,
        User.deleted_at.is_(None),
        User.password_hash == attempt.password_hash,
    )
    return db.session.scalar(query)


def confirms(attempt: Attempt, user: User) -> bool:
    """Settle an attempt of somebody who is logged in: whether it was his own password. If not, count the failure."""
    attempt.throttle.hold()
    attempt.throttle.check()
    if _still(attempt) is not user:
        attempt.throttle.count_failure()
        return False
    attempt.throttle.forget()
    return True


def log_out(token: str) -> None:
    """End the session of `token`."""
    sessions.end_session(token)


def change_own_password(
    user: User, attempt: Attempt, password: str, *, actor: Actor, **visit: Unpack[sessions.Visit]
) -> str | None:
    """Give oneself a new password, by the old one that `attempt` checked.

    All sessions end; the token of a new one is returned. None, and one more failure, when the old one was not right.
    """
    if actor.id != user.id:
        raise ForbiddenError(_("Everybody changes his own password himself."))
    _check_new(user, attempt, password)
    if not confirms(attempt, user):
        return None
    user.password_hash = passwords.hash_password(password)
    user.password_changed_at, user.must_change_password = now(), False
    sessions.end_sessions([user.id])
    record("user.change_own_password", user, actor=actor)
    return sessions.start_session(user, **visit)


def _check_new(user: User, attempt: Attempt, password: str) -> None:
    known = (user.username, user.email, user.name, user.email.partition("@")[0])
    try:
        check_password_rules(password, known=known)
        if attempt.password_hash and passwords.check_password(attempt.password_hash, password):
            raise ValueError(_("Choose a password that you did not have before."))
    except ValueError as error:
        refuse_fields({"password": str(error)})
