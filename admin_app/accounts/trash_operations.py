"""Users out of the trash, and for good."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import CursorResult, Table, delete, or_, select, update
from sqlalchemy.exc import IntegrityError

from admin_app.accounts import guards
from admin_app.accounts.deletion_operations import owned_by
from admin_app.accounts.models import OneTimeToken, User, UserStatus
from admin_app.audit.erasing import erase_values
from admin_app.audit.operations import record
from admin_app.core.db import Base, db
from admin_app.core.errors import ConflictError
from admin_app.core.permissions import Actor
from admin_app.core.trash import require_purge, require_restore
from admin_app.core.words import gettext as _
from admin_app.core.words import mark

_USER = cast(Table, User.__table__)
_TAKEN = mark("Somebody else has this username or e-mail address by now. Change it there first.")


def restore_user(user: User, *, actor: Actor) -> None:
    """Bring a user back from the trash. He cannot log in until he is activated; old links and sessions stay ended."""
    require_restore(actor, user, "user")
    guards.check_within_reach(user, actor=actor)
    same = or_(User.username_key == user.username_key, User.email_key == user.email_key)
    if db.session.scalar(select(User.id).where(same, User.deleted_at.is_(None), User.id != user.id).limit(1)):
        raise ConflictError(_(_TAKEN))
    deleted_at, status = user.deleted_at, user.status
    now_is = UserStatus.INACTIVE if status is UserStatus.ACTIVE else status
    values = {"deleted_at": None, "deleted_by_id": None, "status": now_is, "lock_version": User.lock_version + 1}
    back = update(_USER).where(_USER.c.id == user.id, _USER.c.deleted_at.is_not(None)).values(values)
    try:
        with db.session.begin_nested():
            restored = cast(CursorResult[Any], db.session.execute(back)).rowcount
    except IntegrityError as error:
        raise ConflictError(_(_TAKEN)) from error
    if not restored:
        raise ConflictError(_("This user is not in the trash any more."))
    db.session.execute(delete(OneTimeToken).where(OneTimeToken.user_id == user.id))
    db.session.refresh(user)
    changes: dict[str, tuple[Any, Any]] = {"deleted_at": (deleted_at, None)}
    if now_is is not status:
        changes["status"] = (status, now_is)
    record("user.restore", user, actor=actor, changes=changes)


def purge_user(user: User, *, actor: Actor) -> None:
    """Remove a deleted user for good, with what the audit log holds of his data in a form that can be erased.

    What names him elsewhere (who deleted a reply, who published a version) names nobody any more. Names that were
    copied into the audit log stay: it is sealed.
    """
    require_purge(actor, user, "user")
    guards.check_within_reach(user, actor=actor)
    guards.check_not_oneself(user, actor=actor)
    locked = select(User.id).where(User.id == user.id, User.deleted_at.is_not(None)).with_for_update()
    if db.session.scalar(locked) is None:
        raise ConflictError(_("This user is not in the trash any more."))
    for estate, number in owned_by(select(User).where(User.id == user.id)):
        raise ConflictError(
            _("This user still owns %(what)s. Give them to somebody else first.", what=estate.in_words(number))
        )
    record("user.purge", user, actor=actor)
    erase_values("user", [user.id])
    _name_nobody(user.id)
    db.session.execute(delete(_USER).where(_USER.c.id == user.id))
    db.session.expunge(user)


def _name_nobody(user_id: int) -> None:
    """Empty what names the user in any table, but where the database removes the row along with him."""
    for table in Base.metadata.sorted_tables:
        for key in table.foreign_keys:
            if key.column is _USER.c.id and key.ondelete is None and key.parent.nullable:
                db.session.execute(update(table).where(key.parent == user_id).values({key.parent: None}))
