"""One person, two browsers: sessions, language, time zone, colours, and what lists remember."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect

from admin_app.accounts.models import User, UserSession
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from tests import factories
from tests.browser.accessibility import problems

BACKGROUND = "() => getComputedStyle(document.body).backgroundColor"
LIGHT, DARK = "rgb(255, 255, 255)", "rgb(15, 20, 25)"

Open = Callable[..., Page]


@pytest.fixture
def somebody(served_app: Flask) -> str:
    """The name of an administrator of this test's own."""
    with served_app.app_context():
        number = db.session.scalar(db.select(db.func.count()).select_from(User))
        name = f"somebody{number}"
        factories.make_user(name, name="Sam Body")
        db.session.remove()
    return name


@pytest.fixture
def browsers(browser: Browser, base_url: str) -> Iterator[Open]:
    """Open a browser of its own and log in with it by the form."""
    opened: list[BrowserContext] = []
    complaints: list[str] = []

    def start(name: str, *, keep: bool = False, **options: object) -> Page:
        context = browser.new_context(base_url=base_url, **options)  # type: ignore[arg-type]
        opened.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
        log_in(page, name, keep=keep)
        return page

    yield start
    for context in opened:
        context.close()
    assert complaints == []


def log_in(page: Page, name: str, *, keep: bool = False) -> None:
    page.goto("/login")
    page.fill("[name=username]", name)
    page.fill("[name=password]", factories.PASSWORD)
    if keep:
        page.get_by_label("Keep me signed in").check()
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/admin/")


def log_out(page: Page) -> None:
    page.click("[popovertarget=user-menu]")
    page.locator("#user-menu form button").click()
    page.wait_for_url("**/login")


def test_a_session_is_ended_and_the_other_browser_falls_out(browsers: Open, somebody: str):
    here, there = browsers(somebody), browsers(somebody, keep=True)
    there.goto("/admin/survey/")
    here.click("[popovertarget=user-menu]")
    here.get_by_role("link", name="Where you are logged in").click()
    rows = here.locator(".cv-sessions > li")
    expect(rows).to_have_count(2)
    this = rows.filter(has_text="This browser")
    expect(this.get_by_role("button")).to_have_count(0)
    other = rows.filter(has_text="Stays signed in")
    expect(other).to_contain_text("Chrome on Linux")
    expect(other).to_contain_text("The computer that Canvass runs on")
    assert problems(here) == []
    other.get_by_role("button", name="Log out").click()
    expect(here.locator(".cv-toasts")).to_contain_text("That browser is logged out.")
    expect(rows).to_have_count(1)
    there.get_by_role("link", name="Users").click()
    expect(there).to_have_url(re.compile(r"/login\?next="))
    expect(there.locator("main")).to_contain_text("Your session has ended.")
    here.goto("/admin/user/")
    expect(here.get_by_role("heading", level=1)).to_contain_text("Users")


def test_all_others_at_once(browsers: Open, somebody: str):
    here, *others = (browsers(somebody) for _ in range(3))
    here.goto("/account/sessions")
    here.get_by_role("button", name="Log out everywhere else").click()
    expect(here.locator(".cv-toasts")).to_contain_text("2 browsers are logged out.")
    for there in others:
        there.goto("/account/")
        expect(there).to_have_url(re.compile(r"/login\?next=/account/"))


def test_who_idled_comes_back_to_where_he_was(browsers: Open, somebody: str, served_app: Flask):
    page = browsers(somebody)
    page.goto("/admin/survey/?search=Working")
    with served_app.app_context(), unit_of_work() as session:
        session.execute(
            db.update(UserSession)
            .where(UserSession.user_id.in_(db.select(User.id).where(User.username == somebody)))
            .values(last_seen_at=dt.datetime(2020, 1, 1, tzinfo=dt.UTC))
        )
    page.reload()
    expect(page.locator("main")).to_contain_text("because nothing happened for 60 minutes")
    assert problems(page) == []
    page.fill("[name=username]", somebody)
    page.fill("[name=password]", factories.PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page).to_have_url(re.compile(r"/admin/survey/\?search=Working"))


