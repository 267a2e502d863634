"""Giving a role to many users, and taking one away: within what one holds, and never the last administrator's."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import select

from admin_app.accounts import operations
from admin_app.accounts.models import Role, User, UserRole
from admin_app.audit.models import AuditEntry
from admin_app.audit.operations import open_batch
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ConflictError, DomainError, ForbiddenError, NotFoundError
from admin_app.core.permissions import SYSTEM
from tests.accounts.many import many_users
from tests.factories import builtin_role, login, make_role, make_user
from tests.helpers import count_statements, reasons

EVERYBODY = select(User)
HIGHER = "This user may do as much as you, or more; ask an administrator."


def give(role, actor, selection=EVERYBODY):
    with unit_of_work():
        batch = open_batch("user.add_role", "user", actor=actor)
        return operations.add_role(selection, role, actor=actor, batch=batch)


def take(role, actor, selection=EVERYBODY):
    with unit_of_work():
        return operations.remove_role(selection, role, actor=actor)


def holders(role):
    ids = select(UserRole.user_id).where(UserRole.role_id == role.id)
    return sorted(db.session.scalars(select(User.username).where(User.id.in_(ids))))


def entries():
    return [
        (entry.action, entry.record_name, entry.changes)
        for entry in db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    ]


def helper(name="helper"):
    """Somebody who gives roles and holds little himself."""
    return make_user(name, make_role(f"Role of {name}", "role.grant", user="CRUD:all", role="R:all", survey="R:all"))


class TestAdd:
    def test_it_works(self, app):
        admin, editor = make_user(), builtin_role("editor")
        berta, clara = make_user("berta", "viewer"), make_user("clara", "editor")
        make_user("doris", None)
        versions = {user.id: user.lock_version for user in (berta, clara)}
        result = give(editor, admin)
        assert result.done == 2
        assert dict(reasons(result)) == {
            "anna": "You cannot do this to yourself; ask another administrator.",
            "clara": "This user has the role “Editor (shared)” already.",
        }
        assert holders(editor) == ["berta", "clara", "doris"]
        assert [role.name for role in berta.roles] == ["Editor (shared)", "Viewer"]
        # A form that was opened before must not put the old roles back.
        assert (berta.lock_version, clara.lock_version) == (versions[berta.id] + 1, versions[clara.id])
        assert entries() == [
            ("user.add_role", "berta", {"role": [None, "Editor (shared)"]}),
            ("user.add_role", "doris", {"role": [None, "Editor (shared)"]}),
        ]
        batch = db.session.scalars(select(AuditEntry)).first().batch
        assert batch.records == 2

    def test_it_acts_at_the_next_request(self, app, client):
        admin, berta = make_user(), make_user("berta", None)
        login(client, berta)
        assert client.get("/admin/survey/").status_code == 403
        give(builtin_role("viewer"), admin, select(User).where(User.id == berta.id))
        assert client.get("/admin/survey/").status_code == 200

    def test_nobody_gives_more_than_he_holds(self, app):
        actor, editor = helper(), builtin_role("editor")
        make_user("berta", None)
        with pytest.raises(ForbiddenError, match="allows more than your own roles do"):
            give(editor, actor)
        assert (holders(editor), entries()) == ([], [])

    def test_it_needs_the_ability(self, app):
        actor = make_user("limited", make_role("Users", user="CRUD:all", role="R:all", survey="R:all"))
        make_user("berta", None)
        with pytest.raises(ForbiddenError, match="Give roles to users"):
            give(make_role("Small", survey="R:own"), actor)
        assert entries() == []

    def test_a_role_that_one_does_not_see_is_not_there(self, app):
        actor = make_user("blind", make_role("Blind", "role.grant", user="CRUD:all", survey="R:all"))
        small = make_role("Small", survey="R:own")
        make_user("berta", None)
        with pytest.raises(NotFoundError):
            give(small, actor)
        assert holders(small) == []

    def test_whoever_may_as_much_is_left_alone(self, app):
        actor, small = helper(), make_role("Small", survey="R:own")
        make_user()
        make_user("other", actor.roles[0])
        make_user("berta", None)
        result = give(small, actor)
        assert result.done == 1
        assert dict(reasons(result))["anna"] == dict(reasons(result))["other"] == HIGHER
        assert holders(small) == ["berta"]

    def test_a_role_that_was_deleted_meanwhile_is_refused(self, app):
        admin, small = make_user(), make_role("Small", survey="R:own")
        make_user("berta", None)
        assert small.grants
        with unit_of_work() as session:
            session.delete(session.get(Role, small.id))
        db.session.expunge(small)
        with pytest.raises(ConflictError, match="deleted meanwhile"):
            give(small, admin)
        assert entries() == []


class TestRemove:
    def test_it_works(self, app):
        admin, viewer = make_user(), builtin_role("viewer")
        berta = make_user("berta", "viewer")
        make_user("clara", "editor")
        result = take(viewer, admin)
        assert result.done == 1
        assert dict(reasons(result)) == {
            "anna": "You cannot do this to yourself; ask another administrator.",
            "clara": "This user does not have the role “Viewer”.",
        }
        assert (holders(viewer), berta.roles, berta.role_ids) == ([], [], frozenset())
        assert entries() == [("user.remove_role", "berta", {"role": ["Viewer", None]})]

    def test_the_last_administrator_keeps_it(self, app):
        make_user()
        make_user("berta", "administrator")
        with pytest.raises(ConflictError, match="At least one active administrator"):
            take(builtin_role("administrator"), SYSTEM)
        assert holders(builtin_role("administrator")) == ["anna", "berta"]
        assert entries() == []

    def test_others_go(self, app):
        admin = make_user()
        make_user("berta", "administrator")
        assert take(builtin_role("administrator"), admin).done == 1
        assert holders(builtin_role("administrator")) == ["anna"]

    def test_nobody_takes_what_he_does_not_hold(self, app):
        actor, editor = helper(), builtin_role("editor")
        make_user("berta", "editor")
        with pytest.raises(ForbiddenError):
            take(editor, actor)
        assert holders(editor) == ["berta"]


@pytest.mark.parametrize("operation", [give, take])
def test_the_number_of_statements_does_not_grow_with_the_users(app, operation):
    admin, viewer = make_user(), builtin_role("viewer")
    needed = []
    # The first time roles and their rights are read once for all.
    for number in (1, 10, 1000):
        chosen = many_users(number, f"of{number}_", role=None if operation is give else "viewer")
        with count_statements(db.engine) as statements:
            assert operation(viewer, admin, chosen).done == number
        needed.append(len(statements))
    assert needed[1] == needed[2] <= 16


class Meeting:
    """Two units of work on the same users, the second begun while the first holds them."""

    def __init__(self, app):
        self.app, self.problems = app, []
        self.held, self.go_on = threading.Event(), threading.Event()

    def first(self, work):
        """Do it, and hold what it locked until the other one has come."""

        def run():
            with self.app.app_context(), unit_of_work():
                work()
                db.session.flush()
                self.held.set()
                self.go_on.wait(10)

        self._start(run)
        assert self.held.wait(10)

    def second(self, work):
        """Do it after the first, which is let go a moment later."""
        threading.Timer(0.3, self.go_on.set).start()
        with unit_of_work():
            work()

    def _start(self, run):
        self.thread = threading.Thread(target=run)
        self.thread.start()


CHANGES = {
    "taken": ("viewer", [], operations.remove_role, "This user does not have the role “Viewer”."),
    "given": (None, ["viewer"], operations.add_role, "This user has the role “Viewer” already."),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_a_form_does_at_the_same_time_is_not_done_twice(app, database, name):
    """Who reads the roles before the other one's change is stored would give or take once more."""
    if database.name == "sqlite":
        pytest.skip("SQLite takes one writer at a time")
    at_first, then, operation, reason = CHANGES[name]
    make_user()
    viewer, user_id = builtin_role("viewer"), make_user("berta", at_first).id
    roles = [builtin_role(one).id for one in then]
    meeting = Meeting(app)
    db.session.rollback()

    def by_form():
        data = {"roles": [db.session.get(Role, one) for one in roles]}
        operations.update_user(db.session.get(User, user_id), data, actor=SYSTEM)

    meeting.first(by_form)
    results = []
    meeting.second(lambda: results.append(operation(only(user_id), viewer, actor=SYSTEM)))
    meeting.thread.join()
    assert reasons(results[0]) == [("berta", reason)]
    assert holders(viewer) == (["berta"] if then else [])
    assert [action for action, *_rest in entries()] == ["user.update"]


