"""Pages of one record: nothing typed is lost, nothing of somebody else's is overwritten, faults stay faults."""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from admin_app.audit.models import AuditEntry
from admin_app.core.db import db, unit_of_work
from tests.console.conftest import Visitor
from tests.console.sample import Box, make_box, titles, write
from tests.factories import make_user
from tests.helpers import send

BAD_KEYS = (
    "",
    "abc",
    "0",
    "-1",
    "1.5",
    "1e3",
    "99999999999999999999",
    "2147483648",
    "%00",
    "1,2",
    "1'or'1",
    "１",
    " 1",
)


def form_of(box: Box, **fields: str) -> dict[str, str]:
    """What the edit form of a box sends."""
    return {"title": box.title, "lock_version": str(box.lock_version), **fields}


class TestAddresses:
    """Keys as they arrive."""

    def test_what_is_no_key_is_not_found(self, anna: FlaskClient) -> None:
        """`abc` and 10^20 are a 500 on PostgreSQL with stock Flask-Admin; `1.5` opens record 1 on SQLite."""
        make_box()
        for view in ("details", "edit", "delete"):
            assert anna.get(f"/admin/sample/{view}/").status_code == 404
            for key in BAD_KEYS:
                assert anna.get(f"/admin/sample/{view}/?id={key}").status_code == 404, (view, key)

    def test_doubled_the_first_counts(self, anna: FlaskClient) -> None:
        first, second = make_box("first"), make_box("second")
        assert "first" in anna.get(f"/admin/sample/details/?id={first.id}&id={second.id}").text

    def test_what_is_no_key_changes_nothing(self, anna: FlaskClient) -> None:
        make_box("stays")
        for key, view in itertools.product(BAD_KEYS, ("edit", "delete")):
            sent = {"id": key, "confirmed": "1", "title": "x", "lock_version": "1"}
            assert send(anna, f"/admin/sample/{view}/?id={key}", sent).status_code in {400, 404}, (view, key)
        assert titles() == ["stays"]

    def test_what_the_screen_does_not_know_is_not_found(self, anna: FlaskClient) -> None:
        """A condition in base_select() guards lists, records, look-ups and bulk actions alike."""
        hidden = make_box("hidden one", hidden=True)
        for view in ("details", "edit", "delete"):
            assert anna.get(f"/admin/sample/{view}/?id={hidden.id}").status_code == 404
        assert "hidden one" not in anna.get("/admin/sample/").text
        assert anna.get("/admin/sample/ajax/lookup/?name=box&query=hidden").json == []
        send(
            anna,
            "/admin/sample/action/",
            {"action": "switch_off", "rowid": hidden.id, "confirmed": "1", "expected_count": "0"},
        )
        assert titles(Box.active.is_(False)) == []


