"""An application with routes that do what real ones must never do."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask, abort, g, request
from flask.testing import FlaskClient
from sqlalchemy import literal, select, text

from admin_app import create_app
from admin_app.core import errors
from admin_app.core.db import UtcDateTime, db
from tests.conftest import SETTINGS


class Reader(FlaskClient):
    """A client that reads each answer to its end, as a browser does; the log line is written then."""

    def open(self, *args: Any, **options: Any) -> Any:
        return super().open(*args, **{"buffered": True} | options)


def _query(statement: Any, **values: Any) -> str:
    db.session.execute(statement, values).all()
    return "fine"


def _faulty(app: Flask) -> None:
    def add(path: str, answer: Callable[..., Any]) -> None:
        app.add_url_rule(f"/try/{path}", path, answer, methods=["GET", "POST"])

    def refuse(name: str) -> Any:
        kind = getattr(errors, name)
        options = {"retry_after": 30} if name == "TooManyError" else {"fields": {"key": "The key is taken."}}
        raise kind("A sentence that says what to do.", **options)

    add("status/<int:code>", lambda code: abort(code))
    add("refuse/<name>", refuse)
    add("fault", lambda: 1 / 0)
    add("args", lambda: {"args": request.args.to_dict(flat=False)})
    add("form", lambda: {"form": request.form.to_dict()})
    add("text", lambda: _query(select(literal(request.args["q"].replace("\\0", "\0").replace("\\s", "\ud800")))))
    add("number", lambda: _query(text("SELECT CAST(:n AS INTEGER)"), n=int(request.args["n"])))
    add("moment", lambda: _query(select(literal(dt.datetime(2026, 1, 1), UtcDateTime))))  # noqa: DTZ001
    add("typo", lambda: _query(text("SELECT nothing FROM nowhere")))
    add("wrong", lambda: _query(text("SELECT 1 FROM nowhere WHERE a = :q"), q=request.args["q"]))
    add("encode", lambda: "\ud800".encode())
    add("read", lambda: _query(text("SELECT 1")))
    add("policy", lambda: (setattr(g, "canvass_csp", "default-src 'none'"), "own")[1])
    add("address", lambda: f"{request.remote_addr} {request.scheme}")


@pytest.fixture
def make(tmp_path) -> Iterator[Callable[..., Flask]]:
    """Make an application with settings of the test's own."""
    made = []

    def make_app(**settings: Any) -> Flask:
        app = create_app({**SETTINGS, "INSTANCE": tmp_path, "WTF_CSRF_ENABLED": False, **settings})
        app.config["PROPAGATE_EXCEPTIONS"] = False
        app.test_client_class = Reader
        _faulty(app)
        made.append(app)
        return app

    yield make_app
    for app in made:
        with app.app_context():
            db.engine.dispose()


@pytest.fixture
def site(make, app, database) -> Any:
    """A browser on an application with faulty routes, on the test's database."""
    return make(DATABASE_URL=database.url).test_client()
