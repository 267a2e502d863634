"""The public form with a script: one section at a time, errors that lose nothing, the browser's own way back."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from admin_app.core.db import db
from admin_app.surveys.questionnaire import Questionnaire, QuestionSpec, SectionSpec
from tests.browser.accessibility import problems
from tests.every_type import choices, every_type_questionnaire
from tests.factories import make_survey

SEND = "Send your answers"


@pytest.fixture(scope="module")
def survey(served_app: Flask) -> str:
    """The public id of an open survey with two sections."""
    with served_app.app_context():
        found = make_survey(opened=True).public_id
        db.session.remove()
    return found


@pytest.fixture
def form(survey: str, base_url: str) -> str:
    """The address of its form."""
    return f"{base_url}/s/{survey}"


def go_on(page: Page) -> None:
    """Leave the page for the next one."""
    page.get_by_role("button", name="Next").click()


def fill_first(page: Page) -> None:
    """Answer what the first page must have."""
    page.get_by_label("Your age").fill("36")
    go_on(page)
    expect(page.get_by_role("heading", name="Your work")).to_be_focused()


def fill_second(page: Page) -> None:
    """Answer what the second page must have."""
    page.get_by_role("radiogroup", name="Are you happy here?").get_by_label("Yes").check()
    page.get_by_role("radiogroup", name="Your team").get_by_label("Development").check()


def test_it_goes_page_by_page_and_ends_with_a_receipt(page: Page, form: str):
    page.goto(form)
    expect(page.get_by_text("Page 1 of 2")).to_be_visible()
    expect(page.get_by_role("button", name=SEND)).to_be_hidden()
    expect(page.get_by_role("button", name="Back")).to_be_hidden()
    expect(page.get_by_role("heading", name="Your work")).to_be_hidden()
    page.get_by_label("Your name").fill("Ada")
    fill_first(page)
    expect(page.get_by_text("Page 2 of 2")).to_be_visible()
    expect(page).to_have_title("Page 2 of 2: Working here")
    expect(page.get_by_label("Your name")).to_be_hidden()
    fill_second(page)
    page.get_by_role("button", name=SEND).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    assert page.context.cookies() == []


def test_a_page_is_not_left_with_errors_and_the_focus_goes_to_them(page: Page, form: str):
    page.goto(form)
    page.get_by_label("Your age").fill("forty")
    page.get_by_label("Your height in metres").fill("tall")
    go_on(page)
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("link")).to_have_count(2)
    expect(page).to_have_title("Error: Working here")
    expect(page.get_by_label("Your age")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Your age")).to_have_accessible_description(
        "From 16 to 120. Error: Write a whole number in digits only, such as 42."
    )
    summary.get_by_role("link", name="Your age").click()
    expect(page.get_by_label("Your age")).to_be_focused()
    page.get_by_label("Your age").fill("12")
    page.get_by_label("Your height in metres").fill("1,75")
    go_on(page)
    expect(page.get_by_role("link", name="Your age – The number must be 16 or more.")).to_be_visible()
    expect(page.get_by_role("alert").get_by_role("link")).to_have_count(1)
    page.get_by_label("Your age").fill("16")
    go_on(page)
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page).to_have_title("Page 2 of 2: Working here")


def test_the_browsers_own_way_back_goes_from_page_to_page(page: Page, form: str):
    page.set_viewport_size({"width": 375, "height": 500})
    page.goto(form)
    page.get_by_label("Your age").fill("36")
    page.get_by_label("First day here").scroll_into_view_if_needed()
    before = page.evaluate("scrollY")
    assert before > 100
    go_on(page)
    expect(page.get_by_role("heading", name="Your work")).to_be_focused()
    assert page.evaluate("scrollY") == 0
    left = page.evaluate("history.length")
    page.go_back()
    expect(page.get_by_text("Page 1 of 2")).to_be_visible()
    assert page.evaluate("scrollY") >= before
    expect(page.get_by_label("Your age")).to_have_value("36")
    page.go_forward()
    expect(page.get_by_text("Page 2 of 2")).to_be_visible()
    page.get_by_role("button", name="Back").click()
    expect(page.get_by_text("Page 1 of 2")).to_be_visible()
    assert page.evaluate("history.length") == left, "the button is the browser's way back"


def test_a_line_of_the_servers_summary_leads_to_its_page(page: Page, form: str):
    page.goto(form)
    fill_first(page)
    page.get_by_role("button", name="Back").click()
    # Taken by the script, not by the server.
    page.get_by_label("Your name").evaluate("(field) => (field.closest('.q').dataset.most = 500)")
    page.get_by_label("Your name").fill("A" * 90)
    go_on(page)
    fill_second(page)
    page.get_by_role("button", name=SEND).click()
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page).to_have_title("Error: Working here")
    expect(page.get_by_label("Your name")).to_be_visible()
    page.get_by_role("link", name="Your name").click()
    expect(page.get_by_label("Your name")).to_be_focused()
    page.get_by_label("Your name").fill("Ada")
    go_on(page)
    expect(page).to_have_title("Page 2 of 2: Working here")
    expect(page.get_by_role("heading", name="Your work")).to_have_accessible_description("Page 2 of 2")
    expect(page.get_by_role("radiogroup", name="Your team").get_by_label("Development")).to_be_checked()
    page.get_by_role("button", name=SEND).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")


def test_it_is_answered_by_keyboard_alone(page: Page, form: str):
    page.goto(form)

    def tab_to(name: str) -> None:
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.name || document.activeElement.textContent.trim()") == name:
                return
        raise AssertionError(f"the keyboard does not reach {name}")

    tab_to("age")
    page.keyboard.type("36")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your work")).to_be_focused()
    tab_to("happy")
    page.keyboard.press("Space")
    tab_to("team")
    page.keyboard.press("Space")
    tab_to(SEND)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 375, 1440])
def test_every_page_is_accessible_and_fits_also_with_errors(
    page: Page, served_app: Flask, base_url: str, width: int, scheme: Any
):
    with served_app.app_context():
        found = make_survey(opened=True, anonymous=True, questionnaire=every_type_questionnaire()).public_id
        db.session.remove()
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{base_url}/s/{found}")
    for number in range(1, 5):
        expect(page.get_by_text(f"Page {number} of 4")).to_be_visible()
        check(page, width)
        page.locator("button[type=submit]:visible").click()
        expect(page.get_by_role("alert")).to_be_focused()
        check(page, width)
        fill_page(page, number)
        page.locator("button[type=submit]:visible").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")
    assert problems(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def fill_page(page: Page, number: int) -> None:
    """Answer what a page of every question there is must have."""
    if number == 1:
        page.get_by_label("Your name").fill("Ada")
        page.get_by_label("Your age").fill("36")
    elif number == 2:
        fill_second(page)
    elif number == 3:
        page.get_by_role("radio", name="5 – Very").check(force=True)
    else:
        page.get_by_label("I agree").check()


def check(page: Page, width: int) -> None:
    assert problems(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    sizes = page.eval_on_selector_all(
        "fieldset label:not(.other label), .q > input:not([type=hidden]), .slide input, .combo input, textarea, button",
        "elements => elements.filter(one => one.checkVisibility()).map(one => [one.offsetWidth, one.offsetHeight])",
    )
    assert min(height for _, height in sizes) >= 44, "a finger needs 44 pixels"
    assert min(across for across, _ in sizes) >= 24


def test_a_matrix_is_asked_row_by_row_and_other_needs_words(page: Page, served_app: Flask, base_url: str):
    often = choices(never="Never", often="Often")
    asked = (
        QuestionSpec("", "m", "matrix_single", "How often do you", required=True, choices=often,
                     rows=choices(early="come early", late="stay late")),
        QuestionSpec("", "t", "multiple_choice", "Your tools", settings={"other": True, "min_choices": 2},
                     choices=choices(a="A", b="B", c="C")),
    )  # fmt: skip
    with served_app.app_context():
        questionnaire = Questionnaire("Rows", sections=(SectionSpec("", "Only one", questions=asked),))
        found = make_survey(opened=True, questionnaire=questionnaire).public_id
        db.session.remove()
    page.goto(f"{base_url}/s/{found}")
    expect(page.get_by_text("Page 1 of")).to_have_count(0)
    page.get_by_role("group", name="Your tools").get_by_label("Other", exact=True).check()
    page.get_by_role("button", name=SEND).click()
    summary = page.get_by_role("alert")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("link")).to_have_text(
        [
            "come early – Answer this question to go on.",
            "stay late – Answer this question to go on.",
            "Your tools – Choose at least 2 answers.",
            "Your tools – Say in words what “Other” is.",
        ]
    )
    assert problems(page) == []
    summary.get_by_role("link").nth(1).click()
    expect(page.get_by_role("radiogroup", name="stay late").get_by_label("Never")).to_be_focused()
    page.keyboard.press("Space")
    page.get_by_role("radiogroup", name="come early").get_by_label("Often").check()
    page.get_by_label("Other: in your own words").fill("A pen")
    page.get_by_role("group", name="Your tools").get_by_label("B", exact=True).check()
    page.get_by_role("button", name=SEND).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_right_to_left_and_long_words_fit_on_the_narrowest_screen(
    page: Page, served_app: Flask, base_url: str, scheme: Any
):
    long = "Donaudampfschifffahrtsgesellschaftskapitän " * 5
    asked = (
        QuestionSpec("", "a", "single_choice", long, required=True, choices=choices(x=long, y="y")),
        QuestionSpec("", "b", "scale", "ما مدى رضاك؟", settings={"min_label": "غير راض", "max_label": "راض جدا"}),
        QuestionSpec("", "c", "single_choice", "Three hundred", settings={"appearance": "radio"},
                     choices=choices(**{f"c{number}": f"Option {number}" for number in range(300)})),
    )  # fmt: skip
    sections = (SectionSpec("", "عنك", questions=asked), SectionSpec("", long, questions=asked[:0], description=long))
    with served_app.app_context():
        found = make_survey(opened=True, questionnaire=Questionnaire(long, language="ar", sections=sections)).public_id
        db.session.remove()
    page.set_viewport_size({"width": 320, "height": 640})
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{base_url}/s/{found}")
    expect(page.locator("html")).to_have_attribute("dir", "rtl")
    page.get_by_label("Search the answers").wait_for()
    check(page, 320)
    go_on(page)
    expect(page.get_by_role("alert")).to_be_focused()
    check(page, 320)
    page.get_by_label("Search the answers").fill("299")
    page.get_by_label("Option 299").check()
    page.get_by_role("radio", name="y", exact=True).check()
    go_on(page)
    expect(page.get_by_text("Page 2 of 2")).to_be_visible()
    check(page, 320)


def test_on_paper_all_pages_are_there(page: Page, form: str):
    page.goto(form)
    page.emulate_media(media="print")
    expect(page.get_by_role("heading", name="Your work")).to_be_visible()
    expect(page.get_by_role("button")).to_have_count(0)
