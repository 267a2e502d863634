"""Where the bytes of uploads lie: a folder of the instance. It is asked for little, so that S3 can do it later."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

# What a name may be. It becomes part of a path, so nothing else does.
_NAME = re.compile(r"[0-9a-z]{8,64}\Z")


class Storage(Protocol):
    """Keeps bytes under random names. What is stored under a name never changes."""

    def save(self, name: str, data: bytes) -> None:
        """Store `data` so that it survives a power cut; there is nothing under `name` yet."""

    def open(self, name: str) -> BinaryIO | None:
        """Return what is stored under `name`, to be read and closed; None where there is nothing."""

    def delete(self, name: str) -> None:
        """Forget what is stored under `name`, if anything is."""


class FolderStorage:
    """A file for each name, in folders by its first two letters. Only their owner may read them."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def _path(self, name: str) -> Path:
        if not _NAME.match(name):
            raise ValueError("That cannot be the name of a stored file.")
        return self.root / name[:2] / name

    def save(self, name: str, data: bytes) -> None:
        """Store `data`: under a name of its own first, so that nobody ever reads half a file."""
        path = self._path(name)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = path.with_name(f".{name}.{secrets.token_hex(4)}")
        try:
            with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            part.rename(path)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        self._sync(path.parent)

    @staticmethod
    def _sync(folder: Path) -> None:
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def open(self, name: str) -> BinaryIO | None:
        """Return the file, to be read and closed; None where there is none."""
        with suppress(FileNotFoundError):
            return self._path(name).open("rb")
        return None

    def delete(self, name: str) -> None:
        """Delete the file, if it is there."""
        self._path(name).unlink(missing_ok=True)


def _nowhere() -> Storage:
    raise RuntimeError("No application says where uploads lie.")


@dataclass
class _Source:
    find: Callable[[], Storage] = _nowhere


_source = _Source()


def install(find: Callable[[], Storage]) -> None:
    """Find the storage of the running application by this from now on."""
    _source.find = find


def storage() -> Storage:
    """Return the storage of the running application."""
    return _source.find()
