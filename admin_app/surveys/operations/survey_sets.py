"""Changing many surveys by one statement, as every operation on a set of them does it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, select, update

from admin_app.accounts.models import User
from admin_app.audit.models import AuditBatch
from admin_app.audit.operations import record_selection
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.permissions import Actor
from admin_app.surveys.models import Survey


def write_surveys(which: ColumnElement[bool], **values: Any) -> None:
    """Write `values` to these surveys, which the caller has locked. Their version moves: open forms are told."""
    changed = {**values, "updated_at": now(), "lock_version": Survey.lock_version + 1}
    db.session.execute(update(Survey).where(which).values(changed).execution_options(synchronize_session=False))


def give_surveys(which: ColumnElement[bool], owner: User, *, actor: Actor, batch: AuditBatch | None) -> None:
    """Make `owner` the owner of these surveys, which the caller has locked, and tell the audit log."""
    # Before the change: each entry takes the owner who was out of the row itself.
    record_selection(
        "survey.change_owner",
        Survey,
        select(Survey.id, Survey.title).where(which),
        actor=actor,
        changes={"owner_id": (Survey.owner_id, owner.id)},
        batch=batch,
    )
    write_surveys(which, owner_id=owner.id)
