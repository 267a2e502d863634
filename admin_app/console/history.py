"""What happened to a record, from the audit log, in the words of its screens."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import format_datetime, gettext
from sqlalchemy import Enum, Select, and_, inspect, or_, select, union_all
from sqlalchemy.orm import joinedload, selectinload

from admin_app.audit.actions import words_for
from admin_app.audit.models import AuditEntry
from admin_app.audit.past import Change, Telling, changes_of
from admin_app.audit.queries import sees_personal_values
from admin_app.audit.reverting import REVERT, UNDO
from admin_app.console.field_words import field_words
from admin_app.console.formatters import plain
from admin_app.console.states import words_of
from admin_app.console.views import view_of
from admin_app.core.db import UtcDateTime, db
from admin_app.core.permissions import can
from admin_app.core.text import shorten
from admin_app.core.wording import Fate, Run, compare_words
from admin_app.web.actor import current_actor

NOTHING = "–"
# More of a text than that stands in the audit log alone.
LONGEST = 500
LINES = 50

# Kinds of records and which of them: their numbers, or a statement that selects these.
Sources = Sequence[tuple[str, Sequence[int] | Select[Any]]]


@dataclass(frozen=True)
class Difference:
    """One field of an entry: what it is called, and its values in words."""

    label: str
    before: str
    after: str
    name: str = ""

    @property
    def runs(self) -> list[Run]:
        """The two in one, word by word, where both are texts of which some words stayed; else nothing."""
        if NOTHING in (self.before, self.after):
            return []
        found = compare_words(self.before, self.after)
        return found if any(run.fate is Fate.SAME and run.text.strip() for run in found) else []


@dataclass(frozen=True)
class Event:
    """One entry of a history."""

    # None while it is being typed and is no entry yet.
    id: int | None
    at: dt.datetime
    who: str
    what: str
    record: str
    reason: str
    differences: list[Difference]
    # The fields that can be brought back to what they were before it, and whether it was such a change itself.
    back: frozenset[str] = frozenset()
    came_back: bool = False
    # Whether the record can be brought back to before it.
    whole: bool = False
    # The page that shows the record as it was after it.
    at_url: str = ""

    @property
    def begins(self) -> bool:
        """Whether there was nothing before."""
        return all(one.before == NOTHING for one in self.differences)


def history(sources: Sources, *, before: int | None, limit: int) -> list[AuditEntry]:
    """Return the newest entries about records, of those that are older than the entry `before`."""
    found = []
    for resource, numbers in sources:
        mine = select(AuditEntry.id).where(AuditEntry.resource == resource, AuditEntry.record_id.in_(numbers))
        if before is not None:
            mine = mine.where(AuditEntry.id < before)
        # Each by its own index: one condition for all would read the log backwards until enough of it fits.
        newest = mine.order_by(AuditEntry.id.desc()).limit(limit).subquery()
        found.append(select(newest.c.id))
    entries = select(AuditEntry).where(AuditEntry.id.in_(union_all(*found))).order_by(AuditEntry.id.desc())
    return list(
        db.session.scalars(entries.limit(limit).options(selectinload(AuditEntry.values), joinedload(AuditEntry.batch)))
    )


def entry_among(sources: Sources, entry_id: int) -> AuditEntry | None:
    """Return the entry of that number where it is one about these records."""
    about = [and_(AuditEntry.resource == resource, AuditEntry.record_id.in_(numbers)) for resource, numbers in sources]
    found = select(AuditEntry).where(AuditEntry.id == entry_id, or_(*about))
    return db.session.scalar(found.options(selectinload(AuditEntry.values)))


def event_of(entry: AuditEntry, name: str, *, back: Collection[str] = (), at_url: str = "") -> Event:
    """Return an entry as people read it on the page of the record that is called `name` now.

    `back` are the fields that the reader may bring back in such a record.
    """
    event = Event(
        id=entry.id,
        at=entry.at,
        who=entry.actor_name,
        what=words_for(entry.action),
        record="" if entry.record_name == name else entry.record_name,
        reason=entry.reason,
        differences=[one for one in difference(entry) if (one.before, one.after) != (NOTHING, NOTHING)],
        came_back=entry.batch is not None and entry.batch.action in (REVERT, UNDO),
        at_url=at_url,
    )
    if entry.id is None or event.begins:
        return event
    known = {one.field for one in changes_of(entry, personal=sees_personal_values(current_actor())) if one.is_known}
    fields = frozenset(back) & known & {one.name for one in event.differences}
    return replace(event, back=fields, whole=bool(back and known))


def difference(entry: AuditEntry) -> list[Difference]:
    """Return what an entry changed as the current actor may read it."""
    view = view_of(entry.resource)
    return [_difference(view, change) for change in changes_of(entry, personal=sees_personal_values(current_actor()))]


def _difference(view: Any, change: Change) -> Difference:
    before, after = (in_words(view, change.field, one, change.telling) for one in (change.before, change.after))
    return Difference(label_of(view, change.field), before, after, change.field)


def label_of(view: Any, name: str) -> str:
    """Return what the screen of a record calls a field; a record without a screen has common words."""
    return str(view.field_label(name)) if view else field_words(name)


def in_words(view: Any, name: str, value: Any, telling: Telling = Telling.KNOWN) -> str:
    """Return a value that the audit log keeps of a field in words, or that it is not to be told."""
    if telling is Telling.ERASED:
        return str(gettext("(erased)"))
    if telling is Telling.HIDDEN:
        return str(gettext("(hidden)"))
    return str(view.field_value(name, value)) if view else value_in_words(value)


def stored_value(model: Any, name: str, value: Any) -> str:
    """Return the value of a column of `model`, as the audit log keeps it, in words."""
    column = inspect(model).columns.get(name)
    if column is None or value is None or isinstance(value, bool):
        return value_in_words(value)
    if isinstance(column.type, Enum):
        return str(words_of(value))
    if isinstance(column.type, UtcDateTime) and isinstance(value, str):
        return str(format_datetime(dt.datetime.fromisoformat(value), "medium"))
    if column.foreign_keys and isinstance(value, int):
        return _called(model, column, value)
    return value_in_words(value)


def _called(model: Any, column: Any, key: int) -> str:
    """Return what a related record is called, or its number where it is gone or not to be seen."""
    relations = inspect(model).relationships
    kind = next((one.mapper.class_ for one in relations if one.local_columns == {column} and not one.uselist), None)
    found = db.session.get(kind, key) if kind is not None else None
    resource = getattr(found, "__resource__", None)
    if found is None or (resource in _KNOWN_BY_RIGHT and not can(current_actor(), resource, "R", obj=found)):
        return str(gettext("number %(number)s", number=key))
    return value_in_words(str(found))


# Records whose names are not for everybody who reads the log of others.
_KNOWN_BY_RIGHT = frozenset({"user", "role", "survey"})


def value_in_words(value: Any) -> str:
    """Return a value of an entry in words: lists and documents one thing a line."""
    if value is None or value in ("", [], {}):
        return NOTHING
    if isinstance(value, list):
        lines = [_line(one) for one in value[:LINES]]
        if len(value) > LINES:
            lines.append(gettext("… and %(number)s more", number=len(value) - LINES))
        return "\n".join(lines)
    if isinstance(value, Mapping):
        return "\n".join(f"{key}: {_line(one)}" for key, one in list(value.items())[:LINES])
    return shorten_lines(plain(value))


def _line(value: Any) -> str:
    """Return one thing of a list on one line; a choice by its code and its label."""
    if isinstance(value, Mapping) and "code" in value:
        text = shorten(f"{value['code']}: {value.get('label', '')}")
        return str(gettext("%(choice)s (retired)", choice=text)) if value.get("retired") else text
    if isinstance(value, Mapping | list):
        return shorten(json.dumps(value, ensure_ascii=False, sort_keys=True))
    return shorten(plain(value))


def shorten_lines(text: str) -> str:
    """Return a text with its lines, cut where it is long."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
