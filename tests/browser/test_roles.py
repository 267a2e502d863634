"""A role made by keyboard, given, used and looked through, in two browsers."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from admin_app.accounts.models import Role, User
from admin_app.core.db import db
from tests import factories
from tests.browser.accessibility import problems


@pytest.fixture
def newcomer(served_app: Flask) -> str:
    """Somebody with a password and without a role."""
    with served_app.app_context():
        name = f"newcomer{db.session.scalar(db.select(db.func.count()).select_from(User))}"
        factories.make_user(name, None)
        db.session.remove()
    return name


@pytest.fixture
def role(served_app: Flask) -> int:
    """A role that three people have."""
    with served_app.app_context():
        number = db.session.scalar(db.select(db.func.count()).select_from(Role))
        made = factories.make_role(f"Crew {number}", "survey.publish", survey="R:all U:shared")
        for one in range(3):
            factories.make_user(f"crew{number}of{one}", made)
        db.session.remove()
    return made.id


@pytest.fixture
def second(browser: Browser, base_url: str) -> Iterator[Page]:
    """A second browser, in which nobody is logged in."""
    context = browser.new_context(base_url=base_url)
    page = context.new_page()
    page.set_default_timeout(10_000)
    yield page
    context.close()


def log_in(page: Page, name: str) -> None:
    page.goto("/login")
    page.get_by_label("User name or e-mail address").fill(name)
    page.get_by_label("Password", exact=True).fill(factories.PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/admin/")


def stored(app: Flask, name: str) -> Role:
    with app.app_context():
        found = db.session.scalars(db.select(Role).where(Role.name == name)).one()
        _ = (found.rights, found.id)
        db.session.remove()
    return found


def make_by_keyboard(page: Page, name: str) -> None:
    page.goto("/admin/role/new/")
    press = page.keyboard.press
    page.get_by_label("Name", exact=True).focus()
    page.keyboard.type(name)
    press("Tab")
    page.keyboard.type("See surveys, nothing else.")
    page.get_by_label("Surveys: see").focus()
    # A select takes the first letters of a choice; the next cell is one step on.
    page.keyboard.type("all")
    expect(page.get_by_label("Surveys: see")).to_have_value("3")
    press("Tab")
    expect(page.get_by_label("Surveys: change")).to_be_focused()
    press("ArrowDown")
    expect(page.get_by_label("Surveys: change")).to_have_value("1")
    expect(page.get_by_text("Unsaved changes")).to_be_visible()
    page.get_by_label("Download replies as a file.").focus()
    press("Space")
    press("Enter")
    page.wait_for_url("**/admin/role/details/**")


def give(page: Page, role: str, user: str) -> None:
    page.goto(f"/admin/user/?search={user}")
    page.get_by_role("row", name=user).get_by_role("link", name="Edit").click()
    page.get_by_label(role).check()
    page.get_by_role("button", name="Save", exact=True).click()
    page.wait_for_url("**/admin/user/**")


def try_what_is_not_allowed(page: Page, role: int) -> None:
    for path in ("/admin/user/", "/admin/role/", "/admin/reply/", "/admin/survey/new/"):
        answer = page.goto(path)
        assert answer is not None
        assert answer.status == 403, path
    page.goto("/admin/survey/")
    token = str(page.get_attribute("meta[name=csrf-token]", "content"))
    for path, fields in (
        ("/admin/role/new/", {"name": "Forged", "grants-user-D": "3"}),
        ("/admin/survey/delete/", {"id": "1", "confirmed": "1"}),
        (f"/admin/role/edit/?id={role}", {"name": "Forged", "grants-user-D": "3", "confirmed": "1"}),
        ("/admin/role/view-as/", {"id": str(role)}),
    ):
        forged = page.request.post(path, form={**fields, "csrf_token": token})
        assert forged.status in {403, 404}, path


def test_a_role_by_keyboard_given_to_somebody_who_then_sees_only_what_he_may(
    staff: Page, second: Page, served_app: Flask, newcomer: str
):
    name = f"Readers of {newcomer}"
    make_by_keyboard(staff, name)
    role = stored(served_app, name)
    assert {key: scope.value for key, scope in role.rights.grants.items()} == {("survey", "R"): 3, ("survey", "U"): 1}
    assert role.rights.abilities == {"reply.export"}
    give(staff, name, newcomer)

    log_in(second, newcomer)
    paths = [link.get_attribute("href") for link in second.locator(".cv-sidebar .cv-nav-link").all()]
    assert paths == ["/admin/", "/admin/survey/"]
    second.goto("/admin/survey/")
    expect(second.get_by_role("rowheader").first).to_be_visible()
    expect(second.get_by_role("link", name="Create survey")).to_have_count(0)
    try_what_is_not_allowed(second, role.id)
    assert ("user", "D") not in stored_by_id(served_app, role.id)


def stored_by_id(app: Flask, role_id: int) -> set[tuple[str, str]]:
    with app.app_context():
        found = {(key[0], str(key[1])) for key in db.session.get_one(Role, role_id).rights.grants}
        db.session.remove()
    return found


def test_what_a_change_does_is_a_dialog_and_closing_it_keeps_what_was_typed(
    staff: Page, second: Page, served_app: Flask, role: int
):
    staff.goto(f"/admin/role/edit/?id={role}")
    staff.get_by_label("Jobs: see").select_option("3")
    staff.get_by_label("Surveys: change").select_option("")
    staff.get_by_role("button", name="Save the role").click()
    dialog = staff.get_by_role("dialog")
    expect(dialog.get_by_role("heading", level=2).first).to_contain_text("Save the role")
    expect(dialog).to_contain_text("3 users gain")
    expect(dialog).to_contain_text("see jobs")
    expect(dialog).to_contain_text("3 users lose")
    expect(dialog.get_by_role("button")).to_have_count(1)
    assert problems(staff) == []
    dialog.get_by_role("link", name="Cancel").click()
    expect(dialog).to_have_count(0)
    expect(staff.get_by_label("Jobs: see")).to_have_value("3")
    assert ("job", "R") not in stored_by_id(served_app, role)
    staff.get_by_role("button", name="Save the role").click()
    dialog.get_by_role("button", name="Save the role").click()
    staff.wait_for_url("**/admin/role/details/**")
    assert ("job", "R") in stored_by_id(served_app, role)


def test_nobody_affected_is_saved_without_a_question(staff: Page, served_app: Flask, role: int):
    staff.goto(f"/admin/role/edit/?id={role}")
    staff.get_by_label("What it is for").fill("Only words.")
    staff.get_by_role("button", name="Save the role").click()
    staff.wait_for_url("**/admin/role/details/**")
    expect(staff.get_by_text("Only words.")).to_be_visible()
    with served_app.app_context():
        assert db.session.get_one(Role, role).lock_version == 2
        db.session.remove()


def test_without_scripts_the_question_is_a_page_with_a_way_back(plain_staff: Page, served_app: Flask, role: int):
    page = plain_staff
    page.goto(f"/admin/role/edit/?id={role}")
    expect(page.locator("[data-fill]").first).to_be_hidden()
    page.get_by_label("Jobs: see").select_option("3")
    page.get_by_role("button", name="Save the role").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Save the role")
    page.get_by_role("button", name="Change it once more").click()
    expect(page.get_by_label("Jobs: see")).to_have_value("3")
    page.get_by_label("Settings: see").select_option("3")
    page.get_by_role("button", name="Save the role").click()
    page.get_by_role("button", name="Save the role").click()
    assert {("job", "R"), ("setting", "R")} <= stored_by_id(served_app, role)


def test_a_row_and_a_column_are_filled_at_once(staff: Page):
    staff.goto("/admin/role/new/")
    staff.get_by_role("button", name="Choose for the whole row: Surveys").click()
    staff.locator(":popover-open").get_by_role("button", name="own and shared").click()
    expect(staff.get_by_label("Surveys: see")).to_have_value("2")
    expect(staff.get_by_label("Surveys: delete")).to_have_value("2")
    # Nothing can be shared before it is there.
    expect(staff.get_by_label("Surveys: create")).to_have_value("")
    staff.get_by_role("button", name="Choose for all records: See").press("Enter")
    staff.locator(":popover-open").get_by_role("button", name="all", exact=True).press("Enter")
    for records in ("Users", "Surveys", "Jobs", "Settings"):
        expect(staff.get_by_label(f"{records}: see")).to_have_value("3")
    expect(staff.get_by_label("Jobs: delete")).to_have_value("")
    expect(staff.get_by_text("Unsaved changes")).to_be_visible()


def test_a_role_that_somebody_has_is_not_deleted(staff: Page, role: int):
    staff.goto(f"/admin/role/details/?id={role}")
    expect(staff.get_by_role("button", name="Delete …")).to_be_disabled()
    expect(staff.get_by_text("3 users have this role; take it away from them first.")).to_be_visible()


@pytest.mark.parametrize("width", [1440, 375])
def test_view_as(staff: Page, served_app: Flask, width: int):
    staff.set_viewport_size({"width": width, "height": 900})
    role = stored(served_app, "Viewer")
    staff.goto(f"/admin/role/details/?id={role.id}")
    staff.get_by_role("button", name="View as this role").click()
    banner = staff.get_by_role("region", name="View as a role")
    expect(banner).to_contain_text("You see the console as “Viewer”. Nothing can be changed.")
    paths = [link.get_attribute("href") for link in staff.locator(".cv-sidebar .cv-nav-link").all()]
    assert paths == ["/admin/", "/admin/survey/", "/admin/question/", "/admin/reply/"]
    staff.goto("/admin/survey/")
    expect(banner).to_be_visible()
    assert problems(staff) == []
    staff.evaluate("() => scrollTo(0, 10000)")
    expect(banner).to_be_in_viewport()
    staff.goto("/account/password")
    expect(banner).to_be_visible()
    staff.get_by_label("Current password").fill(factories.PASSWORD)
    staff.get_by_label("New password").fill("a new one for me")
    staff.get_by_label("The same password again").fill("a new one for me")
    staff.get_by_role("button", name="Change the password").click()
    expect(staff.get_by_text(re.compile("Nothing can be changed")).first).to_be_visible()
    staff.goto("/admin/")
    banner.get_by_role("button", name="Stop").click()
    staff.wait_for_url("**/admin/role/details/**")
    expect(banner).to_have_count(0)
    expect(staff.get_by_role("link", name="Edit")).to_be_visible()


@pytest.mark.parametrize("width", [1440, 375])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_is_greyed_and_what_is_asked_are_accessible(
    page: Page, served_app: Flask, base_url: str, theme: str, width: int
):
    """For somebody who holds some rights; the administrator's pages are walked elsewhere."""
    with served_app.app_context():
        number = db.session.scalar(db.select(db.func.count()).select_from(Role))
        desk = factories.make_role(f"Desk {number}", "survey.publish", role="CRUD:all", survey="CRU:all", reply="R:own")
        small = factories.make_role(f"Small {number}", survey="CR:all", reply="R:own")
        name = factories.make_user(f"desk{number}", desk).username
        factories.make_user(f"small{number}", small)
        db.session.remove()
    page.context.add_cookies([{"name": "theme", "value": theme, "url": base_url}])
    page.set_viewport_size({"width": width, "height": 900})
    log_in(page, name)
    found: list[str] = []
    for path in ("new/", f"edit/?id={small.id}", f"edit/?id={desk.id}", f"details/?id={small.id}", "details/?id=1"):
        page.goto(f"/admin/role/{path}")
        found += problems(page)
        assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth"), path
    page.goto(f"/admin/role/edit/?id={small.id}")
    page.get_by_label("Surveys: change").select_option("2")
    page.get_by_role("button", name="Save the role").click()
    expect(page.get_by_role("dialog")).to_contain_text("1 user gains")
    assert [*found, *problems(page)] == []
