"""Facets: each number is what the list would show, and none makes the page wait."""

from __future__ import annotations

import html
import re

import pytest
from flask.testing import FlaskClient

from admin_app.console import facets
from admin_app.core import limits
from admin_app.core.db import db
from tests.console.conftest import Visitor
from tests.console.sample import Kind, Shelf, make_box
from tests.console.test_lists import counted, fill
from tests.helpers import count_statements

FACETS = "/admin/sample/facets/"


def choices(client: FlaskClient, query: str = "") -> dict[str, dict[str, tuple[str, str]]]:
    """The facets by name: the words of each choice with its number and its address."""
    page = client.get(f"/admin/sample/?{query}").text
    found: dict[str, dict[str, tuple[str, str]]] = {}
    for name, url in re.findall(r'id="facet-([^"]+)" hx-get="([^"]*)"', page):
        inside = client.get(html.unescape(url)).text
        rows = re.findall(
            r'href="([^"]*)"[^>]*>(?:<svg.*?</svg>)?<span>(.*?)</span>(?:<span class="cv-facet-count">([^<]*)</span>)?',
            inside,
            re.DOTALL,
        )
        found[name] = {html.unescape(text): (count, html.unescape(url)) for url, text, count in rows}
    return found


@pytest.fixture
def boxes(anna: FlaskClient) -> None:
    """Some of everything."""
    shelf = Shelf(name="top")
    fill(12, kind=Kind.SMALL, active=True, size=1)
    fill(5, kind=Kind.LARGE_ONE, active=False, size=1)
    fill(3, kind=Kind.LARGE_ONE, active=True, size=7)
    make_box("on the shelf", shelf=shelf)


@pytest.mark.usefixtures("boxes")
class TestNumbers:
    """How many rows each choice would leave."""

    @pytest.mark.parametrize(
        "query",
        ["", "g1.kind=small", "g1.active=1&g1.size_from=2", "g1.active=0&g2.kind=small", "g1.kind=small&g2.active=0",
         "search=box", "search=shelf&g1.kind=small", "sort=size&desc=1&page_size=50"],
    )  # fmt: skip
    def test_each_is_what_the_list_then_shows(self, anna: FlaskClient, query: str) -> None:
        """All filters apply but the facet's own: so a choice can be compared with the others."""
        seen = 0
        for name, found in choices(anna, query).items():
            for count, url in found.values():
                # The link of what is chosen takes it away: the list behind it is another one.
                if f".{name}=" in url:
                    assert count == counted(anna.get(url).text), url
                    seen += 1
        assert seen >= 8

    def test_the_choices_of_a_filter_are_not_narrowed_by_itself(self, anna: FlaskClient) -> None:
        kinds = choices(anna, "g1.kind=small&g1.active=1")["kind"]
        assert {text: count for text, (count, _url) in kinds.items()} == {"Small": "13", "Large one": "3"}
        assert kinds["Large one"][1] == "/admin/sample/?g1.active=1&g1.kind=large_one"
        assert kinds["Small"][1] == "/admin/sample/?g1.active=1"

    def test_days_to_look_back(self, anna: FlaskClient) -> None:
        found = choices(anna)["made_at_from"]
        assert list(found) == ["Today", "Last 7 days", "Last 30 days", "Last 90 days"]
        assert found["Today"][0] == "21"
        assert "made_at_to" not in choices(anna)

    def test_an_address_that_no_list_has(self, anna: FlaskClient) -> None:
        for query in ("facet=kind&g1.nonsense=1", "facet=nonsense", "facet=", "", "facet=%00"):
            assert anna.get(f"{FACETS}?{query}").status_code == 422, query


def test_only_what_one_may_see_is_counted(visitor: Visitor) -> None:
    client, user = visitor(sample="R:own")
    fill(3)
    make_box("mine", owner_id=user.id)
    assert choices(client)["kind"]["Small"][0] == "1"


@pytest.mark.usefixtures("boxes")
class TestTime:
    """The page waits for none of it."""

    def test_the_page_has_no_numbers(self, anna: FlaskClient) -> None:
        page = anna.get("/admin/sample/?g1.kind=small").text
        assert "cv-facet-count" not in page
        assert f'hx-get="{FACETS}?facet=active&amp;g1.kind=small"' in page
        assert 'id="facet-kind"' in page

    def test_one_reading_for_each(self, anna: FlaskClient) -> None:
        with count_statements(db.engine) as seen:
            assert anna.get(f"{FACETS}?facet=kind").status_code == 200
        assert len([statement for statement in seen if "count(" in statement.lower()]) == 1

    def test_what_takes_too_long_has_none(self, anna: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(facets, "FACET_LIMIT", 1)
        monkeypatch.setattr(limits, "_STEPS", 1)
        fill(4_000, note="x" * 1_000)
        found = choices(anna, "&".join(f"g{n}.title_contains=o" for n in range(1, 11)))
        assert any(count == "" for facet in found.values() for count, _url in facet.values())
        assert anna.get("/admin/sample/").status_code == 200

    def test_more_than_is_counted(self, anna: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where the whole takes too long a choice is still told to have many."""
        monkeypatch.setattr(facets, "FACET_CAP", 4)
        plain, limited = facets.time_limit, []

        def first_too_long(milliseconds):  # type: ignore[no-untyped-def]
            limited.append(milliseconds)
            if len(limited) % 2:
                raise limits.SlowError
            return plain(milliseconds)

        monkeypatch.setattr(facets, "time_limit", first_too_long)
        found = choices(anna)
        assert {text: count for text, (count, _url) in found["kind"].items()} == {"Small": "4+", "Large one": "4+"}
