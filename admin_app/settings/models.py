"""Settings that an administrator changed while the installation runs; what stands in no row has its default."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from admin_app.core.clock import now
from admin_app.core.db import Base, JsonDocument


class StoredSetting(Base):
    """The value of one setting."""

    __resource__ = "setting"
    __tablename__ = "setting"
    __table_args__ = (CheckConstraint("name <> ''", name="name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    value: Mapped[Any] = mapped_column(JsonDocument)
    updated_at: Mapped[dt.datetime] = mapped_column(default=now, onupdate=now)
    # No foreign key: people may be purged, what they set stays.
    updated_by_id: Mapped[int | None]

    def __str__(self) -> str:
        return self.name
