"""Sessions are rows: what the database says counts, not what a cookie says."""

from __future__ import annotations

import datetime as dt
import email.utils
import re

import pytest
from sqlalchemy import event, func, select, update

from admin_app.accounts import operations, sessions
from admin_app.accounts.models import SessionPlace, User, UserSession, UserStatus
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.permissions import SYSTEM
from admin_app.core.signing import hash_token
from admin_app.settings.queries import value
from tests.factories import PASSWORD, builtin_role, login, make_user
from tests.helpers import count_statements, token_of

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

    def test_finding_it_takes_two_statements(self, app, client):
        """The session with its user, and what he may do; idling is judged by the first of them."""
        token = login(client, make_user(role="viewer"))
        db.session.expunge_all()
        value("session_idle_minutes")
        with count_statements(db.engine) as seen:
            assert sessions.find_session(token).user.crud("survey") == "R"
        assert len(seen) == 2, seen

    def test_a_change_of_roles_acts_at_the_next_request(self, client):
        boss, user = make_user("boss"), make_user(role="viewer")
        login(client, user)
        assert client.get("/admin/survey/").status_code == 200
        assert client.get("/admin/user/").status_code == 403
        with unit_of_work():
            operations.update_user(user, {"roles": [builtin_role("administrator")]}, actor=boss)
        assert client.get("/admin/user/").status_code == 200
        with unit_of_work():
            operations.update_user(user, {"roles": []}, actor=SYSTEM)
        assert client.get("/admin/survey/").status_code == 403

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


class TestBrowser:
    """What is kept of the browser: what it says of itself, and where it stands."""

    def row(self):
        return db.session.scalars(select(UserSession)).one()

    def log_in(self, post, address="127.0.0.1", **headers):
        options = {"environ_overrides": {"REMOTE_ADDR": address}, "headers": {"User-Agent": "Firefox/1 X11", **headers}}
        answer = post("/login", {"username": "anna", "password": PASSWORD}, **options)
        assert answer.status_code == 303
        return self.row()

    @pytest.mark.parametrize(
        ("address", "place"),
        [
            ("127.0.0.1", SessionPlace.THIS_MACHINE),
            ("192.168.1.7", SessionPlace.LOCAL_NETWORK),
            ("203.0.113.7", SessionPlace.UNKNOWN),
        ],
    )
    def test_the_place_is_kept_and_the_address_is_not(self, post, address, place):
        make_user()
        row = self.log_in(post, address)
        assert row.place is place
        assert row.user_agent == "Firefox/1 X11"
        assert address not in repr(vars(row))

    def test_behind_a_proxy_that_nobody_declared_no_place_is_known(self, post):
        make_user()
        assert self.log_in(post, **{"X-Forwarded-For": "203.0.113.7"}).place is SessionPlace.UNKNOWN

    def test_the_first_administrators_too(self, app, client, post):
        from admin_app.accounts.setup_operations import issue_setup_token

        with unit_of_work():
            token = issue_setup_token()
        fields = {"username": "first", "email": "first@example.org", "password": PASSWORD, "password_again": PASSWORD}
        assert post(f"/setup/{token}", fields, headers={"User-Agent": "Firefox/1 X11"}).status_code == 303
        assert (self.row().user_agent, self.row().place) == ("Firefox/1 X11", SessionPlace.THIS_MACHINE)


class TestRotation:
    """Whoever knew the session before knows nothing of the one after."""

    def test_logging_in_ends_the_session_that_the_browser_had(self, app, client, post):
        user = make_user()
        old = login(client, user)
        thief, other = copy_of(app, client), app.test_client()
        login(other, user)
        assert post("/login", {"username": "anna", "password": PASSWORD}, page=PAGE).status_code == 303
        assert is_in(client)
        assert is_in(other)
        assert not is_in(thief)
        with client.session_transaction("/admin/") as cookie:
            assert cookie["_user_id"] != old

    def test_a_failed_login_ends_nothing(self, client, post):
        login(client, make_user())
        assert post("/login", {"username": "anna", "password": "wrong battery"}, page=PAGE).status_code == 422
        assert is_in(client)

    def test_what_the_cookie_held_before_is_gone(self, client, post):
        make_user()
        with client.session_transaction("/login") as cookie:
            cookie["planted"] = "x"
        post("/login", {"username": "anna", "password": PASSWORD})
        with client.session_transaction("/admin/") as cookie:
            assert "planted" not in cookie


