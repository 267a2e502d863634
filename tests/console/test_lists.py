"""Lists: the count and the rows agree, no row twice, few statements, and nothing in an address breaks them."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert

from admin_app.console import lists
from admin_app.core.db import db, unit_of_work
from tests.console.conftest import Visitor
from tests.console.sample import Box, Kind, Label, Shelf, make_box
from tests.helpers import count_statements

MOST = 12

QUERIES = (
    "page=-1", "page=99999999999999999999", "page=abc", "page=1&page=2", "page=", "page=１２",
    "page_size=7", "page_size=-1", "page_size=1000000", "page_size=99999999999999999999",
    "sort=99", "sort=-1", "sort=abc", "sort=99999999999999999999", "sort=1&desc=7", "sort=4", "desc=abc",
    "search=%00", "search=%ED%A0%80", "search=a%00b", "search=", "search=a&search=b", "search=%25%5C%27",
    "flt0_title_contains=%00", "flt0_size_from=99999999999999999999", "flt0_size_from=abc", "flt0_size_to=-5",
    "flt0_size_from=1.5", "flt0_size_from=１２", "flt0_nonsense=1", "flt=1", "flt_title_contains=a", "flt0_=1",
    "flt99999999999999999999_title_contains=a", "fltx_title_contains=a", "flt0_kind_is=nonsense",
    "flt0_active_is=maybe", "flt0_made_on_from=2020-13-45", "flt0_made_on_from=0001-01-01",
    "flt0_made_at_to=99999-01-01", "flt0_made_at_to=2020-02-02", "flt0_shelf_id_is=99999999999999999999",
    "flt0_title_contains=a&flt0_title_contains=b", "flt0_0=1",
    "&".join(f"flt{n}_title_contains=a" for n in range(60)),
    "endpoint=x", "_external=1", "_scheme=javascript", "_anchor=x", "_method=POST",
    "id=1&id=2", "values=1", "self=1",
    "url=//evil.example", "url=javascript:alert(1)", "unknown=" + "x" * 20000,
)  # fmt: skip

FOUND = (
    ("flt0_title_contains=PH", ["alpha"]),
    ("flt0_kind_is=large_one", ["beta"]),
    ("flt0_active_is=0", ["beta"]),
    ("flt0_active_is=1", ["alpha"]),
    ("flt0_size_from=5", ["beta"]),
    ("flt0_size_to=4", ["alpha"]),
    ("flt0_made_on_from=2021-01-01", ["beta"]),
    ("flt0_made_on_to=2020-06-01", ["alpha"]),
    ("flt0_made_at_from=2021-01-01", ["beta"]),
    ("flt0_made_at_to=2020-06-01", ["alpha"]),
    ("flt0_shelf_name_contains=top", ["beta"]),
    ("flt0_size_from=1&flt1_size_to=4", ["alpha"]),
    ("flt0_title_contains=a&flt1_active_is=0", ["beta"]),
    # Left out with a message:
    ("flt0_size_from=many", ["beta", "alpha"]),
    ("flt0_active_is=2", ["beta", "alpha"]),
    ("flt0_kind_is=LARGE_ONE", ["beta", "alpha"]),
)


def shown(page: str) -> list[str]:
    """The titles in the table, in order."""
    return re.findall(r'<th scope="row" class="[^"]*">\s*<a href="[^"]*">([^<]*)</a>', page)


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
        url = f"/admin/sample/?page_size={size}&search=b&flt0_active_is=1&flt1_shelf_id_is={shelf.id}"
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
        last = anna.get("/admin/sample/?page=2").text
        assert len(shown(last)) == 5
        assert 'rel="next"' not in last
        assert 'rel="prev"' in last

    def test_up_to_the_cap_it_is_exact(self, anna: FlaskClient) -> None:
        fill(25)
        assert counted(anna.get("/admin/sample/").text) == "25"

    def test_searching_a_to_many_relation(self, anna: FlaskClient) -> None:
        """Flask-Admin joins the labels: its count counts labels and its page shows fewer rows than there are."""
        with unit_of_work() as session:
            for i in range(25):
                session.add(Box(title=f"t{i:02}", labels=[Label(text="red one"), Label(text="red two")]))
        first = anna.get("/admin/sample/?search=red").text
        second = anna.get("/admin/sample/?search=red&page=1").text
        assert counted(first) == "25"
        assert len(set(shown(first) + shown(second))) == len(shown(first) + shown(second)) == 25

    def test_filtering_a_to_many_relation(self, anna: FlaskClient) -> None:
        with unit_of_work() as session:
            session.add(Box(title="two", labels=[Label(text="red one"), Label(text="red two")]))
            session.add(Box(title="none"))
        page = anna.get("/admin/sample/?flt0_labels_text_contains=red").text
        assert shown(page) == ["two"]
        assert counted(page) == "1"


class TestOrder:
    """No row twice, none lost."""

    def test_the_key_comes_last(self, anna: FlaskClient) -> None:
        """Without a last word rows that sort alike repeat and vanish from page to page."""
        fill(45, size=1)
        for query in ("", "sort=2&", "sort=2&desc=1&", "sort=5&"):
            titles = {one for n in range(3) for one in shown(anna.get(f"/admin/sample/?{query}page={n}").text)}
            assert len(titles) == 45, query

    def test_what_is_empty_comes_last_on_both_databases(self, anna: FlaskClient) -> None:
        make_box("empty")
        make_box("full", size=3)
        for desc in (0, 1):
            assert shown(anna.get(f"/admin/sample/?sort=2&desc={desc}").text) == ["full", "empty"]

    def test_by_a_related_record(self, anna: FlaskClient) -> None:
        for name in ("b", "a"):
            make_box(f"on {name}", shelf=Shelf(name=name))
        make_box("on none")
        assert shown(anna.get("/admin/sample/?sort=7").text) == ["on a", "on b", "on none"]
        assert shown(anna.get("/admin/sample/?sort=7&desc=1").text) == ["on b", "on a", "on none"]

    def test_by_several_columns(self, anna: FlaskClient) -> None:
        make_box("same", size=2, shelf=Shelf(name="s"))
        make_box("same", size=1, labels=[Label(text="first")])
        page = anna.get("/admin/loose_box/?sort=0").text
        assert page.index("first") < page.index(">s<")
        assert anna.get("/admin/loose_box/?sort=2").status_code == 200

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

    def test_beyond_the_end_is_the_last_page(self, anna: FlaskClient) -> None:
        fill(25)
        assert len(shown(anna.get("/admin/sample/?page=77").text)) == 5

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
        assert len(shown(client.get("/admin/sample/?flt0_made_at_to=2020-06-01").text)) == 2
        with unit_of_work():
            user.time_zone = "Asia/Tokyo"
        assert shown(client.get("/admin/sample/?flt0_made_at_to=2020-06-01").text) == ["early"]
        assert shown(client.get("/admin/sample/?flt0_made_at_from=2020-06-02").text) == ["late"]

    def test_a_bad_value_is_said(self, anna: FlaskClient) -> None:
        make_box("only")
        page = anna.get("/admin/sample/?flt0_size_from=<b>many").text
        assert "&lt;b&gt;many" in page
        assert "<b>many" not in page

    def test_options_are_asked_for_at_each_request(self, anna: FlaskClient) -> None:
        """Flask-Admin asks once, at start-up: a query at import time, and stale ever after."""
        make_box("one", shelf=Shelf(name="made just now"))
        page = anna.get("/admin/sample/").text
        assert "made just now</option>" in page
        assert "Large one</option>" in page


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
