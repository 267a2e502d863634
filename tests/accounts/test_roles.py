"""What is done to roles: by whom, with which data, and what it never does."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import func, select

from admin_app.accounts import operations, role_checks, role_guards
from admin_app.accounts.builtin_roles import ADMINISTRATOR
from admin_app.accounts.models import Role, User, UserRole, UserSession
from admin_app.accounts.role_operations import state_of
from admin_app.audit.models import AuditEntry
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ConflictError, DomainError, ForbiddenError, InvalidError, NotFoundError
from admin_app.core.permissions import ABILITIES, EVERYTHING, RESOURCES, SYSTEM, Letter, Scope
from tests.factories import builtin_role, login, make_role, make_user

C, R, U, D = Letter
ROLE_DESK = {"role": "CRUD:all", "survey": "CRU:all", "reply": "R:shared", "job": "R:all"}


@pytest.fixture
def admin(app):
    return make_user()


@pytest.fixture
def desk(app):
    """Somebody who edits roles and holds some rights."""
    return make_user("desk", make_role("Desk", "survey.publish", **ROLE_DESK))


def fingerprint():
    db.session.rollback()
    db.session.expire_all()
    roles = db.session.scalars(select(Role).order_by(Role.id))
    entries = db.session.scalar(select(func.count()).select_from(AuditEntry))
    return [(role.id, role.lock_version, state_of(role)) for role in roles], entries


def refused(error, operation, *args, match=None, **options):
    """The operation raises `error`, and nothing is different afterwards."""
    before = fingerprint()
    with pytest.raises(error, match=match) as caught, unit_of_work():
        operation(*args, **options)
    assert fingerprint() == before
    return caught.value


def create(data, *, actor):
    with unit_of_work():
        return operations.create_role(data, actor=actor)


def update(role, data, *, actor):
    with unit_of_work():
        operations.update_role(role, data, actor=actor)


def last_entry():
    return db.session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(1)).one()


class TestCreate:
    def test_it_works(self, admin):
        role = create(
            {
                "name": "  Survey   desk ",
                "description": "Runs them.\r\nAll of them. ",
                "grants": {("survey", C): 3, ("survey", "R"): Scope.ALL, ("survey", U): Scope.SHARED, ("job", R): None},
                "abilities": ["survey.publish"],
            },
            actor=admin,
        )
        assert (role.name, role.description) == ("Survey desk", "Runs them.\nAll of them.")
        assert role.builtin is None
        assert role.rights.grants == {("survey", C): Scope.ALL, ("survey", R): Scope.ALL, ("survey", U): Scope.SHARED}
        assert role.rights.abilities == {"survey.publish"}
        entry = last_entry()
        assert (entry.action, entry.record_id, entry.actor_id) == ("role.create", role.id, admin.id)
        assert entry.changes["grants"] == [None, ["survey CR all", "survey U shared"]]
        assert entry.changes["abilities"] == [None, ["survey.publish"]]

    def test_a_name_is_enough(self, admin):
        role = create({"name": "Empty"}, actor=admin)
        assert (role.rights.grants, role.rights.abilities, role.description) == ({}, frozenset(), "")

    def test_it_needs_the_letter(self, app):
        actor = make_user("reader", make_role("Reader", role="RUD:all"))
        refused(ForbiddenError, operations.create_role, {"name": "New"}, actor=actor, match="create roles")

    def test_the_system_may(self, app):
        assert create({"name": "By command", "grants": {("user", D): 3}}, actor=SYSTEM).rights.letters("user") == "D"

    @pytest.mark.parametrize("field", [{"id": 1}, {"builtin": ADMINISTRATOR}, {"users": [1]}, {"lock_version": 99}])
    def test_what_is_no_field_is_not_taken(self, admin, field):
        role = create({"name": "New", **field}, actor=admin)
        assert (role.builtin, role.users, role.lock_version) == (None, [], 1)
        assert role.id > 1

    @pytest.mark.parametrize(
        ("field", "value", "sentence"),
        [
            ("name", "", "Enter a name"),
            ("name", "   ", "Enter a name"),
            ("name", "x" * 101, "at most 100"),
            ("name", "a\u202eb", "can be seen"),
            ("name", "a\x00b", "can be seen"),
            ("name", "Viewer", "Another role has this name"),
            ("name", "VIEWER", "Another role has this name"),
            ("name", "Ｖiewer", "Another role has this name"),
            ("description", "x" * 1001, "at most 1,000"),
            ("description", "a\x07", "can be seen"),
            ("grants", {("planet", "R"): 3}, "no such right"),
            ("grants", {("survey", "X"): 3}, "no such right"),
            ("grants", {("survey", ""): 3}, "no such right"),
            ("grants", {("survey", "CR"): 3}, "no such right"),
            ("grants", {("survey", "R"): 0}, "no such reach"),
            ("grants", {("survey", "R"): 4}, "no such reach"),
            ("grants", {("survey", "R"): -1}, "no such reach"),
            ("grants", {("survey", "R"): "all"}, "no such reach"),
            ("grants", {("job", "R"): 1}, "no such reach for one of these"),
            ("grants", {("survey", "C"): 2}, "no such reach for one of these"),
            ("abilities", ["survey.juggle"], "no such right"),
            ("abilities", ["survey.publish", ""], "no such right"),
        ],
        ids=lambda value: str(value)[:30],
    )
    def test_what_is_no_right_is_refused(self, admin, field, value, sentence):
        error = refused(InvalidError, operations.create_role, {"name": "New", field: value}, actor=admin)
        assert sentence in error.fields[field]

    @pytest.mark.parametrize(
        ("data", "beyond"),
        [
            ({"grants": {("survey", D): Scope.OWN}}, "delete surveys"),
            ({"grants": {("reply", R): Scope.ALL}}, "see replies"),
            ({"abilities": ["record.purge"]}, "remove for good what was deleted"),
            ({"grants": {("user", one): 3 for one in Letter}}, "create users, see users, change users, and 1 more"),
        ],
    )
    def test_nobody_grants_what_he_does_not_hold(self, desk, data, beyond):
        refused(ForbiddenError, operations.create_role, {"name": "New", **data}, actor=desk, match=beyond)

    def test_what_he_holds_he_grants(self, desk):
        role = create(
            {"name": "New", "grants": {("reply", R): Scope.SHARED}, "abilities": ["survey.publish"]}, actor=desk
        )
        assert role.rights.grants == {("reply", R): Scope.SHARED}


class TestUpdate:
    @pytest.fixture
    def role(self, app):
        return make_role("Small", "survey.publish", survey="CR:all U:shared")

    def test_it_works(self, admin, role):
        update(role, {"name": "Smaller", "grants": {("survey", R): 1}, "abilities": []}, actor=admin)
        assert (role.name, role.lock_version) == ("Smaller", 2)
        assert (role.rights.grants, role.rights.abilities) == ({("survey", R): Scope.OWN}, frozenset())
        entry = last_entry()
        assert entry.action == "role.update"
        assert entry.changes == {
            "name": ["Small", "Smaller"],
            "grants": [["survey CR all", "survey U shared"], ["survey R own"]],
            "abilities": [["survey.publish"], []],
        }

    def test_what_is_not_named_stays(self, admin, role):
        update(role, {"description": "Small."}, actor=admin)
        assert (role.rights.letters("survey"), role.rights.abilities) == ("CRU", {"survey.publish"})
        assert list(last_entry().changes) == ["description"]

    def test_rights_alone_make_a_new_version(self, admin, role):
        update(role, {"abilities": ["survey.share"]}, actor=admin)
        assert role.lock_version == 2

    def test_no_change_is_no_entry(self, admin, role):
        before = fingerprint()
        data = {"name": "Small", "grants": dict(role.rights.grants), "abilities": ["survey.publish"]}
        update(role, data, actor=admin)
        assert fingerprint() == before

    def test_its_own_name_is_not_taken(self, admin, role):
        update(role, {"name": "SMALL"}, actor=admin)
        assert role.name == "SMALL"

    def test_a_built_in_role_can_be_changed(self, admin):
        role = builtin_role("viewer")
        update(role, {"name": "Guest", "grants": {}}, actor=admin)
        assert (role.builtin, role.name, role.rights.grants) == ("viewer", "Guest", {})
        with unit_of_work():
            operations.ensure_builtin_roles()
        assert (role.name, role.rights.grants) == ("Guest", {})

    def test_a_role_of_the_program_that_comes_later_finds_its_name_taken(self, admin):
        with unit_of_work() as session:
            session.delete(builtin_role("viewer"))
        own = create({"name": "viewer"}, actor=admin)
        with unit_of_work():
            operations.ensure_builtin_roles()
        assert builtin_role("viewer").name == "Viewer (copy)"
        assert own.rights.grants == {}

    @pytest.mark.parametrize("actor", ["admin", "system"])
    def test_the_administrator_role_never_changes(self, admin, actor):
        role = builtin_role(ADMINISTRATOR)
        by = admin if actor == "admin" else SYSTEM
        for data in ({"name": "Boss"}, {"grants": {}}, {"abilities": []}):
            refused(ForbiddenError, operations.update_role, role, data, actor=by, match="always will")

    def test_it_needs_the_letter(self, role):
        actor = make_user("reader", make_role("Reader", role="CRD:all", survey="CRU:all"))
        refused(ForbiddenError, operations.update_role, role, {"name": "X"}, actor=actor, match="change roles")
        blind = make_user("blind", "viewer")
        refused(NotFoundError, operations.update_role, role, {"name": "X"}, actor=blind)

    def test_scopes_without_a_meaning_stay_where_they_are(self, admin):
        role = make_role("Old", invitation="RU:own", survey="C:own")
        kept = dict(role.rights.grants)
        update(role, {"grants": {**kept, ("invitation", U): None}}, actor=admin)
        assert role.rights.grants == {("invitation", R): Scope.OWN, ("survey", C): Scope.OWN}
        error = refused(InvalidError, operations.update_role, role, {"grants": {("invitation", D): 1}}, actor=admin)
        assert "no such reach" in error.fields["grants"]

    def test_a_role_that_allows_more_is_out_of_reach(self, desk):
        role = make_role("Big", "record.purge", survey="R:all")
        refused(ForbiddenError, operations.update_role, role, {"name": "X"}, actor=desk, match="more than your own")
        # Not even to take the right away.
        refused(ForbiddenError, operations.update_role, role, {"abilities": []}, actor=desk, match="more than your own")

    def test_nobody_puts_in_what_he_does_not_hold(self, desk, role):
        data = {"grants": {**role.rights.grants, ("reply", D): Scope.OWN}}
        refused(ForbiddenError, operations.update_role, role, data, actor=desk, match="Beyond that is: delete replies")

    def test_nobody_changes_his_own_rights(self, desk, admin):
        role = desk.roles[0]
        less = {"grants": {("role", R): 3}, "abilities": []}
        refused(ForbiddenError, operations.update_role, role, less, actor=desk, match="nobody changes his own rights")
        other = make_role("Copy of all")
        make_user("second", other)
        update(other, {"grants": dict(EVERYTHING.grants), "abilities": list(ABILITIES)}, actor=admin)
        assert other.rights == EVERYTHING

    def test_ones_own_role_gets_another_name(self, desk):
        update(desk.roles[0], {"name": "Front desk", "description": "Welcomes."}, actor=desk)
        assert desk.roles[0].name == "Front desk"

    def test_ones_own_role_changes_where_another_one_gives_the_same(self, desk):
        second = make_role("Second", survey="R:all")
        with unit_of_work():
            desk.roles = [*desk.roles, second]
            desk.forget_rights()
        update(second, {"grants": {}}, actor=desk)
        assert second.rights.grants == {}
        assert desk.crud("survey") == "CRU"

    def test_people_out_of_reach_are_not_touched(self, desk, role):
        boss = make_user("boss", "administrator")
        equal = make_user("equal", desk.roles[0])
        small = make_user("small", role)
        for user in (boss, equal):
            with unit_of_work():
                user.roles = [*user.roles, role]
        # Both have all of it through their other roles, and notice nothing.
        update(role, {"abilities": []}, actor=desk)
        strong = make_user("strong", make_role("Strong", "survey.share", **ROLE_DESK))
        mighty = make_user("mighty", make_role("Mighty", "record.purge"))
        data = {"abilities": ["survey.publish"]}
        for user in (strong, mighty):
            with unit_of_work():
                user.roles = [*user.roles, role]
        refused(ForbiddenError, operations.update_role, role, data, actor=desk, match="^2 users with this role")
        assert role.users
        assert small in role.users
        with unit_of_work():
            strong.deleted_at = now()
        refused(ForbiddenError, operations.update_role, role, data, actor=desk, match="^1 user with this role")

    def test_somebody_who_lost_the_right_meanwhile(self, app, role):
        """The actor was read before his rights were taken away; what counts is what he may do now."""
        actor = make_user("late", make_role("Late", **ROLE_DESK))
        assert actor.crud("role") == "CRUD"
        with unit_of_work() as session:
            session.execute(UserRole.__table__.delete().where(UserRole.user_id == actor.id))
        refused(DomainError, operations.update_role, role, {"name": "X"}, actor=actor)
        refused(DomainError, operations.create_role, {"name": "X"}, actor=actor)
        refused(DomainError, operations.duplicate_role, role, actor=actor)
        refused(DomainError, operations.delete_role, role, actor=actor)


class TestDuplicate:
    def test_it_works(self, admin):
        role = make_role("Small", "survey.publish", survey="CR:all", view="R:own")
        make_user("member", role)
        with unit_of_work():
            copy = operations.duplicate_role(role, actor=admin)
        assert (copy.name, copy.builtin, copy.users) == ("Small (copy)", None, [])
        assert copy.rights == role.rights
        assert role.rights.letters("survey") == "CR"
        entry = last_entry()
        assert (entry.action, entry.record_id, entry.changes["copy_of"]) == ("role.duplicate", copy.id, [None, "Small"])

    def test_names_stay_unique_and_fit(self, admin):
        role = make_role("x" * 100)
        names = []
        for _number in range(3):
            with unit_of_work():
                names.append(operations.duplicate_role(role, actor=admin).name)
        assert [name[-9:] for name in names] == ["xx (copy)", " (copy 2)", " (copy 3)"]
        assert {len(name) for name in names} == {100}

    def test_the_administrator_role_can_be_copied(self, admin):
        with unit_of_work():
            copy = operations.duplicate_role(builtin_role(ADMINISTRATOR), actor=admin)
        assert (copy.builtin, copy.rights) == (None, EVERYTHING)

    def test_not_what_one_does_not_hold(self, desk):
        role = builtin_role("data_protection_officer")
        refused(ForbiddenError, operations.duplicate_role, role, actor=desk, match="more than your own")

    @pytest.mark.parametrize(("letters", "error"), [("RUD", ForbiddenError), ("CUD", NotFoundError)])
    def test_it_needs_both_letters(self, app, letters, error):
        actor = make_user("half", make_role("Half", role=f"{letters}:all"))
        refused(error, operations.duplicate_role, make_role("Small"), actor=actor)


class TestDelete:
    @pytest.fixture
    def role(self, app):
        return make_role("Small", "survey.publish", survey="R:all")

    def test_it_works(self, admin, role):
        role_id = role.id
        with unit_of_work():
            operations.delete_role(role, actor=admin)
        assert db.session.scalar(select(Role).where(Role.id == role_id)) is None
        entry = last_entry()
        assert (entry.action, entry.record_id, entry.record_name) == ("role.delete", role_id, "Small")
        assert entry.changes["grants"] == [["survey R all"], None]

    @pytest.mark.parametrize("actor", ["admin", "system"])
    def test_the_programs_own_stay(self, admin, actor):
        by = admin if actor == "admin" else SYSTEM
        refused(ForbiddenError, operations.delete_role, builtin_role(ADMINISTRATOR), actor=by, match="role stays")
        refused(ForbiddenError, operations.delete_role, builtin_role("viewer"), actor=by, match="came with the program")

    def test_one_that_users_have_stays(self, admin, role):
        users = [make_user(f"member{number}", role) for number in range(2)]
        refused(ConflictError, operations.delete_role, role, actor=admin, match="^2 users have this role; take it away")
        with unit_of_work():
            users[0].roles = []
        refused(ConflictError, operations.delete_role, role, actor=admin, match="^1 user has this role; take it away")

    def test_users_in_the_trash_do_not_hold_it(self, admin, role):
        user = make_user("gone", role, deleted_at=now())
        with unit_of_work():
            operations.delete_role(role, actor=admin)
        db.session.expire_all()
        assert db.session.get_one(User, user.id).roles == []

    def test_it_needs_the_letter(self, role):
        actor = make_user("reader", make_role("Reader", role="CRU:all", survey="CRU:all"))
        refused(ForbiddenError, operations.delete_role, role, actor=actor, match="delete roles")

    def test_not_what_one_does_not_hold(self, desk):
        role = make_role("Big", "record.purge")
        refused(ForbiddenError, operations.delete_role, role, actor=desk, match="more than your own")

    def test_who_looks_through_it_is_logged_out(self, app, client, admin, role):
        """He would else be himself again without knowing, and change what he clicks on."""
        looking, other = app.test_client(), app.test_client()
        second = make_user("second")
        token = login(looking, second)
        login(other, second)
        with unit_of_work():
            operations.start_viewing(token, role, actor=second)
        with unit_of_work():
            operations.delete_role(role, actor=admin)
        assert looking.get("/admin/").status_code == 303
        assert other.get("/admin/").status_code == 200
        assert db.session.scalar(select(func.count()).select_from(UserSession)) == 1


class TestGuards:
    def test_every_cell_offers_something(self, app):
        for resource in RESOURCES:
            for letter in Letter:
                assert Scope.ALL in role_checks.scopes_for(resource, letter)
        assert role_checks.scopes_for("survey", R) == tuple(Scope)
        assert role_checks.scopes_for("survey", C) == (Scope.ALL,)
        assert role_checks.scopes_for("question", C) == tuple(Scope)
        assert role_checks.scopes_for("job", R) == (Scope.ALL,)

    def test_the_system_takes_its_turn_too(self, app):
        with unit_of_work():
            role_guards.take_turn(SYSTEM)


class TestAtOnce:
    """Two people, two connections, the same moment."""

    def run(self, app, *works):
        """Run each work in a thread of its own, as far as possible at once; return what they raised."""
        barrier, raised = threading.Barrier(len(works)), [None] * len(works)

        def one(position, work):
            with app.app_context():
                try:
                    ready = work()
                    barrier.wait(10)
                    with unit_of_work():
                        ready()
                except DomainError as error:
                    raised[position] = error
                finally:
                    db.session.remove()

        threads = [threading.Thread(target=one, args=pair) for pair in enumerate(works)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        db.session.rollback()
        db.session.expire_all()
        return raised

    def work(self, role_id, actor_id, data):
        """Read role and actor as a request does; the change comes later."""

        def prepare():
            role, actor = db.session.get_one(Role, role_id), db.session.get_one(User, actor_id)
            _ = (role.rights, actor.rights)
            return lambda: operations.update_role(role, data, actor=actor)

        return prepare

    def test_the_same_role(self, app):
        """The second one did not see what the first one stored, so his is refused and not put over it."""
        anna, berta = make_user("anna"), make_user("berta")
        role = make_role("Small", survey="R:all")
        raised = self.run(
            app,
            self.work(role.id, anna.id, {"grants": {("survey", R): 3, ("job", R): 3}}),
            self.work(role.id, berta.id, {"abilities": ["survey.publish"]}),
        )
        assert sorted(type(error) for error in raised if error) == [ConflictError]
        stored = db.session.get_one(Role, role.id)
        assert stored.lock_version == 2
        assert (stored.rights.letters("job") == "R") != (stored.rights.abilities == {"survey.publish"})

    def test_two_who_take_each_others_rights_away(self, app):
        """Whoever comes second has lost the right to do so."""
        full = {"grants": dict(EVERYTHING.grants), "abilities": list(ABILITIES)}
        roles = [create({"name": name, **full}, actor=SYSTEM) for name in ("First", "Second")]
        users = [make_user("anna", roles[0]), make_user("berta", roles[1])]
        make_user("last")
        raised = self.run(
            app,
            self.work(roles[1].id, users[0].id, {"grants": {}, "abilities": []}),
            self.work(roles[0].id, users[1].id, {"grants": {}, "abilities": []}),
        )
        assert len([error for error in raised if error]) == 1
        held = [db.session.get_one(Role, role.id).rights == EVERYTHING for role in roles]
        assert sorted(held) == [False, True]

    def test_the_same_name(self, app):
        anna = make_user("anna")

        def prepare():
            actor = db.session.get_one(User, anna.id)
            return lambda: operations.create_role({"name": "New"}, actor=actor)

        raised = self.run(app, prepare, prepare)
        assert len([error for error in raised if error]) == 1
        assert db.session.scalar(select(func.count()).select_from(Role).where(Role.name == "New")) == 1
