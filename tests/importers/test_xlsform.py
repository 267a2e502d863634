"""XLSForm: what is carried over."""

from __future__ import annotations

import datetime as dt

import pytest

from admin_app.surveys.findings import errors_of
from tests.importers.conftest import found

HEADER = ["type", "name", "label"]
LIST = [["list_name", "name", "label"], ["size", "s", "Small"], ["size", "l", "Large"]]


def questions(imported):
    return list(imported.questionnaire.questions())


class TestQuestions:
    @pytest.mark.parametrize(
        ("written", "kind"),
        [
            ("text", "text"),
            ("string", "text"),
            ("Integer", "integer"),
            ("int", "integer"),
            ("decimal", "decimal"),
            ("date", "date"),
            ("note", "statement"),
            ("add text prompt", "text"),
        ],
    )
    def test_a_plain_type_by_each_of_its_names(self, read, written, kind):
        imported = read(survey=[HEADER, [written, "q", "Question"], ["text", "more", "More"]])
        assert found(imported) == []
        assert (questions(imported)[0].type, questions(imported)[0].label) == (kind, "Question")

    @pytest.mark.parametrize(
        ("written", "kind", "other"),
        [
            ("select_one size", "single_choice", False),
            ("select one from size", "single_choice", False),
            ("select1 size", "single_choice", False),
            ("select_one size or_other", "single_choice", True),
            ("select one from size or specify other", "single_choice", True),
            ("select_multiple size", "multiple_choice", False),
            ("select all that apply from size", "multiple_choice", False),
            ("select_multiple  size or_other", "multiple_choice", True),
        ],
    )
    def test_a_choice_by_each_of_its_names(self, read, written, kind, other):
        imported = read(survey=[HEADER, [written, "q", "Question"]], choices=LIST)
        assert found(imported) == []
        (question,) = questions(imported)
        assert (question.type, question.other) == (kind, other)
        assert [(choice.code, choice.label) for choice in question.choices] == [("s", "Small"), ("l", "Large")]

    def test_each_use_of_a_list_has_choices_of_its_own(self, read):
        imported = read(survey=[HEADER, ["select_one size", "a", "A"], ["select_one size", "b", "B"]], choices=LIST)
        uids = [choice.uid for question in questions(imported) for choice in question.choices]
        assert len(set(uids)) == 4

    def test_several_lines_are_a_long_text(self, read):
        imported = read(survey=[[*HEADER, "appearance"], ["text", "q", "Question", "multiline"]])
        assert [question.type for question in questions(imported)] == ["long_text"]

    def test_hint_and_required_and_its_message(self, read):
        header = [*HEADER, "hint", "required", "required_message"]
        imported = read(survey=[header, ["text", "q", "Question", "Think", "yes", "Do say"], ["text", "p", "P"]])
        question, other = questions(imported)
        assert (question.hint, question.required) == ("Think", True)
        assert question.settings == {"required_message": "Do say"}
        assert not other.required

    @pytest.mark.parametrize("value", ["yes", "TRUE", "true()", True, 1])
    def test_each_way_to_say_yes(self, read, value):
        assert questions(read(survey=[[*HEADER, "required"], ["text", "q", "Q", value]]))[0].required

    @pytest.mark.parametrize("value", ["no", "false()", False, 0, None])
    def test_each_way_to_say_no(self, read, value):
        imported = read(survey=[[*HEADER, "required"], ["text", "q", "Q", value]])
        assert not questions(imported)[0].required
        assert found(imported) == []

    def test_a_range_with_its_message(self, read):
        header = [*HEADER, "constraint", "constraint_message"]
        imported = read(survey=[header, ["integer", "age", "Age", ". >= 18 and . <= 99", "Adults only"]])
        assert questions(imported)[0].settings == {"min": 18, "max": 99, "invalid_message": "Adults only"}
        assert errors_of(imported.questionnaire) == []

    def test_numbers_and_booleans_and_days_in_cells_are_texts(self, read):
        rows = [["list_name", "name", "label"], ["n", 1.0, 10], ["n", 2.5, True], ["n", "d", dt.date(2026, 3, 31)]]
        imported = read(survey=[HEADER, ["select_one n", "q", 12.0]], choices=rows)
        (question,) = questions(imported)
        assert question.label == "12"
        assert question.labels == {"1": "10", "2.5": "TRUE", "d": "2026-03-31"}

    def test_a_note_needs_no_name(self, read):
        imported = read(survey=[HEADER, ["note", None, "Hello"], ["text", "q", "Q"]])
        assert questions(imported)[0].key == "note_2"

    def test_empty_rows_and_columns_mean_nothing(self, read):
        imported = read(survey=[[*HEADER, None, "relevant"], [], ["text", "q", "Q"], [None, " ", None], []])
        assert found(imported) == []
        assert len(questions(imported)) == 1


