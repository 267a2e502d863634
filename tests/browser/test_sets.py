"""The whole way by keyboard: two groups of filters, a view kept and opened elsewhere, 8,000 rows changed and back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect

from admin_app.accounts.models import User
from admin_app.console.models import SavedView
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.jobs import chunks
from admin_app.jobs.engine import run_job
from admin_app.jobs.kinds import JobContext
from admin_app.jobs.models import Job, JobState
from admin_app.replies.models import Reply, ReviewStatus
from admin_app.surveys.models import Survey
from tests import factories
from tests.browser.accessibility import look
from tests.replies.many import many_replies

MANY = 8_000
KINDS = ("console.bulk", "console.undo")


@pytest.fixture
def replies(served_app: Flask) -> Iterator[int]:
    """A survey with 8,000 replies that wait for review, and 40 that are spam; they leave the lists again."""
    with served_app.app_context():
        anna = db.session.scalars(db.select(User).where(User.username == "anna")).one()
        survey = factories.make_survey(owner=anna, published=True, opened=True, title="Everybody in town")
        many_replies(MANY - 3_000, survey)
        many_replies(3_000, survey, review_status=ReviewStatus.FLAGGED)
        many_replies(40, survey, review_status=ReviewStatus.SPAM)
        survey_id: int = survey.id
        db.session.remove()
    yield survey_id
    with served_app.app_context(), unit_of_work() as session:
        session.execute(db.update(Reply).where(Reply.survey_id == survey_id).values(deleted_at=now()))
        session.execute(db.update(Survey).where(Survey.id == survey_id).values(deleted_at=now()))
        session.execute(db.delete(SavedView).where(SavedView.name == "To be looked at"))


class Worker:
    """Does what waits, as a worker does; it can stand still between two chunks, so that somebody can look."""

    def __init__(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        self.app, self.patch = app, monkeypatch

    def _waiting(self) -> int:
        with self.app.app_context():
            waiting = db.select(Job.id).where(Job.kind.in_(KINDS), Job.state == JobState.QUEUED)
            found = db.session.scalars(waiting).one()
            db.session.remove()
        return found

    def run(self) -> None:
        """Do it to its end."""
        run_job(self.app, self._waiting(), threading.Event())

    def run_until_cancelled(self, number: int, cancel: Callable[[], None]) -> None:
        """Do `number` chunks, let somebody look and cancel, and go on once the heartbeat knows of it."""
        done, go_on, change = threading.Event(), threading.Event(), chunks._change
        before = iter(range(number + 1))

        def step(context: JobContext, *given: Any) -> None:
            if next(before, None) == number:
                done.set()
                assert go_on.wait(120)
                assert context.cancelled.wait(60)
            change(context, *given)

        job_id = self._waiting()
        with self.patch.context() as patch:
            patch.setattr(chunks, "_change", step)
            thread = threading.Thread(target=run_job, args=(self.app, job_id, threading.Event()))
            thread.start()
            try:
                assert done.wait(120)
                cancel()
            finally:
                go_on.set()
                thread.join(120)


@pytest.fixture
def worker(served_app: Flask, monkeypatch: pytest.MonkeyPatch) -> Worker:
    return Worker(served_app, monkeypatch)


@pytest.fixture
def second(browser: Any, base_url: str, session_cookie: dict[str, str]) -> Iterator[Page]:
    """A second browser of the administrator."""
    context = browser.new_context(base_url=base_url)
    context.add_cookies([session_cookie])
    yield context.new_page()
    context.close()


def statuses(app: Flask, survey_id: int) -> dict[ReviewStatus, int]:
    """How many replies have which status."""
    with app.app_context():
        counted = db.select(Reply.review_status, db.func.count()).where(Reply.survey_id == survey_id)
        found = {row[0]: row[1] for row in db.session.execute(counted.group_by(Reply.review_status))}
        db.session.remove()
    return found


def tab_to(page: Page, target: Locator, most: int = 120) -> None:
    """Go on with the tabulator until the focus is where one wants it, as somebody without a mouse does."""
    expect(target).to_be_visible()
    for _step in range(most):
        if target.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError("the tabulator does not lead there")


def press(page: Page, target: Locator, key: str = "Enter") -> None:
    tab_to(page, target)
    page.keyboard.press(key)


def open_filter(page: Page, group: str) -> Locator:
    """Open the menu of filters at one of them."""
    press(page, page.get_by_role("button", name="Filter", exact=True))
    menu = page.locator("#add-filter")
    section = menu.locator("details").filter(has=page.locator("summary", has_text=group))
    expect(menu).to_be_visible()
    if section.get_attribute("open") is None:
        press(page, section.locator("summary"))
    return section


def choose_all(page: Page) -> None:
    """Tick the page, then all that match."""
    press(page, page.get_by_role("checkbox", name="Select all rows of this page"), "Space")
    expect(page.locator('input[name="rowid"]:checked')).to_have_count(20)
    press(page, page.get_by_role("checkbox", name="Select all 8,000 matching"), "Space")


def approve_all(page: Page, reason: str) -> None:
    choose_all(page)
    press(page, page.locator("#bulk").get_by_role("button", name="Approve"))
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Approve 8,000 replies?")).to_be_visible()
    expect(dialog.get_by_text("This many are changed in the background.")).to_be_visible()
    expect(dialog.get_by_text("You can undo this for 30 minutes.")).to_be_visible()
    look(page)
    tab_to(page, dialog.get_by_label("Reason"))
    page.keyboard.type(reason)
    press(page, dialog.get_by_role("button", name="Approve"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Approve: 8,000")
    expect(page.get_by_text("It begins in a moment.")).to_be_visible()


def keep_the_view(page: Page) -> None:
    press(page, page.get_by_role("button", name="Save view", exact=True))
    tab_to(page, page.locator("#new-view-name"))
    page.keyboard.type("To be looked at")
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="To be looked at")).to_have_attribute("aria-current", "page")


def undo_all(page: Page, worker: Worker, number: str) -> None:
    press(page, page.get_by_role("button", name="Undo"))
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Undo: {number}")
    worker.run()
    expect(page.get_by_text(f"All {number} were looked at.")).to_be_visible()


def filter_with_two_groups(staff: Page) -> None:
    """What waits for review, or what is flagged; both of one survey."""
    staff.goto("/admin/reply/")
    chips = staff.get_by_role("group", name="Filters in force")
    press(staff, open_filter(staff, "Review").get_by_role("link", name="New"))
    expect(chips).to_contain_text("New")
    section = open_filter(staff, "Review")
    tab_to(staff, section.locator("select"))
    staff.keyboard.type("Flagged")
    press(staff, section.get_by_role("button", name="Or"))
    expect(chips).to_contain_text("Flagged")
    press(staff, open_filter(staff, "Survey").get_by_role("link", name="Everybody in town"))
    expect(chips.get_by_role("list")).to_have_count(2)
    expect(chips.get_by_text("Everybody in town")).to_have_count(2)
    look(staff)


def see_it_in_the_log(page: Page) -> None:
    """What was done to them, one of its entries, and the bulk action as a whole."""
    page.goto("/admin/audit/?g1.action=reply.approve")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_text("All of them")).to_be_visible()
    look(page)
    press(page, page.get_by_role("link", name="Reply approved"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Reply approved: 8,000")
    expect(page.get_by_text("Undone", exact=True).first).to_be_visible()
    look(page)


def test_eight_thousand(staff: Page, second: Page, served_app: Flask, replies: int, worker: Worker) -> None:
    filter_with_two_groups(staff)
    keep_the_view(staff)

    # Another browser finds it.
    second.goto("/admin/reply/")
    press(second, second.get_by_role("link", name="To be looked at"))
    expect(second.get_by_role("group", name="Filters in force").get_by_text("Everybody in town")).to_have_count(2)

    # Cancelled once: what is done stays, and comes back by undo.
    approve_all(second, "Looked at together")

    def cancel() -> None:
        expect(second.get_by_text("2,000 of 8,000")).to_be_visible()
        expect(second.get_by_role("progressbar")).to_be_visible()
        look(second)
        press(second, second.get_by_role("button", name="Cancel"))
        expect(second.get_by_text("It stops at its next step.")).to_be_visible()

    worker.run_until_cancelled(1, cancel)
    expect(second.get_by_text("Somebody cancelled it: 2,000 of 8,000 were looked at.")).to_be_visible()
    look(second)
    assert statuses(served_app, replies)[ReviewStatus.APPROVED] == 2_000
    undo_all(second, worker, "2,000")
    assert statuses(served_app, replies) == {"new": 5_000, "flagged": 3_000, "spam": 40}

    # To the end, and back.
    second.goto(staff.url)
    approve_all(second, "All of them")
    worker.run()
    expect(second.get_by_text("All 8,000 were looked at.")).to_be_visible()
    look(second)
    assert statuses(served_app, replies) == {"approved": 8_000, "spam": 40}
    undo_all(second, worker, "8,000")
    look(second)
    see_it_in_the_log(second)
    assert statuses(served_app, replies) == {"new": 5_000, "flagged": 3_000, "spam": 40}
