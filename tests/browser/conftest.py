"""A real server and a real browser. A page that breaks its policy, or throws, fails the test that opened it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask_migrate import upgrade
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, expect
from werkzeug.serving import make_server

from admin_app import create_app
from admin_app.core.db import db
from tests import factories
from tests.browser.install import installed
from tests.conftest import SETTINGS

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)

# Both cores may be busy with other tests.
expect.set_options(timeout=20_000)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Start the browser of this machine, and let it ask no other host."""
    found = installed()
    return {**browser_type_launch_args, **({"executable_path": found} if found else {}), "args": list(FLAGS)}


@pytest.fixture(scope="session")
def served_app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """An application with an administrator, some surveys, and what these left in the audit log."""
    folder = tmp_path_factory.mktemp("browser")
    app = create_app({**SETTINGS, "INSTANCE": folder, "DATABASE_URL": f"sqlite:///{folder / 'canvass.db'}"})
    with app.app_context():
        upgrade()
        anna = factories.make_user("anna")
        for number in range(25):
            factories.make_user(f"reader{number}", "viewer")
        survey = factories.make_survey(owner=anna, published=True, opened=True)
        for _number in range(3):
            factories.make_reply(survey)
        factories.make_survey(owner=anna)
        db.session.remove()
    return app


@pytest.fixture(scope="session")
def base_url(served_app: Flask) -> Iterator[str]:
    """The address of a server that runs beside the tests."""
    server = make_server("127.0.0.1", 0, served_app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()
    with served_app.app_context():
        db.engine.dispose()


@pytest.fixture
def session_cookie(served_app: Flask, base_url: str) -> dict[str, str]:
    """The cookie of an administrator's session."""
    with served_app.app_context():
        client = served_app.test_client()
        anna = db.session.scalars(db.select(factories.User).where(factories.User.username == "anna")).one()
        factories.login(client, anna)
        cookie = client.get_cookie("canvass")
        db.session.remove()
    assert cookie is not None
    return {"name": "canvass", "value": cookie.value, "url": base_url}


@pytest.fixture
def page(page: Page) -> Iterator[Page]:
    """A page of a stranger. What the browser blocks or the scripts throw fails the test."""
    complaints: list[str] = []
    page.set_default_timeout(30_000)

    def listen(message: ConsoleMessage) -> None:
        if "Content Security Policy" in message.text or "Refused to" in message.text:
            complaints.append(f"{page.url}: {message.text}")

    page.on("console", listen)
    page.on("pageerror", lambda error: complaints.append(f"{page.url}: {error}"))
    yield page
    assert complaints == []


@pytest.fixture
def staff(page: Page, context: BrowserContext, session_cookie: dict[str, str]) -> Page:
    """A page of the administrator."""
    context.add_cookies([session_cookie])  # type: ignore[list-item]
    return page


@pytest.fixture
def plain_staff(browser: Any, base_url: str, session_cookie: dict[str, str]) -> Iterator[Page]:
    """A page of the administrator in a browser without JavaScript."""
    context = browser.new_context(base_url=base_url, java_script_enabled=False)
    context.add_cookies([session_cookie])
    yield context.new_page()
    context.close()
