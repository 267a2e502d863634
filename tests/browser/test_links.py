"""Links in real browsers, with a real mail server between: inviting, forgetting, and who falls out."""

from __future__ import annotations

import os
import re
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask_migrate import upgrade
from playwright.sync_api import Browser, ConsoleMessage, Page, expect
from werkzeug.serving import make_server

from admin_app import create_app
from admin_app.accounts.models import User, UserStatus
from admin_app.core.db import db
from tests.accounts.mail import work_off
from tests.browser.accessibility import problems
from tests.conftest import SETTINGS
from tests.factories import PASSWORD, login, make_user
from tests.mailserver import Inbox, html_of, link_in, mail_server

NEW = "a quite new password"
# A folder to lay pictures of the pages into, for whoever wants to look at them.
SHOTS = os.environ.get("TEST_SHOTS")

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def inbox() -> Iterator[Inbox]:
    """Where the mail goes."""
    with mail_server() as server:
        yield server


@pytest.fixture(scope="module")
def place() -> str:
    """The address that the installation has, and tells in its mails."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


@pytest.fixture(scope="module")
def app(inbox: Inbox, place: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """An application that sends mail, served at `place`."""
    folder = tmp_path_factory.mktemp("links")
    settings = {"INSTANCE": folder, "DATABASE_URL": f"sqlite:///{folder / 'canvass.db'}"}
    app = create_app({**SETTINGS, **settings, "MAIL_URL": inbox.url, "PUBLIC_URL": place})
    with app.app_context():
        upgrade()
        make_user("anna", name="Anna Admin")
        db.session.remove()
    server = make_server("127.0.0.1", int(place.rsplit(":", 1)[1]), app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield app
    server.shutdown()
    thread.join()
    server.server_close()
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def open_browser(browser: Browser, place: str) -> Iterator[Open]:
    """Start another browser, with cookies of its own; what its pages complain of fails the test."""
    contexts, complaints = [], []

    def note(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or "Refused to" in message.text:
            complaints.append(message.text)

    def start(**options: Any) -> Page:
        context = browser.new_context(base_url=place, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", note)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        return page

    yield start
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def anna(app: Flask, open_browser: Open, place: str) -> Page:
    """The administrator's browser."""
    page = open_browser()
    with app.app_context():
        client = app.test_client()
        login(client, db.session.scalars(db.select(User).where(User.username == "anna")).one())
        cookie = client.get_cookie("canvass")
        db.session.remove()
    assert cookie is not None
    page.context.add_cookies([{"name": "canvass", "value": cookie.value, "url": place}])
    return page


def make(app: Flask, username: str, **fields: Any) -> int:
    with app.app_context():
        user_id = make_user(username, "viewer", **fields).id
        db.session.remove()
        return user_id


def send_mail(app: Flask) -> None:
    with app.app_context():
        work_off(app)
        db.session.remove()


def log_in(page: Page, name: str) -> None:
    page.goto("/login")
    page.get_by_label("User name or e-mail address").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/admin/")


def choose(page: Page, password: str = NEW) -> None:
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_label("The same password again").fill(password)
    page.get_by_role("button", name=re.compile("Set|Change")).click()


def look(page: Page, name: str) -> None:
    """Hold the page to axe and its width in both themes and on a phone."""
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
        for width in (1440, 375):
            page.set_viewport_size({"width": width, "height": 800})
            assert problems(page) == []
            assert page.evaluate("document.documentElement.scrollWidth") <= width
            if SHOTS:
                page.screenshot(path=f"{SHOTS}/{name}-{theme}-{width}.png", full_page=True)
    page.emulate_media(color_scheme="light")
    page.set_viewport_size({"width": 1280, "height": 800})


def test_inviting_somebody_who_sets_a_password_in_another_browser(
    app: Flask, anna: Page, open_browser: Open, inbox: Inbox
):
    nora = make(app, "nora", name="Nora Neu", status=UserStatus.NEW, password_hash=None)
    anna.goto(f"/admin/user/details/?id={nora}")
    anna.get_by_role("button", name="Invite").click()
    expect(anna.get_by_role("heading", level=1)).to_have_text("Invitation for Nora Neu")
    expect(anna.get_by_text("on its way to nora@example.org")).to_be_visible()
    look(anna, "link-invite")
    shown = anna.get_by_label("Link", exact=True).input_value()

    send_mail(app)
    mailed = link_in(inbox.messages[-1])
    assert mailed != shown

    other = open_browser()
    other.goto(mailed)
    expect(other.get_by_role("heading", level=1)).to_have_text("Welcome")
    look(other, "welcome")
    choose(other, "short")
    expect(other.locator(".cv-summary")).to_be_focused()
    look(other, "welcome-error")
    choose(other)
    other.wait_for_url("**/admin/")
    expect(other.get_by_text("Your password is set")).to_be_visible()

    # Neither link works any more, for anybody.
    third = open_browser()
    for link in (mailed, shown):
        answer = third.goto(link)
        assert answer is not None
        assert answer.status == 404
    look(third, "dead-invitation")


