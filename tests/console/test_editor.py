"""The editor's frame and files, without a browser; tests/browser/test_editor.py has the rest."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from admin_app.core.db import unit_of_work
from admin_app.core.permissions import SYSTEM
from admin_app.settings.operations import change_settings
from tests.factories import login, make_role, make_user


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("standard/ckeditor.js", 200),
        ("standard/lang/en.js", 200),
        ("standard/skins/moono-lisa/editor.css", 200),
        ("standard/samples/index.html", 404),
        ("standard/plugins/../samples/index.html", 404),
        ("standard/plugins/%2e%2e/samples/index.html", 404),
        ("standard/README.md", 404),
        ("standard", 404),
        ("full/ckeditor.js", 404),
        ("basic/samples/index.html", 404),
        ("standard/adapters/jquery.js", 404),
    ],
)
def test_only_the_editor_itself_is_served(client: FlaskClient, path: str, status: int):
    with client.get(f"/ckeditor/static/{path}") as answer:
        assert answer.status_code == status


def test_the_frame_is_for_staff(client: FlaskClient):
    answer = client.get("/admin/editor-frame/")
    assert answer.status_code in {302, 303}
    assert "/login" in answer.location


def test_the_frame_has_a_policy_of_its_own(client: FlaskClient):
    login(client, make_user(role="viewer"))
    answer = client.get("/admin/editor-frame/")
    policy = answer.headers["Content-Security-Policy"]
    assert answer.status_code == 200
    assert "default-src 'none'" in policy
    assert "sandbox allow-scripts" in policy
    assert "frame-ancestors 'self'" in policy
    assert "allow-same-origin" not in policy
    assert "connect-src" not in policy
    assert client.get("/admin/").headers["Content-Security-Policy"] != policy


def offers(page: str) -> int:
    """How often a page offers to insert images."""
    return page.count("data-insert-image=")


def test_images_are_offered_once_on_a_page_and_to_those_who_may_upload(client: FlaskClient, app: Flask):
    """Two editors of one page share the dialog."""
    login(client, make_user("anna", make_role("Authors", survey="CR:all", media="C:own")))
    page = client.get("/admin/survey/new/").text
    assert page.count("data-editor=") == 2
    assert offers(page) == 1
    assert 'data-most="5242880"' in page
    with unit_of_work():
        change_settings({"upload_megabytes": 2}, actor=SYSTEM)
    page = client.get("/admin/survey/new/").text
    assert offers(page) == 1, "on each page anew"
    assert "at most 2 MB" in page


def test_nobody_else_is_offered_to(client: FlaskClient):
    login(client, make_user("anna", make_role("Authors", survey="CR:all", media="RUD:all")))
    page = client.get("/admin/survey/new/").text
    assert "data-editor=" in page
    assert offers(page) == 0
