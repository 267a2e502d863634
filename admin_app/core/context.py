"""What the running request or command is called, for log lines and audit entries."""

from __future__ import annotations

import secrets
from contextvars import ContextVar
from typing import Any

_request_id: ContextVar[str] = ContextVar("canvass_request_id", default="")


# Why nothing may be changed by what is running now, as a sentence; empty where it may.
_read_only: ContextVar[Any] = ContextVar("canvass_read_only", default="")


def new_request_id() -> str:
    """Start a new request, command or job; return its id (16 characters) to quote in errors and logs."""
    value = secrets.token_hex(8)
    _request_id.set(value)
    return value


def request_id() -> str:
    """Return the id of what is running now, or an empty string outside any request."""
    return _request_id.get()


def forbid_writing(sentence: Any) -> None:
    """Let every unit of work of what is running now be refused with `sentence`; an empty one allows them again.

    The sentence may be a lazy one: it is put into words when something is refused.
    """
    _read_only.set(sentence)


def read_only() -> str:
    """Return why nothing may be changed now, or an empty string."""
    return str(_read_only.get())
