"""XLSForm: types, looks and limits that came with the later question types."""

from __future__ import annotations

import pytest
from pyxform.builder import create_survey_element_from_dict
from pyxform.xls2json import workbook_to_json
from pyxform.xls2json_backends import get_xlsform

from admin_app.surveys.findings import errors_of
from admin_app.surveys.importers import Level
from tests.importers.conftest import found

HEADER = ["type", "name", "label", "appearance", "parameters", "constraint", "constraint_message"]
LIST = [["list_name", "name", "label"], ["n", "a", "A"], ["n", "b", "B"], ["n", "c", "C"], ["n", "none", "None"]]


@pytest.fixture
def one(read):
    """The question of one row, and the remarks."""

    def one(kind: str, appearance="", parameters="", constraint="", message=""):
        row = [kind, "q", "Question", appearance, parameters, constraint, message]
        imported = read(survey=[HEADER, row, ["text", "more", "More"]], choices=LIST)
        remarks = [line for line in found(imported) if "no question uses the list" not in line]
        (question, *_) = imported.questionnaire.questions()
        return question, remarks

    return one


class TestTypes:
    @pytest.mark.parametrize(
        ("written", "kind"),
        [
            ("time", "time"),
            ("dateTime", "datetime"),
            ("datetime", "datetime"),
            ("q date time", "datetime"),
            ("add date time prompt", "datetime"),
            ("acknowledge", "consent"),
            ("trigger", "consent"),
            ("phone number", "phone"),
        ],
    )
    def test_each_by_its_names(self, one, written, kind):
        question, remarks = one(written)
        assert (question.type, question.settings, remarks) == (kind, {}, [])

    @pytest.mark.parametrize(
        ("word", "kind"), [("email", "email"), ("url", "url"), ("phone", "phone"), ("multiline", "long_text")]
    )
    def test_a_text_by_its_look(self, one, word, kind):
        question, remarks = one("text", word)
        assert (question.type, remarks) == (kind, [])

    def test_a_look_that_says_something_else_is_named(self, one):
        question, remarks = one("text", "numbers email multiline")
        assert question.type == "email"
        assert remarks == ["survey!D2: appearance “numbers multiline” is not supported."]

    def test_what_a_device_knows_by_itself_is_no_question(self, one):
        assert "questions of the type “email” are not supported" in one("email")[1][0]


class TestChoices:
    @pytest.mark.parametrize(
        ("words", "shown"),
        [
            ("minimal", "dropdown"),
            ("autocomplete", "dropdown"),
            ("minimal autocomplete", "dropdown"),
            ("likert", "row"),
            ("horizontal", "row"),
        ],
    )
    def test_how_they_are_shown(self, one, words, shown):
        question, remarks = one("select_one n", words)
        assert (question.type, question.settings, remarks) == ("single_choice", {"appearance": shown}, [])

    def test_two_looks_at_once_are_the_first(self, one):
        question, remarks = one("select_one n or_other", "likert minimal quick")
        assert question.settings == {"appearance": "row", "other": True}
        assert remarks == ["survey!D2: appearance “minimal quick” is not supported."]

    def test_several_choices_have_no_look(self, one):
        assert one("select_multiple n", "minimal")[1] == ["survey!D2: appearance “minimal” is not supported."]

    @pytest.mark.parametrize(
        ("constraint", "settings"),
        [
            ("count-selected(.) <= 3", {"max_choices": 3}),
            ("count-selected( . ) > 1 and count-selected(.) < 4", {"min_choices": 2, "max_choices": 3}),
            ("(2 = count-selected(.))", {"min_choices": 2, "max_choices": 2}),
        ],
    )
    def test_how_many(self, one, constraint, settings):
        question, remarks = one("select_multiple n", constraint=constraint, message="So many")
        assert question.settings == {**settings, "invalid_message": "So many"}
        assert remarks == []
        assert not any(choice.exclusive for choice in question.choices)

    @pytest.mark.parametrize(
        "constraint",
        [
            "not(selected(., 'none') and count-selected(.) > 1)",
            'not( selected( . , "none" ) and count-selected(.) >= 2 )',
            "(not(selected(., ‘none’) and count-selected(.) > 1))",
        ],
    )
    def test_a_choice_that_stands_alone(self, one, constraint):
        question, remarks = one("select_multiple n", constraint=constraint)
        assert [choice.code for choice in question.choices if choice.exclusive] == ["none"]
        assert (question.settings, remarks) == ({}, [])

    def test_both(self, one):
        alone = "not(selected(., 'none') and count-selected(.) > 1)"
        question, remarks = one("select_multiple n", constraint=f"count-selected(.) <= 2 and ({alone})")
        assert [choice.code for choice in question.choices if choice.exclusive] == ["none"]
        assert (question.settings, remarks) == ({"max_choices": 2}, [])

    @pytest.mark.parametrize(
        ("kind", "constraint"),
        [
            ("select_multiple n", "count-selected(.) >= 0"),
            ("select_multiple n", "count-selected(.) <= 0"),
            ("select_multiple n", "not(selected(., 'gone') and count-selected(.) > 1)"),
            ("select_multiple n", "not(selected(., 'none') and count-selected(.) > 1) or true()"),
            ("select_multiple n", "string-length(.) > 2"),
            ("select_one n", "count-selected(.) <= 3"),
            ("integer", "count-selected(.) <= 3"),
            ("time", ". >= '08:00'"),
            ("range", ". >= 3"),
        ],
    )
    def test_what_is_no_plain_limit_is_named(self, one, kind, constraint):
        question, remarks = one(kind, constraint=constraint, message="No")
        assert not {"min_choices", "max_choices", "invalid_message"} & set(question.settings)
        assert not any(choice.exclusive for choice in question.choices)
        assert [line[:10] for line in remarks] == ["survey!F2:", "survey!G2:"]


