"""The console's own screens: dashboard, menu, audit log, jobs."""

from __future__ import annotations

import itertools
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from admin_app.audit.models import AuditEntry
from admin_app.audit.operations import open_batch, record
from admin_app.console.base import DASHBOARD_TILES, DashboardTile
from admin_app.core.db import db, unit_of_work
from admin_app.core.permissions import SYSTEM
from admin_app.jobs.models import Job, JobState
from tests.console.conftest import Visitor
from tests.console.sample import make_box
from tests.helpers import count_statements


@pytest.fixture
def entry(app: Flask) -> AuditEntry:
    """What one change of a personal and of another field left."""
    box = make_box("A <b>box</b>")
    with unit_of_work():
        batch = open_batch("sample.update", "sample", actor=SYSTEM)
        return record(
            "sample.update",
            box,
            actor=SYSTEM,
            changes={
                "email_address": ("old@example.org", "new@example.org"),
                "title": ("<i>", {"a": 1}),
                "x": (None, True),
            },
            personal=("email_address",),
            batch=batch,
            reason="because",
        )


class TestAudit:
    """/admin/audit/"""

    def test_the_list(self, visitor: Visitor, entry: AuditEntry) -> None:
        client, _user = visitor(audit="R:all")
        with count_statements(db.engine) as seen:
            page = client.get("/admin/audit/?search=box").text
        assert len(seen) <= 12
        assert "email address, title, x" in page
        assert "A &lt;b&gt;box" in page
        assert "/admin/audit/edit/" not in page
        assert "/admin/audit/new/" not in page

    def test_personal_values_are_hidden(self, visitor: Visitor, entry: AuditEntry) -> None:
        client, _user = visitor(audit="R:all")
        page = client.get(f"/admin/audit/details/?id={entry.id}").text
        assert "(hidden)" in page
        assert "old@example.org" not in page
        assert "new@example.org" not in page
        assert "sha256" not in page
        assert "&lt;i&gt;" in page
        assert "because" in page

    def test_who_may_see_them_does(self, visitor: Visitor, entry: AuditEntry) -> None:
        client, _user = visitor("berta", "reply.personal_data", audit="R:all")
        page = client.get(f"/admin/audit/details/?id={entry.id}").text
        assert "old@example.org" in page
        assert "new@example.org" in page

    def test_erased_ones_are_gone(self, visitor: Visitor, entry: AuditEntry) -> None:
        with unit_of_work() as session:
            session.delete(db.session.get(AuditEntry, entry.id).values[0])
        client, _user = visitor("berta", "reply.personal_data", audit="R:all")
        assert "(erased)" in client.get(f"/admin/audit/details/?id={entry.id}").text

    def test_an_entry_without_values(self, visitor: Visitor) -> None:
        box = make_box()
        with unit_of_work():
            bare = record("sample.look", box, actor=SYSTEM)
        client, _user = visitor(audit="R:all")
        page = client.get(f"/admin/audit/details/?id={bare.id}").text
        assert "No values were changed." in page
        assert "not yet" in page

    def test_nothing_of_it_can_be_changed(self, visitor: Visitor) -> None:
        client, _user = visitor(audit="CRUD:all", job="CRUD:all")
        for screen, path in itertools.product(("audit", "job"), ("new/", "edit/?id=1", "delete/?id=1", "action/")):
            assert client.get(f"/admin/{screen}/{path}").status_code == 404

    def test_without_the_right(self, visitor: Visitor) -> None:
        client, _user = visitor(sample="CRUD:all")
        assert client.get("/admin/audit/").status_code == 403
        assert client.get("/admin/job/").status_code == 403


class TestJobs:
    """/admin/job/"""

    def test_it_shows_what_failed_and_why(self, visitor: Visitor) -> None:
        with unit_of_work() as session:
            job = Job(kind="audit.seal", state=JobState.FAILED, attempts=3, error="Line one\n<b>Line two", message="m")
            session.add_all([job, Job(kind="import", progress_done=3, progress_total=10)])
        client, _user = visitor(job="R:all")
        page = client.get("/admin/job/?sort=state").text
        assert "audit.seal" in page
        assert "3 of 3" in page
        detail = client.get(f"/admin/job/details/?id={job.id}").text
        assert "Line one<br>&lt;b&gt;Line two" in detail
        assert "audit.seal" not in client.get("/admin/job/?g1.state=queued").text


class TestDashboard:
    """/admin/"""

    def test_it_counts_what_one_may_see(self, visitor: Visitor) -> None:
        client, user = visitor(sample="R:own")
        make_box(owner_id=user.id)
        make_box()
        page = client.get("/admin/").text
        assert "Boxes" in page
        assert 'href="/admin/sample/"' in page
        assert re.search(r">\s*1\s*<", page)

    def test_without_rights_it_is_empty(self, visitor: Visitor) -> None:
        client, _user = visitor()
        page = client.get("/admin/")
        assert page.status_code == 200
        assert "/admin/sample/" not in page.text

    def test_packages_add_tiles(self, app: Flask, visitor: Visitor) -> None:
        tile = DashboardTile("Of late", lambda _actor: 12345, ("sample", "R"), "sample.index_view", note="today")
        words = DashboardTile("Words", lambda _actor: "many", "record.purge", "sample.index_view")
        DASHBOARD_TILES.add("test.tile", tile)
        DASHBOARD_TILES.add("test.words", words)
        try:
            client, _user = visitor(sample="R:all")
            page = client.get("/admin/").text
            other, _user = visitor("berta", "record.purge")
            assert "many" in other.get("/admin/").text
        finally:
            DASHBOARD_TILES._members.pop("test.tile")
            DASHBOARD_TILES._members.pop("test.words")
        assert "12,345" in page
        assert "Of late" in page
        assert "Words" not in page


class TestMenu:
    """Groups, with what one may open."""

    def test_it_shows_what_one_may_open(self, visitor: Visitor) -> None:
        client, _user = visitor(sample="R:all")
        page = client.get("/admin/").text
        assert re.findall(r'class="cv-nav-group"[^>]*>([^<]+)<', page) == ["Overview", "Surveys", "Replies", "System"]
        assert "/admin/audit/" not in page
        assert "<id>" not in page

    def test_a_group_of_nothing_is_not_there(self, visitor: Visitor) -> None:
        client, _user = visitor(audit="R:all")
        page = client.get("/admin/").text
        assert re.findall(r'class="cv-nav-group"[^>]*>([^<]+)<', page) == ["Overview", "System"]

    def test_addresses_follow_where_it_is_mounted(self, visitor: Visitor) -> None:
        """Flask-Admin keeps the first address that it made for all that follow."""
        client, _user = visitor(sample="R:all")
        assert 'href="/admin/sample/"' in client.get("/admin/").text
        assert 'href="/inside/admin/sample/"' in client.get("/admin/", base_url="http://localhost/inside").text


def test_strangers_see_no_menu(client: FlaskClient) -> None:
    assert client.get("/admin/").status_code == 303
