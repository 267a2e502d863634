"""Somebody who may give roles, but does not see which there are, takes none away by saving a form without them."""

from __future__ import annotations

import pytest

from admin_app.accounts.models import User
from admin_app.core.db import db
from tests.factories import login, make_role, make_user


@pytest.fixture
def member(app):
    return make_user("member", make_role("Small", user="R:own"))


def save(post, user, **more):
    fields = {"username": user.username, "email": user.email, "status": "active", "lock_version": user.lock_version}
    return post(f"/admin/user/edit/?id={user.id}", {**fields, **more})


def roles_of(user):
    return [role.name for role in db.session.get_one(User, user.id).roles]


def test_they_stay(client, post, member):
    login(client, make_user("blind", make_role("Blind", "role.grant", user="CRU:all")))
    assert save(post, member, name="Renamed").status_code == 303
    assert (db.session.get_one(User, member.id).name, roles_of(member)) == ("Renamed", ["Small"])


def test_those_that_are_seen_are_taken_away(client, post, member):
    login(client, make_user("seeing", make_role("Seeing", "role.grant", user="CRU:all", role="R:all")))
    assert save(post, member).status_code == 303
    assert roles_of(member) == []
