"""The history of a record by keyboard: what changed, one field back, as it was, undone; and the log behind it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from admin_app.accounts.models import User
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.surveys import operations
from admin_app.surveys.models import Survey
from tests import factories
from tests.browser.accessibility import look


@pytest.fixture
def survey(served_app: Flask) -> Iterator[int]:
    """A survey that was changed twice."""
    with served_app.app_context():
        anna = db.session.scalars(db.select(User).where(User.username == "anna")).one()
        made = factories.make_survey(owner=anna, title="What was it called")
        for title in ("What is it called", "What will it be called"):
            with unit_of_work():
                operations.update_survey(made, {"title": title}, actor=anna)
        survey_id = made.id
        db.session.remove()
    yield survey_id
    with served_app.app_context(), unit_of_work() as session:
        session.execute(db.update(Survey).where(Survey.id == survey_id).values(deleted_at=now()))


def test_back_and_forth_by_keyboard(staff: Page, survey: int) -> None:
    staff.goto(f"/admin/survey/details/?id={survey}")
    staff.get_by_role("link", name="History").press("Enter")
    title = staff.get_by_role("heading", level=1)
    expect(title).to_have_text("What will it be called")
    look(staff)

    staff.get_by_role("link", name="Bring back Title").last.press("Enter")
    expect(title).to_have_text("Bring back “Title”?")
    expect(staff.get_by_text("changed this since, on")).to_be_visible()
    look(staff)
    staff.get_by_role("button", name="Bring back").press("Enter")
    expect(title).to_have_text("Working here")
    look(staff)

    staff.get_by_role("button", name="Undo").press("Enter")
    expect(title).to_have_text("What will it be called")

    staff.get_by_role("button", name="What can be done from here").nth(3).press("Enter")
    staff.get_by_role("link", name="As it was after this").press("Enter")
    expect(staff.get_by_role("definition").filter(has_text="What is it called")).not_to_have_count(0)
    look(staff)
    staff.get_by_role("link", name="Bring all of it back").press("Enter")
    staff.get_by_role("button", name="Bring back").press("Enter")
    expect(staff.get_by_text("was brought back to what it was")).to_be_visible()


def test_the_log_and_its_chain(staff: Page, survey: int) -> None:
    staff.goto(f"/admin/audit/?g1.record=survey-{survey}")
    expect(staff.get_by_role("cell", name="Survey changed")).to_have_count(3)
    look(staff)
    with staff.expect_download() as caught:
        staff.get_by_role("button", name="Export").press("Enter")
    text = caught.value.path().read_text(encoding="utf-8-sig")
    assert "What is it called" in text
    staff.get_by_role("link", name="Does the chain hold?").press("Enter")
    expect(staff.get_by_role("heading", level=1)).to_have_text("Does the chain hold?")
    look(staff)
    staff.get_by_role("button", name="Verify now").press("Enter")
    expect(staff.get_by_text("The chain is being verified")).to_be_visible()
    look(staff)
