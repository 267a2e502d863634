"""The pages behind links, as browsers and their users meet them."""

from __future__ import annotations

import logging
import re

import pytest
from sqlalchemy import func, select

from admin_app.accounts import operations, sessions
from admin_app.accounts.models import OneTimeToken, User, UserSession, UserStatus
from admin_app.audit.models import AuditEntry
from admin_app.core.db import db, unit_of_work
from admin_app.core.permissions import SYSTEM
from admin_app.jobs.models import Job
from tests.accounts.mail import path_in, work_off
from tests.factories import PASSWORD, login, make_role, make_user
from tests.helpers import count_statements, send, token_of
from tests.mailserver import link_in

NEW = "a quite new password"
FIELDS = {"password": NEW, "password_again": NEW}
PAGES = ("welcome", "reset")


def make_new(username="nora", role="viewer", **fields):
    return make_user(username, role, status=UserStatus.NEW, password_hash=None, **fields)


@pytest.fixture
def links(app):
    """A path for each page, of a user for each."""
    nora, ada = make_new(), make_user("ada", "viewer")
    with unit_of_work():
        invited = operations.invite_user(nora, actor=SYSTEM)
        reset = operations.issue_reset_link(ada, actor=SYSTEM)
    return {"welcome": f"/account/welcome/{invited.token}", "reset": f"/account/reset/{reset.token}"}


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def status_of(username):
    return db.session.scalar(select(User.status).where(User.username == username))


@pytest.mark.parametrize("kind", PAGES)
class TestBoth:
    def test_it_lets_in(self, client, post, links, kind):
        answer = post(links[kind], FIELDS)
        assert (answer.status_code, answer.location) == (303, "/admin/")
        assert client.get("/admin/").status_code == 200
        name = "nora" if kind == "welcome" else "ada"
        again = client.application.test_client()
        assert post("/login", {"username": name, "password": NEW}, by=again).location == "/admin/"

    def test_looking_uses_nothing_up(self, client, post, links, kind):
        """Scanners open every link of a mail, and some ask for its head only."""
        for _number in range(3):
            assert client.get(links[kind]).status_code == 200
            assert client.head(links[kind]).status_code == 200
        assert post(links[kind], FIELDS).status_code == 303

    def test_it_needs_the_forms_token(self, client, links, kind):
        assert client.post(links[kind], data=FIELDS).status_code == 400
        assert count(UserSession) == 0
        assert client.get(links[kind]).status_code == 200

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"password_again": "another password"}, "Passwords must match"),
            ({"password": "short", "password_again": "short"}, "at least 10 characters"),
            ({"password": "", "password_again": ""}, "Enter a password"),
            ({"password": "a\0bcdefghijkl", "password_again": "another password"}, "Passwords must match"),
        ],
    )
    def test_what_is_wrong_is_said_and_the_link_stays(self, client, post, links, kind, fields, sentence):
        answer = post(links[kind], {**FIELDS, **fields})
        assert answer.status_code == 422
        assert sentence in answer.text
        assert NEW not in answer.text
        assert count(UserSession) == 0
        assert post(links[kind], FIELDS).status_code == 303

    def test_extra_fields_change_nothing(self, post, links, kind):
        post(links[kind], {**FIELDS, "username": "root", "id": "1", "status": "inactive", "roles": "1"})
        assert status_of("nora" if kind == "welcome" else "ada") is UserStatus.ACTIVE
        assert count(User) == 2

    @pytest.mark.parametrize("other", ["x", "x" * 43, "x" * 3000, "%00", "%ED%A0%80", "..", "a.b", "%2e%2e%2f"])
    def test_another_token_opens_nothing(self, client, links, kind, other):
        assert client.get(f"/account/{kind}/{other}").status_code in {400, 404}

    def test_a_used_one_gets_the_page_of_an_unknown_one(self, app, client, post, links, kind):
        """Not even that there was such a link is told."""
        post(links[kind], FIELDS)
        used = app.test_client().get(links[kind])
        unknown = app.test_client().get(f"/account/{kind}/unknown")
        assert used.status_code == unknown.status_code == 404
        assert _without_tokens(used.text) == _without_tokens(unknown.text)
        assert "does not work" in used.text
        for word in ("nora", "ada"):
            assert word not in used.text

    def test_the_link_of_the_other_page_is_unknown(self, client, links, kind):
        token = links[kind].rsplit("/", 1)[1]
        other = PAGES[kind == "welcome"]
        assert client.get(f"/account/{other}/{token}").status_code == 404
        assert client.get(f"/setup/{token}").status_code == 404

    def test_a_page_that_stood_open_while_another_was_quicker(self, app, client, post, links, kind):
        token = token_of(client.get(links[kind]).text)
        other = app.test_client()
        assert post(links[kind], FIELDS, by=other).status_code == 303
        answer = client.post(links[kind], data={**FIELDS, "csrf_token": token})
        assert answer.status_code == 404
        assert "does not work" in answer.text
        assert count(UserSession) == 1

    def test_the_race_is_lost_in_the_database_too(self, client, post, links, kind, monkeypatch):
        """Both looked while the link was good."""
        from admin_app.accounts import tokens

        seen = []
        real = tokens.user_of_token

        def look(purpose, token):
            user = real(purpose, token)
            if user is not None and len(seen) == 1:
                with unit_of_work():
                    tokens.end_tokens([user.id])
            seen.append(1)
            return user

        monkeypatch.setattr("admin_app.accounts.tokens.user_of_token", look)
        answer = post(links[kind], FIELDS)
        assert answer.status_code == 404
        assert count(UserSession) == 0

    def test_the_session_that_was_there_is_gone(self, app, client, post, links, kind):
        old = login(client, make_user("root"))
        before = client.get_cookie("canvass").value
        answer = post(links[kind], FIELDS)
        assert answer.status_code == 303
        assert sessions.find_session(old) is None
        copied = app.test_client()
        copied.set_cookie("canvass", before)
        assert "/login" in copied.get("/admin/").location

    def test_a_session_cannot_be_foisted_on_anybody(self, app, client, post, links, kind):
        """What the cookie held before, which somebody else may have put there, is nothing afterwards."""
        with client.session_transaction("/admin/") as cookie:
            cookie["_user_id"] = "known to somebody else"
            cookie["smuggled"] = "1"
        post(links[kind], FIELDS)
        with client.session_transaction("/admin/") as cookie:
            assert cookie["_user_id"] != "known to somebody else"
            assert "smuggled" not in cookie
        assert sessions.find_session("known to somebody else") is None

    def test_headers(self, client, links, kind):
        for path in (links[kind], f"/account/{kind}/unknown"):
            headers = client.get(path).headers
            assert headers["Cache-Control"] == "no-store"
            assert headers.get_all("Referrer-Policy") == ["strict-origin"]

    def test_the_token_is_in_no_log_line(self, client, post, links, kind, caplog):
        with caplog.at_level(logging.DEBUG):
            # The line is written when the last byte is.
            client.get(links[kind]).close()
            post(links[kind], FIELDS).close()
            client.get(links[kind]).close()
        token = links[kind].rsplit("/", 1)[1]
        assert caplog.text.count(f"/account/{kind}/…") >= 3
        assert token not in caplog.text

    def test_while_somebody_has_to_choose_a_password(self, client, post, links, kind):
        """The link is his way to do so."""
        login(client, make_user("root", must_change_password=True))
        assert client.get(links[kind]).status_code == 200

    def test_it_shows_whose_password_it_is(self, client, links, kind):
        assert f'value="{"nora" if kind == "welcome" else "ada"}"' in client.get(links[kind]).text