def moved(monkeypatch, **ahead):
    """Let this much time pass, for sessions."""
    moment = now() + dt.timedelta(**ahead)
    monkeypatch.setattr(sessions, "now", lambda: moment)


class TestIdle:
    """A session that nobody uses ends; the person comes back to where he was."""

    def test_it_ends_after_the_minutes_of_the_setting(self, client, monkeypatch):
        login(client, make_user())
        moved(monkeypatch, minutes=value("session_idle_minutes") - 1)
        assert is_in(client)
        moved(monkeypatch, minutes=2 * value("session_idle_minutes"))
        assert not is_in(client)

    def test_who_uses_it_stays(self, client, monkeypatch):
        login(client, make_user())
        for number in range(1, 20):
            moved(monkeypatch, minutes=number * value("session_idle_minutes") / 4)
            assert is_in(client), number

    def test_the_login_page_says_why_and_leads_back(self, client, post, monkeypatch):
        login(client, make_user())
        moved(monkeypatch, minutes=61)
        answer = client.get("/admin/user/?search=x&page=2")
        assert answer.location == "/login?next=/admin/user/?search%3Dx%26page%3D2"
        page = client.get(answer.location)
        assert "because nothing happened for 60 minutes" in page.text
        fields = {"username": "anna", "password": PASSWORD, "next": "/admin/user/?search=x&page=2"}
        assert post("/login", fields).location == "/admin/user/?search=x&page=2"
        assert is_in(client)

    def test_a_form_that_was_sent_too_late_leads_back_to_the_form(self, client, post, monkeypatch):
        user = make_user()
        login(client, user)
        token = token_of(client.get("/admin/user/new/").text)
        moved(monkeypatch, minutes=61)
        answer = client.post("/admin/user/new/", data={"csrf_token": token, "username": "berta"})
        assert (answer.status_code, answer.location) == (303, "/login?next=/admin/user/new/")
        answer = client.post("/admin/user/action/", data={"csrf_token": token, "action": "deactivate"})
        assert (answer.status_code, answer.location) == (303, "/login")
        assert db.session.scalar(select(func.count()).select_from(User)) == 1

    def test_nothing_wakes_it_up(self, app, client, monkeypatch):
        login(client, make_user())
        thief = copy_of(app, client)
        moved(monkeypatch, minutes=61)
        for _ in range(2):
            assert not is_in(client)
            assert not is_in(thief)

    def test_a_kept_one_does_not_end_by_idling(self, client, monkeypatch):
        login(client, make_user(), kept=True)
        moved(monkeypatch, hours=11)
        assert is_in(client)

    def test_a_stranger_is_told_nothing(self, client):
        assert "cv-alert" not in client.get("/login").text

    def test_any_other_end_is_said_too(self, client, monkeypatch):
        login(client, make_user())
        moved(monkeypatch, hours=13)
        assert "Your session has ended." in client.get("/login").text
        change(UserSession, token_hash="x" * 64)
        page = client.get("/login").text
        assert "Your session has ended." in page
        assert "nothing happened" not in page


class TestAbsolute:
    def test_however_busy_somebody_is_it_ends(self, client, monkeypatch):
        login(client, make_user())
        for minutes in range(30, 12 * 60, 30):
            moved(monkeypatch, minutes=minutes)
            assert is_in(client), minutes
        moved(monkeypatch, hours=12)
        assert not is_in(client)


