"""From the list of replies to one, its edit and the way back, to a file that is made while one watches."""

from __future__ import annotations

import csv
import io
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import openpyxl
import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import insert

from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.replies.models import Reply
from admin_app.results.exporters.xlsx import XlsxExporter
from tests import factories
from tests.browser.accessibility import problems

REPLIES = 4_000


@pytest.fixture(scope="module")
def survey_id(served_app: Flask, base_url: str) -> int:
    """A survey with many replies."""
    with served_app.app_context():
        owner = db.session.scalars(db.select(factories.User).where(factories.User.username == "anna")).one()
        survey = factories.make_survey(owner=owner, opened=True, title="Much to export")
        db.session.refresh(survey)
        row = {"survey_id": survey.id, "version_id": survey.current_version_id, "submitted_at": now()}
        with unit_of_work() as session:
            session.execute(insert(Reply), [{**row, "answers": factories.SAMPLE_ANSWERS} for _ in range(REPLIES)])
        found = survey.id
        db.session.remove()
    return found


@pytest.fixture
def worker(served_app: Flask) -> Iterator[None]:
    """A worker process on the database of the served application."""
    settings = served_app.config["CANVASS"]
    environment = {
        **os.environ,
        "CANVASS_DATABASE_URL": settings["DATABASE_URL"].render_as_string(hide_password=False),
        "CANVASS_SECRET_KEY": served_app.secret_key,
        "CANVASS_INSTANCE": served_app.instance_path,
        "CANVASS_LOG_LEVEL": "error",
    }
    command = [str(Path(sys.executable).with_name("canvass")), "worker"]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield
    process.send_signal(signal.SIGTERM)
    process.wait(20)


def test_from_the_list_to_the_file(
    staff: Page, survey_id: int, worker: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change_and_undo(staff, survey_id)
    staff.goto(f"/admin/reply/?g1.survey={survey_id}")
    staff.get_by_role("link", name="Export", exact=True).click()
    expect(staff.get_by_text("4,000 replies")).to_be_visible()
    # Few enough to be sent at once.
    with staff.expect_download() as download:
        staff.get_by_role("button", name="Export").click()
    assert download.value.suggested_filename.startswith("much-to-export-")
    download.value.save_as(tmp_path / "replies.csv")
    rows = list(csv.DictReader(io.StringIO((tmp_path / "replies.csv").read_text("utf-8-sig"), newline="")))
    assert (len(rows), rows[-1]["age"], rows[-1]["reply.review_status"]) == (REPLIES, "43", "new")
    # Too many for it: a job makes the file, and the page follows.
    monkeypatch.setattr(XlsxExporter, "cells_at_once", 100)
    staff.get_by_role("radio", name="XLSX").check()
    staff.get_by_label("A column for each choice").check()
    staff.get_by_role("button", name="Export").click()
    exports = staff.locator("#exports")
    expect(exports).to_contain_text("XLSX")
    expect(exports.get_by_role("link", name="Download")).to_be_visible(timeout=30_000)
    expect(exports).to_contain_text("4,000 replies")
    with staff.expect_download() as download:
        exports.get_by_role("link", name="Download").click()
    download.value.save_as(tmp_path / "replies.xlsx")
    with closing(openpyxl.load_workbook(tmp_path / "replies.xlsx", read_only=True)) as book:
        assert sum(1 for _row in book["replies"].rows) == REPLIES + 1


def change_and_undo(page: Page, survey_id: int) -> None:
    """Open the newest reply from the list, change an answer, judge it, and take the judgement back."""
    page.goto(f"/admin/survey/{survey_id}/replies")
    page.locator("tbody th a").first.click()
    page.get_by_role("link", name="Change the answer: Your age").click()
    page.get_by_label("Your age").fill("43")
    page.get_by_label("Why do you change it?").fill("She called")
    page.get_by_role("button", name="Change the answer").click()
    page.get_by_role("button", name="Approve").press("Enter")
    title = page.locator(".cv-page-title")
    expect(title).to_contain_text("Approved")
    # Once the script has made a toast of the message: what is moved loses the focus.
    page.locator(".cv-toasts").get_by_role("button", name="Undo").press("Enter")
    expect(title).to_contain_text("New", timeout=20_000)


def test_columns_are_ticked_where_they_are(staff: Page, survey_id: int) -> None:
    staff.goto(f"/admin/survey/{survey_id}/results/export")
    staff.get_by_role("radio", name="XLSX").check()
    staff.get_by_role("link", name="Select none").click()
    boxes = staff.locator("input[name=column]")
    assert staff.locator("input[name=column]:checked").count() == 0
    staff.get_by_role("link", name="Select all").click()
    assert staff.locator("input[name=column]:checked").count() == boxes.count()
    expect(staff.get_by_role("radio", name="XLSX")).to_be_checked()
    staff.get_by_role("link", name="Select none").click()
    staff.get_by_role("button", name="Export").click()
    expect(staff.get_by_role("alert")).to_contain_text("Choose at least one column.")
    assert problems(staff) == []


def test_filters_come_along_from_the_results(staff: Page, survey_id: int) -> None:
    staff.goto(f"/admin/survey/{survey_id}/results?f=team.is.ops")
    staff.get_by_role("link", name="Export", exact=True).click()
    expect(staff.locator(".cr-total")).to_contain_text("0 replies")
    staff.get_by_role("link", name="Remove the filter").click()
    expect(staff.locator(".cr-total")).to_contain_text("4,000 replies")
    staff.get_by_role("button", name="Filter").click()
    staff.get_by_label("On or before").fill("2000-01-01")
    staff.get_by_role("button", name="Show", exact=True).click()
    expect(staff.locator(".cr-total")).to_contain_text("0 replies")


def test_without_a_script(plain_staff: Page, survey_id: int, tmp_path: Path) -> None:
    plain_staff.goto(f"/admin/survey/{survey_id}/results/export")
    plain_staff.get_by_role("link", name="Select none").click()
    plain_staff.get_by_role("checkbox", name="Your age").check()
    with plain_staff.expect_download() as download:
        plain_staff.get_by_role("button", name="Export").click()
    download.value.save_as(tmp_path / "replies.csv")
    assert (tmp_path / "replies.csv").read_text("utf-8-sig").splitlines()[0] == "age"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 375])
def test_everybody_can_use_it(staff: Page, survey_id: int, scheme: str, width: int) -> None:
    staff.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    staff.set_viewport_size({"width": width, "height": 900})
    staff.goto(f"/admin/survey/{survey_id}/results/export?f=team.is.dev")
    assert problems(staff) == []
    assert staff.evaluate("() => document.documentElement.scrollWidth") <= width
