"""Two people, one form: what does not clash is merged, what clashes is asked, and no save takes away another."""

from __future__ import annotations

import html
import re
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from admin_app.audit.models import AuditEntry
from admin_app.core.db import db, unit_of_work
from tests.console.conftest import Visitor
from tests.console.sample import Box, Shelf, make_box, titles, write
from tests.factories import make_user
from tests.helpers import send

NOTE = "The box stands on the left of the door and holds the keys of the canteen."


def hidden(page: str) -> dict[str, str]:
    """The hidden fields of the form on a page, as a browser sends them back."""
    tags = re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", page)
    found = {}
    for tag in tags:
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and value and name[1] in {"lock_version", "form_base"}:
            found[name[1]] = html.unescape(value[1])
    return found


def opened(client: FlaskClient, box: Box, **typed: str) -> dict[str, str]:
    """What a form sends that was opened now, and into which `typed` was typed."""
    page = client.get(f"/admin/sample/edit/?id={box.id}").text
    stored = {"title": box.title, "note": box.note, "size": "" if box.size is None else str(box.size), "shelf": ""}
    return {**stored, **hidden(page), **typed}


def by_another(box: Box, name: str = "berta", **data: Any) -> None:
    """Somebody else saves."""
    actor = make_user(name)
    with unit_of_work():
        write(db.session.get_one(Box, box.id), {"title": box.title, **data}, "sample.update", actor=actor)
    db.session.expire_all()


def put(client: FlaskClient, box: Box, fields: dict[str, str]) -> Any:
    """Send a form."""
    return send(client, f"/admin/sample/edit/?id={box.id}", fields)


def state(box: Box) -> tuple[Any, ...]:
    """What is stored of a box, and how many entries tell of it."""
    db.session.expire_all()
    entries = len(db.session.scalars(select(AuditEntry.id)).all())
    return box.title, box.note, box.size, box.lock_version, entries


class TestMerged:
    """Fields that one of the two changed."""

    def test_other_fields_are_saved_side_by_side(self, anna: FlaskClient) -> None:
        box = make_box("before", note="n", size=1)
        mine = opened(anna, box, note="mine")
        by_another(box, size=7)
        answer = put(anna, box, mine)
        assert answer.status_code == 303
        assert state(box)[:3] == ("before", "mine", 7)
        told = html.unescape(anna.get("/admin/sample/").text)
        assert "“before” was saved, together with what berta changed meanwhile: Size." in told

    def test_the_same_change_is_no_clash(self, anna: FlaskClient) -> None:
        box = make_box("before")
        mine = opened(anna, box, title="after")
        by_another(box, title="after")
        assert put(anna, box, mine).status_code == 303
        assert titles() == ["after"]

    def test_lines_end_as_browsers_end_them(self, anna: FlaskClient) -> None:
        box = make_box("before", note="one\ntwo")
        mine = opened(anna, box, note="one\r\ntwo", title="mine")
        by_another(box, note="three")
        assert put(anna, box, mine).status_code == 303
        assert state(box)[:2] == ("mine", "three")

    def test_a_relation_that_they_chose(self, anna: FlaskClient) -> None:
        box, shelf = make_box("before"), Shelf(name="up")
        with unit_of_work() as session:
            session.add(shelf)
        mine = opened(anna, box, title="mine")
        with unit_of_work():
            db.session.get_one(Box, box.id).shelf_id = shelf.id
        # Anna sees no shelves: what stands there is not hers to change, nor to read.
        answer = put(anna, box, mine)
        assert "up" not in re.sub(r"<[^>]*>", " ", answer.text).split()

    def test_what_cannot_be_saved_comes_back_merged(self, anna: FlaskClient) -> None:
        box = make_box("before", note="n")
        mine = opened(anna, box, title="refused")
        by_another(box, note="theirs")
        before = state(box)
        answer = put(anna, box, mine)
        assert answer.status_code == 422
        assert state(box) == before
        assert 'value="theirs"' in answer.text
        # The form is up to date now.
        again = {"title": "taken over", "note": "theirs", "size": "", "shelf": "", **hidden(answer.text)}
        assert put(anna, box, again).status_code == 303
        assert state(box)[:2] == ("taken over", "theirs")


