"""Workbooks of other programs: what is carried over goes out again and comes back the same."""

from __future__ import annotations

import pytest

from admin_app.surveys.exporters import EXPORTERS
from admin_app.surveys.importers import Level, importer_for
from tests.surveys.test_xlsform_export import said


@pytest.mark.parametrize(
    "name",
    [
        "specify_other.xls", "tutorial.xls", "choice_filter_test.xlsx", "widgets.xls", "xlsform_spec_test.xlsx",
        "attribute_columns_test.xlsx",
    ],
)  # fmt: skip
def test_it_comes_back(data, tmp_path, name):
    path = tmp_path / "form.xlsx"
    first = importer_for(data / "xlsform" / name).read(data / "xlsform" / name)
    path.write_bytes(EXPORTERS["xlsform"].write(first.questionnaire).content)
    again = importer_for(path).read(path)
    assert said(again.questionnaire) == said(first.questionnaire)
    assert len(list(again.questionnaire.questions())) > 0
    if not first.of(Level.ERROR):
        # Texts with ${...} stay as they are; nothing else is left to be said.
        sentence = "answers to other questions inside a text are not supported."
        assert {remark.sentence for remark in again.remarks} <= {sentence}
