"""How often the pages for users ask the database: at most twelve times, however many users and roles there are."""

from __future__ import annotations

import pytest

from admin_app.accounts import sessions
from admin_app.core.db import db, unit_of_work
from tests.factories import login, make_role, make_user
from tests.helpers import count_statements

MOST = 12


@pytest.fixture
def crowd(app, client):
    """Thirty users, each with two of ten roles, and an administrator who is logged in."""
    roles = [make_role(f"Role {number}", "reply.export", survey="R:all CU:own", user="R:all") for number in range(10)]
    for number in range(30):
        make_user(f"user{number}", roles[number % 10], notes="x")
    users = [make_user(f"two{number}", roles[number]) for number in range(9)]
    with unit_of_work():
        for number, user in enumerate(users):
            user.roles = [roles[number], roles[number + 1]]
    login(client, make_user("boss"))
    return users


@pytest.mark.parametrize(
    "path",
    [
        "",
        "?page_size=50",
        "?search=user",
        "?g1.status=active&sort=username",
        "details/?id={id}",
        "edit/?id={id}",
        "new/",
        "delete/?id={id}",
    ],
)
def test_a_page_for_users_asks_twelve_times_at_most(client, crowd, path):
    address = f"/admin/user/{path.format(id=crowd[0].id)}"
    client.get(address)
    with count_statements(db.engine) as seen:
        assert client.get(address).status_code == 200
    assert len(seen) <= MOST, "\n\n".join(seen)


def test_rights_are_one_statement(app, crowd):
    """Who is logged in, and what he may do: one statement each, whatever roles he has."""
    with unit_of_work():
        token = sessions.start_session(crowd[0], hours=1)
    db.session.expunge_all()
    with count_statements(db.engine) as seen:
        found = sessions.find_session(token)
        assert found.user.crud("survey") == "CRU"
        assert "reply.export" in found.user.rights.abilities
        assert len(found.user.role_ids) == 2
    assert len(seen) == 2, "\n\n".join(seen)
