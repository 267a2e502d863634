"""Forgetting personal values: the entries stay and stay sealed, for they hold digests only."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, cast

from sqlalchemy import CursorResult, null, select, update

from admin_app.audit.models import AuditEntry, AuditValue
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.sql import among


def erase_values(resource: str, ids: Collection[int]) -> int:
    """Erase the personal values in all entries about these records; return how many values there were.

    The salt goes with them: without it nobody finds out by trying which value a digest was made of.
    """
    entries = select(AuditEntry.id).where(AuditEntry.resource == resource, among(AuditEntry.record_id, ids))
    erased = (
        update(AuditValue)
        .where(AuditValue.entry_id.in_(entries), AuditValue.erased_at.is_(None))
        .values(before=null(), after=null(), salt="", erased_at=now())
        .execution_options(synchronize_session=False)
    )
    return cast(CursorResult[Any], db.session.execute(erased)).rowcount
