"""What the tests of this package share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient

from admin_app.core.db import unit_of_work
from admin_app.core.mailserver import parse_mail_url
from admin_app.settings.models import StoredSetting
from admin_app.settings.queries import forget
from tests.helpers import token_of
from tests.mailserver import Inbox, mail_server

Post = Callable[..., Any]


@pytest.fixture
def post(client: FlaskClient) -> Post:
    """Post a form as a browser does: fetch its page first, send its token back."""

    def send(path: str, data: Any = None, *, by: FlaskClient = client, page: str | None = None, **options: Any) -> Any:
        token = token_of(by.get(page or path).text)
        fields = {**(data or {}), "csrf_token": token}
        # The test client would send bytes as their representation.
        body = urlencode(fields, doseq=True, errors="surrogatepass")
        return by.post(path, data=body, content_type="application/x-www-form-urlencoded", **options)

    return send


@pytest.fixture
def set_value(app: Flask) -> Callable[[str, Any], None]:
    """Change a setting of the installation."""

    def store(name: str, value: Any) -> None:
        with unit_of_work() as session:
            session.merge(StoredSetting(name=name, value=value))
        forget()

    return store


@pytest.fixture
def inbox(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[Inbox]:
    """A mail server that the application sends through."""
    with mail_server() as server:
        monkeypatch.setitem(app.config["CANVASS"], "MAIL_URL", parse_mail_url(server.url))
        yield server
