"""The search over everything and the shortcuts, by keyboard alone; the focus is never lost."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.accessibility import problems

FOCUSED = "() => document.activeElement === document.body ? '' : document.activeElement.outerHTML.slice(0, 300)"


def focused(page: Page) -> str:
    """The element that has the focus; empty where nothing has."""
    found: str = page.evaluate(FOCUSED)
    return found


class TestPalette:
    def test_goes_to_a_record(self, staff: Page):
        staff.goto("/admin/")
        staff.keyboard.press("Control+k")
        field = staff.get_by_role("combobox", name="Search everything")
        expect(field).to_be_focused()
        field.press_sequentially("reader1")
        option = staff.get_by_role("option", name="reader1 reader1@example.org", exact=True)
        expect(option).to_be_visible()
        first = staff.locator('[role="option"]').first
        expect(first).to_have_attribute("aria-selected", "true")
        assert field.get_attribute("aria-activedescendant") == first.get_attribute("id")
        staff.keyboard.press("ArrowDown")
        expect(first).to_have_attribute("aria-selected", "false")
        staff.keyboard.press("ArrowUp")
        staff.keyboard.press("ArrowUp")
        expect(staff.locator('[role="option"]').last).to_have_attribute("aria-selected", "true")
        staff.keyboard.press("ArrowDown")
        staff.keyboard.press("Enter")
        staff.wait_for_url("**/admin/user/details/**")

    def test_runs_an_action_and_gives_the_focus_back(self, staff: Page):
        staff.goto("/admin/user/")
        staff.focus("#search")
        staff.keyboard.press("Control+k")
        staff.keyboard.type("dark")
        expect(staff.get_by_role("option", name="Dark colours")).to_have_attribute("aria-selected", "true")
        staff.keyboard.press("Enter")
        expect(staff.locator("html")).to_have_attribute("data-bs-theme", "dark")
        assert 'id="search"' in focused(staff)
        staff.keyboard.press("Control+k")
        expect(staff.get_by_role("combobox", name="Search everything")).to_be_focused()
        staff.keyboard.press("Escape")
        expect(staff.locator("dialog[open]")).to_have_count(0)
        assert 'id="search"' in focused(staff)

    def test_opens_by_its_button_and_closes_by_it(self, staff: Page):
        staff.goto("/admin/")
        staff.get_by_role("link", name="Search everything").click()
        expect(staff.get_by_role("combobox", name="Search everything")).to_be_focused()
        expect(staff.get_by_role("option", name="Create survey")).to_be_visible()
        staff.locator("dialog").get_by_role("button", name="Close").click()
        assert "cv-search-open" in focused(staff)

    def test_says_that_nothing_was_found(self, staff: Page):
        staff.goto("/admin/")
        staff.keyboard.press("Control+k")
        staff.keyboard.type("<b>xyzzy")
        expect(staff.get_by_text("Nothing matches “<b>xyzzy”.")).to_be_visible()
        expect(staff.locator("dialog [role=status]")).to_have_text("Nothing found")

    def test_is_a_page_without_a_script(self, plain_staff: Page):
        plain_staff.goto("/admin/")
        plain_staff.get_by_role("link", name="Search everything").click()
        plain_staff.get_by_label("Search everything").last.fill("reader12")
        plain_staff.keyboard.press("Enter")
        expect(plain_staff.get_by_role("link", name="reader12")).to_be_visible()


class TestShortcuts:
    def test_walk_through_a_list(self, staff: Page):
        staff.goto("/admin/user/")
        staff.keyboard.press("j")
        first = focused(staff)
        assert first.startswith("<a ")
        staff.keyboard.press("j")
        assert focused(staff) not in {"", first}
        staff.keyboard.press("k")
        assert focused(staff) == first
        staff.keyboard.press("j")
        staff.keyboard.press("x")
        expect(staff.locator('input[name="rowid"]:checked')).to_have_count(1)
        assert focused(staff) not in {"", first}
        staff.keyboard.press("e")
        staff.wait_for_url("**/admin/user/edit/**")
        staff.go_back()
        staff.keyboard.press("/")
        assert 'id="search"' in focused(staff)
        # Whoever types means the letters.
        staff.keyboard.type("jx?g")
        expect(staff.locator("#search")).to_have_value("jx?g")
        expect(staff.locator("dialog")).to_have_count(0)

    def test_go_to_a_page(self, staff: Page):
        staff.goto("/admin/")
        staff.keyboard.press("g")
        staff.keyboard.press("s")
        staff.wait_for_url("**/admin/survey/")
        staff.keyboard.press("j")
        staff.keyboard.press("Enter")
        staff.wait_for_url("**/admin/survey/details/**")

    def test_are_listed_and_can_be_switched_off(self, staff: Page):
        staff.goto("/admin/user/")
        staff.keyboard.press("j")
        before = focused(staff)
        staff.keyboard.press("?")
        dialog = staff.get_by_role("dialog", name="Keyboard shortcuts")
        expect(dialog.get_by_text("Next row")).to_be_visible()
        # Nothing moves behind a dialog.
        staff.keyboard.press("j")
        staff.keyboard.press("Escape")
        expect(staff.locator("dialog")).to_have_count(0)
        assert focused(staff) == before
        staff.keyboard.press("?")
        staff.get_by_role("button", name="Switch single keys off").click()
        expect(staff.get_by_text("Single keys do nothing any more in this browser.")).to_be_visible()
        staff.goto("/admin/user/")
        staff.keyboard.press("j")
        assert focused(staff) == ""
        staff.keyboard.press("Control+k")
        expect(staff.get_by_role("combobox", name="Search everything")).to_be_focused()

    def test_nothing_with_other_keys_held_down(self, staff: Page):
        staff.goto("/admin/user/")
        staff.keyboard.press("Alt+j")
        assert focused(staff) == ""


class TestFocus:
    def test_stays_where_the_list_is_when_it_is_read_anew(self, staff: Page):
        staff.goto("/admin/user/")
        link = staff.locator("a.cv-sort").first
        link.focus()
        kept = link.get_attribute("id")
        staff.keyboard.press("Enter")
        staff.wait_for_url("**sort=**")
        staff.wait_for_timeout(200)
        assert f'id="{kept}"' in focused(staff)
        following = staff.locator(".cv-list-foot a").last
        following.focus()
        before = staff.url
        staff.keyboard.press("Enter")
        staff.wait_for_function("before => location.href !== before", arg=before)
        staff.wait_for_timeout(200)
        assert focused(staff) != ""

    def test_comes_back_from_the_question_before_a_deletion(self, staff: Page):
        staff.goto("/admin/user/")
        button = staff.get_by_role("button", name="Delete").first
        button.focus()
        staff.keyboard.press("Enter")
        expect(staff.locator("dialog[open]")).to_be_visible()
        staff.keyboard.press("Escape")
        expect(staff.locator("dialog")).to_have_count(0)
        assert "<button" in focused(staff)

    def test_goes_from_the_bar_of_actions_to_a_row(self, staff: Page):
        staff.goto("/admin/user/")
        staff.keyboard.press("j")
        staff.keyboard.press("x")
        button = staff.locator('[data-action="clear-selection"]')
        button.focus()
        staff.keyboard.press("Enter")
        expect(staff.locator('input[name="rowid"]:checked')).to_have_count(0)
        assert 'name="rowid"' in focused(staff)

    def test_comes_back_to_the_menu_that_a_dialog_was_opened_from(self, staff: Page):
        staff.goto("/admin/")
        staff.click("[popovertarget=user-menu]")
        staff.get_by_role("link", name="Keyboard shortcuts").click()
        expect(staff.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
        staff.keyboard.press("Escape")
        expect(staff.locator("dialog")).to_have_count(0)
        assert "user-menu" in focused(staff)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 1440])
def test_nothing_is_in_anybodys_way(
    browser: Browser, base_url: str, session_cookie: dict[str, str], scheme: str, width: int
):
    context = browser.new_context(base_url=base_url, color_scheme=scheme, viewport={"width": width, "height": 800})  # type: ignore[arg-type]
    context.add_cookies([session_cookie])  # type: ignore[list-item]
    page = context.new_page()
    page.goto("/admin/user/")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("option", name="Create survey")).to_be_visible()
    found = problems(page)
    page.keyboard.type("reader")
    expect(page.get_by_role("option", name="All that match: Users")).to_be_visible()
    found += problems(page)
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    found += problems(page)
    page.goto("/admin/search/?q=reader")
    found += problems(page)
    context.close()
    assert found == []
