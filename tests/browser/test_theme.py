"""Colours: the system's until somebody chooses, then his, from the first frame of every page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page

BACKGROUND = "() => getComputedStyle(document.body).backgroundColor"
LIGHT, DARK = "rgb(255, 255, 255)", "rgb(15, 20, 25)"


def test_the_choice_stays_and_comes_with_the_page_itself(staff: Page):
    staff.goto("/admin/")
    assert staff.evaluate(BACKGROUND) == LIGHT
    staff.click("[popovertarget=user-menu]")
    staff.click("[data-theme=dark]")
    assert staff.evaluate(BACKGROUND) == DARK
    answer = staff.goto("/admin/")
    assert answer is not None
    # The server writes it, so there is no moment in which a script has still to do so.
    assert 'data-bs-theme="dark"' in answer.text()
    assert staff.evaluate(BACKGROUND) == DARK
    assert staff.get_attribute("[data-theme=dark]", "aria-pressed") == "true"
    staff.click("[popovertarget=user-menu]")
    staff.click("[data-theme=system]")
    assert staff.evaluate(BACKGROUND) == LIGHT
    answer = staff.reload()
    assert answer is not None
    assert "data-bs-theme" not in answer.text()


@pytest.mark.parametrize(("scheme", "colour"), [("light", LIGHT), ("dark", DARK)])
def test_without_a_choice_or_a_script_the_system_decides(
    browser: Browser, base_url: str, session_cookie: dict[str, str], scheme: str, colour: str
):
    context = browser.new_context(base_url=base_url, color_scheme=scheme, java_script_enabled=False)  # type: ignore[arg-type]
    context.add_cookies([session_cookie])  # type: ignore[list-item]
    page = context.new_page()
    page.goto("/admin/")
    assert page.evaluate(BACKGROUND) == colour
    context.close()


def test_a_forged_cookie_writes_nothing_into_the_page(staff: Page, base_url: str):
    staff.context.add_cookies([{"name": "theme", "value": "dark%22onload=x", "url": base_url}])
    answer = staff.goto("/admin/")
    assert answer is not None
    assert "onload" not in answer.text()
    assert "data-bs-theme" not in answer.text()
