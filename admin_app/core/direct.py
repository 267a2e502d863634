"""One statement, one round trip: for the read and the write of the public side that everybody waits for.

Everything else reads through the session and writes in `unit_of_work()`. On PostgreSQL these statements run on an
engine in autocommit, so that BEGIN and COMMIT cost no round trips of their own; on SQLite those that come at the same
moment are written together, so that they wait for the disk once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, Executable, Row, create_engine, event
from sqlalchemy.exc import DBAPIError

from admin_app.core.connections import check_idle_connections
from admin_app.core.db import db
from admin_app.core.turns import Errand, writer_turn

_ENGINES: WeakKeyDictionary[Engine, Engine] = WeakKeyDictionary()


def _direct(engine: Engine) -> Engine:
    """Return the engine in autocommit beside `engine`; it is disposed of together with it."""
    direct = _ENGINES.get(engine)
    if direct is None:
        # Nothing is open between two statements, so there is nothing to roll back when a connection is returned.
        direct = create_engine(
            engine.url, isolation_level="AUTOCOMMIT", pool_reset_on_return=None, skip_autocommit_rollback=True,
            pool_recycle=1800, hide_parameters=True,
        )  # fmt: skip
        check_idle_connections(direct)
        event.listen(engine, "engine_disposed", direct.dispose)
        direct = _ENGINES.setdefault(engine, direct)
    return direct


def read_row(statement: Executable, parameters: Mapping[str, Any]) -> Row[Any] | None:
    """Return the first row of a statement that is built already; None when there is none."""
    engine = db.engine
    if engine.dialect.name == "postgresql":
        return _send(_direct(engine), statement, parameters)
    with engine.connect() as connection:
        return connection.execute(statement, parameters).first()


def write_row(statement: Executable, parameters: Mapping[str, Any]) -> Row[Any] | None:
    """Execute one statement that is a unit of work by itself, and return the first row that it gives back.

    The statement must be safe to repeat, such as an INSERT ... ON CONFLICT DO NOTHING: when the connection breaks
    nobody knows whether it was stored, so it is sent once more.
    """
    engine = db.engine
    if engine.dialect.name == "postgresql":
        return _send(_direct(engine), statement, parameters)
    turn = writer_turn(str(engine.url.database))
    return turn.share((statement, parameters), partial(_writer, engine))  # type: ignore[no-any-return]


@contextmanager
def _writer(engine: Engine) -> Iterator[Callable[[Sequence[Errand]], None]]:
    with engine.connect().execution_options(canvass_writes=True) as connection:
        yield partial(_write_all, connection)


def _write_all(connection: Connection, errands: Sequence[Errand]) -> None:
    """Write the statements that came together in one transaction; one that is refused leaves the others as they are."""
    with connection.begin():
        for errand in errands:
            try:
                errand.result = connection.execute(*errand.work).first()
            except Exception as error:
                errand.error = error


def _send(engine: Engine, statement: Executable, parameters: Mapping[str, Any]) -> Row[Any] | None:
    try:
        with engine.connect() as connection:
            return connection.execute(statement, parameters).first()
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
    with engine.connect() as connection:
        return connection.execute(statement, parameters).first()
