"""Stored states and kinds in words, with the tone in which a badge says them: of surveys, replies, jobs and users."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from flask_babel import lazy_gettext, lazy_pgettext

# By the value that is stored; the same value means the same wherever it stands. "Open" is a button's verb elsewhere.
STATES: Mapping[str, tuple[Any, str]] = {
    "draft": (lazy_gettext("Draft"), "neutral"),
    "open": (lazy_pgettext("state", "Open"), "positive"),
    "paused": (lazy_gettext("Paused"), "warning"),
    "closed": (lazy_gettext("Closed"), "neutral"),
    "archived": (lazy_gettext("Archived"), "neutral"),
    "scheduled": (lazy_gettext("Scheduled"), "accent"),
    "full": (lazy_gettext("Full"), "warning"),
    "expired": (lazy_gettext("Expired"), "neutral"),
    "partial": (lazy_gettext("Partial"), "warning"),
    "complete": (lazy_gettext("Complete"), "positive"),
    "screened_out": (lazy_gettext("Screened out"), "neutral"),
    "test": (lazy_gettext("Test"), "accent"),
    "new": (lazy_gettext("New"), "accent"),
    "approved": (lazy_gettext("Approved"), "positive"),
    "flagged": (lazy_gettext("Flagged"), "warning"),
    "spam": (lazy_gettext("Spam"), "danger"),
    "queued": (lazy_gettext("Queued"), "neutral"),
    "running": (lazy_gettext("Running"), "accent"),
    "done": (lazy_gettext("Done"), "positive"),
    "failed": (lazy_gettext("Failed"), "danger"),
    "cancelled": (lazy_gettext("Cancelled"), "neutral"),
    "waiting": (lazy_gettext("Waiting"), "neutral"),
    "skipped": (lazy_gettext("Skipped"), "warning"),
    "active": (lazy_gettext("Active"), "positive"),
    "inactive": (lazy_gettext("Inactive"), "neutral"),
}


def words_of(state: Any) -> Any:
    """Return the words for a state; one that nobody entered above shows its value: "screened_out" as "Screened out"."""
    value = _value(state)
    return STATES[value][0] if value in STATES else value.replace("_", " ").capitalize()


def tone_of(state: Any) -> str:
    """Return the tone of a state's badge."""
    value = _value(state)
    return STATES[value][1] if value in STATES else "neutral"


def _value(state: Any) -> str:
    return str(state.value if isinstance(state, Enum) else state)
