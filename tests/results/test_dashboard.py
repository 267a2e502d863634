"""The figures of the dashboard: each leads to a list with as many rows."""

from __future__ import annotations

import datetime as dt
import re
from html import unescape

import pytest
from flask.testing import FlaskClient
from sqlalchemy import null

from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.jobs.models import Job, JobState
from admin_app.replies.models import ReplyKind, ReviewStatus
from admin_app.results import admin_dashboard
from admin_app.surveys.models import Survey
from tests.factories import SAMPLE_ANSWERS, login, make_role, make_survey, make_user
from tests.helpers import count_statements
from tests.results.conftest import add_replies

TILE = re.compile(r'cv-stat-label">.*?<a href="([^"]*)">([^<]*)</a></p>\s*<p class="cv-stat-value">([^<]*)<', re.DOTALL)


def tiles(client: FlaskClient) -> dict[str, tuple[str, str]]:
    found = TILE.findall(client.get("/admin/").text)
    return {unescape(label): (value, unescape(url)) for url, label, value in found}


def listed(client: FlaskClient, url: str) -> str:
    found = re.search(r'id="list-count">([^<]*)<', client.get(url).text)
    assert found
    return found.group(1)


@pytest.fixture
def admin(client: FlaskClient) -> FlaskClient:
    login(client, make_user("root"))
    return client


@pytest.fixture
def busy(survey: Survey) -> Survey:
    """Something for each figure to count, and something for each to leave out."""
    add_replies(survey, SAMPLE_ANSWERS, SAMPLE_ANSWERS)
    add_replies(survey, SAMPLE_ANSWERS, review_status=ReviewStatus.APPROVED, submitted_at=now() - dt.timedelta(days=2))
    add_replies(survey, SAMPLE_ANSWERS, submitted_at=now() - dt.timedelta(days=40))
    add_replies(survey, SAMPLE_ANSWERS, test=True)
    add_replies(survey, SAMPLE_ANSWERS, kind=ReplyKind.PARTIAL, submitted_at=null())
    add_replies(survey, SAMPLE_ANSWERS, deleted_at=now())
    soon = make_survey(opened=True)
    make_survey(published=True)
    with unit_of_work() as session:
        soon.title, soon.closes_at = "Closes <soon>", now() + dt.timedelta(days=3)
        survey.closes_at = now() + dt.timedelta(days=30)
        session.add_all([Job(kind="x", state=JobState.FAILED), Job(kind="x")])
    return survey


class TestFigures:
    def test_each_leads_to_the_list_that_it_counts(self, admin: FlaskClient, busy: Survey) -> None:
        found = tiles(admin)
        expected = {"Open surveys": "2", "Replies today": "2", "Waiting for review": "3", "Failed jobs": "1"}
        assert {label: found[label][0] for label in expected} == expected
        assert {label: listed(admin, found[label][1]) for label in expected} == expected

    def test_by_day(self, admin: FlaskClient, busy: Survey) -> None:
        text = unescape(admin.get("/admin/").text)
        assert "Replies in the last 30 days" in text
        assert "3 replies" in text
        days = re.findall(r'<th scope="row"><a href="([^"]*)">[^<]*</a></th><td class="num">(\d+)</td>', text)
        assert len(days) == 30
        assert [count for _url, count in days if count != "0"] == ["2", "1"]
        assert [listed(admin, url) for url, count in days if count != "0"] == ["2", "1"]

    def test_closing_soon(self, admin: FlaskClient, busy: Survey) -> None:
        text = admin.get("/admin/").text
        assert "Closes &lt;soon&gt;" in text
        url = re.search(r'id="closing"><a href="([^"]*)"', text)
        assert url
        assert listed(admin, unescape(url.group(1))) == "1"

    def test_it_takes_fewer_than_twelve_statements(self, admin: FlaskClient, busy: Survey) -> None:
        admin.get("/admin/")
        with count_statements(db.engine) as seen:
            admin.get("/admin/")
        assert len(seen) < 12, "\n".join(seen)

    def test_beyond_the_cap_it_says_so(self, admin: FlaskClient, busy: Survey, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(admin_dashboard, "CAP", 1)
        assert tiles(admin)["Waiting for review"][0] == "1+"

    def test_with_nothing_there(self, admin: FlaskClient) -> None:
        found = tiles(admin)
        assert {found[label][0] for label in ("Open surveys", "Replies today", "Failed jobs")} == {"0"}
        assert "None." in admin.get("/admin/").text


class TestWhoSeesThem:
    def test_only_ones_own(self, client: FlaskClient, busy: Survey) -> None:
        role = make_role("Own", survey="R:own", reply="R:own")
        anna = make_user("anna", role)
        add_replies(make_survey(anna, opened=True), SAMPLE_ANSWERS)
        login(client, anna)
        found = tiles(client)
        assert (found["Open surveys"][0], found["Replies today"][0]) == ("1", "1")
        assert "Failed jobs" not in found
        assert "Closes" not in client.get("/admin/").text

    def test_without_any_right(self, client: FlaskClient, busy: Survey) -> None:
        login(client, make_user("bob", make_role("None")))
        assert tiles(client) == {}
        assert "Closing soon" not in client.get("/admin/").text