def _without_tokens(page):
    return re.sub(r'content="[^"]{60,}"|value="[^"]{60,}"', "", page)


def test_deactivated_between_choosing_and_coming_in(client, post, links, monkeypatch):
    real = sessions.find_session
    monkeypatch.setattr("admin_app.accounts.links.sessions.find_session", lambda token: None if token else real(token))
    answer = post(links["reset"], FIELDS)
    assert (answer.status_code, answer.location) == (303, "/login")


def test_over_tls_the_form_is_sent_from_a_page_that_tells_its_origin_only(make_app_for_tls):
    """The browser says where the form comes from as strictly as the policy of the page lets it; that must be enough."""
    app, path = make_app_for_tls
    client = app.test_client()
    base = {"base_url": "https://surveys.example.org"}
    page = client.get(path, **base)
    data = {**FIELDS, "csrf_token": token_of(page.text)}
    answer = client.post(path, data=data, headers={"Referer": "https://surveys.example.org/"}, **base)
    assert (answer.status_code, answer.location) == (303, "/admin/")


@pytest.fixture
def make_app_for_tls(database, tmp_path):
    from admin_app import create_app
    from tests.conftest import SETTINGS

    database.reset()
    values = {**SETTINGS, "INSTANCE": tmp_path, "DATABASE_URL": database.url}
    app = create_app({**values, "PUBLIC_URL": "https://surveys.example.org"})
    with app.app_context():
        nora = make_new()
        with unit_of_work():
            link = operations.invite_user(nora, actor=SYSTEM)
        db.session.remove()
    yield app, f"/account/welcome/{link.token}"
    with app.app_context():
        db.engine.dispose()