class TestClash:
    """Fields that both changed."""

    def test_all_three_are_shown_and_nothing_is_saved(self, anna: FlaskClient) -> None:
        box = make_box("before", note=NOTE)
        mine = opened(anna, box, note=NOTE.replace("left", "right"), title="mine")
        by_another(box, note=NOTE.replace("canteen", "archive"))
        before = state(box)
        answer = put(anna, box, mine)
        page = html.unescape(answer.text)
        assert answer.status_code == 409
        assert state(box) == before
        assert "berta changed this at" in page
        assert "One field was changed by both of you" in page
        assert "<del>left</del><ins>right</ins>" in page
        assert "<del>canteen</del><ins>archive</ins>" in page
        assert NOTE in page
        assert 'value="mine"' in page

    @pytest.mark.parametrize(("choice", "stands"), [("mine", "mine"), ("theirs", "theirs")])
    def test_one_is_chosen(self, anna: FlaskClient, choice: str, stands: str) -> None:
        box = make_box("before", note="n")
        mine = opened(anna, box, title="mine", note="only mine")
        by_another(box, title="theirs")
        asked = put(anna, box, mine)
        again = {**mine, **hidden(asked.text), "canvass__take-title": choice}
        assert put(anna, box, again).status_code == 303
        assert state(box)[:2] == (stands, "only mine")

    @pytest.mark.parametrize("choice", ["mine", "theirs"])
    def test_a_third_save_asks_again_or_is_merged(self, anna: FlaskClient, choice: str) -> None:
        """What I chose of theirs is theirs to change further; what I kept is mine, and clashes once more."""
        box = make_box("before", note="n")
        mine = opened(anna, box, title="mine")
        by_another(box, title="theirs")
        asked = put(anna, box, mine)
        by_another(box, "carla", title="third")
        again = {**mine, **hidden(asked.text), "canvass__take-title": choice}
        answer = put(anna, box, again)
        assert answer.status_code == (409 if choice == "mine" else 303)
        assert titles() == ["third"]
        if choice == "mine":
            assert "carla" in answer.text
            final = {**mine, **hidden(answer.text), "canvass__take-title": "mine"}
            assert put(anna, box, final).status_code == 303
            assert titles() == ["mine"]

    def test_a_race_between_the_check_and_the_write(self, anna: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
        """The version column has the last word, and what it refuses is asked like any other clash."""
        box = make_box("before")
        mine, table = opened(anna, box, title="mine"), Box.__table__

        def overtaken(_view: Any, record: Any, data: dict[str, Any], *, actor: Any) -> None:
            db.session.execute(table.update().where(table.c.id == record.id).values(lock_version=9))
            write(record, data, "sample.update", actor=actor)

        monkeypatch.setattr("tests.console.sample.BoxView.perform_update", overtaken)
        answer = put(anna, box, mine)
        assert answer.status_code == 409
        assert 'value="mine"' in answer.text
        assert titles() == ["before"]

    def test_who_may_not_change_is_told_nothing(self, visitor: Visitor) -> None:
        client, user = visitor(sample="R:all U:own")
        box = make_box("secret", owner_id=user.id + 1)
        answer = put(client, box, {"title": "x", "lock_version": "0"})
        assert answer.status_code == 403
        assert titles() == ["secret"]


class TestForged:
    """What no page of ours sends changes nothing."""

    @pytest.mark.parametrize(
        "base", [None, "", "x", "a.b.c", "sample.1.1.0.eJyLjgUAARUAuQ==.AAAAAAAAAAAAAAAAAAAAAA", "ü"]
    )
    def test_without_a_base_whatever_differs_is_asked(self, anna: FlaskClient, base: str | None) -> None:
        box = make_box("before", note="n")
        mine = opened(anna, box, title="mine")
        by_another(box, note="theirs")
        del mine["form_base"]
        before = state(box)
        answer = put(anna, box, mine if base is None else {**mine, "form_base": base})
        assert answer.status_code == 409
        assert "2 fields were changed by both of you" in answer.text
        assert state(box) == before

    def test_a_base_is_good_for_one_record_and_one_person(self, anna: FlaskClient, visitor: Visitor) -> None:
        box, other = make_box("before", note="n"), make_box("other", note="n")
        foreign = opened(anna, other)["form_base"]
        berta = visitor("berta", sample="CRUD:all")[0]
        hers = opened(berta, box)["form_base"]
        mine = opened(anna, box, title="mine")
        by_another(box, "carla", note="theirs")
        for base in (foreign, hers):
            assert put(anna, box, {**mine, "form_base": base}).status_code == 409
        assert state(box)[:2] == ("before", "theirs")

    @pytest.mark.parametrize(
        "sent",
        [
            {"canvass__take-nothing": "mine"},
            {"canvass__take-lock_version": "theirs"},
            {"canvass__take-title": "everything"},
            {"canvass__take-title": "theirs", "form_base": "forged"},
        ],
    )
    def test_choices_that_are_none(self, anna: FlaskClient, sent: dict[str, str]) -> None:
        box = make_box("before")
        before = state(box)
        assert put(anna, box, {**opened(anna, box, title="mine"), **sent}).status_code == 422
        assert state(box) == before

    @pytest.mark.parametrize("version", ["", "abc", "-1", "0", "2147483648", "99999999999999999999", "\0"])
    def test_versions_that_are_none(self, anna: FlaskClient, version: str) -> None:
        """Whatever the version, the base tells what was changed: nothing of somebody else's is overwritten."""
        box = make_box("before", note="n")
        mine = opened(anna, box, title="mine")
        by_another(box, title="theirs")
        assert put(anna, box, {**mine, "lock_version": version}).status_code == 409
        assert titles() == ["theirs"]
