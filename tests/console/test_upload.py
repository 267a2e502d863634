"""POST /admin/media/upload: what the editor sends pictures to."""

from __future__ import annotations

import io

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import encode_multipart

from admin_app.audit.models import AuditEntry
from admin_app.core.db import db
from admin_app.core.html import sanitise
from admin_app.media.models import MediaFile
from admin_app.media.operations import MEGABYTE
from tests.helpers import token_of
from tests.media import pictures
from tests.media.pictures import png

PAGE = "/admin/media/upload"
PNG = png(3, 2)


@pytest.fixture
def editor(visitor) -> FlaskClient:
    """The browser of somebody who may upload."""
    return visitor("anna", media="C:own")[0]


def upload(client: FlaskClient, data: bytes = PNG, name: str = "photo.png", *, field: str = "file", **fields):
    token = token_of(client.get("/admin/").text)
    headers = {"X-CSRFToken": token, "Accept": "application/json"}
    return client.post(PAGE, **multipart(data, name, field, **fields), headers=headers)


def multipart(data: bytes, name: str, field: str = "file", **fields: str) -> dict[str, str | bytes]:
    """The body of a form with a file, in memory: the client would leave a temporary file open."""
    file = FileStorage(io.BytesIO(data), name, content_type="image/png")
    boundary, body = encode_multipart(MultiDict({field: file, **fields}))
    return {"data": body, "content_type": f"multipart/form-data; boundary={boundary}"}


def kept() -> tuple[int, int]:
    db.session.rollback()
    rows = db.session.scalar(select(func.count()).select_from(MediaFile)) or 0
    return rows, db.session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def test_it_works(editor):
    answer = upload(editor)
    file = db.session.scalars(select(MediaFile)).one()
    assert answer.status_code == 201
    assert answer.json == {"url": f"/media/{file.public_id}", "name": "photo.png", "width": 3, "height": 2}
    with editor.get(answer.json["url"]) as shown:
        assert shown.data == PNG
    assert sanitise(f'<img src="{answer.json["url"]}" alt="A">') == f'<img src="{answer.json["url"]}" alt="A">'


def test_the_owner_is_who_is_logged_in_whatever_is_sent(editor, visitor):
    bob = visitor("bob")[1]
    assert upload(editor, owner_id=str(bob.id), public_id="b" * 24, media_type="text/html").status_code == 201
    file = db.session.scalars(select(MediaFile)).one()
    assert file.owner_id != bob.id
    assert file.public_id != "b" * 24
    assert file.media_type == "image/png"


def test_a_file_larger_than_a_form_may_be_is_taken(editor):
    room = 3 * MEGABYTE
    answer = upload(editor, png(3, 2, more=pictures.chunk(b"tEXt", b"\0" * room)))
    assert answer.status_code == 201
    assert db.session.scalars(select(MediaFile.size)).one() > room


@pytest.mark.parametrize(
    ("name", "data", "status", "sentence"),
    [
        ("page.png", pictures.HTML, 415, "PNG, JPEG, GIF or WebP"),
        ("drawing.svg", pictures.SVG, 415, "PNG, JPEG, GIF or WebP"),
        ("x.gif", pictures.GIF_AND_SCRIPT, 422, "damaged"),
        ("bomb.png", png(declared=(0x7FFFFFFF, 0x7FFFFFFF)), 422, "more than browsers can show"),
        ("empty.png", b"", 422, "empty"),
        ("large.png", PNG + b"\0" * 5 * MEGABYTE, 413, "larger than 5 MB"),
    ],
)
def test_what_is_not_taken_is_said_in_a_sentence(editor, name, data, status, sentence):
    before = kept()
    answer = upload(editor, data, name)
    assert answer.status_code == status
    assert sentence in answer.json["message"]
    assert kept() == before


def test_far_too_much_is_not_even_read(editor):
    before = kept()
    answer = upload(editor, PNG + b"\0" * 8 * MEGABYTE)
    assert answer.status_code == 413
    assert answer.json["error"]["message"]
    assert kept() == before


@pytest.mark.parametrize("name", ["a\x00b.png", "../../x.png", "\u202egnp.png", "x" * 400 + ".png", "x.png.html", ""])
def test_odd_names_are_made_plain(editor, name):
    answer = upload(editor, name=name)
    assert answer.status_code == 201
    shown = answer.json["name"]
    assert shown.endswith(".png")
    assert len(shown.encode()) <= 255
    assert not set(shown) & set("/\\\0\u202e")


def test_one_file_under_its_name(editor):
    before = kept()
    two = {"file": [(io.BytesIO(PNG), "a.png"), (io.BytesIO(PNG), "b.png")]}
    token = token_of(editor.get("/admin/").text)
    for data in (two, {}, {"file": "text"}, {"other": (io.BytesIO(PNG), "a.png")}):
        answer = editor.post(PAGE, data=data, headers={"X-CSRFToken": token}, content_type="multipart/form-data")
        assert answer.status_code == 422
        assert "one file" in answer.json["message"]
    assert kept() == before


class TestWho:
    def test_without_the_letter(self, visitor):
        before = kept()
        answer = upload(visitor("eve", media="RUD:all")[0])
        assert answer.status_code == 403
        assert "create files" in answer.json["error"]["message"]
        assert kept() == before

    def test_without_the_token_of_the_session(self, editor):
        before = kept()
        answer = editor.post(PAGE, data={"file": (io.BytesIO(PNG), "a.png")}, headers={"Accept": "application/json"})
        assert answer.status_code == 400
        assert kept() == before

    def test_strangers(self, client: FlaskClient, app: Flask):
        before = kept()
        token = token_of(client.get("/login").text)
        answer = client.post(PAGE, data={"file": (io.BytesIO(PNG), "a.png")}, headers={"X-CSRFToken": token})
        assert answer.status_code == 303
        assert answer.location.startswith("/login")
        assert kept() == before

    def test_strangers_have_no_more_room_than_anywhere(self, client: FlaskClient, app: Flask):
        answer = client.post(PAGE, **multipart(PNG + b"\0" * 3 * MEGABYTE, "a.png"))
        assert answer.status_code == 413

    def test_it_is_no_page(self, editor):
        assert editor.get(PAGE).status_code in {404, 405}


def test_other_pages_take_no_more_than_before(editor):
    token = token_of(editor.get("/admin/").text)
    answer = editor.post("/account/password", data={"csrf_token": token, "current": "x" * 3 * MEGABYTE})
    assert answer.status_code == 413
