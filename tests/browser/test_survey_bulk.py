"""Many surveys at once, and files of questions: chosen, asked, watched, read; with scripts and without."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable, Iterator

import openpyxl
import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from admin_app.accounts.models import User
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.jobs.engine import run_job
from admin_app.jobs.models import Job, JobState
from admin_app.surveys.models import Survey
from tests import factories
from tests.browser.accessibility import problems

NAMES = ("Canteen of crew", "Staff of crew", "Newcomers of crew")


@pytest.fixture
def surveys(served_app: Flask) -> Iterator[list[int]]:
    """Three surveys of the administrator's, one of them published; they leave the lists again."""
    with served_app.app_context():
        anna = db.session.scalars(db.select(User).where(User.username == "anna")).one()
        made = [factories.make_survey(owner=anna, title=name, published="Canteen" in name) for name in NAMES]
        ids = [survey.id for survey in made]
        db.session.remove()
    yield ids
    with served_app.app_context(), unit_of_work() as session:
        theirs = Survey.title.contains("of crew")
        session.execute(db.update(Survey).where(theirs).values(deleted_at=now()))
        session.execute(db.delete(Job).where(Job.kind == "survey.publish"))


@pytest.fixture
def work(served_app: Flask) -> Callable[[], None]:
    """Do what waits, as a worker does."""

    def run() -> None:
        with served_app.app_context():
            waiting = db.select(Job.id).where(Job.kind == "survey.publish", Job.state == JobState.QUEUED)
            ids = list(db.session.scalars(waiting))
            db.session.remove()
        for job_id in ids:
            run_job(served_app, job_id, threading.Event())

    return run


def choose(page: Page) -> None:
    page.goto("/admin/survey/?search=of+crew")
    for box in page.locator("input[name=rowid]").all():
        box.check()


def form(**labels: str) -> bytes:
    """A workbook that asks these."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "survey"
    sheet.append(["type", "name", "label", "relevant"])
    for key, label in labels.items():
        sheet.append(["text", key, label, "${x} = 1" if key == "lost" else ""])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


class TestWork:
    def test_one_watches_it_and_reads_what_became_of_each(self, staff: Page, surveys, work) -> None:
        choose(staff)
        staff.get_by_role("button", name="Publish", exact=True).click()
        dialog = staff.get_by_role("dialog")
        expect(dialog).to_contain_text("Publish 3 surveys?")
        dialog.get_by_role("button", name="Publish", exact=True).click()
        expect(staff.get_by_role("heading", name="Publish 3 surveys")).to_be_visible()
        expect(staff.get_by_role("status").filter(has_text="It begins in a moment.")).to_be_visible()
        assert problems(staff) == []
        work()
        # By itself, without a hand on the page.
        expect(staff.get_by_text("All 3 were looked at.")).to_be_visible()
        expect(staff.get_by_role("row", name="Canteen of crew")).to_contain_text("Nothing has changed since version 1")
        expect(staff.get_by_role("button", name="Cancel")).to_have_count(0)
        assert problems(staff) == []
        staff.get_by_role("link", name="Skipped 1").click()
        expect(staff.get_by_role("row")).to_have_count(2)

    def test_it_can_be_cancelled(self, staff: Page, surveys, work) -> None:
        choose(staff)
        staff.get_by_role("button", name="Publish", exact=True).click()
        staff.get_by_role("dialog").get_by_role("button", name="Publish", exact=True).click()
        staff.get_by_role("button", name="Cancel").click()
        expect(staff.get_by_text("Somebody cancelled it: 0 of 3 were looked at.")).to_be_visible()
        work()
        staff.reload()
        expect(staff.get_by_role("cell", name="Not done")).to_have_count(3)

    def test_without_scripts(self, plain_staff: Page, surveys, work) -> None:
        choose(plain_staff)
        plain_staff.get_by_role("button", name="Publish", exact=True).click()
        plain_staff.get_by_role("button", name="Publish", exact=True).click()
        expect(plain_staff.get_by_text("It begins in a moment.")).to_be_visible()
        work()
        plain_staff.reload()
        expect(plain_staff.get_by_text("All 3 were looked at.")).to_be_visible()


class TestClosingDate:
    def test_errors_come_back_to_the_fields(self, staff: Page, surveys, served_app) -> None:
        choose(staff)
        staff.get_by_role("button", name="More", exact=True).click()
        staff.get_by_role("button", name="Change closing date").click()
        staff.get_by_role("dialog").get_by_role("button", name="Change closing date").click()
        expect(staff.locator(".cv-summary")).to_contain_text("Enter a date and time.")
        assert problems(staff) == []
        staff.get_by_label("Date and time", exact=True).fill("2031-05-01T18:00")
        staff.get_by_role("button", name="Change closing date").click()
        expect(staff.get_by_text("Closing dates of 3 surveys changed.")).to_be_visible()
        with served_app.app_context():
            found = db.session.scalars(db.select(Survey.closes_at).where(Survey.id.in_(surveys))).all()
            assert {moment.year for moment in found} == {2031}
            db.session.remove()


class TestFiles:
    def send(self, page: Page, content: bytes, name: str = "Fragen of crew.xlsx") -> None:
        kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
        page.goto("/admin/survey/")
        page.get_by_role("link", name="Import", exact=True).click()
        page.get_by_label("File").set_input_files({"name": name, "mimeType": kind, "buffer": content})
        page.get_by_role("button", name="Read the file").click()

    def test_findings_then_a_survey(self, staff: Page, surveys) -> None:
        self.send(staff, form(why="Why?", lost="And then?"))
        expect(staff.get_by_text("1 thing cannot be carried over.")).to_be_visible()
        expect(staff.get_by_role("row", name="3 D")).to_contain_text("is not supported")
        assert problems(staff) == []
        staff.get_by_role("button", name="Import without these").click()
        expect(staff.get_by_role("heading", name="Fragen of crew")).to_be_visible()
        staff.get_by_role("button", name="More", exact=True).click()
        staff.get_by_role("link", name="Export").click()
        expect(staff.get_by_text("Nothing stays behind")).to_be_visible()
        assert problems(staff) == []
        with staff.expect_download() as download:
            staff.get_by_role("link", name="Download").click()
        assert download.value.suggested_filename.endswith(".xlsx")

    def test_faults(self, staff: Page, surveys) -> None:
        self.send(staff, form(why=""))
        expect(staff.get_by_role("alert")).to_contain_text("1 fault has to be mended")
        expect(staff.get_by_role("button", name="Import")).to_have_count(0)
        staff.get_by_role("link", name="Send another file").click()
        staff.get_by_label("File").set_input_files({"name": "x.xlsx", "mimeType": "text/plain", "buffer": b"nothing"})
        staff.get_by_role("button", name="Read the file").click()
        expect(staff.get_by_role("alert")).to_contain_text("is not a workbook of Excel")
        assert problems(staff) == []

    def test_without_scripts(self, plain_staff: Page, surveys) -> None:
        self.send(plain_staff, form(why="Why?"))
        plain_staff.get_by_role("button", name="Import", exact=True).click()
        expect(plain_staff.get_by_role("heading", name="Fragen of crew")).to_be_visible()
