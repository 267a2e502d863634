"""The migrations make what the models say, and find their way back, with data in the tables."""

from __future__ import annotations

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from flask_migrate import downgrade, upgrade
from huey.storage import PostgresStorage
from sqlalchemy import inspect, select, text

from admin_app.accounts.models import Role
from admin_app.audit.operations import record
from admin_app.audit.sealing import seal_entries
from admin_app.core.db import Base, db, unit_of_work
from admin_app.core.permissions import SYSTEM
from admin_app.jobs.operations import enqueue
from admin_app.web.health import migrations_missing


def ours(_object, name, kind, _reflected, _compare_to):
    """Leave out the queue's tables, and what texts are searched by, which each database has in its own way."""
    if kind == "table":
        return not name.startswith(("huey_", "reply_text_index", "search_"))
    return not name.endswith("_trigrams") and name != "search_words"


def rows() -> None:
    """Put something into the tables that have guards or refer to others."""
    with unit_of_work() as session:
        role = Role(name="Readers of everything")
        session.add(role)
        session.flush()
        record("role.create", role, actor=SYSTEM, changes={"name": (None, "x")}, personal={"name"})
        enqueue("audit.seal", {}, actor=SYSTEM)
    with unit_of_work():
        seal_entries()


def test_the_models_are_what_the_migrations_make(app):
    with db.engine.connect() as connection:
        options = {"compare_type": True, "include_object": ours}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Base.metadata) == []


def test_every_foreign_key_and_check_is_there(app):
    """Comparing leaves CHECKs out, and keys in a circle have been forgotten before."""
    inspector = inspect(db.engine)
    for table in Base.metadata.sorted_tables:
        wanted = {str(one.name) for one in table.foreign_key_constraints}
        assert {one["name"] for one in inspector.get_foreign_keys(table.name)} == wanted
        checks = {str(one.name) for one in table.constraints if type(one).__name__ == "CheckConstraint"}
        assert {one["name"] for one in inspector.get_check_constraints(table.name)} >= checks


def test_up_down_and_up_again_with_data(app):
    rows()
    tables = set(inspect(db.engine).get_table_names())
    db.session.remove()
    app.extensions["canvass_queue"].close()
    downgrade(revision="base")
    assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
    assert migrations_missing()
    upgrade()
    assert set(inspect(db.engine).get_table_names()) == tables
    assert not migrations_missing()
    rows()
    assert db.session.scalar(select(Role.name)) == "Readers of everything"


def test_step_by_step_with_data(app, database):
    rows()
    db.session.remove()
    app.extensions["canvass_queue"].close()
    downgrade(revision="0001")
    with unit_of_work() as session:
        session.execute(text("UPDATE audit_entry SET reason = 'the guard is away'"))
    upgrade()
    with pytest.raises(Exception, match=r"insert-only|stands in the way"), unit_of_work() as session:
        session.execute(text("UPDATE audit_entry SET reason = 'it is back'"))


def test_the_queue_is_as_its_library_makes_it(app, database):
    if database.name == "sqlite":
        pytest.skip("the queue has a file of its own")
    PostgresStorage("check", dsn=database.url.replace("+psycopg", ""), table_prefix="made", create_tables=True)
    inspector = inspect(db.engine)

    def shape(prefix: str) -> dict[str, object]:
        return {
            name.removeprefix(prefix): (
                [(column["name"], str(column["type"]), column["nullable"]) for column in inspector.get_columns(name)],
                inspector.get_pk_constraint(name)["constrained_columns"],
                sorted(tuple(index["column_names"]) for index in inspector.get_indexes(name)),
            )
            for name in inspector.get_table_names()
            if name.startswith(prefix)
        }

    assert shape("huey") == shape("made")
    assert len(shape("huey")) == 4


def test_a_migration_that_breaks_leaves_nothing_behind(app, monkeypatch):
    """All steps are one transaction, on SQLite too."""

    def break_off(*_args: object, **_options: object) -> None:
        raise ValueError("the power is gone")

    db.session.remove()
    app.extensions["canvass_queue"].close()
    downgrade(revision="base")
    with monkeypatch.context() as patched:
        patched.setattr("alembic.op.execute", break_off)
        with pytest.raises(ValueError, match="the power is gone"):
            upgrade()
    assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
    upgrade()
    assert not migrations_missing()