class TestHeaders:
    @pytest.mark.parametrize(
        "header",
        [
            ["TYPE", "Name", " Label "],
            ["command", "tag", "caption"],
            ["type", "value", "label:English"],
            ["type", "name", "label::English (en)"],
            ["type", "name", "Label :: English"],
        ],
    )
    def test_all_names_of_columns(self, read, header):
        imported = read(survey=[header, ["text", "q", "Question"]])
        assert found(imported) == []
        assert [(question.key, question.label) for question in questions(imported)] == [("q", "Question")]

    def test_columns_with_a_prefix(self, read):
        header = [*HEADER, "bind:constraint", "bind:jr:constraintMsg", "bind::required", "requiredMsg"]
        imported = read(survey=[header, ["integer", "q", "Q", ". < 10", "Small!", "yes", "Please"]])
        assert found(imported) == []
        (question,) = questions(imported)
        assert question.settings == {"max": 9, "invalid_message": "Small!", "required_message": "Please"}

    def test_names_of_sheets_and_of_lists(self, read):
        rows = [["list name", "value", "caption"], ["size", "s", "Small"]]
        imported = read(**{"Survey ": [HEADER, ["select_one size", "q", "Q"]], "CHOICES": rows})
        assert questions(imported)[0].labels == {"s": "Small"}


class TestGroups:
    def test_a_group_of_the_top_level_is_a_section(self, read):
        rows = [
            ["text", "before", "Before"],
            ["begin group", "one", "One"],
            ["text", "a", "A"],
            ["end group"],
            ["begin_group", "two", None],
            ["text", "b", "B"],
            ["end_group", "two"],
            ["text", "after", "After"],
        ]
        imported = read(survey=[HEADER, *rows])
        assert found(imported) == []
        sections = imported.questionnaire.sections
        assert [section.title for section in sections] == ["", "One", "", ""]
        assert [[question.key for question in section.questions] for section in sections] == [
            ["before"], ["a"], ["b"], ["after"],
        ]  # fmt: skip

    def test_the_hint_of_a_section_cannot_hold_markup(self, read):
        rows = [["begin group", "g", "G", "a < b"], ["text", "a", "A"], ["end group"]]
        imported = read(survey=[[*HEADER, "hint"], *rows])
        assert imported.questionnaire.sections[0].description == "<p>a &lt; b</p>"

    def test_a_group_inside_is_a_text_before_its_questions(self, read):
        rows = [
            ["begin group", "g", "G", "field-list"],
            ["begin group", "inner", "Inner", None],
            ["text", "a", "A"],
            ["end group"],
            ["begin group", "quiet", None, "field-list"],
            ["text", "b", "B"],
            ["end group"],
            ["end group"],
        ]
        imported = read(survey=[[*HEADER, "appearance"], *rows])
        assert found(imported) == ["survey!C3: a group inside a section is carried over as a text between questions."]
        assert [(one.key, one.type) for one in questions(imported)] == [
            ("inner", "statement"), ("a", "text"), ("b", "text"),
        ]  # fmt: skip

    def test_a_table_is_a_matrix(self, read):
        header = [*HEADER, "appearance", "required", "required_message"]
        rows = [
            ["begin group", "grid", "How large?", "table-list"],
            ["select_one size", "cat", "Cats", None, "yes", "All of them"],
            ["select_one size", "dog", "Dogs", None, "yes"],
            ["end group"],
        ]
        imported = read(survey=[header, *rows], choices=LIST)
        assert found(imported) == []
        (question,) = questions(imported)
        assert (question.key, question.type, question.label) == ("grid", "matrix_single", "How large?")
        assert question.row_labels == {"cat": "Cats", "dog": "Dogs"}
        assert question.labels == {"s": "Small", "l": "Large"}
        assert question.required
        assert question.settings == {"required_message": "All of them"}
        assert errors_of(imported.questionnaire) == []


