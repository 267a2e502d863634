"""Finding uploads."""

from __future__ import annotations

from sqlalchemy import select

from admin_app.core.db import db
from admin_app.media.models import MediaFile


def file_at(public_id: str) -> MediaFile | None:
    """Return the file with that address, if there is one."""
    return db.session.scalar(select(MediaFile).where(MediaFile.public_id == public_id))
