"""Static texts are sent packed to whoever takes that, and are what they are on the disk."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

TEXTS = ["css/public.css", "js/public/form.js", "img/canvass.svg"]
PACKS = {"Accept-Encoding": "gzip, br"}


def on_disk(app: Flask, name: str) -> bytes:
    return Path(str(app.static_folder), name).read_bytes()


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_is_packed_and_unpacks_to_the_file(app: Flask, client: FlaskClient, name: str):
    plain = client.get(f"/static/{name}")
    packed = client.get(f"/static/{name}", headers=PACKS)
    assert "Content-Encoding" not in plain.headers
    assert plain.data == on_disk(app, name)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.data) == plain.data
    assert len(packed.data) < len(plain.data)
    assert int(packed.headers["Content-Length"]) == len(packed.data)
    for answer in (plain, packed):
        assert "Accept-Encoding" in answer.headers["Vary"]


def test_who_has_it_already_gets_nothing_again(client: FlaskClient):
    tag = client.get("/static/css/public.css", headers=PACKS).headers["ETag"]
    assert tag.startswith("W/")
    again = client.get("/static/css/public.css", headers={**PACKS, "If-None-Match": tag})
    assert (again.status_code, again.data) == (304, b"")


def test_what_is_packed_already_and_what_is_not_there_stay_as_they_are(client: FlaskClient):
    font = client.get("/static/vendor/inter/inter-latin-wght-normal.woff2", headers=PACKS)
    assert font.status_code == 200
    assert "Content-Encoding" not in font.headers
    gone = client.get("/static/css/nothing.css", headers=PACKS)
    assert gone.status_code == 404
    assert "Content-Encoding" not in gone.headers


def test_a_part_of_a_file_is_that_part(app: Flask, client: FlaskClient):
    part = client.get("/static/css/public.css", headers={**PACKS, "Range": "bytes=0-9"})
    assert part.status_code == 206
    assert part.data == on_disk(app, "css/public.css")[:10]
    head = client.head("/static/css/public.css", headers=PACKS)
    assert (head.status_code, head.data) == (200, b"")
