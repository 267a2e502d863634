"""Lists: the count and the rows agree, no row twice, few statements, and nothing in an address breaks them."""

from __future__ import annotations

import base64
import datetime as dt
import html
import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import delete, insert, select

from admin_app.console import list_page, lists
from admin_app.core import limits
from admin_app.core.db import db, unit_of_work
from tests.console.conftest import Visitor
from tests.console.sample import Box, BoxView, Kind, Label, Shelf, make_box
from tests.helpers import count_statements

MOST = 12

QUERIES = (
    "page=-1", "page=99999999999999999999", "at=-5", "at=99999999999999999999", "at=x", "last=2", "after=", "before=",
    "page_size=7", "page_size=-1", "page_size=1000000", "page_size=99999999999999999999",
    "sort=", "sort=size&desc=7", "desc=abc", "count=all", "count=exact",
    "search=%00", "search=%ED%A0%80", "search=a%00b", "search=", "search=a&search=b", "search=%25%5C%27",
    "g1.title_contains=%00", "g1.size_from=99999999999999999999", "g1.size_from=abc", "g1.size_to=-5",
    "g1.size_from=1.5", "g1.size_from=１２", "flt0_title_contains=a", "grouped=1", "g=1",
    "g1.title_contains=a", "g1.kind=nonsense", "g99.title_contains=a",
    "g1.active=maybe", "g1.made_on_from=2020-13-45", "g1.made_on_from=0001-01-01",
    "g1.made_at_to=99999-01-01", "g1.made_at_to=2020-02-02", "g1.shelf_id=99999999999999999999",
    "g1.title_contains=a&g1.title_contains=b", "g1.title_contains=&g2.title_contains=a",
    "endpoint=x", "_external=1", "_scheme=javascript", "_anchor=x", "_method=POST",
    "id=1&id=2", "values=1", "self=1",
    "url=//evil.example", "url=javascript:alert(1)", "unknown=" + "x" * 20000,
)  # fmt: skip

# What no list of ours wrote: rather an error than other rows than were meant.
REFUSED = (
    "sort=99", "sort=abc", "sort=shelf.name", "sort=password_hash", "sort=size;drop",
    "g1.nonsense=1", "g0.title_contains=a", "g1.=1", "g1.0=1", "g100.title_contains=a", "g.title_contains=a", "g1=a",
    "g01.title_contains=a", "g1.TITLE_CONTAINS=a", "g1.title_contains.x=a", "g9999999999.kind=small",
    "&".join(f"g{n}.title_contains=a" for n in range(1, 1001)), "&".join(["g1.title_contains=a"] * 60),
    "&".join(f"g{n}.title_contains=a" for n in range(1, 13)),
    "after=x", "before=W10", "after=bnVsbA", "after=" + "A" * 9000, "after=" + "W" * 3000,
    "add=nonsense&value=1", "add=&value=1",
)  # fmt: skip

FOUND = (
    ("g1.title_contains=PH", ["alpha"]),
    ("g1.kind=large_one", ["beta"]),
    ("g1.active=0", ["beta"]),
    ("g1.active=1", ["alpha"]),
    ("g1.size_from=5", ["beta"]),
    ("g1.size_to=4", ["alpha"]),
    ("g1.made_on_from=2021-01-01", ["beta"]),
    ("g1.made_on_to=2020-06-01", ["alpha"]),
    ("g1.made_at_from=2021-01-01", ["beta"]),
    ("g1.made_at_to=2020-06-01", ["alpha"]),
    ("g1.shelf_name_contains=top", ["beta"]),
    ("g1.size_from=1&g1.size_to=4", ["alpha"]),
    # Groups are alternatives:
    ("g1.size_to=4&g2.kind=large_one", ["beta", "alpha"]),
    ("g1.size_to=4&g1.active=0&g2.kind=large_one&g2.active=0", ["beta"]),
    ("g7.active=1&g2.size_from=100", ["alpha"]),
    ("g1.title_contains=a&g1.active=0", ["beta"]),
    # Left out with a message:
    ("g1.size_from=many", ["beta", "alpha"]),
    ("g1.active=2", ["beta", "alpha"]),
    ("g1.kind=LARGE_ONE", ["beta", "alpha"]),
)


