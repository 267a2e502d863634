"""Columns of ours in an XLSForm, as somebody may write them by hand."""

from __future__ import annotations

import pytest

from admin_app.surveys.importers import Level
from tests.importers.conftest import found

LIST = [["list_name", "name", "label"], ["n", "a", "A"]]


@pytest.mark.parametrize(
    ("column", "kind", "value", "name", "holds"),
    [
        ("canvass_unit", "range", "km", "unit", "km"),
        ("canvass_dropdown_above", "select_one n", "9", "dropdown_above", 9),
        ("canvass_dropdown_above", "select_one n", "9.0", "dropdown_above", 9),
        ("canvass_appearance", "select_one n", "radio", "appearance", "radio"),
        ("canvass_seconds", "time", "yes", "seconds", True),
        ("canvass_seconds", "time", "FALSE", "seconds", False),
        ("canvass_min", "decimal", "0.5", "min", 0.5),
        ("canvass_min", "decimal", "-7", "min", -7),
        ("canvass_max", "integer", "9007199254740991", "max", 9007199254740991),
    ],
)
def test_a_setting_is_read(read, column, kind, value, name, holds):
    imported = read(survey=[["type", "name", "label", column], [kind, "q", "Q", value]], choices=LIST)
    assert found(imported, Level.ERROR) == []
    (question,) = imported.questionnaire.questions()
    assert question.settings[name] == holds


@pytest.mark.parametrize(
    ("column", "kind", "value"),
    [
        ("canvass_dropdown_above", "select_one n", "many"),
        ("canvass_dropdown_above", "select_one n", "1.5"),
        ("canvass_appearance", "select_one n", "hologram"),
        ("canvass_seconds", "time", "perhaps"),
        ("canvass_min", "decimal", "1e5"),
        ("canvass_min", "decimal", "nan"),
        ("canvass_min", "time", "25:00"),
        ("canvass_personal", "text", "perhaps"),
        ("canvass_max", "integer", "99999999999999999"),
    ],
)
def test_what_cannot_be_one_is_an_error_with_its_place(read, column, kind, value):
    imported = read(survey=[["type", "name", "label", column], [kind, "q", "Q", value]], choices=LIST)
    (remark,) = imported.of(Level.ERROR)
    assert remark.place in ("survey!D2", "survey!A2")


def test_a_setting_of_another_type_is_named(read):
    imported = read(survey=[["type", "name", "label", "canvass_unit"], ["text", "q", "Q", "km"]])
    assert found(imported) == ["survey!D2: canvass_unit “km” is not supported here."]


def test_a_code_that_can_be_none_is_an_error(read):
    rows = [
        ["type", "name", "label", "appearance", "canvass_code"],
        ["begin group", "m", "M", "table-list"],
        ["select_one n", "r", "R", "", "with space"],
        ["end group"],
    ]
    (remark,) = read(survey=rows, choices=LIST).of(Level.ERROR)
    assert remark.place == "survey!E3"


@pytest.mark.parametrize("codes", [["yes", "no"], ["no", "yes"]])
def test_yes_or_no(read, codes):
    lists = [LIST[0], *(["n", code, code.title()] for code in codes)]
    imported = read(
        survey=[["type", "name", "label", "appearance"], ["select_one n", "q", "Q", "yes_no"]], choices=lists
    )
    (question,) = imported.questionnaire.questions()
    assert (question.type, question.choices, imported.remarks) == ("yes_no", (), [])


@pytest.mark.parametrize(("kind", "codes"), [("select_one n", ["yes", "maybe"]), ("select_multiple n", ["yes", "no"]),
                                             ("select_one n or_other", ["yes", "no"])])  # fmt: skip
def test_what_is_more_than_yes_or_no_stays_what_it_is(read, kind, codes):
    lists = [LIST[0], *(["n", code, code.title()] for code in codes)]
    imported = read(survey=[["type", "name", "label", "appearance"], [kind, "q", "Q", "yes_no"]], choices=lists)
    (question,) = imported.questionnaire.questions()
    assert question.type != "yes_no"
    assert found(imported) == ["survey!D2: appearance “yes_no” is not supported."]
