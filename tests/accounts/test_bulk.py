"""Many users at once: one rule, few statements, an entry for each, and a reason for each that is left out."""

from __future__ import annotations

import pytest
from sqlalchemy import event, func, select

from admin_app.accounts import operations
from admin_app.accounts.models import User, UserSession, UserStatus
from admin_app.audit.models import AuditEntry
from admin_app.audit.operations import open_batch
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ForbiddenError
from admin_app.core.permissions import SYSTEM
from tests.factories import builtin_role, login, make_role, make_user, password_hash

EVERYBODY = select(User)


def deactivate(actor, selection=EVERYBODY):
    with unit_of_work():
        batch = open_batch("user.deactivate", "user", actor=actor)
        return operations.deactivate_users(selection, actor=actor, batch=batch)


def activate(actor, selection=EVERYBODY):
    with unit_of_work():
        return operations.activate_users(selection, actor=actor)


def test_deactivation(app, client):
    admin, berta, clara = make_user(), make_user("berta", "viewer"), make_user("clara", "viewer")
    login(client, berta)
    result = deactivate(admin)
    assert (result.done, result.skipped) == (
        2,
        [("anna", "You cannot do this to yourself; ask another administrator.")],
    )
    assert {user.status for user in (berta, clara)} == {UserStatus.INACTIVE}
    assert db.session.scalar(select(func.count()).select_from(UserSession)) == 0
    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.record_id)).all()
    assert [(entry.action, entry.record_id) for entry in entries] == [
        ("user.deactivate", berta.id),
        ("user.deactivate", clara.id),
    ]
    assert entries[0].changes == {"status": ["active", "inactive"]}
    assert entries[0].batch.records == 2


def test_it_stands_in_the_way_of_an_older_form(app):
    admin, berta = make_user(), make_user("berta", "viewer")
    version = berta.lock_version
    deactivate(admin)
    db.session.expire_all()
    assert berta.lock_version == version + 1


def test_activation(app):
    admin, berta = make_user(), make_user("berta", "viewer", status=UserStatus.INACTIVE)
    make_user("clara", "viewer", status=UserStatus.NEW, password_hash=None)
    make_user("doris", "viewer")
    result = activate(admin)
    assert result.done == 1
    assert berta.status is UserStatus.ACTIVE
    assert dict(result.skipped) == {
        "anna": "You cannot do this to yourself; ask another administrator.",
        "clara": "This user has no password yet.",
        "doris": "This user is active already.",
    }


def test_who_may_do_more_is_left_out(app):
    make_user()
    helper = make_user("helper", make_role("Helpers", user="CRUD:all", survey="R:all"))
    make_user("clara", make_role("Small", survey="R:own"))
    result = deactivate(helper)
    assert result.done == 1
    assert dict(result.skipped)["anna"] == "This user may do as much as you, or more; ask an administrator."


def test_who_may_be_seen_and_not_changed_is_left_out(app):
    make_user("berta", None)
    limited = make_user("limited", make_role("Limited", user="R:all U:own"))
    result = deactivate(limited)
    assert result.done == 0
    assert dict(result.skipped)["berta"] == "Your roles do not allow you to change this user."


def test_who_may_not_be_seen_is_not_told_of(app):
    make_user("berta", None)
    selfish = make_user("selfish", make_role("Self", user="RU:own"))
    assert [name for name, _reason in deactivate(selfish).skipped] == ["selfish"]


@pytest.mark.parametrize("operation", [activate, deactivate])
def test_it_needs_the_letter(app, operation):
    with pytest.raises(ForbiddenError):
        operation(make_user(role="viewer"))


def test_nothing_chosen_is_nothing_done(app):
    admin = make_user()
    assert deactivate(admin, select(User).where(User.id == 0)).done == 0


def test_the_number_of_statements_does_not_grow_with_the_users(app):
    make_user()
    viewer = builtin_role("viewer")

    def statements(names):
        with unit_of_work() as session:
            session.add_all(
                User(
                    username=name, username_key=name, email=f"{name}@example.org", email_key=f"{name}@example.org",
                    password_hash=password_hash(), status=UserStatus.ACTIVE, roles=[viewer],
                )
                for name in names
            )  # fmt: skip
        seen = []

        def note(_connection, _cursor, statement, *_rest):
            seen.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        with unit_of_work():
            operations.deactivate_users(select(User).where(User.username.in_(names)), actor=SYSTEM)
        event.remove(db.engine, "before_cursor_execute", note)
        return len([one for one in seen if not one.startswith("INSERT INTO audit_entry")])

    few, many = statements([f"few{n}" for n in range(3)]), statements([f"many{n}" for n in range(60)])
    assert many == few <= 14
