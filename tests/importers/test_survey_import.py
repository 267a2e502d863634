"""`canvass survey import`."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from admin_app.audit.models import AuditEntry
from admin_app.core.db import db
from admin_app.surveys.models import Survey, SurveyState
from admin_app.surveys.queries import draft_questionnaire, questionnaire_of, survey_by_public_id
from tests.factories import make_user

SURVEY = [
    ["type", "name", "label", "relevant"],
    ["begin group", "g", "About you"],
    ["select_one size", "fit", "Your size"],
    ["text", "why", "Why?"],
    ["end group"],
]
CHOICES = [["list_name", "name", "label"], ["size", "s", "Small"], ["size", "l", "Large"]]
SETTINGS = [["form_title", "version"], ["Clothes", 3]]


@pytest.fixture
def path(workbook):
    return workbook(survey=SURVEY, choices=CHOICES, settings=SETTINGS)


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


class TestImport:
    def test_it_works(self, cli, path):
        owner = make_user("anna")
        done = cli("survey", "import", path)
        assert (done.exit_code, done.stderr) == (0, "note: settings!B2: not kept, for publishing counts versions.\n")
        survey = survey_by_public_id(done.stdout.strip())
        assert (survey.title, survey.state, survey.owner.id) == ("Clothes", SurveyState.DRAFT, owner.id)
        questionnaire = draft_questionnaire(survey)
        assert [section.title for section in questionnaire.sections] == ["About you"]
        assert [question.key for question in questionnaire.questions()] == ["fit", "why"]
        assert questionnaire.by_key["fit"].labels == {"s": "Small", "l": "Large"}
        assert db.session.scalars(select(AuditEntry.action).where(AuditEntry.resource == "survey")).all() == [
            "survey.create"
        ]

    def test_it_publishes(self, cli, path):
        make_user()
        survey = survey_by_public_id(cli("survey", "import", path, "--publish").stdout.strip())
        assert survey.state is SurveyState.DRAFT
        assert len(questionnaire_of(survey.current_version).by_key) == 2

    @pytest.mark.parametrize("flags", [["--open"], ["--publish", "--open"]])
    def test_it_opens(self, cli, path, flags):
        make_user()
        survey = survey_by_public_id(cli("survey", "import", path, *flags).stdout.splitlines()[-1])
        assert survey.state is SurveyState.OPEN
        assert survey.current_version.number == 1

    def test_the_owner_by_name(self, cli, path):
        make_user("anna")
        make_user("berta", role="editor")
        done = cli("survey", "import", path, "--owner", "BERTA")
        assert survey_by_public_id(done.stdout.strip()).owner.username == "berta"

    def test_with_force_it_takes_the_rest(self, cli, workbook):
        make_user()
        rows = [*SURVEY[:4], ["text", "more", "More", "${why} = 'x'"], *SURVEY[4:]]
        done = cli("survey", "import", workbook(survey=rows, choices=CHOICES), "--force")
        assert (done.exit_code, done.stderr) == (
            0,
            "unsupported: survey!D5: relevant “${why} = 'x'” is not supported.\n",
        )
        assert len(draft_questionnaire(survey_by_public_id(done.stdout.strip())).by_key) == 3


class TestRefusals:
    def refuse(self, done, *words):
        assert (done.exit_code, done.stdout) == (1, "")
        for word in words:
            assert word in done.stderr
        assert count(Survey) == 0
        assert count(AuditEntry) == 0

    def test_without_an_administrator(self, cli, path):
        self.refuse(cli("survey", "import", path), "There is no administrator yet.")

    def test_an_owner_who_is_not_there(self, cli, path):
        make_user()
        self.refuse(cli("survey", "import", path, "--owner", "nobody"), "There is no user named “nobody”.")

    def test_what_is_not_supported(self, cli, workbook):
        make_user()
        rows = [*SURVEY[:4], ["geopoint", "where", "Where?"], ["text", "more", "More", "1"], *SURVEY[4:]]
        done = cli("survey", "import", workbook(survey=rows, choices=CHOICES))
        self.refuse(done, "Use --force to import the rest.", "  survey!A5: ", "  survey!D6: relevant “1” is not")

    def test_errors_with_force(self, cli, workbook):
        make_user()
        rows = [*SURVEY, ["text", "fit", "Again"]]
        done = cli("survey", "import", workbook(survey=rows, choices=CHOICES), "--force")
        self.refuse(done, "survey!B6: the name “fit” is taken by row 3.")

    def test_what_cannot_be_published_is_not_stored_either(self, cli, workbook):
        make_user()
        path = workbook(survey=[SURVEY[0], ["note", "n", "Only a note"]])
        self.refuse(cli("survey", "import", path, "--publish"), "cannot be published")
        assert cli("survey", "import", path).exit_code == 0

    def test_another_kind_of_file(self, cli, tmp_path):
        (tmp_path / "form.docx").write_text("hello")
        self.refuse(cli("survey", "import", tmp_path / "form.docx"), "“form.docx” is not a file that can be imported")

    def test_a_file_that_is_not_there_is_wrong_usage(self, cli, tmp_path):
        assert cli("survey", "import", tmp_path / "no.xlsx").exit_code == 2
