"""For whom a job acts: with the rights of the moment, in the language in which the report will be read."""

from __future__ import annotations

from collections.abc import Callable

from admin_app.core.errors import ForbiddenError
from admin_app.core.permissions import SYSTEM, Actor
from admin_app.core.readers import LANGUAGES
from admin_app.core.registry import Registry
from admin_app.core.words import gettext as _
from admin_app.jobs.kinds import JobContext
from admin_app.web.locale import choose_language

# Who is behind the number of an actor, with fresh rights; None where he cannot log in any more. Filled by the accounts.
ACTORS: Registry[Callable[[int], Actor | None]] = Registry("finding actors")


def actor_of(context: JobContext) -> Actor:
    """Return whoever asked for a job, with the rights of this moment; ForbiddenError where he cannot log in."""
    if context.actor_id is None:
        return SYSTEM
    actor = ACTORS["users"](context.actor_id)
    if actor is None:
        raise ForbiddenError(_("Whoever asked for this cannot log in any more."))
    return actor


def language_of(context: JobContext) -> str:
    """Return the language of whoever asked: he reads the report."""
    actor = ACTORS["users"](context.actor_id) if context.actor_id is not None else None
    chosen = getattr(actor, "locale", None)
    return chosen if chosen in LANGUAGES else choose_language()
