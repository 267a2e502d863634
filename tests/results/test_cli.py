"""`canvass results` and `canvass reply export`."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select

from admin_app.audit.models import AuditEntry
from admin_app.core.db import db
from admin_app.surveys.models import Survey
from tests.factories import SAMPLE_ANSWERS
from tests.results.conftest import add_replies


def rows_of(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline="")))


class TestResults:
    def test_json(self, cli: Any, survey: Survey) -> None:
        add_replies(survey, SAMPLE_ANSWERS)
        result = cli("results", survey.public_id, "--json")
        assert result.exit_code == 0, result.output
        document = json.loads(result.stdout)
        assert (document["survey"], document["replies"], len(document["questions"])) == (survey.public_id, 1, 9)

    def test_text(self, cli: Any, survey: Survey) -> None:
        add_replies(survey, SAMPLE_ANSWERS, {**SAMPLE_ANSWERS, "team": None, "team__other": "Legal"})
        output = cli("results", survey.public_id).stdout
        assert output.startswith("Working here: 2 replies\n")
        for line in ("team: Your team", "1  Development", "1  (other)", "work from home", "mean: 36.0", "skipped 0"):
            assert line in output

    def test_one_reply_is_a_reply(self, cli: Any, survey: Survey) -> None:
        add_replies(survey, SAMPLE_ANSWERS)
        assert "Working here: 1 reply\n" in cli("results", survey.public_id).stdout

    @pytest.mark.parametrize("public_id", ["nosuch", "", "a" * 5000, "%00", "☃"])
    def test_an_unknown_survey_is_refused(self, cli: Any, public_id: str) -> None:
        result = cli("results", public_id)
        assert result.exit_code == 1
        assert result.stderr == "There is no survey with this id.\n"

    def test_without_an_id_the_usage_is_shown(self, cli: Any) -> None:
        assert cli("results").exit_code == 2


class TestExport:
    def test_it_works(self, cli: Any, survey: Survey) -> None:
        (reply,) = add_replies(survey, SAMPLE_ANSWERS)
        result = cli("reply", "export", survey.public_id, "--format", "csv")
        assert result.exit_code == 0, result.output
        assert result.stdout_bytes.startswith(b"\xef\xbb\xbfreply.id,")
        (row,) = rows_of(result.stdout_bytes)
        assert row == {
            "reply.id": reply.public_id,
            "reply.submitted_at": f"{reply.submitted_at:%Y-%m-%dT%H:%M:%SZ}",
            "reply.version": "1",
            "reply.kind": "complete",
            "reply.test": "no",
            "reply.review_status": "new",
            "reply.language": "en",
            "reply.source": "form",
            "name": "Ada",
            "age": "36",
            "height": "1.75",
            "started": "2020-02-29",
            "happy": "yes",
            "team": "dev",
            "team__other": "",
            "tools": "python, r",
            "tools__other": "",
            "habits__remote": "often",
            "habits__late": "never",
            "comment": "All well.",
        }

    def test_labels(self, cli: Any, survey: Survey) -> None:
        add_replies(survey, SAMPLE_ANSWERS)
        (row,) = rows_of(cli("reply", "export", survey.public_id, "--format", "csv", "--labels").stdout_bytes)
        assert (row["team"], row["tools"], row["habits__late"]) == ("Development", "Python, R", "Never")
        assert row["happy"].casefold() == "yes"

    def test_what_is_asked_for(self, cli: Any, survey: Survey) -> None:
        add_replies(survey, SAMPLE_ANSWERS, {**SAMPLE_ANSWERS, "tools": None, "team": "ops"})
        result = cli(
            "reply", "export", survey.public_id, "--format", "csv", "--per-choice", "--states",
            "--column", "tools", "--column", "reply.language", "--filter", "team.is.ops",
        )  # fmt: skip
        assert result.exit_code == 0, result.output
        assert rows_of(result.stdout_bytes) == [
            {"reply.language": "en", "tools__python": "[skipped]", "tools__r": "[skipped]", "tools__none": "[skipped]",
             "tools__other": "[skipped]"},
        ]  # fmt: skip

    def test_a_workbook(self, cli: Any, survey: Survey, tmp_path: Path) -> None:
        add_replies(survey, SAMPLE_ANSWERS)
        path = tmp_path / "replies.xlsx"
        assert cli("reply", "export", survey.public_id, "--format", "xlsx", "--out", path).exit_code == 0
        header, row = openpyxl.load_workbook(path).active.values
        found = dict(zip(header, row, strict=True))
        assert (found["age"], found["height"], found["reply.test"]) == (36, 1.75, False)
        assert found["started"] == dt.datetime(2020, 2, 29)  # noqa: DTZ001

    def test_a_workbook_is_not_for_a_terminal(self, cli: Any, survey: Survey, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("admin_app.results.cli._is_terminal", lambda: True)
        result = cli("reply", "export", survey.public_id, "--format", "xlsx")
        assert (result.exit_code, result.stdout) == (1, "")
        assert result.stderr == "A terminal cannot show such a file. Name one with --out.\n"
        assert cli("reply", "export", survey.public_id, "--format", "csv").exit_code == 0

    @pytest.mark.parametrize(
        ("options", "sentence"),
        [
            (["--column", "nosuch"], "There is no column “nosuch”."),
            (["--filter", "team.is.nosuch"], "The filter “team.is.nosuch” cannot be used"),
            (["--zone", "Mars/Base"], "There is no time zone “Mars/Base”."),
        ],
    )
    def test_what_cannot_be_is_refused(
        self, cli: Any, survey: Survey, tmp_path: Path, options: list[str], sentence: str
    ) -> None:
        result = cli("reply", "export", survey.public_id, "--format", "csv", "--out", tmp_path / "a.csv", *options)
        assert result.exit_code == 1
        assert sentence in result.stderr
        assert list(tmp_path.iterdir()) == []
        assert db.session.scalars(select(AuditEntry).where(AuditEntry.action == "reply.export")).all() == []

    def test_it_is_recorded(self, cli: Any, survey: Survey) -> None:
        cli("reply", "export", survey.public_id, "--format", "csv")
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "reply.export")).one()
        assert (entry.resource, entry.record_id, entry.actor_name) == ("survey", survey.id, "system")
        assert entry.changes["format"] == [None, "csv"]

    def test_into_a_file(self, cli: Any, survey: Survey, tmp_path: Path) -> None:
        add_replies(survey, SAMPLE_ANSWERS)
        path = tmp_path / "replies.csv"
        result = cli("reply", "export", survey.public_id, "--format", "csv", "--out", path)
        assert (result.exit_code, result.stdout_bytes) == (0, b"")
        assert len(rows_of(path.read_bytes())) == 1
        assert list(tmp_path.iterdir()) == [path]

    def test_into_a_folder_that_is_not_there(self, cli: Any, survey: Survey, tmp_path: Path) -> None:
        result = cli("reply", "export", survey.public_id, "--format", "csv", "--out", tmp_path / "no" / "file.csv")
        assert result.exit_code == 1
        assert "cannot be written" in result.stderr

    def test_nothing_is_left_of_a_file_that_failed(
        self, cli: Any, survey: Survey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_args: object) -> Any:
            raise OSError("disk full")
            yield b""

        monkeypatch.setattr("admin_app.results.exporters.csv.CsvExporter.render", fail)
        result = cli("reply", "export", survey.public_id, "--format", "csv", "--out", tmp_path / "replies.csv")
        assert isinstance(result.exception, OSError)
        assert list(tmp_path.iterdir()) == []

    def test_an_unknown_survey_is_refused(self, cli: Any, app: Any) -> None:
        result = cli("reply", "export", "nosuch", "--format", "csv")
        assert (result.exit_code, result.stdout) == (1, "")

    def test_an_unknown_format_is_wrong_usage(self, cli: Any, survey: Survey) -> None:
        assert cli("reply", "export", survey.public_id, "--format", "nosuch").exit_code == 2
