"""`canvass survey ...`."""

from __future__ import annotations

import json

import pytest

from admin_app.core.db import db
from admin_app.surveys.queries import survey_by_public_id
from admin_app.surveys.questionnaire import Questionnaire, QuestionSpec, SectionSpec
from tests.factories import make_survey


def test_a_draft_goes_the_whole_way(cli):
    survey = make_survey()
    steps = [("publish", "draft"), ("open", "open"), ("pause", "paused"), ("open", "open"), ("close", "closed")]
    for command, state in steps:
        done = cli("survey", command, survey.public_id)
        assert done.exit_code == 0, done.output
        db.session.expire_all()
        assert survey.state.value == state
    assert cli("survey", "publish", survey.public_id).exit_code == 1


def test_a_refusal_is_a_sentence(cli):
    done = cli("survey", "open", make_survey().public_id)
    assert done.exit_code == 1
    assert done.stderr == "It has not been published yet.\n"


@pytest.mark.parametrize("command", ["publish", "open", "pause", "close", "lint", "export"])
@pytest.mark.parametrize("public_id", ["nothing", "1", "' or 1=1", "\udcff", "x" * 1000])
def test_an_unknown_id_is_a_sentence(cli, command, public_id):
    done = cli("survey", command, public_id)
    assert (done.exit_code, done.stderr) == (1, "There is no survey with this id.\n")


@pytest.mark.parametrize("arguments", [("publish",), ("frobnicate",), ("list", "--nonsense")])
def test_wrong_usage_is_exit_2(cli, arguments):
    assert cli("survey", *arguments).exit_code == 2


def test_list(cli):
    make_survey(title="First")
    survey = make_survey(opened=True, title="Zweite “Umfrage”", reply_limit=5)
    lines = cli("survey", "list").stdout.splitlines()
    assert len(lines) == 2
    assert lines[0].split()[:3] == [survey.public_id, "open", "0"]
    documents = json.loads(cli("survey", "list", "--json").stdout)
    assert [(one["title"], one["state"], one["version"]) for one in documents] == [
        ("Zweite “Umfrage”", "open", 1),
        ("First", "draft", None),
    ]
    assert documents[0]["id"] == survey.public_id
    assert (documents[0]["owner"], documents[0]["reply_limit"], documents[0]["replies"]) == ("owner", 5, 0)


def test_list_of_none(cli):
    assert json.loads(cli("survey", "list", "--json").stdout) == []


class TestLint:
    def test_a_sound_draft(self, cli):
        done = cli("survey", "lint", make_survey().public_id)
        assert (done.exit_code, done.stdout) == (0, "Nothing to complain about.\n")

    def test_errors_exit_1(self, cli):
        bad = QuestionSpec("", "colour", "single_choice", "Colour?")
        survey = make_survey(questionnaire=Questionnaire("Bad", sections=(SectionSpec("", "", "", (bad,)),)))
        done = cli("survey", "lint", survey.public_id)
        assert (done.exit_code, done.stdout) == (1, "error: colour: There are no choices.\n")

    def test_warnings_do_not(self, cli):
        good = QuestionSpec("", "a", "text", "A")
        sections = (SectionSpec("", "", "", (good,)), SectionSpec("", "End"))
        done = cli("survey", "lint", make_survey(questionnaire=Questionnaire("T", sections=sections)).public_id)
        assert (done.exit_code, done.stdout) == (0, "warning: End: The section has no questions.\n")


class TestExport:
    def test_it_comes_back(self, cli, tmp_path):
        survey, path = make_survey(), tmp_path / "form.xlsx"
        done = cli("survey", "export", survey.public_id, "--format", "xlsform", "--out", path)
        assert (done.exit_code, done.stdout) == (0, "")
        assert done.stderr.startswith("note: survey: canvass_description: Canvass reads this column")
        again = cli("survey", "import", path, "--owner", "owner")
        assert again.exit_code == 0, again.output
        assert survey_by_public_id(again.stdout.strip()).title == "Working here"

    def test_without_a_file_it_goes_to_standard_output(self, cli):
        done = cli("survey", "export", make_survey().public_id)
        assert done.exit_code == 0
        assert done.stdout_bytes.startswith(b"PK")

    def test_a_file_that_cannot_be_written_is_a_sentence(self, cli, tmp_path):
        done = cli("survey", "export", make_survey().public_id, "--out", tmp_path / "no" / "form.xlsx")
        assert done.exit_code == 1
        assert done.stderr.startswith("The file cannot be written: ")

    def test_another_format_is_wrong_usage(self, cli):
        assert cli("survey", "export", make_survey().public_id, "--format", "docx").exit_code == 2
