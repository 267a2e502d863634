"""Importing replies in the console: a file is sent, its columns are chosen, it is checked, then imported."""

from __future__ import annotations

import datetime as dt
import os

import pytest
from sqlalchemy import delete, select

from admin_app.audit.models import AuditBatch, AuditEntry
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import NotFoundError
from admin_app.core.permissions import SYSTEM
from admin_app.jobs.kinds import JobCancelled
from admin_app.jobs.models import Job, JobState
from admin_app.jobs.operations import enqueue
from admin_app.replies import upload_operations
from admin_app.replies.models import ReplyUpload
from admin_app.replies.upload_files import upload_folder
from admin_app.replies.upload_operations import KEPT
from admin_app.surveys import operations as surveys
from tests.factories import SAMPLE_ANSWERS, login, make_role, make_survey, make_user
from tests.helpers import count_statements, send
from tests.replies.imports import Importing, files, nothing_stored, replies, uploads, workbook

CODES = """\
Timestamp,name,age,height,started,happy,team,tools,remote,late,comment
10/14/16 10:05,Ada,36,1.75,2020-02-29,yes,dev,"python, r",often,never,All well.
10/15/16 23:00,,,,,,,,,,
"""
BAD = "name,age\nAda,36\nBob,x\nCarl,10\n"


