"""What a setting may be, by one rule for forms, the environment and what is stored."""

from __future__ import annotations

import pytest
from flask import Flask

from admin_app.core.words import mark
from admin_app.settings.definitions import SETTINGS_REGISTRY, Choice, Line, SettingGroup, WholeNumber

GROUP = SettingGroup("sample", mark("Sample"))
HOURS = WholeNumber(
    name="hours", group=GROUP, label="Hours", help="How long.", default=12, unit="hours", least=1, most=48
)
TITLE = Line(name="title", group=GROUP, label="Title", help="What it is called.", default="Canvass", longest=10)
COLOUR = Choice(
    name="colour", group=GROUP, label="Colour", help="Of the page.", default="red",
    options=lambda: {"red": "Red", "blue": "Blue"},
)  # fmt: skip


@pytest.mark.parametrize(("text", "value"), [("1", 1), (" 48 ", 48), ("007", 7)])
def test_a_whole_number_is_read(text, value):
    assert HOURS.parse(text) == value


@pytest.mark.parametrize(
    "text", ["", " ", "0", "49", "-1", "+1", "1.5", "1,5", "1e1", "1_0", "１２", "٣", "0x1", "12 h", "\x00", "9" * 400]
)
def test_what_is_no_whole_number_within_the_limits_is_refused(text):
    with pytest.raises(ValueError, match="Enter a whole number from 1 to 48"):
        HOURS.parse(text)


@pytest.mark.parametrize("value", [None, "12", 12.0, True, [12], {}, 0, 49, float("nan")])
def test_a_value_of_another_type_is_refused(value):
    with pytest.raises(ValueError, match="Enter a whole number"):
        HOURS.check(value)


@pytest.mark.parametrize(("text", "value"), [(" Acme  Ltd ", "Acme Ltd"), ("e\u0301", "é"), ("عربي", "عربي")])
def test_a_line_is_one_line_in_its_composed_form(text, value):
    assert TITLE.parse(text) == value


@pytest.mark.parametrize("text", ["", "   ", "x" * 11, "a\nb", "a\x00b", "a\u202eb", "\ud800", "a\u2028b"])
def test_what_is_no_line_is_refused(text):
    with pytest.raises(ValueError, match="Enter one line of 1 to 10"):
        TITLE.parse(text)


@pytest.mark.parametrize("value", [None, 7, ["a"]])
def test_a_line_is_text(value):
    with pytest.raises(ValueError, match="Enter one line"):
        TITLE.check(value)


def test_a_choice_is_one_of_its_list():
    assert COLOUR.parse(" blue ") == "blue"
    for text in ("", "Blue", "green"):
        with pytest.raises(ValueError, match="Choose one"):
            COLOUR.parse(text)
    with pytest.raises(ValueError, match="Choose one"):
        COLOUR.check(["blue"])


def test_values_are_shown_in_words():
    assert (HOURS.shown(12), TITLE.shown("A"), COLOUR.shown("red"), COLOUR.shown("gone")) == (
        "12 hours", "A", "Red", "gone"
    )  # fmt: skip


def test_whoever_runs_the_process_is_told_what_a_value_must_be():
    assert HOURS.variable == "CANVASS_HOURS"
    assert HOURS.demand == "a whole number from 1 to 48"
    assert TITLE.demand == "one line of 1 to 10 characters"
    assert COLOUR.demand == "one of red, blue"
    many = Choice(
        name="many", group=GROUP, label="", help="", default="0", options=lambda: {str(n): "" for n in range(12)}
    )
    assert many.demand == "one of 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 others"


def test_each_registered_setting_keeps_the_contract(app: Flask):
    assert {"session_hours", "replies_per_minute", "organisation", "language", "time_zone"} <= set(SETTINGS_REGISTRY)
    for name, definition in SETTINGS_REGISTRY.items():
        assert name == definition.name
        assert name.isidentifier()
        assert name.islower()
        assert definition.check(definition.default) == definition.default
        assert definition.parse(str(definition.default)) == definition.default
        assert definition.label
        assert definition.help.endswith(".")
        assert definition.demand
        assert definition.expected().endswith(".")
