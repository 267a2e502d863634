"""The audit log: who did what, when, to which record, with the values before and after."""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_babel import format_datetime, gettext, lazy_gettext
from markupsafe import Markup
from sqlalchemy import ColumnElement, select, union_all
from sqlalchemy.orm import selectinload

from admin_app.audit.actions import words_for
from admin_app.audit.models import AuditEntry
from admin_app.console import formatters
from admin_app.console.base import ConsoleModelView, add_view
from admin_app.console.field_words import field_words
from admin_app.console.history import difference
from admin_app.console.screens.audit_filters import ACTORS, FILTERS, kind_words
from admin_app.console.screens.audit_pages import AuditPagesMixin, record_url
from admin_app.console.views import view_of
from admin_app.core.search import has_words
from admin_app.core.text import shorten


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


def _batch(view: Any, _context: Any, entry: AuditEntry, _name: str) -> Any:
    if entry.batch is None:
        return ""
    url = view.get_url(".batch_view", id=entry.batch.public_id)
    return Markup('<a href="{}">{}</a>').format(url, str(entry.batch))


def _record(_view: Any, _context: Any, entry: AuditEntry, _name: str) -> Any:
    url = record_url(entry)
    return Markup('<a href="{}">{}</a>').format(url, entry.record_name) if url else entry.record_name


def _when(view: Any, _context: Any, entry: AuditEntry, _name: str) -> Any:
    url = view.get_url(".details_view", id=entry.id)
    return Markup('<a href="{}">{}</a>').format(url, formatters.macro("time", entry.at))


def _seal(_view: Any, _context: Any, entry: AuditEntry, _name: str) -> str:
    return gettext("not yet") if entry.seal is None else f"{entry.seal.number}"


def _action(_view: Any, _context: Any, entry: AuditEntry, _name: str) -> str:
    return words_for(entry.action)


def _kind(_view: Any, _context: Any, entry: AuditEntry, _name: str) -> str:
    return kind_words(entry.resource)


def _exactly(_view: Any, _context: Any, entry: AuditEntry, _name: str) -> str:
    return str(format_datetime(entry.at, "long"))


class AuditView(AuditPagesMixin, ConsoleModelView):
    """Read only: entries are written by operations, and a trigger refuses to change them."""

    resource = "audit"
    offers = "R"
    menu_group, menu_icon = "System", "history"
    shortcut = "a"
    on_dashboard = in_palette = False
    # What is written about an entry is the entry.
    has_history = False
    list_template, details_template = "admin/audit/list.html", "admin/audit/details.html"
    guarded_views = frozenset({"export_view"})
    view_permissions = {"export_view": "R", "batch_view": "R", "chain_view": "R"}
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
    column_default_sort = ("at", True)
    column_searchable_list = ("record_name",)
    lookups = {"actor": ACTORS}
    column_filters = FILTERS
    column_formatters = {"at": _when, "action": _action, "resource": _kind, "changes": _fields}
    column_formatters_detail = {
        "at": _exactly,
        "action": _action,
        "resource": _kind,
        "changes": _changes,
        "record_name": _record,
        "batch": _batch,
        "seal": _seal,
    }

    def record_options(self) -> list[Any]:
        return [selectinload(AuditEntry.batch), selectinload(AuditEntry.values)]

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


def register(app: Flask) -> None:
    """Add /admin/audit/ to `app`."""
    add_view(app, AuditView(AuditEntry, name=lazy_gettext("Audit log"), endpoint="audit"))
