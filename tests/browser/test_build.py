"""Building a survey in a real browser: by keyboard, by dragging, beside somebody else, and without a connection."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Locator, Page, expect

from admin_app.accounts.models import User
from admin_app.core.db import db, unit_of_work
from admin_app.core.permissions import SYSTEM
from admin_app.surveys import operations
from admin_app.surveys.models import Survey
from admin_app.surveys.queries import draft_questionnaire
from admin_app.surveys.questionnaire import Questionnaire
from tests import factories
from tests.browser.accessibility import problems
from tests.every_type import every_type_questionnaire

MakeDraft = Callable[..., int]


@pytest.fixture
def make_draft(served_app: Flask) -> MakeDraft:
    """A function that makes a survey of the administrator's, by default without any question; returns its id."""

    def make(*, sample: bool = False, published: bool = False) -> int:
        with served_app.app_context():
            anna = db.session.scalars(db.select(User).where(User.username == "anna")).one()
            if sample or published:
                survey = factories.make_survey(anna, published=published)
            else:
                with unit_of_work():
                    survey = operations.create_survey({"title": "New survey"}, actor=anna)
            db.session.remove()
            return int(survey.id)

    return make


@pytest.fixture
def draft(served_app: Flask) -> Callable[[int], Questionnaire]:
    """A function that reads the draft of a survey as it is stored."""

    def read(survey_id: int) -> Questionnaire:
        with served_app.app_context():
            found = draft_questionnaire(db.session.get_one(Survey, survey_id))
            db.session.remove()
            return found

    return read


@pytest.fixture
def colleague(browser: Any, served_app: Flask, base_url: str, session_cookie: dict[str, str]) -> Iterator[Page]:
    """A page of somebody else who may change all surveys."""
    with served_app.app_context():
        name = f"colleague{db.session.scalar(db.select(db.func.count()).select_from(User))}"
        client = served_app.test_client()
        factories.login(client, factories.make_user(name, "survey_manager"))
        cookie = client.get_cookie("canvass")
        db.session.remove()
    context = browser.new_context(base_url=base_url)
    context.add_cookies([{**session_cookie, "value": cookie.value}])
    yield context.new_page()
    context.close()


def open_build(page: Page, survey_id: int) -> None:
    page.goto(f"/admin/survey/{survey_id}/build")
    expect(page.locator("#build")).to_be_visible()


def saved(page: Page) -> None:
    expect(page.locator("#build-status")).to_have_text("Saved")


def card(page: Page, label: str) -> Locator:
    return page.get_by_role("article", name=label)


def questions(page: Page) -> list[str]:
    return page.locator(".cvb-label").evaluate_all("fields => fields.map((one) => one.value)")


def insert(page: Page, kind: str) -> None:
    """Type the kind of a question into the box that "/" opens."""
    expect(page.get_by_role("combobox", name="Kind of the new question")).to_be_focused()
    page.keyboard.type(kind)
    page.keyboard.press("Enter")
    expect(page.locator(".cvb-label:focus")).to_be_visible()


