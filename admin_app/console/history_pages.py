"""The page that tells what happened to a record: who did what when, with the values before and after."""

from __future__ import annotations

from typing import Any

from flask import request
from flask_admin.base import expose

from admin_app.audit.models import AuditEntry
from admin_app.audit.reverting import REVERTERS
from admin_app.audit.typed import waiting_entries, waiting_within
from admin_app.console import formatters
from admin_app.console.history import Event, Sources, event_of, history, stored_value, value_in_words
from admin_app.console.history_back import BackMixin
from admin_app.console.keys import key_of
from admin_app.console.tabs import record_tabs
from admin_app.core.wording import plain_text
from admin_app.web.forms import to_int

PAGE_SIZE = 25


class HistoryMixin(BackMixin):
    """GET /history/?id= of a model view, for those who may read the audit log."""

    model: Any
    column_formatters_detail: Any

    # What a screen provides
    has_history = True

    def history_sources(self, record: Any) -> Sources:
        """Return of what the history of a record tells: of itself, and of parts that have no page of their own."""
        return [(record.__resource__, [key_of(record)])]

    def history_within(self, record: Any) -> str | None:
        """Return what the typing into a record's parts is named by, where these belong to its history."""
        return None

    def field_value(self, name: str, value: Any) -> str:
        """Return a value that the audit log keeps of a field, in words."""
        formatter = (self.column_formatters_detail or {}).get(name)
        if formatter is formatters.rich_text and isinstance(value, str):
            return value_in_words(plain_text(value))
        return stored_value(self.model, name, value)

    @expose("/history/")  # type: ignore[untyped-decorator]
    def history_view(self) -> Any:
        """Tell what happened to a record, the newest first."""
        record = self.record_or_404()
        before = to_int(request.args.get("before"), 0, maximum=2**63 - 1) or None
        entries = history(self.history_sources(record), before=before, limit=PAGE_SIZE + 1)
        shown = entries[:PAGE_SIZE]
        older = shown[-1].id if len(entries) > PAGE_SIZE else None
        waiting = self._waiting(record) if before is None else []
        key = key_of(record)
        return self._page(
            "admin/model/history.html",
            model=record,
            events=self._events(record, [*waiting, *shown]),
            at_url=self.get_url(".history_at_view", id=key) if self.resource in REVERTERS else None,
            older_url=self.get_url(".history_view", id=key, before=older) if older is not None else None,
            newest_url=self.get_url(".history_view", id=key) if before is not None else None,
            **{
                **self._record_values(record),
                "record_tabs": record_tabs(self.resource, record, active="history"),
                # All of it stands below.
                "last_changes": [],
            },
        )

    def _events(self, record: Any, entries: list[AuditEntry]) -> list[Event]:
        back = {resource: self.fields_back(record, resource) for resource in {entry.resource for entry in entries}}
        return [
            event_of(entry, str(record), back=back[entry.resource], at_url=self._at_url(record, entry))
            for entry in entries
        ]

    def _at_url(self, record: Any, entry: AuditEntry) -> str:
        """Return the page of the record as it was after an entry; parts of it have pages of their own, or none."""
        own = entry.resource == self.resource and entry.record_id == key_of(record)
        if entry.id is None or not own or entry.resource not in REVERTERS:
            return ""
        url: str = self.get_url(".history_at_view", id=key_of(record), entry=entry.id)
        return url

    def _waiting(self, record: Any) -> list[Any]:
        """Return what is being typed into the record or its parts and is no entry yet."""
        if within := self.history_within(record):
            return waiting_within(within)
        return waiting_entries(record.__resource__, key_of(record)) if getattr(record, "__typed__", False) else []
