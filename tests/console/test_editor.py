"""The editor's frame and files, without a browser; tests/browser/test_editor.py has the rest."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from tests.factories import login, make_user


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