class TestByKeyboard:
    def build(self, page: Page) -> None:
        """Four questions of four kinds, without touching a mouse."""
        keys = page.keyboard
        keys.press("/")
        insert(page, "short text")
        keys.type("Your name")
        keys.press("Enter")
        keys.press("/")
        # What it is called elsewhere finds it too.
        insert(page, "radio")
        keys.type("Your team")
        keys.press("Enter")
        # Two empty ones wait there; Enter adds a third. In an empty one it leaves the list, and takes it out.
        for label in ("Development", "Operations", "Sales, and more"):
            keys.type(label)
            keys.press("Enter")
        keys.press("Enter")
        keys.press("/")
        insert(page, "matrix")
        keys.type("How often do you")
        keys.press("Control+Enter")
        insert(page, "long")
        keys.type("What else?")
        keys.press("Escape")
        saved(page)

    def test_a_survey_is_built(self, staff: Page, make_draft: MakeDraft, draft: Any):
        survey = make_draft()
        open_build(staff, survey)
        self.build(staff)
        assert [(one.key, one.type) for one in draft(survey).questions()] == [
            ("your_name", "text"),
            ("your_team", "single_choice"),
            ("how_often_do_you", "matrix_single"),
            ("what_else", "long_text"),
        ]
        assert draft(survey).by_key["your_team"].labels == {
            "development": "Development",
            "operations": "Operations",
            "sales_and_more": "Sales, and more",
        }
        staff.reload()
        expect(staff.locator(".cvb-card")).to_have_count(4)
        assert questions(staff) == [one.label for one in draft(survey).questions()]

    def test_sections_are_added_by_the_same_key(self, staff: Page, make_draft: MakeDraft, draft: Any):
        survey = make_draft()
        open_build(staff, survey)
        for section, question in (("About you", "Your name"), ("Your work", "Your team")):
            staff.keyboard.press("/")
            staff.keyboard.type("section")
            staff.keyboard.press("Enter")
            expect(staff.locator(".cvb-section-title:focus")).to_be_visible()
            staff.keyboard.type(section)
            staff.keyboard.press("Enter")
            staff.keyboard.press("/")
            insert(staff, "short")
            staff.keyboard.type(question)
            staff.keyboard.press("Escape")
        saved(staff)
        shown = [(one.title, [each.label for each in one.questions]) for one in draft(survey).sections]
        assert shown == [("About you", ["Your name"]), ("Your work", ["Your team"])]

    def test_it_is_moved_copied_deleted_and_undone(self, staff: Page, make_draft: MakeDraft, draft: Any):
        survey = make_draft()
        open_build(staff, survey)
        self.build(staff)
        keys = staff.keyboard
        keys.press("Alt+ArrowUp")
        keys.press("ArrowUp")
        keys.press("Control+d")
        expect(staff.locator(".cvb-card")).to_have_count(5)
        saved(staff)
        assert [one.key for one in draft(survey).questions()] == [
            "your_name", "your_team", "your_team_2", "what_else", "how_often_do_you",
        ]  # fmt: skip
        keys.press("Delete")
        expect(staff.locator(".cvb-card")).to_have_count(4)
        saved(staff)
        for _step in ("the deletion", "the copy", "the move"):
            keys.press("Control+z")
            saved(staff)
        labels = [one.label for one in draft(survey).questions()]
        assert labels == ["Your name", "Your team", "How often do you", "What else?"]
        keys.press("Control+Shift+z")
        saved(staff)
        assert questions(staff) == ["Your name", "Your team", "What else?", "How often do you"]
        assert questions(staff) == [one.label for one in draft(survey).questions()]

    def test_all_steps_can_be_undone_and_done_again(self, staff: Page, make_draft: MakeDraft, draft: Any):
        survey = make_draft(sample=True)
        before = draft(survey)
        open_build(staff, survey)
        keys = staff.keyboard
        card(staff, "Your age").get_by_label("Question", exact=True).fill("How old are you?")
        saved(staff)
        staff.get_by_role("checkbox", name="Required").uncheck()
        saved(staff)
        staff.locator("#pane-settings").get_by_label("Kind of question").select_option("decimal")
        saved(staff)
        keys.press("Escape")
        card(staff, "How old are you?").focus()
        keys.press("Alt+ArrowUp")
        keys.press("Delete")
        saved(staff)
        after = draft(survey)
        assert "your_age" not in after.by_key
        for _step in range(5):
            keys.press("Control+z")
            saved(staff)
        assert draft(survey) == before
        for _step in range(5):
            keys.press("Control+Shift+z")
            saved(staff)
        assert draft(survey) == after

    def test_the_outline_is_one_stop_and_walked_by_arrows(self, staff: Page, make_draft: MakeDraft, draft: Any):
        survey = make_draft(sample=True)
        open_build(staff, survey)
        tree = staff.get_by_role("tree")
        assert tree.locator("[tabindex='0']").count() == 1
        tree.locator("[tabindex='0']").focus()
        for _step in range(3):
            staff.keyboard.press("ArrowDown")
        expect(staff.get_by_role("treeitem", name="Your age")).to_be_focused()
        staff.keyboard.press("Alt+ArrowDown")
        saved(staff)
        assert [one.key for one in draft(survey).sections[0].questions][-3:] == ["height", "age", "started"]
        staff.keyboard.press("Enter")
        expect(card(staff, "Your age").get_by_label("Question", exact=True)).to_be_focused()

    def test_choices_are_edited_like_lines(self, staff: Page, make_draft: MakeDraft, draft: Any):
        survey = make_draft(sample=True)
        open_build(staff, survey)
        tools = card(staff, "Your tools")
        first = tools.get_by_label("Choice 1", exact=True)
        first.click()
        staff.keyboard.press("End")
        staff.keyboard.press("Enter")
        staff.keyboard.type("Julia")
        staff.keyboard.press("Alt+ArrowDown")
        saved(staff)
        assert list(draft(survey).by_key["tools"].labels.values()) == ["Python", "R", "Julia", "None of these"]
        staff.keyboard.press("Control+a")
        staff.keyboard.press("Backspace")
        staff.keyboard.press("Backspace")
        expect(tools.get_by_label("Choice 2", exact=True)).to_be_focused()
        saved(staff)
        assert list(draft(survey).by_key["tools"].labels.values()) == ["Python", "R", "None of these"]
        tools.get_by_role("button", name="alone").first.click()
        saved(staff)
        assert [one.exclusive for one in draft(survey).by_key["tools"].choices] == [True, False, True]


