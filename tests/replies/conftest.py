"""What the tests of this package share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event

from admin_app.accounts.models import User
from admin_app.core.db import db
from admin_app.replies.upload_files import upload_folder
from admin_app.surveys.models import Survey
from tests.factories import login, make_survey, make_user
from tests.replies.imports import Importing, files


@pytest.fixture
def statements(app: Flask) -> Callable[[], AbstractContextManager[list[str]]]:
    """Collect the SQL statements that run inside the block."""

    @contextmanager
    def collect() -> Iterator[list[str]]:
        run: list[str] = []

        def note(_connection, _cursor, statement, *_rest) -> None:
            run.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        try:
            yield run
        finally:
            event.remove(db.engine, "before_cursor_execute", note)

    return collect


@pytest.fixture
def survey(app: Flask) -> Survey:
    """A survey that takes replies; no file of another test lies in the folder of the instance."""
    for name in files():
        upload_folder().delete(name)
    return make_survey(opened=True)


@pytest.fixture
def root(client: FlaskClient) -> User:
    """An administrator who is logged in."""
    user = make_user("root", name="Rita Root")
    login(client, user)
    return user


@pytest.fixture
def importing(app: Flask, client: FlaskClient, survey: Survey, root: User) -> Importing:
    """The administrator at the pages for the import of replies."""
    return Importing(app, client, survey)