class TestRanges:
    @pytest.mark.parametrize(
        ("parameters", "settings"),
        [
            ("", {"min": 1, "max": 10, "step": 1}),
            ("start=0 end=100 step=5", {"min": 0, "max": 100, "step": 5}),
            ("Start = -1.5; end=1.5,step=0.5", {"min": -1.5, "max": 1.5, "step": 0.5}),
            ("end=5", {"min": 1, "max": 5, "step": 1}),
            ("step=-3", {"min": 1, "max": 10, "step": 3}),
        ],
    )
    def test_a_range_is_a_slider(self, one, read, parameters, settings):
        question, remarks = one("range", parameters=parameters)
        assert (question.type, question.settings, remarks) == ("slider", settings, [])

    @pytest.mark.parametrize(
        ("look", "parameters", "kind", "settings"),
        [
            ("rating", "end=5", "rating", {"stars": 5}),
            ("picker", "start=0 end=20", "integer", {"min": 0, "max": 20}),
            ("scale", "start=-3 end=3", "scale", {"min": -3, "max": 3}),
            ("nps", "start=0 end=10", "nps", {}),
        ],
    )
    def test_other_looks_are_other_types(self, one, look, parameters, kind, settings):
        question, remarks = one("range", look, parameters)
        assert (question.type, question.settings, remarks) == (kind, settings, [])

    @pytest.mark.parametrize(
        ("look", "parameters"),
        [
            ("rating", "start=0 end=5"),
            ("rating", "end=12"),
            ("rating", "end=5 step=0.5"),
            ("picker", "start=0 end=1 step=0.1"),
            ("picker", "start=0.5 end=2.5"),
            ("scale", "start=0 end=20"),
            ("nps", "start=1 end=10"),
            ("vertical", ""),
        ],
    )
    def test_a_look_that_does_not_fit_is_named(self, one, look, parameters):
        question, remarks = one("range", look, parameters)
        assert question.type == "slider"
        assert remarks == [f"survey!D2: appearance “{look}” is not supported."]

    def test_from_high_to_low(self, one):
        question, remarks = one("range", parameters="start=5 end=1")
        assert question.settings == {"min": 1, "max": 5, "step": 1}
        assert remarks == [
            "survey!E2: a range from high to low is not supported; it is asked from low to high.",
        ]

    def test_a_parameter_that_is_unknown(self, one):
        _question, remarks = one("range", parameters="start=0 end=10 tick_interval=5")
        assert remarks == ["survey!E2: the parameter “tick_interval” is not supported."]

    @pytest.mark.parametrize(
        "parameters", ["start=one", "end=1e9", "nonsense", "start=1 nonsense", "end=NaN", "step=１"]
    )
    def test_what_is_no_number_is_an_error(self, read, parameters):
        row = ["range", "q", "Question", "", parameters]
        imported = read(survey=[HEADER[:5], row])
        (remark,) = imported.remarks
        assert (remark.level, remark.place) == (Level.ERROR, "survey!E2")

    @pytest.mark.parametrize(
        "parameters", ["start=0 end=10 step=0", "start=3 end=3", "start=0 end=10 step=3", "end=9999999"]
    )
    def test_what_no_slider_can_be_is_an_error(self, read, parameters):
        imported = read(survey=[HEADER[:5], ["range", "q", "Question", "", parameters]])
        (remark,) = imported.of(Level.ERROR)
        assert remark.place == "survey!E2"

    def test_parameters_of_other_types_are_named(self, one):
        assert one("integer", parameters="start=1")[1] == ["survey!E2: parameters “start=1” is not supported."]


def test_pyxform_reads_the_same_workbook(workbook, read):
    """What is understood here is XLSForm and no dialect of it."""
    rows = [
        ["time", "a", "A"],
        ["dateTime", "b", "B"],
        ["acknowledge", "c", "C"],
        ["range", "d", "D", "rating", "start=1 end=5 step=1"],
        ["range", "e", "E", "", "start=0 end=1 step=0.1"],
        ["select_one n", "f", "F", "minimal"],
        ["select_multiple n", "g", "G", "", "", "not(selected(., 'none') and count-selected(.) > 1)"],
        ["text", "h", "H", "email"],
    ]
    path = workbook(survey=[HEADER[:6], *rows], choices=LIST)
    form = create_survey_element_from_dict(workbook_to_json(get_xlsform(str(path))))
    theirs = [child.name for child in form.children if child.name != "meta"]
    imported = read(survey=[HEADER[:6], *rows], choices=LIST)
    assert [question.key for question in imported.questionnaire.questions()] == theirs
    assert found(imported) == []
    assert errors_of(imported.questionnaire) == []