class TestByHand:
    def drag(self, page: Page, source: Locator, target: Locator) -> None:
        source.hover()
        start, end = source.bounding_box(), target.bounding_box()
        assert start
        assert end
        page.mouse.move(start["x"] + 4, start["y"] + start["height"] / 2)
        page.mouse.down()
        page.mouse.move(start["x"] + 8, start["y"] + start["height"] / 2 + 6, steps=4)
        page.mouse.move(end["x"] + 12, end["y"] + end["height"] / 2, steps=12)
        page.mouse.move(end["x"] + 12, end["y"] + end["height"] - 4, steps=4)
        # What is dragged over moves aside first.
        page.wait_for_timeout(300)
        page.mouse.up()

    def test_a_question_is_dragged_in_the_outline(self, staff: Page, make_draft: MakeDraft, draft: Any):
        survey = make_draft(sample=True)
        open_build(staff, survey)

        def row(name: str) -> Locator:
            return staff.get_by_role("treeitem", name=name).locator("> .cvb-row")

        self.drag(staff, row("Your age").locator(".cvb-grip"), row("Your tools"))
        expect(staff.get_by_role("treeitem", name="Your work").get_by_role("treeitem")).to_have_count(6)
        saved(staff)
        assert "age" in [one.key for one in draft(survey).sections[1].questions]
        staff.locator("[data-action=build-undo]").click()
        saved(staff)
        assert [one.key for one in draft(survey).sections[0].questions][2] == "age"

    def test_a_section_is_dragged_with_its_questions(self, staff: Page, make_draft: MakeDraft, draft: Any):
        survey = make_draft(sample=True)
        open_build(staff, survey)
        second = staff.get_by_role("treeitem", name="Your work").locator("> .cvb-row .cvb-grip")
        self.drag(staff, second, staff.get_by_role("treeitem", name="Before you start"))
        saved(staff)
        assert [one.title for one in draft(survey).sections] == ["Your work", "About you"]

    def test_a_list_is_pasted(self, staff: Page, make_draft: MakeDraft, draft: Any):
        survey = make_draft(sample=True)
        open_build(staff, survey)
        team = card(staff, "Your team")
        team.get_by_label("Question", exact=True).click()
        team.get_by_role("button", name="Paste a list").click()
        dialog = staff.get_by_role("dialog")
        dialog.get_by_role("textbox").fill("Development")
        dialog.get_by_role("button", name="Add the choices").click()
        expect(dialog.get_by_role("alert")).to_contain_text("no choice")
        lines = "\n".join(f"{number}|Team {number}" for number in range(1000))
        # Typed by a script: typing a thousand lines takes a browser seconds.
        dialog.get_by_role("textbox").evaluate("(field, text) => { field.value = text }", lines)
        dialog.get_by_role("button", name="Add the choices").click()
        expect(dialog).to_have_count(0)
        expect(staff.locator(".cv-toasts")).to_contain_text("1000 choices were added.")
        expect(team.get_by_role("button", name="Show all 1002")).to_be_visible()
        assert len(draft(survey).by_key["team"].choices) == 1002
        staff.keyboard.press("Control+z")
        saved(staff)
        assert len(draft(survey).by_key["team"].choices) == 2

    def test_what_was_published_is_retired_and_restored(self, staff: Page, make_draft: MakeDraft, draft: Any):
        survey = make_draft(published=True)
        open_build(staff, survey)
        card(staff, "Your age").get_by_label("Question", exact=True).click()
        expect(staff.get_by_label("Key", exact=True)).to_have_attribute("readonly", "")
        card(staff, "Your age").get_by_role("button", name="Retire").click()
        expect(card(staff, "Your age")).to_have_count(0)
        saved(staff)
        assert "age" not in draft(survey).by_key
        staff.get_by_text("One retired question").click()
        staff.get_by_role("button", name="Restore").click()
        expect(card(staff, "Your age")).to_be_visible()
        saved(staff)
        assert "age" in draft(survey).by_key

    def test_settings_and_formatted_text(self, staff: Page, make_draft: MakeDraft, draft: Any):
        survey = make_draft(sample=True)
        open_build(staff, survey)
        card(staff, "Your age").get_by_label("Question", exact=True).click()
        settings = staff.locator("#pane-settings")
        settings.get_by_label("Least").fill("200")
        expect(card(staff, "Your age")).to_contain_text("is above the most")
        expect(staff.get_by_role("button", name="One finding")).to_be_visible()
        settings.get_by_label("Least").fill("18")
        expect(card(staff, "Your age").locator(".cvb-sketch")).to_contain_text("From 18 to 120")
        settings.get_by_label("Key", exact=True).fill("1st")
        expect(settings).to_contain_text("A key begins with a letter")
        expect(staff.locator("#build-status")).to_have_text("Not saved")
        settings.get_by_label("Key", exact=True).fill("years")
        settings.get_by_role("button", name="Add a description").click()
        frame = staff.frame_locator("iframe.cv-editor")
        frame.locator("#editor").click()
        staff.keyboard.type("In whole years.")
        staff.get_by_role("dialog").get_by_role("button", name="Done").click()
        saved(staff)
        asked = draft(survey).by_key["years"]
        assert (asked.settings["min"], asked.description) == (18, "<p>In whole years.</p>")
        expect(card(staff, "Your age").locator(".cvb-rich")).to_contain_text("In whole years.")

    def test_the_preview_shows_the_draft_on_two_screens(self, staff: Page, make_draft: MakeDraft):
        survey = make_draft(sample=True)
        open_build(staff, survey)
        card(staff, "Your age").get_by_label("Question", exact=True).fill("How old are you?")
        staff.get_by_role("button", name="Preview").click()
        form = staff.frame_locator("iframe.cvb-preview-frame")
        expect(form.get_by_label("How old are you?")).to_be_visible()
        form.get_by_label("How old are you?").fill("40")
        form.get_by_label("How old are you?").press("Enter")
        expect(form.get_by_label("How old are you?")).to_have_value("40")
        staff.get_by_role("button", name="Telephone").click()
        width = staff.locator("iframe.cvb-preview-frame").evaluate("(frame) => frame.contentWindow.innerWidth")
        assert width <= 375


