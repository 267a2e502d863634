"""A filter by somebody who is not among the first: found by typing, by keyboard alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from admin_app.console.facets import MOST_CHOICES
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.surveys.models import Survey
from tests import factories
from tests.browser.accessibility import look


@pytest.fixture
def owners(served_app: Flask) -> Iterator[None]:
    """More owners than are offered; the last of them has a name that is not what he logs in with."""
    with served_app.app_context():
        for number in range(MOST_CHOICES + 1):
            owner = factories.make_user(f"keeper{number:02}", "survey_manager")
            factories.make_survey(owner=owner, title=f"Kept by {number:02}")
        last = factories.make_user("zz_keeper", "survey_manager", name="Hedy Holder")
        factories.make_survey(owner=last, title="Kept by the last one")
        db.session.remove()
    yield
    with served_app.app_context(), unit_of_work() as session:
        session.execute(db.update(Survey).where(Survey.title.startswith("Kept by")).values(deleted_at=now()))


@pytest.mark.usefixtures("owners")
def test_the_last_owner_is_found(staff: Page) -> None:
    staff.goto("/admin/survey/")
    staff.get_by_role("button", name="Filter", exact=True).press("Enter")
    staff.locator("#add-filter summary", has_text="Owner").press("Enter")
    box = staff.get_by_role("combobox", name="Find another one")
    box.press("ArrowDown")
    # By what he logs in with, which is not what the list says.
    box.press_sequentially("zz_keeper")
    expect(staff.get_by_role("option", name="Hedy Holder")).to_be_visible()
    look(staff)
    box.press("Enter")
    staff.locator("#add-filter").get_by_role("button", name="Add", exact=True).locator("visible=true").press("Enter")
    chips = staff.get_by_role("group", name="Filters in force")
    expect(chips).to_contain_text("Owner is Hedy Holder")
    expect(staff.get_by_role("link", name="Kept by the last one")).to_be_visible()
    expect(staff.get_by_role("link", name="Kept by 00")).to_have_count(0)
