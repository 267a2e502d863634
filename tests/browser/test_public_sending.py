"""What was typed outlives a reload, a closed tab and a lost connection, and is sent once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, BrowserType, Page, Route, expect
from sqlalchemy import func, select

from admin_app.core.db import db, unit_of_work
from admin_app.core.permissions import SYSTEM
from admin_app.replies.models import Reply
from admin_app.surveys import operations as surveys
from admin_app.surveys.models import Survey
from tests.browser.accessibility import problems
from tests.browser.test_public_pages import SEND, fill_first, fill_second, go_on
from tests.factories import make_survey

THANKS = "Thank you"


class Asked:
    """A survey that is open, and what came of it."""

    def __init__(self, app: Flask, base_url: str, **fields: Any) -> None:
        self.app = app
        with app.app_context():
            survey = make_survey(opened=True, **fields)
            self.id, self.form = survey.id, f"{base_url}/s/{survey.public_id}"
            db.session.remove()

    def replies(self) -> list[Reply]:
        """What is stored."""
        with self.app.app_context():
            found = list(db.session.scalars(select(Reply).where(Reply.survey_id == self.id)))
            db.session.expunge_all()
            db.session.remove()
        return found

    def change(self, act: Callable[[Survey], object]) -> None:
        """Let staff do something with it."""
        with self.app.app_context():
            with unit_of_work() as session:
                act(session.get_one(Survey, self.id))
            db.session.remove()


@pytest.fixture
def asked(served_app: Flask, base_url: str) -> Asked:
    """A survey that is not anonymous."""
    return Asked(served_app, base_url)


def fill(page: Page, asked: Asked, name: str = "Ada") -> None:
    """Answer everything, up to the button that sends it."""
    page.goto(asked.form)
    page.get_by_label("Your name").fill(name)
    fill_first(page)
    fill_second(page)


def send(page: Page) -> None:
    page.get_by_role("button", name=SEND).click()


def thanked(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(THANKS)


class TestLostConnection:
    def test_it_says_so_and_sends_once_when_it_is_back(self, page: Page, context: BrowserContext, asked: Asked):
        fill(page, asked)
        context.set_offline(True)
        send(page)
        waiting = page.get_by_role("status").filter(has_text="There is no connection.")
        expect(waiting).to_be_visible()
        expect(waiting).to_be_in_viewport()
        expect(page.get_by_role("radiogroup", name="Your team").get_by_label("Development")).to_be_checked()
        assert problems(page) == []
        page.get_by_role("button", name="Try now").click()
        expect(waiting).to_be_visible()
        assert asked.replies() == []
        context.set_offline(False)
        thanked(page)
        assert [reply.answers["name"] for reply in asked.replies()] == ["Ada"]

    def test_an_answer_that_was_lost_on_the_way_back_is_asked_for_again(self, page: Page, asked: Asked):
        lost = []

        def lose_first(route: Route) -> None:
            if route.request.method == "POST" and not lost:
                lost.append(route.fetch().status)
                route.abort("connectionreset")
            else:
                route.continue_()

        fill(page, asked)
        page.route("**/s/*", lose_first)
        send(page)
        expect(page.get_by_text("There is no connection.")).to_be_visible()
        assert lost == [201]
        page.get_by_role("button", name="Try now").click()
        thanked(page)
        assert len(asked.replies()) == 1

    def test_it_is_sent_when_the_page_is_opened_later(self, page: Page, context: BrowserContext, asked: Asked):
        fill(page, asked)
        context.set_offline(True)
        send(page)
        expect(page.get_by_text("There is no connection.")).to_be_visible()
        page.close()
        context.set_offline(False)
        later = context.new_page()
        later.goto(asked.form)
        thanked(later)
        assert len(asked.replies()) == 1

    def test_it_is_stored_under_the_version_that_was_shown(self, page: Page, context: BrowserContext, asked: Asked):
        fill(page, asked)
        context.set_offline(True)
        send(page)
        expect(page.get_by_text("There is no connection.")).to_be_visible()
        page.close()
        first = publish_anew(asked)
        context.set_offline(False)
        later = context.new_page()
        later.goto(asked.form)
        thanked(later)
        assert [reply.version_id for reply in asked.replies()] == [first]

    def test_a_server_that_is_away_is_a_lost_connection(self, page: Page, asked: Asked):
        away = [503, 502]
        fill(page, asked)
        page.route("**/s/*", lambda route: route.fulfill(status=away.pop()) if away else route.continue_())
        send(page)
        for _ in range(2):
            expect(page.get_by_text("There is no connection.")).to_be_visible()
            page.get_by_role("button", name="Try now").click()
        thanked(page)
        assert len(asked.replies()) == 1

    def test_a_fault_of_the_server_loses_nothing(self, page: Page, asked: Asked):
        fill(page, asked)
        page.route("**/s/*", lambda route: route.fulfill(status=500, body="<main class=error-page>Sorry</main>"))
        send(page)
        expect(page.get_by_text("The server could not take your answers.")).to_be_visible()
        page.unroute_all()
        send(page)
        thanked(page)
        assert len(asked.replies()) == 1


def publish_anew(asked: Asked) -> int | None:
    """Reword a question and publish; return the version of before."""
    before: list[int | None] = []

    def reword(survey: Survey) -> None:
        before.append(survey.current_version_id)
        question = next(one for one in survey.questions if one.key == "team")
        surveys.update_question(question, {"label": "Another wording"}, actor=SYSTEM)
        surveys.publish_survey(survey, actor=SYSTEM)

    asked.change(reword)
    return before[0]


class TestOnce:
    def test_a_double_click(self, page: Page, asked: Asked):
        fill(page, asked)
        page.get_by_role("button", name=SEND).dblclick()
        thanked(page)
        assert len(asked.replies()) == 1

    def test_the_way_back_from_the_thanks(self, page: Page, asked: Asked):
        fill(page, asked)
        send(page)
        thanked(page)
        receipt = page.locator(".receipt").inner_text()
        page.go_back()
        expect(page.get_by_text("You have sent this form")).to_be_visible()
        expect(page.get_by_role("button", name=SEND)).to_have_count(0)
        assert problems(page) == []
        page.get_by_role("link", name="See your receipt").click()
        expect(page.locator(".receipt")).to_have_text(receipt)
        page.go_back()
        page.get_by_role("link", name="Fill in the form once more").click()
        expect(page.get_by_label("Your name")).to_have_value("")
        assert len(asked.replies()) == 1

    def test_a_reload_of_the_thanks(self, page: Page, asked: Asked):
        fill(page, asked)
        send(page)
        thanked(page)
        page.reload()
        thanked(page)
        assert len(asked.replies()) == 1

    @pytest.mark.parametrize("javascript", [True, False])
    def test_the_way_back_to_a_page_that_the_browser_kept(
        self, browser_type: BrowserType, browser_type_launch_args: dict[str, Any], asked: Asked, javascript: bool
    ):
        """As browsers do it where nobody tests with them: the page comes back as it was left, its key with it."""
        kept = ["--disable-back-forward-cache"]
        with browser_type.launch(**browser_type_launch_args, ignore_default_args=kept) as browser:
            page = browser.new_context(java_script_enabled=javascript).new_page()
            page.goto(asked.form)
            page.get_by_label("Your age").fill("36")
            if javascript:
                go_on(page)
            fill_second(page)
            page.get_by_role("button", name=SEND).dblclick()
            thanked(page)
            receipt = page.locator(".receipt").inner_text()
            page.go_back(wait_until="commit")
            if javascript:
                page.get_by_role("link", name="See your receipt").click()
            else:
                expect(page.get_by_label("Your age")).to_have_value("36")
                send(page)
            thanked(page)
            expect(page.locator(".receipt")).to_have_text(receipt)
        assert len(asked.replies()) == 1


class TestKept:
    def test_a_reload_keeps_the_answers_and_the_page(self, page: Page, asked: Asked):
        fill(page, asked)
        page.reload()
        expect(page.get_by_text("Page 2 of 2")).to_be_visible()
        expect(page.get_by_text("Your answers from before are still here.")).to_be_visible()
        expect(page.get_by_role("radiogroup", name="Your team").get_by_label("Development")).to_be_checked()
        assert problems(page) == []
        send(page)
        thanked(page)
        assert [reply.answers["name"] for reply in asked.replies()] == ["Ada"]
        page.goto(asked.form)
        expect(page.get_by_label("Your name")).to_have_value("")

    def test_a_closed_tab_keeps_them(self, page: Page, context: BrowserContext, asked: Asked):
        fill(page, asked)
        expect(page.get_by_text("What you type is kept in this browser until you send it.")).to_be_visible()
        page.close()
        later = context.new_page()
        later.goto(asked.form)
        expect(later.get_by_text("Page 2 of 2")).to_be_visible()
        later.get_by_role("button", name="Back").click()
        expect(later.get_by_label("Your name")).to_have_value("Ada")
        expect(later.get_by_label("Your age")).to_have_value("36")

    def test_of_an_anonymous_survey_the_tab_alone_keeps_them(
        self, page: Page, context: BrowserContext, served_app: Flask, base_url: str
    ):
        asked = Asked(served_app, base_url, anonymous=True)
        fill(page, asked)
        expect(page.get_by_text("What you type is kept in this tab until you send it.")).to_be_visible()
        page.reload()
        expect(page.get_by_role("radiogroup", name="Your team").get_by_label("Development")).to_be_checked()
        other = context.new_page()
        other.goto(asked.form)
        expect(other.get_by_text("Page 1 of 2")).to_be_visible()
        expect(other.get_by_label("Your name")).to_have_value("")
        assert other.evaluate("localStorage.length") == 0

    def test_clear_forgets_all_of_it_and_begins_a_reply_of_its_own(self, page: Page, asked: Asked):
        page.on("dialog", lambda dialog: dialog.accept())
        fill(page, asked)
        key = page.locator("[name=submission_key]").input_value()
        page.get_by_role("button", name="Clear", exact=True).click()
        expect(page.get_by_text("Page 1 of 2")).to_be_visible()
        expect(page.get_by_label("Your name")).to_have_value("")
        expect(page.locator("[name=submission_key]")).not_to_have_value(key)
        assert page.evaluate("localStorage.length") == 0

    def test_who_says_no_to_clearing_keeps_everything(self, page: Page, asked: Asked):
        page.on("dialog", lambda dialog: dialog.dismiss())
        fill(page, asked)
        page.get_by_role("button", name="Clear", exact=True).click()
        expect(page.get_by_role("radiogroup", name="Your team").get_by_label("Development")).to_be_checked()

    def test_a_new_version_takes_what_it_still_asks_for(self, page: Page, asked: Asked):
        fill(page, asked)
        key = page.locator("[name=submission_key]").input_value()
        publish_anew(asked)
        page.goto(asked.form)
        expect(page.get_by_label("Your name")).to_have_value("Ada")
        expect(page.locator("[name=submission_key]")).not_to_have_value(key)
        go_on(page)
        expect(page.get_by_role("radiogroup", name="Another wording").get_by_label("Development")).to_be_checked()
        send(page)
        thanked(page)
        (reply,) = asked.replies()
        with asked.app.app_context():
            newest = db.session.scalar(select(Survey.current_version_id).where(Survey.id == asked.id))
            db.session.remove()
        assert reply.version_id == newest

    def test_a_browser_that_stores_nothing_promises_nothing_and_sends(self, page: Page, asked: Asked):
        page.add_init_script("Storage.prototype.setItem = () => { throw new DOMException('full') }")
        fill(page, asked)
        page.wait_for_timeout(500)
        expect(page.get_by_text("What you type is kept")).to_have_count(0)
        send(page)
        thanked(page)
        assert len(asked.replies()) == 1

    def test_a_text_of_600_kb_is_kept_and_sent(self, page: Page, served_app: Flask, base_url: str):
        asked = Asked(served_app, base_url)
        fill(page, asked)
        page.get_by_label("What else?").evaluate("(field) => (field.value = 'a'.repeat(600_000))")
        page.get_by_label("What else?").press("End")
        page.get_by_label("What else?").type("b")
        send(page)
        expect(page.get_by_role("alert")).to_be_focused()
        sent: list[str] = []
        page.on("request", lambda request: sent.append(request.method))
        page.reload()
        page.get_by_text("Your answers from before are still here.").wait_for()
        assert "POST" not in sent, "a reload shows it and does not send it again"
        assert page.get_by_label("What else?").evaluate("(field) => field.value.length") == 600_001
        page.get_by_label("What else?").fill("Less")
        send(page)
        thanked(page)
        assert [reply.answers["comment"] for reply in asked.replies()] == ["Less"]


class TestRefused:
    def test_a_survey_that_closed_meanwhile_gives_the_answers_back(
        self, page: Page, context: BrowserContext, asked: Asked
    ):
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        fill(page, asked)
        asked.change(lambda survey: surveys.close_survey(survey, actor=SYSTEM))
        send(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("This survey is closed")
        expect(page.get_by_role("heading", level=1)).to_be_focused()
        expect(page.get_by_label("Your answers were not stored")).to_contain_text("Ada")
        page.get_by_role("button", name="Copy your answers").click()
        expect(page.get_by_text("Copied")).to_be_visible()
        assert "Ada" in page.evaluate("navigator.clipboard.readText()")
        assert problems(page) == []
        assert asked.replies() == []

    def test_who_is_too_fast_is_told_and_may_send_again(
        self, page: Page, asked: Asked, monkeypatch: pytest.MonkeyPatch
    ):
        settings = asked.app.extensions["canvass.settings"].fixed
        fill(page, asked)
        monkeypatch.setitem(settings, "minimum_fill_seconds", 600)
        send(page)
        expect(page.get_by_role("alert")).to_contain_text("That was very fast.")
        monkeypatch.setitem(settings, "minimum_fill_seconds", 0)
        go_on_to_send(page)
        thanked(page)
        assert len(asked.replies()) == 1

    def test_a_program_that_fills_in_the_trap_is_caught_and_a_person_can_mend_it(self, page: Page, asked: Asked):
        fill(page, asked)
        page.locator("[name=canvass__website]").evaluate("(field) => (field.value = 'https://spam.example')")
        send(page)
        expect(page.get_by_role("alert")).to_contain_text("Leave the field “Website” empty.")
        assert asked.replies() == []
        go_on_to_send(page, trapped=True)
        thanked(page)


def go_on_to_send(page: Page, *, trapped: bool = False) -> None:
    """From the page that came back, to the end."""
    if page.get_by_text("Page 1 of 2").is_visible():
        go_on(page)
    if trapped:
        page.get_by_label("Website").fill("")
    send(page)


@pytest.fixture(autouse=True)
def _none_is_left_waiting(context: BrowserContext) -> Iterator[None]:
    yield
    context.set_offline(False)


def test_the_receipt_is_copied(page: Page, context: BrowserContext, asked: Asked):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    fill(page, asked)
    send(page)
    thanked(page)
    page.get_by_role("button", name="Copy the code").click()
    expect(page.get_by_role("status").filter(has_text="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == page.locator(".receipt").inner_text()
    with asked.app.app_context():
        assert db.session.scalar(select(func.count()).where(Reply.survey_id == asked.id)) == 1
        db.session.remove()
