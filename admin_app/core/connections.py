"""What must be true of each connection to the database."""

from __future__ import annotations

import time
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from admin_app.core.text import words_of

# A connection that was in use this long ago (seconds) is still there; asking it costs a round trip for each request.
FRESH = 1.0


def check_idle_connections(engine: Engine) -> None:
    """Ask a connection whether it is still there before it is used again, unless it was used a moment ago."""

    @event.listens_for(engine, "checkin")
    def _checkin(_connection: Any, record: ConnectionPoolEntry) -> None:
        record.info["used"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def _checkout(connection: Any, record: ConnectionPoolEntry, _proxy: Any) -> None:
        used = record.info.get("used")
        if used is None or time.monotonic() - used < FRESH:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            # The pool throws all its connections away and asks for a new one.
            raise InvalidatePoolError from error


def prepare_engine(engine: Engine) -> None:
    """Give each connection of a SQLite engine its settings, and check those to PostgreSQL when they were idle.

    pysqlite begins transactions too late and DEFERRED, which loses the race for the write lock, so the begin is ours.
    """
    if engine.dialect.name != "sqlite":
        check_idle_connections(engine)
        return

    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        # What the triggers call that keep the indexes for searching; PostgreSQL has it in the database.
        connection.create_function("canvass_words", 1, words_of, deterministic=True)
        cursor = connection.cursor()
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA busy_timeout = 10000")
        # An answer that was acknowledged survives a power cut.
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("canvass_writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def has_free_connection(engine: Engine) -> bool:
    """Whether the pool would hand out a connection at once, in place of letting its caller wait for one."""
    pool = engine.pool
    if not isinstance(pool, QueuePool) or pool._max_overflow < 0:
        return True
    return pool.checkedout() < pool.size() + pool._max_overflow
