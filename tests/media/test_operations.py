"""Storing uploads, and everything that is refused: then there is neither a row nor a file."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select

from admin_app.audit.models import AuditEntry
from admin_app.core.db import db, on_rollback, unit_of_work
from admin_app.core.errors import ConflictError, ForbiddenError, InvalidError
from admin_app.core.permissions import SYSTEM, Scope, can, visible
from admin_app.media.content import IMAGES, TooLargeError, UnknownKindError
from admin_app.media.models import MediaFile
from admin_app.media.operations import MEGABYTE, shown_name, store_file
from admin_app.media.queries import file_at
from admin_app.media.scopes import MEDIA_SCOPE
from admin_app.media.storage import FolderStorage, storage
from admin_app.settings.operations import change_settings
from tests.factories import make_role, make_user
from tests.media import pictures
from tests.media.pictures import png

PNG = png(3, 2)


def store(actor, name="photo.png", data=PNG):
    with unit_of_work():
        return store_file(name, data, actor=actor)


def kept() -> tuple[int, int, list[Path]]:
    """All that a refusal must leave as it is."""
    db.session.rollback()
    where = storage()
    assert isinstance(where, FolderStorage)
    rows = db.session.scalar(select(func.count()).select_from(MediaFile)) or 0
    entries = db.session.scalar(select(func.count()).select_from(AuditEntry)) or 0
    return rows, entries, sorted(path for path in where.root.rglob("*") if path.is_file())


@pytest.fixture
def anna(app: Flask):
    return make_user("anna", make_role("Editors", media="C:own"))


class TestStore:
    def test_it_works(self, anna):
        file = store(anna)
        db.session.expire_all()
        assert (file.owner_id, file.name, file.media_type, str(file)) == (
            anna.id,
            "photo.png",
            "image/png",
            "photo.png",
        )
        assert (file.size, file.width, file.height) == (len(PNG), 3, 2)
        assert file.sha256 == hashlib.sha256(PNG).hexdigest()
        assert len(file.public_id) == 24
        assert file_at(file.public_id) is file
        with storage().open(file.public_id) as stored:
            assert stored.read() == PNG

    def test_it_is_recorded(self, anna):
        file = store(anna)
        entry = db.session.scalars(select(AuditEntry)).one()
        assert (entry.action, entry.resource, entry.record_id, entry.actor_id) == (
            "media.create", "media", file.id, anna.id
        )  # fmt: skip
        assert entry.changes["media_type"] == [None, "image/png"]
        assert entry.changes["sha256"] == [None, file.sha256]
        assert str(entry) == "File uploaded: photo.png"

    def test_the_same_bytes_twice_are_two_files(self, anna):
        assert store(anna).public_id != store(anna).public_id
        assert len(kept()[2]) >= 2

    def test_the_kind_is_never_what_the_name_says(self, anna):
        assert store(anna, "page.html", pictures.jpeg()).media_type == "image/jpeg"


class TestRefused:
    @pytest.mark.parametrize(
        ("name", "data", "kind"),
        [
            ("photo.png", pictures.HTML, UnknownKindError),
            ("photo.png", pictures.SVG, UnknownKindError),
            ("photo.svg", pictures.SVG, UnknownKindError),
            ("photo.gif", pictures.GIF_AND_SCRIPT, InvalidError),
            ("photo.gif", pictures.GIF_IN_COMMENT, InvalidError),
            ("photo.png", png(declared=(0x7FFFFFFF, 0x7FFFFFFF)), InvalidError),
            ("photo.png", b"", InvalidError),
            ("photo.png", PNG + b"\0" * 6 * MEGABYTE, TooLargeError),
        ],
    )
    def test_what_is_no_picture(self, anna, name, data, kind):
        before = kept()
        with pytest.raises(kind):
            store(anna, name, data)
        assert kept() == before

    def test_the_limit_is_a_setting_and_is_said(self, anna):
        with unit_of_work():
            change_settings({"upload_megabytes": 1}, actor=SYSTEM)
        before = kept()
        with pytest.raises(TooLargeError, match="larger than 1 MB"):
            store(anna, data=PNG + b"\0" * MEGABYTE)
        assert kept() == before
        rest = MEGABYTE - len(png(3, 2, more=pictures.chunk(b"tEXt", b"")))
        assert store(anna, data=png(3, 2, more=pictures.chunk(b"tEXt", b"\0" * rest))).size == MEGABYTE

    def test_without_the_letter(self, app: Flask):
        before = kept()
        for name, grants in (("reader", {"media": "RUD:all"}), ("nobody", {})):
            with pytest.raises(ForbiddenError, match="create files"):
                store(make_user(name, make_role(name, **grants)))
        assert kept() == before

    def test_by_nobody(self, app: Flask):
        before = kept()
        with pytest.raises(ForbiddenError, match="somebody"):
            store(SYSTEM)
        assert kept() == before


class TestTogether:
    def test_a_change_that_is_given_up_leaves_no_file(self, anna):
        before = kept()
        with pytest.raises(RuntimeError, match="later"), unit_of_work():
            store_file("photo.png", PNG, actor=anna)
            assert len(kept_files()) == len(before[2]) + 1
            raise RuntimeError("later")
        assert kept() == before

    def test_a_commit_that_fails_leaves_no_file(self, anna):
        before = kept()
        with pytest.raises(ConflictError), unit_of_work() as session:
            file = store_file("photo.png", PNG, actor=anna)
            session.add(
                MediaFile(owner_id=anna.id, public_id=file.public_id, name="", media_type="", size=1, sha256="")
            )
        assert kept() == before

    def test_a_disk_that_is_full_leaves_no_row(self, anna, monkeypatch):
        before = kept()

        def full(*_args: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(FolderStorage, "_sync", full)
        with pytest.raises(OSError, match="No space"):
            store(anna)
        assert kept() == before

    def test_what_is_stored_is_not_undone_by_what_fails_later(self, anna):
        file = store(anna)
        with pytest.raises(RuntimeError), unit_of_work():
            raise RuntimeError
        with storage().open(file.public_id) as stored:
            assert stored.read() == PNG

    def test_a_step_that_fails_after_the_rollback_hides_nothing(self, app: Flask):
        def fails() -> None:
            raise OSError("gone")

        with pytest.raises(RuntimeError, match="the reason"), unit_of_work():
            on_rollback(fails)
            raise RuntimeError("the reason")

    def test_there_is_nothing_to_undo_outside(self, app: Flask):
        with pytest.raises(RuntimeError, match="needs an open"):
            on_rollback(lambda: None)


def kept_files() -> list[Path]:
    where = storage()
    assert isinstance(where, FolderStorage)
    return [path for path in where.root.rglob("*") if path.is_file()]


KIND = IMAGES["image/png"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("photo.png", "photo.png"),
        ("PHOTO.PNG", "PHOTO.PNG"),
        ("файл.png", "файл.png"),
        ("😀.png", "😀.png"),
        ("e\u0301te\u0301.png", "été.png"),
        ("../../etc/passwd", "passwd.png"),
        ("C:\\Users\\anna\\photo.png", "photo.png"),
        ("/etc/cron.d/photo.png", "photo.png"),
        ("..", "picture.png"),
        ("", "picture.png"),
        ("a/", "picture.png"),
        (".png", "png.png"),
        ("x.png.html", "x.png.html.png"),
        ("x.svg", "x.svg.png"),
        ("x.jpg", "x.jpg.png"),
        ("pho\x00to\r\n.png", "photo.png"),
        ("\u202egnp.exe.png", "gnp.exe.png"),
        ("a\ud800b.png", "ab.png"),
        ("a\u200b  b\t.png", "a b.png"),
        ("con.txt", "con.txt.png"),
        ('a"b;c.png', 'a"b;c.png'),
    ],
)
def test_the_shown_name_is_plain_and_ends_as_what_it_is(name, shown):
    assert shown_name(name, KIND) == shown


@pytest.mark.parametrize("letter", ["x", "ж", "😀"])
def test_the_shown_name_has_at_most_255_bytes(letter):
    shown = shown_name(letter * 400 + ".png", KIND)
    assert 250 < len(shown.encode()) <= 255
    assert shown.endswith(letter + ".png")


class TestScope:
    def test_own_is_what_one_uploaded(self, anna):
        mine, theirs = store(anna), store(make_user("bob", make_role("Others", media="C:own")))
        reader = make_user("cleo", make_role("Readers", media="RD:own U:shared"))
        his = MediaFile(owner_id=reader.id, name="a.png", media_type="image/png", size=1, sha256="")
        with unit_of_work() as session:
            session.add(his)
        for letter in "RUD":
            found = db.session.scalars(select(MediaFile).where(visible(reader, "media", letter))).all()
            assert list(found) == [his]
            assert [can(reader, "media", letter, obj=one) for one in (mine, theirs, his)] == [False, False, True]

    def test_the_system_owns_nothing(self, anna):
        store(anna)
        condition = MEDIA_SCOPE.condition(SYSTEM, Scope.OWN, "R")
        assert db.session.scalars(select(MediaFile).where(condition)).all() == []
        assert not MEDIA_SCOPE.holds(SYSTEM, Scope.OWN, "R", MediaFile(owner_id=None))
