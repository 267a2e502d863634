"""A survey with every kind of question, from the first key to the second version: built by keyboard alone, answered on
a telephone with and without scripts, changed and published again, while what was answered keeps its words."""

from __future__ import annotations

from typing import Any

from flask import Flask
from playwright.sync_api import BrowserContext, Locator, Page, expect

from admin_app.core.db import db
from admin_app.replies.models import Reply
from admin_app.surveys.models import Survey
from admin_app.surveys.question_types import QUESTION_TYPES
from tests.browser.accessibility import problems
from tests.browser.test_build import insert, saved

PHONE: dict[str, Any] = {"viewport": {"width": 375, "height": 740}, "has_touch": True, "is_mobile": True}
# By the type of the field, or by the name of the question.
TYPED = {
    "email": "ada@example.org",
    "url": "https://example.org",
    "tel": "+49 30 901820",
    "date": "2026-01-02",
    "time": "10:00",
    "datetime-local": "2026-01-02T10:00",
    "integer": "5",
    "decimal": "1.5",
}


def test_a_survey_lives(staff: Page, browser: Any, base_url: str, served_app: Flask) -> None:
    survey = create(staff)
    build(staff)
    assert problems(staff) == []
    publish(staff, survey, 1)
    press(staff, staff.get_by_role("button", name="Open", exact=True))
    press(staff, staff.get_by_role("button", name="Open", exact=True))
    expect(staff.get_by_text("“Everything” is open.")).to_be_visible()
    place = f"/s/{public_id(served_app, survey)}"
    for scripts in (True, False):
        context = browser.new_context(base_url=base_url, java_script_enabled=scripts, **PHONE)
        answer(context, place, scripts=scripts)
        context.close()
    change(staff, survey)
    publish(staff, survey, 2)
    replies = replies_of(served_app, survey)
    assert len(replies) == 2
    for reply in replies:
        assert set(reply["answers"]) == {name for name, kind in QUESTION_TYPES.items() if kind.asks}
        staff.goto(f"/admin/reply/details/?id={reply['id']}")
        expect(staff.get_by_text("nps", exact=True).first).to_be_visible()
        expect(staff.get_by_text("Would you tell others of us?")).to_have_count(0)


def press(page: Page, control: Locator) -> None:
    control.focus()
    page.keyboard.press("Enter")


def create(page: Page) -> int:
    """Begin a survey; it opens on its build page."""
    page.goto("/admin/survey/new/")
    page.get_by_label("Title", exact=True).focus()
    page.keyboard.type("Everything")
    page.keyboard.press("Enter")
    expect(page.locator("#build")).to_be_visible()
    return int(page.url.split("/")[-2])


def build(page: Page) -> None:
    """Add one question of every kind, called after it, without a mouse."""
    keys = page.keyboard
    for name, kind in QUESTION_TYPES.items():
        keys.press("/")
        insert(page, str(kind.label))
        keys.type(name)
        if kind.has_choices:
            keys.press("Enter")
        if kind.has_rows:
            offer(page, "Row")
            go_on_to_choices(page)
        if kind.has_choices:
            offer(page, "Choice")
        keys.press("Escape")
        saved(page)
    expect(page.locator(".cvb-card")).to_have_count(len(QUESTION_TYPES))
    expect(page.locator("#build-findings-button")).to_have_text("No findings")


def offer(page: Page, word: str) -> None:
    page.keyboard.type(f"{word} one")
    page.keyboard.press("Enter")
    page.keyboard.type(f"{word} two")


def go_on_to_choices(page: Page) -> None:
    """Press Tab until the focus is there."""
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("() => document.activeElement.matches('[data-list=choices] [data-part=label]')"):
            return
    raise AssertionError("Tab does not come from the rows to the choices")


def publish(page: Page, survey: int, number: int) -> None:
    page.goto(f"/admin/survey/{survey}/build")
    press(page, page.get_by_role("link", name="Publish", exact=True))
    press(page, page.get_by_role("button", name=f"Publish version {number}"))
    expect(page.get_by_text(f"Version {number} of “Everything” was published.")).to_be_visible()


def answer(context: BrowserContext, place: str, *, scripts: bool) -> None:
    """Answer every question, send, and come back by a reload and by the browser's way back."""
    page = context.new_page()
    page.goto(place)
    names = {field.get_attribute("name") for field in page.locator("form .q [name]").all()}
    for name in sorted(filter(None, names)):
        give(page, name)
    page.get_by_role("button", name="Send your answers").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert not scripts or problems(page) == []
    page.reload()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    page.go_back()


def give(page: Page, name: str) -> None:
    field = page.locator(f"[name='{name}']").first
    kind = field.get_attribute("type") or ""
    if kind in {"radio", "checkbox"}:
        field.check()
    elif page.locator(f"select[name='{name}']").count():
        field.select_option(index=1)
    elif kind != "range":
        field.fill(TYPED.get(kind) or TYPED.get(name, "in a few words"))


def change(page: Page, survey: int) -> None:
    page.goto(f"/admin/survey/{survey}/build")
    label = page.get_by_role("article", name="nps").get_by_label("Question", exact=True)
    label.focus()
    page.keyboard.press("Control+a")
    page.keyboard.type("Would you tell others of us?")
    page.keyboard.press("Escape")
    saved(page)


def public_id(app: Flask, survey: int) -> str:
    with app.app_context():
        found = db.session.get_one(Survey, survey).public_id
        db.session.remove()
    return found


def replies_of(app: Flask, survey: int) -> list[dict[str, Any]]:
    with app.app_context():
        found = db.session.execute(db.select(Reply.id, Reply.answers).where(Reply.survey_id == survey)).mappings().all()
        db.session.remove()
    return [dict(one) for one in found]
