"""Sessions are rows: what the database says counts, not what a cookie says."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import event, func, select, update

from admin_app.accounts import operations, sessions
from admin_app.accounts.models import User, UserSession, UserStatus
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.permissions import SYSTEM
from admin_app.core.signing import hash_token
from admin_app.settings.queries import value
from tests.factories import PASSWORD, login, make_user

# A page that answers 200 to whoever is logged in and redirects everybody else.
PAGE = "/account/password"


def is_in(client) -> bool:
    return client.get(PAGE).status_code == 200


def copy_of(app, client):
    """A thief with a copy of the whole cookie."""
    thief = app.test_client()
    thief.set_cookie("canvass", client.get_cookie("canvass").value)
    return thief


def change(table, **values):
    with unit_of_work() as session:
        session.execute(update(table).values(values))


@pytest.fixture
def statements(app):
    """The SQL statements that run from here on."""
    seen = []

    def note(_connection, _cursor, statement, *_rest):
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield seen
    event.remove(db.engine, "before_cursor_execute", note)


class TestSession:
    def test_it_knows_its_user(self, client):
        login(client, make_user())
        assert is_in(client)

    def test_the_token_is_random_and_kept_as_a_hash_only(self, client):
        token = login(client, make_user())
        row = db.session.scalars(select(UserSession)).one()
        assert row.token_hash == hash_token(token)
        assert len(token) == 43

    def test_the_hash_opens_nothing(self, client):
        token = login(client, make_user())
        with client.session_transaction("/admin/") as cookie:
            cookie["_user_id"] = hash_token(token)
        assert not is_in(client)

    @pytest.mark.parametrize(
        "value", ["1", "", "\x00", 1, None, ["x"], {"a": 1}, "x" * 3000], ids=lambda value: repr(value)[:9]
    )
    def test_a_signed_cookie_with_anything_else_in_it_is_a_stranger(self, client, value):
        make_user()
        with client.session_transaction("/admin/") as cookie:
            cookie["_user_id"] = value
        assert client.get(PAGE).status_code == 302
        assert client.get("/login").status_code == 200

    def test_a_forged_cookie_is_a_stranger(self, client):
        client.set_cookie("canvass", "eyJfdXNlcl9pZCI6IjEifQ.ZzzzzQ.forged")
        assert not is_in(client)

    def test_a_remember_cookie_is_no_second_key(self, client):
        token = login(client, make_user())
        client.delete_cookie("canvass")
        client.set_cookie("remember_token", f"{token}|00")
        assert not is_in(client)

    def test_loading_takes_at_most_four_statements(self, client, statements):
        login(client, make_user())
        statements.clear()
        client.get(PAGE)
        assert len([one for one in statements if one.startswith("SELECT")]) <= 4

    def test_it_ends_on_time(self, client):
        login(client, make_user())
        change(UserSession, expires_at=now())
        assert not is_in(client)

    def test_it_lasts_as_long_as_the_setting_says(self, app, post):
        make_user()
        post("/login", {"username": "anna", "password": PASSWORD})
        row = db.session.scalars(select(UserSession)).one()
        assert row.expires_at - row.created_at == dt.timedelta(hours=value("session_hours"))

    def test_the_browser_is_noted_without_what_no_database_takes(self, app):
        client = app.test_client()
        user = make_user()
        with unit_of_work():
            sessions.start_session(user, hours=1, user_agent="x" * 1000)
        assert len(db.session.scalars(select(UserSession)).one().user_agent) == 300
        assert client.get("/login", headers={"User-Agent": "\x01x"}).status_code == 200


class TestCookie:
    def test_scripts_and_other_sites_do_not_get_it(self, client, post):
        make_user()
        header = post("/login", {"username": "anna", "password": PASSWORD}).headers["Set-Cookie"]
        assert "HttpOnly" in header
        assert "SameSite=Lax" in header
        assert "Secure" not in header

    def test_it_is_secure_where_the_public_address_is(self, tmp_path):
        from admin_app import create_app

        app = create_app({"INSTANCE": tmp_path, "PUBLIC_URL": "https://surveys.example.org"})
        assert app.config["SESSION_COOKIE_SECURE"] is True


class TestEnd:
    def test_logout_ends_it_also_for_a_copy(self, app, client, post):
        login(client, make_user())
        thief = copy_of(app, client)
        assert is_in(thief)
        answer = post("/logout", page=PAGE)
        assert (answer.status_code, answer.location) == (303, "/login")
        assert not is_in(client)
        assert not is_in(thief)
        assert db.session.scalar(select(func.count()).select_from(UserSession)) == 0

    def test_logout_leaves_the_users_other_sessions(self, app, client, post):
        user = make_user()
        login(client, user)
        other = app.test_client()
        login(other, user)
        post("/logout", page=PAGE)
        assert is_in(other)

    def test_logout_needs_the_forms_token(self, client):
        login(client, make_user())
        assert client.post("/logout").status_code == 400
        assert is_in(client)

    def test_logout_by_a_link_is_refused(self, client):
        login(client, make_user())
        assert client.get("/logout").status_code == 405
        assert is_in(client)

    def test_a_stranger_may_log_out_too(self, post):
        assert post("/logout", page="/login").status_code == 303

    def test_over_sessions_are_swept_with_it(self, client, post):
        user = make_user()
        login(client, user)
        change(UserSession, expires_at=now())
        token = login(client, user)
        with unit_of_work():
            sessions.end_session(token)
        assert db.session.scalar(select(func.count()).select_from(UserSession)) == 0

    def test_deactivation_ends_it_also_for_a_copy(self, app, client):
        user = make_user(role="viewer")
        login(client, user)
        thief = copy_of(app, client)
        make_user("boss")
        with unit_of_work():
            operations.deactivate_users(select(User).where(User.id == user.id), actor=SYSTEM)
        assert not is_in(client)
        assert not is_in(thief)

    @pytest.mark.parametrize(
        "values", [{"status": UserStatus.INACTIVE}, {"deleted_at": now()}], ids=["inactive", "deleted"]
    )
    def test_the_users_own_row_is_asked_too(self, client, values):
        """Should a session ever outlive its user, it still opens nothing."""
        login(client, make_user())
        change(User, **values)
        assert not is_in(client)
        assert db.session.scalar(select(func.count()).select_from(UserSession)) == 1

    def test_a_session_that_ended_while_it_began_is_told(self, client, post, monkeypatch):
        make_user()
        monkeypatch.setattr(sessions, "find_session", lambda token: None)
        assert post("/login", {"username": "anna", "password": PASSWORD}).status_code == 404


class TestLastSeen:
    def long_ago(self):
        change(UserSession, last_seen_at=now() - dt.timedelta(minutes=6))

    def seen(self):
        return db.session.scalars(select(UserSession.last_seen_at)).one()

    def test_it_is_noted(self, client):
        login(client, make_user())
        self.long_ago()
        client.get(PAGE)
        assert now() - self.seen() < dt.timedelta(minutes=1)

    def test_at_most_once_in_five_minutes(self, client, statements):
        login(client, make_user())
        before = self.seen()
        statements.clear()
        client.get(PAGE)
        assert self.seen() == before
        assert not [one for one in statements if one.startswith("UPDATE")]

    def test_not_within_somebody_elses_unit_of_work(self, app, client):
        from admin_app.accounts.auth import load_user

        token = login(client, make_user())
        self.long_ago()
        with app.test_request_context(PAGE), unit_of_work():
            assert load_user(token).username == "anna"
        assert now() - self.seen() > dt.timedelta(minutes=5)

    def test_a_page_opens_though_it_cannot_be_noted(self, client, monkeypatch):
        from sqlalchemy.exc import OperationalError

        def locked(_session):
            raise OperationalError("UPDATE", {}, Exception("database is locked"))

        login(client, make_user())
        self.long_ago()
        monkeypatch.setattr(sessions, "touch_session", locked)
        assert is_in(client)
