"""Two browsers and one record; and cells that are changed in place. By keyboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, Route, expect

from admin_app.accounts.models import User
from admin_app.core.db import db
from admin_app.surveys.models import Survey
from tests import factories
from tests.browser.accessibility import problems

Stored = Callable[[], Survey]


@pytest.fixture
def survey(served_app: Flask) -> int:
    """A survey of the administrator."""
    with served_app.app_context():
        anna = db.session.scalars(db.select(User).where(User.username == "anna")).one()
        key: int = factories.make_survey(owner=anna, title="Parking").id
        db.session.remove()
    return key


@pytest.fixture
def colleague(browser: Any, base_url: str, served_app: Flask) -> Iterator[Page]:
    """Another administrator, in a browser of his own and without JavaScript."""
    with served_app.app_context():
        found = db.session.scalars(db.select(User).where(User.username == "berta")).first()
        berta = found or factories.make_user("berta", name="Berta Brandt")
        client = served_app.test_client()
        factories.login(client, berta)
        cookie = client.get_cookie("canvass")
        db.session.remove()
    context = browser.new_context(base_url=base_url, java_script_enabled=False)
    context.add_cookies([{"name": "canvass", "value": cookie.value, "url": base_url}])
    yield context.new_page()
    context.close()


def stored(app: Flask, key: int) -> tuple[str, int | None]:
    """What is in the database."""
    with app.app_context():
        survey = db.session.get_one(Survey, key)
        found = survey.title, survey.reply_limit
        db.session.remove()
    return found


def save(page: Page, **typed: str) -> None:
    """Fill in and save."""
    for label, text in typed.items():
        page.get_by_label(label.replace("_", " ")).fill(text)
    page.get_by_role("button", name="Save", exact=True).press("Enter")


def overtake(page: Page, colleague: Page, survey: int, **typed: str) -> None:
    """Open a survey in both browsers, and let the colleague be the first to save it."""
    for one in (page, colleague):
        one.goto(f"/admin/survey/edit/?id={survey}")
    save(colleague, Title="Parking, theirs", **typed)
    expect(colleague.get_by_role("heading", name="Parking, theirs", level=1)).to_be_visible()


class TestConflict:
    """The later save."""

    def test_theirs_is_taken_by_keyboard(self, staff: Page, colleague: Page, served_app: Flask, survey: int) -> None:
        overtake(staff, colleague, survey, Most_replies="77")
        save(staff, Title="Parking, mine")
        expect(staff.get_by_role("heading", name="One field was changed by both of you")).to_be_focused()
        assert stored(served_app, survey) == ("Parking, theirs", 77)
        assert problems(staff) == []
        staff.keyboard.press("Tab")
        expect(staff.get_by_role("radio", name="Keep mine")).to_be_focused()
        staff.keyboard.press("ArrowUp")
        expect(staff.get_by_role("radio", name="Take theirs")).to_be_checked()
        staff.keyboard.press("Enter")
        expect(staff.get_by_role("heading", name="Parking, theirs", level=1)).to_be_visible()
        assert stored(served_app, survey) == ("Parking, theirs", 77)

    def test_mine_is_kept_without_javascript(
        self, staff: Page, colleague: Page, served_app: Flask, survey: int
    ) -> None:
        for page in (staff, colleague):
            page.goto(f"/admin/survey/edit/?id={survey}")
        save(staff, Title="Parking, from the script", Most_replies="5")
        expect(staff.get_by_role("heading", name="Parking, from the script", level=1)).to_be_visible()
        save(colleague, Title="Parking, plain")
        expect(colleague.get_by_role("radio", name="Keep mine")).to_be_checked()
        assert stored(served_app, survey) == ("Parking, from the script", 5)
        colleague.get_by_role("button", name="Save", exact=True).click()
        expect(colleague.get_by_role("heading", name="Parking, plain", level=1)).to_be_visible()
        assert stored(served_app, survey) == ("Parking, plain", 5)

    def test_fields_that_do_not_clash_are_not_asked(
        self, staff: Page, colleague: Page, served_app: Flask, survey: int
    ) -> None:
        for page in (staff, colleague):
            page.goto(f"/admin/survey/edit/?id={survey}")
        save(colleague, Most_replies="9")
        expect(colleague.get_by_text("“Parking” was saved.")).to_be_visible()
        save(staff, Title="Parking at night")
        expect(staff.get_by_text("together with what Berta Brandt changed meanwhile: Most replies.")).to_be_visible()
        assert stored(served_app, survey) == ("Parking at night", 9)

    def test_what_is_typed_on_after_the_question_is_mine(
        self, staff: Page, colleague: Page, served_app: Flask, survey: int
    ) -> None:
        overtake(staff, colleague, survey)
        save(staff, Title="Parking, mine")
        # The scripts have seen the page when they have taken the eye there.
        expect(staff.get_by_role("heading", name="One field was changed by both of you")).to_be_focused()
        staff.get_by_role("radio", name="Take theirs").check()
        save(staff, Title="Parking, ours")
        expect(staff.get_by_role("heading", name="Parking, ours", level=1)).to_be_visible()
        assert stored(served_app, survey)[0] == "Parking, ours"

    def test_what_was_typed_before_the_scripts_came_is_mine(
        self, staff: Page, colleague: Page, served_app: Flask, survey: int
    ) -> None:
        overtake(staff, colleague, survey)
        held: list[Route] = []

        def hold(route: Route) -> None:
            held.append(route)

        staff.route("**/js/console.js*", hold)
        save(staff, Title="Parking, mine")
        staff.get_by_role("radio", name="Take theirs").check()
        staff.get_by_label("Title").fill("Parking, ours")
        for script in held:
            script.continue_()
        expect(staff.get_by_role("radio", name="Keep mine")).to_be_checked()


class TestCells:
    """Lists."""

    def test_by_keyboard(self, staff: Page, served_app: Flask, survey: int) -> None:
        staff.goto("/admin/survey/?sort=updated_at&desc=1")
        change = staff.get_by_role("button", name="Change “Title” of Parking", exact=True).first
        change.press("e")
        field = staff.get_by_role("textbox", name="Title")
        expect(field).to_be_focused()
        assert problems(staff) == []
        field.press("Escape")
        expect(change).to_be_focused()
        change.press("Enter")
        field.fill("")
        field.press("Enter")
        expect(staff.locator(".cv-table").get_by_text("Enter a title.")).to_be_visible()
        expect(field).to_be_focused()
        field.fill("Parking for bicycles")
        field.press("Enter")
        expect(staff.get_by_role("button", name="Change “Title” of Parking for bicycles")).to_be_focused()
        expect(staff.locator("[role=status]").get_by_text("“Parking for bicycles” was saved.")).to_have_count(1)
        assert stored(served_app, survey)[0] == "Parking for bicycles"

    def test_a_line_that_breaks_and_somebody_who_was_first(
        self, staff: Page, context: BrowserContext, colleague: Page, served_app: Flask, survey: int
    ) -> None:
        staff.goto("/admin/survey/?sort=updated_at&desc=1")
        staff.get_by_role("button", name="Change “Title” of Parking", exact=True).first.press("Enter")
        field = staff.get_by_role("textbox", name="Title")
        field.fill("Parking, mine")
        context.set_offline(True)
        field.press("Enter")
        expect(staff.locator(".cv-cell-note").get_by_text("There is no connection.")).to_be_visible()
        expect(field).to_have_value("Parking, mine")
        context.set_offline(False)
        colleague.goto(f"/admin/survey/edit/?id={survey}")
        save(colleague, Title="Parking, theirs")
        expect(colleague.get_by_role("heading", name="Parking, theirs", level=1)).to_be_visible()
        field.press("Enter")
        expect(staff.get_by_role("radio", name="Keep mine")).to_be_focused()
        assert stored(served_app, survey)[0] == "Parking, theirs"
        staff.keyboard.press("Enter")
        expect(staff.get_by_role("button", name="Change “Title” of Parking, mine")).to_be_focused()
        assert stored(served_app, survey)[0] == "Parking, mine"

    def test_without_javascript_it_is_a_page(self, colleague: Page, served_app: Flask, survey: int) -> None:
        colleague.goto("/admin/survey/?sort=updated_at&desc=1")
        colleague.get_by_role("link", name="Change “Title” of Parking", exact=True).first.click()
        save(colleague, Title="Parking by a page")
        expect(colleague.get_by_role("heading", name="Surveys", level=1)).to_be_visible()
        assert stored(served_app, survey)[0] == "Parking by a page"


class TestCreateInPlace:
    """A pick list that misses somebody."""

    def test_a_new_owner_by_keyboard(self, staff: Page, served_app: Flask, survey: int) -> None:
        staff.goto(f"/admin/survey/edit/?id={survey}")
        owner = staff.get_by_role("combobox", name="Owner")
        owner.focus()
        owner.press_sequentially("newcomer")
        expect(staff.get_by_text("Create “newcomer” …")).to_be_visible()
        staff.keyboard.press("ArrowUp")
        staff.keyboard.press("Enter")
        dialog = staff.get_by_role("dialog", name="Create user")
        expect(dialog.get_by_label("User name")).to_have_value("newcomer")
        expect(dialog.get_by_label("User name")).to_be_focused()
        assert problems(staff) == []
        staff.keyboard.press("Enter")
        expect(dialog.get_by_text("Enter an e-mail address.").first).to_be_visible()
        dialog.get_by_label("E-mail address").fill("newcomer@example.org")
        staff.keyboard.press("Enter")
        expect(dialog).to_have_count(0)
        expect(staff.get_by_role("combobox", name="Owner")).to_be_focused()
        staff.get_by_role("button", name="Save", exact=True).press("Enter")
        expect(staff.get_by_role("heading", name="Parking", level=1)).to_be_visible()
        with served_app.app_context():
            assert db.session.get_one(Survey, survey).owner.username == "newcomer"
            db.session.remove()

    def test_given_up_it_makes_nobody(self, staff: Page, served_app: Flask, survey: int) -> None:
        staff.goto(f"/admin/survey/edit/?id={survey}")
        owner = staff.get_by_role("combobox", name="Owner")
        owner.focus()
        owner.press_sequentially("nobody at all")
        staff.get_by_text("Create “nobody at all” …").click()
        expect(staff.get_by_role("dialog", name="Create user")).to_be_visible()
        staff.keyboard.press("Escape")
        expect(staff.get_by_role("dialog")).to_have_count(0)
        with served_app.app_context():
            assert db.session.scalars(db.select(User).where(User.username == "nobody at all")).first() is None
            db.session.remove()
