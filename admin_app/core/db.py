"""The database: base class, column types, the one commit, and what must be true of each connection."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from enum import Enum as PyEnum
from typing import Any

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import (
    JSON,
    BigInteger,
    DateTime,
    Dialect,
    Enum,
    Integer,
    MetaData,
    TypeDecorator,
    func,
    select,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import DeclarativeBase, Session
from sqlalchemy.orm.exc import StaleDataError

from admin_app.core.context import read_only
from admin_app.core.errors import ConflictError, ForbiddenError
from admin_app.core.turns import writer_turn
from admin_app.core.words import gettext as _

logger = logging.getLogger(__name__)

NAMING_CONVENTION = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class UtcDateTime(TypeDecorator[dt.datetime]):
    """A moment. Stored in UTC on both databases; a value without a zone is refused."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A moment without a time zone cannot be stored.")
        value = value.astimezone(dt.UTC)
        return value if dialect.name == "postgresql" else value.replace(tzinfo=None)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


# Tables that grow without end; SQLite numbers rows only where the type is plain INTEGER.
BigId = BigInteger().with_variant(Integer(), "sqlite")
JsonDocument = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


def enum_by_value(kind: type[PyEnum], name: str) -> Enum:
    """Return a column type that stores an enum's values, with a named CHECK that refuses others."""
    return Enum(
        kind,
        name=name,
        native_enum=False,
        create_constraint=True,
        validate_strings=True,
        length=20,
        values_callable=lambda members: [member.value for member in members],
    )


class Base(DeclarativeBase):
    """The base of all models."""

    metadata = MetaData(naming_convention=NAMING_CONVENTION)
    type_annotation_map = {dt.datetime: UtcDateTime, dict[str, Any]: JsonDocument, list[Any]: JsonDocument}


db = SQLAlchemy(session_options={"expire_on_commit": False})


def sqlite_turn() -> AbstractContextManager[Any]:
    """Return what makes the writers to a SQLite file wait for each other; nothing has to on PostgreSQL."""
    engine = db.engine
    return writer_turn(str(engine.url.database)).held() if engine.dialect.name == "sqlite" else nullcontext()


def _end_reading(session: Session) -> None:
    """End the transaction in which the request has read so far, so that the write starts on fresh ground."""
    if session.new or session.dirty or session.deleted:
        raise RuntimeError("Records were changed outside unit_of_work().")
    if session.in_transaction():
        session.commit()


class _Commits:
    value = 0


_commits = _Commits()


def commits() -> int:
    """Return how many units of work this process has stored: while it stands still, nothing changed from here."""
    return _commits.value


@contextmanager
def unit_of_work() -> Iterator[Session]:
    """The one place that commits: all that happens inside is stored together, or not at all.

    Raises ConflictError when a row was changed by somebody else meanwhile or another row holds a value that must be
    unique; ForbiddenError while what is running may only look; RuntimeError when units are nested. Callables given to
    `on_commit()` run after the commit.
    """
    if refusal := read_only():
        raise ForbiddenError(refusal)
    session = db.session()
    if session.info.get("on_commit") is not None:
        raise RuntimeError("unit_of_work() is open already; operations never open one.")
    _end_reading(session)
    callbacks: list[Callable[[], None]] = []
    undoing: list[Callable[[], None]] = []
    session.info.update(on_commit=callbacks, on_rollback=undoing)
    try:
        with sqlite_turn():
            session.connection(execution_options={"canvass_writes": True})
            yield session
            session.commit()
            _commits.value += 1
    except BaseException as error:
        session.rollback()
        _run(undoing, "A step after a change was given up failed.")
        if isinstance(error, StaleDataError):
            raise ConflictError(_("Somebody else changed this meanwhile. Reload it and try again.")) from error
        if isinstance(error, IntegrityError):
            raise ConflictError(_("Another record stands in the way of this change. Reload and try again.")) from error
        raise
    finally:
        session.info.pop("on_commit", None)
        session.info.pop("on_rollback", None)
    # What is stored stays stored; whoever sweeps up finds what was not sent.
    _run(callbacks, "A step after the commit failed.")


def _run(callbacks: list[Callable[[], None]], complaint: str) -> None:
    for callback in callbacks:
        try:
            callback()
        except Exception:
            logger.exception(complaint)


def take_turns(name: str) -> None:
    """Let other units of work that ask for the same turn wait until this one is stored or given up.

    For what must be read and then written with nobody in between. SQLite has one writer at a time anyway.
    """
    if db.session.get_bind().dialect.name == "postgresql":
        db.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


def on_commit(callback: Callable[[], None]) -> None:
    """Run `callback` once the open unit of work has been stored; never if it is rolled back."""
    callbacks = db.session().info.get("on_commit")
    if callbacks is None:
        raise RuntimeError("on_commit() needs an open unit_of_work().")
    callbacks.append(callback)


def on_rollback(callback: Callable[[], None]) -> None:
    """Run `callback` if the open unit of work is given up: for what a rollback does not undo, such as a file."""
    callbacks = db.session().info.get("on_rollback")
    if callbacks is None:
        raise RuntimeError("on_rollback() needs an open unit_of_work().")
    callbacks.append(callback)
