"""Going through replies by keyboard: from the list to one, changed, judged, taken back, and on to the next."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from admin_app.accounts.models import User
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.surveys.models import Survey
from tests import factories
from tests.browser.accessibility import problems


@pytest.fixture
def survey(served_app: Flask) -> Iterator[int]:
    """A survey of the administrator's with four replies; it leaves the lists again."""
    with served_app.app_context():
        anna = db.session.scalars(db.select(User).where(User.username == "anna")).one()
        made = factories.make_survey(owner=anna, opened=True)
        for number in range(4):
            factories.make_reply(made, factories.SAMPLE_ANSWERS | {"age": 30 + number, "comment": None})
        survey_id = made.id
        db.session.remove()
    yield survey_id
    with served_app.app_context(), unit_of_work() as session:
        session.execute(db.update(Survey).where(Survey.id == survey_id).values(deleted_at=now()))


def answer(page: Page, key: str) -> str:
    return page.locator("dl.cv-details > div", has=page.locator("code", has_text=key)).first.inner_text()


def test_from_the_list_to_details_to_a_changed_answer(staff: Page, survey: int) -> None:
    staff.goto(f"/admin/survey/{survey}/replies")
    staff.get_by_role("link", name="Answers", exact=True).press("Enter")
    expect(staff.get_by_role("columnheader", name="Your age")).to_be_visible()
    assert staff.locator("tbody tr").first.locator("td").filter(has_text="Skipped").count() == 1
    assert problems(staff) == []
    staff.locator("tbody th a").first.press("Enter")
    expect(staff.get_by_role("heading", level=1)).to_contain_text("Reply ")
    assert problems(staff) == []
    staff.get_by_role("link", name="Change the answer: Your age").press("Enter")
    field = staff.get_by_label("Your age")
    expect(field).to_have_value("33")
    assert problems(staff) == []
    field.fill("ten")
    staff.get_by_label("Why do you change it?").fill("She called")
    staff.get_by_role("button", name="Change the answer").press("Enter")
    expect(staff.get_by_role("heading", name="Please check this first")).to_be_visible()
    assert problems(staff) == []
    field.fill("43")
    staff.get_by_role("button", name="Change the answer").press("Enter")
    changed = answer(staff, "age")
    assert "43" in changed
    assert "Given by the respondent 33" in " ".join(changed.split())
    assert "She called" in changed
    assert problems(staff) == []


def test_arrows_lead_on_and_back_but_not_out_of_a_field(staff: Page, survey: int) -> None:
    staff.goto(f"/admin/reply/?g1.survey={survey}")
    staff.locator("tbody th a").first.click()
    expect(staff.get_by_role("link", name="Next reply")).to_be_visible()
    # Keys mean something once the script runs.
    staff.wait_for_load_state()
    first = staff.url
    assert "33" in answer(staff, "age")
    staff.keyboard.press("ArrowRight")
    staff.wait_for_url(lambda url: url != first, wait_until="load")
    assert "32" in answer(staff, "age")
    second = staff.url
    staff.get_by_label("New note").fill("Call her")
    staff.keyboard.press("ArrowRight")
    staff.keyboard.press("ArrowLeft")
    assert staff.url == second
    expect(staff.get_by_label("New note")).to_have_value("Call her")
    staff.get_by_role("heading", level=1).click()
    staff.keyboard.press("ArrowLeft")
    staff.wait_for_url(first)


def test_judged_tagged_noted_and_taken_back(staff: Page, survey: int) -> None:
    staff.goto(f"/admin/reply/?g1.survey={survey}")
    staff.locator("tbody th a").first.click()
    staff.get_by_role("button", name="Approve").press("Enter")
    state = staff.locator(".cv-page-title")
    expect(state).to_contain_text("Approved")
    staff.get_by_role("button", name="Undo").press("Enter")
    expect(state).to_contain_text("New")
    staff.get_by_label("New tag").fill("to call")
    staff.keyboard.press("Enter")
    expect(staff.get_by_role("list", name="Tags")).to_contain_text("to call")
    assert problems(staff) == []
    staff.get_by_role("button", name="Remove the tag “to call”").press("Enter")
    expect(staff.get_by_role("list", name="Tags")).to_have_count(0)
    staff.get_by_label("New note").fill("Call her on Monday")
    staff.get_by_role("button", name="Write the note").press("Enter")
    expect(staff.locator("#notes")).to_contain_text("Call her on Monday")
    staff.get_by_role("button", name="Delete the note").press("Enter")
    expect(staff.locator("#notes")).not_to_contain_text("Call her on Monday")


def test_many_are_flagged_and_it_is_undone(staff: Page, survey: int) -> None:
    staff.goto(f"/admin/reply/?g1.survey={survey}")
    staff.get_by_label("Select all rows of this page").check()
    staff.get_by_role("button", name="Flag", exact=True).press("Enter")
    dialog = staff.get_by_role("dialog", name="Flag 4 replies?")
    expect(dialog).to_contain_text("You can undo this for 30 minutes.")
    dialog.get_by_label("Reason").fill("The same words four times")
    assert problems(staff) == []
    dialog.get_by_role("button", name="Flag").press("Enter")
    toast = staff.locator(".cv-toasts")
    expect(toast).to_contain_text("4 replies flagged.")
    expect(staff.locator("tbody").get_by_text("Flagged")).to_have_count(4)
    assert problems(staff) == []
    toast.get_by_role("button", name="Undo").press("Enter")
    expect(toast).to_contain_text("Undone: 4 records are as they were before.")
    expect(staff.locator("tbody").get_by_text("Flagged")).to_have_count(0)


def test_without_scripts(plain_staff: Page, survey: int) -> None:
    page = plain_staff
    page.goto(f"/admin/reply/?g1.survey={survey}")
    page.locator("tbody th a").first.click()
    page.get_by_role("link", name="Next reply").click()
    page.get_by_role("button", name="Mark as spam").click()
    page.get_by_role("button", name="Mark as spam").click()
    expect(page.locator(".cv-page-title")).to_contain_text("Spam")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".cv-page-title")).to_contain_text("New")
