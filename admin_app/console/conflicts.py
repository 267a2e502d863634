"""Two people, one record: who saved first, and what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import format_datetime, gettext
from sqlalchemy import select

from admin_app.audit.actions import words_for
from admin_app.audit.models import AuditEntry
from admin_app.audit.typed import waiting_entries
from admin_app.console.keys import key_of
from admin_app.core.db import db
from admin_app.core.wording import Run

# So many of the changes since a form was opened are looked through for who changed what.
LATEST = 20


@dataclass(frozen=True)
class Version:
    """The value of a field for one of the two, and what of the base it took out and put in."""

    words: str
    runs: Sequence[Run]


@dataclass(frozen=True)
class Clash:
    """One field that both changed."""

    name: str
    label: str
    # None where nobody knows what the form held when it was opened.
    base: str | None
    theirs: Version
    mine: Version
    who: str
    at: dt.datetime | None


@dataclass(frozen=True)
class Conflict:
    """A save that met one of somebody else."""

    who: str
    sentence: str
    # What only they changed, by its labels; it stands in the form, or is saved with it.
    theirs: Sequence[str] = ()
    # What both changed, to choose from.
    clashes: Sequence[Clash] = ()
    # Whether a password has to be typed again.
    retype: bool = False


def last_entries(record: Any, limit: int) -> list[AuditEntry]:
    """Return the newest audit entries of a record; what is being typed into it is newer than all that are stored."""
    waiting = waiting_entries(record.__resource__, key_of(record)) if getattr(record, "__typed__", False) else []
    statement = (
        select(AuditEntry)
        .where(AuditEntry.resource == record.__resource__, AuditEntry.record_id == key_of(record))
        .order_by(AuditEntry.id.desc())
        .limit(limit)
    )
    return [*waiting, *db.session.scalars(statement)][:limit]


def entries_since(record: Any, moment: dt.datetime | None) -> list[AuditEntry]:
    """Return what happened to a record since `moment`, the newest first; at least the last, where there is any."""
    entries = last_entries(record, LATEST)
    return [one for one in entries if moment is not None and one.at >= moment] or entries[:1]


def _people(entries: Sequence[AuditEntry]) -> str:
    return ", ".join(dict.fromkeys(one.actor_name for one in entries))


def conflict_of(record: Any, label: Callable[[str], str]) -> Conflict:
    """Return what the person whose save is refused has to know; names fields by their `label`, never values."""
    entry = next(iter(last_entries(record, 1)), None)
    if entry is None:
        return Conflict(
            "",
            gettext(
                "Somebody else changed this meanwhile. Nothing was saved; what you typed is still here. "
                "Save again to put yours in its place."
            ),
        )
    sentence = gettext(
        "%(who)s changed this at %(when)s: %(what)s. Nothing was saved; what you typed is still here. "
        "Save again to put yours in its place.",
        who=entry.actor_name,
        when=format_datetime(entry.at, "medium"),
        what=_changed([entry], label),
    )
    return Conflict(entry.actor_name, sentence)


def merged_conflict(
    entries: Sequence[AuditEntry], label: Callable[[str], str], clashes: Sequence[Clash], theirs: Sequence[str],
    *, retype: bool,
) -> Conflict:  # fmt: skip
    """Return what to say of a form that holds what both changed; `entries` tell who did what, the newest first."""
    if not entries:
        return Conflict(gettext("somebody else"), _anonymous(clashes), theirs, clashes, retype)
    who, when = _people(entries), format_datetime(entries[0].at, "medium")
    what = _changed(entries, label)
    if clashes:
        sentence = gettext(
            "%(who)s changed this at %(when)s: %(what)s. Nothing was saved yet; what you typed is still here. "
            "Choose below what is to stand, then save.",
            who=who,
            when=when,
            what=what,
        )
    else:
        sentence = gettext(
            "%(who)s changed this at %(when)s: %(what)s. Nothing was saved yet; theirs and yours are both in the form "
            "now. Look at it and save again.",
            who=who,
            when=when,
            what=what,
        )
    return Conflict(who, sentence, theirs, clashes, retype)


def _anonymous(clashes: Sequence[Clash]) -> str:
    if clashes:
        return str(
            gettext(
                "Somebody else changed this meanwhile. Nothing was saved yet; what you typed is still here. "
                "Choose below what is to stand, then save."
            )
        )
    return str(
        gettext(
            "Somebody else changed this meanwhile. Nothing was saved yet; theirs and yours are both in the form now. "
            "Look at it and save again."
        )
    )


def _changed(entries: Sequence[AuditEntry], label: Callable[[str], str]) -> str:
    """Return what the entries changed, by its labels; the words of the last one where they name nothing."""
    names = sorted({name for entry in entries for name in entry.changes})
    return ", ".join(dict.fromkeys(label(name) for name in names)) or words_for(entries[0].action)
