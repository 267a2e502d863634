"""What the audit log is filtered by: who, what, which record, which bulk action, when. Each is read from an index."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from flask import url_for
from flask_babel import gettext, lazy_gettext
from sqlalchemy import ColumnElement, and_, select

from admin_app.audit.actions import AUDIT_ACTIONS
from admin_app.audit.models import AuditBatch, AuditEntry
from admin_app.audit.queries import actor_in_log, actors_in_log
from admin_app.console import filters
from admin_app.console.filter_base import ConsoleFilter
from admin_app.console.lookup import Lookup
from admin_app.console.picked import Picked
from admin_app.web.forms import record_id

# What one record is called.
KINDS: Mapping[str, Any] = {
    "view": lazy_gettext("Saved view"),
    "user": lazy_gettext("User"),
    "role": lazy_gettext("Role"),
    "survey": lazy_gettext("Survey"),
    "section": lazy_gettext("Section"),
    "question": lazy_gettext("Question"),
    "reply": lazy_gettext("Reply"),
    "job": lazy_gettext("Job"),
    "media": lazy_gettext("File"),
    "setting": lazy_gettext("Setting"),
    "audit": lazy_gettext("Audit log"),
}
_RECORD = re.compile(r"([a-z_]{1,20})[ :-]?([0-9]{1,18})\Z")
_BATCH = re.compile(r"[0-9a-z]{1,16}\Z")
# Stands for what no person did: commands, jobs.
NOBODY = "0"


def kind_words(resource: str) -> str:
    """Return what a record of a resource is called."""
    return str(KINDS.get(resource, resource))


class _Actors(Lookup):
    """Those who stand in the log, also those who are gone, as pairs of number and name."""

    def first(self, limit: int) -> list[Any]:
        """Return what the program itself did, then the first names."""
        return [(int(NOBODY), str(lazy_gettext("Nobody: the program itself"))), *actors_in_log(limit=limit)][:limit]

    def find(self, text: str, *, limit: int, offset: int = 0) -> list[Any]:
        """Return those in whose names `text` occurs."""
        return list(actors_in_log(text, limit=limit, offset=offset))

    def get(self, text: Any) -> Any | None:
        """Return whoever has that number, where he stands in the log."""
        key = record_id(text)
        return None if key is None else actor_in_log(key)

    def key(self, row: Any) -> Any:
        """Return the number."""
        return row[0]


ACTORS = _Actors(AuditEntry, ("actor_name",), resource="audit", called=lambda row: str(row[1]))


def _actors_url() -> str:
    return url_for("audit.ajax_lookup", name="actor")


def _actions() -> list[tuple[str, str]]:
    return sorted(((name, str(words)) for name, words in AUDIT_ACTIONS.items()), key=lambda pair: pair[1].casefold())


class ActorIs(Picked):
    """Done by one of those who stand in the log, also of those who are gone."""

    def condition(self, value: Any) -> ColumnElement[bool]:
        found: ColumnElement[bool] = self.column == value
        return found if value != int(NOBODY) else self.column.is_(None)


class RecordIs(ConsoleFilter):
    """About one record, such as "survey 12"."""

    word = lazy_gettext("is")

    def clean(self, value: str) -> tuple[str, int]:
        found = _RECORD.match(value.strip().lower())
        if found is None or found[1] not in KINDS:
            raise ValueError("no record")
        return found[1], int(found[2])

    def words(self, value: str) -> str:
        """Return what the record is, in the reader's language."""
        resource, number = self.clean(value)
        return str(gettext("%(kind)s %(number)s", kind=kind_words(resource), number=number))

    def condition(self, value: Any) -> ColumnElement[bool]:
        return and_(AuditEntry.resource == value[0], AuditEntry.record_id == value[1])


class BatchIs(ConsoleFilter):
    """Made by one bulk action, by its public id."""

    word = lazy_gettext("is")

    def clean(self, value: str) -> str:
        if not _BATCH.match(value.strip()):
            raise ValueError("no batch")
        return value.strip()

    def condition(self, value: Any) -> ColumnElement[bool]:
        batch = select(AuditBatch.id).where(AuditBatch.public_id == value).scalar_subquery()
        found: ColumnElement[bool] = self.column == batch
        return found


FILTERS = (
    ActorIs(AuditEntry.actor_id, lazy_gettext("Who"), lookup=ACTORS, url=_actors_url, arg="who"),
    filters.OneOf(AuditEntry.action, lazy_gettext("What"), options=_actions),
    filters.OneOf(AuditEntry.resource, lazy_gettext("Kind of record"), options=list(KINDS.items())),
    RecordIs(AuditEntry.record_id, lazy_gettext("Record"), arg="record"),
    BatchIs(AuditEntry.batch_id, lazy_gettext("Bulk action"), arg="batch"),
    *filters.DateBetween(AuditEntry.at, lazy_gettext("When")),
)