class TestForgot:
    def test_the_login_page_leads_there(self, client):
        assert 'href="/account/forgot"' in client.get("/login").text

    def test_from_the_page_to_the_mail_and_in(self, app, client, post, inbox):
        make_user("ada", "viewer")
        answer = post("/account/forgot", {"username": "ada"})
        assert (answer.status_code, answer.location) == (303, "/account/forgot?asked=1")
        assert "a link is on its way" in client.get(answer.location).text
        work_off(app)
        assert post(path_in(inbox), FIELDS).location == "/admin/"

    @pytest.mark.parametrize("name", ["nobody", "nora", "x" * 5000, "a\0b", "\udc80x", "' OR 1=1 --"])
    def test_everybody_reads_the_same(self, app, client, post, inbox, name):
        make_user("ada", "viewer")
        make_new()
        real = post("/account/forgot", {"username": "ada"})
        other = post("/account/forgot", {"username": name})
        assert (other.status_code, other.location) == (real.status_code, real.location)
        work_off(app)
        assert inbox.recipients == ["ada@example.org"]

    def test_without_a_name_it_asks_for_one(self, client, post, inbox):
        answer = post("/account/forgot", {"username": ""})
        assert answer.status_code == 422
        assert "Enter your user name" in answer.text
        assert count(Job) == 0

    def test_too_often_is_said_with_when_to_come_back(self, app, post, inbox, set_value):
        set_value("login_attempts", 2)
        for _number in range(2):
            post("/account/forgot", {"username": "ada"})
        answer = post("/account/forgot", {"username": "ada"})
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) > 0
        assert "asked for too often" in answer.text

    def test_without_a_mail_server_it_says_whom_to_ask(self, client, post):
        make_user("ada", "viewer")
        page = client.get("/account/forgot")
        assert page.status_code == 200
        assert "Ask an administrator" in page.text
        assert "<form" not in page.text
        token = token_of(client.get("/login").text)
        answer = client.post("/account/forgot", data={"username": "ada", "csrf_token": token})
        assert answer.status_code == 200
        assert "Ask an administrator" in answer.text
        assert "on its way" not in client.get("/account/forgot?asked=1").text
        assert count(Job) == 0

    def test_it_needs_the_forms_token(self, client, inbox):
        assert client.post("/account/forgot", data={"username": "ada"}).status_code == 400
        assert count(Job) == 0

    def test_a_dead_link_leads_to_a_new_one_only_where_there_is_mail(self, app, client, monkeypatch):
        assert "/account/forgot" not in client.get("/account/reset/x").text
        assert "ask an administrator" in client.get("/account/reset/x").text
        monkeypatch.setitem(app.config["CANVASS"], "MAIL_URL", object())
        assert "/account/forgot" in client.get("/account/reset/x").text
        assert "/account/forgot" not in client.get("/account/welcome/x").text


FORGED = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}


class TestForgedHosts:
    def test_the_mail_knows_the_installation_by_its_setting(self, app, client, inbox, monkeypatch):
        make_user("ada", "viewer")
        monkeypatch.setitem(app.config, "PUBLIC_URL", "https://surveys.example.org/canvass")
        token = token_of(client.get("/account/forgot", headers=FORGED).text)
        client.post("/account/forgot", data={"username": "ada", "csrf_token": token}, headers=FORGED)
        work_off(app)
        assert link_in(inbox.messages[0]).startswith("https://surveys.example.org/canvass/account/reset/")
        assert "evil" not in inbox.messages[0].as_string()

    def test_so_does_the_page_that_shows_a_link(self, app, client, monkeypatch):
        monkeypatch.setitem(app.config, "PUBLIC_URL", "https://surveys.example.org")
        login(client, make_user("root"))
        nora = make_new()
        token = token_of(client.get("/admin/").text)
        # By hand: the test client keeps cookies by the name it asks.
        headers = {**FORGED, "Cookie": f"canvass={client.get_cookie('canvass').value}"}
        page = app.test_client(use_cookies=False).post(
            f"/admin/user/{nora.id}/invite", data={"csrf_token": token}, headers=headers
        )
        assert "https://surveys.example.org/account/welcome/" in page.text
        assert "evil" not in page.text

    def test_where_the_address_is_set_another_host_is_not_answered(self, make_app_for_tls):
        app, path = make_app_for_tls
        assert app.test_client().get(path, base_url="https://evil.example").status_code == 400


