"""Fields that are changed in their cells: by the rights, the checks and the operation of the form."""

from __future__ import annotations

import html
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from admin_app.audit.models import AuditEntry
from admin_app.core.db import db
from tests.console.conftest import Visitor
from tests.console.sample import Box, make_box, titles
from tests.console.test_merging import by_another, hidden, state
from tests.helpers import count_statements, send

URL = "/admin/cell_box/cell/"


def opened(client: FlaskClient, box: Box, field: str = "title", **more: str) -> dict[str, str]:
    """What the form of a cell sends."""
    page = client.get(f"{URL}?id={box.id}&field={field}")
    assert page.status_code == 200
    return {"id": str(box.id), "field": field, **hidden(page.text), **more}


class TestCell:
    """/cell/"""

    def test_it_is_offered_where_one_may(self, visitor: Visitor) -> None:
        client, user = visitor(sample="R:all U:own")
        own, other = make_box("own", owner_id=user.id), make_box("other")
        page = html.unescape(client.get("/admin/cell_box/").text)
        assert f"{URL}?id={own.id}&field=title" in page
        assert "Change “title” of own" in page
        assert f"{URL}?id={other.id}" not in page
        assert client.get(f"{URL}?id={other.id}&field=title").status_code == 403

    def test_it_has_the_one_field(self, anna: FlaskClient) -> None:
        box = make_box("before", note="a secret note")
        page = anna.get(f"{URL}?id={box.id}&field=title").text
        assert 'value="before"' in page
        assert 'name="note"' not in page
        assert 'name="size"' not in page

    def test_it_is_saved_as_from_the_form(self, anna: FlaskClient) -> None:
        box = make_box("before", note="kept", size=3)
        answer = send(anna, URL, opened(anna, box, title="after", url="/admin/cell_box/?search=a"))
        assert (answer.status_code, answer.location) == (303, "/admin/cell_box/?search=a")
        assert state(box)[:4] == ("after", "kept", 3, 2)
        assert db.session.scalars(select(AuditEntry.action)).all() == ["sample.update"]

    def test_a_script_gets_the_cell(self, anna: FlaskClient) -> None:
        box = make_box("before")
        answer = send(anna, URL, opened(anna, box, title="a <b>", part="1"))
        assert answer.status_code == 200
        assert "a &lt;b&gt;" in answer.text
        assert "data-cell" in answer.text
        assert "<html" not in answer.text
        assert titles() == ["a <b>"]

    @pytest.mark.parametrize(
        ("title", "status"), [("", 422), ("x" * 101, 422), ("refused", 422), ("taken", 409), ("a\0b", 422)]
    )
    def test_refusals_keep_what_was_typed(self, anna: FlaskClient, title: str, status: int) -> None:
        box = make_box("before")
        before = state(box)
        answer = send(anna, URL, opened(anna, box, title=title))
        assert answer.status_code == status
        assert "cv-cell-form" in answer.text
        assert state(box) == before

    def test_who_was_overtaken_sees_theirs_and_chooses(self, anna: FlaskClient) -> None:
        box = make_box("before")
        mine = opened(anna, box, title="mine")
        by_another(box, title="theirs")
        before = state(box)
        answer = send(anna, URL, mine)
        assert answer.status_code == 409
        assert "theirs" in answer.text
        assert "berta" in answer.text
        assert state(box) == before
        assert send(anna, URL, {**mine, **hidden(answer.text), "canvass__take-title": "mine"}).status_code == 303
        assert titles() == ["mine"]

    def test_who_changed_another_field_is_no_hindrance(self, anna: FlaskClient) -> None:
        box = make_box("before", note="n")
        mine = opened(anna, box, title="mine")
        by_another(box, note="theirs")
        assert send(anna, URL, mine).status_code == 303
        assert state(box)[:2] == ("mine", "theirs")


class TestForged:
    """What no cell of ours sends changes nothing."""

    @pytest.mark.parametrize(
        "field", ["", "note", "nothing", "lock_version", "form_base", "hidden", "owner_id", "title\0"]
    )
    def test_fields_that_are_not_changed_in_cells(self, anna: FlaskClient, field: str) -> None:
        box = make_box("before")
        before = state(box)
        sent = {**opened(anna, box), "field": field, field or "x": "after"}
        assert send(anna, URL, sent).status_code in {400, 404}
        assert anna.get(f"{URL}?id={box.id}&field=note").status_code == 404
        assert state(box) == before

    def test_what_is_not_sent_empties_nothing(self, anna: FlaskClient) -> None:
        box = make_box("before", size=3)
        before = state(box)
        assert send(anna, URL, opened(anna, box, "size")).status_code == 400
        assert send(anna, URL, {**opened(anna, box, "size"), "title": "after"}).status_code == 400
        assert state(box) == before

    def test_other_fields_are_not_taken_along(self, anna: FlaskClient) -> None:
        box = make_box("before", note="n", size=3)
        assert send(anna, URL, opened(anna, box, title="after", note="x", size="9")).status_code == 303
        assert state(box)[:3] == ("after", "n", 3)

    @pytest.mark.parametrize("sent", [{"lock_version": "0"}, {"lock_version": "99"}, {"lock_version": "x"}])
    def test_versions_and_bases(self, anna: FlaskClient, sent: dict[str, str]) -> None:
        box = make_box("before")
        before = state(box)
        answer = send(anna, URL, {"id": str(box.id), "field": "title", "title": "after", "form_base": "x", **sent})
        assert answer.status_code == 409
        assert state(box) == before

    @pytest.mark.parametrize("key", ["", "abc", "0", "-1", "99999999999999999999", "1'or'1"])
    def test_records_that_are_none(self, anna: FlaskClient, key: str) -> None:
        box = make_box("before")
        before = state(box)
        assert send(anna, URL, {**opened(anna, box), "id": key, "title": "after"}).status_code == 404
        assert state(box) == before

    def test_without_the_right_nothing_is_changed(self, visitor: Visitor) -> None:
        client, _user = visitor(sample="R:all")
        box = make_box("before")
        for answer in (
            client.get(f"{URL}?id={box.id}&field=title"),
            send(client, URL, {"id": str(box.id), "field": "title", "title": "x"}),
        ):
            assert answer.status_code == 403
        assert titles() == ["before"]

    def test_the_list_asks_no_more_for_its_cells(self, visitor: Visitor) -> None:
        client, user = visitor(sample="R:all U:own")
        for number in range(5):
            make_box(f"box {number}", owner_id=user.id)
        client.get("/admin/cell_box/")
        with count_statements(db.engine) as statements:
            page = client.get("/admin/cell_box/").text
        assert len(re.findall('data-action="edit-cell"', page)) == 10
        assert len(statements) <= 12
