"""Bulk actions that ask for something: nothing typed is lost, and what is refused is told at its field."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from wtforms import Form, IntegerField, StringField

from admin_app.audit.models import AuditBatch, AuditEntry
from admin_app.console.base import bulk_action
from admin_app.core.db import db
from tests.console.conftest import Visitor
from tests.console.sample import Box, Kind, make_box
from tests.console.test_bulk import ask, confirm, flashed
from tests.helpers import send


def notes() -> list[str]:
    db.session.rollback()
    return list(db.session.scalars(select(Box.note).order_by(Box.id)))


@pytest.fixture
def boxes(app: Any) -> list[Box]:
    return [make_box(f"box {number}", kind=Kind.LARGE_ONE) for number in range(3)]


class TestForm:
    def test_the_page_with_the_question_asks(self, anna: FlaskClient, boxes: list[Box]) -> None:
        page = ask(anna, "mark", *(box.id for box in boxes))
        assert page.status_code == 200
        assert "Mark 3 boxes?" in page.text
        assert 'name="note"' in page.text
        # Nothing was typed yet, so nothing is wrong yet.
        assert "cv-errors" not in page.text
        assert notes() == ["", "", ""]

    def test_what_is_answered_goes_to_the_handler(self, anna: FlaskClient, boxes: list[Box]) -> None:
        page = ask(anna, "mark", *(box.id for box in boxes[:2]))
        assert confirm(anna, page.text, note="good").status_code == 303
        assert notes() == ["good", "good", ""]
        assert "2 boxes marked." in flashed(anna)
        assert db.session.scalars(select(AuditBatch)).one().records == 2

    def test_errors_come_back_with_everything_typed(self, anna: FlaskClient, boxes: list[Box]) -> None:
        page = ask(anna, "mark", boxes[0].id, boxes[2].id).text
        again = confirm(anna, page, note="far too long for a mark")
        assert again.status_code == 422
        assert 'value="far too long for a mark"' in again.text
        assert 'id="note-error"' in again.text
        assert 'href="#note"' in again.text
        assert notes() == ["", "", ""]
        # The page that came back is as good as the first one.
        assert confirm(anna, again.text, note="short").status_code == 303
        assert notes() == ["short", "", "short"]

    @pytest.mark.parametrize("note", ["", "a\0b", "\0"])
    def test_what_cannot_be_taken_is_refused(self, anna: FlaskClient, boxes: list[Box], note: str) -> None:
        again = confirm(anna, ask(anna, "mark", boxes[0].id).text, note=note)
        assert again.status_code == 422
        assert 'id="note-error"' in again.text
        assert notes() == ["", "", ""]

    def test_a_forged_choice_is_refused(self, anna: FlaskClient, boxes: list[Box]) -> None:
        again = confirm(anna, ask(anna, "mark", boxes[0].id).text, note="good", shelf="77")
        assert again.status_code == 422
        assert 'id="shelf-error"' in again.text
        assert 'value="good"' in again.text
        assert notes() == ["", "", ""]

    def test_without_its_fields_it_is_refused(self, anna: FlaskClient, boxes: list[Box]) -> None:
        fields = {"action": "mark", "rowid": [boxes[0].id], "confirmed": "1", "expected_count": "1"}
        assert send(anna, "/admin/sample/action/", fields).status_code == 422
        assert notes() == ["", "", ""]

    def test_a_refusal_of_the_operation_stands_at_its_field(self, anna: FlaskClient, boxes: list[Box]) -> None:
        again = confirm(anna, ask(anna, "mark", boxes[0].id).text, note="refused")
        assert again.status_code == 422
        for sentence in ("It cannot be this mark.", "Take another mark.", "Nor this."):
            assert sentence in again.text
        assert 'value="refused"' in again.text
        assert notes() == ["", "", ""]
        assert db.session.scalars(select(AuditEntry)).all() == []

    def test_a_refusal_of_the_whole_is_told_with_the_form(self, anna: FlaskClient, boxes: list[Box]) -> None:
        again = confirm(anna, ask(anna, "mark", boxes[0].id).text, note="never")
        assert again.status_code == 409
        assert "Nothing can be marked now." in again.text
        assert 'value="never"' in again.text
        assert notes() == ["", "", ""]

    def test_other_records_than_were_shown_ask_again_and_keep_what_was_typed(
        self, anna: FlaskClient, boxes: list[Box]
    ) -> None:
        page = ask(anna, "mark", *(box.id for box in boxes)).text
        send(anna, "/admin/sample/delete/", {"id": boxes[0].id, "confirmed": "1"})
        again = confirm(anna, page, note="good")
        assert "changed meanwhile" in again.text
        assert 'value="good"' in again.text
        assert notes() == ["", ""]

    def test_where_there_is_nothing_to_ask_it_is_not_asked(self, anna: FlaskClient) -> None:
        box = make_box("small one")
        page = ask(anna, "mark", box.id)
        assert 'name="note"' not in page.text
        assert confirm(anna, page.text).status_code == 303
        assert notes() == ["small"]

    def test_what_is_not_offered_now_is_closed(self, anna: FlaskClient, boxes: list[Box]) -> None:
        make_box("the end")
        assert 'value="mark"' not in anna.get("/admin/sample/").text
        assert ask(anna, "mark", boxes[0].id).status_code == 403


class TestReasons:
    """Why which rows are left alone, before anything happens."""

    def test_each_row_has_its_reason(self, anna: FlaskClient) -> None:
        boxes = [make_box("kept"), make_box("off", active=False), make_box("on")]
        page = ask(anna, "switch_off", *(box.id for box in boxes)).text
        assert "Switch off 1 box?" in page
        assert "2 will be skipped" in page
        groups = re.findall(
            r"<span>([^<]+)</span> <span class=\"cv-count\">1</span>\s*<ul>\s*<li dir=\"auto\">(\w+)<", page
        )
        assert groups == [("It is needed.", "kept"), ("It is off already.", "off")]
        assert "They can be switched on again." in page

    def test_many_are_counted_and_a_few_are_named(self, anna: FlaskClient) -> None:
        boxes = [make_box(f"box {number}", active=number == 0) for number in range(9)]
        page = ask(anna, "switch_off", *(box.id for box in boxes)).text
        assert "8 will be skipped" in page
        assert "box 5" in page
        assert "box 6" not in page
        assert "and 3 more" in page

    def test_so_does_the_message_afterwards(self, anna: FlaskClient) -> None:
        boxes = [make_box(f"box {number}", active=number == 0) for number in range(9)]
        confirm(anna, ask(anna, "switch_off", *(box.id for box in boxes)).text)
        said = "1 box switched off, 8 skipped: box 1, box 2, box 3, box 4, box 5 and 3 more – It is off already."
        assert said in flashed(anna)

    def test_the_first_reason_that_fits_counts(self, anna: FlaskClient) -> None:
        page = ask(anna, "switch_off", make_box("kept", active=False).id, make_box("on").id).text
        assert "It is needed." in page
        assert "It is off already." not in page

    def test_where_none_can_be_nothing_is_offered(self, anna: FlaskClient) -> None:
        page = ask(anna, "switch_off", make_box("off", active=False).id).text
        assert "None of these can be changed this way" in page
        assert 'type="submit">Switch off' not in page
        assert "They can be switched on again." not in page

    def test_those_that_one_may_not_see_are_counted_alone(self, visitor: Visitor) -> None:
        client, user = visitor(sample="RU:own")
        own, foreign = make_box("own", owner_id=user.id), make_box("foreign")
        page = ask(client, "switch_off", own.id, foreign.id, 12345).text
        assert "2 will be skipped" in page
        assert "Not there any more, or not for you to see." in page
        assert "foreign" not in page


class TestDeclaring:
    def test_a_form_needs_a_page(self) -> None:
        class Asking(Form):
            note = StringField()

        with pytest.raises(TypeError, match="no page to show it on"):
            bulk_action("x", "X", permission="R", confirm=None, form=Asking)

    @pytest.mark.parametrize("name", ["action", "rowid", "confirmed", "expected_count", "url", "number", "csrf_token"])
    def test_a_form_leaves_the_names_of_the_page_alone(self, name: str) -> None:
        asking = type("Asking", (Form,), {name: IntegerField()})
        with pytest.raises(TypeError, match="which the page needs itself"):
            bulk_action("x", "X", permission="R", confirm="Really?", form=asking)
