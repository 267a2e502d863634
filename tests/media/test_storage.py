"""The folder of uploads."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from flask import Flask

from admin_app.media import storage
from admin_app.media.storage import FolderStorage

NAME = "b3k9" * 6


@pytest.fixture
def folder(tmp_path: Path) -> FolderStorage:
    return FolderStorage(tmp_path / "media")


def files(folder: FolderStorage) -> list[str]:
    return sorted(str(path.relative_to(folder.root)) for path in folder.root.rglob("*") if path.is_file())


def test_what_is_saved_is_there_for_its_owner_only(folder):
    folder.save(NAME, b"bytes")
    with folder.open(NAME) as file:
        assert file.read() == b"bytes"
    assert files(folder) == [f"b3/{NAME}"]
    assert stat.S_IMODE((folder.root / "b3" / NAME).stat().st_mode) == 0o600
    assert stat.S_IMODE((folder.root / "b3").stat().st_mode) == 0o700


def test_what_is_not_there_is_nothing(folder):
    assert folder.open(NAME) is None
    folder.delete(NAME)


def test_what_is_deleted_is_gone(folder):
    folder.save(NAME, b"bytes")
    folder.delete(NAME)
    assert folder.open(NAME) is None
    assert files(folder) == []


@pytest.mark.parametrize(
    "name",
    ["", "short", "../../etc/passwd", "a" * 24 + "/b", "A" * 24, ".." * 12, "a\0" * 12, "a" * 23 + "\n", "a" * 65],
)
def test_a_name_is_never_a_path(folder, name):
    for work in (lambda: folder.save(name, b"x"), lambda: folder.open(name), lambda: folder.delete(name)):
        with pytest.raises(ValueError, match="cannot be the name"):
            work()
    assert not folder.root.exists()


def test_a_disk_that_is_full_leaves_nothing_half(folder, monkeypatch):
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        folder.save(NAME, b"bytes")
    assert files(folder) == []


def test_uploads_lie_in_the_instance_of_the_running_application(app: Flask):
    assert storage.storage().root == Path(app.instance_path) / "media"


def test_without_an_application_there_is_no_storage(monkeypatch):
    monkeypatch.setattr(storage._source, "find", storage._nowhere)
    with pytest.raises(RuntimeError, match="No application"):
        storage.storage()
