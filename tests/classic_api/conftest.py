"""What the tests of the door share: a client without cookies, and tokens."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from admin_app.accounts import operations
from admin_app.accounts.models import User
from admin_app.classic_api import bearer, replies
from admin_app.classic_api.door import Limits
from admin_app.core.db import unit_of_work
from admin_app.settings.queries import _source
from tests.bench.load import free_port
from tests.conftest import SETTINGS
from tests.databases import Database
from tests.factories import make_user
from tests.results.test_export_streams import wait_for

Tokens = dict[str, str]
ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _fresh_limits(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The application outlives its tests; what it counted does not."""
    monkeypatch.setitem(app.extensions, "canvass.classic_api", Limits())
    # Nor does what it knows of surveys by their numbers, which each test gives anew.
    replies.register(app)


@pytest.fixture
def ask(client: FlaskClient) -> Callable[..., Any]:
    """Ask the door; `token` goes where a program puts it."""

    def send(path: str, json: Any = None, *, token: str = "", method: str = "POST", **options: Any) -> Any:
        headers = dict(options.pop("headers", {}))
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if json is not None:
            options["json"] = json
        return client.open(f"/api/flaskforms{path}", method=method, headers=headers, **options)

    return send


@pytest.fixture
def tokens_for(app: Flask) -> Callable[[User], Tokens]:
    """The two tokens of a program that `user` has let in."""

    def start(user: User) -> Tokens:
        with unit_of_work():
            login = operations.start_program(user)
        return {"access": bearer.sign(login.access), "refresh": bearer.sign(login.refresh)}

    return start


@pytest.fixture
def fixed(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Fix settings as the environment would."""

    def fix(**values: Any) -> None:
        cache = _source.find()
        assert cache is not None
        for name, value in values.items():
            monkeypatch.setitem(cache.fixed, name, value)

    return fix


@pytest.fixture
def anna(app: Flask) -> User:
    """Somebody who may make surveys, and sees no others."""
    return make_user("anna", role="own_surveys")


@pytest.fixture
def token(anna: User, tokens_for: Callable[[User], Tokens]) -> str:
    """Her access token."""
    return tokens_for(anna)["access"]


@pytest.fixture
def served(app: Flask, database: Database, tmp_path: Path) -> Iterator[str]:
    """The address of the door of a real server, on the test's database; anybody may register there."""
    settings = {**SETTINGS, "INSTANCE": app.instance_path, "DATABASE_URL": database.url}
    settings |= {"API_REGISTRATION": "on", "DEBUG": True}
    (tmp_path / "settings.json").write_text(json.dumps(settings))
    port = free_port()
    command = [str(Path(sys.executable).with_name("granian")), "--interface", "wsgi", "--port", str(port)]
    command += ["--blocking-threads", "4", "--factory", "tests.results.served:create"]
    environment = {**os.environ, "TEST_SETTINGS": str(tmp_path / "settings.json")}
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
    try:
        wait_for(lambda: process.poll() is not None or _listens(port))
        assert process.poll() is None, (tmp_path / "log").read_text()
        yield f"http://127.0.0.1:{port}/api/flaskforms"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _listens(port: int) -> bool:
    with socket.socket() as found:
        return found.connect_ex(("127.0.0.1", port)) == 0
