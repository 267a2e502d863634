"""XLSForm: what is wrong, and what cannot be carried over, each with its cell."""

from __future__ import annotations

import pytest

from admin_app.core.errors import InvalidError
from admin_app.surveys.importers import Level
from tests.importers.conftest import found

HEADER = ["type", "name", "label"]
LIST = [["list_name", "name", "label"], ["size", "s", "Small"], ["size", "l", "Large"]]
GOOD = ["text", "good", "Good"]


def errors(imported):
    return found(imported, Level.ERROR)


def unsupported(imported):
    return found(imported, Level.UNSUPPORTED)


class TestErrors:
    @pytest.mark.parametrize(
        ("row", "place", "words"),
        [
            (["text", "q", None], "C3", "“q” has no label."),
            (["text", None, "Q"], "B3", "no name"),
            (["text", "2q", "Q"], "B3", "begins with a letter"),
            (["text", "my name", "Q"], "B3", "begins with a letter"),
            (["text", "a.b", "Q"], "B3", "only the letters"),
            (["text", "q" * 61, "Q"], "B3", "at most 60"),
            (["text", "a__b", "Q"], "B3", "two underscores"),
            (["text", "csrf_token", "Q"], "B3", "reserved"),
            (["text", "GOOD", "Q"], "B3", "“GOOD” is taken by row 2"),
            ([None, "q", "Q"], "A3", "no type"),
            (["select_one sizes", "q", "Q"], "A3", "there is no list “sizes”"),
            (["end group"], "A3", "no group to end"),
            (["begin group", "g", "G"], "A3", "never closed"),
            (["begin repeat", "g", "G"], "A3", "this repeat is never closed"),
        ],
    )
    def test_a_row(self, read, row, place, words):
        imported = read(survey=[HEADER, GOOD, row], choices=LIST)
        (line,) = errors(imported)
        assert line.startswith(f"survey!{place}: ")
        assert words in line

    def test_a_group_that_ends_as_something_else(self, read):
        rows = [["begin group", "g", "G"], GOOD, ["end repeat"]]
        assert errors(read(survey=[HEADER, *rows])) == ["survey!A4: this ends a repeat, but row 2 began a group."]

    def test_groups_in_groups_without_end(self, read):
        rows = [["begin group", f"g{number}", None] for number in range(25)]
        rows += [GOOD, *[["end group"]] * 25]
        assert "survey!A22: groups stand in each other more than 20 deep." in errors(read(survey=[HEADER, *rows]))

    @pytest.mark.parametrize(
        ("row", "place", "words"),
        [
            (["size", "a b", "Two words"], "B4", "spaces, commas or semicolons"),
            (["size", "a,b", "Comma"], "B4", "spaces, commas or semicolons"),
            (["size", "__other", "Other"], "B4", "Other"),
            (["size", "x" * 81, "Long"], "B4", "at most 80"),
            (["size", None, "No code"], "B4", "no code"),
            (["size", "m", None], "C4", "“m” has no label"),
            (["size", "s", "Small again"], "B4", "“s” stands twice"),
            ([None, "m", "Medium"], "A4", "no list"),
        ],
    )
    def test_a_choice(self, read, row, place, words):
        imported = read(survey=[HEADER, ["select_multiple size", "q", "Q"]], choices=[*LIST, row])
        (line,) = errors(imported)
        assert line.startswith(f"choices!{place}: ")
        assert words in line

    def test_doubles_that_are_allowed_but_differ(self, read):
        choices = [*LIST, ["size", "s", "Another"]]
        settings = [["allow_choice_duplicates"], ["yes"]]
        imported = read(survey=[HEADER, ["select_one size", "q", "Q"]], choices=choices, settings=settings)
        assert errors(imported) == ["choices!B4: the code “s” stands twice in the list “size”."]

    def test_a_list_that_nobody_uses_is_only_mentioned(self, read):
        imported = read(survey=[HEADER, GOOD], choices=[*LIST, ["size", "s", None]])
        assert found(imported) == ["choices!A2: no question uses the list “size”; it is left out."]
        assert imported.remarks[0].level is Level.NOTE

    def test_choices_without_a_sheet(self, read):
        imported = read(survey=[HEADER, ["select_one size", "q", "Q"]])
        assert errors(imported) == ["survey!A2: there is no list “size” in the sheet “choices”."]

    @pytest.mark.parametrize(
        ("rows", "line"),
        [
            ([["begin group", "g", "G", "table-list"], ["end group"]], "survey!A2: this table has no rows."),
            (
                [["begin group", "g", None, "table-list"], ["select_one size", "a", "A"], ["end group"]],
                "survey!C2: “g” has no label.",
            ),
            (
                [["begin group", None, "G", "table-list"], ["select_one size", "a", "A"], ["end group"]],
                "survey!B2: This question has no name.",
            ),
            (
                [["begin group", "g", "G", "table-list"], ["select_one size", None, "A"], ["end group"]],
                "survey!B3: This question has no name.",
            ),
            (
                [["begin group", "g", "G", "table-list"], *[["select_one size", "a", "A"]] * 2, ["end group"]],
                "survey!B4: the name “a” is taken by row 3.",
            ),
        ],
    )
    def test_a_table(self, read, rows, line):
        imported = read(survey=[[*HEADER, "appearance"], *rows, GOOD], choices=LIST)
        assert errors(imported) == [line]

    def test_a_range_that_nothing_fits(self, read):
        imported = read(survey=[[*HEADER, "constraint"], ["integer", "q", "Q", ". > 10 and . < 3"]])
        assert errors(imported) == ["survey!D2: The least (11) is above the most (2)."]

    def test_titles_that_are_too_long(self, read):
        rows = [["begin group", "g", "x" * 301], GOOD, ["end group"]]
        imported = read(survey=[HEADER, *rows], settings=[["form_title"], ["x" * 301]])
        assert [line.partition(":")[0] for line in errors(imported)] == ["survey!C2", "settings!A2"]

    def test_no_question_at_all(self, read):
        assert errors(read(survey=[HEADER])) == ["survey!A1: there is no question that can be imported."]

    def test_two_columns_for_one_thing(self, read):
        imported = read(survey=[["type", "name", "label", "caption"], ["text", "q", "Q"]])
        assert errors(imported) == ["survey!D1: the column “caption” says the same as “label”."]

    def test_no_label_in_the_chosen_language(self, read):
        imported = read(survey=[["type", "name", "label::fr", "label::en"], ["text", "q", None, "Name"]])
        assert "survey!C2: “q” has no label in “fr”." in errors(imported)


