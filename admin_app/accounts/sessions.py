"""Sessions as rows: who is logged in is decided by the database at every request, never by the cookie alone."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Required, TypedDict, Unpack

from sqlalchemy import ColumnElement, Select, delete, not_, or_, select, update
from sqlalchemy.orm import contains_eager

from admin_app.accounts.api_tokens import end_tokens_of
from admin_app.accounts.models import SessionPlace, User, UserSession, UserStatus
from admin_app.accounts.queries import hold_rights
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.signing import hash_token
from admin_app.core.sql import among
from admin_app.settings.queries import value

# Noting each request would write with each page that only reads. So idling is judged up to this much too early.
SEEN_EVERY = dt.timedelta(minutes=5)


class Visit(TypedDict, total=False):
    """How a session starts: for how long, and for which browser.

    One that is `kept` ends after its hours alone, however long nobody uses it.
    """

    hours: Required[int]
    user_agent: str
    place: SessionPlace
    kept: bool


def start_session(user: User, **visit: Unpack[Visit]) -> str:
    """Log `user` in and return the random token that stands for the session; only its hash is stored."""
    token = secrets.token_urlsafe(32)
    moment = now()
    db.session.add(
        UserSession(
            token_hash=hash_token(token),
            user_id=user.id,
            created_at=moment,
            last_seen_at=moment,
            expires_at=moment + dt.timedelta(hours=visit["hours"]),
            confirmed_at=moment,
            user_agent=visit.get("user_agent", "")[:300],
            place=visit.get("place", SessionPlace.UNKNOWN),
            kept=visit.get("kept", False),
        )
    )
    db.session.flush()
    return token


def _in_use() -> ColumnElement[bool]:
    """Return the condition for sessions that did not end by idling."""
    idle = dt.timedelta(minutes=value("session_idle_minutes"))
    return or_(UserSession.kept, UserSession.last_seen_at > now() - idle)


def find_session(token: str) -> UserSession | None:
    """Return the running session of `token` with its user and what he may do; two statements.

    None when there is no such session, when it is over, or when its user may not log in any more.
    """
    query = (
        select(UserSession)
        .join(UserSession.user)
        .where(
            UserSession.token_hash == hash_token(token),
            UserSession.expires_at > now(),
            _in_use(),
            User.status == UserStatus.ACTIVE,
            User.deleted_at.is_(None),
        )
        .options(contains_eager(UserSession.user))
    )
    found = db.session.scalar(query)
    if found is not None:
        hold_rights(found.user, as_role=found.view_as_role_id)
    return found


def has_idled(token: str) -> bool:
    """Whether the session of `token` would still run, had somebody used it."""
    query = select(UserSession.id).where(
        UserSession.token_hash == hash_token(token), UserSession.expires_at > now(), not_(_in_use())
    )
    return db.session.scalar(query) is not None


def is_kept(token: str) -> bool:
    """Whether the session of `token` stays however long nobody uses it."""
    return bool(db.session.scalar(select(UserSession.kept).where(UserSession.token_hash == hash_token(token))))


def sessions_of(user: User) -> Select[UserSession]:
    """Return the running sessions of `user`, the one seen last first."""
    return (
        select(UserSession)
        .where(UserSession.user_id == user.id, UserSession.expires_at > now(), _in_use())
        .order_by(UserSession.last_seen_at.desc(), UserSession.id.desc())
    )


def is_due(session: UserSession) -> bool:
    """Whether it is time to note again that the session is in use."""
    return now() - session.last_seen_at >= SEEN_EVERY


def touch_session(session: UserSession) -> None:
    """Note that the session is in use."""
    db.session.execute(
        update(UserSession)
        .where(UserSession.id == session.id)
        .values(last_seen_at=now())
        .execution_options(synchronize_session=False)
    )


def is_confirmed(moment: dt.datetime) -> bool:
    """Whether a password that was given at `moment` still does for what does the most harm."""
    minutes = value("confirm_minutes")
    return not minutes or now() - moment < dt.timedelta(minutes=minutes)


def note_confirmed(token: str) -> None:
    """Note that the password was given again in the session of `token`."""
    db.session.execute(
        update(UserSession)
        .where(UserSession.token_hash == hash_token(token))
        .values(confirmed_at=now())
        .execution_options(synchronize_session=False)
    )


def end_session(token: str) -> None:
    """End the session of `token`, also for whoever copied its cookie; over sessions go with it."""
    db.session.execute(
        delete(UserSession)
        .where((UserSession.token_hash == hash_token(token)) | (UserSession.expires_at <= now()))
        .execution_options(synchronize_session=False)
    )


def end_sessions(user_ids: list[int]) -> int:
    """End all sessions of these users, and all that was handed out to their programs; return how many sessions."""
    end_tokens_of(user_ids)
    return _end(among(UserSession.user_id, user_ids))


def end_session_numbered(session_id: int, *, user: User) -> bool:
    """End the session with that number if it is one of `user`; return whether it was."""
    return _end(UserSession.id == session_id, UserSession.user_id == user.id) == 1


def end_sessions_besides(token: str, *, user: User) -> int:
    """End all sessions of `user` but the one of `token`; return how many."""
    return _end(UserSession.user_id == user.id, UserSession.token_hash != hash_token(token))


def _end(*conditions: ColumnElement[bool]) -> int:
    statement = delete(UserSession).where(*conditions).returning(UserSession.id)
    return len(db.session.execute(statement.execution_options(synchronize_session=False)).all())
