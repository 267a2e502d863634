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


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """Leave out the queue's tables, which are Huey's, and what texts are searched by: the databases differ in it."""
    found = name or ""
    return not (kind == "table" and found.startswith(("huey_", "reply_text_index", "search_"))) and not (
        found.endswith("_trigrams") or found == "search_words"
    )


def migrate(connection: sa.Connection) -> None:
    """Run the migrations in one transaction; a second process that migrates waits and finds nothing left to do."""
    sqlite = connection.dialect.name == "sqlite"
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        render_item=render_item,
        include_name=include_name,
        render_as_batch=sqlite,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        if not sqlite:
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(7204115908)"))
        context.run_migrations()


def run() -> None:
    """Run the migrations on the application's database."""
    engine = current_app.extensions["migrate"].db.engine
    with engine.connect() as connection:
        if connection.dialect.name != "sqlite":
            migrate(connection)
            return
        # Both are set outside any transaction. The journal mode is a property of the file, so once is enough; and a
        # table that is made anew in place of an old one must not take along the rows that refer to it.
        raw = connection.connection.driver_connection
        raw.execute("PRAGMA journal_mode = WAL")
        raw.execute("PRAGMA foreign_keys = OFF")
        try:
            migrate(connection.execution_options(canvass_writes=True))
        finally:
            raw.execute("PRAGMA foreign_keys = ON")


run()