class TestUnsupported:
    @pytest.mark.parametrize(
        ("header", "value", "words"),
        [
            ("relevant", "${good} = 'x'", "relevant “${good} = 'x'” is not supported"),
            ("bind::relevant", "1 = 1", "relevant “1 = 1” is not supported"),
            ("calculation", "1 + 1", "calculation “1 + 1” is not supported"),
            ("choice_filter", "a = b", "choice_filter"),
            ("default", 5, "default “5” is not supported"),
            ("read_only", "yes", "read_only “yes” is not supported"),
            ("guidance_hint", "More", "guidance_hint"),
            ("media::image", "a.jpg", "image “a.jpg” is not supported"),
            ("image", "a.jpg", "image “a.jpg” is not supported"),
            ("parameters", "rows=3", "parameters"),
            ("trigger", "${good}", "trigger"),
            ("appearance", "w4 numbers", "appearance “w4 numbers” is not supported"),
            ("constraint", "regex(., '^a')", "is not a plain range"),
            ("constraint_message", "No", "goes with a constraint that is not carried over"),
            ("required", "${good} = 1", "depends on other answers"),
            ("hint", "Hello ${good}", "answers to other questions inside a text"),
        ],
    )
    def test_a_cell(self, read, header, value, words):
        imported = read(survey=[[*HEADER, header], [*GOOD, None], ["text", "q", "Q", value]])
        assert errors(imported) == []
        (line,) = unsupported(imported)
        assert line.startswith("survey!D3: ")
        assert words in line

    @pytest.mark.parametrize("kind", ["geopoint", "calculate", "start", "select_one_from_file a.csv", "selct_one size"])
    def test_a_type(self, read, kind):
        imported = read(survey=[[*HEADER, "relevant"], GOOD, [kind, "q", "Q", "1"]], choices=LIST)
        assert unsupported(imported) == [
            f"survey!A3: questions of the type “{kind}” are not supported; this one is left out."
        ]
        assert [question.key for question in imported.questionnaire.questions()] == ["good"]

    def test_a_reference_in_a_label(self, read):
        imported = read(survey=[HEADER, ["text", "q", "Dear ${name}"]])
        assert unsupported(imported) == ["survey!C2: answers to other questions inside a text are not supported."]

    def test_a_reference_in_a_choice(self, read):
        choices = [LIST[0], ["size", "s", "As ${other}"]]
        imported = read(survey=[HEADER, ["select_one size", "q", "Q"]], choices=choices)
        assert unsupported(imported) == ["choices!C2: answers to other questions inside a text are not supported."]

    def test_a_column_that_nobody_knows_is_named_once_with_its_rows(self, read):
        rows = [["text", f"q{number}", "Q", "x"] for number in range(25)]
        imported = read(survey=[[*HEADER, "my notes"], *rows])
        (line,) = unsupported(imported)
        assert line.startswith("survey!D1: the column “my notes” is not supported (rows 2, 3,")
        assert line.endswith("21 and 5 more).")

    def test_notes_in_a_row_of_their_own(self, read):
        imported = read(survey=[[*HEADER, "my notes"], GOOD, [None, None, None, "remember"]])
        assert unsupported(imported) == ["survey!D1: the column “my notes” is not supported (row 3)."]

    def test_cells_without_a_header(self, read):
        imported = read(survey=[HEADER, [*GOOD, None, "stray"]])
        assert unsupported(imported) == ["survey!E1: cells in a column without a header (row 2)."]

    def test_columns_of_choices(self, read):
        choices = [[*LIST[0], "state", "image"], ["size", "s", "Small", "north", "s.jpg"]]
        imported = read(survey=[HEADER, ["select_one size", "q", "Q"]], choices=choices)
        assert unsupported(imported) == [
            "choices!D1: the column “state” is not supported (row 2).",
            "choices!E1: the column “image” is not supported (row 2).",
        ]

    def test_a_repeat(self, read):
        header = [*HEADER, "repeat_count"]
        imported = read(survey=[header, ["begin repeat", "r", "R", 3], [*GOOD], ["end repeat"]])
        assert unsupported(imported) == [
            "survey!A2: repeats are not supported; the questions are asked once.",
            "survey!D2: repeat_count “3” is not supported.",
        ]

    def test_settings(self, read):
        settings = [["public_key", "clean_text_values", "style"], ["abc", "no", "pages"]]
        imported = read(survey=[HEADER, GOOD], settings=settings)
        assert unsupported(imported) == [
            "settings!A2: the setting “public_key” is not supported.",
            "settings!B2: texts are always freed of surrounding white space.",
            "settings!C2: the setting “style” is not supported.",
        ]

    def test_other_sheets(self, read):
        imported = read(survey=[HEADER, GOOD], external_choices=[["a"]], empty=[])
        assert unsupported(imported) == ["external_choices!A1: the sheet “external_choices” is not supported."]

    def test_a_table_of_other_things_is_asked_one_by_one(self, read):
        rows = [["begin group", "g", "G", "table-list"], ["select_multiple size", "a", "A"], ["end group"]]
        imported = read(survey=[[*HEADER, "appearance"], *rows], choices=LIST)
        (line,) = unsupported(imported)
        assert line.startswith("survey!D2: only single choices from one list")
        assert [question.type for question in imported.questionnaire.questions()] == ["statement", "multiple_choice"]

    def test_rows_of_a_table(self, read):
        header = [*HEADER, "appearance", "required", "hint", "required_message"]
        rows = [
            ["begin group", "g", "G", "table-list"],
            ["select_one size", "a", "A", "quick", "yes", "Hm", "One"],
            ["select_one size", "b", "B", None, None, None, "Two"],
            ["end group"],
        ]
        imported = read(survey=[header, *rows], choices=LIST)
        assert [line.partition(":")[0] for line in unsupported(imported)] == [
            "survey!D3", "survey!E3", "survey!F3", "survey!G4",
        ]  # fmt: skip
        assert not next(imported.questionnaire.questions()).required

    def test_required_notes(self, read):
        imported = read(survey=[[*HEADER, "required"], ["note", "n", "N", "yes"], ["note", "m", "M", "no"], GOOD])
        assert unsupported(imported) == ["survey!D2: required “yes” is not supported here."]


class TestCheck:
    def test_errors_stop_even_with_force(self, read):
        imported = read(survey=[[*HEADER, "relevant"], ["text", "q", None, "1"]])
        with pytest.raises(InvalidError) as refused:
            imported.check("form.xlsx", force=True)
        assert refused.value.message.splitlines() == [
            "“form.xlsx” was not imported. Nothing was stored.",
            "  survey!C2: “q” has no label.",
            "  survey!D2: relevant “1” is not supported.",
        ]

    def test_what_is_not_supported_stops_without_force(self, read):
        imported = read(survey=[[*HEADER, "relevant"], [*GOOD, "1"]])
        with pytest.raises(InvalidError, match="--force"):
            imported.check("form.xlsx")
        assert [str(one) for one in imported.check("form.xlsx", force=True)] == [
            "survey!D2: relevant “1” is not supported."
        ]
