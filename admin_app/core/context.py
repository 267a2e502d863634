"""What the running request or command is called, for log lines and audit entries."""

from __future__ import annotations

import secrets
from contextvars import ContextVar

_request_id: ContextVar[str] = ContextVar("canvass_request_id", default="")


def new_request_id() -> str:
    """Start a new request, command or job; return its id (16 characters) to quote in errors and logs."""
    value = secrets.token_hex(8)
    _request_id.set(value)
    return value


def request_id() -> str:
    """Return the id of what is running now, or an empty string outside any request."""
    return _request_id.get()
