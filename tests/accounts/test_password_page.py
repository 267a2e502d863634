"""One's own password, by choice or because somebody else gave it."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from admin_app.accounts import operations
from admin_app.accounts.models import LoginFailure, User, UserSession
from admin_app.accounts.passwords import check_password
from admin_app.audit.models import AuditEntry
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ForbiddenError
from tests.factories import PASSWORD, login, make_user

PAGE = "/account/password"
NEW = "a quite new password"
FIELDS = {"current": PASSWORD, "password": NEW, "password_again": NEW}


def has_password(user, password):
    return check_password(db.session.scalar(select(User.password_hash).where(User.id == user.id)), password)


class TestChange:
    def test_it_works(self, client, post):
        user = make_user()
        login(client, user)
        answer = post(PAGE, FIELDS)
        assert (answer.status_code, answer.location) == (303, "/admin/")
        assert has_password(user, NEW)
        assert client.get(PAGE).status_code == 200
        entry = db.session.scalars(select(AuditEntry)).one()
        assert (entry.action, entry.changes, entry.actor_id) == ("user.change_own_password", {}, user.id)

    def test_all_other_sessions_end_and_so_does_a_copy_of_this_one(self, app, client, post):
        user = make_user()
        login(client, user)
        thief, other = app.test_client(), app.test_client()
        thief.set_cookie("canvass", client.get_cookie("canvass").value)
        login(other, user)
        post(PAGE, FIELDS)
        assert client.get(PAGE).status_code == 200
        assert thief.get(PAGE).status_code == 302
        assert other.get(PAGE).status_code == 302
        assert db.session.scalar(select(func.count()).select_from(UserSession)) == 1

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"current": "wrong battery"}, "This is not your current password"),
            ({"current": ""}, "Enter your current password"),
            ({"password_again": "something else"}, "Passwords must match"),
            ({"password": "short", "password_again": "short"}, "at least 10 characters"),
            ({"password": "", "password_again": ""}, "Enter a password"),
            ({"password": "Anna@example.org", "password_again": "Anna@example.org"}, "not your name"),
            ({"password": PASSWORD, "password_again": PASSWORD}, "did not have before"),
            ({"password": "x" * 1025, "password_again": "x" * 1025}, "at most 1024"),
        ],
    )
    def test_refusals(self, client, post, fields, sentence):
        user = make_user()
        login(client, user)
        answer = post(PAGE, {**FIELDS, **fields})
        assert answer.status_code == 422
        assert sentence in answer.text
        assert NEW not in answer.text
        assert has_password(user, PASSWORD)
        assert client.get(PAGE).status_code == 200

    def test_a_wrong_current_password_is_counted(self, client, post):
        login(client, make_user())
        post(PAGE, {**FIELDS, "current": "wrong battery"})
        assert db.session.scalar(select(func.count()).select_from(LoginFailure)) == 1

    def test_it_needs_the_forms_token(self, client):
        login(client, make_user())
        assert client.post(PAGE, data=FIELDS).status_code == 400

    def test_a_stranger_logs_in_first(self, client):
        answer = client.get(PAGE)
        assert (answer.status_code, answer.location) == (302, f"/login?next={PAGE}")

    def test_nobody_changes_anybody_elses(self, app):
        user, admin = make_user("berta", "viewer"), make_user()
        attempt = operations.verify("berta", PASSWORD, address="", secret="x" * 32, attempts=10)
        with pytest.raises(ForbiddenError, match="himself"), unit_of_work():
            operations.change_own_password(user, attempt, NEW, actor=admin, hours=1)


class TestMustChange:
    @pytest.fixture
    def forced(self, client, post):
        user = make_user(must_change_password=True)
        self.answer = post("/login", {"username": "anna", "password": PASSWORD, "next": "/admin/user/"})
        return user

    def test_login_leads_there(self, client, forced):
        assert (self.answer.status_code, self.answer.location) == (303, PAGE)
        assert "Somebody else gave you" in client.get(PAGE).text
        assert client.get("/login").location == PAGE

    @pytest.mark.parametrize("path", ["/admin/", "/admin/user/", "/admin/user/edit/?id=1", "/admin/editor-frame/"])
    def test_every_other_door_is_closed(self, client, forced, path):
        answer = client.get(path)
        assert answer.status_code in {302, 303}
        assert answer.location.startswith("/login")

    def test_logging_out_is_possible(self, client, post, forced):
        assert post("/logout", page=PAGE).status_code == 303
        assert client.get(PAGE).status_code == 302

    def test_afterwards_all_doors_are_open(self, client, post, forced):
        assert post(PAGE, FIELDS).location == "/admin/"
        assert client.get("/admin/user/").status_code == 200
        assert not forced.must_change_password

    def test_the_old_password_is_no_new_one(self, post, forced):
        assert "did not have before" in post(PAGE, {**FIELDS, "password": PASSWORD, "password_again": PASSWORD}).text
