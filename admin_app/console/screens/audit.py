"""The audit log: who did what, when, to which record, with the values before and after."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from flask import Flask
from flask_babel import gettext, lazy_gettext
from markupsafe import Markup
from sqlalchemy.orm import selectinload

from admin_app.audit.actions import AUDIT_ACTIONS, words_for
from admin_app.audit.models import AuditEntry
from admin_app.console import filters
from admin_app.console.base import ConsoleModelView, add_view, view_of
from admin_app.console.field_words import field_words
from admin_app.core.permissions import can
from admin_app.core.text import shorten
from admin_app.web.actor import current_actor

DIGEST = "sha256:"

# What one record is called.
KINDS: Mapping[str, Any] = {
    "user": lazy_gettext("User"),
    "role": lazy_gettext("Role"),
    "survey": lazy_gettext("Survey"),
    "section": lazy_gettext("Section"),
    "question": lazy_gettext("Question"),
    "reply": lazy_gettext("Reply"),
    "job": lazy_gettext("Job"),
    "media": lazy_gettext("File"),
    "setting": lazy_gettext("Setting"),
}


def _shown(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return str(gettext("Yes") if value else gettext("No"))
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    return shorten(text, 500)


def _personal(entry: AuditEntry, name: str) -> tuple[str, str]:
    """Return the values of a personal field for those who may see them, else that they are hidden."""
    kept = next((value for value in entry.values if value.field == name), None)
    if kept is None or kept.erased_at is not None:
        return gettext("(erased)"), gettext("(erased)")
    if not can(current_actor(), "reply.personal_data"):
        return gettext("(hidden)"), gettext("(hidden)")
    return _shown(kept.before), _shown(kept.after)


def difference(entry: AuditEntry) -> list[tuple[str, str, str]]:
    """Return (field, before, after) of an entry as the current actor may read it."""
    rows = []
    # Sorted: PostgreSQL keeps the fields of a document in an order of its own.
    for name, pair in sorted(entry.changes.items()):
        before, after = pair if isinstance(pair, list) and len(pair) == 2 else (None, pair)
        if any(isinstance(value, str) and value.startswith(DIGEST) for value in (before, after)):
            shown = _personal(entry, name)
        else:
            shown = _shown(before), _shown(after)
        rows.append((_field(entry, name), *shown))
    return rows


def _field(entry: AuditEntry, name: str) -> str:
    """Return what the screen of the entry's kind of record calls a field."""
    return view.field_label(name) if (view := view_of(entry.resource)) else field_words(name)


def _changes(_view: Any, _context: Any, entry: AuditEntry, _name: str) -> Any:
    rows = difference(entry)
    if not rows:
        return gettext("No values were changed.")
    head = Markup("").join(
        Markup('<th scope="col">{}</th>').format(one) for one in (gettext("Field"), gettext("Before"), gettext("After"))
    )
    lines = Markup("").join(
        Markup('<tr><th scope="row">{}</th><td>{}</td><td>{}</td></tr>').format(*row) for row in rows
    )
    return Markup('<table class="table"><thead><tr>{}</tr></thead><tbody>{}</tbody></table>').format(head, lines)


def _fields(_view: Any, _context: Any, entry: AuditEntry, _name: str) -> str:
    return shorten(", ".join(_field(entry, name) for name in sorted(entry.changes)))


def _batch(_view: Any, _context: Any, entry: AuditEntry, _name: str) -> str:
    return "" if entry.batch is None else f"{entry.batch.public_id} ({entry.batch.records})"


def _seal(_view: Any, _context: Any, entry: AuditEntry, _name: str) -> str:
    return gettext("not yet") if entry.seal is None else f"{entry.seal.number}"


def _action(_view: Any, _context: Any, entry: AuditEntry, _name: str) -> str:
    return words_for(entry.action)


def _kind(_view: Any, _context: Any, entry: AuditEntry, _name: str) -> str:
    return str(KINDS.get(entry.resource, entry.resource))


def _action_options() -> list[tuple[str, str]]:
    return [(name, str(words)) for name, words in AUDIT_ACTIONS.items()]


class AuditView(ConsoleModelView):
    """Read only: entries are written by operations, and a trigger refuses to change them."""

    resource = "audit"
    offers = "R"
    menu_group, menu_icon = "System", "history"
    on_dashboard = False
    empty_title = lazy_gettext("Nothing has been recorded yet")

    column_list = ("at", "actor_name", "action", "resource", "record_name", "changes")
    column_details_list = (
        "at", "actor_name", "action", "resource", "record_name", "record_id", "reason", "changes", "batch", "seal",
        "request_id",
    )  # fmt: skip
    column_labels = {
        "at": lazy_gettext("When"),
        "actor_name": lazy_gettext("Who"),
        "action": lazy_gettext("What"),
        "resource": lazy_gettext("Kind of record"),
        "record_name": lazy_gettext("Record"),
        "record_id": lazy_gettext("Record number"),
        "reason": lazy_gettext("Reason"),
        "changes": lazy_gettext("Changes"),
        "batch": lazy_gettext("Bulk action"),
        "seal": lazy_gettext("Sealed as number"),
        "request_id": lazy_gettext("Request"),
    }
    column_classes = {"action": "nowrap"}
    column_sortable_list = ("at", "actor_name", "action", "resource", "record_name")
    column_default_sort = ("id", True)
    column_searchable_list = ("actor_name", "action", "record_name")
    column_filters = (
        *filters.DateBetween(AuditEntry.at, lazy_gettext("When")),
        filters.Contains(AuditEntry.actor_name, lazy_gettext("Who")),
        filters.OneOf(AuditEntry.action, lazy_gettext("What"), options=_action_options),
        filters.OneOf(AuditEntry.resource, lazy_gettext("Kind of record"), options=list(KINDS.items())),
    )
    column_formatters = {"action": _action, "resource": _kind, "changes": _fields}
    column_formatters_detail = {
        "action": _action,
        "resource": _kind,
        "changes": _changes,
        "batch": _batch,
        "seal": _seal,
    }

    def base_select(self) -> Any:
        return super().base_select().options(selectinload(AuditEntry.batch))


def register(app: Flask) -> None:
    """Add /admin/audit/ to `app`."""
    add_view(app, AuditView(AuditEntry, name=lazy_gettext("Audit log"), endpoint="audit"))
