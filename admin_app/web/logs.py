"""Log lines: one JSON object or one readable line each, with the request's id and without secrets."""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

from flask import Flask, Response, g, request
from werkzeug.wsgi import ClosingIterator

from admin_app.core.context import new_request_id, request_id
from admin_app.web.headers import SECRET_PATH, is_api_path, is_public, is_static

logger = logging.getLogger(__name__)
access = logging.getLogger("admin_app.access")

# The second range, too, moves cursors and changes colours on terminals.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
_FIELDS = ("method", "path", "status", "ms", "user", "address", "job", "kind")


# What PostgreSQL says in detail of a row that it refuses is the row: answers, addresses.
_DETAIL = re.compile(r"^DETAIL:.*?(?=^\[SQL:|^The above exception|^During handling|\Z)", re.DOTALL | re.MULTILINE)


def traceback_of(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    """Return the traceback without the values that a database quotes."""
    assert record.exc_info
    return _DETAIL.sub("DETAIL: left out\n", formatter.formatException(record.exc_info))


def shown_path(path: str) -> str:
    """Return a path as it may stand in a log."""
    return SECRET_PATH.sub(r"/\1/…", path)[:300]


class JsonFormatter(logging.Formatter):
    """One JSON object in one line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if running := request_id():
            line["request_id"] = running
        line |= {name: value for name in _FIELDS if (value := getattr(record, name, None)) is not None}
        if record.exc_info:
            line["traceback"] = traceback_of(self, record)
        return json.dumps(line)


class TextFormatter(logging.Formatter):
    """One line for reading; a traceback follows it."""

    def format(self, record: logging.LogRecord) -> str:
        moment = dt.datetime.fromtimestamp(record.created, dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        message = _CONTROL.sub(lambda match: f"\\x{ord(match.group()):02x}", record.getMessage())
        if (duration := getattr(record, "ms", None)) is not None:
            message += f" {duration} ms"
        line = f"{moment} {record.levelname:<7} {record.name} [{request_id() or '-'}] {message}"
        return f"{line}\n{traceback_of(self, record)}" if record.exc_info else line


class _StderrHandler(logging.StreamHandler[Any]):
    """Writes to what standard error is at that moment, and is known again when an application is made twice."""

    @property
    def stream(self) -> Any:
        return sys.stderr

    @stream.setter
    def stream(self, _value: Any) -> None: ...


def configure(log_format: str, level: str) -> None:
    """Send every logger's lines to standard error, once for each process."""
    root = logging.getLogger()
    handler = next((one for one in root.handlers if isinstance(one, _StderrHandler)), None)
    if handler is None:
        handler = _StderrHandler()
        root.addHandler(handler)
    handler.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter())
    root.setLevel(level.upper())
    for noisy in ("alembic", "huey", "werkzeug"):
        logging.getLogger(noisy).setLevel(max(logging.WARNING, root.level))


class RequestLog:
    """WSGI middleware: gives each request its id, and writes its line when the last byte has been sent."""

    def __init__(self, app: Callable[..., Iterable[bytes]]) -> None:
        self.app = app

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        started, name = time.perf_counter(), new_request_id()
        seen: dict[str, str] = {}

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            seen["status"] = status
            return start_response(status, [*headers, ("X-Request-Id", name)], *rest)

        body = self.app(environ, start)
        return ClosingIterator(body, lambda: _write(environ, seen.get("status", "500"), time.perf_counter() - started))


def _write(environ: dict[str, Any], status: str, seconds: float) -> None:
    path = environ.get("PATH_INFO", "").encode("latin-1", "replace").decode("utf-8", "replace")
    path = shown_path(path)
    known: dict[str, Any] = environ.get("canvass.access", {})
    fields = {
        "method": environ.get("REQUEST_METHOD"),
        "path": path,
        "status": int(status.split(" ", 1)[0]),
        "ms": round(seconds * 1000, 1),
    } | known
    level = logging.DEBUG if fields.pop("quiet", False) else logging.INFO
    access.log(level, "%s %s %s", fields["method"], path, fields["status"], extra=fields)


def _note_who(response: Response) -> Response:
    """Leave for the line who asked; for respondents neither name nor address."""
    # Files and the questions of a load balancer would bury all else.
    known: dict[str, Any] = {"quiet": is_static(request.endpoint) or request.path in {"/healthz", "/readyz"}}
    if not is_public() and not known["quiet"]:
        # What the login has loaded already: a log line never asks the database.
        known["user"] = getattr(g.get("_login_user"), "id", None)
        # What a program sends without a token may be a respondent's answer. Whoever guesses is named.
        if known["user"] is not None or not is_api_path(request.path) or response.status_code in {401, 429}:
            known["address"] = request.remote_addr
    request.environ["canvass.access"] = known
    return response


def _log_exception(exc_info: Any, *_: Any) -> None:
    """In place of Flask's own, which writes the whole path."""
    logger.error("The request %s %s broke off.", request.method, shown_path(request.path), exc_info=exc_info)


def register(app: Flask) -> None:
    """Configure logging as the settings say, and log every request."""
    settings = app.config["CANVASS"]
    configure(settings["LOG_FORMAT"], settings["LOG_LEVEL"])
    app.log_exception = _log_exception  # type: ignore[method-assign]
    app.after_request(_note_who)
    app.wsgi_app = RequestLog(app.wsgi_app)  # type: ignore[method-assign]
