"""What does the most harm asks for the password again where it was given too long ago."""

from __future__ import annotations

import datetime as dt
import io

import pytest
from sqlalchemy import select, update

from admin_app.accounts.models import LoginFailure, Role, User, UserSession
from admin_app.audit.models import AuditEntry
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.replies.models import Reply
from tests.factories import PASSWORD, login, make_reply, make_survey, make_user
from tests.helpers import token_of

ASKS = "Confirm that it is you"
LONG_AGO = dt.timedelta(hours=3)


@pytest.fixture
def admin(client):
    """An administrator who gave his password three hours ago."""
    user = make_user("anna")
    login(client, user)
    age()
    return user


def age(by: dt.timedelta = LONG_AGO) -> None:
    with unit_of_work() as session:
        session.execute(update(UserSession).values(confirmed_at=now() - by))


def confirmed_at() -> dt.datetime:
    return db.session.scalars(select(UserSession.confirmed_at)).one()


def hidden(page: str, name: str) -> bool:
    return f'<input type="hidden" name="{name}"' in page


class TestPages:
    def test_a_page_comes_after_the_password(self, client, admin, post):
        answer = client.get("/admin/role/new/?url=/admin/role/")
        assert answer.status_code == 303
        where = answer.location
        assert where == "/account/confirm?next=/admin/role/new/?url%3D/admin/role/"
        assert ASKS in client.get(where).text
        wrong = post("/account/confirm", {"next": "/admin/role/new/", "canvass__password": "no"})
        assert (wrong.status_code, "This is not your password." in wrong.text) == (422, True)
        assert now() - confirmed_at() > LONG_AGO - dt.timedelta(minutes=1)
        assert db.session.scalars(select(LoginFailure)).all()
        right = post("/account/confirm", {"next": "/admin/role/new/", "canvass__password": PASSWORD})
        assert (right.status_code, right.location) == (303, "/admin/role/new/")
        assert client.get("/admin/role/new/").status_code == 200

    def test_an_empty_password_is_told(self, client, admin, post):
        answer = post("/account/confirm", {"canvass__password": ""})
        assert (answer.status_code, "Enter your password." in answer.text) == (422, True)
        assert db.session.scalars(select(LoginFailure)).all() == []

    def test_it_leads_to_no_other_place(self, client, admin, post):
        answer = post("/account/confirm", {"canvass__password": PASSWORD, "next": "https://example.org/"})
        assert (answer.status_code, answer.location) == (303, "/admin/")

    def test_strangers_log_in(self, client):
        assert client.get("/account/confirm?next=/admin/").location == "/login?next=/account/confirm?next%3D/admin/"

    def test_most_pages_do_not_ask(self, client, admin):
        for path in ("/admin/", "/admin/survey/", "/admin/user/", "/admin/role/", "/admin/survey/new/"):
            assert client.get(path).status_code == 200

    def test_a_fresh_password_does(self, client, admin):
        age(dt.timedelta(minutes=119))
        assert client.get("/admin/role/new/").status_code == 200

    def test_it_can_be_switched_off(self, client, admin, set_value):
        set_value("confirm_minutes", 0)
        assert client.get("/admin/role/new/").status_code == 200

    def test_rights_come_first(self, client):
        login(client, make_user("reader", "viewer"))
        age()
        assert client.get("/admin/role/new/").status_code == 403