class TestBesideOthers:
    def test_the_same_words_show_theirs_and_mine(self, staff: Page, colleague: Page, make_draft: MakeDraft, draft: Any):
        survey = make_draft(sample=True)
        open_build(staff, survey)
        open_build(colleague, survey)
        card(colleague, "Your age").get_by_label("Question", exact=True).fill("How old?")
        card(colleague, "Your name").get_by_label("Question", exact=True).click()
        card(colleague, "Your name").get_by_label("Hint", exact=True).fill("As in your passport")
        saved(colleague)
        card(staff, "Your name").get_by_label("Question", exact=True).fill("Your whole name")
        saved(staff)
        card(staff, "Your age").get_by_label("Question", exact=True).fill("Years of age")
        mine = card(staff, "Years of age")
        expect(mine.get_by_role("button", name="Keep mine")).to_be_visible()
        expect(mine).to_contain_text("How old?")
        expect(staff.locator("#build-status")).to_have_text("Not saved")
        assert draft(survey).by_key["age"].label == "How old?"
        mine.get_by_role("button", name="Keep mine").click()
        saved(staff)
        assert draft(survey).by_key["age"].label == "Years of age"
        merged = draft(survey).by_key["name"]
        assert (merged.label, merged.hint) == ("Your whole name", "As in your passport")

    def test_an_undo_that_would_take_away_their_words_is_refused(
        self, staff: Page, colleague: Page, make_draft: MakeDraft, draft: Any
    ):
        survey = make_draft(sample=True)
        open_build(staff, survey)
        card(staff, "Your age").get_by_label("Question", exact=True).fill("Mine")
        saved(staff)
        open_build(colleague, survey)
        card(colleague, "Mine").get_by_label("Question", exact=True).fill("Theirs")
        saved(colleague)
        card(staff, "Mine").get_by_label("Question", exact=True).click()
        card(staff, "Mine").get_by_label("Hint", exact=True).fill("x")
        saved(staff)
        staff.keyboard.press("Control+z")
        staff.keyboard.press("Control+z")
        expect(staff.locator(".cv-toasts")).to_contain_text("it was changed since")
        assert draft(survey).by_key["age"].label == "Theirs"

    def test_a_change_that_is_refused_is_taken_back_and_explained(
        self, staff: Page, served_app: Flask, make_draft: MakeDraft, draft: Any
    ):
        survey = make_draft(sample=True)
        open_build(staff, survey)
        with served_app.app_context():
            with unit_of_work():
                operations.publish_survey(db.session.get_one(Survey, survey), actor=SYSTEM)
            db.session.remove()
        card(staff, "Your age").get_by_role("button", name="Delete").click()
        expect(staff.locator(".cv-toasts")).to_contain_text("Retire it; its answers stay.")
        expect(card(staff, "Your age").get_by_role("button", name="Retire")).to_be_visible()
        expect(staff.locator("[data-action=build-undo]")).to_be_disabled()
        assert "age" in draft(survey).by_key

    def test_who_may_only_read_cannot_type(
        self, browser: Any, served_app: Flask, base_url: str, session_cookie: Any, make_draft: MakeDraft
    ):
        survey = make_draft(sample=True)
        with served_app.app_context():
            client = served_app.test_client()
            reader = db.session.scalars(db.select(User).where(User.username == "reader0")).one()
            factories.login(client, reader)
            cookie = client.get_cookie("canvass")
            db.session.remove()
        context = browser.new_context(base_url=base_url)
        context.add_cookies([{**session_cookie, "value": cookie.value}])
        page = context.new_page()
        open_build(page, survey)
        assert (
            page.locator("#build .cvb-grow:not([readonly], [disabled])").evaluate_all(
                "all => all.map((one) => one.outerHTML)"
            )
            == []
        )
        page.keyboard.press("/")
        expect(page.get_by_role("combobox", name="Kind of the new question")).to_be_hidden()
        assert page.get_by_role("button", name="Delete").count() == 0
        context.close()


