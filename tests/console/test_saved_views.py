"""Saved views: a list as it is kept, by whom it is seen, and an address that works for others too."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from admin_app.accounts.models import User
from admin_app.audit.models import AuditEntry
from admin_app.console import saved_views
from admin_app.console.models import SavedView
from admin_app.console.saved_views import save_view, views_of
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ForbiddenError
from admin_app.core.permissions import SYSTEM
from tests.console.conftest import Visitor
from tests.console.sample import make_box
from tests.console.test_lists import fill, shown
from tests.factories import login, make_role, make_user
from tests.helpers import send

LIST = "/admin/sample/"
VIEWS = f"{LIST}views/"
RIGHTS = {"sample": "RU:all", "view": "C:all R:shared UD:own"}


@pytest.fixture
def anna(visitor: Visitor) -> FlaskClient:
    """Somebody who may keep views."""
    client, _user = visitor(**RIGHTS)
    return client


@pytest.fixture
def boxes(app: Flask) -> None:
    make_box("small", size=1)
    make_box("large", size=9)
    make_box("huge", size=10)


def save(client: FlaskClient, name: str = "Large ones", **fields: Any) -> str:
    """Save what `g1.size_from=5`, the largest first, shows; the address of the view."""
    data = {"do": "save", "name": name, "g1.size_from": "5", "sort": "size", "desc": "1", **fields}
    answer = send(client, VIEWS, data)
    assert answer.status_code == 303, answer.text
    return answer.location


def view_named(name: str) -> SavedView:
    return db.session.scalars(select(SavedView).where(SavedView.name == name)).one()


def tabs(page: str) -> list[str]:
    found = re.search(r'<nav class="cv-tabs" aria-label="Saved views">(.*?)</nav>', page, re.DOTALL)
    return re.findall(r">([^<>]+?)(?:<svg|</a>)", found[1]) if found else []


@pytest.mark.usefixtures("boxes")
class TestSaving:
    """What is kept."""

    def test_search_filters_and_order(self, anna: FlaskClient) -> None:
        address = save(anna, search="")
        view = view_named("Large ones")
        assert address == f"{LIST}?g1.size_from=5&sort=size&desc=1&view={view.public_id}"
        page = anna.get(address).text
        assert shown(page) == ["huge", "large"]
        assert tabs(page) == ["All", "Large ones"]
        assert "The list is not as this view was saved." not in page

    def test_the_short_address_leads_to_the_whole_one(self, anna: FlaskClient) -> None:
        address = save(anna)
        assert anna.get(f"{LIST}?view={view_named('Large ones').public_id}").location == address

    def test_of_the_whole_list(self, anna: FlaskClient) -> None:
        """Only its columns make it a view."""
        answer = send(anna, VIEWS, {"do": "save", "name": "Plain"})
        assert anna.get(answer.location).status_code == 200

    def test_columns_are_its_own(self, anna: FlaskClient) -> None:
        address = save(anna)
        key = view_named("Large ones").public_id
        data = {
            "columns": ["title", "size"],
            "order": ["size", "note"],
            "density": "dense",
            "page_size": "50",
            "view": key,
        }
        send(anna, f"{LIST}preferences", {**data, "view": key, "url": address})
        assert ">Note" not in anna.get(address).text.split("</thead>")[0].split("<thead")[1]
        assert "cv-dense" in anna.get(address).text
        assert ">Note" not in anna.get(LIST).text.split("<tbody>")[1]
        assert "cv-dense" not in anna.get(LIST).text, "the whole list looks as it did"
        send(anna, f"{LIST}preferences", {"reset": "1", "view": key, "url": address})
        assert "cv-dense" not in anna.get(address).text

    def test_it_tells_when_the_list_is_another_one(self, anna: FlaskClient) -> None:
        address = save(anna)
        page = anna.get(address.replace("size_from=5", "size_from=10")).text
        assert "The list is not as this view was saved." in page
        key = view_named("Large ones").public_id
        send(anna, VIEWS, {"do": "replace", "view": key, "g1.size_from": "10"})
        assert view_named("Large ones").query == [["g1.size_from", "10"]]
        assert db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id.desc())).first() == "view.update"

    def test_renamed_and_deleted(self, anna: FlaskClient) -> None:
        save(anna)
        key = view_named("Large ones").public_id
        send(anna, VIEWS, {"do": "change", "view": key, "name": "Big"})
        assert tabs(anna.get(f"{LIST}?view=all").text) == ["All", "Big"]
        send(anna, VIEWS, {"do": "delete", "view": key})
        assert tabs(anna.get(LIST).text) == []
        assert anna.get(f"{LIST}?view={key}").status_code == 404

    def test_the_first_one(self, anna: FlaskClient) -> None:
        address = save(anna, first="1")
        assert anna.get(LIST).location == address
        whole = anna.get(f"{LIST}?view=all")
        assert len(shown(whole.text)) == 3
        send(anna, VIEWS, {"do": "first", "view": view_named("Large ones").public_id, "first": "0"})
        assert anna.get(LIST).status_code == 200
        send(anna, VIEWS, {"do": "first", "view": view_named("Large ones").public_id, "first": "1"})
        send(anna, f"{LIST}preferences", {"columns": ["size"], "page_size": "20", "sort": "", "desc": "0"})
        assert anna.get(LIST).location == address, "changing the columns of the list does not forget it"
        send(anna, VIEWS, {"do": "delete", "view": view_named("Large ones").public_id})
        assert anna.get(LIST).status_code == 200

    def test_what_an_older_program_saved(self, anna: FlaskClient) -> None:
        """A filter that there is no more: the list is still to be had, and the view to be deleted."""
        save(anna, first="1")
        view = view_named("Large ones")
        with unit_of_work():
            view.query = [["g1.gone", "1"]]
        assert anna.get(LIST).status_code == 200
        assert anna.get(f"{LIST}?view={view.public_id}").status_code == 200
        assert anna.get(f"{LIST}?g1.gone=1&view={view.public_id}").status_code == 422


@pytest.mark.usefixtures("boxes")
class TestRefusals:
    """What is not taken, and that nothing is then saved."""

    @pytest.mark.parametrize("name", ["", "   ", "\t\u202e"])
    def test_without_a_name(self, anna: FlaskClient, name: str) -> None:
        answer = send(anna, VIEWS, {"do": "save", "name": name})
        assert answer.status_code == 303
        assert not db.session.scalars(select(SavedView)).all()

    def test_names(self, anna: FlaskClient) -> None:
        save(anna)
        for name in ("Large ones", "x" * 81):
            send(anna, VIEWS, {"do": "save", "name": name})
        assert [view.name for view in db.session.scalars(select(SavedView))] == ["Large ones"]
        save(anna, "Others")
        send(anna, VIEWS, {"do": "change", "view": view_named("Others").public_id, "name": "Large ones"})
        assert view_named("Others")

    def test_more_than_anybody_needs(self, anna: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(saved_views, "MOST_VIEWS", 2)
        for name in "abc":
            send(anna, VIEWS, {"do": "save", "name": name})
        assert len(db.session.scalars(select(SavedView)).all()) == 2

    @pytest.mark.parametrize("query", [{"g1.nonsense": "1"}, {"g1.size_from": "many"}, {"sort": "owner_id"}])
    def test_what_the_list_does_not_have(self, anna: FlaskClient, query: dict[str, str]) -> None:
        assert send(anna, VIEWS, {"do": "save", "name": "x", **query}).status_code in {303, 422}
        assert not db.session.scalars(select(SavedView)).all()

    @pytest.mark.parametrize("do", ["change", "replace", "delete", "first", "", "nonsense"])
    def test_a_view_that_is_not_there(self, anna: FlaskClient, do: str) -> None:
        for key in ("", "nonsense", "\x00", "9" * 500):
            assert send(anna, VIEWS, {"do": do, "view": key, "name": "x"}).status_code in {400, 404}

    def test_a_view_of_another_list(self, anna: FlaskClient) -> None:
        save(anna)
        key = view_named("Large ones").public_id
        assert anna.get(f"/admin/read_box/?view={key}").status_code in {403, 404}
        assert send(anna, "/admin/read_box/views/", {"do": "delete", "view": key}).status_code in {403, 404}
        assert view_named("Large ones")

    def test_without_the_right(self, visitor: Visitor) -> None:
        client, _user = visitor(sample="R:all")
        page = client.get(LIST).text
        assert "Save view" not in page
        assert send(client, VIEWS, {"do": "save", "name": "x"}).status_code == 403
        assert not db.session.scalars(select(SavedView)).all()
        with pytest.raises(ForbiddenError), unit_of_work():
            save_view("sample", {"name": "x", "query": [], "look": {}}, actor=SYSTEM)


@pytest.mark.usefixtures("boxes")
class TestSharing:
    """With a role."""

    def test_seen_by_those_who_have_it_and_changed_by_none_of_them(self, anna: FlaskClient, app: Flask) -> None:
        role = next(iter(db_user("anna").roles))
        address = save(anna, role=str(role.id))
        other = app.test_client()
        login(other, make_user("ben", role))
        page = other.get(address).text
        assert shown(page) == ["huge", "large"]
        assert tabs(page) == ["All", "Large ones"]
        key = view_named("Large ones").public_id
        for do in ("delete", "change", "replace"):
            assert send(other, VIEWS, {"do": do, "view": key, "name": "mine now"}).status_code == 403
        assert send(other, f"{LIST}preferences", {"columns": [], "view": key}).status_code == 403
        send(other, VIEWS, {"do": "first", "view": key, "first": "1"})
        assert other.get(LIST).location == address
        assert anna.get(LIST).status_code == 200

    def test_hidden_from_others(self, anna: FlaskClient, app: Flask) -> None:
        save(anna)
        stranger = app.test_client()
        login(stranger, make_user("cara", make_role("Others", **RIGHTS)))
        key = view_named("Large ones").public_id
        assert tabs(stranger.get(LIST).text) == []
        assert stranger.get(f"{LIST}?view={key}").status_code == 404
        assert send(stranger, VIEWS, {"do": "delete", "view": key}).status_code == 404

    def test_only_with_roles_of_ones_own(self, anna: FlaskClient) -> None:
        foreign = make_role("Foreign", sample="R:all")
        assert send(anna, VIEWS, {"do": "save", "name": "x", "role": str(foreign.id)}).status_code == 403
        assert not db.session.scalars(select(SavedView)).all()

    def test_whoever_may_change_all_views_shares_with_any(self, visitor: Visitor) -> None:
        client, user = visitor(sample="R:all", view="CRUD:all")
        foreign = make_role("Foreign", sample="R:all")
        save(client, role=str(foreign.id))
        assert view_named("Large ones").role_id == foreign.id
        assert [view.name for view in views_of("sample", actor=user)] == ["Large ones"]


@pytest.mark.usefixtures("boxes")
def test_the_palette_switches_to_them(anna: FlaskClient, app: Flask) -> None:
    save(anna)
    key = view_named("Large ones").public_id
    assert f"view={key}" in anna.get("/admin/search/found?q=large").text
    assert f"view={key}" not in anna.get("/admin/search/found?q=small").text
    stranger = app.test_client()
    login(stranger, make_user("cara", make_role("Others", **RIGHTS)))
    assert f"view={key}" not in stranger.get("/admin/search/found?q=large").text
    with unit_of_work():
        view_named("Large ones").list_name = "gone"
    assert f"view={key}" not in anna.get("/admin/search/found?q=large").text


def db_user(name: str) -> Any:
    return db.session.scalars(select(User).where(User.username == name)).one()


def test_the_look_of_a_list(anna: FlaskClient) -> None:
    """Order, width and density of columns are remembered, and nothing that the list does not have."""
    fill(3)
    columns = ["note", "size", "kind", "active", "made_on", "made_at", "shelf.name", "labels"]
    order = ["labels", "kind", *[one for one in columns if one not in ("labels", "kind")]]
    send(anna, f"{LIST}preferences", {"columns": columns, "order": order, "density": "dense", "page_size": "20"})
    head = anna.get(LIST).text.split("<thead")[1].split("</thead>")[0]
    assert re.findall(r'data-column="([^"]+)"', head)[:3] == ["title", "labels", "kind"]
    moved = {"columns": columns, "order": order, "move": "down:labels", "page_size": "20"}
    send(anna, f"{LIST}preferences", moved)
    head = anna.get(LIST).text.split("<thead")[1].split("</thead>")[0]
    assert re.findall(r'data-column="([^"]+)"', head)[:3] == ["title", "kind", "labels"]
    for width, kept in (("200", 'data-width="200"'), ("1", 'data-width="60"'), ("99999", 'data-width="900"')):
        assert send(anna, f"{LIST}width", {"column": "note", "width": width}).status_code == 204
        assert kept in anna.get(LIST).text
    assert send(anna, f"{LIST}width", {"column": "note", "width": "0"}).status_code == 204
    assert "data-width=" not in anna.get(LIST).text.replace("data-width-url", "")
    for odd in ("", "nonsense", "password_hash"):
        assert send(anna, f"{LIST}width", {"column": odd, "width": "100"}).status_code == 422
    assert send(anna, f"{LIST}preferences", {"columns": columns, "order": ["nonsense"]}).status_code == 422
