"""Links: single use, expiring, bound to one purpose, one user and the state of his account."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import event, func, select, update

from admin_app.accounts import operations
from admin_app.accounts.models import OneTimeToken, TokenPurpose, User, UserStatus
from admin_app.accounts.tokens import end_tokens, issue_user_token, use_user_token, user_of_token
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.permissions import SYSTEM
from tests.factories import make_user
from tests.helpers import count_statements

HOUR = dt.timedelta(hours=1)
RESET, INVITE = TokenPurpose.RESET, TokenPurpose.INVITE


def issue(user, purpose=RESET, lifetime=HOUR):
    with unit_of_work():
        return issue_user_token(user, purpose, lifetime=lifetime).token


def tokens():
    return db.session.scalar(select(func.count()).select_from(OneTimeToken))


def use(token, purpose=RESET):
    with unit_of_work():
        return use_user_token(purpose, token)


def test_it_works_once(app):
    anna = make_user()
    token = issue(anna)
    assert user_of_token(RESET, token) is anna
    assert user_of_token(RESET, token) is anna, "looking uses nothing up"
    assert use(token) is anna
    assert user_of_token(RESET, token) is None
    assert use(token) is None


def test_nothing_but_its_hash_is_kept(app):
    token = issue(make_user())
    row = db.session.execute(select(OneTimeToken.__table__)).one()
    assert token not in " ".join(map(str, row))


def test_it_does_not_show_itself(app):
    with unit_of_work():
        issued = issue_user_token(make_user_in_unit(), RESET, lifetime=HOUR)
    assert issued.token not in repr(issued)
    assert 0 < (issued.expires_at - now()).total_seconds() <= 3600


def make_user_in_unit():
    return operations.create_user({"username": "otto", "email": "otto@example.org"}, actor=SYSTEM)


def test_using_one_ends_all_of_the_user_and_none_of_others(app):
    anna, berta = make_user(), make_user("berta")
    first, second, other = issue(anna), issue(anna, INVITE), issue(berta)
    assert use(first) is anna
    assert user_of_token(INVITE, second) is None
    assert user_of_token(RESET, other) is berta
    assert tokens() == 1


def test_it_has_one_purpose(app):
    anna = make_user()
    token = issue(anna, INVITE)
    for purpose in (RESET, TokenPurpose.SETUP):
        assert user_of_token(purpose, token) is None
        assert use(token, purpose) is None
    assert user_of_token(INVITE, token) is anna


@pytest.mark.parametrize("token", ["", "x", "x" * 3000, "\0", "\ud800", "é"])
def test_what_nobody_issued_opens_nothing(app, token):
    issue(make_user())
    assert user_of_token(RESET, token) is None
    assert use(token) is None
    assert tokens() == 1


def test_it_ends_in_time(app):
    token = issue(make_user())
    with unit_of_work() as session:
        session.execute(update(OneTimeToken).values(expires_at=now()))
    assert user_of_token(RESET, token) is None
    assert use(token) is None


def test_a_used_one_is_dead_though_its_row_is_there(app):
    token = issue(make_user())
    with unit_of_work() as session:
        session.execute(update(OneTimeToken).values(used_at=now()))
    assert user_of_token(RESET, token) is None
    assert use(token) is None


def change(**values):
    with unit_of_work() as session:
        session.execute(update(User).values(values).execution_options(synchronize_session=False))


@pytest.mark.parametrize(
    "values",
    [
        {"email_key": "other@example.org"},
        {"password_hash": "another"},
        {"status": UserStatus.INACTIVE},
        {"deleted_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)},
    ],
    ids=lambda values: next(iter(values)),
)
def test_it_dies_with_a_change_of_the_account(app, values):
    token = issue(make_user())
    change(**values)
    assert user_of_token(RESET, token) is None
    assert use(token) is None


@pytest.mark.parametrize("values", [{"name": "Anna Other"}, {"notes": "x"}, {"must_change_password": True}])
def test_it_outlives_other_changes(app, values):
    token = issue(make_user())
    change(**values)
    assert use(token) is not None


def test_it_is_bound_to_what_the_row_says_and_not_to_a_record_in_hand(app):
    anna = make_user()
    change(email_key="other@example.org")
    assert anna.email_key == "anna@example.org"
    token = issue(anna)
    assert user_of_token(RESET, token) is not None


def test_a_token_of_one_user_moved_to_another_is_dead(app):
    """Whoever can write into the table still needs the state of the account."""
    anna, berta = make_user(), make_user("berta")
    token = issue(anna)
    with unit_of_work() as session:
        session.execute(update(OneTimeToken).values(user_id=berta.id))
    assert user_of_token(RESET, token) is None


def test_issuing_sweeps_out_what_is_over(app):
    anna = make_user()
    issue(anna), issue(anna)
    with unit_of_work() as session:
        first = session.scalars(select(OneTimeToken).order_by(OneTimeToken.id)).first()
        first.expires_at = now() - HOUR
    issue(anna)
    assert tokens() == 2


def test_they_can_be_ended(app):
    anna, berta = make_user(), make_user("berta")
    token, other = issue(anna), issue(berta)
    with unit_of_work():
        assert len(end_tokens([anna.id])) == 1
    assert user_of_token(RESET, token) is None
    assert user_of_token(RESET, other) is berta


def test_a_token_that_is_swept_between_looking_and_using_is_not_used(app):
    """Another transaction may delete it after the user's row is held."""
    token = issue(make_user())

    def sweep(_connection, _cursor, statement, *_rest):
        if statement.startswith("DELETE") and not swept:
            swept.append(True)
            _connection.exec_driver_sql("DELETE FROM one_time_token")

    swept = []
    event.listen(db.engine, "before_cursor_execute", sweep)
    try:
        assert use(token) is None
    finally:
        event.remove(db.engine, "before_cursor_execute", sweep)
    assert swept


def test_any_token_costs_one_statement(app):
    live = issue(make_user())
    costs = []
    for token in (live, "unknown", "x" * 43):
        with count_statements(db.engine) as seen:
            user_of_token(RESET, token)
        costs.append(seen)
    assert costs[0] == costs[1] == costs[2]
    assert len(costs[0]) == 1
