"""Importing a file of replies in a browser: sent, a column chosen otherwise, checked, imported, taken back."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from admin_app.accounts.models import User
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.jobs.engine import run_job
from admin_app.jobs.models import Job, JobState
from admin_app.surveys import operations
from admin_app.surveys.importers import importer_for
from admin_app.surveys.models import Survey
from tests import factories
from tests.browser.accessibility import problems

NETDEVOPS = Path(__file__).parents[2].parent / "shared" / "data" / "netdevops"
LOCAL = "name,age,How come?\nAda,36,All well.\nBob,x,\n"


@pytest.fixture
def anna(served_app: Flask) -> Iterator[User]:
    """The administrator; his surveys leave the lists again."""
    with served_app.app_context():
        before = set(db.session.scalars(db.select(Survey.id)))
        yield db.session.scalars(db.select(User).where(User.username == "anna")).one()
        with unit_of_work() as session:
            session.execute(db.update(Survey).where(Survey.id.not_in(before)).values(deleted_at=now()))


def work(app: Flask) -> None:
    """Do what is queued, as a worker beside the server does."""
    with app.app_context():
        waiting = list(db.session.scalars(db.select(Job.id).where(Job.state == JobState.QUEUED)))
        db.session.remove()
        for job_id in waiting:
            run_job(app, job_id, threading.Event())


def begin(page: Page, survey: int, name: str, content: bytes) -> None:
    page.goto(f"/admin/survey/{survey}/replies")
    page.get_by_role("link", name="Import", exact=True).press("Enter")
    page.get_by_label("File", exact=True).set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})
    assert problems(page) == []
    page.get_by_role("button", name="Read the file").press("Enter")
    expect(page.get_by_role("heading", name="Columns")).to_be_visible()


def test_a_file_is_imported_and_taken_back(staff: Page, served_app: Flask, anna: User) -> None:
    survey = factories.make_survey(owner=anna, opened=True).id
    db.session.remove()
    begin(staff, survey, "replies.csv", LOCAL.encode())
    assert problems(staff) == []
    staff.get_by_label("How come?").select_option("name")
    staff.get_by_role("button", name="Check the file").press("Enter")
    expect(staff.get_by_role("heading", name="The file cannot be read like this")).to_be_visible()
    assert problems(staff) == []
    staff.get_by_label("How come?").select_option("comment")
    staff.get_by_role("button", name="Check the file").press("Enter")
    expect(staff.get_by_text("1 row cannot be taken.")).to_be_visible()
    assert problems(staff) == []
    staff.get_by_role("link", name="Back to the columns").press("Enter")
    expect(staff.get_by_label("How come?")).to_have_value("comment")
    staff.get_by_role("button", name="Check the file").press("Enter")
    staff.get_by_role("button", name="Import 1 reply without the bad rows").press("Enter")
    expect(staff.get_by_text("It begins in a moment.")).to_be_visible()
    assert problems(staff) == []
    work(served_app)
    # The page asks by itself.
    expect(staff.get_by_text("1 reply was imported.")).to_be_visible()
    assert problems(staff) == []
    staff.get_by_role("button", name="Undo", exact=True).press("Enter")
    expect(staff.get_by_text("This import was undone.")).to_be_visible()


def test_the_real_replies(staff: Page, served_app: Flask, anna: User) -> None:
    if not NETDEVOPS.is_dir():
        pytest.skip("the real files are not there: shared/data beside the project")
    file = NETDEVOPS / "questions-2016.xlsx"
    with unit_of_work():
        built = operations.build_survey(importer_for(file).read(file).questionnaire, owner=anna, actor=anna)
    with unit_of_work():
        operations.publish_survey(built, actor=anna)
    survey = built.id
    db.session.remove()
    begin(staff, survey, "replies-2016.tsv", (NETDEVOPS / "replies-2016.tsv").read_bytes())
    expect(staff.get_by_label("Choices are written as")).to_have_value("labels")
    staff.get_by_label("Words that are no choice").select_option("keep")
    staff.get_by_label("feedback").select_option("")
    staff.get_by_role("button", name="Check the file").click()
    expect(staff.get_by_text("Every row can be imported.")).to_be_visible()
    staff.get_by_role("button", name="Import 307 replies").click()
    work(served_app)
    expect(staff.get_by_text("307 replies were imported.")).to_be_visible()
    staff.get_by_role("link", name="Show the replies").click()
    expect(staff.locator("#list-count")).to_have_text("307")
    staff.go_back()
    staff.get_by_role("button", name="Undo", exact=True).click()
    expect(staff.get_by_text("This import was undone.")).to_be_visible()
