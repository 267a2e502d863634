"""The export page: what it says, what it sends, and what it refuses."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import openpyxl
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from admin_app.audit.models import AuditEntry
from admin_app.core.db import db, unit_of_work
from admin_app.jobs.models import Job
from admin_app.replies.masking import MASK
from admin_app.surveys.models import Survey
from tests.factories import SAMPLE_ANSWERS, login, make_role, make_survey, make_user
from tests.helpers import count_statements, send
from tests.results.conftest import add_replies
from tests.results.test_summarise import retire


def entries(action: str = "reply.export") -> list[AuditEntry]:
    return list(db.session.scalars(select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id)))


def rows_of(response: Any) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(response.data.decode("utf-8-sig"), newline="")))


@pytest.fixture
def address(survey: Survey) -> str:
    return f"/admin/survey/{survey.id}/results/export"


@pytest.fixture
def admin(client: FlaskClient) -> FlaskClient:
    login(client, make_user("root"))
    return client


def as_reader(client: FlaskClient, abilities: str = "reply.export") -> FlaskClient:
    login(client, make_user("anna", make_role("Reader", survey="R:all", reply="R:all", abilities=abilities)))
    return client


class TestPage:
    def test_it_says_what_comes(self, admin: FlaskClient, survey: Survey, address: str) -> None:
        add_replies(survey, SAMPLE_ANSWERS, SAMPLE_ANSWERS)
        text = admin.get(address).text
        for words in ("2 replies", "Tests are left out.", "Your team", "reply.tags", "XLSX", "24 hours"):
            assert words in text, words
        assert "masked" not in text

    def test_columns_are_ticked_as_a_file_has_them_by_itself(self, admin: FlaskClient, address: str) -> None:
        ticked = set(re.findall(r'name="column" value="([^"]+)" checked', admin.get(address).text))
        assert {"reply.id", "reply.source", "team", "habits"} <= ticked
        assert not {"reply.tags", "reply.started_at"} & ticked

    @pytest.mark.parametrize(("select", "ticked"), [("all", True), ("none", False)])
    def test_all_and_none_without_a_script(self, admin: FlaskClient, address: str, select: str, ticked: bool) -> None:
        text = admin.get(f"{address}?select={select}").text
        assert ('value="reply.tags" checked' in text) is ticked
        assert ('value="team" checked' in text) is ticked

    def test_the_filters_of_the_results_come_along(self, admin: FlaskClient, survey: Survey, address: str) -> None:
        add_replies(survey, SAMPLE_ANSWERS, {**SAMPLE_ANSWERS, "team": "ops"})
        results = admin.get(address.replace("/export", "?f=team.is.ops")).text
        assert f'href="{address}?f=team.is.ops"' in results
        text = admin.get(f"{address}?f=team.is.ops").text
        assert "1 reply" in text
        assert '<input type="hidden" name="f" value="team.is.ops">' in text

    def test_the_list_of_replies_leads_here(self, admin: FlaskClient, survey: Survey, address: str) -> None:
        add_replies(survey, SAMPLE_ANSWERS)
        assert f'href="{address}"' in admin.get(f"/admin/reply/?g1.survey={survey.id}").text
        assert "results/export" not in admin.get("/admin/reply/").text

    def test_what_is_masked_says_why(self, client: FlaskClient, address: str) -> None:
        text = as_reader(client).get(address).text
        assert "Personal data: masked" in text
        assert "Own words: masked" in text

    def test_it_takes_few_statements(self, admin: FlaskClient, survey: Survey, address: str) -> None:
        add_replies(survey, SAMPLE_ANSWERS)
        admin.get(address)
        with count_statements(db.engine) as seen:
            admin.get(f"{address}?f=.status.new&f=team.is.dev")
        assert len(seen) <= 12, seen

    def test_a_survey_that_was_never_published(self, admin: FlaskClient, app: Any) -> None:
        draft = make_survey(title="Draft")
        assert "Nothing has been asked yet." in admin.get(f"/admin/survey/{draft.id}/results/export").text


class TestTaking:
    def test_the_file_as_ever(self, admin: FlaskClient, survey: Survey, address: str) -> None:
        add_replies(survey, SAMPLE_ANSWERS, SAMPLE_ANSWERS)
        response = send(admin, address, {"format": "csv", "labels": "1"})
        assert response.status_code == 200
        assert response.mimetype == "text/csv"
        assert re.fullmatch(
            r"attachment; filename=working-here-\d{4}-\d\d-\d\d\.csv; filename\*=UTF-8''working-here-[\d-]+\.csv",
            response.headers["Content-Disposition"],
        )
        assert (response.headers["Cache-Control"], response.headers["X-Content-Type-Options"]) == (
            "no-store",
            "nosniff",
        )
        assert [row["team"] for row in rows_of(response)] == ["Development", "Development"]
        (entry,) = entries()
        assert entry.actor_name == "root"
        assert entry.changes == {"format": [None, "csv"], "labels": [None, True], "replies": [None, 2]}

    def test_a_title_in_another_script(self, admin: FlaskClient, survey: Survey, address: str) -> None:
        with unit_of_work():
            survey.title = "Büro / Çay? 日本"
        disposition = send(admin, address, {"format": "csv"}).headers["Content-Disposition"]
        assert "filename=buro-cay--" in disposition
        assert "filename*=UTF-8''b%C3%BCro-%C3%A7ay-%E6%97%A5%E6%9C%AC-20" in disposition

    def test_what_was_ticked(self, admin: FlaskClient, survey: Survey, address: str) -> None:
        add_replies(survey, SAMPLE_ANSWERS, {**SAMPLE_ANSWERS, "team": "ops"})
        form = {
            "format": "csv", "chosen": "1", "column": ["tools", "reply.tags", "team"], "per_choice": "1",
            "f": ["team.is.ops"],
        }  # fmt: skip
        (row,) = rows_of(send(admin, address, form))
        assert list(row)[:2] == ["reply.tags", "team"]
        assert (row["team"], row["tools__python"]) == ("ops", "1")
        (entry,) = entries()
        assert entry.changes["filters"] == [None, ["team.is.ops"]]
        assert entry.changes["columns"] == [None, ["tools", "reply.tags", "team"]]
        assert entry.changes["replies"] == [None, 1]

    def test_a_workbook(self, admin: FlaskClient, survey: Survey, address: str) -> None:
        add_replies(survey, SAMPLE_ANSWERS)
        response = send(admin, address, {"format": "xlsx"})
        header, row = openpyxl.load_workbook(io.BytesIO(response.data)).active.values
        assert dict(zip(header, row, strict=True))["age"] == 36

    def test_what_may_not_be_seen_is_masked(self, client: FlaskClient, survey: Survey, address: str) -> None:
        add_replies(survey, SAMPLE_ANSWERS)
        for format_name in ("csv", "xlsx"):
            response = send(as_reader(client) if format_name == "csv" else client, address, {"format": format_name})
            text = response.data.decode() if format_name == "csv" else str(list(workbook_values(response)))
            assert "All well." not in text
            assert "Ada" not in text
            assert MASK in text

    def test_it_needs_the_ability(self, client: FlaskClient, survey: Survey, address: str) -> None:
        as_reader(client, "")
        assert client.get(address).status_code == 403
        assert send(client, address, {"format": "csv"}).status_code == 403
        assert entries() == []

    def test_whose_survey_it_is_not_finds_nothing(self, client: FlaskClient, survey: Survey, address: str) -> None:
        login(client, make_user("other", make_role("Own", survey="R:own", reply="R:own", abilities="reply.export")))
        assert client.get(address).status_code == 404
        assert send(client, address, {"format": "csv"}).status_code == 404
        assert entries() == []

    @pytest.mark.parametrize("data", [{}, {"format": ""}, {"format": "nosuch"}, {"format": "\0"}])
    def test_an_unknown_format_is_refused(self, admin: FlaskClient, address: str, data: dict[str, str]) -> None:
        assert send(admin, address, data).status_code == 400
        assert entries() == []

    @pytest.mark.parametrize(
        ("data", "sentence"),
        [
            ({"chosen": "1"}, "Choose at least one column."),
            ({"chosen": "1", "column": "nosuch"}, "There is no column “nosuch”."),
            ({"f": "team.is.nosuch"}, "There is no filter “team.is.nosuch”"),
        ],
    )
    def test_what_cannot_be_is_refused_in_a_sentence(
        self, admin: FlaskClient, survey: Survey, address: str, data: dict[str, str], sentence: str
    ) -> None:
        add_replies(survey, SAMPLE_ANSWERS)
        response = send(admin, address, {"format": "csv", **data})
        assert response.status_code == 400
        assert sentence in response.text
        assert entries() == []
        assert db.session.scalars(select(Job)).all() == []

    def test_it_needs_the_token(self, admin: FlaskClient, address: str) -> None:
        assert admin.post(address, data={"format": "csv"}).status_code == 400
        assert entries() == []

    def test_of_three_versions(self, admin: FlaskClient, survey: Survey, address: str) -> None:
        add_replies(survey, SAMPLE_ANSWERS)
        retire(survey, "team")
        add_replies(survey, SAMPLE_ANSWERS)
        retire(survey, "age")
        add_replies(survey, SAMPLE_ANSWERS)
        assert "Retired" in admin.get(address).text
        rows = rows_of(send(admin, address, {"format": "csv", "states": "1"}))
        assert [(row["team"], row["age"]) for row in rows] == [
            ("dev", "36"), ("[not shown]", "36"), ("[not shown]", "[not shown]"),
        ]  # fmt: skip


def workbook_values(response: Any) -> Any:
    return openpyxl.load_workbook(io.BytesIO(response.data)).active.values
