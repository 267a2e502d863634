"""What is done to one user, and everything that is refused."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select

from admin_app.accounts import operations
from admin_app.accounts.models import User, UserSession, UserStatus
from admin_app.accounts.passwords import check_password
from admin_app.accounts.queries import administrators, first_administrator, roles_visible_to, visible_to
from admin_app.audit.models import AuditEntry, AuditValue
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from admin_app.core.permissions import SYSTEM
from tests.factories import PASSWORD, builtin_role, login, make_role, make_user

DATA = {"username": "berta", "name": "Berta B", "email": "berta@example.org"}


def create(actor, **data):
    with unit_of_work():
        return operations.create_user({**DATA, **data}, actor=actor)


def update(user, actor, **data):
    with unit_of_work():
        operations.update_user(user, data, actor=actor)


def last_entry():
    return db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()


def stored_hash(user):
    return db.session.scalar(select(User.password_hash).where(User.id == user.id))


def helpers():
    """A role that changes users, and holds little else."""
    return make_role("Helpers", user="CRUD:all", role="R:all", survey="R:all", abilities="role.grant")


class TestCreate:
    def test_it_works(self, app):
        admin = make_user()
        user = create(admin, password=PASSWORD, roles=[builtin_role("viewer")], notes="<b>new</b><script>x</script>")
        db.session.expire_all()
        assert (user.username_key, user.email_key, user.name) == ("berta", "berta@example.org", "Berta B")
        assert (user.status, user.must_change_password) == (UserStatus.ACTIVE, True)
        assert user.crud("survey") == "R"
        assert user.notes == "<b>new</b>"
        assert check_password(stored_hash(user), PASSWORD)

    def test_it_is_recorded_without_a_hash_and_with_erasable_personal_values(self, app):
        admin = make_user()
        user = create(admin, password=PASSWORD, roles=[builtin_role("viewer")])
        entry = last_entry()
        assert (entry.action, entry.record_id, entry.actor_id) == ("user.create", user.id, admin.id)
        assert entry.changes["username"] == [None, "berta"]
        assert entry.changes["roles"] == [None, ["Viewer"]]
        assert entry.changes["email"][1].startswith("sha256:")
        values = dict(db.session.execute(select(AuditValue.field, AuditValue.after)).all())
        assert values["email"] == "berta@example.org"
        assert values["name"] == "Berta B"
        assert "argon2" not in str(entry.changes) + str(values)
        assert PASSWORD not in str(entry.changes) + str(values)

    def test_without_a_password_the_user_is_new(self, app):
        user = create(make_user(), status="active")
        assert user.status is UserStatus.NEW
        assert stored_hash(user) is None

    def test_inactive_stays_inactive(self, app):
        assert create(make_user(), password=PASSWORD, status="inactive").status is UserStatus.INACTIVE

    def test_it_needs_the_letter(self, app):
        with pytest.raises(ForbiddenError):
            create(make_user(role="viewer"))

    def test_roles_need_the_ability(self, app):
        actor = make_user(role=make_role("Desk", user="CRUD:all", role="R:all", survey="R:all"))
        with pytest.raises(ForbiddenError, match="Give roles"):
            create(actor, roles=[builtin_role("viewer")])
        assert create(actor).roles == []

    def test_nobody_gives_what_he_does_not_hold(self, app):
        actor = make_user(role=helpers())
        with pytest.raises(ForbiddenError, match="Administrator"):
            create(actor, roles=[builtin_role("administrator")])
        small = make_role("Small", survey="R:own")
        assert create(actor, roles=[small]).roles == [small]


class TestFields:
    @pytest.mark.parametrize(
        ("field", "value", "sentence"),
        [
            ("username", "", "Enter a user name"),
            ("username", "   ", "Enter a user name"),
            ("username", "x" * 81, "at most 80"),
            ("username", "\ufdfa" * 40, "at most 80"),
            ("username", "an\x00na", "can be seen"),
            ("username", "an\nna", "can be seen"),
            ("username", "an\u202ena", "can be seen"),
            ("username", "an\u200bna", "can be seen"),
            ("username", "\ud800", "can be seen"),
            ("username", "someone@example.org", "Leave out the @"),
            ("name", "x" * 201, "at most 200"),
            ("name", "a\u202eb", "can be seen"),
            ("name", "a\x00b", "can be seen"),
            ("email", "", "Enter an e-mail"),
            ("email", "berta", "such as name@"),
            ("email", "a@b@c.org", "such as name@"),
            ("email", "a\x00@example.org", "such as name@"),
            ("email", "\ud800@example.org", "such as name@"),
            ("email", "x" * 300 + "@example.org", "such as name@"),
            ("password", "short", "at least 10"),
            ("password", "x" * 10, "harder to guess"),
            ("password", "Password123", "harder to guess"),
            ("password", "BERTA@example.org", "not your name"),
            ("password", "ä" * 513 + "xyz", "at most 1024"),
            ("status", "gone", "not a valid"),
        ],
        ids=lambda value: repr(value)[:24],
    )
    def test_what_is_refused(self, app, field, value, sentence):
        with pytest.raises(InvalidError) as refused:
            create(SYSTEM, **{field: value})
        assert sentence in refused.value.fields[field]
        assert db.session.scalar(select(func.count()).select_from(User)) == 0

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("username", "berta@example.org"),
            ("username", "Ber ta"),
            ("username", "Берта"),
            ("username", "بيرتا"),
            ("name", "بيرتا"),
            ("name", "नि\u200dला"),
            ("name", "x" * 200),
            ("email", "berta@müller.example.org"),
        ],
    )
    def test_what_is_taken(self, app, field, value):
        assert getattr(create(SYSTEM, **{field: value}), field) == value

    def test_all_mistakes_are_told_at_once(self, app):
        with pytest.raises(InvalidError) as refused:
            create(SYSTEM, username="", email="x", password="short")
        assert set(refused.value.fields) == {"username", "email", "password"}

    @pytest.mark.parametrize("name", ["berta", "BERTA", "ｂｅｒｔａ", " berta "])
    def test_two_names_never_look_alike(self, app, name):
        create(SYSTEM)
        with pytest.raises(InvalidError) as refused:
            create(SYSTEM, username=name, email="other@example.org")
        assert "Another user" in refused.value.fields["username"]

    def test_an_address_belongs_to_one(self, app):
        create(SYSTEM)
        with pytest.raises(InvalidError) as refused:
            create(SYSTEM, username="other", email="Berta@Example.org")
        assert "Another user" in refused.value.fields["email"]

    def test_a_deleted_users_names_are_free(self, app):
        first, admin = create(SYSTEM), make_user()
        with unit_of_work():
            operations.delete_user(first, actor=admin)
        assert create(SYSTEM).id != first.id

    def test_the_database_refuses_twins_that_came_at_the_same_time(self, app, monkeypatch):
        from admin_app.accounts import user_operations

        create(SYSTEM)
        monkeypatch.setattr(user_operations, "taken", lambda *_args, **_named: False)
        with pytest.raises(ConflictError):
            create(SYSTEM)


class TestUpdate:
    def test_it_works(self, app):
        admin, user = make_user(), make_user("berta", "viewer")
        version = user.lock_version
        update(user, admin, name="Berta New", roles=[builtin_role("analyst")])
        db.session.expire_all()
        assert (user.name, [role.name for role in user.roles], user.username) == ("Berta New", ["Analyst"], "berta")
        assert user.lock_version == version + 1
        entry = last_entry()
        assert entry.action == "user.update"
        assert set(entry.changes) == {"name", "roles"}
        assert entry.changes["roles"] == [["Viewer"], ["Analyst"]]

    def test_what_changes_nothing_is_not_recorded(self, app):
        admin, user = make_user(), make_user("berta", "viewer")
        update(user, admin, name=user.name, roles=list(user.roles))
        assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == 0

    def test_changed_roles_alone_stand_in_the_way_of_an_older_form(self, app):
        """Roles stand in another table, which no version counter watches by itself."""
        admin, user = make_user(), make_user("berta", "viewer")
        version = user.lock_version
        update(user, admin, roles=[])
        assert user.lock_version == version + 1

    def test_it_needs_the_letter(self, app):
        user = make_user("berta", None)
        officer = make_user(role="data_protection_officer")
        with pytest.raises(ForbiddenError):
            update(user, officer, name="x")
        with pytest.raises(NotFoundError):
            update(user, make_user("viewer", role="viewer"), name="x")

    def test_everybody_who_may_changes_his_own_name(self, app):
        selfish = make_user(role=make_role("Self", user="RU:own"))
        update(selfish, selfish, name="Me")
        assert selfish.name == "Me"
        with pytest.raises(NotFoundError):
            update(make_user("berta", None), selfish, name="x")

    def test_nobody_touches_who_may_do_more(self, app):
        actor, admin = make_user("helper", helpers()), make_user()
        for change in ({"name": "x"}, {"password": PASSWORD}, {"status": "inactive"}, {"roles": []}):
            with pytest.raises(ForbiddenError, match="may do as much"):
                update(admin, actor, **change)

    @pytest.mark.parametrize("change", [{"roles": []}, {"status": "inactive"}, {"password": "a good new one"}], ids=str)
    def test_nobody_changes_his_own_rights(self, app, change):
        admin = make_user()
        make_user("other")
        with pytest.raises(ForbiddenError, match="yourself"):
            update(admin, admin, **change)

    def test_roles_need_the_ability(self, app):
        actor = make_user(role=make_role("Desk", user="CRUD:all", role="R:all", survey="R:all"))
        user = make_user("berta", make_role("Small", survey="R:own"))
        with pytest.raises(ForbiddenError, match="Give roles"):
            update(user, actor, roles=[])
        update(user, actor, roles=list(user.roles), name="fine")

    def test_nobody_gives_what_he_does_not_hold(self, app):
        actor, user = make_user(role=helpers()), make_user("berta", None)
        with pytest.raises(ForbiddenError, match="Analyst"):
            update(user, actor, roles=[builtin_role("analyst")])

    def test_the_rights_are_those_of_the_new_roles_at_once(self, app):
        user = make_user("berta", "viewer")
        assert user.crud("survey") == "R"
        update(user, SYSTEM, roles=[])
        assert user.crud("survey") == ""


class TestStatus:
    def test_deactivation_ends_the_sessions(self, app, client):
        user = make_user("berta", "viewer")
        login(client, user)
        update(user, make_user(), status="inactive")
        assert db.session.scalar(select(func.count()).select_from(UserSession)) == 0
        assert last_entry().changes == {"status": ["active", "inactive"]}

    def test_back_to_active(self, app):
        user = make_user("berta", "viewer", status=UserStatus.INACTIVE)
        update(user, make_user(), status=UserStatus.ACTIVE)
        assert user.status is UserStatus.ACTIVE

    def test_without_a_password_nobody_becomes_active(self, app):
        user = make_user("berta", "viewer", status=UserStatus.NEW, password_hash=None)
        with pytest.raises(InvalidError) as refused:
            update(user, make_user(), status="active")
        assert "set a password" in refused.value.fields["status"]
        update(user, SYSTEM, name="still new")
        assert user.status is UserStatus.NEW

    def test_a_password_makes_a_new_user_active(self, app):
        admin, user = make_user(), make_user("berta", "viewer", status=UserStatus.NEW, password_hash=None)
        with unit_of_work():
            operations.set_password(user, "a good new one", actor=admin)
        assert (user.status, user.must_change_password) == (UserStatus.ACTIVE, True)

    def test_the_database_refuses_an_active_user_without_a_password(self, app):
        with pytest.raises(ConflictError):
            make_user(password_hash=None)


class TestPassword:
    def test_it_works(self, app, client):
        admin, user = make_user(), make_user("berta", "viewer")
        login(client, user)
        with unit_of_work():
            operations.set_password(user, "a good new one", actor=admin)
        assert check_password(stored_hash(user), "a good new one")
        assert user.must_change_password
        assert db.session.scalar(select(func.count()).select_from(UserSession)) == 0
        entry = last_entry()
        assert (entry.action, entry.changes) == ("user.set_password", {})

    def test_it_needs_no_change_where_that_is_said(self, app):
        admin, user = make_user(), make_user("berta", "viewer")
        with unit_of_work():
            operations.set_password(user, "a good new one", actor=admin, must_change=False)
        assert not user.must_change_password


class TestDelete:
    def delete(self, user, actor):
        with unit_of_work():
            operations.delete_user(user, actor=actor)

    def test_it_works(self, app, client):
        admin, user = make_user(), make_user("berta", "viewer")
        login(client, user)
        self.delete(user, admin)
        assert user.deleted_at is not None
        assert user.deleted_by_id == admin.id
        assert list(db.session.scalars(visible_to(admin))) == [admin]
        assert client.get("/account/password").status_code == 302
        assert last_entry().action == "user.delete"

    def test_it_needs_the_letter(self, app):
        with pytest.raises(NotFoundError):
            self.delete(make_user("berta", None), make_user(role="viewer"))

    def test_not_oneself(self, app):
        admin = make_user()
        make_user("other")
        with pytest.raises(ForbiddenError, match="yourself"):
            self.delete(admin, admin)

    def test_not_who_may_do_more(self, app):
        with pytest.raises(ForbiddenError, match="may do as much"):
            self.delete(make_user(), make_user("helper", helpers()))


LAST = {
    "deleted": lambda user: operations.delete_user(user, actor=SYSTEM),
    "deactivated": lambda user: operations.update_user(user, {"status": "inactive"}, actor=SYSTEM),
    "without the role": lambda user: operations.update_user(user, {"roles": []}, actor=SYSTEM),
    "deactivated in bulk": lambda user: operations.deactivate_users(
        select(User).where(User.id == user.id), actor=SYSTEM
    ),
}


class TestLastAdministrator:
    @pytest.mark.parametrize("way", LAST)
    def test_one_remains(self, app, way):
        admin = make_user()
        make_user("retired", status=UserStatus.INACTIVE)
        make_user("deleted", deleted_at=now())
        make_user("manager", "survey_manager")
        with pytest.raises(ConflictError, match="At least one active administrator"), unit_of_work():
            LAST[way](admin)
        db.session.expire_all()
        assert first_administrator() == admin

    @pytest.mark.parametrize("way", LAST)
    def test_with_another_it_works(self, app, way):
        admin = make_user()
        other = make_user("other")
        with unit_of_work():
            LAST[way](admin)
        assert list(db.session.scalars(administrators())) == [other]

    @pytest.mark.parametrize("way", LAST)
    def test_two_who_go_at_the_same_time_do_not_both_go(self, app, way):
        ids, outcomes, start = [make_user().id, make_user("other").id], [], threading.Barrier(2)

        def leave(user_id):
            with app.app_context():
                user = db.session.get(User, user_id)
                db.session.rollback()
                start.wait(30)
                try:
                    with unit_of_work():
                        LAST[way](user)
                    outcomes.append("gone")
                except ConflictError:
                    outcomes.append("stays")
                db.session.remove()

        threads = [threading.Thread(target=leave, args=(user_id,)) for user_id in ids]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        assert sorted(outcomes) == ["gone", "stays"]
        assert len(list(db.session.scalars(administrators()))) == 1


class TestQueries:
    def test_visible_to(self, app):
        admin, viewer = make_user(), make_user("viewer", "viewer")
        selfish = make_user("selfish", make_role("Self", user="R:own"))
        shared = make_user("shared", make_role("Shared", user="R:shared"))
        assert len(list(db.session.scalars(visible_to(admin)))) == 4
        assert list(db.session.scalars(visible_to(viewer))) == []
        assert list(db.session.scalars(visible_to(selfish))) == [selfish]
        assert list(db.session.scalars(visible_to(shared))) == [shared]
        assert len(list(db.session.scalars(visible_to(SYSTEM, "D")))) == 4

    def test_the_system_is_nobodys_own(self, app):
        from admin_app.accounts.scopes import USER_SCOPE
        from admin_app.core.permissions import Scope

        user = make_user()
        assert not USER_SCOPE.holds(SYSTEM, Scope.OWN, "R", user)
        assert db.session.scalar(select(User).where(USER_SCOPE.condition(SYSTEM, Scope.OWN, "R"))) is None

    def test_roles_are_seen_by_whom_may_see_them(self, app):
        assert len(db.session.scalars(roles_visible_to(make_user())).all()) == 7
        assert db.session.scalars(roles_visible_to(make_user("viewer", "viewer"))).all() == []
