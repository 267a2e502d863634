"""From a draft to a version and on to the next in a real browser; what was answered before keeps its words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Locator, Page, expect

from admin_app.accounts.models import User
from admin_app.core.db import db, unit_of_work
from admin_app.core.permissions import SYSTEM
from admin_app.replies.models import Reply
from admin_app.surveys import operations
from admin_app.surveys.models import Question, Survey
from admin_app.surveys.queries import draft_questionnaire
from tests import factories
from tests.browser.accessibility import problems


@pytest.fixture
def survey_id(served_app: Flask) -> int:
    """A draft of the sample questionnaire."""
    with served_app.app_context():
        anna = db.session.scalars(db.select(User).where(User.username == "anna")).one()
        made = factories.make_survey(anna, title="Working here").id
        db.session.remove()
    return made


@pytest.fixture
def change(served_app: Flask, survey_id: int) -> Callable[..., None]:
    """A function that changes a question of the draft, as the build page does."""

    def update(key: str, **changes: Any) -> None:
        with served_app.app_context():
            question = Question.survey_id == survey_id, Question.key == key
            found = db.session.scalars(db.select(Question).where(*question)).one()
            with unit_of_work():
                operations.update_question(found, changes, actor=SYSTEM)
            db.session.remove()

    return update


def part(page: Page, name: str) -> Locator:
    """What the page says of one part that differs."""
    return page.locator(".cvd-part").filter(has=page.get_by_role("heading", name=name, exact=True))


def publish(page: Page, survey_id: int, number: int) -> None:
    page.goto(f"/admin/survey/details/?id={survey_id}")
    page.get_by_role("link", name="Publish", exact=True).click()
    page.get_by_role("button", name=f"Publish version {number}").click()
    expect(page.get_by_text(f"Version {number} of “Working here” was published.")).to_be_visible()


def answer(page: Page, served_app: Flask, survey_id: int) -> None:
    """Fill the form in as a respondent."""
    with served_app.app_context():
        public_id = db.session.get_one(Survey, survey_id).public_id
        db.session.remove()
    page.goto(f"/s/{public_id}")
    fill(page)
    page.get_by_role("button", name="Send your answers").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()


def fill(page: Page) -> None:
    page.locator("[name=age]").fill("36")
    page.get_by_role("button", name="Next").click()
    page.locator("[name=happy]").first.check()
    page.locator("[name=team][value=dev]").check()


def test_what_was_answered_before_keeps_its_words(
    staff: Page, served_app: Flask, survey_id: int, change: Callable[..., None]
) -> None:
    publish(staff, survey_id, 1)
    staff.get_by_role("button", name="Open", exact=True).click()
    staff.get_by_role("button", name="Open", exact=True).click()
    expect(staff.get_by_text("“Working here” is open.")).to_be_visible()
    answer(staff, served_app, survey_id)

    change("age", label="How old are you?", settings={"min": 18, "max": 120})
    staff.goto(f"/admin/survey/{survey_id}/publish")
    age = part(staff, "How old are you?")
    expect(age).to_contain_text("1 answer")
    expect(age.locator("del").first).to_have_text("Your age")
    expect(age.locator("ins").first).to_have_text("How old are you?")
    assert problems(staff) == []
    publish(staff, survey_id, 2)
    compare(staff, survey_id)
    with served_app.app_context():
        reply = db.session.scalars(db.select(Reply.id).where(Reply.survey_id == survey_id)).one()
        db.session.remove()
    staff.goto(f"/admin/reply/details/?id={reply}")
    expect(staff.get_by_text("Your age")).to_be_visible()
    expect(staff.get_by_text("How old are you?")).to_have_count(0)


def compare(staff: Page, survey_id: int) -> None:
    staff.goto(f"/admin/survey/{survey_id}/versions")
    assert problems(staff) == []
    staff.get_by_role("link", name="Since version 1").click()
    expect(part(staff, "How old are you?")).to_be_visible()
    assert problems(staff) == []
    staff.get_by_label("To", exact=True).select_option("Version 1")
    staff.get_by_role("button", name="Compare").click()
    expect(staff.get_by_text("They ask the same")).to_be_visible()


def test_changes_are_discarded(staff: Page, served_app: Flask, survey_id: int, change: Callable[..., None]) -> None:
    publish(staff, survey_id, 1)
    change("age", label="Words that nobody will read")
    staff.goto(f"/admin/survey/{survey_id}/publish")
    staff.get_by_role("link", name="Discard changes").click()
    expect(staff.get_by_role("heading", name="Discard 1 change?")).to_be_visible()
    assert problems(staff) == []
    staff.get_by_role("button", name="Discard").click()
    expect(staff.get_by_text("Nothing has changed since version 1 was published.").first).to_be_visible()
    with served_app.app_context():
        assert draft_questionnaire(db.session.get_one(Survey, survey_id)).by_key["age"].label == "Your age"
        db.session.remove()


def test_a_version_is_looked_at_and_tried_out(staff: Page, served_app: Flask, survey_id: int) -> None:
    publish(staff, survey_id, 1)
    staff.goto(f"/admin/survey/{survey_id}/versions/1")
    assert problems(staff) == []
    staff.get_by_role("link", name="As respondents get it").click()
    form = staff.frame_locator("iframe.cvd-frame")
    expect(form.get_by_role("heading", name="Working here")).to_be_visible()
    form.get_by_label("Your name").fill("Nobody keeps this")

    staff.goto(f"/admin/survey/{survey_id}/versions")
    staff.get_by_role("link", name="Try it out").click()
    expect(staff.get_by_text("You are trying out version 1.")).to_be_visible()
    staff.get_by_role("button", name="Next").click()
    expect(staff.locator(".problems")).to_be_visible()
    assert problems(staff) == []
    fill(staff)
    staff.get_by_role("button", name="Send a test reply").click()
    expect(staff.get_by_role("heading", name="1 test reply")).to_be_visible()
    assert problems(staff) == []
    kept = staff.evaluate("[...Object.keys(localStorage), ...Object.keys(sessionStorage)]")
    assert [name for name in kept if name.startswith("canvass:")] == []
    staff.get_by_role("link", name="Delete all of them").click()
    staff.get_by_role("button", name="Delete").click()
    expect(staff.get_by_text("No test replies")).to_be_visible()
    with served_app.app_context():
        assert db.session.scalars(db.select(Reply.id).where(Reply.survey_id == survey_id)).all() == []
        db.session.remove()


def test_it_all_works_without_scripts(plain_staff: Page, survey_id: int, change: Callable[..., None]) -> None:
    publish(plain_staff, survey_id, 1)
    plain_staff.goto(f"/admin/survey/{survey_id}/test")
    plain_staff.locator("[name=age]").fill("12")
    plain_staff.get_by_role("button", name="Send a test reply").click()
    expect(plain_staff.get_by_text("Please check this first")).to_be_visible()
    plain_staff.locator("[name=age]").fill("36")
    plain_staff.locator("[name=happy]").first.check()
    plain_staff.locator("[name=team][value=dev]").check()
    plain_staff.get_by_role("button", name="Send a test reply").click()
    expect(plain_staff.get_by_role("heading", name="1 test reply")).to_be_visible()
    change("name", label="Name?")
    plain_staff.goto(f"/admin/survey/{survey_id}/discard")
    plain_staff.get_by_role("button", name="Discard").click()
    expect(plain_staff.get_by_text("1 change was discarded.")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_a_phone_and_axe_finds_nothing(
    staff: Page, survey_id: int, change: Callable[..., None], scheme: Any
) -> None:
    staff.emulate_media(color_scheme=scheme)
    publish(staff, survey_id, 1)
    long = "A very long question " * 9 + "x" * 80
    change("age", label=long, required=False, hint="Hint")
    change("team", choices=[{"code": "ops", "label": "مرحبا بكم في الاستبيان"}, {"code": "new", "label": long}])
    staff.set_viewport_size({"width": 375, "height": 800})
    for tail in ("publish", "discard", "versions", "versions/1", "versions/compare?to=draft", "tests", "test"):
        staff.goto(f"/admin/survey/{survey_id}/{tail}")
        assert staff.evaluate("document.documentElement.scrollWidth <= innerWidth"), tail
        assert problems(staff) == [], tail
