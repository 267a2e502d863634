"""What a setting is now, and how seldom the database is asked for it."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from flask import Flask
from sqlalchemy import NullPool, QueuePool, create_engine, select, text
from sqlalchemy.exc import OperationalError

from admin_app import create_app
from admin_app.core.connections import has_free_connection
from admin_app.core.db import db, unit_of_work
from admin_app.core.permissions import SYSTEM
from admin_app.settings import queries
from admin_app.settings.models import StoredSetting
from admin_app.settings.operations import change_settings
from admin_app.settings.queries import SettingsCache, value
from tests.conftest import SETTINGS
from tests.helpers import SETTINGS as READING


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(app: Flask, monkeypatch) -> Clock:
    """The application's own cache, with a clock that stands still."""
    clock = Clock()
    monkeypatch.setattr(app.extensions["canvass.settings"], "_clock", clock)
    queries.forget()
    return clock


@pytest.fixture
def readings(app: Flask):
    """How often the settings were read."""
    from sqlalchemy import event

    seen: list[str] = []

    def note(_connection, _cursor, statement, *_rest):
        if statement == READING:
            seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


def store(name: str, content: object) -> None:
    """Write a row as another process does: this one hears nothing of it."""
    with unit_of_work() as session:
        session.merge(StoredSetting(id=1, name=name, value=content))


def test_it_is_the_default_until_somebody_stores_another(clock):
    assert value("session_hours") == 12
    with unit_of_work():
        change_settings({"session_hours": 8}, actor=SYSTEM)
    assert value("session_hours") == 8


def test_there_is_no_value_of_what_is_no_setting(app: Flask):
    with pytest.raises(KeyError):
        value("session_houres")


def test_all_are_read_by_one_statement_in_two_seconds(clock, readings):
    for name in ("session_hours", "language", "organisation"):
        value(name)
    clock.now += 1.9
    value("session_hours")
    assert len(readings) == 1
    clock.now += 0.2
    value("session_hours")
    value("language")
    assert len(readings) == 2


def test_what_another_process_changed_counts_after_two_seconds(clock):
    assert value("session_hours") == 12
    store("session_hours", 8)
    assert value("session_hours") == 12
    clock.now += 2.1
    assert value("session_hours") == 8


def test_a_change_that_is_given_up_is_never_seen(clock):
    with pytest.raises(RuntimeError), unit_of_work():
        change_settings({"session_hours": 8}, actor=SYSTEM)
        queries.forget()
        assert value("session_hours") == 12, "it is not stored yet"
        raise RuntimeError
    assert value("session_hours") == 12


def test_what_the_environment_fixes_wins_without_asking(clock, readings, monkeypatch, app: Flask):
    store("session_hours", 8)
    monkeypatch.setitem(app.extensions["canvass.settings"].fixed, "session_hours", 5)
    assert value("session_hours") == 5
    assert readings == []
    assert queries.fixed_settings()["session_hours"] == 5


@pytest.mark.parametrize("content", ["8", 0, 10_000, None, True, {"a": 1}, [8]])
def test_a_stored_value_that_cannot_be_one_counts_as_the_default(clock, content):
    with unit_of_work() as session:
        statement = text("INSERT INTO setting (name, value, updated_at) VALUES ('session_hours', :value, :at)")
        import json

        session.execute(statement, {"value": json.dumps(content), "at": "2026-01-01 00:00:00"})
    assert value("session_hours") == 12


def test_a_row_of_another_version_of_the_program_is_left_alone(clock):
    store("colour_of_the_moon", "green")
    assert value("session_hours") == 12
    assert db.session.scalar(select(StoredSetting.value).where(StoredSetting.name == "colour_of_the_moon")) == "green"


def test_before_the_first_migration_there_are_defaults(tmp_path):
    app = create_app({**SETTINGS, "INSTANCE": tmp_path, "DATABASE_URL": f"sqlite:///{tmp_path / 'new.db'}"})
    with app.app_context():
        assert value("session_hours") == 12
        assert app.test_client().get("/login").status_code in {200, 503}


def test_while_the_database_is_away_what_was_read_last_counts(clock, monkeypatch):
    store("session_hours", 8)
    assert value("session_hours") == 8
    clock.now += 3

    def away():
        raise OperationalError("SELECT", {}, Exception("gone"))

    monkeypatch.setattr(queries, "_stored_values", away)
    assert value("session_hours") == 8


