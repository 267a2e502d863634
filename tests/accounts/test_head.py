"""Asking for the head of a page is looking at it, not sending a form."""

from __future__ import annotations

import pytest

from admin_app.accounts.setup_operations import issue_setup_token
from admin_app.core.db import unit_of_work
from tests.factories import login, make_user


def test_of_the_login_page(client):
    assert client.head("/login").status_code == 200


def test_of_the_login_page_by_somebody_who_is_in(client):
    login(client, make_user())
    assert client.head("/login").status_code == client.get("/login").status_code == 302


def test_of_the_setup_page(client):
    with unit_of_work():
        token = issue_setup_token()
    assert client.head(f"/setup/{token}").status_code == 200


@pytest.mark.parametrize("must_change", [False, True])
def test_of_the_password_page(client, must_change):
    login(client, make_user(must_change_password=must_change))
    assert client.head("/account/password").status_code == 200
