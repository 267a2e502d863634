"""Passing a survey on: copied, listed, printed, shared with people, and what the history tells of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.surveys.models import Survey
from admin_app.surveys.queries import shares_of
from tests import factories
from tests.browser.accessibility import problems


@pytest.fixture
def survey_id(served_app: Flask) -> Iterator[int]:
    """An open survey of its own, which other tests do not count."""
    with served_app.app_context():
        made = factories.make_survey(opened=True, title="Lunch 2027", anonymous=True).id
        db.session.remove()
    yield made
    with served_app.app_context(), unit_of_work() as session:
        session.execute(db.update(Survey).where(Survey.id == made).values(deleted_at=now()))


def shared(app: Flask, survey_id: int) -> dict[str, str]:
    """With whom the survey is shared, as it is stored."""
    with app.app_context():
        found = {str(one): access for one, access in shares_of(db.session.get_one(Survey, survey_id))}
        db.session.remove()
    return found


def test_the_address_is_copied_and_the_survey_listed(staff: Page, survey_id: int) -> None:
    staff.context.grant_permissions(["clipboard-read", "clipboard-write"])
    staff.goto(f"/admin/survey/{survey_id}/share")
    staff.get_by_role("button", name="Copy", exact=True).click()
    expect(staff.get_by_text("Copied").first).to_be_visible()
    address = staff.get_by_label("Address of the form").input_value()
    assert staff.evaluate("navigator.clipboard.readText()") == address
    staff.get_by_role("button", name="Copy the text").click()
    assert address in staff.evaluate("navigator.clipboard.readText()")
    staff.get_by_role("button", name="List it on the front page").click()
    expect(staff.get_by_role("button", name="Take it off the front page")).to_be_visible()
    staff.goto("/")
    expect(staff.get_by_role("link", name="Lunch 2027")).to_be_visible()


def test_files_are_downloaded(staff: Page, survey_id: int) -> None:
    staff.goto(f"/admin/survey/{survey_id}/share")
    for kind in ("SVG", "PNG"):
        with staff.expect_download() as waiting:
            staff.get_by_role("link", name=kind).click()
        assert re.fullmatch(rf"qr-\w+\.{kind.lower()}", waiting.value.suggested_filename)


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_the_poster_is_one_page(staff: Page, survey_id: int, paper: str) -> None:
    staff.goto(f"/admin/survey/{survey_id}/share/poster")
    expect(staff.get_by_role("button", name="Print")).to_be_visible()
    assert len(re.findall(rb"/Type /Page\b(?!s)", staff.pdf(format=paper))) == 1
    staff.emulate_media(media="print")
    expect(staff.get_by_role("button", name="Print")).to_be_hidden()
    expect(staff.get_by_role("heading", name="Lunch 2027")).to_be_visible()


def test_without_scripts_everything_is_there(plain_staff: Page, survey_id: int) -> None:
    plain_staff.goto(f"/admin/survey/{survey_id}/share")
    expect(plain_staff.get_by_role("button", name="Copy", exact=True)).to_be_hidden()
    expect(plain_staff.get_by_role("img", name=re.compile("QR code"))).to_be_visible()
    plain_staff.get_by_role("button", name="List it on the front page").click()
    expect(plain_staff.get_by_text("listed there while it is open")).to_be_visible()
    plain_staff.get_by_role("link", name="Poster").click()
    expect(plain_staff.get_by_role("heading", name="Lunch 2027")).to_be_visible()
    expect(plain_staff.get_by_role("button", name="Print")).to_be_hidden()


def test_it_is_shared_by_typing_a_name_and_the_history_tells_it(staff: Page, served_app: Flask, survey_id: int) -> None:
    staff.goto(f"/admin/survey/{survey_id}/share")
    staff.get_by_role("link", name="Change who works with it").click()
    box = staff.get_by_role("combobox", name="Users who may edit")
    box.fill("reader7")
    found = staff.get_by_role("listbox", name="Users who may edit")
    found.get_by_role("option", name="reader7", exact=True).click()
    staff.get_by_role("button", name="Save", exact=True).click()
    expect(staff.get_by_text("was saved")).to_be_visible()
    assert shared(served_app, survey_id) == {"reader7": "edit"}
    staff.goto(f"/admin/survey/details/?id={survey_id}")
    staff.get_by_role("navigation", name="Parts of this record").get_by_role("link", name="History").click()
    event = staff.locator(".cv-history > li").first
    expect(event).to_contain_text("Sharing of the survey changed")
    expect(event).to_contain_text("reader7")
    assert problems(staff) == []


def test_a_copy_is_made_from_the_menu(staff: Page, served_app: Flask, survey_id: int) -> None:
    staff.goto(f"/admin/survey/details/?id={survey_id}")
    staff.get_by_role("button", name="More").click()
    staff.get_by_role("button", name="Duplicate").click()
    expect(staff.get_by_role("heading", name="Lunch 2027 (copy)")).to_be_visible()
    with served_app.app_context(), unit_of_work() as session:
        session.execute(db.update(Survey).where(Survey.title == "Lunch 2027 (copy)").values(deleted_at=now()))
