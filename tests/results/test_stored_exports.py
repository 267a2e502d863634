"""Files that are made in the background: by a job, with the rights of that moment, for a while, for one person."""

from __future__ import annotations

import csv
import datetime as dt
import io
import os
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from admin_app.accounts.models import User, UserStatus
from admin_app.audit.models import AuditEntry
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ForbiddenError, InvalidError
from admin_app.jobs.kinds import JOB_KINDS, JobContext
from admin_app.jobs.models import Job, JobState
from admin_app.replies.masking import MASK
from admin_app.results.export_plan import ExportPlan, plan_of
from admin_app.results.exporters.csv import CsvExporter
from admin_app.results.exporters.xlsx import XlsxExporter
from admin_app.results.operations import start_export
from admin_app.surveys.models import Survey
from tests.factories import SAMPLE_ANSWERS, login, make_role, make_survey, make_user
from tests.helpers import send, work
from tests.results.conftest import add_replies
from tests.results.test_table import fill

ABILITIES = "reply.export reply.free_text reply.personal_data"


@pytest.fixture
def folder(app: Flask) -> Path:
    """Where files lie, empty."""
    found = Path(app.instance_path) / "exports"
    for path in found.iterdir() if found.is_dir() else ():
        path.unlink()
    return found


@pytest.fixture
def owner(app: Flask, folder: Path) -> User:
    return make_user("taker", make_role("Exports", survey="R:all", reply="R:all", abilities=ABILITIES))


@pytest.fixture
def run(app: Flask) -> Callable[..., Job]:
    return partial(work, app)


def ask(survey: Survey, owner: User, **plan: Any) -> Job:
    with unit_of_work():
        return start_export(survey, ExportPlan(**plan), actor=owner)


def address(survey: Survey, job: Job | None = None) -> str:
    return f"/admin/survey/{survey.id}/results/export" + (f"s/{job.public_id}" if job else "")


def entries(action: str) -> list[AuditEntry]:
    return list(db.session.scalars(select(AuditEntry).where(AuditEntry.action == action)))


def take_rights(owner: User, abilities: str) -> None:
    """Give the owner a role that may do this only."""
    role = make_role("Less", survey="R:all", reply="R:all", abilities=abilities)
    with unit_of_work():
        owner.roles = [role]