def test_outside_any_application_there_are_defaults():
    """In a thread of its own: fixtures of the session may hold a context."""
    found = []

    def ask():
        found.extend([value("session_hours"), dict(queries.fixed_settings())])
        queries.forget()

    thread = threading.Thread(target=ask)
    thread.start()
    thread.join()
    assert found == [12, {}]


def test_two_applications_have_settings_of_their_own(app: Flask, tmp_path):
    other = create_app({**SETTINGS, "INSTANCE": tmp_path, "SESSION_HOURS": 3})
    assert value("session_hours") == 12
    with other.app_context():
        assert value("session_hours") == 3
    assert value("session_hours") == 12


def test_nobody_waits_for_a_connection(clock, readings):
    """A refusal is said in the reader's language, which is a setting: by whoever holds the lock that all wait for."""
    store("session_hours", 8)
    assert value("session_hours") == 8
    store("session_hours", 9)
    clock.now += 3
    db.session.remove()
    with ExitStack() as all_of_them:
        while has_free_connection(db.engine):
            all_of_them.enter_context(db.engine.connect())
        assert value("session_hours") == 8
    assert value("session_hours") == 9
    assert len(readings) == 2


def test_a_pool_without_a_limit_always_has_one():
    assert has_free_connection(create_engine("sqlite://", poolclass=QueuePool, max_overflow=-1))
    assert has_free_connection(create_engine("sqlite://", poolclass=NullPool))


class TestThreads:
    def test_while_one_reads_the_others_go_on_with_what_they_know(self, app: Flask, monkeypatch):
        clock, entered, go = Clock(), threading.Event(), threading.Event()
        cache = SettingsCache({}, clock)
        monkeypatch.setattr(queries, "_stored_values", lambda: {"session_hours": 8})
        assert cache.stored() == {"session_hours": 8}

        def slow():
            entered.set()
            go.wait(5)
            return {"session_hours": 9}

        monkeypatch.setattr(queries, "_stored_values", slow)
        clock.now += 3
        with ThreadPoolExecutor(1) as pool:
            reading = pool.submit(cache.stored)
            assert entered.wait(5)
            assert cache.stored() == {"session_hours": 8}, "it did not wait"
            go.set()
            assert reading.result() == {"session_hours": 9}

    def test_after_a_change_of_ones_own_nobody_goes_on_with_the_old(self, app: Flask, monkeypatch):
        clock, entered, go = Clock(), threading.Event(), threading.Event()
        cache = SettingsCache({}, clock)
        answers = iter(({"a": 1}, {"a": 2}))

        def slow():
            answer = next(answers)
            entered.set()
            go.wait(5)
            return answer

        monkeypatch.setattr(queries, "_stored_values", slow)
        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(cache.stored)
            assert entered.wait(5)
            cache.forget()  # somebody changes a setting after the first has read, and before it keeps what it read
            second = pool.submit(cache.stored)
            go.set()
            assert first.result() == {"a": 1}
            assert second.result() == {"a": 2}
        assert cache.stored() == {"a": 2}

    def test_somebody_who_waits_too_long_goes_on(self, app: Flask, monkeypatch):
        """He may hold the connection that the reader waits for."""
        entered, go = threading.Event(), threading.Event()
        cache = SettingsCache({}, Clock())
        monkeypatch.setattr(queries, "WAIT_SECONDS", 0.05)

        def slow():
            entered.set()
            go.wait(5)
            return {"a": 1}

        monkeypatch.setattr(queries, "_stored_values", slow)
        with ThreadPoolExecutor(1) as pool:
            reading = pool.submit(cache.stored)
            assert entered.wait(5)
            assert cache.stored() == {}
            go.set()
            assert reading.result() == {"a": 1}

    def test_who_waited_does_not_read_once_more(self, app: Flask, monkeypatch):
        entered, go, count = threading.Event(), threading.Event(), []
        cache = SettingsCache({}, Clock())

        def slow():
            count.append(1)
            entered.set()
            go.wait(5)
            return {"a": 1}

        monkeypatch.setattr(queries, "_stored_values", slow)
        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(cache.stored)
            assert entered.wait(5)
            second = pool.submit(cache.stored)
            threading.Timer(0.1, go.set).start()
            assert first.result() == second.result() == {"a": 1}
        assert count == [1]
