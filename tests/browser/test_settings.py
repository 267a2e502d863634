"""The settings page in a browser: Enter saves, a default is one press away, and nothing typed gets lost on the way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from admin_app.core.db import db, unit_of_work
from admin_app.settings.models import StoredSetting
from admin_app.settings.queries import forget

PAGE = "/admin/setting/"


@pytest.fixture(autouse=True)
def _as_they_come(served_app: Flask) -> Iterator[None]:
    """Other tests find the settings as they are by default."""
    yield
    with served_app.app_context():
        with unit_of_work() as session:
            session.execute(db.delete(StoredSetting))
        forget()
        db.session.remove()


def test_enter_saves(staff: Page):
    """The buttons that reset one setting stand before the one that saves."""
    staff.goto(PAGE)
    staff.get_by_role("spinbutton", name="A login lasts").fill("8")
    expect(staff.get_by_text("Unsaved changes")).to_be_visible()
    staff.keyboard.press("Enter")
    expect(staff.get_by_text("One setting is saved.")).to_be_visible()
    staff.get_by_role("spinbutton", name="Failed logins allowed").fill("7")
    staff.keyboard.press("Enter")
    expect(staff.get_by_text("One setting is saved.")).to_be_visible()
    expect(staff.get_by_role("spinbutton", name="A login lasts")).to_have_value("8")
    expect(staff.get_by_role("spinbutton", name="Failed logins allowed")).to_have_value("7")


def test_one_default_is_brought_back_and_the_rest_stays_typed(staff: Page):
    staff.goto(PAGE)
    staff.get_by_role("spinbutton", name="A login lasts").fill("8")
    staff.keyboard.press("Enter")
    expect(staff.get_by_text("One setting is saved.")).to_be_visible()
    staff.get_by_role("spinbutton", name="Failed logins allowed").fill("7")
    staff.get_by_role("button", name="Use the default of “A login lasts”").click()
    expect(staff.get_by_text("has its default again")).to_be_visible()
    expect(staff.get_by_role("spinbutton", name="A login lasts")).to_have_value("12")
    expect(staff.get_by_role("spinbutton", name="Failed logins allowed")).to_have_value("7")
    expect(staff.get_by_text("Unsaved changes")).to_be_visible()


def test_errors_stand_at_their_fields_and_take_the_focus(staff: Page):
    staff.goto(PAGE)
    staff.get_by_label("Log out when idle for").fill("3")
    staff.get_by_label("Name of the organisation").fill("")
    staff.get_by_role("button", name="Save", exact=True).click()
    summary = staff.get_by_role("alert", name="2 fields need another look")
    expect(summary).to_be_focused()
    summary.get_by_role("link", name="Log out when idle for").click()
    expect(staff.get_by_label("Log out when idle for")).to_be_focused()
    expect(staff.get_by_label("Log out when idle for")).to_have_value("3")


def test_it_works_without_scripts(plain_staff: Page):
    plain_staff.goto(PAGE)
    plain_staff.get_by_label("Name of the organisation").fill("Acme")
    plain_staff.get_by_role("button", name="Save", exact=True).click()
    expect(plain_staff.get_by_text("One setting is saved.")).to_be_visible()
    assert plain_staff.title() == "Settings · Acme"


def test_what_is_fixed_cannot_be_typed_in(staff: Page):
    staff.goto(PAGE)
    expect(staff.get_by_label("Filling in a form takes at least")).to_be_disabled()
    expect(staff.get_by_text("Fixed by CANVASS_MINIMUM_FILL_SECONDS")).to_be_visible()