def shown(page: str) -> list[str]:
    """The titles in the table, in order."""
    return re.findall(r'<th scope="row" class="[^"]*">\s*<a href="[^"]*">([^<]*)</a>', page)


def keys(page: str) -> list[str]:
    """The keys of the rows in the table, in order."""
    return re.findall(r'name="rowid" value="(\d+)"', page)


def link(page: str, rel: str) -> str:
    """The address of another page of the list."""
    found = re.search(rf'<a href="([^"]*)" id="page-{rel}"', page)
    assert found
    return html.unescape(found[1])


def walk(client: FlaskClient, address: str, rel: str = "next") -> list[str]:
    """The keys of all rows, page by page; from the last page backwards with `rel="prev"`."""
    found: list[str] = []
    while True:
        page = client.get(address).text
        found = [*keys(page), *found] if rel == "prev" else [*found, *keys(page)]
        if f'id="page-{rel}"' not in page:
            return found
        address = link(page, rel)


def counted(page: str) -> str:
    """What the page says how many there are."""
    found = re.search(r'id="list-count">([^<]*)<', page)
    assert found
    return found.group(1)


def fill(n: int, **fields: Any) -> None:
    """Many boxes, fast."""
    with unit_of_work() as session:
        session.execute(insert(Box), [{"title": f"box {i:05}", **fields} for i in range(n)])


class TestStatements:
    """A list asks the database a fixed number of times."""

    @pytest.mark.parametrize("size", [20, 100])
    def test_the_page_size_does_not_matter(self, app: Flask, visitor: Visitor, size: int) -> None:
        """Flask-Admin asks once more for each row that shows a to-many relation."""
        client, user = visitor(sample="R:all UD:own")
        shelf = Shelf(name="shelf")
        with unit_of_work() as session:
            for i in range(100):
                session.add(
                    Box(title=f"b{i}", owner_id=user.id, shelf=shelf, labels=[Label(text="x"), Label(text="y")])
                )
        url = f"/admin/sample/?page_size={size}&search=b&g1.active=1&g1.shelf_id={shelf.id}"
        with count_statements(db.engine) as seen:
            page = client.get(url).text
        assert len(shown(page)) == size
        assert "x, y" in page
        assert len(seen) <= MOST, seen

    def test_the_dashboard(self, visitor: Visitor) -> None:
        client, _user = visitor(sample="R:all", user="R:all", audit="R:all", survey="R:all", reply="R:all")
        with count_statements(db.engine) as seen:
            assert client.get("/admin/").status_code == 200
        assert len(seen) <= MOST, seen


