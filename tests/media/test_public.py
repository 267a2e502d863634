"""GET /media/<public id>: what is sent to whom, and how."""

from __future__ import annotations

import pytest
from flask import Flask
from flask.testing import FlaskClient

from admin_app.core.db import db, unit_of_work
from admin_app.media.models import MediaFile
from admin_app.media.operations import store_file
from admin_app.media.storage import storage
from tests.factories import login, make_role, make_user
from tests.helpers import count_statements
from tests.media.pictures import png

PNG = png(3, 2)


@pytest.fixture
def anna(app: Flask):
    return make_user("anna", make_role("Editors", media="C:own"))


@pytest.fixture
def picture(anna) -> str:
    """The address of a picture."""
    with unit_of_work():
        file = store_file("фото.png", PNG, actor=anna)
    return f"/media/{file.public_id}"


@pytest.fixture
def paper(anna) -> str:
    """The address of a file that is no picture, as another version of the program may have stored it."""
    data = b"%PDF-1.7"
    file = MediaFile(
        owner_id=anna.id, name='the "plan".pdf', media_type="application/pdf", size=len(data), sha256="f" * 64
    )
    with unit_of_work() as session:
        session.add(file)
        session.flush()
        storage().save(file.public_id, data)
    return f"/media/{file.public_id}"


def test_a_picture_is_shown_to_whoever_has_its_address(client: FlaskClient, picture):
    with client.get(picture) as answer:
        assert (answer.status_code, answer.data) == (200, PNG)
        headers = answer.headers
    assert headers["Content-Type"] == "image/png"
    assert headers["Content-Length"] == str(len(PNG))
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert headers["Content-Disposition"] == "inline; filename=.png; filename*=UTF-8''%D1%84%D0%BE%D1%82%D0%BE.png"
    assert "Set-Cookie" not in headers
    assert "Cross-Origin-Resource-Policy" not in headers, "the editor's frame has no origin, and has to show it"


def test_who_asks_is_not_looked_up_for_a_picture(client: FlaskClient, picture, anna):
    login(client, anna)
    with count_statements(db.engine) as seen, client.get(picture) as answer:
        assert answer.status_code == 200
    assert len(seen) == 1, seen


def test_only_its_head_is_sent_when_that_is_all_one_asks_for(client: FlaskClient, picture):
    with client.head(picture) as answer:
        assert (answer.status_code, answer.data) == (200, b"")
        assert answer.headers["Content-Length"] == str(len(PNG))
        assert answer.headers["Content-Type"] == "image/png"


def test_a_browser_that_has_it_is_told_so(client: FlaskClient, picture):
    with client.get(picture) as answer:
        tag = answer.headers["ETag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        with client.get(picture, headers={"If-None-Match": known}) as again:
            assert (again.status_code, again.data) == (304, b""), known
            assert again.headers["ETag"] == tag
            assert "immutable" in again.headers["Cache-Control"]
    with client.get(picture, headers={"If-None-Match": '"other"'}) as again:
        assert again.status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_it_is_only_read(client: FlaskClient, picture, method):
    assert client.open(picture, method=method).status_code in {400, 405}


@pytest.mark.parametrize("name", ["b" * 24, "x", "..%2f..%2fsecret_key", "%00", "b" * 5000, "ж", "B" * 24, "*"])
def test_what_is_not_there_is_not_found(client: FlaskClient, picture, name):
    answer = client.get(f"/media/{name}")
    assert answer.status_code in {400, 404}
    assert "immutable" not in answer.headers.get("Cache-Control", "")


def test_a_file_that_is_lost_is_not_found(client: FlaskClient, picture):
    storage().delete(picture.rpartition("/")[2])
    for method in ("GET", "HEAD"):
        answer = client.open(picture, method=method)
        assert answer.status_code == 404
        assert answer.headers["Cache-Control"] == "no-store"
        assert "sandbox" not in answer.headers["Content-Security-Policy"]


def test_anything_else_is_for_staff_and_only_to_be_saved(client: FlaskClient, app: Flask, paper):
    answer = client.get(paper)
    assert answer.status_code == 303
    assert answer.headers["Location"] == f"/login?next={paper}"
    login(client, make_user("bob", role=None))
    with client.get(paper) as answer:
        assert (answer.status_code, answer.data) == (200, b"%PDF-1.7")
        assert answer.headers["Content-Disposition"] == (
            'attachment; filename="the \\"plan\\".pdf"; filename*=UTF-8\'\'the%20%22plan%22.pdf'
        )
        assert answer.headers["Cache-Control"] == "private, no-cache"
        assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
