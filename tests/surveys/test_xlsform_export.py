"""A questionnaire as an XLSForm: what goes out comes back, other programs can read it, and what cannot go is named."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyxform.builder import create_survey_element_from_dict
from pyxform.xls2json import workbook_to_json
from pyxform.xls2json_backends import get_xlsform

from admin_app.surveys.exporters import EXPORTERS, Exported
from admin_app.surveys.findings import find_problems
from admin_app.surveys.importers import Imported, Level, importer_for
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.questionnaire import ChoiceSpec, Questionnaire, QuestionSpec, SectionSpec
from tests.factories import choices, every_type_questionnaire, sample_questionnaire

XLSFORM = EXPORTERS["xlsform"]


@pytest.fixture(scope="module")
def back(tmp_path_factory) -> Any:
    """Export a questionnaire and import the file."""
    path = tmp_path_factory.mktemp("forms") / "form.xlsx"

    def back(questionnaire: Questionnaire) -> tuple[Exported, Imported]:
        exported = XLSFORM.write(questionnaire)
        path.write_bytes(exported.content)
        return exported, importer_for(path).read(path)

    return back


def one(question: QuestionSpec, **more: Any) -> Questionnaire:
    return Questionnaire("One question", sections=(SectionSpec("", "", questions=(question,)),), **more)


def said(questionnaire: Questionnaire) -> Questionnaire:
    """The questionnaire without identities, each setting as it holds: one that is not set is its default."""
    return replace(questionnaire, sections=tuple(map(_section, questionnaire.sections)))


def _section(section: SectionSpec) -> SectionSpec:
    return replace(section, uid="", questions=tuple(map(_question, section.questions)))


def _question(question: QuestionSpec) -> QuestionSpec:
    kind = QUESTION_TYPES[question.type]
    holds = {name: kind.setting(question, name) for name in kind.known_settings}
    lists = {name: tuple(replace(spec, uid="") for spec in getattr(question, name)) for name in ("choices", "rows")}
    return replace(question, uid="", settings=holds, **lists)


def texts(exported: Exported, level: Level) -> list[str]:
    return [str(remark) for remark in exported.of(level)]


def sheet(exported: Exported, name: str) -> list[dict[str, Any]]:
    header, *rows = openpyxl.load_workbook(io.BytesIO(exported.content))[name].iter_rows(values_only=True)
    return [{key: value for key, value in zip(header, row, strict=True) if value is not None} for row in rows]


class TestRoundTrip:
    @pytest.mark.parametrize("questionnaire", [every_type_questionnaire(), sample_questionnaire()], ids=["all", "ten"])
    def test_nothing_is_lost(self, back, questionnaire):
        exported, imported = back(questionnaire)
        assert imported.remarks == []
        assert said(imported.questionnaire) == said(questionnaire)
        assert exported.of(Level.UNSUPPORTED) == []

    def test_every_type_is_among_them(self):
        assert {question.type for question in every_type_questionnaire().questions()} == set(QUESTION_TYPES)

    @pytest.mark.parametrize("name", list(QUESTION_TYPES))
    def test_every_setting_comes_back(self, back, name):
        kind = QUESTION_TYPES[name]
        question = QuestionSpec("", "q", name, "Label", hint="Hint", description="<p>Text</p>", personal=True)
        question = replace(
            question,
            required=kind.asks,
            settings={spec.name: _some_value(spec) for spec in kind.known_settings.values() if kind.asks}
            | _SOUND.get(name, {}),
            choices=(*choices(a="A", b="B"), ChoiceSpec("", "n", "None", exclusive=name == "multiple_choice"))
            if kind.has_choices
            else (),
            rows=choices(r1="Row 1", r2="Row 2") if kind.has_rows else (),
        )
        assert find_problems(one(question)) == [] or not kind.asks
        exported, imported = back(one(question))
        assert imported.remarks == []
        # A statement alone asks nothing, which the linter says.
        assert [str(one) for one in exported.of(Level.UNSUPPORTED) if kind.asks] == []
        assert said(imported.questionnaire) == said(one(question))

    @pytest.mark.parametrize("language", ["en", "de", "pt-BR", "zh-Hant", "xx", "sr-Latn"])
    def test_the_language(self, back, language):
        question = QuestionSpec("", "q", "text", "Label")
        assert back(one(question, language=language))[1].questionnaire.language == language

    def test_introduction_and_thanks(self, back):
        before = one(QuestionSpec("", "q", "text", "L"), introduction="<p>Hello <b>you</b></p>", thanks="<p>Bye</p>")
        assert said(back(before)[1].questionnaire) == said(before)

    def test_sections(self, back):
        question = QuestionSpec("", "section_1", "text", "L")
        sections = (
            SectionSpec("", "", questions=(question,)),
            SectionSpec("", "", "<p>Both have no title.</p>", (replace(question, key="two"),)),
            SectionSpec("", "Nothing in it"),
        )
        before = Questionnaire("Sections", sections=sections)
        assert said(back(before)[1].questionnaire) == said(before)

    @pytest.mark.parametrize("code", ["1", "später", "a/b", "x" * 80, "two__parts", "A", "a-b"])
    def test_a_row_of_a_matrix_may_have_any_code(self, back, code):
        rows = (*choices(a="First", a_b="Second"), ChoiceSpec("", code, "Third"))
        before = one(QuestionSpec("", "m", "matrix_single", "M", choices=choices(x="X"), rows=rows))
        _exported, imported = back(before)
        assert (said(imported.questionnaire), imported.remarks) == (said(before), [])

    def test_a_row_gets_no_name_that_another_has(self, back):
        rows = (ChoiceSpec("", "row_2", "First"), ChoiceSpec("", "1", "Second"))
        before = one(QuestionSpec("", "m", "matrix_single", "M", choices=choices(x="X"), rows=rows))
        _exported, imported = back(before)
        assert (said(imported.questionnaire), imported.remarks) == (said(before), [])

    @pytest.mark.parametrize("code", ["none", "o'none", '"', "a/b", "0"])
    def test_what_stands_alone(self, back, code):
        specs = (*choices(x="X"), ChoiceSpec("", code, "None", exclusive=True))
        before = one(QuestionSpec("", "m", "multiple_choice", "M", choices=specs))
        assert said(back(before)[1].questionnaire) == said(before)

    @pytest.mark.parametrize(
        "label",
        ["=1+1", "+49", "-", "@x", "#N/A", "#REF!", "TRUE", "0012", "1e5", "'quoted", "\u202eabc", "a\nb", "🧭"],
    )
    def test_a_text_stays_a_text(self, back, label):
        specs = (ChoiceSpec("", "1", label),)
        before = one(QuestionSpec("", "q", "single_choice", label, hint=label, choices=specs))
        exported, imported = back(before)
        assert said(imported.questionnaire) == said(before)
        cells = [cell for row in openpyxl.load_workbook(io.BytesIO(exported.content))["survey"] for cell in row]
        assert {cell.data_type for cell in cells if cell.value} == {"s"}

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        low=st.integers(-(10**12), 10**12) | st.decimals(-1000, 1000, places=4).map(float),
        more=st.integers(0, 10**6) | st.decimals(0, 1000, places=3).map(float),
    )
    def test_any_range_of_numbers(self, back, low, more):
        before = one(QuestionSpec("", "q", "decimal", "L", settings={"min": low, "max": low + more}))
        assert said(back(before)[1].questionnaire) == said(before)


# Values that go together, where a value for each would not.
_SOUND: dict[str, dict[str, Any]] = {
    "scale": {"min": -2, "max": 2},
    "slider": {"min": 0, "max": 20, "step": 0.5},
    "multiple_choice": {"min_choices": 1, "max_choices": 2},
    "time": {"min": "08:00:30", "max": "09:00:00", "seconds": True},
}
_LATER = {"min": ("2020-01-01", "08:00", "2020-01-01T08:00"), "max": ("2021-01-01", "09:00", "2021-01-01T09:00")}


def _some_value(spec: Any) -> Any:
    """A value of a setting that is not its default."""
    if spec.options:
        return next(value for value, _label in reversed(spec.options) if value != spec.default)
    if spec.kind is bool:
        return True
    if spec.kind is str:
        return f"Words of {spec.name}"
    if spec.kind in (int, float):
        return 7 if spec.name.startswith("max") or spec.name in ("stars", "dropdown_above") else 3
    return next(value for value in _LATER[spec.name] if spec.accepts(value))


class TestSheets:
    def test_pyxform_reads_them(self, tmp_path):
        """Other programs read what we write."""
        path = tmp_path / "form.xlsx"
        path.write_bytes(XLSFORM.write(every_type_questionnaire()).content)
        survey = create_survey_element_from_dict(workbook_to_json(get_xlsform(str(path))))
        sections = [child for child in survey.children if child.type == "group" and child.name.startswith("section")]
        assert [section.label for section in sections] == ["Write", "Choose", "Judge", "Agree"]
        names = {child.name for section in sections for child in section.children}
        assert {question.key for question in every_type_questionnaire().questions()} <= names
        xform = survey.to_xml(validate=False)
        assert "canvass" not in xform
        assert "selected(., &apos;none&apos;)" in xform or "selected(., 'none')" in xform

    def test_columns_of_ours_are_named(self):
        exported = XLSFORM.write(sample_questionnaire())
        assert texts(exported, Level.NOTE)[0] == (
            "survey: canvass_description: Canvass reads this column; other programs pass it over."
        )
        assert "settings: canvass_thanks" in {remark.place for remark in exported.remarks}

    def test_lists_are_shared(self):
        exported = XLSFORM.write(every_type_questionnaire())
        rows = sheet(exported, "choices")
        assert [row["name"] for row in rows if row["list_name"] == "row"] == [
            "never", "seldom", "sometimes", "often", "always"
        ]  # fmt: skip
        assert [row["type"] for row in sheet(exported, "survey") if row.get("name") == "early"] == ["select_one row"]

    def test_numbers_have_no_exponent(self):
        question = QuestionSpec("", "q", "decimal", "L", settings={"min": 1e-7, "max": 1e15})
        (row,) = [row for row in sheet(XLSFORM.write(one(question)), "survey") if row.get("name") == "q"]
        assert row["constraint"] == ". >= 0.0000001 and . <= 1000000000000000.0" or "canvass_max" in row

    def test_a_text_that_no_cell_holds_is_left_out(self, back):
        question = QuestionSpec("", "q", "text", "L", description=f"<p>{'x' * 40_000}</p>")
        exported, imported = back(one(question, introduction="y" * 40_000))
        assert texts(exported, Level.UNSUPPORTED) == [
            "q: “canvass_description” is too long for a cell and is left out.",
            "One question: “canvass_introduction” is too long for a cell and is left out.",
        ]
        assert imported.questionnaire.introduction == ""
        assert imported.remarks == []

    def test_what_reads_like_an_answer_is_named(self):
        question = QuestionSpec("", "q", "single_choice", "It costs ${price}", choices=choices(a="for ${name}"))
        assert texts(XLSFORM.write(one(question)), Level.UNSUPPORTED) == [
            "q: Other programs take “${price}” for an answer.",
            "a: Other programs take “${name}” for an answer.",
        ]

    def test_a_statement_without_a_label(self, back):
        question = QuestionSpec("", "q", "statement", "", description="<p>Fish &amp; <b>chips</b></p>")
        exported, imported = back(Questionnaire("S", sections=(SectionSpec("", "", questions=(question,)),)))
        assert texts(exported, Level.UNSUPPORTED)[0] == "q: Its text becomes the label, without its looks."
        (read,) = imported.questionnaire.questions()
        assert (read.label, read.description) == ("Fish & chips", "")

    def test_a_code_that_no_constraint_can_name(self):
        specs = (*choices(x="X"), ChoiceSpec("", "'\"", "None", exclusive=True))
        exported = XLSFORM.write(one(QuestionSpec("", "q", "multiple_choice", "L", choices=specs)))
        assert texts(exported, Level.UNSUPPORTED) == ["q: That “'\"” stands alone cannot be said in XLSForm."]

    def test_a_draft_with_faults_goes_out_with_its_faults(self):
        questions = (
            QuestionSpec("", "a", "single_choice", ""),
            QuestionSpec("", "b", "integer", "B", settings={"nonsense": 1}),
            QuestionSpec("", "c", "hologram", "C", settings={"depth": 3}),
        )
        exported = XLSFORM.write(Questionnaire("Faults", sections=(SectionSpec("", "", questions=questions),)))
        found = texts(exported, Level.UNSUPPORTED)
        for sentence in (
            "b: The setting “nonsense” is left out.",
            "c: The setting “depth” is left out.",
            "a: There are no choices.",
            "c: There is no question type “hologram”.",
        ):
            assert sentence in found
        assert "hologram" in {row["type"] for row in sheet(exported, "survey")}
