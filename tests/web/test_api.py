"""How a door for programs reads what is sent: one way for all of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask

from admin_app.web import bodies, locale
from admin_app.web.api import BLANK, Json, Number, Parameters, Text
from admin_app.web.bodies import BodyError

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
BAD = "This contains characters that cannot be stored."


class Sample(Parameters):
    name = Text(required=True)
    number = Number()
    extra = Json()


@pytest.fixture(scope="module")
def site() -> Flask:
    app = Flask("sample")
    bodies.register(app)
    locale.register(app)
    return app


def read(site: Flask, **request: Any) -> Any:
    """What is read of a request; what is said, with its status, where it cannot be."""
    with site.test_request_context("/api/sample", method="POST", **request):
        try:
            return Sample.read()
        except BodyError as error:
            return error.status, error.fields or error.message


class TestWhereItStands:
    def test_in_a_document(self, site):
        sent = {"name": "Ada", "number": 5, "extra": {"a": [1]}, "else": 1}
        assert read(site, json=sent) == {"name": "Ada", "number": 5, "extra": {"a": [1]}}

    def test_in_a_form(self, site):
        sent = {"name": "Ada", "number": "5", "extra": '{"a": [1]}'}
        assert read(site, data=sent) == {"name": "Ada", "number": 5, "extra": {"a": [1]}}

    def test_in_headers(self, site):
        sent = {"name": "Ada", "Number": "5", "EXTRA": '{"a": [1]}'}
        assert read(site, headers=sent) == {"name": "Ada", "number": 5, "extra": {"a": [1]}}

    def test_the_body_comes_first(self, site):
        assert read(site, json={"name": "Ada"}, headers={"name": "Bo", "number": "5"}) == {"name": "Ada", "number": 5}

    def test_never_in_the_address(self, site):
        assert read(site, query_string={"name": "Ada"}) == (400, {"name": BLANK})

    @pytest.mark.parametrize("coding", ["utf-8", "latin-1"])
    def test_a_header_of_other_letters(self, site, coding):
        assert read(site, headers={"name": "Jürgen".encode(coding).decode("latin-1")}) == {"name": "Jürgen"}

    def test_a_kind_without_a_body(self, site):
        """What sends its parameters as headers may name a kind of body all the same."""
        assert read(site, headers={"name": "Ada"}, content_type=JSON, data=b"") == {"name": "Ada"}

    def test_a_text_that_looks_like_json_stays_one_in_a_document(self, site):
        assert read(site, json={"name": "Ada", "extra": "[1]"})["extra"] == "[1]"


@pytest.mark.parametrize("blank", [None, "", " \t"])
def test_what_is_blank_is_missing(site, blank):
    assert read(site, json={"name": blank}) == (400, {"name": BLANK})
    assert read(site, json={"name": "Ada", "number": blank, "extra": blank}) == {"name": "Ada"}


def test_what_is_missing(site):
    assert read(site) == (400, {"name": BLANK})
    assert read(site, json={"number": "x"}) == (400, {"name": BLANK, "number": "Send a whole number."})


@pytest.mark.parametrize("wrong", [1, 1.5, True, ["Ada"], {"a": 1}])
def test_a_text_is_a_text(site, wrong):
    assert read(site, json={"name": wrong}) == (400, {"name": "Send this as text."})


@pytest.mark.parametrize("wrong", [-1, 1.5, True, "-2", "2.5", "x", "٣", "1" * 5000, 2**31, str(10**20), [1], {"a": 1}])
def test_a_number_is_a_number(site, wrong):
    expected = (400, {"number": "Send a whole number."})
    assert read(site, json={"name": "Ada", "number": wrong}) == expected
    if isinstance(wrong, str) and wrong.isascii():
        assert read(site, headers={"name": "Ada", "number": wrong}) == expected


def test_a_number_that_nothing_counts_exactly(site):
    assert read(site, json={"name": "Ada", "number": 10**20}) == (422, "A number in this is too large.")


@pytest.mark.parametrize("text", ["[1", "yes", '{"a": 1, "a": 2}', "NaN", "[" * 5000])
def test_json_in_a_header_is_sound(site, text):
    assert read(site, headers={"name": "Ada", "extra": text}) == (400, {"extra": "What was sent is no sound JSON."})


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"{", 400, "What was sent is no sound JSON."),
        (b"\xff", 400, "What was sent is no sound JSON."),
        (b'{"name": "a", "name": "b"}', 400, "What was sent is no sound JSON."),
        (b'{"name": NaN}', 400, "What was sent is no sound JSON."),
        (b"[" * 100_000, 400, "What was sent is no sound JSON."),
        (b'{"name": ' + b"[" * 50 + b"]" * 50 + b"}", 400, "This is nested too deeply."),
        (b'["name"]', 400, "Send an object with names and values."),
        (b'{"name": "a\\u0000"}', 422, BAD),
        (b'{"name": "a\\ud800"}', 422, BAD),
        (b'{"name": "' + b"a" * 2_000_000 + b'"}', 413, "What was sent is larger than this installation takes."),
    ],
)
def test_a_document_that_cannot_be_taken(site, body, status, said):
    assert read(site, data=body, content_type=JSON) == (status, said)


def test_another_kind_of_body(site):
    for kind in ("text/plain", "application/xml", ""):
        assert read(site, data=b"name=Ada", content_type=kind) == (415, "Send this as JSON.")


def test_a_form_that_cannot_be_taken(site):
    assert read(site, data="name=a&name=b", content_type=FORM) == (400, {"name": "Send this once."})
    assert read(site, data="name=a%00", content_type=FORM) == (422, {"name": BAD})
    assert read(site, headers={"name": "a\0"}) == (422, {"name": BAD})


def test_a_megabyte_is_read(site):
    """How long a text may be, the operations say."""
    long = "a" * 1_000_000
    assert read(site, data=json.dumps({"name": long}), content_type=JSON) == {"name": long}
    assert read(site, data={"name": long}) == {"name": long}
