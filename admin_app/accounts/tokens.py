"""Links that work once. Only their hashes are stored."""

from __future__ import annotations

import datetime as dt
import secrets

from sqlalchemy import ColumnElement, and_, delete, select, update

from admin_app.accounts.models import OneTimeToken, TokenPurpose
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.signing import hash_token


def issue_token(purpose: TokenPurpose, *, lifetime: dt.timedelta) -> str:
    """Return a new token; older ones for the same purpose stop working."""
    db.session.execute(
        delete(OneTimeToken).where(OneTimeToken.purpose == purpose).execution_options(synchronize_session=False)
    )
    token = secrets.token_urlsafe(32)
    db.session.add(OneTimeToken(purpose=purpose, token_hash=hash_token(token), expires_at=now() + lifetime))
    db.session.flush()
    return token


def _works(purpose: TokenPurpose, token: str) -> ColumnElement[bool]:
    return and_(
        OneTimeToken.purpose == purpose,
        OneTimeToken.token_hash == hash_token(token),
        OneTimeToken.used_at.is_(None),
        OneTimeToken.expires_at > now(),
    )


def token_works(purpose: TokenPurpose, token: str) -> bool:
    """Whether the token could be used now."""
    return db.session.scalar(select(OneTimeToken.id).where(_works(purpose, token))) is not None


def use_token(purpose: TokenPurpose, token: str) -> bool:
    """Use the token up; of two who try at once the database lets one."""
    done = db.session.execute(
        update(OneTimeToken)
        .where(_works(purpose, token))
        .values(used_at=now())
        .returning(OneTimeToken.id)
        .execution_options(synchronize_session=False)
    )
    return done.first() is not None
