"""Logging in: what opens the door, and everything that does not."""

from __future__ import annotations

import subprocess
import sys

import pytest
from argon2 import PasswordHasher, Type, extract_parameters
from sqlalchemy import func, select, update

from admin_app.accounts import passwords
from admin_app.accounts.auth_browser import target_after_login
from admin_app.accounts.models import LoginFailure, User, UserSession, UserStatus
from admin_app.core.db import db, unit_of_work
from tests.factories import PASSWORD, login, make_user
from tests.helpers import token_of

REFUSAL = "The name or the password is not right."


def credentials(username="anna", password=PASSWORD, **more):
    return {"username": username, "password": password, **more}


def stored(model):
    return db.session.scalar(select(func.count()).select_from(model))


class TestLogin:
    def test_it_works(self, client, post):
        user = make_user()
        answer = post("/login", credentials())
        assert (answer.status_code, answer.location) == (303, "/admin/")
        session = db.session.scalars(select(UserSession)).one()
        assert session.user_id == user.id
        assert user.last_login_at is not None
        assert client.get("/account/password").status_code == 200

    @pytest.mark.parametrize("name", ["ANNA", " anna ", "Anna@Example.org", "ａｎｎａ"])
    def test_the_name_may_be_spelled_otherwise_or_be_the_address(self, post, name):
        make_user()
        assert post("/login", credentials(name)).status_code == 303

    def test_logging_in_does_not_make_an_open_form_out_of_date(self, post):
        user = make_user()
        before = (user.lock_version, user.updated_at)
        post("/login", credentials())
        assert (user.lock_version, user.updated_at) == before

    @pytest.mark.parametrize(
        ("fields", "columns"),
        [
            (credentials(password="wrong battery"), {}),
            (credentials("nobody"), {}),
            (credentials(), {"status": UserStatus.INACTIVE}),
            (credentials(), {"status": UserStatus.NEW}),
            (credentials(password=""), {"status": UserStatus.NEW, "password_hash": None}),
            (credentials(password="nobody has this password"), {"status": UserStatus.NEW, "password_hash": None}),
            (credentials("anna%"), {}),
            (credentials("anna' OR '1'='1"), {}),
        ],
        ids=["wrong", "unknown", "inactive", "new", "no password", "the dummy's password", "a pattern", "SQL"],
    )
    def test_every_failure_looks_the_same(self, post, fields, columns):
        make_user(**columns)
        answer = post("/login", fields)
        assert answer.status_code == 422
        if fields["password"]:
            assert REFUSAL in answer.text
            assert stored(LoginFailure) == 1
        assert stored(UserSession) == 0

    def test_a_deleted_user_is_unknown(self, post):
        from admin_app.core.clock import now

        make_user(deleted_at=now())
        assert REFUSAL in post("/login", credentials()).text

    def test_the_name_is_kept_and_the_password_is_not(self, post):
        page = post("/login", credentials("anna<b>", "wrong battery")).text
        assert 'value="anna&lt;b&gt;"' in page
        assert "wrong battery" not in page

    def test_no_failure_tells_the_hash_or_the_digest(self, post):
        make_user()
        page = post("/login", credentials(password="wrong battery")).text
        assert "argon2" not in page

    @pytest.mark.parametrize("missing", ["username", "password"])
    def test_both_are_asked_for(self, post, missing):
        answer = post("/login", {**credentials(), missing: ""})
        assert answer.status_code == 422
        assert 'aria-invalid="true"' in answer.text

    def test_the_page_needs_no_second_login(self, client):
        login(client, make_user())
        answer = client.get("/login?next=/admin/survey/")
        assert (answer.status_code, answer.location) == (302, "/admin/survey/")

    def test_it_needs_the_forms_token(self, client):
        make_user()
        assert client.post("/login", data=credentials()).status_code == 400
        assert stored(UserSession) == 0

    def test_nothing_is_kept_by_browsers_or_proxies(self, client):
        assert client.get("/login").headers["Cache-Control"] == "no-store"


class TestFixation:
    def test_the_cookie_of_before_is_worth_nothing_afterwards(self, app, client, post):
        """Whoever slips somebody a session cookie is not in when that somebody logs in."""
        make_user()
        client.get("/login")
        slipped = client.get_cookie("canvass").value
        post("/login", credentials())
        thief = app.test_client()
        thief.set_cookie("canvass", slipped)
        assert thief.get("/account/password").status_code == 302

    def test_nothing_of_the_old_session_is_carried_over(self, client, post):
        make_user()
        with client.session_transaction("/admin/") as cookie:
            cookie["planted"] = "yes"
        post("/login", credentials())
        with client.session_transaction("/admin/") as cookie:
            assert "planted" not in cookie

    def test_the_forms_token_of_before_is_worth_nothing_afterwards(self, client, post):
        make_user()
        old = token_of(client.get("/login").text)
        post("/login", credentials())
        assert client.post("/logout", data={"csrf_token": old}).status_code == 400

    def test_each_login_has_a_session_of_its_own(self, app, client, post):
        make_user()
        post("/login", credentials())
        post("/login", credentials(), by=app.test_client())
        assert stored(UserSession) == 2


