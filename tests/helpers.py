"""What tests of several packages measure and send."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, event

from admin_app.core.bulk import BulkResult
from admin_app.core.db import db
from admin_app.jobs.engine import run_job
from admin_app.jobs.models import Job

SETTINGS = "SELECT setting.name, setting.value \nFROM setting"


@contextmanager
def count_statements(engine: Engine | type[Engine]) -> Iterator[list[str]]:
    """Collect the SQL statements that are sent meanwhile, by one engine or by all.

    What begins and ends transactions does not count, nor what a process asks once in two seconds: the settings.
    """
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement != SETTINGS and not statement.upper().startswith(
            ("BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE", "PRAGMA")
        ):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def reasons(result: BulkResult) -> list[tuple[str, str]]:
    """Who was left alone by a bulk operation, and why, as far as names are given."""
    return [(name, group.reason) for group in result.skipped for name in group.names]


def token_of(page: str) -> str:
    """The CSRF token of a page of the console."""
    found = re.search(r'name="csrf-token" content="([^"]+)"', page) or re.search(
        r'name="csrf_token" value="([^"]+)"', page
    )
    assert found, "the page has no token"
    return found.group(1)


def send(client: FlaskClient, url: str, data: Any = None, *, page: str = "/admin/", **options: Any) -> Any:
    """POST a form as a browser does, with the token of `page`."""
    fields = list(data.items()) if isinstance(data, dict) else list(data or ())
    flat: dict[str, list[Any]] = {"csrf_token": [token_of(client.get(page).text)]}
    for name, value in fields:
        flat.setdefault(name, []).extend(value if isinstance(value, list) else [value])
    return client.post(url, data=flat, **options)


def work(app: Flask, job: Job, stopping: threading.Event | None = None) -> Job:
    """Run a job as a worker does, and return its row afterwards."""
    job_id = job.id
    db.session.rollback()
    run_job(app, job_id, stopping or threading.Event())
    return db.session.get_one(Job, job_id, populate_existing=True)
