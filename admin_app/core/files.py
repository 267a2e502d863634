"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from admin_app.core.errors import InvalidError
from admin_app.core.words import gettext as _


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """Yield a new file that takes the name `path` only when all of it is written; InvalidError where none can be."""
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise InvalidError(_("The file cannot be written: %(reason)s.", reason=error.strerror or "")) from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def has_files(folder: Path) -> bool:
    """Whether there is anything in the folder, whole or half-written."""
    return folder.is_dir() and any(folder.iterdir())


def delete_others(folder: Path, kept: Collection[str], *, before: float) -> int:
    """Delete what is not `kept` and was not written to since `before` (seconds since 1970); return how many files.

    A worker that died leaves a half-written file behind; one that lives writes to it all the time.
    """
    deleted = 0
    for path in list(folder.iterdir()) if folder.is_dir() else []:
        with suppress(FileNotFoundError):
            if path.name not in kept and path.stat().st_mtime < before:
                path.unlink()
                deleted += 1
    return deleted
