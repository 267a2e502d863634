"""What the console remembers: how each user likes his lists and his dashboard, and saved views of lists."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from admin_app.core.clock import now
from admin_app.core.db import Base, JsonDocument
from admin_app.core.ids import public_id


class Preference(Base):
    """One thing that one user prefers, such as the columns of a list under "list.survey"."""

    __tablename__ = "preference"

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    value: Mapped[dict[str, Any]] = mapped_column(JsonDocument)
    updated_at: Mapped[dt.datetime] = mapped_column(default=now, onupdate=now)


class SavedView(Base):
    """A list as somebody keeps it: what it is narrowed to, its order and its columns; shared with a role, or his alone.

    `query` holds the names and values of the address, `look` what a preference of the list holds.
    """

    __resource__ = "view"
    __tablename__ = "saved_view"
    __table_args__ = (
        UniqueConstraint("owner_id", "list_name", "name"),
        CheckConstraint("name <> ''", name="name"),
        Index("ix_saved_view_list_name_id", "list_name", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=public_id)
    # The list's endpoint, such as "survey".
    list_name: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(80))
    query: Mapped[list[list[str]]] = mapped_column(JsonDocument)
    look: Mapped[dict[str, Any]] = mapped_column(JsonDocument, default=dict)
    owner_id: Mapped[int] = mapped_column(ForeignKey("user_account.id", ondelete="CASCADE"))
    role_id: Mapped[int | None] = mapped_column(ForeignKey("role.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[dt.datetime] = mapped_column(default=now)
    updated_at: Mapped[dt.datetime] = mapped_column(default=now, onupdate=now)
    lock_version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": lock_version}

    def __str__(self) -> str:
        return self.name
