"""Filters, groups, texts and the mark of the results page."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from flask.testing import FlaskClient

from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.replies.models import Reply, ReviewStatus
from admin_app.surveys.models import Survey
from tests.every_type import EVERY_ANSWER, every_type_questionnaire
from tests.factories import SAMPLE_ANSWERS, login, make_role, make_survey, make_user
from tests.helpers import count_statements
from tests.results.conftest import add_replies

READS = {"survey": "R:all", "reply": "R:all"}


@pytest.fixture
def admin(client: FlaskClient) -> FlaskClient:
    login(client, make_user("root"))
    return client


def address(survey: Survey, tail: str = "") -> str:
    return f"/admin/survey/{survey.id}/results{tail}"


def specs(text: str) -> list[dict[str, Any]]:
    """What the charts are drawn from, in order."""
    found = re.findall(r'<script type="application/json" data-spec>(.*?)</script>', text, re.DOTALL)
    return [json.loads(one) for one in found]


def card(text: str, key: str) -> str:
    found = re.search(rf'<section[^>]*id="q-{key}".*?</section>', text, re.DOTALL)
    assert found
    return found.group(0)


class TestChoosing:
    def test_a_filter_is_a_chip_with_a_way_back(self, admin: FlaskClient, survey: Survey) -> None:
        add_replies(survey, SAMPLE_ANSWERS, {**SAMPLE_ANSWERS, "team": "ops"})
        text = admin.get(address(survey, "?f=team.is.ops&version=1")).text
        assert "1 reply" in text
        assert "Remove the filter Your team Operations" in text or "Operations" in text
        assert f'href="{address(survey, "?f=.version.1")}"' in text.replace("&amp;", "&")

    def test_what_cannot_be_chosen_is_said(self, admin: FlaskClient, survey: Survey) -> None:
        add_replies(survey, SAMPLE_ANSWERS)
        text = admin.get(address(survey, "?f=%3Cb%3E.is.x&a=nope.is.x")).text
        assert "There is no filter “&lt;b&gt;.is.x”" in text
        assert "There is no filter “nope.is.x”" in text
        assert "1 reply" in text

    def test_nobody_left(self, admin: FlaskClient, survey: Survey) -> None:
        add_replies(survey, SAMPLE_ANSWERS)
        text = admin.get(address(survey, "?f=age.from.99")).text
        assert "No reply is like that" in text
        assert "Show all replies" in text

    def test_what_counts_is_said(self, admin: FlaskClient, survey: Survey) -> None:
        add_replies(survey, SAMPLE_ANSWERS)
        assert "Tests are left out." in admin.get(address(survey)).text
        add_replies(survey, SAMPLE_ANSWERS, test=True)
        text = admin.get(address(survey, "?test=1")).text
        assert "Tests are left out." not in text
        assert "Spam is left out." in text

    def test_a_hidden_question_has_no_ways_to_choose(self, client: FlaskClient, survey: Survey) -> None:
        add_replies(survey, SAMPLE_ANSWERS)
        login(client, make_user("anna", make_role("Reader", **READS)))
        assert "do not allow you to choose" in client.get(address(survey, "?f=comment.contains.well")).text
        assert "comment.contains" not in client.get(address(survey)).text


class TestGroups:
    def test_two_stand_side_by_side(self, admin: FlaskClient, survey: Survey) -> None:
        ops = {**SAMPLE_ANSWERS, "team": "ops", "happy": False}
        add_replies(survey, *[SAMPLE_ANSWERS] * 12, *[ops] * 10)
        text = admin.get(address(survey, "?a=team.is.dev&b=others")).text
        assert "All others" in text
        (happy,) = [one for one in specs(text) if one["categories"] == ["Yes", "No"]]
        assert [one["counts"] for one in happy["series"]] == [[12, 0], [0, 10]]
        assert [one["shares"] for one in happy["series"]] == [[1.0, 0.0], [0.0, 1.0]]

    def test_too_few_are_not_compared(self, admin: FlaskClient, survey: Survey) -> None:
        add_replies(survey, *[SAMPLE_ANSWERS] * 12, {**SAMPLE_ANSWERS, "team": "ops"})
        text = admin.get(address(survey, "?a=team.is.dev&b=team.is.ops")).text
        assert "n = 1, too few to compare" in card(text, "happy")
        assert "data-spec" not in card(text, "happy")

    def test_it_takes_few_statements(self, admin: FlaskClient, survey: Survey) -> None:
        add_replies(survey, *[SAMPLE_ANSWERS] * 30)
        for tail in ("", "?a=team.is.dev&b=others&f=happy.is.yes", "/state", "/texts/comment"):
            admin.get(address(survey, tail))
            with count_statements(db.engine) as seen:
                admin.get(address(survey, tail))
            assert len(seen) <= 12, "\n".join(seen)


class TestCharts:
    def test_each_shape_has_its_table(self, admin: FlaskClient) -> None:
        survey = make_survey(opened=True, questionnaire=every_type_questionnaire())
        db.session.refresh(survey)
        add_replies(survey, *[EVERY_ANSWER] * 3)
        text = admin.get(address(survey)).text
        assert text.count("data-spec>") == text.count("data-chart ") == len(specs(text))
        kinds = {
            key: specs(card(text, key))[0]["kind"] for key in ("single_choice", "matrix_single", "scale", "integer")
        }
        assert kinds == {
            "single_choice": "bars", "matrix_single": "stacked", "scale": "stacked", "integer": "columns",
        }  # fmt: skip
        for key in ("single_choice", "matrix_single", "scale", "integer", "date", "nps"):
            assert "<table" in card(text, key), key
        assert "Net Promoter Score" in card(text, "nps")

    def test_the_shares_are_of_those_who_were_asked(self, admin: FlaskClient, survey: Survey) -> None:
        add_replies(survey, SAMPLE_ANSWERS, {**SAMPLE_ANSWERS, "happy": None}, {})
        text = card(admin.get(address(survey)).text, "happy")
        for words in ("n = 1", "50.0% of 2 asked", "1 skipped", "1 not shown"):
            assert words in text, words


class TestState:
    def mark(self, client: FlaskClient, survey: Survey, tail: str = "") -> str:
        return str(client.get(address(survey, f"/state{tail}")).headers["ETag"])

    def test_it_is_not_modified_until_something_changes(self, admin: FlaskClient, survey: Survey) -> None:
        (reply, _other) = add_replies(survey, SAMPLE_ANSWERS, SAMPLE_ANSWERS)
        mark = self.mark(admin, survey)
        again = admin.get(address(survey, "/state"), headers={"If-None-Match": mark})
        assert (again.status_code, again.data) == (304, b"")
        # Whoever watches has the last mark; where all is as it once was, so may the mark be.
        seen = [mark]
        for change in (
            lambda: add_replies(survey, SAMPLE_ANSWERS),
            lambda: _set(reply, answers={**SAMPLE_ANSWERS, "age": 50}),
            lambda: _set(reply, review_status=ReviewStatus.SPAM),
            lambda: _set(reply, review_status=ReviewStatus.NEW),
            lambda: _set(reply, deleted_at=now()),
        ):
            change()
            answer = admin.get(address(survey, "/state"), headers={"If-None-Match": seen[-1]})
            assert answer.status_code == 200
            seen.append(answer.headers["ETag"])
        assert answer.get_json()["replies"] == 2

    def test_it_is_of_what_is_chosen_and_of_who_asks(self, admin: FlaskClient, survey: Survey) -> None:
        add_replies(survey, SAMPLE_ANSWERS)
        german = admin.get(address(survey, "/state"), headers={"Accept-Language": "de"}).headers["ETag"]
        marks = {self.mark(admin, survey), self.mark(admin, survey, "?f=team.is.dev"), german}
        assert len(marks) == 3

    def test_the_page_has_the_same_mark(self, admin: FlaskClient, survey: Survey) -> None:
        add_replies(survey, SAMPLE_ANSWERS)
        text = admin.get(address(survey, "?f=team.is.dev")).text
        assert f"data-state={self.mark(admin, survey, '?f=team.is.dev')}" in text

    def test_watching_keeps_nobody_logged_in(self, admin: FlaskClient, survey: Survey) -> None:
        from sqlalchemy import select, update

        from admin_app.accounts.models import UserSession
        from admin_app.accounts.sessions import SEEN_EVERY

        long_ago = now() - 2 * SEEN_EVERY

        def last_seen() -> Any:
            db.session.expire_all()
            return db.session.scalar(select(UserSession.last_seen_at))

        with unit_of_work() as session:
            session.execute(update(UserSession).values(last_seen_at=long_ago))
        admin.get(address(survey, "/state"), headers={"X-Unattended": "1"})
        assert last_seen() == long_ago
        admin.get(address(survey, "/state"))
        assert last_seen() > long_ago


def _set(reply: Reply, **values: Any) -> None:
    with unit_of_work():
        for name, value in values.items():
            setattr(reply, name, value)


class TestTexts:
    @pytest.fixture
    def written(self, survey: Survey) -> Survey:
        for number in range(60):
            add_replies(survey, {**SAMPLE_ANSWERS, "comment": f"Text {number:02}"})
        add_replies(survey, {"comment": None}, {}, {"team": None, "team__other": "Legal <b>"})
        return survey

    def test_they_are_listed_the_newest_first(self, admin: FlaskClient, written: Survey) -> None:
        text = admin.get(address(written, "/texts/comment")).text
        found = re.findall(r"Text \d\d", text)
        assert (found[0], len(found)) == ("Text 59", 50)
        assert "Older" in text
        assert "Newer" not in text
        last = admin.get(address(written, "/texts/comment?page=1")).text
        assert re.findall(r"Text \d\d", last)[-1] == "Text 00"
        assert "Older" not in last

    def test_search_and_filters(self, admin: FlaskClient, written: Survey) -> None:
        text = admin.get(address(written, "/texts/comment?search=TEXT+07")).text
        assert re.findall(r"Text \d\d", text) == ["Text 07"]
        assert "No text is like that" in admin.get(address(written, "/texts/comment?search=%25")).text
        assert "Nobody wrote anything" in admin.get(address(written, "/texts/comment?f=age.from.99")).text

    def test_words_for_other(self, admin: FlaskClient, written: Survey) -> None:
        assert "Legal &lt;b&gt;" in admin.get(address(written, "/texts/team__other")).text

    @pytest.mark.parametrize("key", ["age", "team", "nope", "__other", "comment'", "x" * 3000])
    def test_what_holds_no_texts_is_not_there(self, admin: FlaskClient, written: Survey, key: str) -> None:
        assert admin.get(address(written, f"/texts/{key}")).status_code == 404

    def test_it_needs_the_right_to_read_them(self, client: FlaskClient, written: Survey) -> None:
        login(client, make_user("anna", make_role("Reader", **READS)))
        assert client.get(address(written, "/texts/comment")).status_code == 403

    def test_what_is_personal_needs_both_rights(self, client: FlaskClient, written: Survey) -> None:
        login(client, make_user("anna", make_role("Reader", **READS, abilities="reply.free_text")))
        assert client.get(address(written, "/texts/comment")).status_code == 200
        assert client.get(address(written, "/texts/name")).status_code == 403

    def test_a_survey_out_of_reach_is_not_there(self, client: FlaskClient, written: Survey) -> None:
        role = make_role("Reader", survey="R:own", reply="R:own", abilities="reply.free_text")
        login(client, make_user("anna", role))
        assert client.get(address(written, "/texts/comment")).status_code == 404
        assert client.get(address(written, "/state")).status_code == 404
