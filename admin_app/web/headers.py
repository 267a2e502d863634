"""Headers of every answer: what a page may load, who may frame it, how long it may be kept."""

from __future__ import annotations

import hashlib
import os
import re
from functools import lru_cache
from typing import Any

from flask import Flask, Response, current_app, g, request
from werkzeug.middleware.proxy_fix import ProxyFix

from admin_app.web.packing import pack

_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors {ancestors}"
)
CONSOLE_POLICY = _POLICY.format(ancestors="'self'")
PUBLIC_POLICY = _POLICY.format(ancestors="'none'")

_SAME_EVERYWHERE = (
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=(), browsing-topics=()"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
)
# With the page's own address, what it loads would carry the link into the log of every proxy. Not "no-referrer": over
# TLS a form that does not say where it comes from is refused.
_SAME_BEHIND_LINKS = (
    *(pair for pair in _SAME_EVERYWHERE if pair[0] != "Referrer-Policy"),
    ("Referrer-Policy", "strict-origin"),
)
_YEAR = 365 * 24 * 3600
_PUBLIC = re.compile(r"/\Z|/(?:s|r)(?:/|\Z)")
# What stands behind these opens something: a one-time link, a respondent's own reply.
SECRET_PATH = re.compile(r"^/+(setup|r|account/+(?:welcome|reset))/+[^/]+")


def is_public_path(path: str) -> bool:
    """Whether `path` is on the respondents' side, also where there is no such page."""
    return _PUBLIC.match(path) is not None


def is_api_path(path: str) -> bool:
    """Whether `path` is one of the doors for programs: no session, no cookie, no page."""
    return path.startswith("/api/")


def is_public() -> bool:
    """Whether the request is for the respondents' side."""
    return request.blueprint == "public" or is_public_path(request.path)


def is_static(endpoint: str | None) -> bool:
    """Whether `endpoint` serves files that come with the program."""
    return endpoint is not None and (endpoint == "static" or endpoint.endswith(".static"))


def _cache_control() -> str:
    if is_static(request.endpoint):
        # An address with ?v= names exactly this content; without it the browser asks whether it is still good.
        return f"public, max-age={_YEAR}, immutable" if request.args.get("v") else "no-cache"
    # The way back keeps what a respondent typed; a console page must not stand on a shared machine after logout.
    return "private, no-cache" if is_public() else "no-store"


def _add_headers(response: Response) -> Response:
    policy = g.get("canvass_csp") or (PUBLIC_POLICY if is_public() else CONSOLE_POLICY)
    present = {name.lower() for name, _ in response.headers}
    same = _SAME_BEHIND_LINKS if SECRET_PATH.match(request.path) else _SAME_EVERYWHERE
    wanted = [("Content-Security-Policy", policy), *same]
    if current_app.config["PUBLIC_URL"].startswith("https://"):
        wanted.append(("Strict-Transport-Security", f"max-age={_YEAR}"))
    # At once: one by one, each would be looked for in all the others.
    response.headers.extend([pair for pair in wanted if pair[0].lower() not in present])
    if is_static(request.endpoint):
        response.headers["Cache-Control"] = _cache_control() if response.status_code < 400 else "no-store"
        pack(response)
    else:
        response.headers.setdefault("Cache-Control", _cache_control())
    return response


@lru_cache(maxsize=4096)
def _content_hash(path: str, _modified: int, _size: int) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]


def version_of(folder: str | os.PathLike[str] | None, filename: str) -> str | None:
    """Return a short hash of a static file's content, or None where there is no such file."""
    path = os.path.join(folder or "", filename)
    try:
        status = os.stat(path)
        return _content_hash(path, status.st_mtime_ns, status.st_size)
    except (OSError, ValueError):
        return None


def static_url(filename: str) -> str:
    """Return the address of a static file of ours, also where no route can be built (a foreign Host)."""
    version = version_of(current_app.static_folder, filename)
    return f"{request.script_root}/static/{filename}" + (f"?v={version}" if version else "")


def _add_version(endpoint: str, values: dict[str, Any]) -> None:
    if not is_static(endpoint) or "v" in values or "filename" not in values:
        return
    name, dot, _ = endpoint.rpartition(".")
    folder = current_app.blueprints[name].static_folder if dot else current_app.static_folder
    if version := version_of(folder, values["filename"]):
        values["v"] = version


def register(app: Flask) -> None:
    """Put the headers on every answer of `app`, and the content's hash into addresses of static files."""
    app.after_request(_add_headers)
    app.url_defaults(_add_version)
    if proxies := app.config["CANVASS"]["TRUSTED_PROXIES"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=proxies, x_proto=proxies)  # type: ignore[method-assign]
