"""Many users at once: one rule, few statements, an entry for each, and a reason for each that is left alone."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from admin_app.accounts import operations
from admin_app.accounts.models import User, UserSession, UserStatus
from admin_app.audit.models import AuditEntry
from admin_app.audit.operations import open_batch
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ConflictError, ForbiddenError
from admin_app.core.permissions import SYSTEM
from tests.accounts.many import many_users
from tests.factories import login, make_role, make_user
from tests.helpers import count_statements, reasons

EVERYBODY = select(User)
YOURSELF = "You cannot do this to yourself; ask another administrator."
HIGHER = "This user may do as much as you, or more; ask an administrator."


def deactivate(actor, selection=EVERYBODY):
    with unit_of_work():
        batch = open_batch("user.deactivate", "user", actor=actor)
        return operations.deactivate_users(selection, actor=actor, batch=batch)


def activate(actor, selection=EVERYBODY):
    with unit_of_work():
        return operations.activate_users(selection, actor=actor)


def demand(actor, selection=EVERYBODY):
    with unit_of_work():
        return operations.demand_new_passwords(selection, actor=actor)


def entries():
    return db.session.scalars(select(AuditEntry).order_by(AuditEntry.record_id)).all()


class TestDeactivate:
    def test_it_works(self, app, client):
        admin, berta, clara = make_user(), make_user("berta", "viewer", name="Berta B"), make_user("clara", "viewer")
        login(client, berta)
        result = deactivate(admin)
        assert (result.done, reasons(result)) == (2, [("anna", YOURSELF)])
        assert {user.status for user in (berta, clara)} == {UserStatus.INACTIVE}
        assert db.session.scalar(select(func.count()).select_from(UserSession)) == 0
        assert [(entry.action, entry.record_id, entry.record_name) for entry in entries()] == [
            ("user.deactivate", berta.id, "Berta B"),
            ("user.deactivate", clara.id, "clara"),
        ]
        assert entries()[0].changes == {"status": ["active", "inactive"]}
        assert entries()[0].batch.records == 2

    def test_each_entry_holds_the_status_that_was(self, app):
        admin = make_user()
        make_user("berta", "viewer", status=UserStatus.NEW, password_hash=None)
        make_user("clara", "viewer")
        deactivate(admin)
        assert [entry.changes["status"][0] for entry in entries()] == ["new", "active"]

    def test_it_stands_in_the_way_of_an_older_form(self, app):
        admin, berta = make_user(), make_user("berta", "viewer")
        version, changed = berta.lock_version, berta.updated_at
        deactivate(admin)
        assert berta.lock_version == version + 1
        assert berta.updated_at > changed

    def test_who_logs_in_meanwhile_keeps_no_session_of_others(self, app, client):
        admin, berta = make_user(), make_user("berta", "viewer")
        login(client, admin)
        deactivate(admin, select(User).where(User.id == berta.id))
        assert client.get("/admin/").status_code == 200

    def test_the_last_administrator_stays(self, app):
        admin = make_user()
        with pytest.raises(ConflictError, match="At least one active administrator"):
            deactivate(SYSTEM)
        assert admin.status is UserStatus.ACTIVE
        assert entries() == []


class TestActivate:
    def test_it_works(self, app):
        admin, berta = make_user(), make_user("berta", "viewer", status=UserStatus.INACTIVE)
        make_user("clara", "viewer", status=UserStatus.NEW, password_hash=None)
        make_user("doris", "viewer")
        result = activate(admin)
        assert result.done == 1
        assert berta.status is UserStatus.ACTIVE
        assert dict(reasons(result)) == {
            "anna": YOURSELF,
            "clara": "This user has no password yet.",
            "doris": "This user is active already.",
        }


class TestDemandNewPassword:
    def test_it_works(self, app, client):
        admin, berta = make_user(), make_user("berta", "viewer")
        make_user("clara", "viewer", status=UserStatus.NEW, password_hash=None)
        make_user("doris", "viewer", must_change_password=True)
        login(client, berta)
        result = demand(admin)
        assert result.done == 1
        assert berta.must_change_password
        assert dict(reasons(result)) == {
            "anna": YOURSELF,
            "clara": "This user has no password yet.",
            "doris": "This user has to choose a new password already.",
        }
        assert [(entry.action, entry.changes) for entry in entries()] == [
            ("user.demand_new_password", {"must_change_password": [False, True]})
        ]

    def test_it_bites_at_the_next_request(self, app, client):
        admin, berta = make_user(), make_user("berta", "viewer")
        login(client, berta)
        assert client.get("/admin/survey/").status_code == 200
        demand(admin)
        answer = client.get("/admin/survey/", follow_redirects=True)
        assert answer.request.path == "/account/password"


class TestReach:
    """Whoever it is that one may not touch."""

    def test_who_may_do_more_is_left_alone(self, app):
        make_user()
        helper = make_user("helper", make_role("Helpers", user="CRUD:all", survey="R:all"))
        make_user("clara", make_role("Small", survey="R:own"))
        result = deactivate(helper)
        assert result.done == 1
        assert dict(reasons(result))["anna"] == HIGHER

    def test_who_may_do_as_much_is_left_alone(self, app):
        role = make_role("Helpers", user="CRUD:all", survey="R:all")
        helper, other = make_user("helper", role), make_user("other", role)
        assert dict(reasons(demand(helper)))["other"] == HIGHER
        assert not other.must_change_password

    def test_who_may_be_seen_and_not_changed_is_left_alone(self, app):
        make_user("berta", None)
        limited = make_user("limited", make_role("Limited", user="R:all U:own"))
        result = deactivate(limited)
        assert result.done == 0
        assert dict(reasons(result))["berta"] == "Your roles do not allow you to change this user."

    def test_who_may_not_be_seen_is_not_told_of(self, app):
        make_user("berta", None)
        selfish = make_user("selfish", make_role("Self", user="RU:own"))
        assert reasons(deactivate(selfish)) == [("selfish", YOURSELF)]

    def test_who_is_in_the_trash_is_not_meant(self, app):
        admin = make_user()
        make_user("berta", "viewer", deleted_at=now())
        result = deactivate(admin)
        assert (result.done, reasons(result)) == (0, [("anna", YOURSELF)])

    @pytest.mark.parametrize("operation", [activate, deactivate, demand])
    def test_it_needs_the_letter(self, app, operation):
        with pytest.raises(ForbiddenError):
            operation(make_user(role="viewer"))

    @pytest.mark.parametrize("operation", [activate, deactivate, demand])
    def test_nothing_chosen_is_nothing_done(self, app, operation):
        result = operation(make_user(), select(User).where(User.id == 0))
        assert (result.done, result.skipped) == (0, [])


@pytest.mark.parametrize("operation", [activate, deactivate, demand])
def test_the_number_of_statements_does_not_grow_with_the_users(app, operation):
    admin = make_user()
    needed = []
    # The first time roles and their rights are read once for all.
    for number in (1, 10, 1000):
        status = UserStatus.INACTIVE if operation is activate else UserStatus.ACTIVE
        chosen = many_users(number, f"of{number}_", status=status)
        with count_statements(db.engine) as statements:
            assert operation(admin, chosen).done == number
        needed.append(len(statements))
    assert needed[1] == needed[2] <= 20


def test_many_that_are_left_alone_are_counted_and_a_few_are_named(app):
    admin = make_user()
    result = activate(admin, many_users(1000, "active"))
    assert [(group.reason, group.count, len(group.names)) for group in result.skipped] == [
        ("This user is active already.", 1000, 5)
    ]
    assert (result.done, result.left_alone) == (0, 1000)