class TestConstantWork:
    @pytest.fixture
    def verified(self, monkeypatch):
        """How often argon2 really verified something; the real thing still runs."""
        passwords.check_password(None, "warm up")
        real, seen = passwords._HASHER, []

        class Spy:
            def verify(self, *args):
                seen.append(args)
                return real.verify(*args)

            def __getattr__(self, name):
                return getattr(real, name)

        monkeypatch.setattr(passwords, "_HASHER", Spy())
        return seen

    @pytest.mark.parametrize(
        ("name", "columns"),
        [
            ("anna", {}),
            ("nobody", {}),
            ("anna", {"status": UserStatus.INACTIVE}),
            ("anna", {"status": UserStatus.NEW, "password_hash": None}),
        ],
        ids=["known", "unknown", "inactive", "without a password"],
    )
    @pytest.mark.parametrize("password", ["wrong battery", "x" * 5000])
    def test_one_verification_whoever_it_is(self, post, verified, name, columns, password):
        make_user(**columns)
        post("/login", credentials(name, password))
        assert len(verified) == 1

    def test_the_dummy_is_as_costly_as_a_real_hash(self):
        assert extract_parameters(passwords._dummy_hash()) == extract_parameters(passwords.hash_password("x"))


class TestPasswordHash:
    def test_it_is_made_anew_when_the_parameters_changed(self, post):
        weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
        assert passwords.needs_rehash(weak)
        user = make_user(password_hash=weak)
        assert post("/login", credentials()).status_code == 303
        new = db.session.scalar(select(User.password_hash).where(User.id == user.id))
        assert new != weak
        assert not passwords.needs_rehash(new)
        assert passwords.check_password(new, PASSWORD)

    def test_it_costs_what_it_should(self):
        """The tests use cheaper ones; a fresh process does not."""
        program = "from admin_app.accounts.passwords import hash_password; print(hash_password('x'))"
        made = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
        parameters = extract_parameters(made.strip())
        assert parameters.type is Type.ID
        assert parameters.memory_cost >= 19 * 1024
        assert parameters.time_cost >= 2

    def test_a_hash_that_is_none_opens_nothing(self, post):
        make_user(password_hash="plain text")
        assert REFUSAL in post("/login", credentials(password="plain text")).text

    def test_a_password_that_was_changed_meanwhile_opens_nothing(self, app):
        """Between the check and the session somebody else may have changed it."""
        from admin_app.accounts import operations

        user = make_user()
        attempt = operations.verify("anna", PASSWORD, address="", secret="x" * 32, attempts=10)
        with unit_of_work() as session:
            session.execute(update(User).where(User.id == user.id).values(password_hash="other"))
        with unit_of_work():
            assert operations.log_in(attempt, hours=1) is None

    def test_it_is_read_only_where_it_is_asked_for(self, app):
        from sqlalchemy.exc import InvalidRequestError

        make_user()
        db.session.expunge_all()
        with pytest.raises(InvalidRequestError):
            _ = db.session.scalars(select(User)).one().password_hash

    def test_1024_bytes_and_not_one_more(self):
        longest = "ä" * 512
        made = passwords.hash_password(longest)
        assert passwords.check_password(made, longest)
        assert not passwords.check_password(made, longest + "x")


GOALS = [
    ("/admin/survey/?page=2#top", True),
    ("/admin/", True),
    ("/%09/evil.example", True),
    ("/a//b", True),
    ("/logout", False),
    ("/login?next=/login", False),
    ("/setup/x", False),
    (None, False),
    ("", False),
    ("admin/", False),
    ("//evil.example", False),
    ("///evil.example", False),
    ("/\\evil.example", False),
    ("\\\\evil.example", False),
    ("\\/evil.example", False),
    ("/\t/evil.example", False),
    ("/\n/evil.example", False),
    ("\t//evil.example", False),
    (" //evil.example", False),
    ("/ /evil.example", False),
    ("https:evil.example", False),
    ("https:/evil.example", False),
    ("https://evil.example", False),
    ("HTTPS://evil.example", False),
    ("https://localhost/admin/", False),
    ("http:///evil.example", False),
    ("javascript:alert(1)", False),
    ("data:text/html,x", False),
    ("//evil.example/@localhost", False),
    ("/@evil.example\\", False),
    ("?next=//evil.example", False),
    ("#//evil.example", False),
    ("/a\r\nSet-Cookie: x=1", False),
    ("/\u2028/evil.example", False),
    ("／／evil.example", False),
    ("/／evil.example", False),
    ("/\x00/evil.example", False),
    ("/" + "a" * 3000, False),
]


class TestNext:
    @pytest.mark.parametrize(("target", "kept"), GOALS, ids=lambda value: repr(value)[:40])
    def test_only_a_path_of_ours_is_gone_to(self, target, kept):
        assert target_after_login(target) == (target if kept else "/admin/")

    @pytest.mark.parametrize(("target", "kept"), GOALS, ids=lambda value: repr(value)[:40])
    def test_over_http_too(self, client, target, kept):
        login(client, make_user())
        location = client.get("/login", query_string={"next": target or ""}).location
        assert location == (target if kept else "/admin/")

    def test_it_survives_the_form(self, client, post):
        make_user()
        page = client.get("/login?next=/admin/survey/%3Fpage%3D2").text
        assert 'name="next" value="/admin/survey/?page=2"' in page
        assert post("/login", credentials(next="/admin/survey/?page=2")).location == "/admin/survey/?page=2"
