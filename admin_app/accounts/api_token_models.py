"""The tokens of programs, as rows."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from admin_app.accounts.models import SessionPlace, User
from admin_app.core.clock import now
from admin_app.core.db import Base, BigId, enum_by_value


class TokenKind(StrEnum):
    """What a token is good for: asking, or getting another one to ask with."""

    ACCESS = "access"
    REFRESH = "refresh"


class ApiToken(Base):
    """A token that works. What a program holds is signed and names this row; without the row it is worth nothing."""

    __tablename__ = "api_token"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    # Random, and not secret: only the signature over it opens anything.
    name: Mapped[str] = mapped_column(String(32), unique=True)
    kind: Mapped[TokenKind] = mapped_column(enum_by_value(TokenKind, "kind"))
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), index=True)
    # `User.token_epoch` when the token was made; it works while that is still the same.
    epoch: Mapped[int]
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    # Noted now and then, not at each request.
    last_used_at: Mapped[dt.datetime | None]
    expires_at: Mapped[dt.datetime] = mapped_column(index=True)
    user_agent: Mapped[str] = mapped_column(String(300), default="")
    place: Mapped[SessionPlace] = mapped_column(enum_by_value(SessionPlace, "place"), default=SessionPlace.UNKNOWN)
    # How many requests the web processes have taken to give out, since when.
    leased: Mapped[int] = mapped_column(default=0)
    leased_since: Mapped[dt.datetime | None]

    user: Mapped[User] = relationship()
