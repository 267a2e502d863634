"""Nothing typed is lost: not by a fault in it, not by a session that ends, not by a line that breaks."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect

from admin_app.accounts.models import User, UserSession
from admin_app.core.db import db, unit_of_work
from admin_app.surveys.models import Survey
from tests import factories

DRAFTS = "Object.keys(localStorage).filter((name) => name.startsWith('canvass:draft:'))"


@pytest.fixture
def survey(served_app: Flask) -> int:
    """A survey of the administrator."""
    with served_app.app_context():
        anna = db.session.scalars(db.select(User).where(User.username == "anna")).one()
        key: int = factories.make_survey(owner=anna, title="Canteen").id
        db.session.remove()
    return key


def wait_for_drafts(page: Page, count: int) -> None:
    """Until the browser keeps so many. Not by wait_for_function(), which the policy of the page forbids."""
    for _try in range(100):
        if len(page.evaluate(DRAFTS)) == count:
            return
        page.wait_for_timeout(50)
    raise AssertionError(page.evaluate(DRAFTS))


def title_of(app: Flask, key: int) -> str:
    """What is stored."""
    with app.app_context():
        title: str = db.session.get_one(Survey, key).title
        db.session.remove()
    return title


def type_title(page: Page, key: int, title: str) -> None:
    """Open the form and type, until the browser keeps it."""
    page.goto(f"/admin/survey/edit/?id={key}")
    page.get_by_label("Title").fill(title)
    wait_for_drafts(page, 1)


def revoke(app: Flask) -> None:
    """End all sessions of the administrator."""
    with app.app_context():
        with unit_of_work():
            anna = db.session.scalars(db.select(User).where(User.username == "anna")).one()
            for session in db.session.scalars(db.select(UserSession).where(UserSession.user_id == anna.id)):
                db.session.delete(session)
        db.session.remove()


def log_in(page: Page) -> None:
    """Through the login page."""
    page.get_by_label("User name or e-mail address").fill("anna")
    page.get_by_label("Password", exact=True).fill(factories.PASSWORD)
    page.get_by_role("button", name="Log in").click()


class TestDraft:
    """What the browser keeps."""

    def test_it_is_offered_on_return_and_gone_once_saved(self, staff: Page, served_app: Flask, survey: int) -> None:
        type_title(staff, survey, "Canteen, second draft")
        staff.on("dialog", lambda dialog: dialog.accept())
        staff.goto("/admin/")
        staff.goto(f"/admin/survey/edit/?id={survey}")
        expect(staff.get_by_text("You have unsaved changes from")).to_be_visible()
        expect(staff.get_by_label("Title")).to_have_value("Canteen")
        staff.get_by_role("button", name="Restore").press("Enter")
        expect(staff.get_by_label("Title")).to_have_value("Canteen, second draft")
        expect(staff.get_by_text("Unsaved changes", exact=True)).to_be_visible()
        staff.get_by_role("button", name="Save", exact=True).click()
        expect(staff.get_by_role("heading", name="Canteen, second draft", level=1)).to_be_visible()
        assert title_of(served_app, survey) == "Canteen, second draft"
        wait_for_drafts(staff, 0)

    def test_it_can_be_discarded(self, staff: Page, survey: int) -> None:
        type_title(staff, survey, "Never mind")
        staff.on("dialog", lambda dialog: dialog.accept())
        staff.goto("/admin/")
        staff.goto(f"/admin/survey/edit/?id={survey}")
        staff.get_by_role("button", name="Discard").press("Enter")
        expect(staff.get_by_text("You have unsaved changes from")).to_have_count(0)
        assert staff.evaluate(DRAFTS) == []

    def test_leaving_warns_also_by_the_button_back(self, staff: Page, survey: int) -> None:
        asked: list[str] = []

        def stay(dialog: Any) -> None:
            asked.append(dialog.type)
            dialog.dismiss()

        staff.goto("/admin/survey/")
        type_title(staff, survey, "Half of a tit")
        staff.on("dialog", stay)
        staff.get_by_role("link", name="Users").first.click()
        staff.wait_for_timeout(300)
        staff.evaluate("history.back()")
        staff.wait_for_timeout(300)
        assert asked == ["beforeunload", "beforeunload"]
        expect(staff.get_by_label("Title")).to_have_value("Half of a tit")

    def test_what_is_wrong_comes_back_with_all_the_rest(self, staff: Page, survey: int) -> None:
        type_title(staff, survey, "")
        staff.get_by_label("Most replies").fill("12")
        staff.get_by_role("button", name="Save", exact=True).click()
        expect(staff.get_by_text("Enter a title.").first).to_be_visible()
        expect(staff.get_by_label("Most replies")).to_have_value("12")
        expect(staff.get_by_text("You have unsaved changes from")).to_have_count(0)

    def test_a_session_that_has_ended(self, staff: Page, served_app: Flask, survey: int) -> None:
        type_title(staff, survey, "Typed for an hour")
        staff.get_by_label("Thanks").evaluate("field => field.value = '<p>Thank you all</p>'")
        revoke(served_app)
        staff.get_by_role("button", name="Save", exact=True).click()
        log_in(staff)
        expect(staff.get_by_text("was not saved. It is back in the form.")).to_be_visible()
        expect(staff.get_by_label("Title")).to_have_value("Typed for an hour")
        staff.get_by_role("button", name="Save", exact=True).click()
        expect(staff.get_by_role("heading", name="Typed for an hour", level=1)).to_be_visible()
        with served_app.app_context():
            assert db.session.get_one(Survey, survey).thanks == "<p>Thank you all</p>"
            db.session.remove()

    def test_a_token_of_another_session(self, staff: Page, served_app: Flask, survey: int) -> None:
        """Logged out and in again in another tab: the form comes back, and the next try saves it."""
        type_title(staff, survey, "From the first tab")
        staff.evaluate("for (const one of document.getElementsByName('csrf_token')) one.value = 'old'")
        staff.get_by_role("button", name="Save", exact=True).click()
        expect(staff.get_by_text("The page was open too long")).to_be_visible()
        expect(staff.get_by_label("Title")).to_have_value("From the first tab")
        assert title_of(served_app, survey) == "Canteen"
        staff.get_by_role("button", name="Save", exact=True).click()
        expect(staff.get_by_role("heading", name="From the first tab", level=1)).to_be_visible()

    def test_a_line_that_breaks(self, staff: Page, context: BrowserContext, served_app: Flask, survey: int) -> None:
        type_title(staff, survey, "Typed in a train")
        context.set_offline(True)
        with staff.expect_event("requestfailed"):
            staff.get_by_role("button", name="Save", exact=True).click(no_wait_after=True)
        # The browser's own page about it comes in place of ours.
        staff.wait_for_timeout(1_000)
        context.set_offline(False)
        staff.goto(f"/admin/survey/edit/?id={survey}")
        expect(staff.get_by_text("was not saved. It is back in the form.")).to_be_visible()
        expect(staff.get_by_label("Title")).to_have_value("Typed in a train")
        staff.get_by_role("button", name="Save", exact=True).click()
        expect(staff.get_by_role("heading", name="Typed in a train", level=1)).to_be_visible()
        assert title_of(served_app, survey) == "Typed in a train"

    def test_logging_out_leaves_nothing_behind(self, staff: Page, survey: int) -> None:
        type_title(staff, survey, "Mine alone")
        staff.on("dialog", lambda dialog: dialog.accept())
        staff.goto("/admin/")
        assert len(staff.evaluate(DRAFTS)) == 1
        staff.locator("button.cv-user").click()
        staff.get_by_role("button", name="Log out").click()
        staff.wait_for_url(re.compile("/login"))
        assert staff.evaluate(DRAFTS) == []

    def test_after_a_week_it_is_gone(self, staff: Page, survey: int) -> None:
        type_title(staff, survey, "Old")
        staff.on("dialog", lambda dialog: dialog.accept())
        staff.goto("/admin/")
        staff.evaluate(
            f"""() => {{
              const [name] = {DRAFTS};
              const draft = JSON.parse(localStorage.getItem(name));
              localStorage.setItem(name, JSON.stringify({{ ...draft, time: Date.now() - 8 * 24 * 3600 * 1000 }}));
            }}"""
        )
        staff.reload()
        assert staff.evaluate(DRAFTS) == []

    def test_passwords_are_not_kept(self, staff: Page, served_app: Flask) -> None:
        with served_app.app_context():
            key = factories.make_user("typed").id
            db.session.remove()
        staff.goto(f"/admin/user/edit/?id={key}")
        staff.get_by_label("Password", exact=True).fill("correct horse battery")
        staff.get_by_label("Name", exact=True).fill("Kept")
        wait_for_drafts(staff, 1)
        kept = staff.evaluate(f"localStorage.getItem({DRAFTS}[0])")
        assert "Kept" in kept
        assert "horse" not in kept
        assert "csrf" not in kept