class TestWithoutConnection:
    def test_what_is_typed_is_kept_and_sent_later(
        self, staff: Page, context: BrowserContext, make_draft: MakeDraft, draft: Any
    ):
        survey = make_draft(sample=True)
        open_build(staff, survey)
        context.set_offline(True)
        card(staff, "Your age").get_by_label("Question", exact=True).fill("How old are you?")
        expect(staff.locator("#build-status")).to_contain_text("there is no connection")
        assert draft(survey).by_key["age"].label == "Your age"
        context.set_offline(False)
        saved(staff)
        assert draft(survey).by_key["age"].label == "How old are you?"

    def test_it_survives_leaving_the_page(
        self, staff: Page, context: BrowserContext, make_draft: MakeDraft, draft: Any
    ):
        survey = make_draft(sample=True)
        open_build(staff, survey)
        staff.route("**/build/change", lambda route: route.abort())
        card(staff, "Your age").get_by_label("Question", exact=True).fill("How old are you?")
        expect(staff.locator("#build-status")).to_contain_text("there is no connection")
        asked: list[str] = []
        staff.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
        staff.reload()
        assert asked == ["beforeunload"]
        staff.unroute("**/build/change")
        staff.reload()
        expect(staff.locator(".cv-toasts")).to_contain_text("One change from before")
        saved(staff)
        assert draft(survey).by_key["age"].label == "How old are you?"
        assert staff.evaluate("() => localStorage.length") == 0

    def test_logging_out_elsewhere_loses_nothing(
        self,
        staff: Page,
        context: BrowserContext,
        base_url: str,
        session_cookie: Any,
        make_draft: MakeDraft,
        draft: Any,
    ):
        survey = make_draft(sample=True)
        open_build(staff, survey)
        context.clear_cookies()
        card(staff, "Your age").get_by_label("Question", exact=True).fill("How old are you?")
        expect(staff.locator("#build-status")).to_contain_text("you are logged out")
        context.add_cookies([session_cookie])
        staff.get_by_role("button", name="Retry").click()
        saved(staff)
        assert draft(survey).by_key["age"].label == "How old are you?"


