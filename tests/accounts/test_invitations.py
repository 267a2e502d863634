"""Inviting: who may, whom, what the link does, and the mail that carries one."""

from __future__ import annotations

import json
import threading

import pytest
from sqlalchemy import func, select, text, update

from admin_app.accounts import operations, passwords, sessions
from admin_app.accounts.models import OneTimeToken, TokenPurpose, User, UserSession, UserStatus
from admin_app.accounts.tokens import user_of_token
from admin_app.audit.models import AuditEntry
from admin_app.core.db import Base, db, unit_of_work
from admin_app.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from admin_app.core.permissions import SYSTEM
from admin_app.jobs.models import Job, JobState
from tests.accounts.mail import path_in, work_off
from tests.factories import make_role, make_user
from tests.mailserver import html_of, text_of

VISIT = {"hours": 1}
NEW = "a quite new password"


def make_new(username="nora", role="viewer", **fields):
    return make_user(username, role, status=UserStatus.NEW, password_hash=None, **fields)


def invite(user, actor=SYSTEM):
    with unit_of_work():
        return operations.invite_user(user, actor=actor)


def accept(token, password=NEW, **more):
    with unit_of_work():
        return operations.accept_invitation(token, password, **VISIT, **more)


def actions():
    return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def everything_stored():
    """All that stands in the database, as text."""
    rows = []
    for table in Base.metadata.tables.values():
        rows += [str(tuple(row)) for row in db.session.execute(select(table))]
    return "\n".join(rows)


class TestInviting:
    def test_the_link_lets_him_choose_a_password(self, app):
        admin, nora = make_user(), make_new()
        link = invite(nora, admin)
        started = accept(link.token)
        db.session.refresh(nora)
        assert (nora.status, nora.must_change_password) == (UserStatus.ACTIVE, False)
        assert nora.last_login_at is not None
        stored = db.session.scalar(select(User.password_hash).where(User.id == nora.id))
        assert passwords.check_password(stored, NEW)
        assert sessions.find_session(started).user is nora
        assert actions() == ["user.invite", "user.accept_invitation"]
        first, second = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        assert (first.actor_id, second.actor_id) == (admin.id, nora.id)
        assert second.changes == {"status": ["new", "active"]}

    def test_it_works_for_as_long_as_the_setting_says(self, app, set_value):
        nora = make_new()
        set_value("invitation_days", 3)
        link = invite(nora)
        row = db.session.scalars(select(OneTimeToken)).one()
        assert (row.expires_at - row.created_at).days == 3
        assert row.expires_at == link.expires_at

    def test_a_new_one_ends_those_before(self, app):
        nora = make_new()
        first, second = invite(nora), invite(nora)
        with pytest.raises(NotFoundError):
            accept(first.token)
        accept(second.token)

    @pytest.mark.parametrize("fields", [{"status": UserStatus.INACTIVE}, {}], ids=["inactive", "active"])
    def test_who_has_a_password_is_not_invited(self, app, fields):
        otto = make_user("otto", "viewer", **fields)
        with pytest.raises(ConflictError, match="Only a new user"):
            invite(otto)
        assert (count(OneTimeToken), actions()) == (0, [])

    def test_who_was_deleted_is_not_invited(self, app):
        nora = make_new()
        with unit_of_work():
            operations.delete_user(nora, actor=SYSTEM)
        with pytest.raises(ConflictError):
            invite(nora)
        assert count(OneTimeToken) == 0

    def test_without_the_right_nobody_invites(self, app):
        nora = make_new()
        for role, error in (
            (make_role("Reads", user="R:all"), ForbiddenError),
            (make_role("Sees nobody", survey="R:all"), NotFoundError),
        ):
            with pytest.raises(error):
                invite(nora, make_user(f"by{role.id}", role))
        assert (count(OneTimeToken), actions()) == (0, [])

    def test_equal_or_higher_rights_are_out_of_reach(self, app):
        """Whoever makes the link can open it himself."""
        changes_users = make_role("Changes users", user="RU:all")
        by = make_user("by", changes_users)
        for role in ("administrator", changes_users):
            with pytest.raises(ForbiddenError, match="as much as you"):
                invite(make_new(f"nora{count(User)}", role), by)
        assert (count(OneTimeToken), actions()) == (0, [])
        invite(make_new("within", None), by)