class TestTheWayThrough:
    def test_from_a_file_to_replies(self, importing, survey, root):
        address = importing.sent(CODES)
        form = importing.form(address)
        assert [form[f"target-{index}"] for index in (0, 1, 8)] == ["reply.submitted_at", "name", "habits__remote"]
        assert form["cells"] == ""
        assert importing.check(address).location == f"{address}/report"
        text = importing.client.get(f"{address}/report").text
        assert "Every row can be imported." in text
        assert "Import 2 replies" in text
        assert "All well." in text
        assert nothing_stored()
        done = importing.imported(address)
        assert "2 replies were imported." in done
        first, second = replies()
        assert (first.answers, first.source) == (SAMPLE_ANSWERS, "import")
        assert first.submitted_at == dt.datetime(2016, 10, 14, 10, 5, tzinfo=dt.UTC)
        assert set(second.answers.values()) == {None}
        (batch,) = db.session.scalars(select(AuditBatch))
        assert (batch.action, batch.records, batch.actor_name) == ("reply.import", 2, root.label)
        (entry,) = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "reply.import"))
        assert (entry.batch_id, entry.changes) == (batch.id, {"replies": [None, 2]})
        # Nothing that quotes the file stays.
        (upload,) = uploads()
        assert (files(), upload.plan, upload.report, upload.batch_id) == ([], {}, None, batch.id)
        # The replies of this import alone, by the link on the importing.
        listed = importing.client.get(f"/admin/reply/?g1.survey={survey.id}&g1.import={batch.id}").text
        assert first.public_id in listed
        assert second.public_id in listed
        assert first.public_id not in importing.client.get(f"/admin/reply/?g1.import={batch.id + 1}").text

    def test_it_can_be_undone(self, importing, root):
        address = importing.sent(CODES)
        importing.check(address)
        importing.imported(address)
        (batch,) = db.session.scalars(select(AuditBatch))
        done = importing.post(f"/admin/undo/{batch.public_id}", url=f"{address}/report")
        assert done.location == f"{address}/report"
        assert all(reply.deleted_at is not None for reply in replies())
        text = importing.client.get(f"{address}/report").text
        assert "This import was undone." in text
        assert "Undone: 2 records are as they were before." in text
        assert f"/admin/undo/{batch.public_id}" not in text

    def test_undo_takes_the_right_to_delete(self, app, client, survey):
        clerk = make_user("clerk", make_role("Clerk", survey="R:all", reply="RC:all"))
        login(client, clerk)
        importing = Importing(app, client, survey)
        address = importing.sent(CODES)
        importing.check(address)
        assert "/admin/undo/" not in importing.imported(address)
        (batch,) = db.session.scalars(select(AuditBatch))
        assert importing.post(f"/admin/undo/{batch.public_id}").status_code == 403
        assert [reply.deleted_at for reply in replies()] == [None, None]
        assert db.session.scalars(select(AuditBatch)).one().undone_at is None

    def test_a_workbook_with_typed_cells(self, importing):
        rows = [
            ["Sent", "name", "age", "height", "started", "happy", "team"],
            [
                dt.datetime(2026, 3, 31, 14, 5),  # noqa: DTZ001 - workbooks know no time zones
                "Ada",
                36.0,
                1.75,
                dt.date(2020, 2, 29),
                True,
                "dev",
            ],
        ]
        address = importing.sent(workbook(*rows), "replies.xlsx")
        importing.check(address, **{"target-0": "reply.submitted_at"})
        importing.imported(address)
        (reply,) = replies()
        assert reply.submitted_at == dt.datetime(2026, 3, 31, 14, 5, tzinfo=dt.UTC)
        facts = {"name": "Ada", "age": 36, "height": 1.75, "started": "2020-02-29", "happy": True, "team": "dev"}
        assert reply.answers == facts

    def test_another_sheet(self, importing):
        content = workbook(["nothing"], ["x"], People=[["name"], ["Ada"]])
        address = importing.sent(content, "replies.xlsx")
        assert importing.form(address)["target-0"] == ""
        importing.post(address, do="read", sheet="People")
        assert importing.form(address)["target-0"] == "name"
        importing.check(address)
        importing.imported(address)
        assert [reply.answers for reply in replies()] == [{"name": "Ada"}]

    def test_another_encoding_is_said_and_not_guessed(self, importing):
        address = importing.sent("name\nRené\n".encode("cp1252"))
        answer = importing.client.get(address)
        assert answer.status_code == 422
        assert "line 2 of “replies.csv” is not UTF-8 (byte 0xe9)" in answer.text
        importing.post(address, do="read", encoding="windows-1252")
        assert "Windows-1252" in importing.client.get(address).text
        importing.check(address)
        importing.imported(address)
        assert replies()[0].answers == {"name": "René"}

    def test_labels_are_proposed_where_the_cells_hold_them(self, importing):
        address = importing.sent("team\nOperations\nKitchen\n")
        assert importing.form(address)["cells"] == "labels"
        importing.check(address)
        assert "answer holds “other” text" in importing.client.get(f"{address}/report").text

    def test_columns_go_by_the_wordings_too(self, importing):
        headers = ["Your AGE", "How often do you: work late", "How often do you [work from home]", "Your team (other)"]
        form = importing.form(importing.sent(",".join([*headers, "Nonsense"]) + "\n36,often,often,x,y\n"))
        targets = ["age", "habits__late", "habits__remote", "team__other", ""]
        assert [form[f"target-{index}"] for index in range(5)] == targets

    def test_rows_that_cannot_be_taken(self, importing):
        address = importing.sent(BAD)
        importing.check(address)
        text = importing.client.get(f"{address}/report").text
        assert "2 rows cannot be taken." in text
        assert "Write a whole number in digits only" in text
        # Nobody has said that the others are wanted without them.
        importing.post(f"{address}/report")
        assert importing.work() == []
        assert "Some rows cannot be taken." in importing.client.get(f"{address}/report").text
        assert nothing_stored()
        done = importing.imported(address, without="1")
        assert "1 reply was imported." in done
        assert uploads()[0].left_out == 2

    def test_all_findings_as_a_file(self, importing):
        address = importing.sent("name,age\n" + "=1,x\n" * 600)
        importing.check(address)
        text = importing.client.get(f"{address}/report").text
        assert "and 500 more" in text
        file = importing.client.get(f"{address}/findings.csv")
        assert file.mimetype == "text/csv"
        head, *lines = file.data.decode("utf-8-sig").splitlines()
        assert head == "Row,Column,Question,What was found"
        assert len(lines) == 600
        assert lines[-1].startswith("601,age,")

    def test_the_same_file_twice(self, importing):
        for number in range(2):
            address = importing.sent("name\nAda\n")
            assert ("imported already" in importing.client.get(address).text) == bool(number)
            importing.check(address)
            importing.imported(address)
        assert len(replies()) == 2

    def test_a_file_of_the_command_line_is_known(self, importing, cli, survey, tmp_path):
        path = tmp_path / "a.csv"
        path.write_text("name\nAda\n")
        assert cli("reply", "import", survey.public_id, path).exit_code == 0
        again = cli("reply", "import", survey.public_id, path, "--dry-run")
        assert "This file was imported already, on " in again.stderr
        assert "imported already" in importing.client.get(importing.sent("name\nAda\n")).text

    def test_back_to_the_columns_keeps_everything(self, importing):
        address = importing.sent("x,date,name\n1,3/4/16,Ada\n")
        chosen = {"target-0": "age", "target-1": "reply.submitted_at", "unknown": "keep", "dates": "day"}
        importing.check(address, **chosen)
        form = importing.form(address)
        assert {name: form[name] for name in chosen} == chosen

    def test_a_limit_is_told_and_does_not_hold(self, importing, survey):
        with unit_of_work():
            surveys.update_survey(survey, {"reply_limit": 1}, actor=SYSTEM)
        assert "The limit of 1 reply does not hold a file up" in importing.client.get(importing.page).text
        address = importing.sent(CODES)
        importing.check(address)
        importing.imported(address)
        assert len(replies()) == 2

    def test_it_can_be_given_up(self, importing):
        address = importing.sent(CODES)
        assert importing.post(f"{address}/discard").location == importing.page
        assert (files(), uploads()) == ([], [])
        assert importing.client.get(address).status_code == 404

    def test_the_list_of_replies_leads_here(self, importing, survey):
        listed = importing.client.get(f"/admin/reply/?g1.survey={survey.id}").text
        assert listed.count(importing.page) == 2
        assert "No replies yet" in listed

    def test_required_questions_without_a_column_are_named(self, importing):
        assert "No column goes to these required questions" in importing.client.get(importing.sent("age\n36\n")).text

    @pytest.mark.parametrize("place", ["", "/report"])
    def test_statements(self, importing, place):
        address = importing.sent(CODES)
        importing.check(address)
        with count_statements(db.engine) as seen:
            assert importing.client.get(address + place).status_code == 200
        assert len(seen) <= 12, seen


