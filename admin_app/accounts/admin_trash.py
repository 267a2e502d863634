"""Users in the trash."""

from __future__ import annotations

from flask_babel import gettext, lazy_gettext

from admin_app.accounts.models import User, UserRole
from admin_app.accounts.queries import name_of
from admin_app.accounts.trash_operations import purge_user, restore_user
from admin_app.console.trash import TRASH, TrashKind
from admin_app.core.permissions import Actor
from admin_app.core.trash import counted


def _restore(user: User, actor: Actor) -> str:
    restore_user(user, actor=actor)
    return str(gettext("“%(name)s” is back, and can log in once he is activated.", name=user.label))


def _purge(user: User, actor: Actor) -> str:
    name = user.label
    purge_user(user, actor=actor)
    return str(gettext("“%(name)s” was deleted for ever.", name=name))


USERS = TrashKind(
    place=50,
    resource="user",
    label=lazy_gettext("Users"),
    model=User,
    name=User.username.expression,
    within=None,
    deleted_by=name_of(User.deleted_by_id),
    typed=lambda user: str(user.username),
    typed_words=lazy_gettext("Type the username to go on:"),
    restore=_restore,
    purge=_purge,
    consequence=lazy_gettext(
        "Name, address and notes are gone for good, also the ones in the audit log that can be erased. What this user"
        " did stays in the log, under the name."
    ),
    hangs=((lazy_gettext("Roles"), counted(UserRole, UserRole.user_id, User)),),
)


def register() -> None:
    """Add it to the trash."""
    TRASH.add("users", USERS)
