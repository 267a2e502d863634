"""The results page in a browser: charts beside tables, pictures to keep, new replies without a reload, no script."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from admin_app.core.db import db
from admin_app.surveys.models import Survey
from tests import factories
from tests.browser.accessibility import problems
from tests.every_type import EVERY_ANSWER, every_type_questionnaire


@pytest.fixture(scope="module")
def address(served_app: Flask, base_url: str) -> str:
    """The results of a survey with every type of question."""
    with served_app.app_context():
        owner = db.session.scalars(db.select(factories.User).where(factories.User.username == "anna")).one()
        survey = factories.make_survey(owner=owner, opened=True, questionnaire=every_type_questionnaire())
        db.session.refresh(survey)
        for number in range(30):
            answers = {**EVERY_ANSWER, "integer": 20 + number, "yes_no": number % 3 > 0, "scale": 1 + number % 5}
            factories.make_reply(survey, answers)
        found = f"/admin/survey/{survey.id}/results"
        db.session.remove()
    return found


def add_reply(app: Flask, address: str) -> None:
    with app.app_context():
        survey = db.session.get(Survey, int(address.split("/")[3]))
        assert survey is not None
        factories.make_reply(survey, EVERY_ANSWER)
        db.session.remove()


def test_a_chart_has_its_table_one_key_away(staff: Page, address: str) -> None:
    staff.goto(address)
    card = staff.locator("#q-scale")
    card.scroll_into_view_if_needed()
    expect(card.locator("[data-chart] svg")).to_be_visible()
    expect(card.get_by_role("table")).to_be_hidden()
    card.get_by_role("button", name="Chart", exact=True).focus()
    staff.keyboard.press("t")
    expect(card.get_by_role("table")).to_be_visible()
    expect(card.locator("[data-chart]")).to_be_hidden()
    staff.reload()
    expect(staff.locator("#q-scale").get_by_role("table")).to_be_visible()


@pytest.mark.parametrize(("ending", "begins"), [("SVG", b"<svg"), ("PNG", b"\x89PNG")])
def test_a_chart_is_saved_as_a_picture(staff: Page, address: str, tmp_path: Path, ending: str, begins: bytes) -> None:
    staff.goto(address)
    for key in ("single_choice", "matrix_single", "integer"):
        card = staff.locator(f"#q-{key}")
        card.get_by_role("button", name="More about").click()
        with staff.expect_download() as download:
            card.get_by_role("button", name=f"Save the chart as {ending}").click()
        assert download.value.suggested_filename == f"q-{key}.{ending.lower()}"
        download.value.save_as(tmp_path / key)
        assert (tmp_path / key).read_bytes().startswith(begins)
        staff.keyboard.press("Escape")


def test_a_table_is_copied_as_spreadsheets_take_it(staff: Page, address: str) -> None:
    staff.context.grant_permissions(["clipboard-read", "clipboard-write"])
    staff.goto(address)
    card = staff.locator("#q-yes_no")
    card.get_by_role("button", name="More about").click()
    card.get_by_role("button", name="Copy the table").click()
    expect(card.get_by_text("Copied").first).to_be_visible()
    copied = staff.evaluate("() => navigator.clipboard.readText()")
    assert copied.splitlines()[0] == "Answer\tCount\tShare"
    assert re.fullmatch(r"Yes\t\d+\t[\d.]+%", copied.splitlines()[1])


# The width of each chart that is drawn, and the colours of what is written in the first one.
CHARTS = """() => {
  const charts = [...document.querySelectorAll("[data-chart] svg")];
  const colours = [...charts[0].querySelectorAll("text")].map((text) => getComputedStyle(text).fill);
  return { widths: charts.map((svg) => svg.clientWidth), colours: [...new Set(colours)] };
}"""


def test_on_paper_charts_are_whole_and_dark_on_light(staff: Page, address: str, tmp_path: Path) -> None:
    seen = {}
    staff.set_viewport_size({"width": 1280, "height": 1600})
    for scheme in ("light", "dark"):
        staff.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        staff.goto(address)
        expect(staff.locator("[data-chart] svg").first).to_be_visible()
        seen[scheme] = staff.evaluate(CHARTS)
    staff.evaluate("dispatchEvent(new Event('beforeprint'))")
    paper = staff.evaluate(CHARTS)
    assert len(paper["widths"]) == staff.locator("[data-chart]:not([hidden])").count() > len(seen["dark"]["widths"])
    assert set(paper["widths"]) == {640}
    assert paper["colours"] == seen["light"]["colours"] != seen["dark"]["colours"]
    staff.evaluate("dispatchEvent(new Event('afterprint'))")
    again = staff.evaluate(CHARTS)
    assert (again["widths"][0], again["colours"]) == (seen["dark"]["widths"][0], seen["dark"]["colours"])
    file = tmp_path / "results.pdf"
    staff.pdf(path=file, format="A4")
    assert file.read_bytes().startswith(b"%PDF")


def test_it_follows_new_replies(staff: Page, served_app: Flask, address: str) -> None:
    staff.clock.install()
    staff.goto(address)
    before = int(staff.locator(".cr-total").inner_text().split()[0])
    staff.locator("#q-nps [data-view=table]").click()
    add_reply(served_app, address)
    staff.clock.run_for(6000)
    expect(staff.locator(".cr-total")).to_contain_text(f"{before + 1} replies")
    expect(staff.get_by_text("New replies: the page is up to date.")).to_be_visible()
    expect(staff.locator("#q-nps").get_by_role("table")).to_be_visible()


def test_from_an_answer_to_those_who_gave_it_and_back(staff: Page, address: str) -> None:
    staff.goto(address)
    card = staff.locator("#q-yes_no")
    card.get_by_role("button", name="Table", exact=True).click()
    card.get_by_role("link", name="Show only those who answered “No”").click()
    expect(staff.locator(".cr-total")).to_contain_text("10 replies")
    staff.get_by_role("link", name="Remove the filter Are you happy here? No").click()
    staff.locator("#q-yes_no").get_by_role("link", name="Compare those who answered “No” with all others").click()
    expect(staff.locator(".cr-groups")).to_contain_text("All others")
    staff.locator("#q-integer").get_by_role("button", name="More about").click()
    staff.locator("#q-integer").get_by_label("From").fill("40")
    staff.locator("#q-integer").get_by_role("button", name="Show").first.click()
    expect(staff.get_by_text("40 or more")).to_be_visible()


def test_without_a_script_there_are_tables_with_bars(plain_staff: Page, address: str) -> None:
    plain_staff.goto(f"{address}?a=yes_no.is.yes&b=others")
    card = plain_staff.locator("#q-single_choice")
    expect(card.get_by_role("table")).to_be_visible()
    expect(card.get_by_role("button", name="Chart")).to_be_hidden()
    assert card.locator(".cr-bar").count() > 4
    expect(plain_staff.locator("#q-scale .cr-stack").first).to_be_visible()
    plain_staff.get_by_role("button", name="Filter").click()
    plain_staff.get_by_label("On or after").fill("2000-01-01")
    plain_staff.get_by_role("button", name="Show", exact=True).first.click()
    expect(plain_staff.get_by_label("Filters in force")).to_contain_text("On or after")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 375])
def test_everybody_can_use_it(staff: Page, address: str, scheme: str, width: int) -> None:
    staff.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    staff.set_viewport_size({"width": width, "height": 900})
    for path in (address, f"{address}?a=yes_no.is.yes&b=others", f"{address}/texts/long_text", "/admin/"):
        staff.goto(path)
        assert problems(staff) == []
        assert staff.evaluate("() => document.documentElement.scrollWidth") <= width
