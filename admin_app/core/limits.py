"""Reading that ends after a time, whatever the database has found by then."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from admin_app.core.db import db

# So many steps of SQLite's machine lie between two looks at the clock: a fraction of a millisecond.
_STEPS = 5_000
# What the two databases call a statement that was ended: query_canceled, SQLITE_INTERRUPT.
_CANCELED = "57014"
_INTERRUPTED = 9


class SlowError(Exception):
    """The time was up before the answer was there."""


@contextmanager
def time_limit(milliseconds: int) -> Iterator[None]:
    """Let each statement inside take `milliseconds` at most; then SlowError is raised.

    For statements that read. What was read before, and the transaction, go on as if nothing had been asked.
    """
    connection = db.session.connection()
    limited = _on_postgresql if connection.dialect.name == "postgresql" else _on_sqlite
    with limited(milliseconds):
        yield


@contextmanager
def _on_postgresql(milliseconds: int) -> Iterator[None]:
    # The limit ends with the savepoint, and a statement that is ended undoes no more than that.
    savepoint = db.session.begin_nested()
    try:
        db.session.execute(text(f"SET LOCAL statement_timeout = {int(milliseconds)}"))
        yield
    except OperationalError as error:
        if getattr(error.orig, "sqlstate", "") != _CANCELED:
            raise
        raise SlowError from error
    finally:
        savepoint.rollback()


@contextmanager
def _on_sqlite(milliseconds: int) -> Iterator[None]:
    driver = db.session.connection().connection.driver_connection
    until = time.monotonic() + milliseconds / 1000
    driver.set_progress_handler(lambda: int(time.monotonic() > until), _STEPS)  # type: ignore[union-attr]
    try:
        yield
    except OperationalError as error:
        if getattr(error.orig, "sqlite_errorcode", 0) & 0xFF != _INTERRUPTED:
            raise
        raise SlowError from error
    finally:
        driver.set_progress_handler(None, 0)  # type: ignore[union-attr]