class TestTheJob:
    def test_it_makes_a_file_and_says_what_it_is(self, survey: Survey, owner: User, run: Any, folder: Path) -> None:
        add_replies(survey, SAMPLE_ANSWERS, {**SAMPLE_ANSWERS, "team": "ops"})
        job = run(ask(survey, owner, filters=("team.is.ops",), columns=("age", "team")))
        assert (job.state, job.progress_done, job.error) == (JobState.DONE, 1, "")
        (path,) = folder.iterdir()
        assert path.name == job.result["file"]
        assert path.read_bytes() == b"\xef\xbb\xbfage,team,team__other\r\n36,ops,\r\n"
        assert (job.result["replies"], job.result["size"]) == (1, path.stat().st_size)
        assert path.stat().st_mode & 0o077 == folder.stat().st_mode & 0o077 == 0
        (entry,) = entries("reply.export")
        assert (entry.actor_id, entry.record_id) == (owner.id, survey.id)
        assert entry.changes["replies"] == [None, 1]
        assert entry.changes["filters"] == [None, ["team.is.ops"]]

    def test_the_same_is_made_once(self, survey: Survey, owner: User) -> None:
        first = ask(survey, owner)
        assert ask(survey, owner).id == first.id
        assert ask(survey, owner, labels=True).id != first.id

    def test_who_may_not_is_refused_before_anything_is_queued(self, survey: Survey, app: Flask) -> None:
        reader = make_user("reader", make_role("R", survey="R:all", reply="R:all"))
        with pytest.raises(ForbiddenError):
            ask(survey, reader)
        with pytest.raises(InvalidError):
            ask(survey, make_user("root"), columns=("nosuch",))
        assert db.session.scalars(select(Job)).all() == []

    def test_rights_are_those_of_the_moment(self, survey: Survey, owner: User, run: Any, folder: Path) -> None:
        add_replies(survey, SAMPLE_ANSWERS)
        job = ask(survey, owner)
        take_rights(owner, "reply.export")
        assert run(job).state is JobState.DONE
        (path,) = folder.iterdir()
        assert MASK in path.read_text()
        assert "Ada" not in path.read_text()

    @pytest.mark.parametrize("what", ["right", "account", "survey"])
    def test_it_fails_where_somebody_lost_it_meanwhile(
        self, survey: Survey, owner: User, run: Any, folder: Path, what: str
    ) -> None:
        add_replies(survey, SAMPLE_ANSWERS)
        job = ask(survey, owner)
        if what == "right":
            take_rights(owner, "")
        with unit_of_work():
            if what == "account":
                owner.status = UserStatus.INACTIVE
            elif what == "survey":
                survey.deleted_at = now()
        done = run(job)
        assert done.state is JobState.FAILED
        assert done.error
        assert done.result is None
        assert not folder.exists() or list(folder.iterdir()) == []
        assert entries("reply.export") == []

    def test_a_filter_that_may_not_be_used_any_more_fails_it(self, survey: Survey, owner: User, run: Any) -> None:
        add_replies(survey, SAMPLE_ANSWERS)
        job = ask(survey, owner, filters=("comment.contains.well",))
        take_rights(owner, "reply.export")
        done = run(job)
        assert done.state is JobState.FAILED
        assert "comment.contains.well" in done.error

    def test_a_payload_of_another_version_fails_it_in_a_sentence(self, survey: Survey, owner: User, run: Any) -> None:
        job = ask(survey, owner)
        with unit_of_work():
            job.payload = {"replies_of": survey.id, "plan": {"format": "csv"}}
        assert run(job).error == "What was asked for cannot be read any more. Export again."

    def test_a_plan_survives_its_document(self) -> None:
        plan = ExportPlan("xlsx", True, True, True, ("a", "reply.id"), (".version.1",), "Europe/Berlin")
        assert plan_of(plan.to_document()) == plan
        assert plan_of(ExportPlan().to_document()) == ExportPlan()

    @pytest.mark.parametrize("format_name", ["csv", "xlsx"])
    def test_cancelled_in_the_middle_it_leaves_nothing(
        self, survey: Survey, owner: User, run: Any, folder: Path, app: Flask, format_name: str
    ) -> None:
        fill(survey, 3_000)
        job = ask(survey, owner, format=format_name)
        stopping = threading.Event()
        stopping.set()
        done = run(job, stopping)
        # Given back: another worker begins anew.
        assert done.state is JobState.QUEUED
        assert list(folder.iterdir()) == []
        assert db.engine.pool.checkedout() <= 1  # type: ignore[attr-defined]
        assert run(done).state is JobState.DONE
        assert len(list(folder.iterdir())) == 1

    def test_a_fault_in_the_middle_leaves_nothing(
        self, survey: Survey, owner: User, run: Any, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        add_replies(survey, SAMPLE_ANSWERS)

        def render(_self: Any, table: Any) -> Any:
            yield b"half"
            raise OSError("disk full")

        job = ask(survey, owner)
        monkeypatch.setattr(CsvExporter, "render", render)
        assert run(job).state is JobState.FAILED
        assert list(folder.iterdir()) == []


class TestDownload:
    @pytest.fixture
    def job(self, survey: Survey, owner: User, run: Any, client: FlaskClient) -> Job:
        add_replies(survey, SAMPLE_ANSWERS)
        login(client, owner)
        return run(ask(survey, owner))  # type: ignore[no-any-return]

    def refused(self, client: FlaskClient, survey: Survey, job: Job, sentence: str) -> None:
        answer = client.get(address(survey, job))
        assert answer.status_code == 303
        assert answer.location.startswith(address(survey))
        assert sentence in client.get(answer.location).text
        assert entries("reply.download") == []

    def test_it_works(self, client: FlaskClient, survey: Survey, job: Job) -> None:
        answer = client.get(address(survey, job))
        assert answer.status_code == 200
        assert answer.content_length == len(answer.data) == job.result["size"]  # type: ignore[index]
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Content-Disposition"].startswith("attachment; filename=working-here-")
        assert len(list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))) == 1
        (entry,) = entries("reply.download")
        assert entry.changes == {"export": [None, job.public_id], "replies": [None, 1]}

    def test_the_page_offers_it(self, client: FlaskClient, survey: Survey, job: Job) -> None:
        for part in ("", "?part=exports"):
            text = client.get(address(survey) + part, headers={"HX-Request": "true"}).text
            assert f'href="{address(survey, job)}"' in text
            assert "every 2s" not in text

    def test_the_page_follows_one_that_is_being_made(self, client: FlaskClient, survey: Survey, owner: User) -> None:
        login(client, owner)
        ask(survey, owner)
        text = client.get(address(survey) + "?part=exports", headers={"HX-Request": "true"}).text
        assert "every 2s" in text
        assert "<html" not in text

    def test_somebody_else_finds_nothing(self, client: FlaskClient, survey: Survey, job: Job) -> None:
        login(client, make_user("root"))
        self.refused(client, survey, job, "There is no such file.")
        assert job.public_id not in client.get(address(survey)).text

    def test_at_another_survey_it_is_not(self, client: FlaskClient, survey: Survey, job: Job) -> None:
        self.refused(client, make_survey(title="Another"), job, "There is no such file.")

    def test_it_expires_and_is_offered_again(self, client: FlaskClient, survey: Survey, owner: User, run: Any) -> None:
        login(client, owner)
        add_replies(survey, SAMPLE_ANSWERS)
        job = run(ask(survey, owner, format="xlsx", labels=True, columns=("team",), filters=("team.is.dev",)))
        with unit_of_work():
            job.result = {**job.result, "expires": (now() - dt.timedelta(seconds=1)).isoformat()}
        answer = client.get(address(survey, job))
        assert answer.status_code == 303
        text = client.get(answer.location).text
        assert "is deleted by now. Export again." in text
        for words in ('value="xlsx" checked', 'value="team" checked', 'name="f" value="team.is.dev"', "Expired"):
            assert words in text, words
        assert 'value="age" checked' not in text

    def test_what_may_be_seen_is_asked_again(self, client: FlaskClient, survey: Survey, job: Job, owner: User) -> None:
        take_rights(owner, "reply.export reply.free_text")
        self.refused(client, survey, job, "more than your roles allow you to see by now")

    def test_the_right_is_asked_again(self, client: FlaskClient, survey: Survey, job: Job, owner: User) -> None:
        take_rights(owner, "reply.free_text reply.personal_data")
        assert client.get(address(survey, job)).status_code == 403
        assert entries("reply.download") == []

    def test_of_a_survey_in_the_trash_there_is_none(self, client: FlaskClient, survey: Survey, job: Job) -> None:
        with unit_of_work():
            survey.deleted_at = now()
        assert client.get(address(survey, job)).status_code == 404
        assert entries("reply.download") == []

    def test_while_it_is_made_there_is_none(self, client: FlaskClient, survey: Survey, owner: User) -> None:
        login(client, owner)
        self.refused(client, survey, ask(survey, owner), "There is no such file.")

    @pytest.mark.parametrize("key", ["0", "-1", "x" * 300, "%00", "☃", "1'or'1", "%ED%A0%80"])
    def test_a_bad_key_is_none(self, client: FlaskClient, survey: Survey, owner: User, key: str) -> None:
        login(client, owner)
        assert client.get(f"/admin/survey/{survey.id}/results/exports/{key}").status_code in {303, 400, 404}
        assert entries("reply.download") == []


