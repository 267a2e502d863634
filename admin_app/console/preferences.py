"""What the console remembers of how each user likes it: read by one statement a request, written by forms of his.

A preference is a small document under a name. Whoever owns the name checks what it may hold, when it is written and
when it is read: the program goes on, and columns and tiles come and go.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from flask import g
from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite

from admin_app.console.models import Preference
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.errors import ForbiddenError, InvalidError
from admin_app.core.permissions import Actor
from admin_app.core.words import gettext as _
from admin_app.web.actor import current_actor

_NAME = re.compile(r"(?:dashboard|list\.[a-z][a-z0-9_]{0,60})\Z")
# More than any list or dashboard needs; what one person stores is bounded by the names above times this.
MOST_BYTES = 4000

_INSERT: Mapping[str, Callable[[Any], Any]] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def preference(name: str) -> Mapping[str, Any]:
    """Return what the current user prefers under `name`; empty where that is nothing in particular."""
    return _all_of(current_actor()).get(name, {})


def _all_of(actor: Actor) -> Mapping[str, Mapping[str, Any]]:
    """Return all preferences of the actor, read once in a request and only if one is asked for."""
    known: dict[int | None, dict[str, Mapping[str, Any]]] = g.setdefault("console_preferences", {})
    if actor.id not in known:
        rows = select(Preference.name, Preference.value).where(Preference.user_id == actor.id)
        found = db.session.execute(rows).all() if actor.id is not None else []
        known[actor.id] = {row.name: row.value for row in found if isinstance(row.value, dict)}
    return known[actor.id]


def remember(name: str, value: Mapping[str, Any], *, actor: Actor) -> None:
    """Note what `actor` prefers under `name`, in place of what he preferred before. Runs inside a unit of work."""
    user_id = _checked(name, actor)
    if len(json.dumps(value, ensure_ascii=False).encode()) > MOST_BYTES:
        raise InvalidError(_("This is more than can be remembered."))
    values = {"value": dict(value), "updated_at": now()}
    statement = _INSERT[db.session.get_bind().dialect.name](Preference).values(user_id=user_id, name=name, **values)
    # Two windows may save the same list at the same time; the later one counts.
    db.session.execute(statement.on_conflict_do_update(index_elements=["user_id", "name"], set_=values))
    g.pop("console_preferences", None)


def forget(name: str, *, actor: Actor) -> None:
    """Let `name` be as it is for everybody. Runs inside a unit of work."""
    user_id = _checked(name, actor)
    mine = delete(Preference).where(Preference.user_id == user_id, Preference.name == name)
    db.session.execute(mine.execution_options(synchronize_session=False))
    g.pop("console_preferences", None)


def _checked(name: str, actor: Actor) -> int:
    """Return whose preference it is; nobody has any but people."""
    if not _NAME.match(name):
        raise InvalidError(_("There is no such preference."))
    if actor.id is None or not actor.is_active:
        raise ForbiddenError(_("Log in to keep what you prefer."))
    return actor.id
