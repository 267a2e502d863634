"""Bulk actions: no right without its name, nothing before the question, one unit, one batch, each reason told."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from admin_app.audit.models import AuditBatch, AuditEntry
from admin_app.console.base import ConsoleModelView, bulk_action
from admin_app.core.db import db
from tests.console.conftest import Visitor
from tests.console.sample import Box, make_box, titles
from tests.helpers import send, token_of

ACTION = "/admin/sample/action/"


def ask(client: FlaskClient, action: str, *keys: Any, **fields: Any) -> Any:
    """Send the form of the list."""
    return send(client, ACTION, {"action": action, "rowid": list(keys), **fields})


def confirm(client: FlaskClient, page: str, **changed: str) -> Any:
    """Send the form of the page with the question, as it stands."""
    pairs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page)
    fields: dict[str, list[str]] = {"csrf_token": [token_of(page)]}
    for name, value in pairs:
        fields.setdefault(name, []).append(value)
    return client.post(ACTION, data={**fields, **{name: [value] for name, value in changed.items()}})


def off() -> list[str]:
    """The boxes that were switched off."""
    return titles(Box.active.is_(False))


def flashed(client: FlaskClient) -> str:
    """The next page, with the messages."""
    return str(client.get("/admin/sample/").text)


class TestFlow:
    """Choose, be asked, do."""

    def test_it_works(self, anna: FlaskClient) -> None:
        boxes = [make_box(f"box {n}", active=n != 2) for n in range(4)]
        page = ask(anna, "switch_off", *(box.id for box in boxes[:3]))
        assert page.status_code == 200
        assert "Switch off 2 boxes?" in page.text
        assert "It is off already." in page.text
        assert off() == ["box 2"]

        answer = confirm(anna, page.text)
        assert answer.status_code == 303
        assert off() == ["box 0", "box 1", "box 2"]
        assert "2 boxes switched off, 1 skipped: box 2 – It is off already." in flashed(anna)

    def test_one_batch_holds_its_entries(self, anna: FlaskClient) -> None:
        """also those whose author forgot to name it."""
        boxes = [make_box(f"box {n}") for n in range(3)]
        confirm(anna, ask(anna, "switch_off", *(box.id for box in boxes)).text)
        batch = db.session.scalars(select(AuditBatch)).one()
        assert (batch.action, batch.resource, batch.records) == ("sample.switch_off", "sample", 3)
        assert {entry.batch_id for entry in db.session.scalars(select(AuditEntry))} == {batch.id}

    def test_a_batch_of_nothing_is_not_kept(self, anna: FlaskClient) -> None:
        box = make_box(active=False)
        confirm(anna, ask(anna, "switch_off", box.id).text)
        assert db.session.scalars(select(AuditBatch)).all() == []
        assert "0 boxes switched off, 1 skipped" in flashed(anna)

    def test_a_refusal_of_the_whole_is_told(self, visitor: Visitor) -> None:
        client, _user = visitor("berta", "survey.publish", sample="R:all")
        box = make_box()
        answer = confirm(client, ask(client, "publish", box.id).text)
        assert answer.status_code == 303
        assert "None of these can be published." in flashed(client)
        assert db.session.scalars(select(AuditBatch)).all() == []

    def test_without_a_question_it_runs_at_once(self, anna: FlaskClient) -> None:
        box = make_box()
        assert ask(anna, "at_once", box.id).status_code == 303
        assert "At once: 1." in flashed(anna)

    def test_other_records_than_were_shown_ask_again(self, anna: FlaskClient) -> None:
        """The number that was agreed to is compared with the number that it would be now."""
        boxes = [make_box(f"box {n}") for n in range(2)]
        page = ask(anna, "switch_off", *(box.id for box in boxes)).text
        send(anna, "/admin/sample/delete/", {"id": boxes[0].id, "confirmed": "1"})
        again = confirm(anna, page)
        assert again.status_code == 200
        assert "changed meanwhile" in again.text
        assert off() == []

    def test_without_the_number_it_asks(self, anna: FlaskClient) -> None:
        box = make_box()
        for count in ("", "abc", "99999999999999999999", "-1"):
            assert ask(anna, "switch_off", box.id, confirmed="1", expected_count=count).status_code == 200
        assert off() == []


class TestRights:
    """Each action takes its own permission, on each row."""

    def test_an_action_without_the_right_is_refused(self, visitor: Visitor) -> None:
        """Flask-Admin runs any action for everybody who may open the list."""
        client, _user = visitor(sample="R:all")
        box = make_box()
        assert ask(client, "switch_off", box.id, confirmed="1", expected_count="1").status_code == 403
        assert ask(client, "delete", box.id, confirmed="1", expected_count="1").status_code == 403
        assert ask(client, "publish", box.id, confirmed="1", expected_count="1").status_code == 403
        assert titles(Box.active.is_(True)) == ["Box"]

    def test_the_menu_shows_what_is_allowed(self, visitor: Visitor) -> None:
        client, _user = visitor(sample="RU:all")
        make_box()
        assert re.findall(r'name="action" value="(\w+)"', client.get("/admin/sample/").text) == [
            "switch_off",
            "mark",
            "at_once",
        ]
        other, _user = visitor("berta", sample="RD:all")
        assert re.findall(r'name="action" value="(\w+)"', other.get("/admin/sample/").text) == ["at_once", "delete"]

    def test_foreign_rows_are_skipped(self, visitor: Visitor) -> None:
        """Flask-Admin's bulk actions take any id that is posted."""
        client, user = visitor(sample="R:all U:own")
        own, foreign = make_box("own", owner_id=user.id), make_box("foreign")
        page = ask(client, "switch_off", own.id, foreign.id)
        assert "Switch off 1 box?" in page.text
        assert "foreign" in page.text
        assert "Your roles do not allow this." in page.text
        confirm(client, page.text)
        assert off() == ["own"]

    def test_unseen_rows_are_not_even_named(self, visitor: Visitor) -> None:
        client, user = visitor(sample="RU:own")
        own, foreign = make_box("own", owner_id=user.id), make_box("foreign")
        page = ask(client, "switch_off", own.id, foreign.id)
        assert "foreign" not in page.text
        assert confirm(client, page.text).status_code == 303
        assert off() == ["own"]


