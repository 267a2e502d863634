"""Log lines: one for each request, with its id; no secrets, and nothing that tells who a respondent is."""

from __future__ import annotations

import json
import logging
import sys

import pytest

from admin_app.core.context import new_request_id
from admin_app.web import logs


@pytest.fixture
def lines(capsys):
    """What was logged, as JSON objects."""

    def read():
        return [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]

    return read


@pytest.fixture(autouse=True)
def _as_it_was():
    yield
    logs.configure("json", "error")


def test_a_request_has_one_line(make, lines):
    client = make(LOG_LEVEL="info").test_client()
    answer = client.get("/try/read?token=secret")
    (line,) = [one for one in lines() if one["logger"] == "admin_app.access"]
    assert line["request_id"] == answer.headers["X-Request-Id"]
    assert (line["method"], line["path"], line["status"]) == ("GET", "/try/read", 200)
    assert line["address"] == "127.0.0.1"
    assert line["ms"] >= 0
    assert "secret" not in json.dumps(line)
    assert "user" not in line


@pytest.mark.parametrize("slashes", ["/", "//", "///"])
def test_a_respondent_leaves_no_address(make, lines, slashes):
    client = make(LOG_LEVEL="info").test_client()
    path = {"PATH_INFO": f"{slashes}s/abc/more"}
    client.post("/s/abc?receipt=letmein", data={"name": "Ada"}, environ_overrides=path)
    text = json.dumps(lines())
    assert "/s/abc" in text
    for word in ("127.0.0.1", "letmein", "Ada", '"user"'):
        assert word not in text


@pytest.mark.parametrize(
    "path",
    [
        *("/setup/abcdef", "/r/abcdef", "/setup/abcdef/more", "//setup/abcdef", "/setup//abcdef"),
        *("/account/welcome/abcdef", "/account/reset/abcdef", "/account/reset/abcdef/more", "//account//reset//abcdef"),
    ],
)
def test_what_opens_something_is_not_in_it(make, lines, path):
    make(LOG_LEVEL="debug").test_client().get("/", environ_overrides={"PATH_INFO": path})
    text = json.dumps(lines())
    assert any(f"/{word}/" in text for word in ("setup", "r", "welcome", "reset"))
    assert "abcdef" not in text


def test_other_pages_of_an_account_have_their_path(make, lines):
    make(LOG_LEVEL="info").test_client().get("/account/password")
    assert "/account/password" in json.dumps(lines())


def test_files_and_health_are_quiet(make, lines):
    client = make(LOG_LEVEL="info").test_client()
    client.get("/healthz")
    client.get("/static/css/errors.css")
    assert lines() == []


def test_a_fault_has_its_traceback_and_the_same_id(make, lines):
    answer = make(LOG_LEVEL="info").test_client().get("/try/fault")
    (line,) = [one for one in lines() if "traceback" in one]
    assert "ZeroDivisionError" in line["traceback"]
    assert line["request_id"] == answer.headers["X-Request-Id"]


def test_making_an_application_twice_doubles_no_line(make, lines):
    make(LOG_LEVEL="info")
    make(LOG_LEVEL="info").test_client().get("/try/read")
    assert len(lines()) == 1


def test_odd_paths_break_no_line(make, lines):
    client = make(LOG_LEVEL="info").test_client()
    client.get("/a%0Aforged%20line")
    client.get("/a%ff%fe")
    assert len(lines()) == 2


def test_text_is_one_line_for_reading(make, capsys):
    make(LOG_LEVEL="info", LOG_FORMAT="text").test_client().get("/a%0Aforged")
    (line,) = capsys.readouterr().err.splitlines()
    assert "INFO" in line
    assert "GET /a\\x0aforged 404" in line
    assert line.endswith(" ms")


def test_text_moves_no_cursor(make, capsys):
    make(LOG_LEVEL="info", LOG_FORMAT="text").test_client().get("/a%C2%9B31mred%1b[2J")
    (line,) = capsys.readouterr().err.splitlines()
    assert "GET /a\\x9b31mred\\x1b[2J 404" in line


def test_text_shows_a_traceback():
    new_request_id()
    try:
        _ = 1 / 0
    except ZeroDivisionError:
        record = logging.LogRecord("x", logging.ERROR, "f", 1, "It broke.", (), sys.exc_info())
    shown = logs.TextFormatter().format(record)
    assert "It broke.\nTraceback" in shown


def test_what_a_database_quotes_of_a_row_is_left_out():
    def fail() -> None:
        raise ValueError(
            "violates check\nDETAIL:  Failing row contains (Ada, secret\nanswer).\n[SQL: INSERT INTO reply]"
        )

    try:
        fail()
    except ValueError:
        record = logging.LogRecord("x", logging.ERROR, "f", 1, "It broke.", (), sys.exc_info())
    shown = json.loads(logs.JsonFormatter().format(record))["traceback"]
    assert shown.endswith("violates check\nDETAIL: left out\n[SQL: INSERT INTO reply]")
    assert "Ada" not in logs.TextFormatter().format(record).partition("ValueError: violates")[2]


def test_parameters_of_a_statement_are_in_no_log(site, caplog):
    assert site.get("/try/wrong?q=private").status_code == 500
    assert "nowhere" in caplog.text
    assert "private" not in caplog.text
