"""Files that are sent: what they are called, and their bytes piece by piece."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import BinaryIO
from urllib.parse import quote

from werkzeug.http import quote_header_value

_CHUNK = 64 * 1024


def disposition(how: str, name: str) -> str:
    """Return the header with the name as it is, and for old programs with what ASCII has of it."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return f"{how}; filename={quote_header_value(plain)}; filename*=UTF-8''{quote(name, safe='')}"


def chunks(stream: BinaryIO) -> Iterator[bytes]:
    """Yield what is in `stream`, and close it."""
    with stream:
        while part := stream.read(_CHUNK):
            yield part
