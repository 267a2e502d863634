"""Who may open what. Flask-Admin asks once for a whole view; we ask for each page and each row."""

from __future__ import annotations

import itertools
import sys
import threading
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete

from admin_app.accounts.models import User
from admin_app.core.db import db, unit_of_work
from tests.console.conftest import Visitor
from tests.console.sample import Box, make_box, titles
from tests.factories import login, make_role, make_user
from tests.helpers import send

LETTER_SETS = ["".join(letters) for n in range(5) for letters in itertools.combinations("CRUD", n)]
_SHARING = {"writer": "CRUD", "reader": "R"}
CHANGE = {"title": "changed", "lock_version": "1"}


def _status(letters: str, needed: str) -> int:
    return 200 if needed in letters else 403


def _row_status(letters: str, needed: str, *, own: bool) -> int:
    """A row that may not be seen is not there; one that may be seen and not changed is refused."""
    if needed not in letters:
        return 403
    return 200 if own and "R" in letters else 404


class TestTruthTable:
    """Sixteen sets of letters, every page, own and foreign rows."""

    def test_letters(self, visitor: Visitor) -> None:
        """The pages of a view answer by letter and row (a row filter of Flask-Admin's list guards only the list)."""
        for letters in LETTER_SETS:
            client, user = visitor(f"holds-{letters}", sample=f"{letters}:own") if letters else visitor("nothing")
            self._reads(client, user, letters)

    def _reads(self, client: FlaskClient, user: User, letters: str) -> None:
        own, foreign = make_box("own box", owner_id=user.id), make_box("foreign box", owner_id=user.id + 1000)
        keys = {True: own.id, False: foreign.id}

        page = client.get("/admin/sample/")
        assert page.status_code == _status(letters, "R"), letters
        if "R" in letters:
            assert "own box" in page.text
            assert "foreign box" not in page.text
        assert client.get("/admin/sample/new/").status_code == _status(letters, "C")
        for mine, key in keys.items():
            for view, needed in (("details", "R"), ("edit", "U"), ("delete", "D")):
                answer = client.get(f"/admin/sample/{view}/?id={key}")
                assert answer.status_code == _row_status(letters, needed, own=mine), (letters, view, mine)

        found = client.get("/admin/sample/ajax/lookup/?name=box&query=box")
        assert found.status_code == _status(letters, "R")
        if "R" in letters:
            assert found.json == [[own.id, "own box"]]

    def test_what_is_written(self, visitor: Visitor) -> None:
        """Nothing is written without the letter on the row, whichever door the request takes."""
        for letters in LETTER_SETS:
            client, user = visitor(f"holds-{letters}", sample=f"{letters}:own") if letters else visitor("nothing")
            with unit_of_work() as session:
                session.execute(delete(Box))
            self._writes(client, user, letters)

    def _writes(self, client: FlaskClient, user: User, letters: str) -> None:
        own, foreign = make_box("own", owner_id=user.id), make_box("foreign", owner_id=user.id + 1000)

        for box in (foreign, own):
            send(client, f"/admin/sample/edit/?id={box.id}", CHANGE)
        changed = ["own" if not {"U", "R"} <= set(letters) else "changed", "foreign"]
        assert titles() == changed

        for box in (foreign, own):
            self._switch_off(client, box)
        assert titles(Box.active.is_(False)) == (["changed"] if {"U", "R"} <= set(letters) else [])

        send(client, "/admin/sample/new/", {"title": "new"})
        assert ("new" in titles()) == ("C" in letters)

        for box in (foreign, own):
            send(client, "/admin/sample/delete/", {"id": box.id, "confirmed": "1"})
        assert ("foreign" in titles()) is True
        assert (changed[0] in titles()) == (not {"D", "R"} <= set(letters))

    @staticmethod
    def _switch_off(client: FlaskClient, box: Any) -> None:
        fields = {"action": "switch_off", "rowid": box.id, "confirmed": "1", "expected_count": "1"}
        send(client, "/admin/sample/action/", fields)

    def test_a_wider_letter_to_read_than_to_change(self, visitor: Visitor) -> None:
        """Reading all and changing one's own are two grants: a foreign row opens, its form is refused."""
        client, user = visitor("anna", sample="R:all UD:own")
        make_box("mine", owner_id=user.id)
        foreign = make_box("theirs", owner_id=user.id + 1)
        assert client.get(f"/admin/sample/details/?id={foreign.id}").status_code == 200
        assert client.get(f"/admin/sample/edit/?id={foreign.id}").status_code == 403
        assert client.get(f"/admin/sample/delete/?id={foreign.id}").status_code == 403
        assert send(client, f"/admin/sample/edit/?id={foreign.id}", CHANGE).status_code == 403
        page = client.get("/admin/sample/").text
        assert page.count('action="/admin/sample/delete/"') == 1
        assert f"/admin/sample/edit/?id={foreign.id}" not in page


class TestStrangers:
    """Who is not logged in."""

    @pytest.mark.parametrize("path", ["/admin/", "/admin/sample/", "/admin/sample/new/", "/admin/sample/details/?id=1"])
    def test_they_are_sent_to_the_login(self, client: FlaskClient, path: str) -> None:
        """and from there to the page they asked for, on this site."""
        answer = client.get(path)
        assert answer.status_code == 303
        assert answer.location.startswith("/login?next=%2Fadmin%2F") or answer.location.startswith(
            "/login?next=/admin/"
        )

    def test_an_inactive_user_is_a_stranger(self, visitor: Visitor) -> None:
        client, user = visitor(sample="CRUD:all")
        user.status = type(user.status).INACTIVE
        db.session.commit()
        assert client.get("/admin/sample/").status_code == 303

    def test_no_right_is_403_with_a_sentence(self, visitor: Visitor) -> None:
        client, _user = visitor()
        answer = client.get("/admin/sample/")
        assert answer.status_code == 403
        assert "do not allow you to see sample here" in answer.text