class TestCreate:
    """/new/"""

    def test_it_works(self, anna: FlaskClient) -> None:
        answer = send(anna, "/admin/sample/new/", {"title": "A box", "size": "3"})
        box = db.session.scalars(select(Box)).one()
        assert answer.status_code == 303
        assert answer.location == f"/admin/sample/details/?id={box.id}"
        assert (box.title, box.size) == ("A box", 3)
        assert db.session.scalars(select(AuditEntry.action)).all() == ["sample.create"]

    @pytest.mark.parametrize(
        ("title", "status", "said"),
        [
            ("", 422, "required"),
            ("x" * 101, 422, "longer than 100"),
            ("refused", 422, "Take another title."),
            ("taken", 409, "It is taken."),
            ("a\0b", 422, "cannot be stored"),
        ],
    )
    def test_refusals_keep_what_was_typed(self, anna: FlaskClient, title: str, status: int, said: str) -> None:
        """Only refusals that are meant to be read come back to the form, at the field that they are about."""
        answer = send(anna, "/admin/sample/new/", {"title": title, "note": "what I typed"})
        assert answer.status_code == status
        assert "what I typed" in answer.text
        assert said in answer.text
        assert titles() == []
        assert db.session.scalars(select(AuditEntry)).all() == []

    @pytest.mark.parametrize("title", ["broken", "wrong type"])
    def test_a_fault_is_a_500_without_its_words(
        self, app: Flask, anna: FlaskClient, monkeypatch: pytest.MonkeyPatch, title: str
    ) -> None:
        """Flask-Admin flashes str(exception) of anything, and runs the view again on a TypeError."""
        monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
        answer = send(anna, "/admin/sample/new/", {"title": title})
        assert answer.status_code == 500
        assert "secret of the inside" not in answer.text
        assert "secret of the inside" not in anna.get("/admin/sample/").text
        assert titles() == []

    def test_a_type_error_runs_the_view_once(self, app: Flask) -> None:
        """Flask-Admin's _run_view calls the view a second time with other arguments, side effects and all."""
        view, calls = app.view_functions["sample.index_view"].__self__, []

        def page(_view: Any) -> None:
            calls.append(1)
            raise TypeError("once")

        with pytest.raises(TypeError, match="once"):
            view._run_view(page)
        assert calls == [1]

    def test_no_exception_becomes_a_message(self, app: Flask) -> None:
        view = app.view_functions["sample.index_view"].__self__
        with pytest.raises(ZeroDivisionError):
            view.handle_view_exception(ZeroDivisionError("x"))

    @pytest.mark.parametrize(
        ("button", "where"), [("_add_another", "/admin/sample/new/"), ("_continue_editing", "/admin/sample/edit/?id=1")]
    )
    def test_where_it_goes_on(self, anna: FlaskClient, button: str, where: str) -> None:
        assert send(anna, "/admin/sample/new/", {"title": "A", button: "1"}).location == where

    def test_it_returns_only_to_this_site(self, anna: FlaskClient) -> None:
        away = ("//evil.example", "/\\evil.example", "/a\\b", "https://evil.example", "javascript:alert(1)", "/\tevil")
        for target in (*away, "/" + "x" * 3000, "", "admin", "/admin/sample/?page=1"):
            answer = send(anna, "/admin/sample/new/", {"title": "A", "url": target})
            assert answer.status_code == 303
            assert answer.location.startswith("/admin/")
            assert (answer.location == target) is (target == "/admin/sample/?page=1"), target


