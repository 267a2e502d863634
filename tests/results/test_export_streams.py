"""Files over real HTTP: a reader who goes away, a fault in the middle, and both on both databases."""

from __future__ import annotations

import csv
import http.client
import io
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from admin_app.core.db import db
from admin_app.surveys.models import Survey
from tests.bench.load import free_port
from tests.conftest import SETTINGS
from tests.databases import Database
from tests.factories import SAMPLE_ANSWERS, login, make_user
from tests.helpers import token_of
from tests.results.conftest import add_replies
from tests.results.test_table import fill

ROOT = Path(__file__).parents[2]
REPLIES = 10_000
# More than any buffer between the two takes.
LONG = {**SAMPLE_ANSWERS, "comment": "All well. " * 50}


class Site:
    """A server, and a browser's session with it."""

    def __init__(self, port: int, survey: int, cookie: str, token: str) -> None:
        self.port, self.survey, self.cookie, self.token = port, survey, cookie, token

    @contextmanager
    def ask(self, **form: str) -> Iterator[http.client.HTTPResponse]:
        """Ask for a file; the body is not read yet. Whoever leaves the block is gone."""
        body = urllib.parse.urlencode({"csrf_token": self.token, **form})
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": f"canvass={self.cookie}"}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)) as connection:
            connection.request("POST", f"/admin/survey/{self.survey}/results/export", body, headers)
            with connection.getresponse() as answer:
                yield answer

    def connections(self) -> int:
        """Return how many connections to the database the server has in hand."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            connection.request("GET", "/test/connections")
            with connection.getresponse() as answer:
                return int(answer.read())

    def answers(self) -> bool:
        with socket.socket() as found:
            return found.connect_ex(("127.0.0.1", self.port)) == 0


def wait_for(what: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not come to that in time"
        time.sleep(0.05)


@pytest.fixture
def site(app: Flask, database: Database, survey: Survey, tmp_path: Path) -> Iterator[Site]:
    """The application under granian, with one process."""
    client = app.test_client()
    login(client, make_user("root"))
    token, cookie = token_of(client.get("/account/password").text), client.get_cookie("canvass")
    assert cookie is not None
    settings = {**SETTINGS, "INSTANCE": app.instance_path, "DATABASE_URL": database.url}
    (tmp_path / "settings.json").write_text(json.dumps(settings))
    port, survey_id = free_port(), survey.id
    db.session.rollback()
    command = [str(Path(sys.executable).with_name("granian")), "--interface", "wsgi", "--port", str(port)]
    command += ["--blocking-threads", "4", "--factory", "tests.results.served:create"]
    environment = {**os.environ, "TEST_SETTINGS": str(tmp_path / "settings.json")}
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        found = Site(port, survey_id, cookie.value, token)
        wait_for(found.answers)
        yield found
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


@pytest.fixture(params=["csv", "xlsx"])
def format_name(request: pytest.FixtureRequest) -> Any:
    return request.param


def fill_up(survey: Survey, broken: bool = False) -> None:
    """Store many replies; the last of them, on request, is one that no file can be made of."""
    fill(survey, REPLIES, LONG)
    if broken:
        add_replies(survey, {**SAMPLE_ANSWERS, "tools": [1, 2]})


def test_it_comes_whole_and_in_pieces(site: Site, survey: Survey, format_name: str) -> None:
    fill_up(survey)
    with site.ask(format=format_name) as answer:
        assert (answer.status, answer.getheader("Transfer-Encoding")) == (200, "chunked")
        content = answer.read()
    if format_name == "csv":
        assert len(list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))) == REPLIES + 1
    else:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            assert archive.testzip() is None
            assert archive.read("xl/worksheets/sheet1.xml").count(b"<row ") == REPLIES + 1
    wait_for(lambda: site.connections() == 0)


def test_a_reader_who_goes_away_gives_everything_back(site: Site, survey: Survey, format_name: str) -> None:
    fill_up(survey)
    with ExitStack() as readers:
        for _number in range(3):
            readers.enter_context(site.ask(format=format_name)).read(1000)
        assert site.connections() == 3
    wait_for(lambda: site.connections() == 0)
    with site.ask(format="csv", chosen="1", column="reply.id") as answer:
        assert len(answer.read().splitlines()) == REPLIES + 1


def test_a_fault_in_the_middle_is_no_whole_file(site: Site, survey: Survey, format_name: str) -> None:
    fill_up(survey, broken=True)
    with site.ask(format=format_name) as answer:
        assert answer.status == 200
        with pytest.raises(http.client.IncompleteRead):
            answer.read()
    wait_for(lambda: site.connections() == 0)
