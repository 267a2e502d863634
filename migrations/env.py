"""Alembic's environment: the models' metadata against the application's own engine."""

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context
from flask import current_app

from admin_app.core.db import Base, UtcDateTime

context.config.attributes.setdefault("configure_logger", False)


def render_item(kind: str, item: Any, _context: Any) -> str | Literal[False]:
    """Write our column types into migrations as what they are in the database, free of our own modules."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, sa.JSON):
        return "sa.JSON().with_variant(postgresql.JSONB(), 'postgresql')"
    return False


def run() -> None:
    """Run the migrations on the application's database."""
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            # Journal mode is a property of the file, so it is set once and outside any transaction.
            connection.connection.driver_connection.execute("PRAGMA journal_mode = WAL")
        context.configure(
            connection=connection,
            target_metadata=Base.metadata,
            compare_type=True,
            render_item=render_item,
            render_as_batch=connection.dialect.name == "sqlite",
        )
        with context.begin_transaction():
            context.run_migrations()


run()
