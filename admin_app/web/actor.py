"""Who is asking: the logged-in user, whoever a job acts for, or nobody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import cast

import flask_babel
from flask import g
from flask_login import current_user

from admin_app.core.permissions import Actor, Rights, SystemActor

NOBODY = SystemActor(label="nobody", is_active=False, rights=Rights())

_acting: ContextVar[Actor | None] = ContextVar("whoever a job acts for", default=None)


def current_actor() -> Actor:
    """Return the logged-in user; `NOBODY`, who may do nothing, for a stranger."""
    if (acting := _acting.get()) is not None:
        return acting
    if not current_user.is_authenticated:
        return NOBODY
    return cast(Actor, current_user._get_current_object())


def let_act(actor: Actor) -> None:
    """Let the running request be that of `actor`, who showed a token in place of a session."""
    g._login_user = actor  # where Flask-Login keeps whom it found
    flask_babel.refresh()


def acting() -> Actor | None:
    """Return whoever a job acts for; None in a request."""
    return _acting.get()


@contextmanager
def acting_as(actor: Actor) -> Iterator[Actor]:
    """Let a job do what `actor` asked for as he would do it: with his rights, in his language and time zone."""
    token = _acting.set(actor)
    flask_babel.refresh()
    try:
        yield actor
    finally:
        _acting.reset(token)
        flask_babel.refresh()