class TestAccepting:
    @pytest.mark.parametrize(
        ("password", "sentence"),
        [("short", "at least 10"), ("nora@example.org", "not your name"), ("password123", "harder to guess")],
    )
    def test_a_bad_password_is_refused_and_the_link_stays(self, app, password, sentence):
        nora = make_new()
        link = invite(nora)
        with pytest.raises(InvalidError) as refused:
            accept(link.token, password)
        assert sentence in refused.value.fields["password"]
        assert db.session.get(User, nora.id).status is UserStatus.NEW
        assert count(UserSession) == 0
        accept(link.token)

    def test_twice_is_once(self, app):
        link = invite(make_new())
        accept(link.token)
        with pytest.raises(NotFoundError, match="does not work"):
            accept(link.token, "yet another password")
        assert count(UserSession) == 1

    def test_it_resets_no_password(self, app):
        link = invite(make_new())
        with pytest.raises(NotFoundError), unit_of_work():
            operations.reset_password(link.token, NEW, **VISIT)
        assert count(UserSession) == 0

    def test_a_password_that_was_given_meanwhile_ends_it(self, app):
        nora = make_new()
        link = invite(nora)
        with unit_of_work():
            operations.set_password(nora, "given by somebody", actor=SYSTEM)
        with pytest.raises(NotFoundError):
            accept(link.token)
        assert count(UserSession) == 0

    @pytest.mark.parametrize(
        "data", [{"status": "inactive"}, {"email": "other@example.org"}], ids=["deactivated", "another address"]
    )
    def test_a_change_of_the_account_ends_it(self, app, data):
        nora = make_new()
        link = invite(nora)
        with unit_of_work():
            operations.update_user(nora, data, actor=SYSTEM)
        with pytest.raises(NotFoundError):
            accept(link.token)
        assert count(UserSession) == 0

    def test_deleting_the_account_ends_it(self, app):
        nora = make_new()
        link = invite(nora)
        with unit_of_work():
            operations.delete_user(nora, actor=SYSTEM)
        with pytest.raises(NotFoundError):
            accept(link.token)

    def test_the_session_that_the_browser_had_ends(self, app):
        anna = make_user()
        with unit_of_work():
            old = sessions.start_session(anna, hours=1)
            other = sessions.start_session(anna, hours=1)
        accept(invite(make_new()).token, replaces=old)
        assert sessions.find_session(old) is None
        assert sessions.find_session(other) is not None

    def test_of_two_browsers_at_once_one_is_let_in(self, app):
        nora = make_new()
        link = invite(nora)
        outcomes, start = [], threading.Barrier(2)

        def open_it(password):
            with app.app_context():
                start.wait(30)
                try:
                    accept(link.token, password)
                    outcomes.append(password)
                except NotFoundError:
                    outcomes.append("late")
                db.session.remove()

        threads = [threading.Thread(target=open_it, args=(one,)) for one in (NEW, "a different password")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)
        db.session.rollback()
        assert outcomes.count("late") == 1
        (winner,) = set(outcomes) - {"late"}
        stored = db.session.scalar(select(User.password_hash).where(User.id == nora.id))
        assert passwords.check_password(stored, winner)
        assert count(UserSession) == 1
        assert actions().count("user.accept_invitation") == 1


