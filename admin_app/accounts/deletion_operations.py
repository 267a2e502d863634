"""Deleting users, and handing over what they own."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from admin_app.accounts import guards, sessions
from admin_app.accounts.models import User, UserStatus
from admin_app.accounts.seams import ESTATES, Estate
from admin_app.accounts.user_sets import Users, change_users, named, told
from admin_app.audit.models import AuditBatch
from admin_app.audit.operations import record_selection
from admin_app.core.bulk import BulkResult, Refusals
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.errors import ConflictError, ForbiddenError, InvalidError
from admin_app.core.permissions import Actor, Letter, require, visible
from admin_app.core.sql import among
from admin_app.core.words import gettext as _


def refusals_to_delete(actor: Actor) -> Refusals:
    """Return whom `actor` cannot delete; also not who owns what he may not give away, lest he gets at it so."""
    estates = [estate for estate in ESTATES.values() if not estate.may_hand_over(actor)]
    return [*guards.refusals(actor, Letter.DELETE), *((estate.owned(), estate.refusal()) for estate in estates)]


def check_deletable(user: User, *, actor: Actor) -> None:
    """Refuse to delete the user, before anybody is asked who takes over."""
    require(actor, "user", "D", obj=user)
    guards.check_within_reach(user, actor=actor)
    guards.check_not_oneself(user, actor=actor)
    for estate, _number in owned_by(select(User).where(User.id == user.id)):
        if not estate.may_hand_over(actor):
            raise ForbiddenError(estate.refusal())


def delete_user(user: User, *, heir: User | None = None, actor: Actor) -> None:
    """Put the user into the trash: he is logged out everywhere, and his names are free again.

    Where he owns something, `heir` takes it over.
    """
    check_deletable(user, actor=actor)
    if not delete_users(select(User).where(User.id == user.id), heir=heir, actor=actor).done:
        raise ConflictError(_("Somebody else deleted or changed this user meanwhile."))


def delete_users(
    selection: Users, *, heir: User | None = None, actor: Actor, batch: AuditBatch | None = None
) -> BulkResult:
    """Put the selected users into the trash; `heir` takes over what they own."""
    require(actor, "user", "D")
    refusals, moment = refusals_to_delete(actor), now()
    with guards.keeping_an_administrator(actor):
        deleted = change_users(selection, refusals, deleted_at=moment, deleted_by_id=actor.id)
    _hand_over(deleted, heir, actor=actor, batch=batch)
    sessions.end_sessions(deleted)
    changes = {"deleted_at": (None, moment)}
    record_selection("user.delete", User, named(deleted), actor=actor, changes=changes, batch=batch)
    return told(selection, deleted, refusals, actor=actor)


def owned_by(users: Users) -> list[tuple[Estate, int]]:
    """Return what these users own, each kind with its number."""
    ids = users.with_only_columns(User.id).order_by(None)
    counted = [(estate, estate.count(ids)) for estate in ESTATES.values()]
    return [(estate, number) for estate, number in counted if number]


def _hand_over(deleted: Sequence[int], heir: User | None, *, actor: Actor, batch: AuditBatch | None) -> None:
    gone = select(User.id).where(among(User.id, deleted))
    owned = owned_by(gone)
    if heir is None and not owned:
        return
    if heir is None:
        raise InvalidError(
            _("Somebody has to take over what belongs to those who are deleted."),
            fields={"heir": _("Choose who takes over.")},
        )
    # Asked now that nobody else can delete him any more.
    stays = select(User.id).where(
        User.id == heir.id, User.status == UserStatus.ACTIVE, User.deleted_at.is_(None), visible(actor, "user")
    )
    if db.session.scalar(stays) is None:
        raise InvalidError(
            _("Whoever takes over has to be an active user who is not deleted with the others."),
            fields={"heir": _("Choose an active user who stays.")},
        )
    for estate, _number in owned:
        estate.hand_over(gone, heir, actor=actor, batch=batch)
