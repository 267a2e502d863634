"""What people call a stored field: by the label of its column, else by a word from here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext

# What the audit log tells of and no list has a column for.
_OTHERS: Mapping[str, Any] = {
    "abilities": lazy_gettext("Further rights"),
    "choices": lazy_gettext("Choices"),
    "copied_from": lazy_gettext("Copy of"),
    "deleted_at": lazy_gettext("Deleted"),
    "ended_sessions": lazy_gettext("Sessions that were ended"),
    "format": lazy_gettext("Format"),
    "grants": lazy_gettext("Rights"),
    "labels": lazy_gettext("Labels in place of codes"),
    "locale": lazy_gettext("Language"),
    "may_edit": lazy_gettext("May edit"),
    "may_read": lazy_gettext("May read"),
    "questions": lazy_gettext("Questions"),
    "rank": lazy_gettext("Place"),
    "replies": lazy_gettext("Replies"),
    "retired_at": lazy_gettext("Retired"),
    "revoked_tokens": lazy_gettext("Tokens that were revoked"),
    "role": lazy_gettext("Role"),
    "roles": lazy_gettext("Roles"),
    "rows": lazy_gettext("Rows"),
    "section": lazy_gettext("Section"),
    "settings": lazy_gettext("Settings"),
    "sha256": lazy_gettext("Checksum"),
    "theme": lazy_gettext("Colours"),
    "time_zone": lazy_gettext("Time zone"),
    "value": lazy_gettext("Value"),
    "version": lazy_gettext("Version"),
}


def field_words(name: str, labels: Mapping[str, Any] | None = None) -> str:
    """Return what people call the field `name`, or the key of a related record; `labels` are those of its screen."""
    for known in (labels or {}, _OTHERS):
        for one in (name, name.removesuffix("_id")):
            if one in known:
                return str(known[one])
    return name.replace("_", " ")