class TestUnknown:
    """What nobody declared is closed."""

    def test_an_unknown_view_name_is_refused(
        self, app: Flask, anna: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A new page of Flask-Admin's, or one of ours that was forgotten, takes no permission that anybody holds."""
        view = app.view_functions["sample.index_view"].__self__
        assert view.permission_of("mystery_view") is None
        monkeypatch.setattr(type(view), "permission_of", lambda _self, _name: None)
        assert anna.get("/admin/sample/").status_code == 403

    def test_editing_in_cells_and_exporting_have_no_route(self, anna: FlaskClient) -> None:
        """Flask-Admin's ajax/update/ changes rows although can_edit is False; its export dies half-way."""
        for path in ("ajax/update/", "export/csv/"):
            assert anna.get(f"/admin/sample/{path}").status_code == 404
            assert send(anna, f"/admin/sample/{path}", {"list_form_pk": "1", "title": "x"}).status_code == 404

    def test_what_a_screen_does_not_offer_has_no_route(self, anna: FlaskClient) -> None:
        make_box()
        for path in ("new/", "edit/?id=1", "delete/?id=1", "ajax/lookup/?name=box"):
            assert anna.get(f"/admin/read_box/{path}").status_code == 404

    def test_methods_are_those_of_the_page(self, anna: FlaskClient) -> None:
        make_box()
        for path in ("", "details/?id=1", "ajax/lookup/"):
            assert send(anna, f"/admin/sample/{path}").status_code == 405
        assert anna.get("/admin/sample/action/").status_code == 405


def test_flask_admins_own_queries_are_guarded_too(
    app: Flask, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Code of Flask-Admin's that we do not call today would go through these."""
    _client, user = visitor(sample="R:own")
    own = make_box("own", owner_id=user.id)
    make_box("foreign")
    monkeypatch.setattr("admin_app.console.lists.current_actor", lambda: user)
    view = app.view_functions["sample.index_view"].__self__
    assert view.get_query().all() == [own]
    assert view.get_count_query().scalar() == 1


class TestOwnPages:
    """Pages that a screen adds take what it declares for them."""

    def test_an_ability(self, visitor: Visitor) -> None:
        without, _user = visitor("anna", sample="CRUD:all")
        assert send(without, "/admin/sample/publish/").status_code == 403
        having, _user = visitor("berta", "survey.publish", sample="R:all")
        assert send(having, "/admin/sample/publish/").status_code == 303

    def test_a_letter_on_the_record(self, visitor: Visitor) -> None:
        client, user = visitor(sample="R:all U:own")
        own, foreign = make_box("own", owner_id=user.id), make_box("foreign")
        assert send(client, "/admin/sample/touch/", {"id": own.id}).text == "own"
        assert send(client, "/admin/sample/touch/", {"id": foreign.id}).status_code == 403
        assert send(client, "/admin/sample/touch/", {"id": "99999"}).status_code == 404
        assert send(client, "/admin/sample/touch/").status_code == 404

    def test_a_page_of_a_record(self, visitor: Visitor) -> None:
        client, user = visitor(sample="R:all U:own")
        own, foreign = make_box("own", owner_id=user.id), make_box("foreign")
        page = client.get(f"/admin/sample/{own.id}/labels")
        assert page.text == f"Overview=/admin/sample/details/?id={own.id}|Labels*=/admin/sample/{own.id}/labels"
        for bad in ("abc", "0", "99999999999999999999", "1.5", "-1", "%00"):
            assert client.get(f"/admin/sample/{bad}/labels").status_code in {400, 404}
        assert send(client, f"/admin/sample/{own.id}/labels/new").text == "own"
        assert send(client, f"/admin/sample/{foreign.id}/labels/new").status_code == 403


class TestSwitches:
    """can_create and its siblings are computed for who is asking."""

    def test_they_cannot_be_assigned(self, app: Flask) -> None:
        """Views are shared by all threads: what is assigned for one user is read by another."""
        view = app.view_functions["sample.index_view"].__self__
        for name in ("can_create", "can_edit", "can_delete", "can_view_details", "can_export"):
            with pytest.raises(AttributeError):
                setattr(view, name, True)

    def test_nobody_is_asking_at_start_up(self, app: Flask) -> None:
        """Flask-Admin reads can_view_details when a view is made; a property that asks current_user broke there."""
        view = app.view_functions["sample.index_view"].__self__
        assert not view.can_view_details
        assert view._details_columns

    def test_no_right_leaks_between_threads(self, app: Flask) -> None:
        """A viewer got the create page while an administrator was active; the tiny switch interval shows it."""
        users = {name: make_user(name, make_role(name, sample=f"{letters}:all")) for name, letters in _SHARING.items()}
        visits = []
        for name, user in users.items():
            for _ in range(2):
                client = app.test_client()
                login(client, user)
                visits.append((name, client))
        seen: dict[str, set[int]] = {name: set() for name in users}

        def visit(name: str, client: FlaskClient) -> None:
            with app.app_context():
                for _ in range(12):
                    seen[name].add(client.get("/admin/sample/new/").status_code)

        before = sys.getswitchinterval()
        sys.setswitchinterval(1e-6)
        try:
            threads = [threading.Thread(target=visit, args=one) for one in visits]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        finally:
            sys.setswitchinterval(before)
        assert seen == {"writer": {200}, "reader": {403}}
