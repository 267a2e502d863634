"""What a setting is now: fixed by the environment, else stored, else its default.

What is stored is read by one statement for all settings and kept in the process for two seconds, so that a request
asks the database for none of it; this process forgets it as soon as it changes something itself.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.exc import SQLAlchemyError

from admin_app.audit.models import AuditEntry
from admin_app.core.connections import has_free_connection
from admin_app.core.db import db
from admin_app.settings.definitions import SETTINGS_REGISTRY
from admin_app.settings.models import StoredSetting

logger = logging.getLogger(__name__)

KEPT_SECONDS = 2.0
WAIT_SECONDS = 1.0


class _Known(NamedTuple):
    values: Mapping[str, Any]
    until: float
    # Changed by this process itself meanwhile.
    outdated: bool = False


class SettingsCache:
    """What one application knows of its settings."""

    def __init__(self, fixed: Mapping[str, Any], clock: Callable[[], float] = time.monotonic) -> None:
        self.fixed = dict(fixed)
        self._clock = clock
        self._known = _Known({}, 0.0, outdated=True)
        self._forgotten = 0
        self._lock = threading.Lock()

    def stored(self) -> Mapping[str, Any]:
        """Return the stored values by name. While one thread reads them anew, others go on with those of before.

        Where they are known to be outdated the others wait, but not for ever: they may hold the connections that the
        one who reads is waiting for.
        """
        known = self._known
        if self._clock() < known.until or not self._lock.acquire(timeout=WAIT_SECONDS if known.outdated else 0):
            return known.values
        try:
            return self._read()
        finally:
            self._lock.release()

    def _read(self) -> Mapping[str, Any]:
        known, forgotten = self._known, self._forgotten
        if self._clock() < known.until:
            return known.values  # somebody else read them while this thread waited
        values: Mapping[str, Any] | None
        try:
            values = _stored_values()
        except SQLAlchemyError as error:
            # Not migrated yet, or away: the page that says so asks for its language too.
            logger.debug("The settings could not be read: %s", type(error).__name__)
            values = known.values
        if values is None:
            return known.values
        if forgotten == self._forgotten:
            self._known = _Known(values, self._clock() + KEPT_SECONDS)
        return values

    def forget(self) -> None:
        """Read anew at the next question; what is being read now is not kept either."""
        self._forgotten += 1
        self._known = self._known._replace(until=0.0, outdated=True)


def _stored_values() -> dict[str, Any] | None:
    """Return what is stored; None where it cannot be read at once.

    Whoever asks may hold the lock that all the others wait for, with every connection of the pool in their hands.
    """
    if not has_free_connection(db.engine):
        return None
    # A connection of its own: what an open unit of work has not stored yet must not be kept, and a statement that
    # fails must not take the request's transaction with it.
    with db.engine.connect() as connection:
        rows = connection.execute(select(StoredSetting.name, StoredSetting.value)).all()
    values = {}
    for name, stored in rows:
        definition = SETTINGS_REGISTRY.get(name)
        if definition is None:
            continue  # of another version of the program
        try:
            values[name] = definition.check(stored)
        except ValueError:
            logger.warning("The stored value of the setting %s cannot be used; its default is.", name)
    return values


_NOTHING = SettingsCache({})


@dataclass
class _Source:
    """How the running application's cache is found; without one every setting has its default."""

    find: Callable[[], SettingsCache | None] = lambda: None


_source = _Source()


def install(find: Callable[[], SettingsCache | None]) -> None:
    """Find the cache of the running application by this from now on."""
    _source.find = find


def value(name: str) -> Any:
    """Return what the setting `name` is now; KeyError where there is no such setting."""
    definition = SETTINGS_REGISTRY[name]
    cache = _source.find()
    if cache is None:
        return definition.default
    if name in cache.fixed:
        return cache.fixed[name]
    return cache.stored().get(name, definition.default)


def fixed_settings() -> Mapping[str, Any]:
    """Return the settings that the environment fixes, with their values."""
    return (_source.find() or _NOTHING).fixed


def forget() -> None:
    """Let this process read the settings anew."""
    (_source.find() or _NOTHING).forget()


def stored_rows() -> dict[str, StoredSetting]:
    """Return the rows by name, as they are now."""
    statement = select(StoredSetting).execution_options(populate_existing=True)
    return {row.name: row for row in db.session.scalars(statement)}


def _of_settings() -> Select[AuditEntry]:
    return select(AuditEntry).where(AuditEntry.resource == StoredSetting.__resource__)


def last_changes() -> dict[str, AuditEntry]:
    """Return the newest audit entry of each setting that was ever changed, by its name."""
    newest = _of_settings().with_only_columns(func.max(AuditEntry.id)).group_by(AuditEntry.record_name)
    entries = db.session.scalars(select(AuditEntry).where(AuditEntry.id.in_(newest)))
    return {entry.record_name: entry for entry in entries}


def changes_since(revision: int) -> list[AuditEntry]:
    """Return the changes that were made after `revision`, the oldest first."""
    return list(db.session.scalars(_of_settings().where(AuditEntry.id > revision).order_by(AuditEntry.id)))


def revision() -> int:
    """Return a number that grows with every change of a setting; 0 before the first.

    Changes take turns, so no smaller number can appear later.
    """
    return db.session.scalar(_of_settings().with_only_columns(func.max(AuditEntry.id))) or 0