class TestCount:
    """How many there are."""

    def test_it_is_capped(self, anna: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
        """Counting all of ten million rows takes longer than the list; beyond the cap it says "30+"."""
        monkeypatch.setattr(lists, "COUNT_CAP", 30)
        fill(45)
        page = anna.get("/admin/sample/").text
        assert counted(page) == "30+"
        assert 'rel="next"' in page
        assert 'rel="prev"' not in page
        last = anna.get(link(page, "last")).text
        assert len(shown(last)) == 20
        assert 'rel="next"' not in last
        assert 'rel="prev"' in last
        assert counted(anna.get("/admin/sample/?count=exact").text) == "45"

    def test_exactly_only_while_it_does_not_take_long(self, anna: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
        """Somebody who asks for the exact number of ten million waits no longer than he was promised."""
        monkeypatch.setattr(lists, "COUNT_CAP", 30)
        monkeypatch.setattr(list_page, "EXACT_LIMIT", 1)
        monkeypatch.setattr(limits, "_STEPS", 1)
        fill(3_000, note="x" * 2_000)
        page = anna.get("/admin/sample/?count=exact&search=never+never+ever").text
        assert "takes too long" not in page, "where nothing is found there is nothing to count"
        page = anna.get("/admin/sample/?count=exact&" + "&".join(f"g{n}.title_contains=o" for n in range(1, 11))).text
        assert "takes too long" in page
        assert counted(page) == "30+"

    def test_up_to_the_cap_it_is_exact(self, anna: FlaskClient) -> None:
        fill(25)
        assert counted(anna.get("/admin/sample/").text) == "25"

    def test_searching_a_to_many_relation(self, anna: FlaskClient) -> None:
        """Flask-Admin joins the labels: its count counts labels and its page shows fewer rows than there are."""
        with unit_of_work() as session:
            for i in range(25):
                session.add(Box(title=f"t{i:02}", labels=[Label(text="red one"), Label(text="red two")]))
        first = anna.get("/admin/sample/?search=red").text
        second = anna.get(link(first, "next")).text
        assert counted(first) == "25"
        assert len(set(shown(first) + shown(second))) == len(shown(first) + shown(second)) == 25

    def test_filtering_a_to_many_relation(self, anna: FlaskClient) -> None:
        with unit_of_work() as session:
            session.add(Box(title="two", labels=[Label(text="red one"), Label(text="red two")]))
            session.add(Box(title="none"))
        page = anna.get("/admin/sample/?g1.labels_text_contains=red").text
        assert shown(page) == ["two"]
        assert counted(page) == "1"


class TestOrder:
    """No row twice, none lost."""

    def test_the_key_comes_last(self, anna: FlaskClient) -> None:
        """Without a last word rows that sort alike repeat and vanish from page to page."""
        fill(45, size=1)
        for query in ("", "sort=size", "sort=size&desc=1", "sort=kind"):
            assert len(walk(anna, f"/admin/sample/?{query}")) == 45, query

    @pytest.mark.parametrize("descending", [0, 1])
    def test_no_row_twice_and_none_lost(self, anna: FlaskClient, descending: int) -> None:
        """What is empty stands last, and first in the opposite order; forth and back the rows are the same."""
        for size in (3, None, 1, 3, None, 2, 3):
            fill(7, size=size)
        address = f"/admin/sample/?sort=size&desc={descending}"
        rows = db.session.execute(select(Box.id, Box.size)).all()
        by_hand = sorted(rows, key=lambda row: (row.size is None, row.size or 0, row.id), reverse=bool(descending))
        assert walk(anna, address) == [str(row.id) for row in by_hand]
        # Backwards the first page is a whole one, too, and shows some rows again.
        back = walk(anna, f"{address}&last=1", "prev")
        assert list(dict.fromkeys(back)) == [str(row.id) for row in by_hand]

    def test_rows_that_come_and_go_meanwhile(self, anna: FlaskClient) -> None:
        """With OFFSET a row that is added before the page shows one twice, one that goes hides one."""
        fill(60, size=5)
        first = anna.get("/admin/sample/?sort=size").text
        with unit_of_work() as session:
            session.execute(delete(Box).where(Box.id.in_([int(one) for one in keys(first)[:10]])))
        fill(10, size=1)
        second = anna.get(link(first, "next")).text
        third = anna.get(link(second, "next")).text
        assert len(set(keys(first) + keys(second) + keys(third))) == 60
        assert 'rel="next"' not in third

    def test_a_page_whose_rows_are_gone(self, anna: FlaskClient) -> None:
        fill(30)
        first = anna.get("/admin/sample/").text
        behind = link(first, "next")
        before = link(anna.get(behind).text, "prev")
        with unit_of_work() as session:
            session.execute(delete(Box).where(Box.id.not_in([int(one) for one in keys(first)[:5]])))
        assert len(keys(anna.get(behind).text)) == 5
        assert len(keys(anna.get(before).text)) == 5

    def test_a_place_holds_in_its_own_order_alone(self, anna: FlaskClient) -> None:
        fill(45, size=1)
        token = parse_qs(urlsplit(link(anna.get("/admin/sample/?sort=size").text, "next")).query)["after"][0]
        for query in ("sort=size&desc=1", "sort=title", ""):
            assert anna.get(f"/admin/sample/?{query}&after={token}").status_code == 422, query
        assert anna.get(f"/admin/sample/?sort=size&after={token}").status_code == 200

    @pytest.mark.parametrize("sort", ["title", "size", "kind", "made_on"])
    def test_a_forged_place_is_refused(self, anna: FlaskClient, sort: str) -> None:
        odd = ("\x00", "\ud800", 1.5, True, [1], {"a": 1}, 2**70, "2020-13-01", "nonsense\x00", -(2**64))
        for value in odd:
            if sort == "title" and value == "2020-13-01":
                continue
            for key in (1, value):
                text = json.dumps([sort, 0, key, value]).encode()
                token = base64.urlsafe_b64encode(text).decode().rstrip("=")
                answer = anna.get(f"/admin/sample/?sort={sort}&after={token}")
                assert answer.status_code == 422, (value, key)

    def test_only_by_what_has_an_index(self) -> None:
        """Sorting a million rows by anything else reads them all."""
        with pytest.raises(TypeError, match="begins no index"):
            type("Slow", (BoxView,), {"column_sortable_list": ("note",)})(Box, endpoint="slow")

    def test_by_default(self, anna: FlaskClient) -> None:
        make_box("old", made_on=dt.date(2020, 1, 1))
        make_box("new", made_on=dt.date(2021, 1, 1))
        assert shown(anna.get("/admin/sample/").text) == ["new", "old"]


class TestSearch:
    """What one types is text, not a pattern."""

    def test_wildcards_stand_for_themselves(self, anna: FlaskClient) -> None:
        for title in ("100%", "a_b", "a/b"):
            make_box(title)
        make_box("Box", size=7)
        patterns = {"100%25": ["100%"], "_": ["a_b"], "/": ["a/b"], "BOX": ["Box"], "Box+two": [], "7": ["Box"]}
        for text, found in patterns.items():
            assert shown(anna.get(f"/admin/sample/?search={text}").text) == found, text

    def test_each_word_must_occur(self, anna: FlaskClient) -> None:
        make_box("red wooden")
        make_box("red", shelf=Shelf(name="wooden"))
        make_box("red")
        assert counted(anna.get("/admin/sample/?search=wood red").text) == "2"

    def test_it_is_cut(self, anna: FlaskClient) -> None:
        page = anna.get("/admin/sample/?search=" + "a" * 5000)
        assert page.status_code == 200
        assert "a" * 201 not in page.text


class TestAddress:
    """Anything may stand in an address: the answer is a page, the same on both databases."""

    def test_it_is_harmless(self, anna: FlaskClient) -> None:
        """About half of these are a 500 with stock Flask-Admin on PostgreSQL; `endpoint=` is one everywhere."""
        make_box("only")
        for query in QUERIES:
            answer = anna.get(f"/admin/sample/?{query}")
            assert answer.status_code == 200, query
            assert "SELECT" not in answer.text
            assert "evil.example" not in answer.text
            assert "javascript:" not in answer.text

    def test_what_no_list_has_is_refused(self, anna: FlaskClient) -> None:
        """An address with a mistake in its filters must not show more than was meant."""
        make_box("only")
        for query in REFUSED:
            answer = anna.get(f"/admin/sample/?{query}")
            assert answer.status_code in {400, 422}, query[:80]
            assert "only" not in answer.text.replace("only the", "")

    def test_the_menu_adds_to_the_address(self, anna: FlaskClient) -> None:
        """The form of a filter knows neither its group nor its number; the address that it leads to can be kept."""
        added = "/admin/sample/?add=size_from&value=3"
        assert anna.get(added).location == "/admin/sample/?g1.size_from=3"
        more = "/admin/sample/?g1.kind=small&add=size_from&value=3"
        assert anna.get(more).location == "/admin/sample/?g1.kind=small&g1.size_from=3"
        assert anna.get(f"{more}&or=1").location == "/admin/sample/?g1.kind=small&g2.size_from=3"
        assert anna.get(f"{added}&or=1&search=x&sort=size&desc=1&page_size=50&after=abc").location == (
            "/admin/sample/?search=x&g1.size_from=3&sort=size&desc=1&page_size=50"
        )

    def test_doubled_the_first_counts(self, anna: FlaskClient) -> None:
        make_box("first")
        make_box("second")
        assert shown(anna.get("/admin/sample/?search=first&search=second").text) == ["first"]


class TestFilters:
    """Each filter is a condition; what does not fit is said and left out."""

    def test_what_it_finds(self, anna: FlaskClient) -> None:
        noon = dt.datetime(2020, 6, 1, 23, 59, 59, tzinfo=dt.UTC)
        make_box("alpha", size=2, made_on=dt.date(2020, 6, 1), made_at=noon)
        make_box(
            "beta", size=9, made_on=dt.date(2022, 1, 1), made_at=noon.replace(year=2022), active=False,
            kind=Kind.LARGE_ONE, shelf=Shelf(name="top"),
        )  # fmt: skip
        for query, found in FOUND:
            assert shown(anna.get(f"/admin/sample/?{query}").text) == found, query

    def test_a_day_begins_where_the_reader_is(self, visitor: Visitor) -> None:
        """In Tokyo it is the 2nd of June already when in Greenwich the 1st is at its afternoon."""
        client, user = visitor(sample="R:all")
        make_box("late", made_at=dt.datetime(2020, 6, 1, 15, 0, tzinfo=dt.UTC))
        make_box("early", made_at=dt.datetime(2020, 6, 1, 14, 59, tzinfo=dt.UTC))
        assert len(shown(client.get("/admin/sample/?g1.made_at_to=2020-06-01").text)) == 2
        with unit_of_work():
            user.time_zone = "Asia/Tokyo"
        assert shown(client.get("/admin/sample/?g1.made_at_to=2020-06-01").text) == ["early"]
        assert shown(client.get("/admin/sample/?g1.made_at_from=2020-06-02").text) == ["late"]

    def test_a_bad_value_is_said(self, anna: FlaskClient) -> None:
        make_box("only")
        page = anna.get("/admin/sample/?g1.size_from=<b>many").text
        assert "&lt;b&gt;many" in page
        assert "<b>many" not in page

    def test_options_are_asked_for_at_each_request(self, anna: FlaskClient) -> None:
        """Flask-Admin asks once, at start-up: a query at import time, and stale ever after."""
        make_box("one", shelf=Shelf(name="made just now"))
        page = anna.get("/admin/sample/").text
        assert "<span>made just now</span>" in page
        assert "<span>Large one</span>" in page


class TestCells:
    """What stands in the table is text."""

    def test_rich_text_is_shown_without_what_could_run(self, anna: FlaskClient) -> None:
        """The usual hole: a formatter that hands rich text out as HTML."""
        make_box("<img src=x onerror=alert(1)>", note="<p>Hello <b>you</b><script>alert(1)</script></p>")
        page = anna.get("/admin/sample/").text
        assert "<p>Hello <b>you</b></p>" in page
        assert "<img src=x" not in page
        assert "alert(1)</script>" not in page

    def test_nothing_of_bootstrap_4(self, anna: FlaskClient) -> None:
        """Flask-Admin's own formatter for yes and no writes Font Awesome classes; its scripts are inline."""
        make_box("x", made_on=dt.date(2020, 1, 2), size=5)
        page = anna.get("/admin/sample/").text
        for trace in ("fa fa-", "glyphicon", "onclick", "javascript:", "bootstrap4", "/admin/static/", "select2"):
            assert trace not in page
        assert "Jan 2, 2020" in page
        assert anna.get("/admin/static/bootstrap/bootstrap4/js/bootstrap.min.js").status_code == 404

    def test_links_of_bulk_actions_take_nothing_from_the_address(self, anna: FlaskClient) -> None:
        make_box("x")
        assert 'action="/admin/sample/action/"' in anna.get("/admin/sample/?x=1&_anchor=y").text
