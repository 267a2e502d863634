"""Entries for a whole selection by one statement: as good as those that are written one by one."""

from __future__ import annotations

import pytest
from sqlalchemy import inspect, literal, select, text
from sqlalchemy.exc import DBAPIError

from admin_app.accounts.models import Role, User, UserStatus
from admin_app.audit.models import AuditBatch, AuditEntry
from admin_app.audit.operations import batched, open_batch, record, record_selection
from admin_app.audit.queries import count_unsealed, verify_chain
from admin_app.core.context import new_request_id
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ConflictError
from admin_app.core.permissions import SYSTEM
from tests.accounts.many import many_users
from tests.factories import make_role, make_user
from tests.helpers import count_statements

ROLES = select(Role.id, Role.name).where(Role.builtin.is_(None))


def entries():
    return db.session.scalars(select(AuditEntry).order_by(AuditEntry.record_id)).all()


def test_it_writes_what_record_would_write(app):
    """Field by field, but for what numbers the entries."""
    actor, role = make_user("anna", None, name="Anna A"), make_role("Rôle “one”")
    changes = {
        "status": (UserStatus.NEW, UserStatus.ACTIVE),
        "roles": ([], ["a", "ä"]),
        "on": (None, True),
        "n": (1, 2),
    }
    new_request_id()
    with unit_of_work():
        record("role.update", role, actor=actor, changes=changes, reason="because")
        assert record_selection("role.update", Role, ROLES, actor=actor, changes=changes, reason="because") == 1
    one, other = entries()
    for column in inspect(AuditEntry).column_attrs:
        if column.key not in {"id", "at"}:
            assert getattr(one, column.key) == getattr(other, column.key), column.key
    assert (one.changes["status"], one.changes["on"]) == (["new", "active"], [None, True])
    assert (other.at - one.at).total_seconds() < 5
    assert one.request_id != ""


def test_the_system_and_nothing_changed(app):
    make_role("One")
    with unit_of_work():
        record_selection("role.update", Role, ROLES, actor=SYSTEM)
    entry = entries()[0]
    assert (entry.actor_id, entry.actor_name, entry.changes, entry.batch_id) == (None, "system", {}, None)


def test_values_may_come_from_the_rows(app):
    """Each survey had an owner of its own before all of them were given to one."""
    for name in ("One", "Two “ä”"):
        make_role(name)
    changes = {"name": (Role.name, 'Ü "x"'), "number": (Role.id, 7), "other": (None, [1, "b", None])}
    with unit_of_work():
        record_selection("role.update", Role, ROLES, actor=SYSTEM, changes=changes)
    assert [entry.changes for entry in entries()] == [
        {"name": [entry.record_name, 'Ü "x"'], "number": [entry.record_id, 7], "other": [None, [1, "b", None]]}
        for entry in entries()
    ]


def test_a_long_name_is_cut(app):
    make_role("One")
    with unit_of_work():
        record_selection("role.update", Role, select(Role.id, literal("x" * 400)), actor=SYSTEM)
    assert {len(entry.record_name) for entry in entries()} == {300}


def test_it_counts_in_its_batch(app):
    for name in ("One", "Two"):
        make_role(name)
    with unit_of_work():
        batch = open_batch("role.update", "role", actor=SYSTEM)
        record_selection("role.update", Role, ROLES, actor=SYSTEM, batch=batch)
        record_selection("role.update", Role, ROLES.where(Role.name == "One"), actor=SYSTEM, batch=batch)
    assert {entry.batch_id for entry in entries()} == {batch.id}
    db.session.expire_all()
    assert db.session.scalars(select(AuditBatch)).one().records == 3


class TestBatched:
    def test_entries_find_the_batch_that_is_open(self, app):
        role = make_role("One")
        with unit_of_work():
            batch = open_batch("role.update", "role", actor=SYSTEM)
            with batched(batch):
                record("role.update", role, actor=SYSTEM)
                record_selection("role.update", Role, ROLES, actor=SYSTEM)
            record("role.update", role, actor=SYSTEM)
        assert sorted(entry.batch_id or 0 for entry in entries()) == [0, batch.id, batch.id]
        assert batch.records == 2

    def test_one_of_nothing_is_not_kept(self, app):
        with unit_of_work():
            batch = open_batch("role.update", "role", actor=SYSTEM)
            with batched(batch):
                db.session.flush()
        assert db.session.scalars(select(AuditBatch)).all() == []

    def test_a_fault_closes_it(self, app):
        role = make_role("One")
        with pytest.raises(ConflictError), unit_of_work(), batched(open_batch("role.update", "role", actor=SYSTEM)):
            raise ConflictError("No.")
        with unit_of_work():
            record("role.update", role, actor=SYSTEM)
        assert [entry.batch_id for entry in entries()] == [None]


def test_the_chain_takes_them(app, seal):
    chosen = many_users(50, "user", role=None)
    with unit_of_work():
        record_selection(
            "user.delete",
            User,
            chosen.with_only_columns(User.id, User.username),
            actor=SYSTEM,
            changes={"owner": (User.id, 1)},
        )
        record_selection("user.update", User, chosen.with_only_columns(User.id, User.username), actor=SYSTEM)
    assert seal() == 100
    assert (count_unsealed(), list(verify_chain())) == (0, [])


def test_they_are_insert_only_like_the_others(app):
    make_role("One")
    with unit_of_work():
        record_selection("role.update", Role, ROLES, actor=SYSTEM)
    for statement in ("UPDATE audit_entry SET action = 'x'", "DELETE FROM audit_entry"):
        with pytest.raises(DBAPIError, match="insert-only"):
            db.session.execute(text(statement))
        db.session.rollback()


def test_one_statement_however_many(app):
    for number in (10, 1000):
        chosen = many_users(number, f"of{number}_", role=None).with_only_columns(User.id, User.username)
        with unit_of_work(), count_statements(db.engine) as statements:
            assert record_selection("user.update", User, chosen, actor=SYSTEM) == number
        assert len(statements) == 1
