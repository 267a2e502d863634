"""What the console remembers for each user: how he likes his lists and his dashboard."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from admin_app.core.clock import now
from admin_app.core.db import Base, JsonDocument


class Preference(Base):
    """One thing that one user prefers, such as the columns of a list under "list.survey"."""

    __tablename__ = "preference"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    value: Mapped[dict[str, Any]] = mapped_column(JsonDocument)
    updated_at: Mapped[dt.datetime] = mapped_column(default=now, onupdate=now)
