"""Sessions as rows: who is logged in is decided by the database at every request, never by the cookie alone."""

from __future__ import annotations

import datetime as dt
import secrets

from sqlalchemy import delete, select, update
from sqlalchemy.orm import contains_eager

from admin_app.accounts.models import User, UserSession, UserStatus
from admin_app.accounts.queries import hold_rights
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.signing import hash_token

SEEN_EVERY = dt.timedelta(minutes=5)


def start_session(user: User, *, hours: int, user_agent: str = "") -> str:
    """Log `user` in and return the random token that stands for the session; only its hash is stored."""
    token = secrets.token_urlsafe(32)
    moment = now()
    db.session.add(
        UserSession(
            token_hash=hash_token(token),
            user_id=user.id,
            created_at=moment,
            last_seen_at=moment,
            expires_at=moment + dt.timedelta(hours=hours),
            user_agent=user_agent[:300],
        )
    )
    db.session.flush()
    return token


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
            User.status == UserStatus.ACTIVE,
            User.deleted_at.is_(None),
        )
        .options(contains_eager(UserSession.user))
    )
    found = db.session.scalar(query)
    if found is not None:
        hold_rights(found.user, as_role=found.view_as_role_id)
    return found


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


def end_session(token: str) -> None:
    """End the session of `token`, also for whoever copied its cookie; over sessions go with it."""
    db.session.execute(
        delete(UserSession)
        .where((UserSession.token_hash == hash_token(token)) | (UserSession.expires_at <= now()))
        .execution_options(synchronize_session=False)
    )


def end_sessions(user_ids: list[int]) -> None:
    """End all sessions of these users."""
    statement = delete(UserSession).where(UserSession.user_id.in_(user_ids))
    db.session.execute(statement.execution_options(synchronize_session=False))
