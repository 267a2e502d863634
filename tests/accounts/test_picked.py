"""People who are made from the pick list that misses them."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from admin_app.accounts.models import User, UserStatus
from admin_app.core.db import db
from tests.factories import login, make_role, make_survey, make_user
from tests.helpers import send

NEW = {"username": "newcomer", "email": "newcomer@example.org", "status": "active", "picked": "1"}


@pytest.fixture
def desk(app):
    """The browser of whoever makes people and surveys."""
    user = make_user("desk", make_role("Desk", user="CRU:all", survey="CRU:all"))
    client = app.test_client()
    login(client, user)
    return client


def people() -> set[str]:
    """Who is there."""
    return set(db.session.scalars(select(User.username)))


def test_the_list_offers_it_to_whoever_may(app, desk):
    """The letter C on people, and nothing less."""
    survey = make_survey(make_user("owner"))
    page = desk.get(f"/admin/survey/edit/?id={survey.id}").text
    assert 'data-create-url="/admin/user/new/?picked=1"' in page
    reader = make_user("reader", make_role("Reader", user="R:all", survey="CRU:all"))
    client = app.test_client()
    login(client, reader)
    assert "data-create-url" not in client.get(f"/admin/survey/edit/?id={survey.id}").text
    before = people()
    assert send(client, "/admin/user/new/", NEW, page="/admin/survey/new/").status_code == 403
    assert people() == before


def test_it_begins_with_what_was_typed(desk):
    page = desk.get("/admin/user/new/?picked=1&username=new%00comer&email=x&roles=1&nothing=1").text
    assert 'value="newcomer"' in page
    assert 'name="password"' not in page
    assert 'name="invite"' not in page
    assert 'value="newcomer"' not in desk.get("/admin/user/new/?username=newcomer").text


def test_it_is_chosen_and_cannot_log_in_yet(desk):
    answer = send(desk, "/admin/user/new/?picked=1", {**NEW, "name": "New Comer", "password": "correct horse battery"})
    user = db.session.scalars(select(User).where(User.username == "newcomer")).one()
    assert answer.json == {
        "value": str(user.id),
        "text": "New Comer (newcomer)",
        "told": "“New Comer” was created.",
    }
    assert user.status is UserStatus.NEW


def test_a_refusal_is_the_form_again(desk):
    before = people()
    answer = send(desk, "/admin/user/new/?picked=1", {**NEW, "email": "no address"})
    assert answer.status_code == 422
    assert 'value="newcomer"' in answer.text
    assert people() == before