def race(app, *works):
    """Let each of `works` run in a unit of its own at the same time; return the sentences of those refused."""
    refusals, faults, start = [], [], threading.Barrier(len(works))

    def run(work):
        with app.app_context():
            try:
                start.wait(10)
                with unit_of_work():
                    work()
            except DomainError as error:
                refusals.append(error.message)
            except Exception as error:
                faults.append(error)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert faults == []
    return refusals


def only(user_id):
    return select(User).where(User.id == user_id)


WAYS = {
    "deactivated in bulk": lambda actor, other: operations.deactivate_users(only(other.id), actor=actor),
    "deactivated by form": lambda actor, other: operations.update_user(other, {"status": "inactive"}, actor=actor),
    "demoted in bulk": lambda actor, other: operations.remove_role(
        only(other.id), db.session.scalars(select(Role).where(Role.builtin == "administrator")).one(), actor=actor
    ),
    "demoted by form": lambda actor, other: operations.update_user(other, {"roles": []}, actor=actor),
    "deleted": lambda actor, other: operations.delete_user(other, actor=actor),
}


@pytest.mark.parametrize("third", [False, True], ids=["two", "three"])
@pytest.mark.parametrize(
    ("one_way", "other_way"),
    [
        ("deactivated in bulk", "deactivated in bulk"),
        ("deactivated in bulk", "demoted by form"),
        ("demoted in bulk", "demoted in bulk"),
        ("demoted in bulk", "deactivated by form"),
        ("deleted", "demoted in bulk"),
    ],
)
def test_of_two_administrators_who_remove_each_other_one_wins(app, one_way, other_way, third):
    """Also with a third one, where neither would be the last: whoever was removed while he waited does nothing more."""
    anna, berta = make_user(), make_user("berta", "administrator")
    if third:
        make_user("clara", "administrator")
    ids = anna.id, berta.id
    db.session.rollback()

    def work(way, actor_id, other_id):
        # Read before the unit begins, as a request does.
        def run():
            actor, other = db.session.get(User, actor_id), db.session.get(User, other_id)
            WAYS[way](actor, other)

        return run

    refusals = race(app, work(one_way, *ids), work(other_way, *reversed(ids)))
    assert len(refusals) == 1
    db.session.expire_all()
    left = db.session.scalars(select(User.username).join(UserRole).where(
        User.status == "active", User.deleted_at.is_(None), UserRole.role_id == builtin_role("administrator").id
    )).all()  # fmt: skip
    assert len(left) == (2 if third else 1)
