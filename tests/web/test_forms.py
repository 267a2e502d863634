"""Reading what was sent."""

from __future__ import annotations

import pytest

from admin_app.web.forms import arg_int, arg_line, clean_line, has_bad_characters, record_id, to_int


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("7", 7), ("-1", 0), ("99999999999999999999", 5), ("99999999999", 100), ("", 5), (None, 5), ("abc", 5),
        ("1.5", 5), ("1_000", 5), ("１２", 5), (" 7", 5), ("7\n", 5), ("+7", 5), ("²", 5), ("0007", 7),
    ],
)  # fmt: skip
def test_numbers(text, number):
    assert to_int(text, 5, minimum=0, maximum=100) == number


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("7", 7),
        ("0", None),
        ("-7", None),
        ("abc", None),
        (None, None),
        (str(2**31), None),
        ("9" * 20, None),
        ("1,2", None),
    ],
)
def test_ids(text, key):
    assert record_id(text) == key


def test_arguments(make):
    app = make()
    with app.test_request_context("/?page=3&page=4&q=%20a%00%0A%20b%20"):
        assert arg_int("page", 1) == 3
        assert arg_int("none", 1) == 1
        assert arg_line("q") == "a b"
        assert arg_line("none") == ""


def test_lines():
    assert clean_line("  a\t\n b\u202e\x07\ud800 ") == "a b"
    assert clean_line("A\u030a") == "Å"
    assert clean_line(None) == ""
    assert clean_line("x" * 10, limit=3) == "xxx"


def test_characters_that_no_database_takes():
    assert has_bad_characters("a\0")
    assert has_bad_characters("\udfff")
    assert not has_bad_characters("a\n😀")


class TestGuard:
    def test_query_strings_are_cleaned(self, site):
        answer = site.get("/try/args?a=1%00&a=2&b=%ED%A0%80&%00=x&c")
        assert answer.status_code == 200
        args = answer.get_json()["args"]
        assert args["a"] == ["1", "2"]
        assert "\0" not in str(args)
        assert args["c"] == [""]

    def test_an_address_with_a_nul_is_refused(self, site):
        assert site.get("/try/args%00").status_code == 400

    def test_a_field_name_with_a_nul_is_refused(self, site):
        assert site.post("/try/form", data={"a\0": "x"}).status_code == 400

    def test_values_are_left_to_their_fields(self, site):
        assert site.post("/try/form", data={"a": "x\0"}).get_json() == {"form": {"a": "x\0"}}

    def test_a_body_that_is_too_large_is_refused(self, site):
        answer = site.post("/try/form", data={"a": "x" * (2 * 1024 * 1024 + 10)})
        assert answer.status_code == 413
        assert "larger" in answer.text
