"""Links that work once. Only their hashes are stored.

A link for a user is bound to his account as it is when the link is made: it dies with a new password, another e-mail
address or status, and with the account.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, or_, select, update

from admin_app.accounts.models import OneTimeToken, TokenPurpose, User
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.signing import hash_token
from admin_app.core.sql import among


@dataclass(frozen=True)
class IssuedToken:
    """A token in the one moment in which it is known: it is shown or mailed, and then only its hash is left."""

    purpose: TokenPurpose
    token: str = field(repr=False)
    expires_at: dt.datetime


def issue_token(purpose: TokenPurpose, *, lifetime: dt.timedelta) -> str:
    """Return a new token that is nobody's; older ones for the same purpose stop working."""
    _delete(OneTimeToken.purpose == purpose)
    return _add(purpose, lifetime).token


def issue_user_token(user: User, purpose: TokenPurpose, *, lifetime: dt.timedelta) -> IssuedToken:
    """Return a new token for `user` as his account is now; those that he has stay. What expired is swept out."""
    _delete(or_(OneTimeToken.expires_at <= now(), OneTimeToken.used_at.is_not(None)))
    state = db.session.execute(select(*_STATE).where(User.id == user.id)).one()
    return _add(purpose, lifetime, user_id=user.id, state_digest=_digest(state))


def _add(purpose: TokenPurpose, lifetime: dt.timedelta, **columns: Any) -> IssuedToken:
    token, moment = secrets.token_urlsafe(32), now()
    times = {"created_at": moment, "expires_at": moment + lifetime}
    db.session.add(OneTimeToken(purpose=purpose, token_hash=hash_token(token), **times, **columns))
    db.session.flush()
    return IssuedToken(purpose, token, moment + lifetime)


def _works(purpose: TokenPurpose, token: str) -> ColumnElement[bool]:
    return and_(
        OneTimeToken.purpose == purpose,
        OneTimeToken.token_hash == hash_token(token),
        OneTimeToken.used_at.is_(None),
        OneTimeToken.expires_at > now(),
    )


def token_works(purpose: TokenPurpose, token: str) -> bool:
    """Whether a token that is nobody's could be used now."""
    return db.session.scalar(select(OneTimeToken.id).where(_works(purpose, token))) is not None


def use_token(purpose: TokenPurpose, token: str) -> bool:
    """Use a token up that is nobody's; of two who try at once the database lets one."""
    done = db.session.execute(
        update(OneTimeToken)
        .where(_works(purpose, token))
        .values(used_at=now())
        .returning(OneTimeToken.id)
        .execution_options(synchronize_session=False)
    )
    return done.first() is not None


def user_of_token(purpose: TokenPurpose, token: str) -> User | None:
    """Return whom the token could be used for now; nothing changes. It is one statement for any token."""
    return _find(purpose, token)


def use_user_token(purpose: TokenPurpose, token: str) -> User | None:
    """Use the token up, and with it all others of its user; return him, held until the unit of work is stored.

    Of two who try at once the one who waited finds the account changed, or the token gone.
    """
    user = _find(purpose, token, hold=True)
    if user is None or hash_token(token) not in end_tokens([user.id]):
        return None
    return user


def end_tokens(user_ids: Collection[int]) -> set[str]:
    """Let all links of these users die; return the hashes of what there was."""
    return _delete(among(OneTimeToken.user_id, user_ids))


# What a link is bound to. Read as columns: a record in hand may be older than the row.
_STATE = (User.id, User.email_key, User.status, User.deleted_at, User.password_hash)


def _digest(state: Any) -> str:
    """Return what stands for the account in the state in which a row with the columns of `_STATE` found it."""
    facts = [state.id, state.email_key, state.status.value, state.deleted_at is not None, state.password_hash]
    return hashlib.sha256(json.dumps(facts).encode()).hexdigest()


def _find(purpose: TokenPurpose, token: str, *, hold: bool = False) -> User | None:
    query = (
        select(User, *_STATE, OneTimeToken.state_digest)
        .join(OneTimeToken, OneTimeToken.user_id == User.id)
        .where(_works(purpose, token))
    )
    if hold:
        query = query.with_for_update(of=User).execution_options(populate_existing=True)
    found = db.session.execute(query).one_or_none()
    if found is None or not hmac.compare_digest(found.state_digest, _digest(found)):
        return None
    user: User = found.User
    return user


def _delete(condition: ColumnElement[bool]) -> set[str]:
    statement = delete(OneTimeToken).where(condition).returning(OneTimeToken.token_hash)
    return set(db.session.scalars(statement.execution_options(synchronize_session=False)))
