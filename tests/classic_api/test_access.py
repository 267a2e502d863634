"""Registering, logging in, refreshing and logging out, as a client of flaskForms does."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.exc import OperationalError

from admin_app.accounts import api_tokens, operations, passwords, registration_operations, user_operations
from admin_app.accounts.api_token_models import ApiToken
from admin_app.accounts.models import User, UserStatus
from admin_app.accounts.queries import needs_setup
from admin_app.accounts.registration_operations import check_free
from admin_app.audit.models import AuditEntry
from admin_app.classic_api.door import REGISTRATIONS, Limits, limits
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.settings.queries import value
from tests.factories import PASSWORD, make_user
from tests.helpers import count_statements

NEW = {"username": "clara", "email": "clara@example.org", "password": "a long enough secret"}


@pytest.fixture
def opened(fixed):
    """An administrator has opened the registration."""
    make_user("boss")
    fixed(api_registration="on")


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def test_a_client_logs_in_refreshes_and_logs_out(ask):
    make_user("anna")
    login = ask("/login", {"username": "anna", "password": PASSWORD})
    assert login.status_code == 200
    assert login.json["message"] == "Logged in as anna"
    assert login.json.keys() == {"message", "access_token", "refresh_token"}
    access, refresh = login.json["access_token"], login.json["refresh_token"]
    assert ask("/users", token=access, method="GET").json == {"users": [{"username": "anna"}]}

    again = ask("/token/refresh", token=refresh)
    assert again.status_code == 200
    assert again.json.keys() == {"access_token"}
    assert ask("/users", token=again.json["access_token"], method="GET").status_code == 200

    assert ask("/logout/access", token=access).json == {"message": "Access token has been revoked"}
    assert ask("/users", token=access, method="GET").status_code == 401
    assert ask("/users", token=again.json["access_token"], method="GET").status_code == 200
    assert ask("/logout/refresh", token=refresh).json == {"message": "Refresh token has been revoked"}
    assert ask("/token/refresh", token=refresh).status_code == 401
    assert count(ApiToken) == 1


def test_somebody_registers_and_holds_one_role(ask, opened):
    answer = ask("/register", NEW)
    assert answer.status_code == 200
    assert answer.json["message"] == "User clara was created"
    user = db.session.scalars(select(User).where(User.username == "clara")).one()
    assert (user.origin, [role.builtin for role in user.roles]) == ("api", ["own_surveys"])
    assert ask("/users", token=answer.json["access_token"], method="GET").status_code == 200
    assert ask("/login", {"username": "clara", "password": NEW["password"]}).status_code == 200


def everything():
    db.session.rollback()
    return count(User), count(ApiToken)


class TestRegistering:
    def test_closed_until_somebody_opens_it(self, ask):
        answer = ask("/register", NEW)
        assert (answer.status_code, answer.json) == (403, {"message": "Registration is closed"})
        assert ask("/register").status_code == 403
        assert everything() == (0, 0)

    def test_nobody_is_before_the_first_administrator(self, ask, fixed):
        """The first user would shut the page on which he is made."""
        fixed(api_registration="on")
        answer = ask("/register", NEW)
        assert (answer.status_code, answer.json) == (403, {"message": "Registration is closed"})
        assert everything() == (0, 0)
        assert needs_setup()

    def test_a_name_or_an_address_that_somebody_has(self, ask, opened):
        make_user("clara")
        for sent, said in (
            (NEW, "User clara already exists"),
            ({**NEW, "username": "CLARA"}, "User CLARA already exists"),
            ({**NEW, "username": "else"}, "User with email clara@example.org already exists"),
        ):
            answer = ask("/register", sent)
            assert (answer.status_code, answer.json) == (409, {"message": said})
        assert everything() == (2, 0)

    def test_of_two_at_once_one_wins(self, app, opened):
        """Both have found the name free; only one is stored, and the other is told."""
        answers, meeting = [], threading.Barrier(4)

        def register(number: int) -> None:
            with app.app_context():
                meeting.wait(60)
                sent = {**NEW, "email": f"clara{number}@example.org"}
                answer = app.test_client().post("/api/flaskforms/register", json=sent)
                answers.append((answer.status_code, answer.json["message"]))
                db.session.remove()

        threads = [threading.Thread(target=register, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        assert sorted(answers) == [(200, "User clara was created")] + [(409, "User clara already exists")] * 3
        assert everything() == (2, 2)

    def test_who_was_first_in_the_same_moment_is_named(self, ask, opened, monkeypatch):
        """The look before finds nobody, the database's own rule does."""
        make_user("clara")
        seen = []

        def look(username: str, email: str) -> None:
            seen.append(username)
            if len(seen) > 1:
                check_free(username, email)

        monkeypatch.setattr(registration_operations, "check_free", look)
        monkeypatch.setattr(user_operations, "taken", lambda *_args, **_options: False)
        monkeypatch.setattr(operations, "check_free", look)
        answer = ask("/register", NEW)
        assert (answer.status_code, answer.json) == (409, {"message": "User clara already exists"})
        assert everything() == (2, 0)

    def test_so_often_from_one_address(self, ask, opened):
        limits().registrations._buckets.clear()
        for _ in range(REGISTRATIONS):
            limits().registrations.take("127.0.0.1")
        answer = ask("/register", NEW)
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) >= 1
        assert everything() == (1, 0)

    def test_what_the_audit_log_says(self, ask, opened):
        ask("/register", NEW)
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.resource == "user")).one()
        assert (entry.action, entry.actor_name) == ("user.create", "system")
        assert PASSWORD not in str(entry.changes)