def test_who_types_is_not_idle(browsers: Open, somebody: str):
    page = browsers(somebody)
    page.clock.install()
    page.goto("/account/")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.fill("[name=name]", "Sam")
    assert not [url for url in asked if url.endswith("/account/here")]
    page.clock.fast_forward("05:00")
    with page.expect_response("**/account/here") as answer:
        page.locator("[name=name]").press_sequentially("uel")
    assert answer.value.status == 204
    assert len([url for url in asked if url.endswith("/account/here")]) == 1


def test_the_language_is_german_at_once_and_english_again(browsers: Open, somebody: str):
    page = browsers(somebody)
    page.goto("/account/")
    page.locator("[name=locale]").select_option("de")
    page.locator(".cv-form-footer button").first.click()
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Your account")
    page.goto("/admin/user/")
    expect(page.locator("html")).to_have_attribute("lang", "de")
    expect(page.get_by_role("heading", level=1)).not_to_contain_text("Users")
    assert problems(page) == []
    page.goto("/account/")
    page.locator("[name=locale]").select_option("en")
    page.locator(".cv-form-footer button").first.click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")


def test_the_time_zone_is_found_by_typing_and_holds_for_every_time(browsers: Open, somebody: str):
    page = browsers(somebody, timezone_id="America/Los_Angeles")
    page.goto("/account/")
    page.locator(".ts-control").click()
    page.keyboard.type("tokyo")
    page.get_by_role("option", name="Asia/Tokyo").click()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".cv-toasts")).to_contain_text("Your profile was saved.")
    page.goto("/account/sessions")
    exact = page.locator(".cv-sessions time").first.get_attribute("title")
    assert exact is not None
    assert exact.endswith(("GMT+9", "JST"))
    # And back: choosing nothing is a choice that can be found again.
    page.goto("/account/")
    page.locator(".ts-control").click()
    page.get_by_role("option", name="As the installation has it: UTC").click()
    page.get_by_role("button", name="Save").click()
    page.goto("/account/sessions")
    assert page.locator(".cv-sessions time").first.get_attribute("title").endswith("UTC")  # type: ignore[union-attr]


def test_the_colours_come_along_to_another_browser(browsers: Open, somebody: str):
    here = browsers(somebody)
    here.click("[popovertarget=user-menu]")
    with here.expect_response("**/account/theme") as answer:
        here.click("[data-theme=dark]")
    assert answer.value.status == 204
    there = browsers(somebody)
    assert there.evaluate(BACKGROUND) == DARK
    assert there.get_attribute("[data-theme=dark]", "aria-pressed") == "true"
    there.goto("/account/")
    expect(there.get_by_role("radio", name="Dark")).to_be_checked()
    there.get_by_role("radio", name="Light").check()
    there.get_by_role("button", name="Save").click()
    expect(there.locator(".cv-toasts")).to_contain_text("saved")
    assert there.evaluate(BACKGROUND) == LIGHT


def test_a_switch_of_colours_works_though_the_server_is_away(browsers: Open, somebody: str):
    page = browsers(somebody)
    page.route("**/account/theme", lambda route: route.abort())
    page.click("[popovertarget=user-menu]")
    page.click("[data-theme=dark]")
    assert page.evaluate(BACKGROUND) == DARK
    page.goto("/admin/user/")
    assert page.evaluate(BACKGROUND) == DARK


