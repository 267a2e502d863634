"""The audit log: who did what, when, to which record, with the values before and after."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Flask
from flask_babel import gettext, lazy_gettext
from markupsafe import Markup
from sqlalchemy import ColumnElement, select, union_all
from sqlalchemy.orm import selectinload

from admin_app.audit.actions import AUDIT_ACTIONS, words_for
from admin_app.audit.models import AuditEntry
from admin_app.console import filters
from admin_app.console.base import ConsoleModelView, add_view
from admin_app.console.field_words import field_words
from admin_app.console.history import difference
from admin_app.console.views import view_of
from admin_app.core.search import has_words
from admin_app.core.text import shorten

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
        Markup('<tr><th scope="row">{}</th><td>{}</td><td>{}</td></tr>').format(one.label, one.before, one.after)
        for one in rows
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
    shortcut = "a"
    on_dashboard = in_palette = False
    # What is written about an entry is the entry.
    has_history = False
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
    column_sortable_list = ("at",)
    column_default_sort = ("id", True)
    column_searchable_list = ("record_name",)
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

    def _search_condition(self, term: str) -> ColumnElement[bool]:
        """By the record's name, and by the person as he is called today; a reply by its whole id."""
        users, replies = view_of("user"), view_of("reply")
        ways = [select(AuditEntry.id).where(has_words(AuditEntry, term))]
        if users is not None:
            found = select(users.model.id).where(has_words(users.model, term))
            ways.append(select(AuditEntry.id).where(AuditEntry.actor_id.in_(found)))
        if replies is not None:
            one = select(replies.model.id).where(replies.model.public_id == term[:16])
            ways.append(select(AuditEntry.id).where(AuditEntry.resource == "reply", AuditEntry.record_id.in_(one)))
        return AuditEntry.id.in_(union_all(*ways))

    def search_placeholder(self) -> str:
        return str(gettext("Record or person"))

    def base_select(self) -> Any:
        return super().base_select().options(selectinload(AuditEntry.batch))


def register(app: Flask) -> None:
    """Add /admin/audit/ to `app`."""
    add_view(app, AuditView(AuditEntry, name=lazy_gettext("Audit log"), endpoint="audit"))
