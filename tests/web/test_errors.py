"""Pages for what went wrong: a status, a sentence, the request's id, and nothing of the inside."""

from __future__ import annotations

import logging
import re
import socket

import pytest

STATUSES = (400, 403, 404, 405, 409, 410, 413, 422, 429, 500, 503)
INSIDE = re.compile(r"Traceback|sqlalchemy|psycopg|sqlite|SELECT|\.py\b|/site-packages/|ZeroDivision", re.IGNORECASE)


def id_of(answer) -> str:
    return answer.headers["X-Request-Id"]


@pytest.mark.parametrize("status", STATUSES)
def test_a_page_for_staff(site, status):
    answer = site.get(f"/try/status/{status}")
    assert answer.status_code == status
    assert answer.mimetype == "text/html"
    assert id_of(answer) in answer.text
    assert "Go to the console" in answer.text
    assert not INSIDE.search(answer.text)


@pytest.mark.parametrize("status", STATUSES)
def test_json(site, status):
    answer = site.get(f"/try/status/{status}", headers={"Accept": "application/json"})
    error = answer.get_json()["error"]
    assert (answer.status_code, error["status"], error["request_id"]) == (status, status, id_of(answer))
    assert error["message"]


def test_a_status_that_has_no_words_of_its_own_gets_a_neighbour_s(site):
    answer = site.get("/try/status/418")
    assert answer.status_code == 418
    assert "could not be read" in answer.text


def test_a_page_for_respondents(site):
    answer = site.get("/s/nothing/here/at/all")
    assert answer.status_code == 404
    assert "See the open surveys" in answer.text
    assert "console" not in answer.text
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/healthz/nothing"])
def test_addresses_of_machines_answer_in_json(site, path):
    assert site.get(path).get_json()["error"]["status"] == 404


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("InvalidError", 422),
        ("ForbiddenError", 403),
        ("NotFoundError", 404),
        ("ConflictError", 409),
        ("ClosedError", 410),
        ("TooManyError", 429),
        ("DomainError", 400),
    ],
)
def test_a_refusal_keeps_its_sentence_and_status(site, name, status):
    answer = site.get(f"/try/refuse/{name}")
    assert answer.status_code == status
    assert "A sentence that says what to do." in answer.text
    assert ("The key is taken." in answer.text) is (name != "TooManyError")
    assert answer.headers.get("Retry-After") == ("30" if name == "TooManyError" else None)


def test_a_fault_is_logged_with_its_id_and_not_shown(site, caplog):
    with caplog.at_level(logging.ERROR):
        answer = site.get("/try/fault")
    assert answer.status_code == 500
    assert id_of(answer) in answer.text
    assert not INSIDE.search(answer.text)
    assert "ZeroDivisionError" in caplog.text


@pytest.mark.parametrize(("cookie", "shown"), [("dark", True), ('"><script>', False)])
def test_the_page_is_as_dark_as_the_console(site, cookie, shown):
    site.set_cookie("theme", cookie)
    assert ("data-bs-theme" in site.get("/nowhere").text) is shown
    assert "data-bs-theme" not in site.get("/s/x/y").text


def test_a_redirect_is_none(site):
    assert site.get("/static").status_code in {301, 308, 404}


def test_a_wrong_method_says_which_ones_are_right(site):
    answer = site.put("/try/fault")
    assert answer.status_code == 405
    assert "GET" in answer.headers["Allow"]


def test_a_form_without_its_token_is_explained(make):
    answer = make(WTF_CSRF_ENABLED=True).test_client().post("/try/form", data={"a": "b"})
    assert answer.status_code == 400
    assert "reload the page" in answer.text


def test_a_host_that_is_not_ours_is_refused_with_a_page(make):
    client = make(PUBLIC_URL="https://surveys.example.org").test_client()
    answer = client.get("/try/read", headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert id_of(answer) in answer.text
    assert "evil.example" not in answer.text


class TestValuesThatNoDatabaseTakes:
    def test_a_nul_is_the_sender_s_mistake(self, site, database):
        answer = site.get("/try/text?q=a\\0b")
        assert answer.status_code == (400 if database.name == "postgresql" else 200)
        assert not INSIDE.search(answer.text)

    def test_half_a_pair_is(self, site):
        assert site.get("/try/text?q=a\\sb").status_code == 400

    @pytest.mark.parametrize("number", [2**31, 10**20, -(10**30)])
    def test_a_number_that_is_too_large_is(self, site, database, number):
        expected = 200 if database.name == "sqlite" and number == 2**31 else 400
        assert site.get(f"/try/number?n={number}").status_code == expected

    def test_a_moment_without_a_zone_is(self, site):
        assert site.get("/try/moment").status_code == 400

    def test_a_statement_that_is_wrong_is_ours(self, site, caplog):
        assert site.get("/try/typo").status_code == 500
        assert "nowhere" in caplog.text

    def test_the_same_fault_outside_the_database_is_ours(self, site):
        assert site.get("/try/encode").status_code == 500


class TestWithoutADatabase:
    @pytest.fixture
    def away(self, make):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        return make(DATABASE_URL=f"postgresql://user:letmein@127.0.0.1:{port}/x").test_client()

    def test_it_says_so_and_when_to_come_back(self, away):
        answer = away.get("/try/read")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
        assert id_of(answer) in answer.text
        assert not INSIDE.search(answer.text)
        assert "letmein" not in answer.text

    def test_a_page_of_the_console_says_so_too(self, away):
        away.set_cookie("canvass", "anything")
        assert away.get("/admin/user/").status_code in {302, 303, 404, 503}

    def test_the_process_is_alive_but_not_ready(self, away):
        assert away.get("/healthz").status_code == 200
        answer = away.get("/readyz")
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "10")
        assert answer.get_json() == {"status": "the database does not answer"}


def test_ready_means_migrated(site):
    from sqlalchemy import text

    from admin_app.core.db import unit_of_work

    assert site.get("/readyz").get_json() == {"status": "ready"}
    with unit_of_work() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    answer = site.get("/readyz")
    assert (answer.status_code, answer.get_json()) == (503, {"status": "the database is not migrated"})
