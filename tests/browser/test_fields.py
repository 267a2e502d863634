"""Every question type in a real browser: by keyboard, by finger, with the script and without it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from admin_app.core.db import db
from admin_app.replies.models import Reply
from admin_app.surveys.questionnaire import SectionSpec
from tests.browser.accessibility import problems
from tests.every_type import every_type_questionnaire
from tests.factories import make_survey

SEND = "Send your answers"


@pytest.fixture(scope="module")
def every(served_app: Flask) -> tuple[int, str]:
    """The id and the public id of an open survey with every question type, all of them in one section."""
    questionnaire = every_type_questionnaire()
    section = SectionSpec("", "Everything", questions=tuple(questionnaire.questions()))
    with served_app.app_context():
        survey = make_survey(opened=True, questionnaire=replace(questionnaire, sections=(section,)))
        found = survey.id, survey.public_id
        db.session.remove()
    return found


@pytest.fixture
def form(every: tuple[int, str], base_url: str) -> str:
    """The address of its form."""
    return f"{base_url}/s/{every[1]}"


@pytest.fixture
def phone(browser: Any) -> Iterator[Page]:
    """A narrow phone whose browser runs no scripts."""
    context = browser.new_context(viewport={"width": 320, "height": 640}, has_touch=True, java_script_enabled=False)
    yield context.new_page()
    context.close()


def last_answers(served_app: Flask, every: tuple[int, str]) -> dict[str, Any]:
    """What was stored last."""
    with served_app.app_context():
        newest = select(Reply.answers).where(Reply.survey_id == every[0]).order_by(Reply.id.desc())
        answers = dict(db.session.scalars(newest).first() or {})
        db.session.remove()
    return answers


def fields(page: Page, key: str) -> Locator:
    """The fields of that name."""
    return page.locator(f'[name="{key}"]')


def question(page: Page, words: str) -> Locator:
    """The group of a question by its words."""
    return page.locator(".q").filter(has_text=words).first


def fill_required(page: Page) -> None:
    """Answer what must be answered."""
    page.get_by_label("Your name").fill("Ada")
    page.get_by_label("Your age").fill("36")
    page.get_by_role("radiogroup", name="Are you happy here?").get_by_label("Yes").check()
    page.get_by_role("radiogroup", name="Your team").get_by_label("Development").check()
    page.get_by_role("radio", name="5 – Very").check(force=True)
    page.get_by_label("I agree").check()


def send_unchecked(page: Page) -> None:
    """Send the form past the script, so that the server says all that is wrong."""
    page.locator("form[data-survey]").evaluate("(form) => form.submit()")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 375, 1440])
def test_it_is_accessible_and_fits_also_with_errors(page: Page, form: str, width: int, scheme: Any):
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    page.goto(form)
    _check(page, width)
    for key, wrong in {"email": "ada@", "url": "ada", "phone": "ada", "decimal": "ada"}.items():
        fields(page, key).fill(wrong)
    fields(page, "slider").nth(1).fill("37")
    fields(page, "multiple_choice").first.check()
    send_unchecked(page)
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert").get_by_role("link")).to_have_count(12)
    _check(page, width)


def _check(page: Page, width: int) -> None:
    assert problems(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    sizes = page.eval_on_selector_all(
        "fieldset label:not(.other label), .q > input:not([type=hidden]), .slide input, .combo input, textarea, button",
        "elements => elements.filter(one => one.checkVisibility()).map(one => [one.offsetWidth, one.offsetHeight])",
    )
    assert min(height for _, height in sizes) >= 44, "a finger needs 44 pixels"
    assert min(width for width, _ in sizes) >= 24


def test_at_four_times_the_size_nothing_is_cut_off(page: Page, form: str):
    page.set_viewport_size({"width": 320, "height": 256})
    page.goto(form)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_right_to_left_it_still_fits(page: Page, form: str):
    page.set_viewport_size({"width": 375, "height": 800})
    page.goto(form)
    page.evaluate("document.documentElement.dir = 'rtl'")
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    points = fields(page, "nps")
    first, second = (points.nth(index).bounding_box() for index in (0, 1))
    assert first is not None
    assert second is not None
    assert first["x"] > second["x"]


def test_a_respondent_without_javascript_answers_everything(
    phone: Page, form: str, served_app: Flask, every: tuple[int, str]
):
    phone.goto(form)
    fill_required(phone)
    phone.get_by_label("Your e-mail address").fill("ada@example.org")
    phone.get_by_label("Your web page").fill("example.org")
    phone.get_by_label("When does your day begin?").fill("08:30")
    phone.get_by_label("When did you last see a doctor?").fill("2026-03-31T14:05")
    phone.get_by_label("Where do you live?").select_option("Iceland")
    phone.get_by_role("radiogroup", name="recommend us").get_by_label("10 – Extremely likely").check(force=True)
    phone.get_by_label("4 of 5 stars").check(force=True)
    phone.get_by_label("How much of your day goes to meetings?: the number").fill("35")
    assert phone.evaluate("document.documentElement.scrollWidth") <= 320
    phone.get_by_role("button", name=SEND).click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Thank you")
    answers = last_answers(served_app, every)
    assert (answers["slider"], answers["rating"], answers["nps"], answers["scale"]) == (35, 4, 10, 5)
    assert (answers["time"], answers["datetime"], answers["dropdown"]) == ("08:30", "2026-03-31T14:05", "iceland")
    assert (answers["url"], answers["consent"], answers["letter"]) == ("https://example.org", True, False)


def test_a_slider_that_nobody_touched_is_no_answer(phone: Page, form: str, served_app: Flask, every: tuple[int, str]):
    phone.goto(form)
    fill_required(phone)
    phone.get_by_role("button", name=SEND).click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Thank you")
    assert last_answers(served_app, every)["slider"] is None


def test_a_slider_alone_is_enough_without_javascript(phone: Page, form: str, served_app: Flask, every: tuple[int, str]):
    phone.goto(form)
    fill_required(phone)
    phone.get_by_label("How much of your day goes to meetings?", exact=True).focus()
    for _ in range(3):
        phone.keyboard.press("ArrowRight")
    phone.get_by_role("button", name=SEND).click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Thank you")
    assert last_answers(served_app, every)["slider"] == 10


class TestSlider:
    def test_the_slider_and_its_box_agree(self, page: Page, form: str):
        page.goto(form)
        slider, box = fields(page, "slider").nth(0), fields(page, "slider").nth(1)
        expect(slider).to_have_attribute("aria-valuetext", "No answer")
        expect(box).to_have_value("")
        slider.focus()
        page.keyboard.press("ArrowRight")
        expect(box).to_have_value("0")
        expect(slider).to_have_attribute("aria-valuetext", "0 %")
        box.fill("35")
        expect(slider).to_have_value("35")
        box.fill("")
        expect(slider).to_have_attribute("aria-valuetext", "No answer")
        slider.focus()
        page.keyboard.press("End")
        expect(box).to_have_value("100")
        page.keyboard.press("Home")
        expect(box).to_have_value("")

    def test_what_was_typed_wrongly_is_still_there(self, page: Page, form: str):
        page.goto(form)
        fields(page, "slider").nth(1).fill("many")
        send_unchecked(page)
        expect(fields(page, "slider").nth(1)).to_have_value("many")


class TestChoices:
    def test_none_of_these_stands_alone(self, page: Page, form: str):
        page.goto(form)
        tools = page.get_by_role("group", name="Your tools")
        tools.get_by_label("Python").check()
        tools.get_by_label("Other", exact=True).check()
        tools.get_by_label("None of these").check()
        for label in ("Python", "R", "Other"):
            expect(tools.get_by_label(label, exact=True)).not_to_be_checked()
        expect(tools.get_by_label("Other: in your own words")).to_be_disabled()
        tools.get_by_label("R", exact=True).check()
        expect(tools.get_by_label("None of these")).not_to_be_checked()
        expect(tools.get_by_label("Other: in your own words")).to_be_enabled()

    def test_words_for_other_choose_it(self, page: Page, form: str):
        page.goto(form)
        team = page.get_by_role("radiogroup", name="Your team")
        team.get_by_label("Other: in your own words").fill("Legal")
        expect(team.get_by_label("Other", exact=True)).to_be_checked()

    def test_an_answer_can_be_taken_back_where_none_is_needed(self, page: Page, form: str):
        page.goto(form)
        often = page.get_by_role("radiogroup", name="How often do you work from home?")
        clear = often.get_by_role("button", name="Clear my answer")
        expect(clear).to_be_hidden()
        often.get_by_label("Often").check()
        clear.click()
        expect(often.get_by_label("Often")).not_to_be_checked()
        expect(often.get_by_label("Never")).to_be_focused()
        expect(clear).to_be_hidden()
        assert page.get_by_role("radiogroup", name="Are you happy").get_by_role("button").count() == 0

    def test_a_scale_is_answered_by_keyboard(self, page: Page, form: str):
        page.goto(form)
        fields(page, "nps").first.focus()
        page.keyboard.press("Space")
        for _ in range(3):
            page.keyboard.press("ArrowRight")
        expect(page.get_by_role("radiogroup", name="recommend us").get_by_label("3", exact=True)).to_be_checked()
        fields(page, "rating").first.focus()
        page.keyboard.press("ArrowRight")
        expect(page.get_by_label("2 of 5 stars")).to_be_checked()

    def test_a_long_list_of_rows_is_searched(self, page: Page, form: str):
        page.goto(form)
        languages = page.get_by_role("radiogroup", name="Your first language")
        languages.get_by_label("Arabic").check()
        search = languages.get_by_label("Search the answers")
        search.fill("ISH")
        expect(languages.get_by_role("status")).to_have_text("6 of 18 answers")
        shown = languages.locator("label:visible").all_inner_texts()
        assert shown == ["Arabic", "Danish", "English", "Finnish", "Polish", "Spanish", "Swedish"]
        search.press("Enter")
        assert page.url == form
        search.fill("xyz")
        expect(languages.get_by_role("status")).to_have_text("No answer has these words.")
        search.fill("")
        assert languages.locator("label:visible").count() == 18
        expect(languages.get_by_role("status")).to_have_text("")


class TestList:
    @pytest.fixture
    def box(self, page: Page, form: str) -> Locator:
        page.goto(form)
        # A select is a combobox too, until the script has made it a box to write in.
        page.locator("input[role=combobox]").wait_for()
        return page.get_by_role("combobox", name="Where do you live?")

    def test_it_is_searched_and_chosen_by_keyboard(self, page: Page, box: Locator):
        value = page.locator("select[name=dropdown]")
        box.focus()
        page.keyboard.type("bu")
        expect(page.get_by_role("option")).to_have_count(1)
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        expect(box).to_have_value("Bulgaria")
        expect(box).to_have_attribute("aria-expanded", "false")
        assert value.input_value() == "bulgaria"
        assert problems(page) == []
        # Arrows go round and begin with what is chosen.
        page.keyboard.press("ArrowDown")
        expect(page.get_by_role("option", name="Bulgaria")).to_have_attribute("aria-selected", "true")
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Enter")
        expect(box).to_have_value("Brazil")
        assert problems(page) == []

    def test_while_it_is_open_it_is_accessible(self, page: Page, box: Locator):
        box.click()
        expect(page.get_by_role("option")).to_have_count(30)
        page.keyboard.press("ArrowDown")
        assert problems(page) == []
        assert box.get_attribute("aria-activedescendant") == page.get_by_role("option").first.get_attribute("id")

    def test_escape_leaves_all_as_it_was(self, page: Page, box: Locator):
        box.fill("germany")
        page.keyboard.press("Enter")
        expect(box).to_have_value("Germany")
        box.fill("ic")
        page.keyboard.press("Escape")
        expect(box).to_have_value("Germany")
        expect(page.get_by_role("listbox")).to_be_hidden()

    @pytest.mark.parametrize(
        ("words", "kept"),
        [("iceland", "Iceland"), ("hun", "Hungary"), ("i", ""), ("nowhere", ""), ("Éstonia", "Estonia")],
    )
    def test_what_is_written_counts_where_it_can_mean_one_thing_only(self, page: Page, box: Locator, words, kept):
        box.fill(words)
        page.keyboard.press("Tab")
        expect(box).to_have_value(kept)
        assert page.locator("select[name=dropdown]").input_value() == kept.lower()

    def test_an_empty_box_takes_the_answer_back(self, page: Page, box: Locator):
        box.fill("italy")
        page.keyboard.press("Tab")
        box.fill("")
        page.keyboard.press("Tab")
        assert page.locator("select[name=dropdown]").input_value() == ""

    def test_a_finger_chooses_too_and_words_for_other_show(self, page: Page, box: Locator):
        box.click()
        page.get_by_role("option", name="Chile").click()
        expect(box).to_have_value("Chile")
        question(page, "Where do you live?").get_by_label("Other: in your own words").fill("On the sea")
        expect(box).to_have_value("Other")

    def test_it_is_sent_and_comes_back(self, page: Page, box: Locator):
        box.fill("france")
        page.keyboard.press("Tab")
        send_unchecked(page)
        expect(page.get_by_role("alert")).to_be_visible()
        expect(page.get_by_role("combobox", name="Where do you live?")).to_have_value("France")
