"""Deleted, found in the trash, brought back, and removed for good once its name was typed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from admin_app.accounts.models import User
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.permissions import SYSTEM
from admin_app.replies.bulk_operations import delete_reply
from admin_app.surveys.models import Survey
from tests import factories
from tests.browser.accessibility import look


@pytest.fixture
def deleted(served_app: Flask) -> Iterator[list[str]]:
    """The names of three replies in the trash."""
    with served_app.app_context():
        anna = db.session.scalars(db.select(User).where(User.username == "anna")).one()
        survey = factories.make_survey(owner=anna, opened=True, title="Thrown away and wanted again")
        replies = [factories.make_reply(survey) for _number in range(3)]
        with unit_of_work():
            for reply in replies:
                delete_reply(reply, actor=SYSTEM)
        names, survey_id = [reply.public_id for reply in replies], survey.id
        db.session.remove()
    yield names
    with served_app.app_context(), unit_of_work() as session:
        session.execute(db.update(Survey).where(Survey.id == survey_id).values(deleted_at=now()))


def test_back_by_keyboard_and_for_good_by_name(staff: Page, deleted: list[str]) -> None:
    staff.goto("/admin/")
    staff.get_by_role("link", name="Trash").press("Enter")
    expect(staff.get_by_role("heading", level=1)).to_have_text("Trash")
    staff.get_by_role("link", name="Replies", exact=True).last.press("Enter")
    look(staff)
    for name in deleted[:2]:
        staff.get_by_role("row", name=name).get_by_role("checkbox").press("Space")
    expect(staff.get_by_text("2 selected")).to_be_visible()
    look(staff)
    staff.get_by_role("button", name="Restore").press("Enter")
    expect(staff.get_by_text("2 records are back.")).to_be_visible()
    expect(staff.get_by_role("link", name=deleted[0])).to_have_count(0)

    staff.get_by_role("link", name=deleted[2]).press("Enter")
    expect(staff.get_by_text("Thrown away and wanted again")).to_be_visible()
    look(staff)
    staff.get_by_label("Type the reply's number to go on:").fill("something else")
    staff.get_by_role("button", name="Delete for ever").press("Enter")
    expect(staff.get_by_text("Nothing was deleted.")).to_be_visible()
    look(staff)
    staff.get_by_label("Type the reply's number to go on:").fill(deleted[2])
    staff.keyboard.press("Enter")
    expect(staff.get_by_text("The reply was deleted for ever.")).to_be_visible()
    expect(staff.get_by_role("link", name=deleted[2])).to_have_count(0)