class Looker:
    """Looks at a page with axe, and whether it fits the screen."""

    def __init__(self, page: Page) -> None:
        self.page, self.found = page, list[str]()

    def look(self, state: str) -> None:
        self.found.extend(f"{state}: {one}" for one in problems(self.page))
        if self.page.evaluate("() => document.documentElement.scrollWidth > innerWidth"):
            self.found.append(f"{state}: wider than the screen")


@pytest.mark.parametrize("width", [1440, 375])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_page_is_accessible_in_each_state(
    staff: Page, base_url: str, make_draft: MakeDraft, theme: str, width: int
):
    staff.context.add_cookies([{"name": "theme", "value": theme, "url": base_url}])
    staff.set_viewport_size({"width": width, "height": 900})
    looker = Looker(staff)
    open_build(staff, make_draft())
    looker.look("empty")
    open_build(staff, make_draft(published=True))
    looker.look("full")
    card(staff, "Your tools").get_by_label("Question", exact=True).click()
    looker.look("a question")
    staff.keyboard.press("Control+Enter")
    looker.look("adding")
    staff.keyboard.press("Escape")
    card(staff, "Your name").get_by_label("Question", exact=True).fill(
        "How satisfied are you with your place of work? " * 4
    )
    saved(staff)
    looker.look("a long question")
    card(staff, "How often do you").get_by_label("Question", exact=True).fill("")
    staff.keyboard.press("Escape")
    saved(staff)
    looker.look("a finding")
    staff.keyboard.press("Delete")
    saved(staff)
    looker.look("retired")
    for name in ("build-help", "build-preview"):
        staff.locator(f"[data-action={name}]").click()
        expect(staff.get_by_role("dialog")).to_be_visible()
        looker.look(name)
        staff.keyboard.press("Escape")
    for tab in ("Settings", "Outline") if width < 900 else ():
        staff.get_by_role("tab", name=tab).click()
        looker.look(tab)
    assert looker.found == []


def test_without_scripts_it_can_be_read(plain_staff: Page, make_draft: MakeDraft):
    plain_staff.goto(f"/admin/survey/{make_draft(sample=True)}/build")
    expect(plain_staff.get_by_text("needs JavaScript")).to_be_visible()
    expect(plain_staff.get_by_role("listitem").filter(has_text="Your age")).to_be_visible()
    expect(plain_staff.locator("#build")).to_be_hidden()


def test_every_kind_of_question_fits_a_telephone(staff: Page, served_app: Flask):
    """The page itself does not grow with a card that is too wide: it would be cut off."""
    with served_app.app_context():
        anna = db.session.scalars(db.select(User).where(User.username == "anna")).one()
        with unit_of_work():
            survey = operations.build_survey(every_type_questionnaire(), owner=anna, actor=anna)
            for number, question in enumerate(survey.sections[0].questions):
                question.label = "How satisfied are you with your place of work? " * 4
                question.key = f"how_satisfied_are_you_with_your_place_{number}"
        db.session.remove()
    staff.set_viewport_size({"width": 375, "height": 800})
    open_build(staff, survey.id)
    cards = staff.locator(".cvb-card")
    expect(cards).to_have_count(len(list(every_type_questionnaire().questions())))
    widest = "(cards) => Math.max(...cards.map((one) => one.getBoundingClientRect().right))"
    assert cards.evaluate_all(widest) <= 375
