"""What measurements of single statements share: each in its own time, on tables that are tidy."""

from __future__ import annotations

import time
from collections.abc import Callable

from sqlalchemy import text

from admin_app.core.db import db
from admin_app.jobs.queue import current_queue


def tidy() -> None:
    """See to it that what is left of the round before does not weigh on the next."""
    db.session.rollback()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def let_go() -> None:
    """Close what the application of the context holds open."""
    db.session.remove()
    current_queue().close()
    db.engine.dispose()


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that `work` takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
