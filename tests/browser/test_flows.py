"""What staff do with lists and forms, with scripts and without."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from admin_app.accounts.models import User
from admin_app.core.db import db
from tests import factories


@pytest.fixture
def victim(served_app: Flask) -> User:
    """Somebody who may be deleted."""
    with served_app.app_context():
        name = f"victim{db.session.scalar(db.select(db.func.count()).select_from(User))}"
        user = factories.make_user(name, None)
        db.session.remove()
    return user


def deleted(app: Flask, user: User) -> bool:
    with app.app_context():
        row = db.session.get(User, user.id)
        gone = row is None or row.deleted_at is not None
        db.session.remove()
    return gone


def test_without_scripts_deleting_asks_first_on_a_page(plain_staff: Page, served_app: Flask, victim: User):
    page = plain_staff
    page.goto(f"/admin/user/?search={victim.username}")
    page.get_by_role("row", name=victim.username).get_by_role("button", name="Delete").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Delete")
    assert not deleted(served_app, victim)
    page.get_by_role("link", name="Cancel").click()
    assert not deleted(served_app, victim)
    page.goto(f"/admin/user/edit/?id={victim.id}")
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    assert deleted(served_app, victim)


def test_with_scripts_the_question_is_a_dialog(staff: Page, served_app: Flask, victim: User):
    staff.goto(f"/admin/user/?search={victim.username}")
    staff.get_by_role("row", name=victim.username).get_by_role("button", name="Delete").click()
    dialog = staff.get_by_role("dialog")
    expect(dialog).to_contain_text(victim.username)
    staff.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert not deleted(served_app, victim)
    staff.get_by_role("row", name=victim.username).get_by_role("button", name="Delete").click()
    dialog.get_by_role("button", name="Delete", exact=True).click()
    staff.wait_for_load_state()
    expect(staff.get_by_role("dialog")).to_have_count(0)
    assert deleted(served_app, victim)


def test_the_bar_rises_counts_and_leaves(staff: Page):
    staff.goto("/admin/user/")
    bar = staff.locator("#bulk")
    boxes = staff.locator("input[name=rowid]")
    expect(bar).to_be_hidden()
    boxes.nth(1).check()
    expect(bar).to_be_visible()
    expect(bar).to_contain_text("1 selected")
    boxes.nth(4).click(modifiers=["Shift"])
    expect(bar).to_contain_text("4 selected")
    expect(staff.locator("[data-action=check-all]")).to_have_js_property("indeterminate", value=True)
    staff.keyboard.press("Escape")
    expect(bar).to_be_hidden()
    staff.locator("[data-action=check-all]").check()
    expect(bar).to_contain_text("20 selected")


def test_a_bulk_action_asks_and_then_does(staff: Page, served_app: Flask, victim: User):
    staff.goto(f"/admin/user/?search={victim.username}")
    staff.locator("input[name=rowid]").check()
    staff.locator("#bulk").get_by_role("button", name="Deactivate").click()
    dialog = staff.get_by_role("dialog")
    expect(dialog.get_by_role("heading").first).to_contain_text("Deactivate 1")
    dialog.get_by_role("button", name="Deactivate").click()
    expect(staff.locator(".cv-toasts")).to_contain_text("deactivated")
    with served_app.app_context():
        row = db.session.get(User, victim.id)
        assert row is not None
        assert row.status.value == "inactive"
        db.session.remove()


def test_without_scripts_a_bulk_action_asks_on_a_page(plain_staff: Page, victim: User):
    plain_staff.goto(f"/admin/user/?search={victim.username}")
    plain_staff.locator("input[name=rowid]").check()
    plain_staff.locator("#bulk").get_by_role("button", name="Deactivate").click()
    expect(plain_staff.get_by_role("heading", level=1)).to_contain_text("Deactivate 1")


def test_sorting_and_searching_keep_the_page_and_the_address(staff: Page):
    staff.goto("/admin/user/")
    staff.evaluate("() => { document.body.dataset.same = '1' }")
    staff.get_by_role("columnheader", name="User name").get_by_role("link").click()
    expect(staff.locator("th[aria-sort=descending]")).to_have_count(1)
    staff.get_by_role("searchbox").fill("reader1")
    staff.keyboard.press("Enter")
    expect(staff.locator("#list-count")).to_have_text(re.compile("^1[01]$"))
    assert "search=reader1" in staff.url
    # Only the list was replaced.
    assert staff.get_attribute("body", "data-same") == "1"
    staff.go_back()
    expect(staff.locator("#list-count")).not_to_have_text("11")


def test_filters_show_their_values_and_go_one_by_one(staff: Page):
    staff.goto("/admin/user/")
    staff.get_by_role("button", name="Filter").click()
    staff.get_by_text("Role", exact=True).click()
    choice = staff.locator("details[open]").get_by_role("link", name="Viewer")
    # The number comes when the choices are looked at.
    expect(choice.locator(".cv-facet-count")).to_have_text("25")
    choice.click()
    chip = staff.locator(".cv-chip")
    expect(chip).to_contain_text("Viewer")
    expect(staff.locator("#list-count")).to_have_text("25")
    chip.get_by_role("link").click()
    expect(chip).to_have_count(0)


def test_filters_work_without_scripts(plain_staff: Page):
    plain_staff.goto("/admin/user/")
    plain_staff.get_by_role("button", name="Filter").click()
    plain_staff.get_by_text("Role", exact=True).click()
    plain_staff.locator("details[open]").get_by_role("link", name="Viewer").click()
    expect(plain_staff.locator(".cv-chip")).to_contain_text("Viewer")


def test_the_drawer_of_a_phone_opens_without_scripts(plain_staff: Page):
    plain_staff.set_viewport_size({"width": 375, "height": 800})
    plain_staff.goto("/admin/")
    sidebar = plain_staff.locator("#sidebar")
    expect(sidebar).to_be_hidden()
    plain_staff.get_by_role("link", name="Open the menu").click()
    expect(sidebar).to_be_visible()
    sidebar.get_by_role("link", name="Users").click()
    expect(plain_staff.get_by_role("heading", level=1)).to_have_text("Users")


def test_a_form_says_what_is_wrong_and_keeps_what_was_typed(staff: Page):
    staff.goto("/admin/user/new/")
    staff.fill("[name=name]", "Somebody with a long name")
    staff.get_by_role("button", name="Save", exact=True).click()
    summary = staff.locator(".cv-summary")
    expect(summary).to_be_focused()
    summary.get_by_role("link").first.click()
    expect(staff.locator("[name=username]")).to_have_attribute("aria-invalid", "true")
    expect(staff.locator("[name=name]")).to_have_value("Somebody with a long name")


def test_what_is_not_saved_is_said(staff: Page):
    staff.goto("/admin/user/new/")
    expect(staff.get_by_text("Unsaved changes")).to_be_hidden()
    staff.fill("[name=name]", "x")
    expect(staff.get_by_text("Unsaved changes")).to_be_visible()


def test_logging_out_is_a_post(staff: Page):
    staff.goto("/admin/")
    staff.click("[popovertarget=user-menu]")
    staff.get_by_role("button", name="Log out").click()
    staff.wait_for_url("**/login**")
    staff.goto("/admin/")
    assert "/login" in staff.url
