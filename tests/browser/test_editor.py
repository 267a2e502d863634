"""The editor of rich text: locked in, still useful, and not trusted."""

from __future__ import annotations

import pytest
from flask import Flask
from playwright.sync_api import FrameLocator, Page, expect

from admin_app.accounts.models import User
from admin_app.core.db import db
from tests import factories

FIELD = "textarea[name=notes]"


@pytest.fixture
def person(served_app: Flask) -> int:
    """Somebody whose notes are edited."""
    with served_app.app_context():
        number = db.session.scalar(db.select(db.func.count()).select_from(User))
        user = factories.make_user(f"noted{number}", None)
        db.session.remove()
    return int(user.id)


def open_editor(page: Page, person: int) -> FrameLocator:
    page.goto(f"/admin/user/edit/?id={person}")
    expect(page.locator(FIELD)).to_be_hidden()
    frame = page.frame_locator("iframe.cv-editor")
    frame.locator("#editor").click()
    return frame


def save(page: Page, person: int) -> None:
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto(f"/admin/user/details/?id={person}")


def notes(app: Flask, person: int) -> str:
    with app.app_context():
        user = db.session.get(User, person)
        found = (user.notes or "") if user else ""
        db.session.remove()
    return found


def test_bold_is_typed_saved_and_shown(staff: Page, served_app: Flask, person: int):
    frame = open_editor(staff, person)
    staff.keyboard.type("plain ")
    frame.locator(".cke_button__bold").click()
    staff.keyboard.type("loud")
    expect(staff.locator(FIELD)).to_have_js_property("value", "<p>plain&nbsp;<strong>loud</strong></p>\n")
    save(staff, person)
    expect(staff.locator("dd strong", has_text="loud")).to_be_visible()
    assert "<strong>loud</strong>" in notes(served_app, person)


def test_what_was_saved_comes_back_into_the_editor(staff: Page, person: int):
    open_editor(staff, person)
    staff.keyboard.type("first")
    staff.wait_for_function("() => document.querySelector('textarea[name=notes]').value.includes('first')")
    save(staff, person)
    frame = open_editor(staff, person)
    expect(frame.locator("#editor")).to_contain_text("first")


def test_opening_a_text_is_no_change_and_loses_nothing(staff: Page, served_app: Flask, person: int):
    text = "<h2>Head</h2><table><tbody><tr><td>cell</td></tr></tbody></table><p>H<sub>2</sub>O</p>"
    staff.goto(f"/admin/user/edit/?id={person}")
    staff.evaluate("(html) => { document.querySelector('textarea[name=notes]').value = html }", text)
    save(staff, person)
    before = notes(served_app, person)
    open_editor(staff, person)
    expect(staff.get_by_text("Unsaved changes")).to_be_hidden()
    staff.keyboard.press("Control+End")
    staff.keyboard.type("!")
    expect(staff.get_by_text("Unsaved changes")).to_be_visible()
    save(staff, person)
    after = notes(served_app, person)
    for tag in ("<h2>", "<td>", "<sub>"):
        assert tag in before
        assert tag in after


def test_the_frame_reaches_nothing(staff: Page, person: int):
    open_editor(staff, person)
    frame = next(one for one in staff.frames if "editor-frame" in one.url)
    assert frame.evaluate("() => origin") == "null"
    for reach in ("parent.document.cookie", "document.cookie", "localStorage.length", "frameElement.sandbox.length"):
        name = frame.evaluate(f"() => {{ try {{ return {reach} }} catch (error) {{ return error.name }} }}")
        assert name in {"SecurityError", "TypeError"}, reach
    assert staff.locator("iframe.cv-editor").get_attribute("sandbox") == "allow-scripts"


def test_a_javascript_link_does_not_survive(staff: Page, served_app: Flask, person: int):
    open_editor(staff, person)
    evil = '<p><a href="javascript:alert(1)">go</a><img src=x onerror=alert(1)>end</p>'
    staff.evaluate("(html) => { document.querySelector('textarea[name=notes]').value = html }", evil)
    save(staff, person)
    stored = notes(served_app, person)
    assert "go" in stored
    assert "end" in stored
    assert "javascript" not in stored
    assert "onerror" not in stored
    assert staff.locator("dd a[href^=javascript]").count() == 0


def test_only_the_frame_is_listened_to(staff: Page, person: int):
    open_editor(staff, person)
    staff.evaluate("() => postMessage({ type: 'editor:change', html: 'forged' }, '*')")
    staff.wait_for_timeout(100)
    assert "forged" not in staff.eval_on_selector(FIELD, "(field) => field.value")


def test_without_scripts_it_is_a_textarea(plain_staff: Page, served_app: Flask, person: int):
    plain_staff.goto(f"/admin/user/edit/?id={person}")
    plain_staff.fill(FIELD, "<p>by hand</p>")
    save(plain_staff, person)
    assert "by hand" in notes(served_app, person)