class TestKept:
    """ "Keep me signed in" is a promise of the server's, which the cookie only makes last."""

    def log_in(self, post, kept="y", **options):
        fields = {"username": "anna", "password": PASSWORD} | ({"kept": kept} if kept else {})
        return post("/login", fields, **options)

    def expires(self, answer):
        cookie = next(one for one in answer.headers.getlist("Set-Cookie") if one.startswith("canvass="))
        found = re.search("Expires=([^;]+)", cookie)
        return found and email.utils.parsedate_to_datetime(found.group(1))

    def test_the_cookie_lasts_as_long_as_the_session(self, client, post):
        make_user()
        answer = self.log_in(post)
        row = db.session.scalars(select(UserSession)).one()
        assert row.kept
        assert row.expires_at - row.created_at == dt.timedelta(days=30)
        assert abs(self.expires(answer) - row.expires_at) <= dt.timedelta(seconds=1)

    def test_without_it_the_cookie_goes_with_the_browser(self, client, post):
        make_user()
        answer = self.log_in(post, kept=None)
        assert self.expires(answer) is None
        assert not db.session.scalars(select(UserSession)).one().kept

    def test_later_pages_put_nothing_off(self, client, post, monkeypatch):
        make_user()
        self.log_in(post)
        until = db.session.scalars(select(UserSession.expires_at)).one()
        # The first page puts its token into the cookie, which keeps its day.
        assert abs(self.expires(client.get("/admin/")) - until) <= dt.timedelta(seconds=1)
        moved(monkeypatch, days=29)
        answer = client.get("/admin/")
        assert answer.status_code == 200
        assert "Set-Cookie" not in answer.headers
        assert db.session.scalars(select(UserSession.expires_at)).one() == until
        moved(monkeypatch, days=30)
        assert not is_in(client)

    def test_a_message_in_the_cookie_keeps_its_day(self, client, post):
        make_user()
        self.log_in(post)
        fields = {"current": PASSWORD, "password": "a quite new password", "password_again": "a quite new password"}
        answer = post(PAGE, fields)
        row = db.session.scalars(select(UserSession)).one()
        assert row.kept
        assert abs(self.expires(answer) - row.expires_at) <= dt.timedelta(seconds=1)

    def test_where_it_is_not_offered_it_cannot_be_had(self, client, post, set_value):
        make_user()
        set_value("session_keep_days", 0)
        assert "Keep me signed in" not in client.get("/login").text
        answer = self.log_in(post)
        assert answer.status_code == 303
        assert self.expires(answer) is None
        row = db.session.scalars(select(UserSession)).one()
        assert not row.kept
        assert row.expires_at - row.created_at == dt.timedelta(hours=12)

    @pytest.mark.parametrize("until", ["x", None, -1, [1]], ids=repr)
    def test_a_cookie_with_nonsense_in_it_breaks_nothing(self, client, until):
        login(client, make_user())
        with client.session_transaction("/admin/") as cookie:
            cookie.permanent = True
            cookie["_kept_until"] = until
        assert client.get("/login").status_code in {200, 302}


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

    def test_not_by_who_only_looks(self, client):
        """Somebody who sees the console as another role changes nothing, not even this."""
        from admin_app.accounts.auth import load_user
        from admin_app.core.context import forbid_writing

        token = login(client, make_user())
        self.long_ago()
        with client.application.test_request_context(PAGE):
            forbid_writing("You only look.")
            try:
                assert load_user(token).username == "anna"
            finally:
                forbid_writing("")
        assert now() - self.seen() > dt.timedelta(minutes=5)

    def test_a_page_opens_though_it_cannot_be_noted(self, client, monkeypatch):
        from sqlalchemy.exc import OperationalError

        def locked(_session):
            raise OperationalError("UPDATE", {}, Exception("database is locked"))

        login(client, make_user())
        self.long_ago()
        monkeypatch.setattr(sessions, "touch_session", locked)
        assert is_in(client)
