"""The page that tells what happened to a record."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from admin_app.audit.models import AuditEntry
from admin_app.audit.operations import record
from admin_app.console import history
from admin_app.console.history_pages import PAGE_SIZE
from admin_app.core.db import db, unit_of_work
from admin_app.core.permissions import SYSTEM
from admin_app.surveys import operations
from admin_app.surveys.models import Question, Survey
from tests.console.conftest import Visitor
from tests.console.sample import make_box
from tests.factories import login, make_survey, make_user
from tests.helpers import count_statements


def note(box: Any, changes: dict[str, Any], **more: Any) -> AuditEntry:
    with unit_of_work():
        return record("sample.update", box, actor=SYSTEM, changes=changes, **more)


def page_of(client: Any, key: int, resource: str = "sample", tail: str = "") -> str:
    answer = client.get(f"/admin/{resource}/history/?id={key}{tail}")
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", answer.text)


def bare(page: str) -> str:
    """The page without the marks of what went and what came."""
    return re.sub(r"</?(?:del|ins)>", "", page)


def words(page: str) -> list[tuple[str, ...]]:
    """The rows of the differences: the field and its values, without what only screen readers hear."""
    page = re.sub(r'<dd class="cv-event-back">.*?</dd>', "", page)
    rows = re.findall(r"<div> <dt>(.*?)</dt> (.*?)</div>", page)
    cells = [(label, re.findall(r"<dd[^>]*>(?:<span.*?</span>)?(.*?)</dd>", rest)) for label, rest in rows]
    return [(label, *(cell.strip() for cell in found)) for label, found in cells]


class TestPage:
    def test_it_is_for_those_who_read_the_log_and_see_the_record(self, visitor: Visitor) -> None:
        box = make_box()
        for grants, status in (
            ({"sample": "R:all"}, 403),
            ({"audit": "R:all"}, 404),
            ({"audit": "R:all", "sample": "R:own"}, 404),
            ({"audit": "R:all", "sample": "R:all"}, 200),
        ):
            client, _user = visitor(f"u{len(grants)}{status}{grants.get('sample', '')[-1:]}", **grants)
            assert client.get(f"/admin/sample/history/?id={box.id}").status_code == status, grants

    def test_the_tab_is_there_for_them_only(self, visitor: Visitor) -> None:
        box = make_box()
        link = f'href="/admin/sample/history/?id={box.id}"'
        assert link not in visitor("a", sample="R:all")[0].get(f"/admin/sample/details/?id={box.id}").text
        reader = visitor("b", sample="R:all", audit="R:all")[0]
        assert link in reader.get(f"/admin/sample/details/?id={box.id}").text
        assert f'{link} aria-current="page"' in page_of(reader, box.id)

    def test_an_entry_has_none_of_its_own(self, app: Flask) -> None:
        assert "audit.history_view" not in app.view_functions

    def test_the_values_are_in_words(self, visitor: Visitor) -> None:
        box = make_box("Now")
        note(
            box,
            {
                "kind": ("small", "large_one"),
                "active": (True, False),
                "made_at": (None, dt.datetime(2027, 1, 31, 12, 30, tzinfo=dt.UTC)),
                "shelf_id": (None, 99),
                "tags": (["a"], ["a", {"code": "x", "label": "Ex"}, {"b": 1}]),
                "extra": ({}, {"max": 5, "other": True}),
                "unit": ("m", "cm"),
            },
            reason="because",
        )
        page = page_of(visitor(sample="R:all", audit="R:all")[0], box.id)
        assert "because" in page
        found = {row[0]: row[1:] for row in words(bare(page))}
        assert found["kind"] == ("Small", "Large one")
        assert found["active"] == ("Yes", "No")
        assert found["made at"][0] == "–"
        assert "Jan 31, 2027" in found["made at"][1]
        assert found["shelf id"] == ("–", "number 99")
        assert found["tags"] == ("a", "a x: Ex {&#34;b&#34;: 1}")
        assert found["extra"] == ("–", "max: 5 other: Yes")
        assert found["unit"] == ("m", "cm")

    def test_what_stayed_of_a_text_is_not_marked(self, visitor: Visitor) -> None:
        box = make_box()
        note(box, {"saying": ("The old <b>words</b>", "The new <b>words</b>")})
        page = page_of(visitor(sample="R:all", audit="R:all")[0], box.id)
        assert (
            "saying",
            "The <del>old</del> &lt;b&gt;words&lt;/b&gt;",
            "The <ins>new</ins> &lt;b&gt;words&lt;/b&gt;",
        ) in (words(page))

    def test_personal_values_are_hidden(self, visitor: Visitor) -> None:
        box = make_box()
        note(box, {"email": ("old@example.org", "new@example.org")}, personal=("email",))
        page = page_of(visitor("a", sample="R:all", audit="R:all")[0], box.id)
        assert "old" not in {row[0]: row[1] for row in words(page)}["email"]
        assert "(hidden)" in page
        assert "sha256" not in page
        page = page_of(visitor("b", "reply.personal_data", sample="R:all", audit="R:all")[0], box.id)
        assert "old@example.org" in bare(page)

    def test_a_long_list_and_a_long_text_are_cut(self, visitor: Visitor) -> None:
        box = make_box()
        note(box, {"saying": ("a", "x" * 5000), "tags": (["a"], [str(one) for one in range(80)])})
        page = page_of(visitor(sample="R:all", audit="R:all")[0], box.id)
        assert "x" * 500 not in page
        assert "… and 30 more" in page

    def test_what_was_made_shows_its_values_once(self, visitor: Visitor) -> None:
        box = make_box()
        note(box, {"title": (None, "Box"), "note": (None, "")})
        page = page_of(visitor(sample="R:all", audit="R:all")[0], box.id)
        assert words(page) == [("title", "Box")]
        assert "<details" not in page
        note(box, dict.fromkeys(("title", "unit", "saying", "size"), (None, "x")))
        assert "4 values" in page_of(visitor("b", sample="R:all", audit="R:all")[0], box.id)

    def test_nothing_yet(self, visitor: Visitor) -> None:
        box = make_box()
        assert "Nothing has been recorded yet" in page_of(visitor(sample="R:all", audit="R:all")[0], box.id)


class TestPages:
    def test_older_ones_are_one_click_away(self, visitor: Visitor) -> None:
        box, other = make_box(), make_box()
        for number in range(PAGE_SIZE + 3):
            note(box, {"title": (f"t{number}", f"t{number + 1}")})
            note(other, {"title": ("elsewhere", "x")})
        client = visitor(sample="R:all", audit="R:all")[0]
        first = page_of(client, box.id)
        assert first.count('class="cv-event-head"') == PAGE_SIZE
        older = re.search(r'href="([^"]+)" id="page-next"', first)
        assert older is not None
        second = client.get(older[1].replace("&amp;", "&")).text
        assert second.count('class="cv-event-head"') == 3
        assert 'id="page-next"' not in second
        assert 'id="page-prev"' in second
        assert "elsewhere" not in first + second

    @pytest.mark.parametrize("before", ["0", "-1", "abc", "%00", "1e9", "99999999999999999999", ""])
    def test_anything_may_be_asked(self, visitor: Visitor, before: str) -> None:
        box = make_box()
        note(box, {"title": ("a", "b")})
        client = visitor(sample="R:all", audit="R:all")[0]
        assert client.get(f"/admin/sample/history/?id={box.id}&before={before}").status_code == 200

    def test_a_page_takes_few_statements_however_much_there_is(self, visitor: Visitor) -> None:
        box = make_box()
        client = visitor(sample="R:all", audit="R:all")[0]
        counts = []
        for _round in range(2):
            for number in range(10):
                note(box, {"title": (str(number), "x"), "made_at": (None, dt.datetime(2027, 1, 1, tzinfo=dt.UTC))})
            with count_statements(db.engine) as seen:
                page_of(client, box.id)
            counts.append(len(seen))
        assert counts[0] == counts[1] <= 12


class TestSurvey:
    """A survey tells of its sections and questions too."""

    @pytest.fixture
    def root(self, app: Flask, client: Any) -> Any:
        user = make_user("root")
        login(client, user)
        return user

    def test_its_questions_belong_to_it(self, client: Any, root: Any) -> None:
        survey, other = make_survey(root), make_survey(root, title="Other")
        for one, label in ((survey, "How old are you?"), (other, "Your years")):
            question = db.session.scalars(
                select(Question).where(Question.survey_id == one.id, Question.key == "age")
            ).one()
            with unit_of_work():
                operations.update_question(question, {"label": label}, actor=root)
        page = page_of(client, survey.id, "survey")
        assert "Question changed" in page
        assert "How old are you?" in page
        assert "Your years" not in page

    def test_what_is_being_typed_is_there_at_once(self, client: Any, root: Any) -> None:
        survey = make_survey(root)
        with unit_of_work():
            edits = {"title": operations.Edit(survey.title, "Typed now")}
            operations.save_survey(survey, edits, lock_version=survey.lock_version, actor=root)
        page = page_of(client, survey.id, "survey")
        assert "Being typed" in page
        assert "Typed now" in page

    def test_people_and_dates_are_named(self, client: Any, root: Any) -> None:
        survey, ben = make_survey(root), make_user("ben", None, name="Ben Brown")
        with unit_of_work():
            operations.update_survey(
                survey, {"owner": ben, "introduction": "<p>Welcome <b>all</b></p>", "listed": True}, actor=root
            )
        page = page_of(client, survey.id, "survey")
        found = {row[0]: row[1:] for row in words(page) if len(row) == 3}
        assert found["Owner"] == ("root", "Ben Brown")
        assert found["On the front page"] == ("No", "Yes")
        assert "&lt;p&gt;" not in page
        assert bare(found["Introduction"][1]) == "Welcome all"

    def test_who_may_not_see_people_reads_their_number(
        self, app: Flask, client: Any, root: Any, visitor: Visitor
    ) -> None:
        survey, ben = make_survey(root), make_user("ben", None, name="Ben Brown")
        with unit_of_work():
            operations.update_survey(survey, {"owner": ben}, actor=root)
        reader = visitor("log", survey="R:all", audit="R:all")[0]
        page = page_of(reader, survey.id, "survey")
        assert f"number {ben.id}" in bare(page)
        assert history.stored_value(Survey, "owner_id", None) == "–"
