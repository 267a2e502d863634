"""Constraints that are plain ranges, and those that are not."""

from __future__ import annotations

import pytest

from admin_app.surveys.importers.expressions import NotPlainError, range_of, truth


@pytest.mark.parametrize(
    ("expression", "kind", "settings"),
    [
        (". >= 18", "integer", {"min": 18}),
        (".>18", "integer", {"min": 19}),
        (". < 18", "integer", {"max": 17}),
        (". >= 18 and . <= 99", "integer", {"min": 18, "max": 99}),
        ("(. >= 18) AND (. <= 99)", "integer", {"min": 18, "max": 99}),
        ("(. >= 18 and . <= 99)", "integer", {"min": 18, "max": 99}),
        ("18 <= . and 99 > .", "integer", {"min": 18, "max": 98}),
        (". = 5", "integer", {"min": 5, "max": 5}),
        (". >= -3.0", "integer", {"min": -3}),
        (". >= 0.5 and . <= 2", "decimal", {"min": 0.5, "max": 2}),
        (". >= '2020-01-31'", "date", {"min": "2020-01-31"}),
        (". > date('2019-12-31') and . <= date(“2020-12-31”)", "date", {"min": "2020-01-01", "max": "2020-12-31"}),
        ("string-length(.) <= 100", "text", {"max_length": 100}),
        ("string-length( . ) > 4 and string-length(.) < 11", "long_text", {"min_length": 5, "max_length": 10}),
        ("(string-length(.) <= 100)", "text", {"max_length": 100}),
        ("10 >= string-length(.)", "text", {"max_length": 10}),
    ],
)
def test_plain_ranges(expression, kind, settings):
    assert range_of(expression, kind) == settings


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("", "integer"),
        (". >= ${a}", "integer"),
        (". >= 1 or . <= -1", "integer"),
        (". != 5", "integer"),
        (". > 1.5 and . < 2.5", "decimal"),
        (". >= 1.5", "integer"),
        (". >= 1 and . >= 2", "integer"),
        (". >= 5", "text"),
        (". >= 5", "single_choice"),
        ("string-length(.) <= 10", "integer"),
        ("string-length(.) < 0", "text"),
        ("string-length(.) <= x", "text"),
        (". >= today()", "date"),
        (". >= '2020-02-30'", "date"),
        ("regex(., '^a$')", "text"),
        ("not(. > 5)", "integer"),
        ("(. > 5) and (. < 9) and position(..) < 2", "integer"),
        (". >= 1234567890123456789", "integer"),
    ],
)
def test_what_is_more_than_a_plain_range(expression, kind):
    with pytest.raises(NotPlainError):
        range_of(expression, kind)


@pytest.mark.parametrize(
    ("text", "value"), [("Yes", True), ("true()", True), ("no", False), ("", False), ("1=1", None)]
)
def test_truth(text, value):
    assert truth(text) is value