class TestLoggingIn:
    def test_an_unknown_user_and_a_wrong_password_are_the_same(self, ask):
        make_user("anna")
        make_user("bo", status=UserStatus.INACTIVE)
        tried = (("anna", "wrong battery"), ("nobody", PASSWORD), ("bo", PASSWORD), ("anna" * 99, "x"))
        answers = [ask("/login", {"username": name, "password": word}) for name, word in tried]
        assert {(answer.status_code, answer.text) for answer in answers} == {(401, '{"message": "Wrong credentials"}')}
        assert count(ApiToken) == 0

    def test_both_cost_the_same_work(self, ask, monkeypatch):
        checked = []
        real = passwords.check_password
        monkeypatch.setattr(passwords, "check_password", lambda *args: checked.append(args[1]) or real(*args))
        make_user("anna")
        for name in ("anna", "nobody"):
            ask("/login", {"username": name, "password": "wrong battery"})
        assert checked == ["wrong battery"] * 2

    def test_by_the_address_too(self, ask):
        make_user("anna")
        assert ask("/login", {"username": "ANNA@example.org", "password": PASSWORD}).status_code == 200

    def test_failures_count_together_with_the_login_page(self, ask):
        make_user("anna")
        for _ in range(value("login_attempts")):
            assert ask("/login", {"username": "anna", "password": "wrong battery"}).status_code == 401
        answer = ask("/login", {"username": "anna", "password": PASSWORD})
        assert answer.status_code == 429
        assert 0 < int(answer.headers["Retry-After"]) <= 900
        assert "Too many failed logins" in answer.json["message"]
        assert count(ApiToken) == 0

    def test_who_has_to_choose_a_password_does_so_with_a_browser(self, ask):
        make_user("anna", must_change_password=True)
        answer = ask("/login", {"username": "anna", "password": PASSWORD})
        assert answer.status_code == 403
        assert "browser" in answer.json["message"]
        assert count(ApiToken) == 0

    def test_it_is_noted(self, ask):
        user = make_user("anna")
        ask("/login", {"username": "anna", "password": PASSWORD})
        db.session.refresh(user)
        assert user.last_login_at is not None
        assert user.lock_version == 1

    def test_nobody_may_keep_the_answer(self, ask):
        make_user("anna")
        answer = ask("/login", {"username": "anna", "password": PASSWORD})
        assert answer.headers["Cache-Control"] == "no-store"
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")


