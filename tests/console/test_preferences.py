"""What the console remembers: each person's own, read by one statement, and never anything that was not offered."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from flask import Flask, g
from flask.testing import FlaskClient
from sqlalchemy import func, select, update

from admin_app.accounts.models import User
from admin_app.console import dashboard
from admin_app.console.base import DASHBOARD_TILES, DashboardTile
from admin_app.console.models import Preference
from admin_app.console.preferences import MOST_BYTES, forget, preference, remember
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ForbiddenError, InvalidError
from admin_app.core.permissions import SYSTEM
from tests.console.conftest import Visitor
from tests.console.sample import BoxView, make_box
from tests.factories import login, make_user
from tests.helpers import count_statements, send, token_of

LIST = "/admin/sample/"
SAVE = "/admin/sample/preferences"
COLUMNS = [str(name) for name in BoxView.column_list]
ALL = {"columns": COLUMNS, "page_size": "20", "sort": "", "desc": "0"}


def stored() -> dict[tuple[int, str], Any]:
    """Everything that is remembered of anybody."""
    rows = db.session.execute(select(Preference.user_id, Preference.name, Preference.value))
    return {(row.user_id, row.name): row.value for row in rows}


def heads(page: str) -> list[str]:
    """The columns of the table."""
    head = re.search(r"<thead.*?</thead>", page, re.DOTALL)
    assert head
    cells = re.findall(r'<th scope="col" class="[^"]*".*?</th>', head.group(0), re.DOTALL)
    return [re.sub(r"<[^>]*>|\s+", " ", cell).strip() for cell in cells]


def titles(page: str) -> list[str]:
    """The first cells of the rows."""
    return re.findall(r'<th scope="row" class="[^"]*">\s*<a href="[^"]*">([^<]*)</a>', page)


def without(*names: str) -> list[str]:
    return [name for name in COLUMNS if name not in names]


def set_value(user_id: int, name: str, value: Any) -> None:
    """A row as an older or a damaged version of the program may have left it."""
    with unit_of_work() as session:
        session.add(Preference(user_id=user_id, name=name, value=value))


@pytest.fixture
def boxes(app: Flask) -> None:
    for number in range(25):
        make_box(f"box {number:02}", size=25 - number, note=f"note {number}")


class TestStore:
    """The rows themselves."""

    @pytest.fixture
    def user(self, app: Flask) -> User:
        return make_user()

    def test_the_last_word_counts(self, user: User) -> None:
        for value in ({"a": 1}, {"b": 2}):
            with unit_of_work():
                remember("list.sample", value, actor=user)
        assert stored() == {(user.id, "list.sample"): {"b": 2}}

    def test_what_is_forgotten_is_as_for_everybody(self, user: User) -> None:
        other = make_user("berta")
        for one in (user, other):
            with unit_of_work():
                remember("dashboard", {"a": 1}, actor=one)
        with unit_of_work():
            forget("dashboard", actor=user)
            forget("list.sample", actor=user)
        assert stored() == {(other.id, "dashboard"): {"a": 1}}

    @pytest.mark.parametrize(
        "name", ["", "list", "list.", "list.Sample", "list.a b", "list.x\n", "dashboard.x", "theme", "list." + "x" * 70]
    )
    def test_other_names_are_refused(self, user: User, name: str) -> None:
        with pytest.raises(InvalidError), unit_of_work():
            remember(name, {}, actor=user)
        with pytest.raises(InvalidError), unit_of_work():
            forget(name, actor=user)
        assert stored() == {}

    def test_each_is_bounded(self, user: User) -> None:
        with unit_of_work():
            remember("dashboard", {"a": "ä" * (MOST_BYTES // 2 - 20)}, actor=user)
        with pytest.raises(InvalidError), unit_of_work():
            remember("dashboard", {"a": "ä" * (MOST_BYTES // 2)}, actor=user)
        assert len(json.dumps(stored()[user.id, "dashboard"], ensure_ascii=False).encode()) <= MOST_BYTES

    def test_only_people_prefer_anything(self, user: User) -> None:
        with pytest.raises(ForbiddenError), unit_of_work():
            remember("dashboard", {}, actor=SYSTEM)
        assert stored() == {}

    def test_a_user_takes_his_with_him(self, user: User) -> None:
        with unit_of_work():
            remember("dashboard", {"a": 1}, actor=user)
        with unit_of_work() as session:
            session.execute(User.__table__.delete().where(User.id == user.id))
        assert stored() == {}

    def test_all_are_read_at_once_and_once_only(self, app: Flask, user: User) -> None:
        for name in ("dashboard", "list.sample", "list.user"):
            with unit_of_work():
                remember(name, {"of": name}, actor=user)
        with app.test_request_context():
            g._login_user = user
            with count_statements(db.engine) as seen:
                assert [preference(name) for name in ("list.user", "dashboard", "list.x")] == [
                    {"of": "list.user"}, {"of": "dashboard"}, {},
                ]  # fmt: skip
            assert len(seen) == 1
            with unit_of_work():
                remember("dashboard", {"of": "now"}, actor=user)
            assert preference("dashboard") == {"of": "now"}
            with unit_of_work():
                forget("dashboard", actor=user)
            assert preference("dashboard") == {}

    def test_a_stranger_has_none_and_nothing_is_asked(self, app: Flask) -> None:
        with app.test_request_context(), count_statements(db.engine) as seen:
            assert preference("dashboard") == {}
        assert seen == []


@pytest.mark.usefixtures("boxes")
class TestColumns:
    """Which columns a list has."""

    def test_by_default_all(self, anna: FlaskClient) -> None:
        assert heads(anna.get(LIST).text) == [
            "Title", "Note", "Size", "Kind", "Active", "Made On", "Made At", "Shelf", "Labels",
        ]  # fmt: skip

    def test_one_is_hidden_with_its_cells_and_stays_so(self, app: Flask, anna: FlaskClient) -> None:
        answer = send(anna, SAVE, {**ALL, "columns": without("note", "labels")})
        assert (answer.status_code, answer.location) == (303, LIST)
        page = anna.get(LIST).text
        assert heads(page) == ["Title", "Size", "Kind", "Active", "Made On", "Made At", "Shelf"]
        assert "note 3" not in page
        again = app.test_client()
        login(again, db.session.scalars(select(User)).one())
        assert len(heads(again.get(LIST).text)) == 7

    def test_of_this_list_and_this_person_only(self, anna: FlaskClient, visitor: Visitor) -> None:
        send(anna, SAVE, {**ALL, "columns": without("note")})
        other = visitor("berta", sample="CRUD:all")[0]
        assert len(heads(other.get(LIST).text)) == 9
        assert heads(anna.get("/admin/loose_box/").text) == ["Title", "Labels", "Shelf"]

    def test_what_is_not_said_is_as_for_everybody(self, anna: FlaskClient) -> None:
        send(anna, SAVE, {"columns": without("note")})
        page = anna.get(LIST).text
        assert (len(heads(page)), len(titles(page))) == (8, 20)

    def test_the_first_one_is_always_there(self, anna: FlaskClient) -> None:
        """Its box is disabled, so browsers do not send it; it is the link to the record."""
        send(anna, SAVE, {**ALL, "columns": ["size"]})
        assert heads(anna.get(LIST).text) == ["Title", "Size"]
        send(anna, SAVE, {**ALL, "columns": []})
        page = anna.get(LIST).text
        assert heads(page) == ["Title"]
        assert len(titles(page)) == 20

    def test_addresses_mean_the_same_to_everybody(self, anna: FlaskClient) -> None:
        """`sort=size` is the size, whatever stands beside it."""
        before = titles(anna.get(f"{LIST}?sort=size").text)
        send(anna, SAVE, {**ALL, "columns": without("note")})
        page = anna.get(f"{LIST}?sort=size").text
        assert titles(page) == before == [f"box {number:02}" for number in range(24, 4, -1)]
        assert re.search(r'id="sort-size" href="[^"]*sort=size[^"]*">Size', page)
        assert 'aria-sort="ascending"' in page

    def test_a_hidden_column_can_sort_still(self, anna: FlaskClient) -> None:
        send(anna, SAVE, {**ALL, "columns": without("size")})
        assert titles(anna.get(f"{LIST}?sort=size").text)[0] == "box 24"

    def test_search_and_filters_know_it_still(self, anna: FlaskClient) -> None:
        send(anna, SAVE, {**ALL, "columns": without("size")})
        assert titles(anna.get(f"{LIST}?g1.size_to=1").text) == ["box 24"]

    def test_the_form_shows_what_is_so(self, anna: FlaskClient) -> None:
        send(anna, SAVE, {"columns": without("note"), "page_size": "50", "sort": "size", "desc": "1"})
        page = anna.get(LIST).text
        form = page[page.index('id="view-options"') : page.index('name="reset"')]
        ticked = re.findall(r'name="columns" value="([^"]+)" checked', form)
        assert ticked == without("title", "note"), "the first column is the link, and cannot be hidden"
        assert '<option value="size" selected>' in form
        assert '<option value="1" selected>' in form
        assert '<option value="50" selected>' in form


@pytest.mark.usefixtures("boxes")
class TestOrderAndSize:
    """How a list is sorted and how much of it a page shows."""

    def test_they_stay(self, anna: FlaskClient) -> None:
        send(anna, SAVE, {**ALL, "page_size": "50", "sort": "size", "desc": "1"})
        page = anna.get(LIST).text
        assert titles(page) == [f"box {number:02}" for number in range(25)]
        assert 'aria-sort="descending"' in page

    def test_an_address_that_says_otherwise_wins(self, anna: FlaskClient) -> None:
        send(anna, SAVE, {**ALL, "page_size": "50", "sort": "size", "desc": "1"})
        assert titles(anna.get(f"{LIST}?sort=size").text)[0] == "box 24"
        assert titles(anna.get(f"{LIST}?sort=title&desc=1").text)[0] == "box 24"
        assert len(titles(anna.get(f"{LIST}?page_size=20").text)) == 20
        # What does not say anything says nothing otherwise.
        for query in ("page_size=7", "desc=0", "page_size=1000000"):
            assert titles(anna.get(f"{LIST}?{query}").text) == [f"box {number:02}" for number in range(25)], query

    def test_each_link_of_the_page_keeps_what_was_chosen_for_once(self, anna: FlaskClient) -> None:
        """The number of rows that is usual for everybody is not usual for her."""
        send(anna, SAVE, {**ALL, "page_size": "50"})
        page = anna.get(f"{LIST}?page_size=20&sort=title").text
        following = re.search(r'href="([^"]*)"[^>]*rel="next"', page)
        assert following
        assert len(titles(anna.get(following.group(1).replace("&amp;", "&")).text)) == 5
        search = page[page.index('role="search"') : page.index('id="search"')]
        assert 'name="page_size" value="20"' in search
        assert 'name="sort" value="title"' in search

    def test_saving_keeps_the_rows_that_were_looked_for(self, anna: FlaskClient) -> None:
        page = anna.get(f"{LIST}?search=box&g1.size_to=9&sort=title&page_size=20").text
        url = re.search(r'name="url" value="([^"]*)">\s*<fieldset', page)
        assert url
        answer = send(anna, SAVE, {**ALL, "sort": "size", "url": url.group(1).replace("&amp;", "&")})
        assert "sort" not in answer.location
        assert "page" not in answer.location
        assert titles(anna.get(answer.location).text) == [f"box {number:02}" for number in range(24, 15, -1)]

    def test_back_to_the_defaults(self, anna: FlaskClient) -> None:
        before = anna.get(LIST).text
        send(anna, SAVE, {"columns": [], "page_size": "100", "sort": "size", "desc": "1"})
        assert send(anna, SAVE, {"reset": "1"}).status_code == 303
        page = anna.get(LIST).text
        assert (heads(page), titles(page)) == (heads(before), titles(before))
        assert stored() == {}


@pytest.mark.usefixtures("boxes")
class TestForged:
    """Nothing is remembered that the list does not offer."""

    @pytest.mark.parametrize(
        "fields",
        [
            {"columns": [*COLUMNS, "owner_id"]},
            {"columns": ["password_hash"]},
            {"columns": ["x" * 5000]},
            {"columns": ["note\x00"]},
            {"sort": "note"},
            {"sort": "owner_id"},
            {"sort": "2"},
            {"sort": "size", "desc": "2"},
            {"desc": "x"},
            {"page_size": "7"},
            {"page_size": "1000000"},
            {"page_size": "-1"},
            {"page_size": "２0"},
            {"page_size": ""},
        ],
        ids=repr,
    )
    def test_it_is_refused(self, anna: FlaskClient, fields: dict[str, Any]) -> None:
        answer = send(anna, SAVE, {**ALL, **fields})
        assert answer.status_code == 422
        assert "Nothing was saved" in answer.text
        assert stored() == {}

    def test_other_fields_reach_nothing(self, anna: FlaskClient) -> None:
        send(anna, SAVE, {**ALL, "user_id": "99", "name": "dashboard", "value": "{}", "hidden": "title"})
        assert list(stored().values()) == [{"hidden": [], "page_size": 20}]

    @pytest.mark.parametrize("url", ["//evil.example", "https://evil.example/", "javascript:alert(1)", "/\\evil"])
    def test_it_leads_nowhere_else(self, anna: FlaskClient, url: str) -> None:
        assert send(anna, SAVE, {**ALL, "url": url}).location == LIST

    def test_it_needs_the_forms_token(self, anna: FlaskClient) -> None:
        assert anna.post(SAVE, data=ALL).status_code == 400
        assert stored() == {}

    def test_it_is_a_form_that_is_sent(self, anna: FlaskClient) -> None:
        assert anna.get(SAVE).status_code == 405

    def test_a_stranger_logs_in_first(self, client: FlaskClient) -> None:
        token = token_of(client.get("/login").text)
        assert client.post(SAVE, data={**ALL, "csrf_token": token}).status_code == 303
        assert stored() == {}

    def test_who_may_not_read_the_list_has_no_view_of_it(self, visitor: Visitor) -> None:
        client, _user = visitor("carl", user="R:all")
        assert send(client, SAVE, ALL).status_code == 403
        assert stored() == {}

    @pytest.mark.parametrize(
        "value",
        [
            {},
            {"hidden": ["title", "gone"], "page_size": 7, "sort": "gone", "descending": "yes"},
            {"hidden": "note", "page_size": "50", "sort": 2},
            {"hidden": {"note": 1}, "page_size": None, "sort": ["size"]},
            {"hidden": [None, 1, ["x"]], "page_size": True, "sort": None},
            [],
            "text",
        ],
        ids=repr,
    )
    def test_what_is_not_there_any_more_is_left_out(self, anna: FlaskClient, value: Any) -> None:
        """Rows of an older version, or damaged ones, must not break a list."""
        set_value(db.session.scalars(select(User.id)).one(), "list.sample", value)
        page = anna.get(LIST)
        assert page.status_code == 200
        assert len(heads(page.text)) == 9
        assert len(titles(page.text)) == 20


class TestStatements:
    def test_it_costs_one(self, anna: FlaskClient) -> None:
        make_box("only")
        anna.get(LIST)
        with count_statements(db.engine) as seen:
            anna.get(LIST)
        assert len([one for one in seen if "preference" in one]) == 1
        assert len(seen) <= 12

    def test_pages_without_lists_do_not_ask(self, anna: FlaskClient) -> None:
        box = make_box("only")
        with count_statements(db.engine) as seen:
            anna.get(f"/admin/sample/details/?id={box.id}")
        assert [one for one in seen if "preference" in one] == []

    def test_looking_writes_nothing(self, anna: FlaskClient) -> None:
        with count_statements(db.engine) as seen:
            anna.get(LIST)
            anna.get("/admin/")
            anna.get("/admin/customise")
        assert [one for one in seen if not one.startswith("SELECT")] == []


def tiles(client: FlaskClient) -> list[str]:
    """What stands on the dashboard, in order."""
    return re.findall(r'class="cv-stat-label">.*?<a href="[^"]*">([^<]*)</a>', client.get("/admin/").text)


def offered(client: FlaskClient) -> list[str]:
    """What can be chosen, in order, with a tick where it is shown."""
    page = client.get("/admin/customise").text
    found = re.findall(r'name="shown" value="([^"]+)"( checked)?', page)
    return [key + ("+" if checked else "") for key, checked in found]


class TestDashboard:
    """Which tiles, and in which order."""

    @pytest.fixture(autouse=True)
    def _of_lists_alone(self, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
        """What higher packages put there is looked at in tests of theirs."""
        monkeypatch.setattr(DASHBOARD_TILES, "_members", {})

    @pytest.fixture
    def eva(self, visitor: Visitor) -> FlaskClient:
        """Somebody with three tiles."""
        return visitor("eva", sample="R:all", user="R:all", survey="R:all")[0]

    def test_as_it_is_at_first(self, eva: FlaskClient) -> None:
        assert tiles(eva) == ["Surveys", "Boxes", "Users"]
        assert offered(eva) == ["list.survey+", "list.sample+", "list.user+"]

    def test_an_order_and_what_is_hidden(self, app: Flask, eva: FlaskClient) -> None:
        fields = {"order": ["list.user", "list.survey", "list.sample"], "shown": ["list.user", "list.sample"]}
        answer = send(eva, "/admin/customise", fields)
        assert (answer.status_code, answer.location) == (303, "/admin/")
        assert tiles(eva) == ["Users", "Boxes"]
        assert offered(eva) == ["list.user+", "list.survey", "list.sample+"]
        again = app.test_client()
        login(again, db.session.scalars(select(User)).one())
        assert tiles(again) == ["Users", "Boxes"]

    def test_one_step_at_a_time_without_a_script(self, eva: FlaskClient) -> None:
        now = {"order": ["list.survey", "list.sample", "list.user"], "shown": ["list.survey", "list.user"]}
        answer = send(eva, "/admin/customise", {**now, "move": "up:list.user"})
        assert answer.location == "/admin/customise"
        assert offered(eva) == ["list.survey+", "list.user+", "list.sample"]
        order = ["list.survey", "list.user", "list.sample"]
        send(eva, "/admin/customise", {**now, "order": order, "move": "down:list.survey"})
        assert offered(eva) == ["list.user+", "list.survey+", "list.sample"]

    @pytest.mark.parametrize("move", ["up:list.survey", "down:list.user", "up:list.job", "left:list.user", "", "up"])
    def test_what_cannot_be_moved_stays(self, eva: FlaskClient, move: str) -> None:
        now = ["list.survey", "list.sample", "list.user"]
        send(eva, "/admin/customise", {"order": now, "shown": now, "move": move})
        assert offered(eva) == ["list.survey+", "list.sample+", "list.user+"]

    def test_none_at_all(self, eva: FlaskClient) -> None:
        send(eva, "/admin/customise", {"order": ["list.survey"]})
        assert tiles(eva) == []
        page = eva.get("/admin/").text
        assert "No tile is chosen" in page
        assert "Ask an administrator" not in page

    def test_back_to_the_defaults(self, eva: FlaskClient) -> None:
        send(eva, "/admin/customise", {"order": ["list.user"], "shown": []})
        send(eva, "/admin/customise", {"reset": "1"})
        assert tiles(eva) == ["Surveys", "Boxes", "Users"]
        assert stored() == {}

    @pytest.mark.parametrize(
        "fields",
        [
            {"order": ["list.audit"], "shown": []},
            {"order": [], "shown": ["list.job"]},
            {"order": ["x" * 5000], "shown": []},
            {"order": ["list.user\x00"], "shown": []},
        ],
        ids=["not hers", "not hers either", "long", "a NUL"],
    )
    def test_tiles_that_one_may_not_have(self, eva: FlaskClient, fields: dict[str, Any]) -> None:
        assert send(eva, "/admin/customise", fields).status_code == 422
        assert stored() == {}

    def test_a_tile_that_comes_later_comes_last(self, eva: FlaskClient, visitor: Visitor) -> None:
        set_value(
            db.session.scalars(select(User.id)).one(), "dashboard", {"order": ["list.user"], "hidden": ["list.survey"]}
        )
        assert tiles(eva) == ["Users", "Boxes"]

    @pytest.mark.parametrize(
        "value", [{"order": "x", "hidden": 1}, {"order": [1, None, ["x"]], "hidden": [[2]]}, [], "x"]
    )
    def test_damaged_rows_break_nothing(self, eva: FlaskClient, value: Any) -> None:
        set_value(db.session.scalars(select(User.id)).one(), "dashboard", value)
        assert tiles(eva) == ["Surveys", "Boxes", "Users"]

    def test_who_lost_a_right_lost_the_tile(self, app: Flask, eva: FlaskClient) -> None:
        from admin_app.accounts.models import RoleGrant

        send(eva, "/admin/customise", {"order": ["list.user", "list.sample"], "shown": ["list.user", "list.sample"]})
        with unit_of_work() as session:
            session.execute(RoleGrant.__table__.delete().where(RoleGrant.resource == "user"))
        assert tiles(eva) == ["Boxes"]

    def test_there_is_room_for_so_many(self, eva: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(dashboard, "MAX_TILES", 2)
        assert tiles(eva) == ["Surveys", "Boxes"]
        assert offered(eva) == ["list.survey+", "list.sample+", "list.user"]
        three = ["list.survey", "list.sample", "list.user"]
        answer = send(eva, "/admin/customise", {"order": three, "shown": three})
        assert answer.status_code == 422
        assert "Choose at most 2 tiles." in answer.text
        send(eva, "/admin/customise", {"order": three, "shown": three[1:]})
        assert tiles(eva) == ["Boxes", "Users"]

    def test_registered_tiles_too(self, eva: FlaskClient) -> None:
        asked: list[int] = []

        def count(_actor: Any) -> int:
            asked.append(1)
            return 12345

        tile = DashboardTile("Waiting", count, ("survey", "R"), "survey.index_view", note="since yesterday")
        DASHBOARD_TILES.add("waiting", tile)
        try:
            assert "12,345" in eva.get("/admin/").text
            shown = ["list.user", "tile.waiting"]
            send(eva, "/admin/customise", {"order": ["tile.waiting"], "shown": shown})
            assert tiles(eva) == ["Waiting", "Users"]
            send(eva, "/admin/customise", {"order": ["tile.waiting"], "shown": ["list.user"]})
            asked.clear()
            assert tiles(eva) == ["Users"]
            # What is not shown is not counted.
            assert asked == []
        finally:
            DASHBOARD_TILES._members.pop("waiting")

    def test_nobody_customises_nothing(self, visitor: Visitor) -> None:
        client, _user = visitor("nobody")
        assert "/admin/customise" not in client.get("/admin/").text
        assert client.get("/admin/customise").status_code == 200

    def test_it_needs_the_forms_token(self, eva: FlaskClient) -> None:
        assert eva.post("/admin/customise", data={"shown": []}).status_code == 400
        assert stored() == {}

    def test_every_box_is_kept_small(self, eva: FlaskClient) -> None:
        """What one can send is a choice among what is offered, so it never grows."""
        many = ["list.user"] * 500
        send(eva, "/admin/customise", {"order": many, "shown": many})
        value = next(iter(stored().values()))
        assert value == {
            "order": ["list.user", "list.survey", "list.sample"], "hidden": ["list.survey", "list.sample"],
        }  # fmt: skip
        assert db.session.scalar(select(func.count()).select_from(Preference)) == 1


def test_a_row_that_is_saved_twice_at_once_is_one(app: Flask) -> None:
    """Two windows of one person: the second insert finds the first one's row."""
    user = make_user()
    set_value(user.id, "dashboard", {"a": 1})
    with unit_of_work() as session:
        remember("dashboard", {"b": 2}, actor=user)
        session.execute(update(Preference).values(updated_at=Preference.updated_at))
    assert stored() == {(user.id, "dashboard"): {"b": 2}}
