"""The respondents' side in a real browser: on a phone without JavaScript, narrow, dark, and by axe."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from admin_app.core.db import db
from tests.browser.accessibility import problems
from tests.factories import make_survey


@pytest.fixture
def form(served_app: Flask, base_url: str) -> str:
    """The address of an open survey's form."""
    with served_app.app_context():
        survey = make_survey(opened=True, listed=True, anonymous=True)
        db.session.remove()
        return f"{base_url}/s/{survey.public_id}"


@pytest.fixture
def phone(browser: Any) -> Iterator[Page]:
    """A phone whose browser runs no scripts."""
    context = browser.new_context(viewport={"width": 375, "height": 667}, has_touch=True, java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_a_respondent_without_javascript_makes_a_mistake_and_gets_a_receipt(phone: Page, form: str):
    phone.goto(form)
    phone.get_by_label("Your name").fill("Ada")
    phone.get_by_label("Your age").fill("forty")
    phone.get_by_role("radiogroup", name="Are you happy here?").get_by_label("Yes").check()
    phone.get_by_role("group", name="Your tools").get_by_label("Python").check()
    phone.get_by_role("radiogroup", name="work late").get_by_label("Never").check()
    phone.get_by_role("button", name="Send your answers").click()

    expect(phone).to_have_title("Error: Working here")
    summary = phone.get_by_role("alert")
    expect(summary.get_by_role("link")).to_have_count(2)
    expect(summary).to_be_in_viewport()
    summary.get_by_role("link", name="Your age").click()
    expect(phone.get_by_label("Your age")).to_be_in_viewport()
    expect(phone.get_by_label("Your name")).to_have_value("Ada")
    expect(phone.get_by_label("Your age")).to_have_value("forty")
    expect(phone.get_by_role("group", name="Your tools").get_by_label("Python")).to_be_checked()

    phone.get_by_label("Your age").fill("40")
    phone.get_by_role("radiogroup", name="Your team").get_by_label("Operations").check()
    phone.get_by_role("button", name="Send your answers").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Thank you")
    assert phone.url.startswith(f"{form}/done?r=")
    assert phone.url[-19:] in phone.locator("main").inner_text()
    assert phone.context.cookies() == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 375, 1440])
def test_the_form_is_accessible_and_fits(page: Page, form: str, width: int, scheme: Any):
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    page.goto(form)
    _check(page, width)
    page.get_by_role("button", name="Next").click()
    expect(page.get_by_role("alert")).to_be_focused()
    _check(page, width)


def _check(page: Page, width: int) -> None:
    assert problems(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    heights = page.eval_on_selector_all(
        "fieldset label:not(.other label), .q > input, textarea, select, button",
        "elements => elements.filter(one => one.checkVisibility()).map(one => one.getBoundingClientRect().height)",
    )
    assert min(heights) >= 44, "a finger needs 44 pixels"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_other_pages_are_accessible(page: Page, base_url: str, form: str, scheme: Any):
    page.emulate_media(color_scheme=scheme)
    for place in (base_url, f"{base_url}/s/nothing"):
        page.goto(place)
        assert problems(page) == []


def test_the_page_with_all_that_it_loads_is_light_and_from_here(page: Page, form: str, base_url: str):
    sizes: dict[str, int] = {}
    page.on("requestfinished", lambda request: sizes.update({request.url: request.sizes()["responseBodySize"]}))
    page.goto(form, wait_until="networkidle")
    assert all(url.startswith((base_url, "data:")) for url in sizes)
    assert len(sizes) <= 8
    assert sum(sizes.values()) < 30_000


def test_the_keyboard_reaches_everything_but_the_trap(page: Page, form: str):
    page.goto(form)
    reached = set()
    for fill in (lambda: page.keyboard.insert_text("36"), lambda: None):
        for _ in range(20):
            page.keyboard.press("Tab")
            reached.add(name := page.evaluate("document.activeElement.name || document.activeElement.tagName"))
            if name == "age":
                fill()
        page.get_by_role("button", name="Next").or_(page.get_by_role("button", name="Send")).click()
    assert {"name", "age", "started", "happy", "team", "tools", "habits__late", "comment", "BUTTON"} <= reached
    assert "canvass__website" not in reached
