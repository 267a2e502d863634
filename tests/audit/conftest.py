"""An audit log with something in it, and a way round its guards."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from sqlalchemy import text

from admin_app.accounts.models import Role
from admin_app.audit.operations import record
from admin_app.audit.sealing import seal_entries
from admin_app.core.db import db, unit_of_work
from admin_app.core.permissions import SYSTEM


@pytest.fixture
def write(app: Flask) -> Callable[..., list[int]]:
    """Write entries and return their ids."""

    def write_entries(count: int, **options: object) -> list[int]:
        options.setdefault("changes", {"name": ("A", "Ä"), "weight": (None, 1.5)})
        role = Role(id=5, name="Readers")
        with unit_of_work():
            entries = [record("role.update", role, actor=SYSTEM, **options) for _ in range(count)]
        return [entry.id for entry in entries]

    return write_entries


@pytest.fixture
def seal(app: Flask) -> Callable[..., int]:
    """Seal, and return how many entries got their seal."""

    def seal_all(**options: object) -> int:
        with unit_of_work():
            return seal_entries(**options)

    return seal_all


@pytest.fixture
def tamper(app: Flask) -> Callable[..., None]:
    """Run statements as somebody does who owns the database and takes the guards away first."""

    def run(*statements: str) -> None:
        db.session.rollback()
        postgres = db.engine.dialect.name == "postgresql"
        with db.engine.connect() as connection:
            if postgres:
                connection.execute(text("SET session_replication_role = replica"))
            else:
                connection.connection.driver_connection.execute("PRAGMA foreign_keys = OFF")
                for table in ("audit_entry", "audit_seal"):
                    for event in ("update", "delete"):
                        connection.execute(text(f"DROP TRIGGER {table}_no_{event}"))
            for statement in statements:
                connection.execute(text(statement))
            connection.commit()
            connection.invalidate()

    return run