class TestLargeFiles:
    ROWS = "name,comment\n" + "Ada,All is well here and everywhere.\n" * 12_000

    def test_a_job_checks_it(self, importing):
        address = importing.sent(self.ROWS)
        importing.check(address)
        text = importing.client.get(f"{address}/report").text
        assert "It begins in a moment." in text
        # While it is read, nothing about it can be changed.
        assert importing.client.get(address).location == f"{address}/report"
        importing.post(f"{address}/discard")
        assert len(uploads()) == 1
        part = importing.client.get(f"{address}/report", headers={"HX-Request": "true"})
        assert "<html" not in part.text
        (job,) = importing.work()
        assert (job.kind, job.state) == ("reply.check_file", JobState.DONE)
        ended = importing.client.get(f"{address}/report", headers={"HX-Request": "true"})
        assert ended.headers["HX-Refresh"] == "true"
        assert "Import 12,000 replies" in importing.client.get(f"{address}/report").text
        importing.imported(address)
        assert len(replies()) == 12_000

    def test_a_fault_of_the_file_is_told_on_the_columns(self, importing):
        address = importing.sent(self.ROWS + '"open\n')
        importing.check(address)
        (job,) = importing.work()
        assert job.state is JobState.FAILED
        answer = importing.client.get(f"{address}/report")
        assert answer.location == address
        assert "a quotation mark is opened and not closed" in importing.client.get(address).text

    def test_cancelled_before_it_began(self, importing):
        address = importing.sent(self.ROWS)
        importing.check(address)
        importing.post(f"{address}/cancel")
        assert importing.work() == []
        assert importing.client.get(f"{address}/report").location == address


class Killed(BaseException):
    """What ends a worker in the middle."""


