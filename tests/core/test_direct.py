"""One statement that is a unit of work by itself, also when the connection breaks under it."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, insert, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from admin_app.core.db import db, unit_of_work
from admin_app.core.direct import read_row, write_row
from admin_app.jobs.models import Job

WRITE = insert(Job).returning(Job.id)
READ = select(Job.kind).where(Job.kind == text(":asked"))


def jobs() -> int:
    with Session(db.engine) as session:
        return session.scalar(select(func.count()).select_from(Job)) or 0


def test_what_it_writes_is_stored_when_it_returns(app):
    row = write_row(WRITE, {"kind": "a"})
    assert row is not None
    assert jobs() == 1
    assert read_row(READ, {"asked": "a"})[0] == "a"


def test_it_reads_what_is_not_there_as_none(app):
    assert read_row(READ, {"asked": "a"}) is None


def test_a_refused_statement_stores_nothing_and_hurts_nobody(app):
    write_row(WRITE, {"kind": "a", "unique_key": "x"})
    with pytest.raises(IntegrityError):
        write_row(WRITE, {"kind": "b", "unique_key": "x"})
    assert write_row(WRITE, {"kind": "c"}) is not None
    assert jobs() == 2


def test_many_threads_write_beside_a_unit_of_work(app):
    def write():
        with app.app_context():
            for _ in range(10):
                write_row(WRITE, {"kind": "a"})

    threads = [threading.Thread(target=write) for _ in range(6)]
    for thread in threads:
        thread.start()
    for _ in range(5):
        with unit_of_work() as session:
            session.add(Job(kind="b"))
    for thread in threads:
        thread.join()
    assert jobs() == 65


def test_a_connection_that_broke_in_between_is_replaced(app, database):
    if database.name != "postgresql":
        pytest.skip("a file has no connections to break")
    write_row(WRITE, {"kind": "a"})
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        killed = connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        ).all()
    assert killed
    assert write_row(WRITE, {"kind": "b"}) is not None
    assert read_row(READ, {"asked": "b"})[0] == "b"
    assert jobs() == 2


def test_its_connections_go_with_the_engine(app, database):
    if database.name != "postgresql":
        pytest.skip("a file has no connections of its own")
    read_row(READ, {"asked": "a"})
    db.session.remove()
    db.engine.dispose()
    count = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()")
    with db.engine.connect() as connection:
        assert connection.execute(count).scalar() == 1
