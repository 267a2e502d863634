"""Files that people uploaded: what is known of them. Their bytes lie in the storage."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from admin_app.core.clock import now
from admin_app.core.db import Base
from admin_app.core.ids import public_id


def _address() -> str:
    # Whoever has the address of an image sees it, so it must not be found by trying: 24 letters carry 115 bits.
    return public_id(24)


class MediaFile(Base):
    """One upload. Its kind was found in its content, and is never what its sender said it was."""

    __resource__ = "media"
    __tablename__ = "media_file"
    __table_args__ = (
        CheckConstraint("size > 0", name="size"),
        CheckConstraint("(width IS NULL) = (height IS NULL)", name="measures"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(24), unique=True, default=_address)
    owner_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), index=True)
    name: Mapped[str] = mapped_column(String(255))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    # In pixels, of images.
    width: Mapped[int | None]
    height: Mapped[int | None]
    created_at: Mapped[dt.datetime] = mapped_column(default=now)

    def __str__(self) -> str:
        return self.name
