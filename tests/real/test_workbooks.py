"""Workbooks of other programs: imported, or refused with everything that is in the way."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from admin_app.core.db import db
from admin_app.surveys.importers import Level, importer_for
from admin_app.surveys.models import Survey
from admin_app.surveys.queries import draft_questionnaire, survey_by_public_id
from tests.factories import make_user


@pytest.fixture
def folder(data):
    return data / "xlsform"


def places(folder, name, level):
    return [remark.place for remark in importer_for(folder / name).read(folder / name).of(level)]


def cells(text: str) -> list[str]:
    """Names of cells, ranges of columns written out: "survey: A2 B3"."""
    return [f"{sheet}!{cell}" for part in text.split("|") for sheet, _, names in [part.strip().partition(": ")]
            for cell in names.split()]  # fmt: skip


class TestOtherSpecify:
    def test_it_imports(self, cli, folder):
        make_user()
        done = cli("survey", "import", folder / "specify_other.xls", "--publish")
        assert (done.exit_code, done.stderr) == (0, "")
        (question,) = draft_questionnaire(survey_by_public_id(done.stdout.strip())).questions()
        assert (question.key, question.type, question.other) == ("sex", "single_choice", True)
        assert list(question.labels) == ["male", "female"]


# By hand, cell by cell, from the files: what has no place in a Canvass survey, and what is wrong.
UNSUPPORTED = {
    "tutorial.xls": "survey: A1 B2 E9 E10 E11 E12 | choices: A1",
    "choice_filter_test.xlsx": "survey: D3 D4 | choices: D1 B6",
    "widgets.xls": (
        "survey: E4 F4 G4 E5 F5 G5 E7 F7 G7 G8 C10 H10 A11 A12 A13 A14 A15 J16 A17 J20 J21 J22 J23 J25"
        " J26 J27 J34 J35 J36 J38 | choices: D1"
    ),
    "xlsform_spec_test.xlsx": (
        "survey: I1 Q1 R1 Y1 Z1 N3 C4 E5 N7 S9 T9 U9 V9 W9 X9 S10 L12 G14 A15 D15 G18 H18 L18 L21 L22 F25 L27 L28"
        " A34 A35 A36 A37 A38 A40 E41 A42 E43 A44 E45 A46 E47 A48 E49 A50 E51 A52 E53 L57"
        " | choices: D1 E1 | settings: C2 D2 I2 | columns: A1"
    ),
    "attribute_columns_test.xlsx": (
        "survey: I1 Q1 R1 Y1 Z1 AA1 AB1 AC1 AD1 AE1 N3 C4 E5 N7 S9 T9 U9 V9 W9 X9 S10 L12 G14 A15 D15 G18 H18 L18"
        " L21 L22 F25 L27 L28 A34 A35 A36 A37 A38 A40 E41 A42 E43 A44 E45 A46 E47 A48 E49 A50 E51 A52 E53"
        " A54 E55 L59 | choices: D1 E1 | settings: C2 D2 I2 | columns: A1"
    ),
}
ERRORS = {
    "widgets.xls": "choices: C23 C24",
    "xlsform_spec_test.xlsx": "survey: E10 E24 | choices: C4 C5",
    "attribute_columns_test.xlsx": "survey: E10 E24 | choices: C4 C5",
}


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_the_list_is_complete(folder, name):
    assert places(folder, name, Level.UNSUPPORTED) == cells(UNSUPPORTED[name])
    assert places(folder, name, Level.ERROR) == (cells(ERRORS[name]) if name in ERRORS else [])


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_it_is_refused_with_the_list(cli, folder, name):
    make_user()
    done = cli("survey", "import", folder / name)
    assert (done.exit_code, done.stdout) == (1, "")
    listed = [line.strip().partition(": ")[0] for line in done.stderr.splitlines()[1:]]
    assert sorted(listed) == sorted(cells(UNSUPPORTED[name]) + (cells(ERRORS[name]) if name in ERRORS else []))
    assert db.session.scalar(select(func.count()).select_from(Survey)) == 0


@pytest.mark.parametrize(
    ("name", "keys"),
    [
        ("choice_filter_test.xlsx", ["state", "county", "city"]),
        (
            "tutorial.xls",
            [
                "name",
                "relationship_to_household_head",
                "sex",
                "resident",
                "stayed_last_night",
                "older_than_five",
                "age_in_months",
                "age_in_years",
                "literate",
                "pregnant",
            ],
        ),
    ],
)
def test_with_force_the_rest_is_imported(cli, folder, name, keys):
    make_user()
    done = cli("survey", "import", folder / name, "--force", "--publish")
    assert done.exit_code == 0, done.stderr
    questionnaire = draft_questionnaire(survey_by_public_id(done.stdout.strip()))
    assert list(questionnaire.by_key) == keys


@pytest.mark.parametrize("name", ERRORS)
def test_force_does_not_help_against_errors(cli, folder, name):
    make_user()
    assert cli("survey", "import", folder / name, "--force").exit_code == 1


def test_ranges_are_carried_over(folder):
    questions = importer_for(folder / "tutorial.xls").read(folder / "tutorial.xls").questionnaire.by_key
    assert questions["age_in_months"].settings == {"max": 72}
    assert questions["age_in_years"].settings == {"min": 5}
