"""The tokens of programs. The database says at every request whether one works, never its signature alone.

Two things end a token: its row goes, or its user's epoch moves on. The second ends also a token that is being made
at the same moment, by somebody who logged in with the password of before.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from typing import TypedDict, Unpack

from sqlalchemy import ColumnElement, Select, delete, exists, select, update
from sqlalchemy.orm import contains_eager

from admin_app.accounts.api_token_models import ApiToken, TokenKind
from admin_app.accounts.models import SessionPlace, User, UserStatus
from admin_app.accounts.queries import hold_rights
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.sql import among

LIFETIMES = {TokenKind.ACCESS: dt.timedelta(minutes=15), TokenKind.REFRESH: dt.timedelta(days=30)}
# Noting each request would write with each one that only reads.
USED_EVERY = dt.timedelta(minutes=5)
# Requests are counted by so many at once: each web process takes them for itself and gives them out one by one.
LEASE, LEASE_WINDOW = 100, dt.timedelta(minutes=1)
CHUNK = 1000


class Device(TypedDict, total=False):
    """The program that gets a token, as far as it tells."""

    user_agent: str
    place: SessionPlace


@dataclass(frozen=True)
class TokenFacts:
    """What is signed: which row it is, whose, of which epoch, and until when."""

    name: str
    kind: TokenKind
    owner: str
    epoch: int
    lifetime: dt.timedelta


def start_token(user: User, kind: TokenKind, **device: Unpack[Device]) -> TokenFacts:
    """Make a token for `user` and return what is to be signed."""
    name, moment = secrets.token_hex(16), now()
    # Read as it stands with the password that was checked: who shuts the user out meanwhile ends this one too.
    db.session.add(
        ApiToken(
            name=name,
            kind=kind,
            user_id=user.id,
            epoch=user.token_epoch,
            created_at=moment,
            expires_at=moment + LIFETIMES[kind],
            user_agent=device.get("user_agent", "")[:300],
            place=device.get("place", SessionPlace.UNKNOWN),
        )
    )
    db.session.flush()
    return TokenFacts(name, kind, user.public_id, user.token_epoch, LIFETIMES[kind])


def find_token(facts: TokenFacts) -> ApiToken | None:
    """Return the token that was signed with these facts, with its user and what he may do; two statements.

    None when it is over, when its user may not log in any more, or has to choose another password first.
    """
    query = (
        select(ApiToken)
        .join(ApiToken.user)
        .where(
            ApiToken.name == facts.name,
            ApiToken.kind == facts.kind,
            ApiToken.epoch == facts.epoch,
            User.public_id == facts.owner,
            User.must_change_password.is_(False),
            _works(),
        )
        .options(contains_eager(ApiToken.user))
    )
    found = db.session.scalar(query)
    if found is not None:
        hold_rights(found.user)
    return found


def _works() -> ColumnElement[bool]:
    """Return the condition for tokens that are not over, in a statement that has their users too."""
    return (
        (ApiToken.expires_at > now())
        & (ApiToken.epoch == User.token_epoch)
        & (User.status == UserStatus.ACTIVE)
        & User.deleted_at.is_(None)
    )


def tokens_of(user: User) -> Select[ApiToken]:
    """Return the tokens of `user` that work, the newest first."""
    query = select(ApiToken).join(ApiToken.user).where(ApiToken.user_id == user.id, _works())
    return query.order_by(ApiToken.created_at.desc(), ApiToken.id.desc())


def is_due(token: ApiToken) -> bool:
    """Whether it is time to note again that the token is in use."""
    return token.last_used_at is None or now() - token.last_used_at >= USED_EVERY


def touch_token(token: ApiToken) -> None:
    """Note that the token is in use."""
    _update(token, last_used_at=now())


def take_lease(token: ApiToken, limit: int) -> tuple[int, dt.datetime]:
    """Take requests for this process to give out, as far as `limit` in a minute leaves any.

    Return how many, and until when they may be given out.
    """
    moment = now()
    held = select(ApiToken.leased, ApiToken.leased_since).where(ApiToken.id == token.id).with_for_update()
    found = db.session.execute(held).one_or_none()
    if found is None:
        return 0, moment  # revoked meanwhile
    since, leased = found.leased_since, found.leased
    if since is None or since + LEASE_WINDOW <= moment:
        since, leased = moment, 0
    number = max(0, min(LEASE, limit - leased))
    if number:
        _update(token, leased=leased + number, leased_since=since)
    return number, since + LEASE_WINDOW


def _update(token: ApiToken, **values: object) -> None:
    statement = update(ApiToken).where(ApiToken.id == token.id).values(**values)
    db.session.execute(statement.execution_options(synchronize_session=False))


def end_token(token_id: int, *, user_id: int) -> bool:
    """End the token with that number if it is one of the user's; return whether it was."""
    return _end(ApiToken.id == token_id, ApiToken.user_id == user_id) == 1


def end_tokens_of(user_ids: Collection[int]) -> int:
    """End all tokens of these users, also those that are just being made; return how many there were."""
    if user_ids:
        db.session.execute(
            update(User)
            .where(among(User.id, list(user_ids)))
            # Neither a change of the record nor a reason for somebody's open form to be out of date.
            .values(token_epoch=User.token_epoch + 1, updated_at=User.updated_at)
            .execution_options(synchronize_session=False)
        )
    return _end(among(ApiToken.user_id, list(user_ids)))


def has_expired() -> bool:
    """Whether there are tokens to sweep out."""
    return bool(db.session.scalar(select(exists().where(ApiToken.expires_at <= now()))))


def forget_expired() -> int:
    """Sweep out tokens that are over, CHUNK at a time; return how many."""
    return _end(ApiToken.id.in_(select(ApiToken.id).where(ApiToken.expires_at <= now()).limit(CHUNK)))


def _end(*conditions: ColumnElement[bool]) -> int:
    statement = delete(ApiToken).where(*conditions).returning(ApiToken.id)
    return len(db.session.execute(statement.execution_options(synchronize_session=False)).all())
