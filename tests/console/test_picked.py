"""Filters by a record of another kind: the first are offered, the others found by typing; never the whole table."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert

from admin_app.accounts.models import User
from admin_app.audit.models import AuditEntry
from admin_app.console.facets import MOST_CHOICES
from admin_app.core.db import db, unit_of_work
from tests import factories


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser of an administrator."""
    browser = app.test_client()
    factories.login(browser, factories.make_user("zoe"))
    return browser


def owners(number: int) -> list[User]:
    """So many people, each with a survey."""
    made = [factories.make_user(f"owner{place:03}") for place in range(number)]
    for user in made:
        factories.make_survey(owner=user, title=f"Of {user.username}")
    return made


def test_few_are_offered_and_not_searched(client: FlaskClient) -> None:
    owners(2)
    page = client.get("/admin/survey/").text
    assert "owner000" in page
    assert "name=owner" not in page


def test_of_many_some_are_offered_and_the_others_searched(client: FlaskClient) -> None:
    made = owners(MOST_CHOICES + 3)
    page = client.get("/admin/survey/").text
    assert 'data-select-url="/admin/survey/ajax/lookup/?name=owner"' in page
    found = client.get("/admin/survey/ajax/lookup/?name=owner&query=owner032").json
    assert found == [[made[32].id, "owner032"]]
    shown = client.get(f"/admin/survey/?g1.owner={made[32].id}").text
    assert "Owner is <strong>owner032</strong>" in shown
    assert "Of owner032" in shown
    assert "Of owner001" not in shown


def test_who_owns_nothing_that_one_sees_is_not_found(app: Flask, client: FlaskClient) -> None:
    made = owners(MOST_CHOICES + 3)
    reader = app.test_client()
    factories.login(reader, made[0])
    role = factories.make_role("Own", survey="R:own")
    with unit_of_work():
        db.session.get_one(User, made[0].id).roles = [role]
    assert reader.get("/admin/survey/ajax/lookup/?name=owner&query=owner").json == [[made[0].id, "owner000"]]
    for key in (made[1].id, 10**9, "x", ""):
        page = reader.get(f"/admin/survey/?g1.owner={key}").text
        assert "Owner is" not in page
        assert "owner001" not in page


def test_roles_of_users(client: FlaskClient) -> None:
    roles = [factories.make_role(f"Role {number:02}") for number in range(MOST_CHOICES + 3)]
    factories.make_user("berta", roles[-1])
    page = client.get(f"/admin/user/?g1.role={roles[-1].id}").text
    assert 'data-select-url="/admin/role/ajax/lookup/?name=role"' in page
    assert f"Role is <strong>{roles[-1].name}</strong>" in page
    assert ">berta<" in page
    assert ">zoe<" not in page.split("<tbody>")[1]


def test_who_did_it_also_where_he_is_gone(client: FlaskClient) -> None:
    with unit_of_work() as session:
        told = {"action": "user.update", "resource": "user", "record_id": 1, "record_name": "x", "changes": {}}
        rows = [{**told, "actor_id": 1000 + n, "actor_name": f"Gone {n:02}"} for n in range(MOST_CHOICES + 3)]
        session.execute(insert(AuditEntry), rows)
    page = client.get("/admin/audit/").text
    assert 'data-select-url="/admin/audit/ajax/lookup/?name=actor"' in page
    assert "Nobody: the program itself" in page
    assert client.get("/admin/audit/ajax/lookup/?name=actor&query=gone+3").json == [
        [1000 + n, f"Gone {n}"] for n in (30, 31, 32)
    ]
    assert "Who is <strong>Gone 32</strong>" in client.get("/admin/audit/?g1.who=1032").text
    assert "Who is" not in client.get("/admin/audit/?g1.who=9999").text
