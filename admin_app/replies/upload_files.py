"""Where files of replies lie until they are imported: a folder of the instance, for its owner's eyes only."""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from admin_app.core.errors import InvalidError, NotFoundError
from admin_app.core.files import whole_file
from admin_app.core.words import figure
from admin_app.core.words import gettext as _

MEGABYTE = 1024 * 1024
_BLOCK = 256 * 1024
_MOMENTS = ("submitted_at", "started_at")


@dataclass(frozen=True)
class Received:
    """A file that was taken: the name it lies under, its size and what tells it from others."""

    name: str
    size: int
    sha256: str


class UploadFolder:
    """A file for each name. Names are random and come from the database, never from an address."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def receive(self, name: str, source: BinaryIO, *, megabytes: int) -> Received:
        """Take a file, whole or not at all; InvalidError when it is larger than it may be, or empty."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        digest, size = hashlib.sha256(), 0
        with whole_file(self.root / name) as file:
            while block := source.read(_BLOCK):
                size += len(block)
                if size > megabytes * MEGABYTE:
                    raise InvalidError(too_large(megabytes))
                digest.update(block)
                file.write(block)
            if not size:
                raise InvalidError(_("The file is empty. Choose one with a row for each reply."))
        return Received(name, size, digest.hexdigest())

    def path(self, name: str) -> Path:
        """Return where the file lies; NotFoundError when it is not there any more."""
        path = self.root / name
        if not path.is_file():
            raise NotFoundError(_("This file has waited too long and was deleted. Send it again."))
        return path

    def delete(self, name: str) -> None:
        """Delete the file, if it is there."""
        (self.root / name).unlink(missing_ok=True)

    @contextmanager
    def spool(self) -> Iterator[Spool]:
        """Yield a place for checked replies, which goes with the block or with the process."""
        with tempfile.TemporaryFile("w+", encoding="utf-8", dir=self.root) as file:
            yield Spool(file)


class Spool:
    """Checked replies on the disk: so they are all read before the first one is stored, and none takes memory."""

    def __init__(self, file: Any) -> None:
        self._file = file

    def add(self, record: Mapping[str, Any]) -> None:
        """Add one."""
        moments = {name: record[name] and record[name].isoformat() for name in _MOMENTS}
        self._file.write(json.dumps({**record, **moments}) + "\n")

    def __iter__(self) -> Iterator[dict[str, Any]]:
        self._file.seek(0)
        for line in self._file:
            record = json.loads(line)
            for name in _MOMENTS:
                record[name] = record[name] and datetime.fromisoformat(record[name])
            yield record


def too_large(megabytes: int) -> str:
    """Return the sentence for a file that is larger than it may be."""
    return _(
        "A file of replies may have at most %(number)s MB. Divide it, or import it by the command line.",
        number=figure(megabytes),
    )


def _nowhere() -> UploadFolder:
    raise RuntimeError("No application says where files of replies lie.")


@dataclass
class _Source:
    find: Callable[[], UploadFolder] = _nowhere


_source = _Source()


def install(find: Callable[[], UploadFolder]) -> None:
    """Find the folder of the running application by this from now on."""
    _source.find = find


def upload_folder() -> UploadFolder:
    """Return the folder of the running application."""
    return _source.find()