def test_a_column_that_is_hidden_stays_hidden_after_logging_out(browsers: Open, somebody: str):
    page = browsers(somebody)
    page.goto("/admin/user/?search=reader")
    columns = page.locator("thead th")
    before = columns.count()
    page.get_by_role("button", name="View", exact=True).click()
    menu = page.locator("#view-options")
    # The first column is the link to the record, and stays.
    expect(menu.get_by_role("checkbox", name="User name")).to_have_count(0)
    menu.get_by_role("checkbox", name="E-mail address").uncheck()
    menu.get_by_label("Sorted by").select_option("Name")
    menu.get_by_label("Direction").select_option("Descending")
    menu.get_by_label("Rows per page").select_option("50")
    assert problems(page) == []
    menu.get_by_role("button", name="Save").click()
    expect(page.locator(".cv-toasts")).to_contain_text("from now on this list opens like this")
    expect(page).to_have_url(re.compile(r"/admin/user/\?search=reader$"))
    expect(columns).to_have_count(before - 1)
    log_out(page)
    log_in(page, somebody)
    page.goto("/admin/user/?search=reader")
    expect(page.locator("thead")).not_to_contain_text("E-mail address")
    expect(page.locator("thead [aria-sort=descending]")).to_contain_text("Name")
    expect(page.locator("tbody tr")).to_have_count(25)
    # What htmx swaps in has the same columns, and its menu works.
    page.get_by_role("searchbox").fill("reader1")
    page.keyboard.press("Enter")
    expect(page.locator("tbody tr")).to_have_count(11)
    expect(page.locator("thead")).not_to_contain_text("E-mail address")
    page.get_by_role("button", name="View", exact=True).click()
    menu.get_by_role("button", name="Back to the defaults").click()
    expect(columns).to_have_count(before)


def test_a_list_is_arranged_without_scripts(browsers: Open, somebody: str):
    page = browsers(somebody, java_script_enabled=False)
    page.goto("/admin/user/")
    page.get_by_role("button", name="View", exact=True).click()
    page.locator("#view-options").get_by_role("checkbox", name="Status").uncheck()
    page.locator("#view-options").get_by_role("button", name="Save").click()
    expect(page.locator("thead")).not_to_contain_text("Status")


@pytest.mark.parametrize("scripts", [True, False])
def test_tiles_are_put_in_order(browsers: Open, somebody: str, scripts: bool):
    page = browsers(somebody, java_script_enabled=scripts)
    page.goto("/admin/")
    page.get_by_role("link", name="Customise").click()
    page.wait_for_load_state()
    rows = page.locator(".cv-order > li")
    first, second = rows.nth(0).inner_text().strip(), rows.nth(1).inner_text().strip()
    page.get_by_role("button", name=f"Move “{second}” up").click()
    expect(rows.nth(0)).to_contain_text(second)
    expect(rows.nth(1)).to_contain_text(first)
    if scripts:
        expect(page.locator("[data-order-said]")).to_have_text(re.compile(f"“{second}” is number 1 of"))
        expect(page.locator("[data-unsaved]")).to_be_visible()
        assert problems(page) == []
    page.get_by_role("checkbox", name="Roles").uncheck()
    page.get_by_role("button", name="Save").click()
    tiles = page.locator(".cv-stat-label")
    expect(tiles.nth(0)).to_contain_text(second)
    expect(tiles.filter(has_text="Roles")).to_have_count(0)


def test_whoever_asked_for_it_stays_signed_in_when_the_browser_is_closed(
    browser: Browser, base_url: str, somebody: str
):
    for keep in (True, False):
        context = browser.new_context(base_url=base_url)
        log_in(context.new_page(), somebody, keep=keep)
        cookie = next(one for one in context.cookies() if one["name"] == "canvass")
        days = (cookie["expires"] - dt.datetime.now(dt.UTC).timestamp()) / 86400  # noqa: TID251
        assert (29 < days <= 30) if keep else cookie["expires"] == -1
        context.close()


def test_the_password_again_before_rights_are_changed(staff: Page, served_app: Flask) -> None:
    """By keyboard: it is wrong at first, and the page that was asked for comes after it."""
    with served_app.app_context():
        with unit_of_work() as session:
            session.execute(db.update(UserSession).values(confirmed_at=now() - dt.timedelta(hours=3)))
        db.session.remove()
    staff.goto("/admin/role/new/")
    expect(staff.get_by_role("heading", name="Confirm that it is you")).to_be_visible()
    expect(staff.get_by_label("Password")).to_be_focused()
    assert problems(staff) == []
    staff.keyboard.type("not this one")
    staff.keyboard.press("Enter")
    expect(staff.get_by_text("This is not your password.").first).to_be_visible()
    staff.get_by_label("Password").fill(factories.PASSWORD)
    staff.keyboard.press("Enter")
    expect(staff.get_by_role("heading", name="Create role")).to_be_visible()
