"""Images in rich text: chosen, pasted or dropped, uploaded by the page, shown in the frame and wherever the text is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import FrameLocator, Page, expect

from admin_app.accounts.models import User
from admin_app.core.db import db, unit_of_work
from admin_app.media.models import MediaFile
from admin_app.surveys.operations import create_survey
from tests import factories
from tests.browser.accessibility import problems
from tests.media import pictures

# Makes a file as a browser hands it over when it is pasted or dropped; `kinds` stand beside it on the clipboard.
GIVE = """(place, [how, bytes, kinds]) => {
  const carried = new DataTransfer();
  carried.items.add(new File([new Uint8Array(bytes)], "pasted.png", { type: "image/png" }));
  for (const [kind, text] of Object.entries(kinds)) carried.setData(kind, text);
  const options = { bubbles: true, cancelable: true };
  place.dispatchEvent(how === "paste"
    ? new ClipboardEvent("paste", { ...options, clipboardData: carried })
    : new DragEvent("drop", { ...options, dataTransfer: carried }));
}"""


@pytest.fixture
def person(served_app: Flask) -> int:
    """Somebody whose notes are edited."""
    with served_app.app_context():
        number = db.session.scalar(db.select(db.func.count()).select_from(User))
        user = factories.make_user(f"pictured{number}", None)
        db.session.remove()
    return int(user.id)


def uploads(app: Flask) -> int:
    with app.app_context():
        count = db.session.scalar(db.select(db.func.count()).select_from(MediaFile))
        db.session.remove()
    return int(count or 0)


def open_editor(page: Page, person: int) -> FrameLocator:
    page.goto(f"/admin/user/edit/?id={person}")
    expect(page.locator("textarea[name=notes]")).to_be_hidden()
    return page.frame_locator("iframe.cv-editor")


def choose(page: Page, file: Path | dict[str, Any], alt: str = "A red square") -> None:
    page.get_by_role("button", name="Insert image").click()
    page.get_by_label("Image", exact=True).set_input_files(file)  # type: ignore[arg-type]
    page.get_by_label("Description").fill(alt)
    page.get_by_role("button", name="Insert", exact=True).click()


def picture(name: str = "photo.png", data: bytes = pictures.SEEN) -> dict[str, Any]:
    return {"name": name, "mimeType": "image/png", "buffer": data}


def is_drawn(page: Page, frame: FrameLocator, alt: str) -> None:
    image = frame.get_by_role("img", name=alt)
    expect(image).to_be_visible()
    expect(image).to_have_js_property("naturalWidth", 2)


def test_an_image_is_inserted_saved_and_shown(staff: Page, served_app: Flask, person: int):
    frame = open_editor(staff, person)
    frame.locator("#editor").click()
    staff.keyboard.type("before")
    choose(staff, picture())
    expect(staff.get_by_text("The image is inserted.")).to_be_visible()
    expect(staff.get_by_role("dialog")).to_have_count(0)
    is_drawn(staff, frame, "A red square")
    expect(staff.get_by_text("Unsaved changes")).to_be_visible()
    staff.get_by_role("button", name="Save", exact=True).click()
    staff.goto(f"/admin/user/details/?id={person}")
    shown = staff.locator("dd img")
    expect(shown).to_have_attribute("alt", "A red square")
    expect(shown).to_have_js_property("naturalWidth", 2)
    with served_app.app_context():
        user = db.session.get(User, person)
        assert user is not None
        assert "before" in (user.notes or "")
        assert 'src="/media/' in (user.notes or "")
        db.session.remove()
    is_drawn(staff, open_editor(staff, person), "A red square")


def test_a_stranger_with_the_address_sees_it(staff: Page, browser: Any, base_url: str, person: int):
    frame = open_editor(staff, person)
    choose(staff, picture())
    address = frame.get_by_role("img", name="A red square").get_attribute("src")
    stranger = browser.new_context(base_url=base_url)
    answer = stranger.request.get(address)
    assert (answer.status, answer.body()) == (200, pictures.SEEN)
    stranger.close()


def test_it_works_by_keyboard_alone(staff: Page, person: int):
    frame = open_editor(staff, person)
    button = staff.get_by_role("button", name="Insert image")
    button.focus()
    staff.keyboard.press("Enter")
    dialog = staff.get_by_role("dialog", name="Insert an image")
    expect(dialog.get_by_label("Image", exact=True)).to_be_focused()
    dialog.get_by_label("Image", exact=True).set_input_files(picture())  # type: ignore[arg-type]
    staff.keyboard.press("Tab")
    staff.keyboard.type("Typed by hand")
    staff.keyboard.press("Enter")
    is_drawn(staff, frame, "Typed by hand")
    expect(staff.locator("iframe.cv-editor")).to_be_focused()
    button.focus()
    staff.keyboard.press("Enter")
    expect(dialog).to_be_visible()
    staff.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(button).to_be_focused()


def test_the_dialog_is_accessible_and_says_what_is_missing(staff: Page, person: int):
    open_editor(staff, person)
    staff.get_by_role("button", name="Insert image").click()
    staff.get_by_role("button", name="Insert", exact=True).click()
    expect(staff.get_by_text("Choose an image first.")).to_be_visible()
    expect(staff.get_by_text("Describe the image in a few words.")).to_be_visible()
    expect(staff.get_by_label("Image", exact=True)).to_be_focused()
    assert problems(staff) == []


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (picture("page.png", pictures.HTML), "Choose a picture in the format PNG, JPEG, GIF or WebP"),
        (picture("drawing.svg", pictures.SVG), "Choose a picture in the format PNG, JPEG, GIF or WebP"),
        (picture("large.png", pictures.SEEN + b"\0" * 6_000_000), "This image is larger than 5 MB"),
        (picture("bomb.png", pictures.png(declared=(60_000, 60_000))), "more than browsers can show"),
        (picture("empty.png", b""), "This file is empty"),
    ],
)
def test_what_is_refused_is_said_and_nothing_typed_is_lost(
    staff: Page, served_app: Flask, person: int, file: dict[str, Any], sentence: str
):
    before = uploads(served_app)
    open_editor(staff, person)
    choose(staff, file, "A picture of a page")
    expect(staff.get_by_text(sentence)).to_be_visible()
    expect(staff.get_by_label("Description")).to_have_value("A picture of a page")
    expect(staff.get_by_label("Image", exact=True)).to_be_focused()
    assert uploads(served_app) == before
    staff.get_by_label("Image", exact=True).set_input_files(picture())  # type: ignore[arg-type]
    staff.get_by_role("button", name="Insert", exact=True).click()
    expect(staff.get_by_text("The image is inserted.")).to_be_visible()
    assert uploads(served_app) == before + 1


@pytest.mark.parametrize("how", ["paste", "drop"])
def test_an_image_that_is_pasted_or_dropped_only_lacks_its_description(staff: Page, person: int, how: str):
    frame = open_editor(staff, person)
    frame.locator("#editor").evaluate(
        GIVE, [how, list(pictures.SEEN), {"text/html": "<img src='https://example.org/a.png'>"}]
    )
    expect(staff.get_by_label("Description")).to_be_focused()
    staff.keyboard.type("Pasted")
    staff.keyboard.press("Enter")
    is_drawn(staff, frame, "Pasted")


def test_words_with_a_picture_beside_them_are_pasted_as_words(staff: Page, person: int):
    """A spreadsheet puts both on the clipboard."""
    frame = open_editor(staff, person)
    frame.locator("#editor").click()
    frame.locator("#editor").evaluate(GIVE, ["paste", list(pictures.SEEN), {"text/html": "<p>Cells</p>"}])
    expect(frame.locator("#editor")).to_contain_text("Cells")
    expect(staff.get_by_role("dialog")).to_have_count(0)


def test_who_may_not_upload_is_not_asked_to(page: Page, served_app: Flask, base_url: str, person: int):
    with served_app.app_context():
        client = served_app.test_client()
        number = db.session.scalar(db.select(db.func.count()).select_from(User))
        role = factories.make_role(f"Role {number}", user="RU:all", role="R:all")
        factories.login(client, factories.make_user(f"plain{number}", role))
        cookie = client.get_cookie("canvass")
        db.session.remove()
    assert cookie is not None
    page.context.add_cookies([{"name": "canvass", "value": cookie.value, "url": base_url}])
    frame = open_editor(page, person)
    expect(page.get_by_role("button", name="Insert image")).to_have_count(0)
    assert page.locator("template[data-insert-image]").count() == 0
    frame.locator("#editor").evaluate(GIVE, ["drop", list(pictures.SEEN), {}])
    page.wait_for_timeout(200)
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_whoever_is_logged_out_meanwhile_is_told_so(staff: Page, person: int):
    open_editor(staff, person)
    staff.context.clear_cookies()
    choose(staff, picture())
    expect(staff.locator(".cv-image-dialog .cv-field-error").first).to_contain_text("Your session has ended.")


def test_a_connection_that_breaks_is_said_in_words(staff: Page, person: int):
    open_editor(staff, person)
    staff.route("**/admin/media/upload", lambda route: route.abort())
    choose(staff, picture())
    expect(staff.get_by_text("The image did not arrive.")).to_be_visible()
    staff.unroute("**/admin/media/upload")
    staff.get_by_role("button", name="Insert", exact=True).click()
    expect(staff.get_by_text("The image is inserted.")).to_be_visible()


def test_the_build_page_offers_it_too(staff: Page, served_app: Flask):
    with served_app.app_context():
        anna = db.session.scalars(db.select(User).where(User.username == "anna")).one()
        with unit_of_work():
            survey = create_survey({"title": "With a picture"}, actor=anna)
        db.session.remove()
    staff.goto(f"/admin/survey/{survey.id}/build")
    staff.get_by_role("button", name="Add words of thanks").click()
    frame = staff.frame_locator("iframe.cv-editor")
    frame.locator("#editor").click()
    choose(staff, picture())
    is_drawn(staff, frame, "A red square")
    staff.get_by_role("button", name="Done").click()
    shown = staff.locator(".cvb-thanks .cvb-rich").get_by_role("img", name="A red square")
    expect(shown).to_have_js_property("naturalWidth", 2)
    expect(staff.get_by_role("dialog")).to_have_count(0)
