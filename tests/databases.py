"""Test databases: made and migrated once, put back to that state before every test."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

# What makes two states of the schema differ: tables, columns, constraints, triggers.
_SCHEMA = """
    SELECT (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE nspname = 'public'),
           (SELECT coalesce(max(c.oid::bigint), 0) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
             WHERE nspname = 'public'),
           (SELECT count(*) FROM pg_attribute a JOIN pg_class c ON c.oid = attrelid JOIN pg_namespace n
             ON n.oid = relnamespace WHERE nspname = 'public' AND NOT attisdropped),
           (SELECT count(*) FROM pg_constraint), (SELECT count(*) FROM pg_trigger),
           (SELECT count(*) FROM pg_trigger WHERE tgenabled <> 'O'), (SELECT count(*) FROM pg_proc)
"""

_STORED = """
    SELECT attname FROM pg_attribute
     WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum
"""


class Database:
    """A migrated database, and a way back to what it was right after the migrations."""

    name: str
    url: str

    def keep(self) -> None:
        """Remember what is there now as the state to go back to."""
        raise NotImplementedError

    def reset(self) -> None:
        """Go back to the remembered state."""
        raise NotImplementedError


class SqliteDatabase(Database):
    """A file, copied from a template file."""

    name = "sqlite"

    def __init__(self, folder: Path) -> None:
        self.path, self.template = folder / "canvass.db", folder / "template.db"
        self.url = f"sqlite:///{self.path}"

    def keep(self) -> None:
        shutil.copyfile(self.path, self.template)

    def reset(self) -> None:
        for suffix in ("-wal", "-shm"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)
        shutil.copyfile(self.template, self.path)


class PostgresDatabase(Database):
    """A database that is emptied in a few milliseconds, or cloned again (a second) after a test changed its schema."""

    name = "postgresql"

    def __init__(self, server: str) -> None:
        self.server = server
        self.database = f"canvass_{os.getpid()}"
        self.address = make_url(server).set(database=self.database)
        self.url = self.address.render_as_string(hide_password=False)
        self.fresh = False
        self._schema: Any = None
        self._emptying = sql.Composed([])

    def create(self) -> None:
        """Make the empty database."""
        self._run("DROP DATABASE IF EXISTS {name} WITH (FORCE)", "CREATE DATABASE {name}")

    def keep(self) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            self._schema = connection.execute(_SCHEMA).fetchone()
            self._emptying = self._write_emptying(connection)
        self._run("DROP DATABASE IF EXISTS {template}", "ALTER DATABASE {name} RENAME TO {template}")
        self._clone()

    def _write_emptying(self, connection: psycopg.Connection[Any]) -> sql.Composed:
        """Copy what there is into a schema of its own, and return the statements that go back to it, to be sent as one.

        They delete what a test wrote, bring back what it deleted, and let numbers begin anew.
        """
        connection.execute("CREATE SCHEMA kept")
        # Whoever still holds a lock is from the test before; then the database is cloned.
        statements: list[sql.Composable] = [
            sql.SQL("BEGIN; SET LOCAL lock_timeout = '2s'; SET LOCAL session_replication_role = replica")
        ]
        for (table,) in connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall():
            public, kept = sql.Identifier("public", table), sql.Identifier("kept", table)
            statements.append(sql.SQL("DELETE FROM {}").format(public))
            if connection.execute(sql.SQL("SELECT 1 FROM {} LIMIT 1").format(public)).fetchone():
                # Not what the database makes itself of the other columns.
                names = connection.execute(_STORED, [f'public."{table}"']).fetchall()
                columns = sql.SQL(", ").join(sql.Identifier(name) for (name,) in names)
                connection.execute(sql.SQL("CREATE TABLE {} AS SELECT {} FROM {}").format(kept, columns, public))
                statements.append(sql.SQL("INSERT INTO {} ({}) TABLE {}").format(public, columns, kept))
        query = "SELECT sequencename, last_value FROM pg_sequences WHERE schemaname = 'public'"
        for name, last in connection.execute(query).fetchall():
            call = sql.SQL("SELECT setval({}, {}, {})")
            statements.append(call.format(sql.Literal(name), sql.Literal(last or 1), sql.Literal(last is not None)))
        return sql.SQL("; ").join([*statements, sql.SQL("COMMIT")])

    def reset(self) -> None:
        # Whatever else goes wrong is a fault of the statements, and would cost each test a clone.
        with suppress(psycopg.OperationalError), psycopg.connect(self.url, autocommit=True) as connection:
            if connection.execute(_SCHEMA).fetchone() == self._schema:
                connection.execute(self._emptying)
                return
        self._clone()

    def _clone(self) -> None:
        self._run("DROP DATABASE IF EXISTS {name} WITH (FORCE)", "CREATE DATABASE {name} TEMPLATE {template}")

    def drop(self) -> None:
        """Leave nothing behind on a server that is not ours."""
        self._run("DROP DATABASE IF EXISTS {name} WITH (FORCE)", "DROP DATABASE IF EXISTS {template}")

    def _run(self, *statements: str) -> None:
        names = {"name": sql.Identifier(self.database), "template": sql.Identifier(f"{self.database}_template")}
        with psycopg.connect(self.server, autocommit=True) as connection:
            for statement in statements:
                connection.execute(sql.SQL(statement).format(**names))  # type: ignore[arg-type]