class TestLanguages:
    HEADER = ["type", "name", "label::English (en)", "label::Français (fr)", "hint::Français (fr)"]
    ROW = ["text", "q", "Name", "Nom", "Le vrai"]

    def test_the_default_language_is_carried_and_the_other_named(self, read):
        settings = [["default_language"], ["français (FR)"]]
        imported = read(survey=[self.HEADER, self.ROW], settings=settings)
        assert imported.questionnaire.language == "fr"
        assert (questions(imported)[0].label, questions(imported)[0].hint) == ("Nom", "Le vrai")
        assert found(imported) == ["survey!C1: texts in “English (en)” (label, row 2): only one language is supported."]

    def test_without_a_default_the_first_one_is(self, read):
        imported = read(survey=[self.HEADER, self.ROW])
        assert imported.questionnaire.language == "en"
        assert questions(imported)[0].label == "Name"
        assert [line.partition(":")[0] for line in found(imported)] == ["survey!D1", "survey!E1"]

    def test_texts_without_a_language_come_before_the_first_one(self, read):
        imported = read(survey=[["type", "name", "label::fr", "label"], ["text", "q", "Nom", "Name"]])
        assert questions(imported)[0].label == "Name"
        assert len(found(imported)) == 1

    def test_texts_without_a_language_stand_in_for_missing_ones(self, read):
        header = ["type", "name", "label", "label::fr"]
        rows = [["text", "p", "Name", "Nom"], ["text", "q", "Age", None]]
        imported = read(survey=[header, *rows], settings=[["default_language"], ["fr"]])
        assert [question.label for question in questions(imported)] == ["Nom", "Age"]
        assert found(imported) == [
            "survey!C1: texts without a language (label, row 2): only one language is supported."
        ]

    @pytest.mark.parametrize(
        ("name", "tag"),
        [("English (en)", "en"), ("fr", "fr"), ("German", "de"), ("Swahili", "en"), ("中文 (zh_Hans)", "zh-Hans")],
    )
    def test_tags(self, read, name, tag):
        imported = read(survey=[["type", "name", f"label::{name}"], ["text", "q", "Q"]])
        assert imported.questionnaire.language == tag


class TestSettings:
    def test_the_title(self, read):
        imported = read(survey=[HEADER, ["text", "q", "Q"]], settings=[["form_title"], ["Our survey"]])
        assert imported.questionnaire.title == "Our survey"

    def test_the_name_of_the_file_stands_in(self, read):
        assert read(survey=[HEADER, ["text", "q", "Q"]]).questionnaire.title == "form"

    def test_id_and_version_are_mentioned_only(self, read):
        imported = read(survey=[HEADER, ["text", "q", "Q"]], settings=[["form_id", "version"], ["x", 3]])
        assert imported.check("form.xlsx") == imported.remarks
        assert [remark.place for remark in imported.remarks] == ["settings!A2", "settings!B2"]

    def test_what_is_switched_off_is_nothing(self, read):
        settings = [["clean_text_values", "omit_instanceID", "style"], ["yes", "no", None]]
        assert found(read(survey=[HEADER, ["text", "q", "Q"]], settings=settings)) == []

    def test_doubles_that_are_allowed_and_the_same_are_one(self, read):
        rows = [["list_name", "name", "label"], ["c", "king", "King"], ["c", "king", "King"]]
        settings = [["allow_choice_duplicates"], ["yes"]]
        imported = read(survey=[HEADER, ["select_one c", "q", "Q"]], choices=rows, settings=settings)
        assert questions(imported)[0].labels == {"king": "King"}
        assert found(imported) == [
            "choices!B3: the code “king” stands twice in the list “c”, which is not supported; the first one is kept."
        ]
