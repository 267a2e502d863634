"""Where files of replies lie until they are fetched: a folder of the instance, each under a random name."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

# What a name may be. It becomes part of a path, so nothing else does.
_NAME = re.compile(r"[0-9a-f]{32}\Z")


def _nowhere() -> Path:
    raise RuntimeError("No application says where files of replies lie.")


@dataclass
class _Source:
    find: Callable[[], Path] = _nowhere


_source = _Source()


def install(find: Callable[[], Path]) -> None:
    """Find the folder of the running application by this from now on."""
    _source.find = find


def new_file() -> Path:
    """Return a path for a file that is not there yet; only the owner of the process may look into its folder."""
    place = folder()
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place / secrets.token_hex(16)


def open_file(name: str) -> BinaryIO | None:
    """Return the file, to be read and closed; None where there is none."""
    if _NAME.match(name):
        with suppress(FileNotFoundError):
            return (folder() / name).open("rb")
    return None


def folder() -> Path:
    """Return the folder; it may not be there yet."""
    return _source.find()