class TestForms:
    def test_what_was_sent_goes_on_with_the_password(self, client, admin, post):
        role = Role(name="Temporary")
        with unit_of_work() as session:
            session.add(role)
        page = post("/admin/role/delete/", {"id": role.id, "confirmed": "1"}, page="/admin/role/")
        assert (page.status_code, ASKS in page.text) == (403, True)
        assert hidden(page.text, "id")
        assert hidden(page.text, "confirmed")
        assert page.text.count('name="csrf_token"') == 1
        assert db.session.get(Role, role.id) is not None
        fields = {"id": role.id, "confirmed": "1", "csrf_token": token_of(page.text)}
        wrong = client.post("/admin/role/delete/", data={**fields, "canvass__password": "no"})
        assert (wrong.status_code, "This is not your password." in wrong.text) == (422, True)
        assert db.session.get(Role, role.id) is not None
        empty = client.post("/admin/role/delete/", data={**fields, "canvass__password": ""})
        assert (empty.status_code, "Enter your password." in empty.text) == (422, True)
        right = client.post("/admin/role/delete/", data={**fields, "canvass__password": PASSWORD})
        assert right.status_code in (302, 303)
        assert db.session.scalars(select(Role).where(Role.name == "Temporary")).all() == []

    def test_no_view_sees_the_password(self, client, admin, post):
        """It would stand in the page with the question, and so in the next form."""
        survey = make_survey(opened=True)
        reply = make_reply(survey)
        fields = {"action": "delete", "rowid": reply.id, "canvass__password": PASSWORD}
        page = post("/admin/reply/action/", fields, page="/admin/reply/")
        assert (page.status_code, "Delete 1 reply?" in page.text) == (200, True)
        assert PASSWORD not in page.text
        assert "canvass__password" not in page.text

    def test_too_many_wrong_ones_have_to_wait(self, client, admin, post, set_value):
        set_value("login_attempts", 1)
        post("/account/confirm", {"canvass__password": "no"})
        assert post("/account/confirm", {"canvass__password": PASSWORD}).status_code == 429

    def test_passwords_and_files_go_back_to_their_form(self, client, admin, post):
        user = make_user("berta")
        address = f"/admin/user/edit/?id={user.id}"
        age(dt.timedelta())
        token = token_of(client.get(address).text)
        age()
        answer = client.post(address, data={"csrf_token": token, "password": "x", "name": "B"})
        # With its number: another page stands at the bare address.
        assert answer.location == f"/account/confirm?next=/admin/user/edit/?id%3D{user.id}"
        fields = {"action": "delete", "rowid": user.id, "url": "/admin/user/", "file": (io.BytesIO(b"x"), "x")}
        answer = client.post("/admin/user/action/", data={"csrf_token": token, **fields})
        assert answer.location == "/account/confirm?next=/admin/user/"
        fields["file"] = (io.BytesIO(b"x"), "x")
        answer = client.post("/admin/user/action/", data={"csrf_token": token, **fields, "url": "//elsewhere"})
        assert answer.location == "/account/confirm?next=/admin/"
        assert db.session.get_one(User, user.id).deleted_at is None

    def test_only_deletions_among_the_actions_on_replies(self, client, admin, post):
        reply = make_reply(make_survey(opened=True))
        approve = post("/admin/reply/action/", {"action": "approve", "rowid": reply.id}, page="/admin/reply/")
        assert (approve.status_code, ASKS in approve.text) == (200, False)
        delete = post("/admin/reply/action/", {"action": "delete", "rowid": reply.id}, page="/admin/reply/")
        assert (delete.status_code, ASKS in delete.text) == (403, True)
        assert db.session.get_one(Reply, reply.id).deleted_at is None


class TestWhatAsks:
    @pytest.mark.parametrize("action", ["add_role", "remove_role", "delete"])
    def test_actions_on_users(self, client, admin, post, action):
        other = make_user("berta")
        assert ASKS in post("/admin/user/action/", {"action": action, "rowid": other.id}, page="/admin/user/").text

    def test_exports(self, client, admin, post):
        survey = make_survey(opened=True)
        address = f"/admin/survey/{survey.id}/results/export"
        page = post(address, {"format": "csv"})
        assert ASKS in page.text
        # It comes from a page at the same address.
        assert f'<a href="{address}">Back</a>' in page.text
        assert client.get(f"{address}s/1").location.startswith("/account/confirm")
        assert ASKS in post("/admin/audit/export/", page="/admin/audit/").text
        assert "audit.export" not in db.session.scalars(select(AuditEntry.action)).all()

    def test_with_the_password_the_file_comes(self, client, admin, post):
        answer = post("/admin/audit/export/", {"canvass__password": PASSWORD}, page="/admin/audit/")
        assert (answer.status_code, answer.mimetype) == (200, "text/csv")

    def test_purging(self, client, admin, post):
        assert ASKS in post("/admin/trash/user/1/purge", {"name": "x"}, page="/admin/role/").text


def test_a_login_counts(client, post):
    make_user("anna")
    post("/login", {"username": "anna", "password": PASSWORD})
    assert now() - confirmed_at() < dt.timedelta(minutes=1)
    assert client.get("/admin/role/new/").status_code == 200