class TestCancelling:
    def test_it_works(self, client: FlaskClient, survey: Survey, owner: User) -> None:
        login(client, owner)
        job = ask(survey, owner)
        assert send(client, f"{address(survey, job)}/cancel").status_code == 303
        db.session.refresh(job)
        assert job.state is JobState.CANCELLED
        assert "The export is cancelled." in client.get(address(survey)).text

    def test_not_by_others(self, client: FlaskClient, survey: Survey, owner: User) -> None:
        job = ask(survey, owner)
        login(client, make_user("root"))
        send(client, f"{address(survey, job)}/cancel")
        db.session.refresh(job)
        assert job.state is JobState.QUEUED


class TestTheLargeAndTheSmall:
    @pytest.mark.parametrize("exporter", [CsvExporter, XlsxExporter])
    def test_a_large_file_is_made_by_a_job(
        self, client: FlaskClient, survey: Survey, owner: User, monkeypatch: pytest.MonkeyPatch, exporter: Any
    ) -> None:
        add_replies(survey, SAMPLE_ANSWERS, SAMPLE_ANSWERS)
        login(client, owner)
        monkeypatch.setattr(exporter, "cells_at_once", 3)
        small = send(client, address(survey), {"format": exporter.name, "chosen": "1", "column": ["age"]})
        assert (small.status_code, small.mimetype) == (200, exporter.media_type)
        large = send(client, address(survey), {"format": exporter.name, "chosen": "1", "column": ["age", "team"]})
        assert large.status_code == 303
        (job,) = db.session.scalars(select(Job))
        assert job.payload["plan"]["columns"] == ["age", "team"]
        assert "It begins in a moment." in client.get(large.location).text
        assert len(entries("reply.export")) == 1


class TestSweeping:
    def sweep(self, app: Flask) -> int:
        kind = JOB_KINDS["reply.forget_exports"]
        assert kind.due is not None
        assert kind.due()
        result = kind.run(JobContext(1, "x", "x", 1, None, "system"), {})
        assert result is not None
        return int(result["deleted"])

    def age(self, folder: Path) -> None:
        for path in folder.iterdir():
            os.utime(path, (1, 1))

    def test_what_may_be_fetched_stays(self, app: Flask, survey: Survey, owner: User, run: Any, folder: Path) -> None:
        job = run(ask(survey, owner))
        self.age(folder)
        assert self.sweep(app) == 0
        with unit_of_work():
            job.result = {**job.result, "expires": now().isoformat()}
        assert self.sweep(app) == 1
        assert list(folder.iterdir()) == []

    @pytest.mark.parametrize("what", ["survey", "account"])
    def test_what_nobody_may_fetch_any_more_goes(
        self, app: Flask, survey: Survey, owner: User, run: Any, folder: Path, what: str
    ) -> None:
        run(ask(survey, owner))
        self.age(folder)
        with unit_of_work():
            if what == "survey":
                survey.deleted_at = now()
            else:
                owner.status = UserStatus.INACTIVE
        assert self.sweep(app) == 1

    def test_what_a_dead_worker_left_goes_and_what_is_being_written_stays(self, app: Flask, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        (folder / ".abc.tmp").write_bytes(b"half")
        assert self.sweep(app) == 0
        self.age(folder)
        assert self.sweep(app) == 1
        assert not JOB_KINDS["reply.forget_exports"].due()  # type: ignore[misc]
