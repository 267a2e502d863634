"""The one commit, and what must be true of each connection."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from admin_app.core.db import db, on_commit, unit_of_work
from admin_app.core.errors import ConflictError
from admin_app.jobs.models import Job


def test_it_commits_and_runs_what_waits_for_it(app):
    seen = []
    with unit_of_work() as session:
        session.add(Job(kind="a"))
        on_commit(lambda: seen.append(db.session.scalar(select(Job.kind))))
        assert seen == []
    assert seen == ["a"]


def test_an_error_stores_nothing_and_calls_nobody(app):
    seen = []
    with pytest.raises(ZeroDivisionError), unit_of_work() as session:
        session.add(Job(kind="a"))
        session.flush()
        on_commit(lambda: seen.append(1))
        _ = 1 / 0
    assert db.session.scalar(select(Job.id)) is None
    assert seen == []


def test_it_is_never_nested(app):
    with unit_of_work(), pytest.raises(RuntimeError), unit_of_work():
        pass


def test_a_duplicate_is_a_conflict(app):
    with unit_of_work() as session:
        session.add(Job(kind="a", unique_key="x"))
    with pytest.raises(ConflictError), unit_of_work() as session:
        session.add(Job(kind="a", unique_key="x"))


def test_the_database_refuses_a_state_that_is_none(app):
    with pytest.raises(ConflictError), unit_of_work() as session:
        session.add(Job(kind="a"))
        session.flush()
        session.execute(text("UPDATE job SET state = 'sleeping'"))
