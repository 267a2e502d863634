"""Who may touch whom: the rule for one user and the condition for many are the same rule."""

from __future__ import annotations

from itertools import combinations

import pytest
from sqlalchemy import select

from admin_app.accounts import guards
from admin_app.accounts.models import User
from admin_app.core.db import db, unit_of_work
from admin_app.core.permissions import EVERYTHING, SYSTEM, Letter, Rights, Scope
from tests.factories import builtin_role, make_role, make_user


@pytest.fixture
def crowd(app):
    """A user for each set of up to three of these roles, which include, equal and cross each other."""
    roles = [
        builtin_role("administrator"),
        make_role("Desk", user="CRUD:all"),
        make_role("Readers", survey="R:all"),
        make_role("Own readers", survey="R:own"),
        make_role("Desk and readers", user="CRUD:all", survey="R:all"),
        make_role("Exporters", "reply.export", reply="R:all"),
        make_role("Nothing at all"),
    ]
    users = []
    for size in range(4):
        for number, chosen in enumerate(combinations(roles, size)):
            user = make_user(f"user{size}_{number}", role=None)
            with unit_of_work():
                user.roles = list(chosen)
            users.append(user)
    db.session.expire_all()
    return [db.session.get_one(User, user.id) for user in users]


def test_one_and_many_agree(crowd):
    """For every pair, among them equals with other roles, and those whose rights come from two roles together."""
    reached = {}
    for actor in crowd:
        ids = set(db.session.scalars(select(User.id).where(guards.within_reach(actor))))
        expected = {user.id for user in crowd if user is not actor and actor.rights.outranks(user.rights)}
        assert ids == expected, actor.roles
        reached[actor.id] = len(ids)
    assert min(reached.values()) == 0
    assert max(reached.values()) == len(crowd) - 1


def test_the_system_reaches_everybody(crowd):
    assert len(db.session.scalars(select(User.id).where(guards.within_reach(SYSTEM))).all()) == len(crowd)


class TestOutranks:
    def test_more_outranks_less(self):
        more, less = Rights({("user", Letter.READ): Scope.ALL}), Rights({("user", Letter.READ): Scope.OWN})
        assert more.outranks(less)
        assert not less.outranks(more)

    def test_equals_do_not_outrank_each_other(self):
        same = Rights({("user", Letter.READ): Scope.ALL}, frozenset({"reply.export"}))
        assert not same.outranks(Rights(dict(same.grants), same.abilities))

    def test_those_who_hold_everything_do(self):
        assert EVERYTHING.outranks(EVERYTHING)

    def test_neither_of_two_that_cross(self):
        left, right = Rights({("user", Letter.READ): Scope.ALL}), Rights({("role", Letter.READ): Scope.ALL})
        assert not left.outranks(right)
        assert not right.outranks(left)