class TestJobs:
    @pytest.fixture
    def checked(self, importing):
        address = importing.sent(CODES)
        importing.check(address)
        return address

    def test_a_cancelled_import_stores_nothing(self, importing, checked):
        importing.post(f"{checked}/report")
        importing.post(f"{checked}/cancel")
        assert importing.work() == []
        assert nothing_stored()
        assert "The import was cancelled. Nothing was stored." in importing.client.get(f"{checked}/report").text
        assert "2 replies were imported." in importing.imported(checked)

    def test_cancelled_at_the_last_moment(self, importing, checked, monkeypatch):
        """All is stored and not yet committed: none of it stays."""
        real = upload_operations.import_replies

        def cancelled(*args, **options):
            real(*args, **options)
            raise JobCancelled

        monkeypatch.setattr(upload_operations, "import_replies", cancelled)
        importing.post(f"{checked}/report")
        (job,) = importing.work()
        assert job.state is JobState.CANCELLED
        assert nothing_stored()
        assert len(files()) == 1

    def test_a_worker_that_was_killed_after_storing_stores_nothing_twice(self, importing, checked):
        importing.post(f"{checked}/report")
        (job,) = importing.work()
        with unit_of_work():
            job.state, job.finished_at = JobState.QUEUED, None
        (again,) = importing.work()
        assert (again.state, again.result) == (JobState.DONE, {"stored": 2})
        assert len(replies()) == 2

    def test_a_worker_that_was_killed_while_storing_begins_anew(self, importing, checked, monkeypatch):
        def killed(*_args, **_options):
            raise Killed

        importing.post(f"{checked}/report")
        with monkeypatch.context() as patch:
            patch.setattr(upload_operations, "import_replies", killed)
            with pytest.raises(Killed):
                importing.work()
        assert nothing_stored()
        db.session.rollback()
        with unit_of_work():
            job = db.session.scalars(select(Job)).one()
            job.state, job.lease_until = JobState.QUEUED, None
        importing.work()
        assert len(replies()) == 2

    def test_the_button_pressed_twice(self, importing, checked):
        importing.post(f"{checked}/report")
        importing.post(f"{checked}/report")
        assert len(importing.work()) == 1
        importing.post(f"{checked}/report")
        assert importing.work() == []
        assert len(replies()) == 2

    def test_rights_are_asked_for_again(self, app, client, survey):
        role = make_role("Clerk", survey="R:all", reply="RC:all")
        clerk = make_user("clerk", role)
        login(client, clerk)
        importing = Importing(app, client, survey)
        address = importing.sent(CODES)
        importing.check(address)
        importing.post(f"{address}/report")
        with unit_of_work():
            for grant in list(role.grants):
                if (grant.resource, grant.letter) == ("reply", "C"):
                    db.session.delete(grant)
        (job,) = importing.work()
        assert job.state is JobState.FAILED
        assert nothing_stored()

    @pytest.mark.parametrize("happened", ["published", "archived", "deleted"])
    def test_what_became_of_the_survey_meanwhile(self, importing, survey, checked, happened):
        importing.post(f"{checked}/report")
        if happened == "published":
            with unit_of_work():
                surveys.update_survey(survey, {"introduction": "<p>New.</p>"}, actor=SYSTEM)
            with unit_of_work():
                surveys.publish_survey(survey, actor=SYSTEM)
        elif happened == "archived":
            with unit_of_work():
                surveys.close_survey(survey, actor=SYSTEM)
            with unit_of_work():
                surveys.archive_survey(survey, actor=SYSTEM)
        else:
            with unit_of_work():
                surveys.delete_survey(survey, actor=SYSTEM)
        (job,) = importing.work()
        assert job.state is JobState.FAILED
        expected = {"published": "published meanwhile", "archived": "is archived", "deleted": "was deleted"}
        assert expected[happened] in job.error
        assert replies() == []

    def test_what_nobody_came_back_to_is_forgotten(self, app, importing, checked):
        (upload,) = uploads()
        stray = upload_folder().root / "stray"
        stray.write_text("left behind")
        with unit_of_work():
            enqueue("reply.forget_files", {}, actor=SYSTEM)
        importing.work()
        assert len(files()) == 2
        old = (now() - KEPT - dt.timedelta(minutes=1)).timestamp()
        for name in files():
            os.utime(upload_folder().root / name, (old, old))
        with unit_of_work():
            upload.created_at = now() - KEPT - dt.timedelta(minutes=1)
            enqueue("reply.forget_files", {}, actor=SYSTEM)
        importing.work()
        assert (files(), uploads()) == ([], [])


class TestRefusals:
    def test_what_was_not_checked_is_not_imported(self, importing):
        address = importing.sent(CODES)
        importing.post(f"{address}/report")
        assert importing.work() == []
        assert "Check the file first, then import it." in importing.client.get(address).text
        assert nothing_stored()

    def test_what_was_given_up_in_another_window(self, importing, root):
        address = importing.sent(CODES)
        importing.check(address)
        (upload,) = uploads()
        db.session.refresh(upload, ["survey", "job", "batch"])
        with unit_of_work() as session:
            session.execute(delete(ReplyUpload))
        with pytest.raises(NotFoundError), unit_of_work():
            upload_operations.start_import(upload, without=True, actor=root)
        assert importing.work() == []
        assert nothing_stored()


class TestRights:
    def test_another_one_s_file(self, app, importing, survey):
        address = importing.sent(CODES)
        importing.check(address)
        other = app.test_client()
        login(other, make_user("otto"))
        for tail in ("", "/report", "/findings.csv"):
            assert other.get(address + tail).status_code == 404
        for tail in ("", "/report", "/cancel", "/discard"):
            assert send(other, address + tail, {"do": "check"}).status_code == 404
        assert (len(uploads()), len(files()), replies()) == (1, 1, [])

    def test_another_survey_s_address(self, importing, client):
        address = importing.sent(CODES)
        other = make_survey(opened=True, title="Other")
        moved = address.replace(f"/{importing.survey_id}/", f"/{other.id}/")
        assert client.get(moved).status_code == 404

    @pytest.mark.parametrize("grants", [{"reply": "R:all"}, {"reply": "C:own"}, {}])
    def test_it_takes_the_right_to_add_replies_to_that_survey(self, app, client, survey, grants):
        login(client, make_user("vera", make_role("Some", survey="R:all", **grants)))
        importing = Importing(app, client, survey)
        # Who may not even see its replies is told that there is nothing.
        assert client.get(importing.page).status_code in {403, 404}
        assert importing.send(CODES).status_code in {403, 404}
        assert (files(), uploads()) == ([], [])
        assert importing.page not in client.get(f"/admin/reply/?g1.survey={survey.id}").text