class TestMail:
    def test_it_has_a_link_of_its_own(self, app, inbox):
        admin, nora = make_user(name="Anna Admin"), make_new(name="Nora Neu")
        link = invite(nora, admin)
        (job,) = work_off(app)
        assert (job.state, job.result) == (JobState.DONE, {"sent": True})
        (message,) = inbox.messages
        assert message["To"] == "Nora Neu <nora@example.org>"
        assert message["From"] == "Canvass <canvass@example.org>"
        assert message["Subject"] == "Your account at Canvass"
        said = ("Hello Nora Neu", "Anna Admin has made an account", "user name is nora", "(UTC)", "works once")
        for part in (text_of(message), html_of(message)):
            assert [words for words in said if words not in part] == []
        assert link.token not in text_of(message)
        token = path_in(inbox).rsplit("/", 1)[1]
        assert user_of_token(TokenPurpose.INVITE, token) is not None
        accept(link.token)
        with pytest.raises(NotFoundError):
            accept(token, "yet another password")

    def test_no_token_is_stored_anywhere(self, app, inbox):
        """Not in the job either: whoever reads the database, or its backup, must not be able to log in with it."""
        link = invite(make_new())
        payload = db.session.scalars(select(Job)).one().payload
        assert set(payload) == {"user_id"}
        work_off(app)
        mailed = path_in(inbox).rsplit("/", 1)[1]
        stored = everything_stored()
        assert link.token not in stored
        assert mailed not in stored
        queued = b"".join(app.extensions["canvass_queue"].huey.storage.enqueued_items())
        assert queued
        assert link.token.encode() not in queued
        assert mailed.encode() not in queued

    def test_in_the_language_and_the_time_zone_of_whoever_gets_it(self, app, inbox, monkeypatch):
        asked = []
        real = __import__("admin_app.accounts.mails", fromlist=["force_locale"]).force_locale
        monkeypatch.setattr("admin_app.accounts.mails.force_locale", lambda code: asked.append(code) or real(code))
        invite(make_new(locale="de", time_zone="Asia/Tokyo"))
        invite(make_new("otto", locale="xx", time_zone="Moon/Crater"))
        work_off(app)
        assert asked == ["de", "en"]
        first, second = inbox.messages
        assert 'lang="de"' in html_of(first)
        assert "(Asia/Tokyo)" in text_of(first)
        assert 'lang="en"' in html_of(second)
        assert "(UTC)" in text_of(second)

    def test_whoever_was_invited_by_the_command_line_is_told_of_nobody(self, app, inbox):
        invite(make_new())
        work_off(app)
        assert "An account has been made for you" in text_of(inbox.messages[0])

    def test_names_are_text(self, app, inbox):
        admin = make_user(name='<img src="https://evil.example/x.png">')
        invite(make_new(name="<b>Nora</b>"), admin)
        work_off(app)
        html = html_of(inbox.messages[0])
        assert "<img" not in html
        assert "&lt;b&gt;Nora" in html

    def test_two_invitations_are_one_mail(self, app, inbox):
        nora = make_new()
        invite(nora)
        invite(nora)
        work_off(app)
        assert len(inbox.messages) == 1

    @pytest.mark.parametrize(
        "change",
        [
            lambda nora: operations.set_password(nora, "given by somebody", actor=SYSTEM),
            lambda nora: operations.update_user(nora, {"status": "inactive"}, actor=SYSTEM),
            lambda nora: operations.delete_user(nora, actor=SYSTEM),
        ],
        ids=["has a password", "inactive", "deleted"],
    )
    def test_who_needs_none_any_more_gets_none(self, app, inbox, change):
        nora = make_new()
        invite(nora)
        with unit_of_work():
            change(nora)
        (job,) = work_off(app)
        assert (job.state, job.result) == (JobState.DONE, {"sent": False})
        assert inbox.messages == []

    def test_who_is_gone_altogether_gets_none(self, app, inbox):
        nora = make_new(role=None)
        invite(nora)
        with unit_of_work() as session:
            session.execute(text("DELETE FROM user_account WHERE username = 'nora'"))
        (job,) = work_off(app)
        assert job.result == {"sent": False}

    def test_without_a_server_nothing_is_queued(self, app):
        invite(make_new())
        assert count(Job) == 0

    def test_nothing_is_queued_when_it_is_refused_in_the_end(self, app, inbox):
        nora = make_new()
        with pytest.raises(RuntimeError), unit_of_work():
            operations.invite_user(nora, actor=SYSTEM)
            raise RuntimeError
        assert (count(Job), count(OneTimeToken)) == (0, 0)

    def test_a_server_that_is_busy_is_asked_again(self, app, inbox):
        inbox.refusals["RCPT"] = "450 4.2.1 Busy"
        invite(make_new())
        (job,) = work_off(app)
        assert (job.state, job.attempts) == (JobState.QUEUED, 1)
        assert "refused the recipient (450 4.2.1)" in job.error
        del inbox.refusals["RCPT"]
        with unit_of_work() as session:
            session.execute(update(Job).values(run_after=Job.created_at))
        (job,) = work_off(app)
        assert (job.state, job.error) == (JobState.DONE, "")
        token = path_in(inbox).rsplit("/", 1)[1]
        accept(token)

    def test_a_server_that_refuses_is_not_asked_again(self, app, inbox):
        inbox.refusals["RCPT"] = "550 5.1.1 Nobody here of that name: nora@example.org"
        invite(make_new())
        (job,) = work_off(app)
        assert job.state is JobState.FAILED
        assert "550 5.1.1" in job.error
        assert "nora" not in json.dumps([job.error, job.result, job.message])

    def test_the_setting_that_is_gone_meanwhile_is_named(self, app, inbox):
        invite(make_new())
        app.config["CANVASS"]["MAIL_URL"] = None
        (job,) = work_off(app)
        assert job.state is JobState.FAILED
        assert "CANVASS_MAIL_URL is not set" in job.error