class TestEdit:
    """/edit/"""

    def test_it_works(self, anna: FlaskClient) -> None:
        box = make_box("before")
        page = anna.get(f"/admin/sample/edit/?id={box.id}").text
        assert 'value="before"' in page
        assert re.search(r'name="lock_version"[^>]*value="1"', page)
        answer = send(anna, f"/admin/sample/edit/?id={box.id}", form_of(box, title="after"))
        assert answer.status_code == 303
        assert titles() == ["after"]
        assert db.session.get(Box, box.id).lock_version == 2
        assert "“after” was saved." in anna.get("/admin/sample/").text

    def test_a_stale_form_saves_nothing(self, anna: FlaskClient) -> None:
        """Flask-Admin reads the row again when the form comes back, so the version column compares it with itself."""
        box = make_box("before")
        stale = form_of(box, title="mine")
        berta = make_user("berta")
        with unit_of_work():
            write(db.session.get(Box, box.id), {"title": "theirs"}, "sample.update", actor=berta)
        answer = send(anna, f"/admin/sample/edit/?id={box.id}", stale)
        assert answer.status_code == 409
        assert titles() == ["theirs"]
        assert 'value="mine"' in answer.text
        assert "berta changed this at" in answer.text
        assert "title" in answer.text
        # Who has read that may put his own in its place.
        again = re.search(r'name="lock_version"[^>]*value="(\d+)"', answer.text)
        assert again
        assert send(anna, f"/admin/sample/edit/?id={box.id}", {**stale, "lock_version": again[1]}).status_code == 303
        assert titles() == ["mine"]

    def test_without_the_version_it_is_stale(self, anna: FlaskClient) -> None:
        """A field that was not sent keeps the record's own value, which would always be the right one."""
        box = make_box("before")
        for version in (None, "", "abc", "99999999999999999999", "-1", "0", "\0"):
            sent = {"title": "after"} if version is None else {"title": "after", "lock_version": version}
            answer = send(anna, f"/admin/sample/edit/?id={box.id}", sent)
            assert answer.status_code == 409, version
            assert "Somebody else changed this" in answer.text
        assert titles() == ["before"]

    def test_a_race_between_the_check_and_the_write(self, anna: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
        """The version column itself has the last word."""
        box = make_box("before")

        def overtaken(_view: Any, record: Any, data: dict[str, Any], *, actor: Any) -> None:
            table = Box.__table__
            db.session.execute(table.update().where(table.c.id == record.id).values(title="theirs", lock_version=9))
            write(record, data, "sample.update", actor=actor)

        monkeypatch.setattr("tests.console.sample.BoxView.perform_update", overtaken)
        answer = send(anna, f"/admin/sample/edit/?id={box.id}", form_of(box, title="mine"))
        assert answer.status_code == 409
        assert 'value="mine"' in answer.text
        assert titles() == ["before"]

    def test_one_that_is_deleted_meanwhile_is_not_found(
        self, anna: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        box = make_box("before")
        from admin_app.core.errors import ConflictError

        def gone(_view: Any, record: Any, _data: dict[str, Any], *, actor: Any) -> None:
            raise ConflictError("Gone.")

        def not_there(_view: Any, _id: Any) -> None:
            return None

        monkeypatch.setattr("tests.console.sample.BoxView.perform_update", gone)
        sent = form_of(box)
        answer = send(anna, f"/admin/sample/edit/?id={box.id}", sent)
        assert answer.status_code == 409
        monkeypatch.setattr("admin_app.console.records.RecordMixin.get_one", not_there)
        assert send(anna, f"/admin/sample/edit/?id={box.id}", sent).status_code == 404

    @pytest.mark.parametrize(("title", "status"), [("refused", 422), ("taken", 409), ("", 422), ("a\0b", 422)])
    def test_refusals_keep_what_was_typed(self, anna: FlaskClient, title: str, status: int) -> None:
        box = make_box("before")
        answer = send(anna, f"/admin/sample/edit/?id={box.id}", form_of(box, title=title, note="what I typed"))
        assert answer.status_code == status
        assert "what I typed" in answer.text
        assert titles() == ["before"]

    def test_the_operation_gets_neither_token_nor_version(
        self, anna: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        box, got = make_box("before"), {}

        def keep(_view: Any, _record: Any, data: dict[str, Any], *, actor: Any) -> None:
            got.update(data)

        monkeypatch.setattr("tests.console.sample.BoxView.perform_update", keep)
        send(anna, f"/admin/sample/edit/?id={box.id}", form_of(box, nonsense="x"))
        assert set(got) == {"title", "note", "size", "shelf"}

    def test_a_record_out_of_the_pick_list_is_refused(self, anna: FlaskClient) -> None:
        """Flask-Admin's ajax fields take any posted key; ours knows only what the actor may see."""
        from tests.console.sample import Shelf

        shelf = Shelf(name="not for anna")
        with unit_of_work() as session:
            session.add(shelf)
        answer = send(anna, "/admin/sample/new/", {"title": "A", "shelf": str(shelf.id)})
        assert answer.status_code == 422
        assert "not for anna" not in answer.text
        assert titles() == []


class TestDetails:
    """/details/"""

    def test_it_shows_the_record(self, visitor: Visitor) -> None:
        client, _user = visitor(sample="RU:all", audit="R:all")
        box = make_box("A <b>box</b>", note="two\nlines & more")
        send(client, f"/admin/sample/edit/?id={box.id}", form_of(box, title="Renamed <b>", note="two\nlines & more"))
        page = client.get(f"/admin/sample/details/?id={box.id}").text
        assert "Renamed &lt;b&gt;" in page
        assert "sample.update" in page
        assert f"/admin/sample/{box.id}/labels" in page
        assert "Secret" not in page
        assert f"/admin/sample/edit/?id={box.id}" in page

    def test_history_needs_the_right_to_read_it(self, anna: FlaskClient) -> None:
        box = make_box("A")
        send(anna, f"/admin/sample/edit/?id={box.id}", form_of(box, title="B"))
        assert "sample.update" not in anna.get(f"/admin/sample/details/?id={box.id}").text