class TestConsole:
    @pytest.fixture
    def admin(self, client):
        admin = make_user("root")
        login(client, admin)
        return admin

    def test_inviting_shows_the_link_once(self, client, admin, post):
        nora = make_new(name="Nora Neu")
        page = send(client, f"/admin/user/{nora.id}/invite")
        assert page.status_code == 200
        assert page.headers["Cache-Control"] == "no-store"
        path = _path_on(page.text)
        assert "Invitation for Nora Neu" in page.text
        assert "It works once, until" in page.text
        assert "A mail" not in page.text
        other = client.application.test_client()
        assert post(path, FIELDS, by=other).location == "/admin/"
        entries = db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()
        assert entries == ["user.invite", "user.accept_invitation"]

    def test_it_says_whom_the_mail_goes_to(self, app, client, admin, inbox):
        nora = make_new()
        page = send(client, f"/admin/user/{nora.id}/invite")
        assert "on its way to nora@example.org" in page.text
        work_off(app)
        assert inbox.recipients == ["nora@example.org"]
        assert path_in(inbox) not in page.text

    def test_a_link_for_a_new_password(self, app, client, admin, post, inbox):
        ada = make_user("ada", "viewer")
        page = send(client, f"/admin/user/{ada.id}/reset-link")
        assert "Link for ada" in page.text
        assert "A mail" not in page.text
        assert count(Job) == 0
        other = client.application.test_client()
        assert post(_path_on(page.text), FIELDS, by=other).location == "/admin/"

    def test_it_warns_where_the_link_works_on_this_computer_at_most(self, app, client, admin, monkeypatch):
        nora = make_new()
        page = send(client, f"/admin/user/{nora.id}/invite").text
        assert "begins with http://127.0.0.1:8000, so it works on this computer at most" in page
        monkeypatch.setitem(app.config["CANVASS"], "PUBLIC_URL", "https://surveys.example.org")
        assert "on this computer" not in send(client, f"/admin/user/{nora.id}/invite").text

    @pytest.mark.parametrize(
        ("what", "fields"),
        [("invite", {}), ("reset-link", {"status": UserStatus.INACTIVE})],
        ids=["inviting the active", "a link for the inactive"],
    )
    def test_what_makes_no_sense_is_said_on_the_users_page(self, client, admin, what, fields):
        ada = make_user("ada", "viewer", **fields)
        answer = send(client, f"/admin/user/{ada.id}/{what}")
        assert (answer.status_code, answer.location) == (303, f"/admin/user/details/?id={ada.id}")
        assert "Only a" in client.get(answer.location).text
        assert count(OneTimeToken) == 0

    @pytest.mark.parametrize("what", ["invite", "reset-link"])
    def test_refusals(self, client, admin, what):
        gone = make_user("gone", "viewer")
        with unit_of_work():
            operations.delete_user(gone, actor=SYSTEM)
        for key in (gone.id, "0", "-1", "abc", "99999999999999999999", "1,2", "%00"):
            assert send(client, f"/admin/user/{key}/{what}").status_code in {400, 404}
        ada = make_user("ada", "viewer") if what == "reset-link" else make_new("ada")
        assert client.get(f"/admin/user/{ada.id}/{what}").status_code == 405
        assert client.post(f"/admin/user/{ada.id}/{what}").status_code == 400
        assert client.application.test_client().post(f"/admin/user/{ada.id}/{what}").status_code in {302, 303, 400}
        assert count(OneTimeToken) == 0

    @pytest.mark.parametrize("what", ["invite", "reset-link"])
    def test_forged_requests_of_those_who_may_not(self, app, what):
        target = make_user("ada", "administrator") if what == "reset-link" else make_new("ada", "administrator")
        for role, status in (
            (make_role("Changes users", user="RU:all"), 403),
            (make_role("Reads users", user="R:all"), 403),
            (make_role("Knows no users", survey="R:all"), 403),
        ):
            client = app.test_client()
            login(client, make_user(f"by{role.id}", role))
            assert send(client, f"/admin/user/{target.id}/{what}").status_code == status
        assert count(OneTimeToken) == 0
        assert count(AuditEntry) == 0

    def test_it_is_few_statements(self, app, client, admin):
        path = f"/admin/user/{make_new().id}/invite"
        token = token_of(client.get("/admin/").text)
        with count_statements(db.engine) as seen:
            client.post(path, data={"csrf_token": token})
        assert len(seen) <= 12, seen


def _path_on(page):
    found = re.search(r'value="http://127\.0\.0\.1:8000(/account/\w+/[\w-]{43})"', page)
    assert found
    return found.group(1)


def test_buttons_for_whoever_may(app):
    from admin_app.accounts.admin_links import link_actions

    admin, nora, ada = make_user("root"), make_new(), make_user("ada", "viewer")
    ina, reads = make_user("ina", status=UserStatus.INACTIVE), make_user("reads", make_role("Reads", user="R:all"))
    with app.test_request_context("/admin/"):
        urls = {user.username: [one["url"] for one in link_actions(user, admin)] for user in (nora, ada, ina, admin)}
        assert link_actions(nora, reads) == []
    assert urls == {
        "nora": [f"/admin/user/{nora.id}/invite"],
        "ada": [f"/admin/user/{ada.id}/reset-link"],
        "ina": [],
        "root": [],
    }


def test_an_accounts_password_is_the_old_one_until_then(post, links):
    assert post("/login", {"username": "ada", "password": PASSWORD}).location == "/admin/"