def test_the_link_can_be_copied(app: Flask, anna: Page):
    ada = make(app, "ada")
    anna.context.grant_permissions(["clipboard-read", "clipboard-write"])
    anna.goto(f"/admin/user/details/?id={ada}")
    anna.get_by_role("button", name="Link for a new password").click()
    look(anna, "link-reset")
    shown = anna.get_by_label("Link", exact=True).input_value()
    anna.get_by_role("button", name="Copy").click()
    expect(anna.get_by_role("button", name="Copied")).to_be_visible()
    expect(anna.get_by_role("status").get_by_text("Copied")).to_be_attached()
    assert anna.evaluate("() => navigator.clipboard.readText()") == shown
    expect(anna.get_by_role("button", name="Copy", exact=True)).to_be_visible()


def test_the_link_can_be_copied_where_scripts_have_no_clipboard(app: Flask, anna: Page):
    """As over plain http in the local network."""
    otto = make(app, "otto")
    anna.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    anna.goto(f"/admin/user/details/?id={otto}")
    anna.get_by_role("button", name="Link for a new password").click()
    anna.evaluate("() => addEventListener('copy', () => { window.seen = document.getSelection().toString() })")
    anna.get_by_role("button", name="Copy").click()
    expect(anna.get_by_role("button", name="Copied")).to_be_visible()
    expect(anna.get_by_role("button", name="Copied")).to_be_focused()


def test_the_link_is_there_without_scripts(app: Flask, anna: Page, open_browser: Open):
    rita = make(app, "rita")
    plain = open_browser(java_script_enabled=False)
    plain.context.add_cookies(anna.context.cookies())  # type: ignore[arg-type]
    plain.goto(f"/admin/user/details/?id={rita}")
    plain.get_by_role("button", name="Link for a new password").click()
    expect(plain.get_by_label("Link", exact=True)).to_have_value(re.compile("/account/reset/"))
    expect(plain.get_by_role("button", name="Copy")).to_be_hidden()


def test_who_forgot_a_password_gets_a_mail_and_the_old_session_falls_out(app: Flask, open_browser: Open, inbox: Inbox):
    make(app, "vera", name="Vera Vergessen", locale="en")
    old, new = open_browser(), open_browser()
    log_in(old, "vera")
    new.goto("/login")
    look(new, "login")
    new.get_by_role("link", name="Forgot your password?").click()
    look(new, "forgot")
    new.get_by_role("button", name="Mail me a link").click()
    expect(new.locator(".cv-summary")).to_be_focused()
    new.get_by_label("User name or e-mail address").fill("VERA@example.org")
    new.get_by_role("button", name="Mail me a link").click()
    expect(new.get_by_role("heading", level=1)).to_have_text("Look into your mail")
    look(new, "forgot-asked")

    send_mail(app)
    assert inbox.recipients[-1] == "vera@example.org"
    new.goto(link_in(inbox.messages[-1]))
    look(new, "reset")
    choose(new)
    new.wait_for_url("**/admin/")
    expect(new.get_by_text("logged out everywhere else")).to_be_visible()

    old.goto("/admin/")
    assert "/login" in old.url
    dead = open_browser()
    dead.goto(link_in(inbox.messages[-1]))
    look(dead, "dead-reset")
    dead.get_by_role("link", name="Ask for a new link").click()
    expect(dead.get_by_role("button", name="Mail me a link")).to_be_visible()


def test_without_scripts_it_is_the_same(app: Flask, open_browser: Open, inbox: Inbox):
    make(app, "karl")
    plain = open_browser(java_script_enabled=False)
    plain.goto("/account/forgot")
    plain.get_by_label("User name or e-mail address").fill("karl")
    plain.keyboard.press("Enter")
    expect(plain.get_by_role("heading", level=1)).to_have_text("Look into your mail")
    send_mail(app)
    plain.goto(link_in(inbox.messages[-1]))
    choose(plain)
    plain.wait_for_url("**/admin/")


def test_nothing_that_the_page_loads_carries_the_link(app: Flask, open_browser: Open, inbox: Inbox):
    """Proxies write down where requests for styles and scripts come from."""
    make(app, "paul")
    page = open_browser()
    page.goto("/account/forgot")
    page.get_by_label("User name or e-mail address").fill("paul")
    page.get_by_role("button", name="Mail me a link").click()
    page.wait_for_url("**/account/forgot?asked=1")
    send_mail(app)
    link = link_in(inbox.messages[-1])
    told: list[str] = []
    page.on("request", lambda request: told.append(request.headers.get("referer", "")))
    page.goto(link, wait_until="networkidle")
    assert len(told) > 3
    assert not any("/account/reset/" in one for one in told)


def test_the_mail_is_readable_and_loads_nothing(app: Flask, open_browser: Open, inbox: Inbox):
    make(app, "mia", name="Mia Mail")
    page = open_browser()
    page.goto("/account/forgot")
    page.get_by_label("User name or e-mail address").fill("mia")
    page.get_by_role("button", name="Mail me a link").click()
    page.wait_for_url("**/account/forgot?asked=1")
    send_mail(app)
    reader, asked = open_browser(), []
    reader.on("request", lambda request: asked.append(request.url))
    reader.set_content(html_of(inbox.messages[-1]))
    expect(reader.get_by_role("link", name="Choose a new password")).to_have_attribute(
        "href", link_in(inbox.messages[-1])
    )
    look(reader, "mail")
    assert asked == []