class TestInput:
    """What is posted."""

    def test_one_bad_key_refuses_the_whole(self, anna: FlaskClient) -> None:
        """Posted keys are text: on PostgreSQL `id IN ('4')` is a 500, and nothing is deleted."""
        box = make_box()
        huge = ("99999999999999999999", "2147483648")
        for key in ("abc", "", "1.5", "-1", *huge, "1,2", "1'or'1", "１", "\0", "1\0"):
            for action in ("switch_off", "delete", "at_once"):
                answer = ask(anna, action, box.id, key, confirmed="1", expected_count="1")
                assert answer.status_code == 400, (action, key)
        assert titles(Box.active.is_(True)) == ["Box"]

    def test_an_unknown_action_is_refused(self, anna: FlaskClient) -> None:
        box = make_box()
        for action in ("", "mystery", "action_delete", "bulk_delete", "__init__", "a\0b"):
            assert ask(anna, action, box.id).status_code == 400, action

    def test_nothing_chosen(self, anna: FlaskClient) -> None:
        assert ask(anna, "switch_off").status_code == 303
        assert "Choose rows first." in flashed(anna)

    def test_too_many(self, anna: FlaskClient) -> None:
        assert ask(anna, "switch_off", *range(1, 1002)).status_code == 400

    def test_all_matching_is_not_taken_for_the_chosen(self, anna: FlaskClient) -> None:
        box = make_box()
        assert ask(anna, "switch_off", box.id, all_matching="1").status_code == 422

    def test_doubled_keys_count_once(self, anna: FlaskClient) -> None:
        box = make_box()
        assert "Switch off 1 box?" in ask(anna, "switch_off", box.id, box.id).text

    def test_many_are_shown_by_a_sample(self, anna: FlaskClient) -> None:
        boxes = [make_box(f"box {n:02}") for n in range(15)]
        page = ask(anna, "switch_off", *(box.id for box in boxes)).text
        assert "box 09" in page
        assert "box 10" not in page
        assert "and 5 more" in page


class TestDelete:
    """The one that Flask-Admin has built in, replaced."""

    def test_it_works(self, anna: FlaskClient) -> None:
        """Flask-Admin deletes row by row with a commit each, and none at all on PostgreSQL."""
        boxes = [make_box(title) for title in ("one", "kept", "two", "stays")]
        page = ask(anna, "delete", *(box.id for box in boxes[:3]))
        assert "Delete 3 records?" in page.text
        confirm(anna, page.text)
        assert titles() == ["kept", "stays"]
        assert "2 records deleted, 1 skipped: kept – It is needed." in flashed(anna)
        batch = db.session.scalars(select(AuditBatch)).one()
        assert batch.records == 2
        assert {entry.batch_id for entry in db.session.scalars(select(AuditEntry))} == {batch.id}

    def test_a_fault_half_way_undoes_all(self, app: Any, anna: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
        boxes = [make_box(title) for title in ("one", "two")]
        page = ask(anna, "delete", *(box.id for box in boxes)).text

        def fail(_view: Any, record: Any, *, actor: Any) -> None:
            if record.title == "two":
                raise RuntimeError("secret of the inside")
            db.session.delete(record)

        monkeypatch.setattr("tests.console.sample.BoxView.perform_delete", fail)
        answer = confirm(anna, page)
        assert answer.status_code == 500
        assert "secret" not in answer.text
        assert titles() == ["one", "two"]


class TestDeclaring:
    """What must be said when an action is written."""

    def test_the_permission_has_to_be_named(self) -> None:
        with pytest.raises(TypeError):
            bulk_action("x", "X", confirm=None)  # type: ignore[call-arg]

    def test_the_permission_has_to_exist(self) -> None:
        with pytest.raises(TypeError, match="neither a letter nor an ability"):
            bulk_action("x", "X", permission="everything", confirm=None)

    def test_two_of_one_name(self) -> None:
        class Twice(ConsoleModelView):
            resource, menu_group = "sample", "System"

            @bulk_action("x", "X", permission="R", confirm=None)
            def one(self, selection: Any, *, actor: Any, batch: Any) -> Any: ...

            @bulk_action("x", "X", permission="R", confirm=None)
            def two(self, selection: Any, *, actor: Any, batch: Any) -> Any: ...

        with pytest.raises(TypeError, match="two bulk actions"):
            Twice(Box)
