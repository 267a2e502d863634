"""Scripts, styles and drawings that come with the program, packed once for every browser that unpacks them."""

from __future__ import annotations

import gzip
from functools import lru_cache
from pathlib import Path

from flask import Response, current_app, request

_TEXTS = {"text/css", "text/javascript", "application/javascript", "image/svg+xml"}


def pack(response: Response) -> None:
    """Compress the answer for a static file of ours where it is a text and the browser takes that."""
    if request.endpoint != "static" or response.mimetype not in _TEXTS:
        return
    response.vary.add("Accept-Encoding")
    whole = response.status_code == 200 and request.method == "GET"
    if not whole or "gzip" not in request.headers.get("Accept-Encoding", ""):
        return
    # The file was found there a moment ago.
    path = Path(current_app.static_folder or "", (request.view_args or {})["filename"])
    status = path.stat()
    response.close()
    response.direct_passthrough = False
    response.set_data(_packed(str(path), status.st_mtime_ns, status.st_size))
    response.headers["Content-Encoding"] = "gzip"
    # The same content in other bytes. Whoever asks whether it has changed is answered by the file's tag as before.
    response.set_etag(response.get_etag()[0] or "", weak=True)


@lru_cache(maxsize=200)
def _packed(path: str, _modified: int, _size: int) -> bytes:
    return gzip.compress(Path(path).read_bytes(), mtime=0)
