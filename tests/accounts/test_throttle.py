"""Failed logins are counted in the database, exactly, and over all processes."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from sqlalchemy import func, select, update

from admin_app.accounts import operations
from admin_app.accounts.models import LoginFailure, UserSession
from admin_app.accounts.throttle import Throttle
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import TooManyError
from admin_app.settings.queries import value
from tests.factories import PASSWORD, make_user

LIMIT = 10
SECRET = "a secret of at least 32 characters"


def fail(times, name="anna", address="192.0.2.1"):
    throttle = Throttle.of(name, address, secret=SECRET, attempts=LIMIT)
    with unit_of_work():
        for _ in range(times):
            throttle.count_failure()


def attempt(name="anna", password=PASSWORD, address="192.0.2.1"):
    tried = operations.verify(name, password, address=address, secret=SECRET, attempts=LIMIT)
    with unit_of_work():
        return operations.log_in(tried, hours=1)


def failures():
    return db.session.scalar(select(func.count()).select_from(LoginFailure))


def test_the_last_free_attempt_is_free(app):
    make_user()
    fail(LIMIT - 1)
    assert attempt() is not None


def test_then_even_the_right_password_has_to_wait(app):
    """Otherwise whoever guesses would still learn that he guessed right."""
    make_user()
    fail(LIMIT)
    with pytest.raises(TooManyError) as refused:
        attempt()
    assert 0 < refused.value.retry_after <= 15 * 60
    assert db.session.scalar(select(func.count()).select_from(UserSession)) == 0


def test_a_name_that_nobody_has_waits_as_long(app):
    fail(LIMIT, name="nobody")
    with pytest.raises(TooManyError):
        attempt("nobody")


def test_other_names_and_addresses_do_not_wait(app):
    make_user()
    make_user("berta")
    fail(LIMIT)
    assert attempt("berta") is not None


def test_an_address_has_five_times_as_many(app):
    make_user()
    for number in range(5):
        fail(LIMIT, name=f"name{number}")
    with pytest.raises(TooManyError):
        attempt()
    assert attempt(address="192.0.2.2") is not None


def test_success_forgets_the_failures_of_the_name_alone(app):
    make_user()
    fail(LIMIT - 1)
    fail(3, name="berta")
    assert attempt() is not None
    assert failures() == 3


def test_after_fifteen_minutes_it_is_forgotten_and_swept(app):
    make_user()
    fail(LIMIT)
    with unit_of_work() as session:
        session.execute(update(LoginFailure).values(at=now() - dt.timedelta(minutes=15)))
    assert attempt(password="wrong battery") is None
    assert failures() == 1


def test_the_wait_ends_when_the_decisive_failure_is_old_enough(app):
    fail(LIMIT)
    with unit_of_work() as session:
        session.execute(update(LoginFailure).values(at=now() - dt.timedelta(minutes=14, seconds=30)))
    with pytest.raises(TooManyError, match="in a minute") as refused:
        attempt()
    assert refused.value.retry_after <= 30


def test_neither_name_nor_address_is_stored(app):
    fail(1)
    row = db.session.scalars(select(LoginFailure)).one()
    stored = row.username_digest + row.address_digest
    assert "anna" not in stored
    assert "192.0.2.1" not in stored
    other = Throttle.of("anna", "192.0.2.1", secret=SECRET + "!", attempts=LIMIT)
    assert other.name_digest != row.username_digest


def test_at_the_same_time_no_more_get_an_answer(app):
    """Thirty guesses at once: ten are told that they were wrong, twenty that they have to wait."""
    make_user()
    answers, start = [], threading.Barrier(30)

    def guess(number):
        with app.app_context():
            tried = operations.verify("anna", f"guess {number}", address="", secret=SECRET, attempts=LIMIT)
            db.session.remove()  # or those who wait at the barrier would hold all connections of the pool
            start.wait(60)
            try:
                with unit_of_work():
                    answers.append(operations.log_in(tried, hours=1))
            except TooManyError:
                answers.append("wait")
            db.session.remove()

    threads = [threading.Thread(target=guess, args=(number,)) for number in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert (answers.count(None), answers.count("wait")) == (LIMIT, 20)
    assert failures() == LIMIT


def test_the_page_says_when_to_come_back(client, post, app):
    make_user()
    for _ in range(value("login_attempts")):
        assert post("/login", {"username": "anna", "password": "wrong battery"}).status_code == 422
    answer = post("/login", {"username": "anna", "password": PASSWORD})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 900
    assert "Too many failed logins" in answer.text


def test_guessing_ones_own_old_password_is_limited_too(client, post, app):
    """A stolen session is no way to find the password out."""
    from tests.factories import login

    login(client, make_user())
    fields = {"current": "wrong battery", "password": "a quite new password", "password_again": "a quite new password"}
    for _ in range(value("login_attempts")):
        assert post("/account/password", fields).status_code == 422
    assert post("/account/password", {**fields, "current": PASSWORD}).status_code == 429
