"""`canvass reply import`: what is stored, and when nothing is."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select

from admin_app.audit.models import AuditBatch, AuditEntry
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ConflictError, ForbiddenError, NotFoundError
from admin_app.core.permissions import SYSTEM
from admin_app.replies.importer_operations import import_replies, version_for_import
from admin_app.replies.models import Reply, ReplyKind, ReviewStatus
from admin_app.surveys import operations as surveys
from tests.factories import SAMPLE_ANSWERS, make_role, make_survey, make_user
from tests.replies.imports import workbook

CODES = """\
Timestamp,name,age,height,started,happy,team,tools,remote,late,comment
10/14/16 10:05,Ada,36,1.75,2020-02-29,yes,dev,"python, r",often,never,All well.
10/15/16 23:00,,,,,,,,,,
"""
LABELS = """\
Timestamp\tteam\ttools
10/14/16 10:05\tOperations\tpython, Rust
10/15/16 10:05\tKitchen\tNone of these
"""


@pytest.fixture
def survey(app):
    return make_survey(opened=True)


@pytest.fixture
def run(cli, survey, tmp_path):
    """Write a file and import it."""

    def run(text: str, *flags: str):
        path = tmp_path / "replies.csv"
        path.write_text(text)
        return cli("reply", "import", survey.public_id, path, *flags)

    return run


def replies() -> list[Reply]:
    return list(db.session.scalars(select(Reply).order_by(Reply.id)))


def entries() -> list[AuditEntry]:
    return list(db.session.scalars(select(AuditEntry).where(AuditEntry.action == "reply.import")))


def assert_nothing_stored():
    assert replies() == []
    assert entries() == []
    assert db.session.scalar(select(func.count()).select_from(AuditBatch)) == 0


class TestImport:
    def test_it_works(self, run, survey):
        done = run(CODES)
        assert (done.exit_code, done.stderr) == (0, "")
        assert done.stdout == "Stored 2 of 2 replies to “Working here”.\n"
        first, second = replies()
        assert first.answers == SAMPLE_ANSWERS
        assert (first.kind, first.test, first.review_status) == (ReplyKind.COMPLETE, False, ReviewStatus.NEW)
        assert (first.source, first.language, first.version_id) == ("import", "en", survey.current_version_id)
        assert first.submitted_at == dt.datetime(2016, 10, 14, 10, 5, tzinfo=dt.UTC)
        assert first.receipt_hash is None
        assert set(second.answers.values()) == {None}
        assert set(second.answers) == set(SAMPLE_ANSWERS)

    def test_one_batch_and_one_entry_without_answers(self, run, survey):
        run(CODES)
        (entry,) = entries()
        assert (entry.record_id, entry.record_name, entry.changes) == (
            survey.id,
            "Working here",
            {"replies": [None, 2]},
        )
        assert "Ada" not in repr(entry.changes)
        (batch,) = db.session.scalars(select(AuditBatch))
        assert (batch.id, batch.action, batch.resource, batch.records) == (entry.batch_id, "reply.import", "reply", 2)
        assert {reply.batch_id for reply in replies()} == {batch.id}

    def test_labels_and_other_words(self, run):
        done = run(LABELS, "--labels")
        assert done.exit_code == 0
        assert "2 answers hold “other” text: " in done.stdout
        assert "There is no column for: name, age," in done.stdout
        assert [reply.answers for reply in replies()] == [
            {"team": "ops", "tools": ["python"], "tools__other": "Rust"},
            {"team": None, "team__other": "Kitchen", "tools": ["none"]},
        ]

    def test_a_limit_does_not_stop_it_but_counts(self, run, survey):
        with unit_of_work():
            surveys.update_survey(survey, {"reply_limit": 1}, actor=SYSTEM)
        assert run(CODES).exit_code == 0
        db.session.expire_all()
        assert (len(replies()), survey.reply_count) == (2, 2)

    def test_without_a_limit_nothing_is_counted(self, run, survey):
        run(CODES)
        db.session.expire_all()
        assert survey.reply_count == 0

    def test_a_closed_survey_takes_a_file(self, run, survey):
        with unit_of_work():
            surveys.close_survey(survey, actor=SYSTEM)
        assert run(CODES).exit_code == 0

    def test_more_rows_than_are_held_at_once(self, run, monkeypatch):
        monkeypatch.setattr("admin_app.replies.importer_operations.CHUNK", 10)
        assert run("name\n" + "Ada\n" * 35).exit_code == 0
        assert len(replies()) == 35
        assert entries()[0].changes == {"replies": [None, 35]}

    def test_order_of_dates_on_the_command_line(self, run):
        assert run("date,name\n3/4/16,Ada\n").exit_code == 1
        assert run("date,name\n3/4/16,Ada\n", "--dates", "day-first").exit_code == 0
        assert replies()[0].submitted_at.month == 4


class TestBadRows:
    BAD = "name,age\nAda,36\nBob,x\nCarl,10\n"
    LINES = [
        "row 3: age: “x”: Write a whole number in digits only, such as 42.",
        "row 4: age: “10”: The number must be 16 or more.",
        "2 rows of 3 cannot be taken: age (2).",
    ]

    def test_one_bad_row_stores_nothing(self, run):
        done = run(self.BAD)
        assert (done.exit_code, done.stdout) == (1, "")
        assert done.stderr.splitlines() == [*self.LINES, "Nothing was stored."]
        assert_nothing_stored()

    def test_the_good_ones_where_that_was_asked_for(self, run):
        done = run(self.BAD, "--skip-bad")
        assert (done.exit_code, done.stderr.splitlines()) == (0, self.LINES)
        assert done.stdout.splitlines()[-1] == "Stored 1 of 3 replies to “Working here”."
        assert [reply.answers for reply in replies()] == [{"name": "Ada", "age": 36}]

    def test_a_dry_run_says_the_same_and_stores_nothing(self, run):
        bad, good = run(self.BAD, "--dry-run"), run(CODES, "--dry-run")
        assert (bad.exit_code, bad.stderr.splitlines()) == (1, [*self.LINES, "Nothing was stored."])
        assert (good.exit_code, good.stdout) == (0, "2 of 2 replies can be stored. This was a dry run.\n")
        skipped = run(self.BAD, "--dry-run", "--skip-bad")
        assert (skipped.exit_code, skipped.stderr.splitlines()) == (0, self.LINES)
        assert skipped.stdout.splitlines()[-1] == "1 of 3 replies can be stored. This was a dry run."
        assert_nothing_stored()

    def test_unknown_words(self, run, survey):
        text = 'remote\nsometimes\n"often, I guess"\n'
        assert run(text).exit_code == 1
        assert run(text, "--unknown", "refuse").exit_code == 1
        assert_nothing_stored()
        done = run(text, "--unknown", "other")
        assert "1 answer that is no choice is kept" in done.stdout
        assert replies()[1].answers == {"habits": None, "habits__other": "remote: often, I guess"}

    def test_a_fault_in_the_last_row_undoes_the_chunks_before(self, survey):
        def records():
            yield {"answers": {"name": "Ada"}}
            raise RuntimeError("the disk is gone")

        with pytest.raises(RuntimeError), unit_of_work():
            import_replies(survey, survey.current_version, records(), actor=SYSTEM)
        assert_nothing_stored()


class TestRefusals:
    def test_no_such_survey(self, cli, app, tmp_path):
        path = tmp_path / "a.csv"
        path.write_text(CODES)
        done = cli("reply", "import", "nothing", path)
        assert (done.exit_code, done.stderr) == (1, "There is no survey with this id.\n")

    def test_a_survey_that_was_never_published(self, cli, app, tmp_path):
        path = tmp_path / "a.csv"
        path.write_text(CODES)
        done = cli("reply", "import", make_survey().public_id, path)
        assert done.exit_code == 1
        assert "has never been published" in done.stderr
        assert_nothing_stored()

    def test_an_archived_survey(self, run, survey):
        with unit_of_work():
            surveys.close_survey(survey, actor=SYSTEM)
        with unit_of_work():
            surveys.archive_survey(survey, actor=SYSTEM)
        done = run(CODES)
        assert done.exit_code == 1
        assert "is archived" in done.stderr

    def test_a_file_that_is_not_there_is_wrong_usage(self, cli, survey, tmp_path):
        assert cli("reply", "import", survey.public_id, tmp_path / "no.csv").exit_code == 2

    def test_unknown_columns(self, run):
        done = run("name,nonsense\nAda,1\n", "--skip-bad")
        assert done.exit_code == 1
        assert "the column “nonsense” belongs to no question." in done.stderr
        assert_nothing_stored()

    def test_a_version_that_came_meanwhile(self, survey):
        version = version_for_import(survey, actor=SYSTEM)
        with unit_of_work():
            surveys.update_survey(survey, {"introduction": "<p>New.</p>"}, actor=SYSTEM)
        with unit_of_work():
            surveys.publish_survey(survey, actor=SYSTEM)
        with pytest.raises(ConflictError, match="published meanwhile"), unit_of_work():
            import_replies(survey, version, [], actor=SYSTEM)
        assert_nothing_stored()


class TestRights:
    def test_who_may_create_replies_may(self, survey):
        clerk = make_user("clerk", role=make_role("Clerk", survey="R:all", reply="RC:all"))
        with unit_of_work():
            assert import_replies(survey, survey.current_version, [{"answers": {}}], actor=clerk).records == 1
        assert entries()[0].actor_name == clerk.label

    def test_who_may_only_see_them_may_not(self, survey):
        viewer = make_user("viewer", role="viewer")
        with pytest.raises(ForbiddenError):
            version_for_import(survey, actor=viewer)
        with pytest.raises(ForbiddenError), unit_of_work():
            import_replies(survey, survey.current_version, [{"answers": {}}], actor=viewer)
        assert_nothing_stored()

    def test_a_stranger_to_the_survey_finds_nothing(self, survey):
        stranger = make_user("stranger", role=make_role("Own", survey="CRUD:own", reply="CRUD:own"))
        with pytest.raises(NotFoundError):
            version_for_import(survey, actor=stranger)


class TestRoundTrip:
    @pytest.mark.parametrize("flags", [[], ["--labels"]])
    def test_what_was_exported_comes_back(self, run, cli, survey, tmp_path, flags):
        run(CODES)
        run('name,comment,tools,tools__other\n=1+1,"a ""b"",\nc",r,Rust; Go\n')
        before = [(reply.answers, reply.submitted_at) for reply in replies()]
        path = tmp_path / "out.csv"
        assert cli("reply", "export", survey.public_id, "--format", "csv", "--out", path, *flags).exit_code == 0
        copy = make_survey(opened=True, title="Copy")
        done = cli("reply", "import", copy.public_id, path, *flags)
        assert (done.exit_code, done.stderr) == (0, "")
        after = [(reply.answers, reply.submitted_at) for reply in replies() if reply.survey_id == copy.id]
        # A file cannot tell what was not shown from what was skipped.
        empty = dict.fromkeys(SAMPLE_ANSWERS)
        assert [answers for answers, _ in after] == [{**empty, **answers} for answers, _ in before]
        assert [moment.replace(microsecond=0) for _, moment in before] == [moment for _, moment in after]


class TestColumns:
    """`--map`, `--sheet` and `--encoding`."""

    def test_columns_that_somebody_places(self, run):
        text = "Who,age,x=y,late\nAda,36,often,never\n"
        done = run(text, "--map", "Who=name", "--map", "x=y=habits__remote", "--map", "age=")
        assert (done.exit_code, done.stderr) == (0, "")
        assert replies()[0].answers == {"name": "Ada", "habits": {"remote": "often", "late": "never"}}

    def test_a_time_that_somebody_places(self, run):
        text = "came,date,name\n2016-10-14,x,Ada\n"
        assert run(text, "--map", "came=reply.submitted_at", "--map", "date=").exit_code == 0
        assert replies()[0].submitted_at == dt.datetime(2016, 10, 14, tzinfo=dt.UTC)

    @pytest.mark.parametrize(
        ("mapped", "sentence"),
        [
            ("name", "--map name: write it as COLUMN=KEY"),
            ("Nobody=name", "the file has no column “Nobody”"),
            ("name=nonsense", "the survey asks nothing with the key “nonsense”"),
            ("age=name", "mean the same"),
        ],
    )
    def test_what_cannot_be(self, run, mapped, sentence):
        done = run("name,age\nAda,36\n", "--map", mapped)
        assert done.exit_code == 1
        assert sentence in done.stderr
        assert_nothing_stored()

    def test_a_workbook(self, cli, survey, tmp_path):
        path = tmp_path / "a.xlsx"
        path.write_bytes(workbook(["nothing"], People=[["name", "happy"], ["Ada", True]]))
        assert cli("reply", "import", survey.public_id, path).exit_code == 1
        assert cli("reply", "import", survey.public_id, path, "--sheet", "People").exit_code == 0
        assert replies()[0].answers == {"name": "Ada", "happy": True}

    def test_another_encoding(self, cli, survey, tmp_path):
        path = tmp_path / "a.csv"
        path.write_bytes("name\nRené\n".encode("cp1252"))
        assert "not UTF-8" in cli("reply", "import", survey.public_id, path).stderr
        assert cli("reply", "import", survey.public_id, path, "--encoding", "windows-1252").exit_code == 0
        assert replies()[0].answers == {"name": "René"}

    def test_wordings_are_headers_too(self, run):
        assert run("Your name,Your age\nAda,36\n").exit_code == 0
        assert replies()[0].answers == {"name": "Ada", "age": 36}

    def test_how_dates_are_written_can_be_said(self, run):
        assert "Use --dates day-first or --dates month-first." in run("date,name\n3/4/16,Ada\n").stderr
