"""Forgotten passwords: the same answer and the same work for every name, and a link for whoever may log in."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from sqlalchemy import func, select, update

from admin_app.accounts import operations, passwords, sessions
from admin_app.accounts.models import LoginFailure, OneTimeToken, TokenPurpose, User, UserSession, UserStatus
from admin_app.accounts.tokens import user_of_token
from admin_app.audit.models import AuditEntry
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, TooManyError
from admin_app.core.permissions import SYSTEM
from admin_app.jobs.models import Job
from tests.accounts.mail import path_in, work_off
from tests.factories import PASSWORD, make_role, make_user
from tests.helpers import count_statements
from tests.mailserver import html_of, text_of

SECRET = "a secret of at least 32 characters"
NEW = "a quite new password"
VISIT = {"hours": 1}


def ask(name="anna", address="192.0.2.1", attempts=10):
    with unit_of_work():
        operations.request_reset(name, address=address, secret=SECRET, attempts=attempts)


def link_for(user, actor=SYSTEM):
    with unit_of_work():
        return operations.issue_reset_link(user, actor=actor)


def reset(token, password=NEW, **more):
    with unit_of_work():
        return operations.reset_password(token, password, **VISIT, **more)


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def kinds():
    return list(db.session.scalars(select(Job.kind).order_by(Job.id)))


class TestAsking:
    @pytest.mark.parametrize("name", ["anna", "ANNA", "anna@example.org", " Anna@Example.org "])
    def test_a_mail_with_a_link_comes(self, app, inbox, name):
        anna = make_user(name="Anna A")
        ask(name)
        (job,) = work_off(app)
        assert job.result == {"sent": True}
        (message,) = inbox.messages
        assert inbox.recipients == ["anna@example.org"]
        assert message["Subject"] == "A new password for Canvass"
        for part in (text_of(message), html_of(message)):
            for word in ("Hello Anna A", "account anna", "works once", "If that was not you"):
                assert word in part
        started = reset(path_in(inbox).rsplit("/", 1)[1])
        assert sessions.find_session(started).user is anna

    @pytest.mark.parametrize(
        ("name", "fields"),
        [
            ("nobody", {}),
            ("nora", {"status": UserStatus.NEW, "password_hash": None}),
            ("ina", {"status": UserStatus.INACTIVE}),
            ("dora", {"deleted_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)}),
            ("", {}),
        ],
        ids=["nobody", "without a password", "inactive", "deleted", "empty"],
    )
    def test_others_get_none_and_it_costs_the_same(self, app, inbox, name, fields):
        make_user()
        if fields:
            make_user(name, **fields)
        with count_statements(db.engine) as wanted:
            ask("anna")
        with count_statements(db.engine) as seen:
            ask(name)
        assert seen == wanted
        assert [job.result for job in work_off(app)] == [{"sent": True}, {"sent": False}]
        assert inbox.recipients == ["anna@example.org"]

    def test_nobody_who_may_not_log_in_any_more_gets_one(self, app, inbox):
        anna = make_user()
        make_user("berta")
        ask()
        with unit_of_work():
            operations.update_user(anna, {"status": "inactive"}, actor=SYSTEM)
        (job,) = work_off(app)
        assert job.result == {"sent": False}
        assert inbox.messages == []

    def test_one_mail_in_five_minutes_whatever_name_is_typed(self, app, inbox):
        make_user()
        with count_statements(db.engine) as first:
            ask()
        with count_statements(db.engine) as second:
            ask("anna@example.org")
        assert first == second
        work_off(app)
        assert len(inbox.messages) == 1
        with unit_of_work() as session:
            session.execute(update(LoginFailure).values(at=now() - dt.timedelta(minutes=5)))
        ask()
        work_off(app)
        assert len(inbox.messages) == 2
        # A link that came late is as good as the newest.
        tokens = [path_in(inbox, number).rsplit("/", 1)[1] for number in (0, 1)]
        assert all(user_of_token(TokenPurpose.RESET, token) for token in tokens)

    def test_at_the_same_time_it_is_one_too(self, app, inbox):
        make_user()
        start = threading.Barrier(4)

        def run(name):
            with app.app_context():
                start.wait(30)
                ask(name)
                db.session.remove()

        names = ("anna", "ANNA", "anna@example.org", "Anna@example.org")
        threads = [threading.Thread(target=run, args=(name,)) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        db.session.rollback()
        assert sorted(kinds()) == ["accounts.no_mail"] * 3 + ["accounts.reset_mail"]

    def test_jobs_for_nobody_do_not_pile_up(self, app, inbox):
        for number in range(5):
            ask(f"nobody{number}")
        work_off(app)
        ask("nobody")
        work_off(app)
        assert count(Job) <= 2

    @pytest.mark.parametrize("name", ["anna", "nobody"])
    def test_too_often_for_one_name_is_said_to_everybody(self, app, inbox, name):
        make_user()
        for _number in range(3):
            ask(name, attempts=3)
        before = count(Job)
        with pytest.raises(TooManyError, match="asked for too often") as refused:
            ask(name, attempts=3)
        assert 0 < refused.value.retry_after <= 15 * 60
        assert count(Job) == before
        ask("somebody else", attempts=3)

    def test_too_often_from_one_address_too(self, app, inbox):
        for number in range(15):
            ask(f"name{number}", attempts=3)
        with pytest.raises(TooManyError):
            ask("another", attempts=3)
        ask("another", address="192.0.2.2", attempts=3)

    def test_it_keeps_nobody_from_logging_in(self, app, inbox):
        make_user()
        for _number in range(3):
            ask(attempts=3)
        tried = operations.verify("anna", PASSWORD, address="192.0.2.1", secret=SECRET, attempts=3)
        with unit_of_work():
            assert operations.log_in(tried, **VISIT) is not None

    def test_neither_name_nor_address_is_stored(self, app, inbox):
        ask("secret name")
        rows = [str(tuple(row)) for row in db.session.execute(select(LoginFailure.__table__))]
        rows += [str(job.payload) for job in db.session.scalars(select(Job))]
        assert "secret name" not in "".join(rows)
        assert "192.0.2.1" not in "".join(rows)

    def test_without_a_mail_server_it_says_so(self, app):
        make_user()
        with pytest.raises(ConflictError, match="sends no mail"):
            ask()
        assert (count(Job), count(LoginFailure)) == (0, 0)


class TestLinksByAdministrators:
    def test_it_works(self, app):
        admin, ada = make_user(), make_user("ada", "viewer", must_change_password=True)
        link = link_for(ada, admin)
        reset(link.token)
        db.session.refresh(ada)
        stored = db.session.scalar(select(User.password_hash).where(User.id == ada.id))
        assert passwords.check_password(stored, NEW)
        assert (ada.must_change_password, ada.last_login_at is not None) == (False, True)
        entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)).all()
        assert [(one.action, one.actor_id) for one in entries] == [
            ("user.issue_reset_link", admin.id),
            ("user.reset_password", ada.id),
        ]

    def test_it_is_not_mailed(self, app, inbox):
        link_for(make_user("ada", "viewer"))
        assert count(Job) == 0

    def test_it_lasts_for_as_long_as_the_setting_says(self, app, set_value):
        set_value("reset_hours", 5)
        link_for(make_user("ada", "viewer"))
        row = db.session.scalars(select(OneTimeToken)).one()
        assert row.expires_at - row.created_at == dt.timedelta(hours=5)

    def test_a_new_one_ends_those_before(self, app):
        ada = make_user("ada", "viewer")
        first, second = link_for(ada), link_for(ada)
        with pytest.raises(NotFoundError):
            reset(first.token)
        reset(second.token)

    def test_nobody_makes_one_for_himself(self, app):
        admin = make_user()
        with pytest.raises(ForbiddenError, match="yourself"):
            link_for(admin, admin)
        assert count(OneTimeToken) == 0

    @pytest.mark.parametrize(
        "fields",
        [{"status": UserStatus.INACTIVE}, {"status": UserStatus.NEW, "password_hash": None}],
        ids=["inactive", "new"],
    )
    def test_only_for_active_users(self, app, fields):
        ada = make_user("ada", "viewer", **fields)
        with pytest.raises(ConflictError, match="Only an active user"):
            link_for(ada)
        assert count(OneTimeToken) == 0

    def test_not_for_those_who_were_deleted(self, app):
        ada = make_user("ada", "viewer")
        with unit_of_work():
            operations.delete_user(ada, actor=SYSTEM)
        with pytest.raises(ConflictError):
            link_for(ada)

    def test_equal_or_higher_rights_are_out_of_reach(self, app):
        """Or whoever changes users could log in as an administrator."""
        changes_users = make_role("Changes users", user="RU:all")
        by = make_user("by", changes_users)
        for role in ("administrator", changes_users):
            with pytest.raises(ForbiddenError, match="as much as you"):
                link_for(make_user(f"above{count(User)}", role), by)
        reads = make_user("reads", make_role("Reads", user="R:all"))
        with pytest.raises(ForbiddenError):
            link_for(make_user("ada", None), reads)
        assert count(OneTimeToken) == 0
        assert count(AuditEntry) == 0


class TestResetting:
    def test_all_sessions_end(self, app):
        ada, anna = make_user("ada", "viewer"), make_user()
        with unit_of_work():
            old = [sessions.start_session(ada, hours=1) for _ in range(2)]
            browser = sessions.start_session(anna, hours=1)
        started = reset(link_for(ada).token, replaces=browser)
        assert [sessions.find_session(token) for token in (*old, browser)] == [None, None, None]
        assert sessions.find_session(started).user is ada
        assert count(UserSession) == 1

    @pytest.mark.parametrize(
        ("password", "sentence"), [("short", "at least 10"), (PASSWORD, "did not have before"), ("ada", "at least 10")]
    )
    def test_a_bad_password_is_refused_and_nothing_changes(self, app, password, sentence):
        ada = make_user("ada", "viewer")
        with unit_of_work():
            old = sessions.start_session(ada, hours=1)
        link = link_for(ada)
        with pytest.raises(InvalidError) as refused:
            reset(link.token, password)
        assert sentence in refused.value.fields["password"]
        assert sessions.find_session(old) is not None
        stored = db.session.scalar(select(User.password_hash).where(User.id == ada.id))
        assert passwords.check_password(stored, PASSWORD)
        reset(link.token)

    @pytest.mark.parametrize(
        "change",
        [
            lambda ada: operations.set_password(ada, "given by somebody", actor=SYSTEM),
            lambda ada: operations.update_user(ada, {"status": "inactive"}, actor=SYSTEM),
            lambda ada: operations.update_user(ada, {"email": "other@example.org"}, actor=SYSTEM),
            lambda ada: operations.delete_user(ada, actor=SYSTEM),
        ],
        ids=["another password", "deactivated", "another address", "deleted"],
    )
    def test_a_change_of_the_account_ends_the_link(self, app, change):
        make_user()
        ada = make_user("ada", "viewer")
        link = link_for(ada)
        with unit_of_work():
            change(ada)
        with pytest.raises(NotFoundError, match="does not work"):
            reset(link.token)
        assert count(UserSession) == 0

    @pytest.mark.parametrize(
        ("field", "values"), [("status", ("inactive", "active")), ("email", ("b@example.org", None))]
    )
    def test_it_stays_dead_when_the_change_is_taken_back(self, app, field, values):
        make_user()
        ada = make_user("ada", "viewer")
        link, before = link_for(ada), ada.email
        for value in values:
            with unit_of_work():
                operations.update_user(ada, {field: value or before}, actor=SYSTEM)
        with pytest.raises(NotFoundError, match="does not work"):
            reset(link.token)

    def test_shutting_many_out_ends_their_links_for_good(self, app):
        make_user()
        ada = make_user("ada", "viewer")
        link = link_for(ada)
        chosen = select(User).where(User.id == ada.id)
        for change in (operations.deactivate_users, operations.activate_users):
            with unit_of_work():
                change(chosen, actor=SYSTEM)
        with pytest.raises(NotFoundError, match="does not work"):
            reset(link.token)

    def test_it_accepts_no_invitation(self, app):
        link = link_for(make_user("ada", "viewer"))
        with pytest.raises(NotFoundError), unit_of_work():
            operations.accept_invitation(link.token, NEW, **VISIT)

    def test_of_two_links_at_once_one_wins(self, app, inbox):
        """Two links of one user, such as by mail and by hand: the second finds another account than it was made for."""
        ada = make_user("ada", "viewer")
        ask("ada")
        tokens = [link_for(ada).token]
        work_off(app)
        tokens.append(path_in(inbox).rsplit("/", 1)[1])
        outcomes, start = [], threading.Barrier(2)

        def use(number):
            with app.app_context():
                start.wait(30)
                try:
                    reset(tokens[number], f"password number {number}")
                    outcomes.append("in")
                except NotFoundError:
                    outcomes.append("late")
                db.session.remove()

        threads = [threading.Thread(target=use, args=(number,)) for number in (0, 1)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        db.session.rollback()
        assert sorted(outcomes) == ["in", "late"]
        assert count(UserSession) == 1
