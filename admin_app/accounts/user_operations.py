"""What is done to one user."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any

from sqlalchemy import select

from admin_app.accounts import checks, guards, sessions, tokens
from admin_app.accounts.models import Role, User, UserStatus
from admin_app.accounts.passwords import hash_password
from admin_app.accounts.queries import taken
from admin_app.audit.operations import changes_between, record, state_of
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.html import sanitise
from admin_app.core.permissions import Actor, require
from admin_app.core.words import gettext as _

_FIELDS = ("username", "name", "email", "status", "notes")
# Values about a person, which can be erased from the audit log.
_PERSONAL = ("name", "email", "notes")
# What the audit log keeps of a user before and after, and what `update_user()` takes of it.
AUDITED = (*_FIELDS, "roles")


def create_user(data: Mapping[str, Any], *, actor: Actor, origin: str = "console") -> User:
    """Make a user from `data`: username and email, and if given name, password, roles, status, notes.

    A user without a password is new and cannot log in. Who is given a password by somebody else has to change it at
    the first login, unless `must_change_password` says otherwise.
    """
    require(actor, "user", "C")
    roles = list(data.get("roles") or ())
    if roles:
        guards.check_roles(roles, actor=actor)
    user = User(username="", name="", email="", notes="", status=UserStatus.NEW, roles=roles, origin=origin)
    with db.session.no_autoflush:
        _apply(user, data)
    db.session.add(user)
    db.session.flush()
    record("user.create", user, actor=actor, changes=changes_between({}, state_of_user(user)), personal=_PERSONAL)
    return user


def update_user(user: User, data: Mapping[str, Any], *, actor: Actor) -> None:
    """Change what `data` names; what it does not name stays. A given password has to be changed at the next login."""
    require(actor, "user", "U", obj=user)
    guards.check_within_reach(user, actor=actor)
    before = state_of_user(user)
    roles = list(data.get("roles", user.roles) or ())
    delicate = _check_delicate(user, roles, data, actor=actor)
    with guards.keeping_an_administrator(actor) if delicate else nullcontext():
        with db.session.no_autoflush:
            _apply(user, data)
        _replace_roles(user, roles)
        # Roles stand in another table; without this two people could change them past each other.
        user.updated_at = now()
        db.session.flush()
    if user.status is not UserStatus.ACTIVE:
        sessions.end_sessions([user.id])
    changes = changes_between(before, state_of_user(user))
    if {"status", "email"} & changes.keys():
        # They are dead already; and they stay dead when somebody puts back what was there.
        tokens.end_tokens([user.id])
    if changes:
        record("user.update", user, actor=actor, changes=changes, personal=_PERSONAL)
    if data.get("password"):
        record("user.set_password", user, actor=actor)


def set_password(user: User, password: str, *, actor: Actor, must_change: bool = True) -> None:
    """Give another user a password. He is logged out everywhere and, if `must_change`, has to choose his own."""
    update_user(user, {"password": password, "must_change_password": must_change}, actor=actor)


def state_of_user(user: User) -> dict[str, Any]:
    """Return what the audit log compares."""
    return {**state_of(user, _FIELDS), "roles": sorted(role.name for role in user.roles)}


def _check_delicate(user: User, roles: list[Role], data: Mapping[str, Any], *, actor: Actor) -> bool:
    """Whoever may change a user's name may not therefore change what he is allowed, or his own rights.

    Return whether it is about what the user is allowed.
    """
    changed = set(roles) ^ set(user.roles)
    status_changes = data.get("status") not in (None, user.status)
    if changed or status_changes or data.get("password"):
        guards.check_not_oneself(user, actor=actor)
    if changed:
        guards.check_roles(changed, actor=actor, user=user)
    return bool(changed) or status_changes


def _replace_roles(user: User, roles: list[Role]) -> None:
    if set(roles) != set(user.roles):
        user.roles = roles
        user.forget_rights()


def _apply(user: User, data: Mapping[str, Any]) -> None:
    """Put the checked values into `user`, or raise InvalidError with a sentence for each field."""
    errors: dict[str, str] = {}

    def checked(field: str, clean: Callable[..., Any], *values: Any) -> Any:
        try:
            return clean(*values)
        except ValueError as error:
            errors[field] = str(error)
            return None

    given = {field: str(data.get(field, getattr(user, field)) or "") for field in ("username", "name", "email")}
    username = checked("username", checks.clean_username, given["username"], given["email"])
    email = checked("email", checks.clean_email, given["email"])
    name = checked("name", checks.clean_name, given["name"])
    password = str(data.get("password") or "")
    if password:
        known = (given["username"], given["email"], given["name"], given["email"].partition("@")[0])
        checked("password", lambda: checks.check_password_rules(password, known=known))
    status = checked("status", _status, user, data.get("status"), password)
    _refuse_taken(user, username, email, errors)
    checks.refuse_fields(errors)
    user.username, user.username_key = username, checks.lookup_key(username)
    user.email, user.email_key = email, checks.lookup_key(email)
    user.name, user.status = name, status
    user.notes = sanitise(str(data.get("notes", user.notes) or ""))
    if password:
        _give_password(user, password, must_change=bool(data.get("must_change_password", True)))


def _refuse_taken(user: User, username: str | None, email: str | None, errors: dict[str, str]) -> None:
    if username and taken("username_key", checks.lookup_key(username), besides=user.id):
        errors["username"] = _("Another user has this user name; choose a different one.")
    if email and taken("email_key", checks.lookup_key(email), besides=user.id):
        errors["email"] = _("Another user has this e-mail address; choose a different one.")


def _status(user: User, wanted: Any, password: str) -> UserStatus:
    """Return the status that follows from what was asked for and from whether there is a password."""
    status = user.status if wanted is None else UserStatus(wanted)
    has_password = bool(password) or _has_password(user)
    if status is UserStatus.INACTIVE:
        return status
    if has_password:
        return UserStatus.ACTIVE
    if status is UserStatus.ACTIVE and user.id is not None:
        raise ValueError(_("A user without a password cannot be active; set a password too."))
    return UserStatus.NEW


def _has_password(user: User) -> bool:
    query = select(User.id).where(User.id == user.id, User.password_hash.is_not(None))
    return user.id is not None and db.session.scalar(query) is not None


def _give_password(user: User, password: str, *, must_change: bool) -> None:
    user.password_hash = hash_password(password)
    user.password_changed_at = now()
    user.must_change_password = must_change
    if user.id is not None:
        sessions.end_sessions([user.id])
