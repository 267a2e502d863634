"""An application with the sample's screens on the same database, and people who come to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from admin_app import create_app
from admin_app.accounts.models import User
from admin_app.console.base import RECORD_TABS
from admin_app.core.db import db
from tests.conftest import SETTINGS, Browser, Database
from tests.console import sample
from tests.factories import login, make_role, make_user

Visitor = Callable[..., tuple[FlaskClient, User]]


@pytest.fixture(scope="session")
def session_app(session_app: Flask, database: Database, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """A second application beside the usual one: screens cannot be added to one that has answered already."""
    app = create_app({**SETTINGS, "INSTANCE": tmp_path_factory.mktemp("console"), "DATABASE_URL": database.url})
    app.test_client_class = Browser
    sample.register(app)
    return app


@pytest.fixture
def app(app: Flask) -> Iterator[Flask]:
    """The application with the tables of the sample."""
    sample.SampleBase.metadata.create_all(db.engine)
    RECORD_TABS.add("sample.labels", sample.LABELS_TAB)
    RECORD_TABS.add("sample.secret", sample.SECRET_TAB)
    yield app
    for name in ("sample.labels", "sample.secret"):
        RECORD_TABS._members.pop(name)


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """Make a user with just these rights, and his browser: `visitor("anna", "survey.publish", sample="CRUD:all")`."""

    def make(username: str = "anna", abilities: str = "", **grants: str) -> tuple[FlaskClient, User]:
        user = make_user(username, make_role(f"Role of {username}", abilities, **grants))
        client = app.test_client()
        login(client, user)
        return client, user

    return make


@pytest.fixture
def anna(visitor: Visitor) -> FlaskClient:
    """The browser of somebody who may do everything with boxes, and nothing else."""
    return visitor("anna", sample="CRUD:all")[0]
