"""What people do to their own accounts, and the end of a user's sessions by somebody else."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm.attributes import set_committed_value

from admin_app.accounts import checks, guards, sessions
from admin_app.accounts.login_operations import Attempt, confirms
from admin_app.accounts.models import User
from admin_app.accounts.queries import taken
from admin_app.audit.operations import changes_between, record, state_of
from admin_app.core.db import db
from admin_app.core.errors import ForbiddenError, InvalidError, NotFoundError
from admin_app.core.permissions import Actor, require
from admin_app.core.readers import LANGUAGES, THEMES, time_zones
from admin_app.core.words import gettext as _
from admin_app.core.words import mark

# All that a person may change of himself; whatever else is sent does not reach the record.
_FIELDS = ("name", "email", "locale", "time_zone", "theme")
_PERSONAL = ("name", "email")
_NOT_YOURS = mark("Only the owner of an account can do this.")


def update_own_profile(user: User, data: Mapping[str, Any], *, actor: Actor, attempt: Attempt | None = None) -> bool:
    """Change what `data` names of one's name, e-mail address, language, time zone and colours.

    A new address takes the password, which `attempt` has checked: mail to it can open the account. False, and one more
    failure, when that was not the right one.
    """
    _check_own(user, actor=actor)
    values = _checked(user, data)
    if values["email"] != user.email:
        if attempt is None:
            raise InvalidError(
                _("Enter your password."),
                fields={"current": _("Enter your current password; it is needed to change the e-mail address.")},
            )
        if not confirms(attempt, user):
            return False
    before = state_of(user, _FIELDS)
    for name, value in values.items():
        setattr(user, name, value)
    user.email_key = checks.lookup_key(user.email)
    db.session.flush()
    if changes := changes_between(before, state_of(user, _FIELDS)):
        record("user.update_own_profile", user, actor=actor, changes=changes, personal=_PERSONAL)
    return True


def choose_theme(user: User, theme: str, *, actor: Actor) -> None:
    """Note the colours that somebody has just switched to; no reason for an open form to be out of date."""
    _check_own(user, actor=actor)
    if theme not in THEMES:
        raise InvalidError(_("Choose one of the list."))
    if user.theme == theme:
        return
    before = user.theme
    db.session.execute(
        update(User)
        .where(User.id == user.id)
        .values(theme=theme, updated_at=User.updated_at)
        .execution_options(synchronize_session=False)
    )
    set_committed_value(user, "theme", theme)
    record("user.update_own_profile", user, actor=actor, changes={"theme": (before, theme)})


def end_own_session(user: User, session_id: int, *, actor: Actor) -> None:
    """End one of one's own sessions; a number that is none of them is as good as none."""
    _check_own(user, actor=actor)
    if not sessions.end_session_numbered(session_id, user=user):
        raise NotFoundError(_("This session has ended already."))
    record("user.end_own_sessions", user, actor=actor, changes={"ended_sessions": (None, 1)})


def end_other_sessions(user: User, token: str, *, actor: Actor) -> int:
    """End all of one's own sessions but the one of `token`; return how many there were."""
    _check_own(user, actor=actor)
    ended = sessions.end_sessions_besides(token, user=user)
    if ended:
        record("user.end_own_sessions", user, actor=actor, changes={"ended_sessions": (None, ended)})
    return ended


def end_sessions_of(user: User, *, actor: Actor) -> int:
    """Log a user out everywhere; return from how many browsers."""
    require(actor, "user", "U", obj=user)
    guards.check_within_reach(user, actor=actor)
    ended = sessions.end_sessions([user.id])
    if ended:
        record("user.end_sessions", user, actor=actor, changes={"ended_sessions": (None, ended)})
    return ended


def _check_own(user: User, *, actor: Actor) -> None:
    if actor.id is None or actor.id != user.id:
        raise ForbiddenError(_(_NOT_YOURS))


def _checked(user: User, data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values as they are stored; raise InvalidError with a sentence for each that cannot be."""
    errors: dict[str, str] = {}
    given = {name: data.get(name, getattr(user, name)) or "" for name in _FIELDS}

    def checked(field: str, clean: Callable[[str], Any]) -> Any:
        try:
            return clean(str(given[field]))
        except ValueError as error:
            errors[field] = str(error)
            return None

    values = {
        "name": checked("name", checks.clean_name),
        "email": checked("email", lambda text: _email(user, text)),
        "locale": checked("locale", lambda text: _one_of(LANGUAGES, text)),
        "time_zone": checked("time_zone", lambda text: _one_of(time_zones(), text)),
        "theme": checked("theme", lambda text: _one_of(THEMES, text)),
    }
    checks.refuse_fields(errors)
    return values


def _email(user: User, text: str) -> str:
    email = checks.clean_email(text)
    if taken("email_key", checks.lookup_key(email), besides=user.id):
        raise ValueError(_("Another user has this e-mail address; choose a different one."))
    # A user name may be an address only while it is the user's own: people log in with either.
    if "@" in user.username and checks.lookup_key(email) != user.username_key:
        raise ValueError(_("Your user name is your e-mail address; ask an administrator to change both."))
    return email


def _one_of(known: Collection[str], text: str) -> str | None:
    """Return `text` if it is known; None where nothing was chosen."""
    if text and text not in known:
        raise ValueError(_("Choose one of the list."))
    return text or None