class TestLimits:
    def test_for_one_token_counted_by_hundreds(self, ask, fixed, tokens_for):
        fixed(api_token_requests=150)
        token = tokens_for(make_user("anna"))["access"]
        with count_statements(db.engine) as statements:
            answers = [ask("/users", token=token, method="GET") for _ in range(155)]
        assert [answer.status_code for answer in answers] == [200] * 150 + [429] * 5
        assert sum("UPDATE api_token SET leased" in one for one in statements) == 2
        assert answers[-1].json == {"message": "Too many requests. Wait a moment, then try again."}
        assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
        assert ask("/users", token=tokens_for(make_user("bo"))["access"], method="GET").status_code == 200

    def test_all_processes_count_together(self, app, ask, fixed, tokens_for, monkeypatch):
        fixed(api_token_requests=150)
        token = tokens_for(make_user("anna"))["access"]
        passed = 0
        processes = [Limits(), Limits()]
        for number in range(200):
            monkeypatch.setitem(app.extensions, "canvass.classic_api", processes[number % 2])
            passed += ask("/users", token=token, method="GET").status_code == 200
        assert passed == 150

    def test_a_minute_later_there_are_more(self, ask, fixed, tokens_for):
        fixed(api_token_requests=1)
        token = tokens_for(make_user("anna"))["access"]
        assert [ask("/users", token=token, method="GET").status_code for _ in range(2)] == [200, 429]
        before = now() - dt.timedelta(minutes=1)
        with unit_of_work() as session:
            session.execute(update(ApiToken).values(leased_since=before))
        limits().tokens._none.clear()
        assert ask("/users", token=token, method="GET").status_code == 200

    def test_processes_that_ask_at_once_get_no_more_than_there_is(self, app, tokens_for):
        tokens_for(make_user("anna"))
        token = db.session.scalars(select(ApiToken).limit(1)).one()
        db.session.expunge(token)  # each thread has a session of its own
        db.session.rollback()
        taken, meeting = [], threading.Barrier(4)

        def ask() -> None:
            with app.app_context():
                meeting.wait(60)
                with unit_of_work():
                    taken.append(api_tokens.take_lease(token, 250)[0])
                db.session.remove()

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        assert sorted(taken) == [0, 50, 100, 100]

    def test_a_token_that_is_revoked_in_the_same_moment(self, tokens_for):
        tokens_for(make_user("anna"))
        token = db.session.scalars(select(ApiToken).limit(1)).one()
        with unit_of_work():
            api_tokens.end_tokens_of([token.user_id])
        with unit_of_work():
            assert api_tokens.take_lease(token, 100)[0] == 0

    def test_for_one_address(self, ask, fixed):
        fixed(api_address_requests=3)
        answers = [ask("/login") for _ in range(5)]
        assert [answer.status_code for answer in answers] == [400] * 3 + [429] * 2
        assert int(answers[-1].headers["Retry-After"]) >= 1
        assert answers[-1].json.keys() == {"message"}

    def test_a_busy_database_stops_no_reading(self, ask, tokens_for, monkeypatch):
        def busy(_token: ApiToken) -> None:
            raise OperationalError("UPDATE", {}, Exception("locked"))

        monkeypatch.setattr(api_tokens, "touch_token", busy)
        token = tokens_for(make_user("anna"))["access"]
        assert ask("/users", token=token, method="GET").status_code == 200


class TestHeadersAndLog:
    def test_a_refusal_says_what_to_show(self, ask):
        for answer in (ask("/users", method="GET"), ask("/login", {"username": "anna", "password": "x"})):
            assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert "WWW-Authenticate" not in ask("/login").headers

    def test_the_log_names_who_shows_a_token_and_who_guesses_and_no_respondent(self, ask, tokens_for, caplog):
        anna = make_user("anna")
        with caplog.at_level("INFO", logger="admin_app.access"):
            for answer in (
                ask("/users", token=tokens_for(anna)["access"], method="GET"),
                ask("/login", {"username": "anna", "password": "x"}),
                ask("/login"),
            ):
                answer.close()
        lines = [(getattr(one, "user", None), getattr(one, "address", None)) for one in caplog.records]
        assert lines == [(anna.id, "127.0.0.1"), (None, "127.0.0.1"), (None, None)]
