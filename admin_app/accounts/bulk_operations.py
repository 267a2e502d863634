"""What is done to many users at once: letting them in, shutting them out, asking for new passwords, inviting."""

from __future__ import annotations

from sqlalchemy import select

from admin_app.accounts import guards, sessions, tokens
from admin_app.accounts.invitation_operations import invite_user
from admin_app.accounts.models import User, UserStatus
from admin_app.accounts.user_sets import Users, change_users, named, told
from admin_app.audit.models import AuditBatch
from admin_app.audit.operations import record_selection
from admin_app.core.bulk import BulkResult, Refusals, fits
from admin_app.core.db import db
from admin_app.core.permissions import Actor, require
from admin_app.core.words import gettext as _

_ACTIONS = {
    UserStatus.ACTIVE: "user.activate",
    UserStatus.INACTIVE: "user.deactivate",
    UserStatus.NEW: "user.renew",
}


def refusals_to_activate(actor: Actor) -> Refusals:
    """Return whom `actor` cannot activate; without a password nobody can log in."""
    return [
        *guards.refusals(actor),
        (User.status == UserStatus.ACTIVE, _("This user is active already.")),
        (User.password_hash.is_(None), _("This user has no password yet.")),
    ]


def refusals_to_deactivate(actor: Actor) -> Refusals:
    """Return whom `actor` cannot deactivate."""
    return [*guards.refusals(actor), (User.status == UserStatus.INACTIVE, _("This user is inactive already."))]


def refusals_to_demand_passwords(actor: Actor) -> Refusals:
    """Return whom `actor` cannot make choose a new password."""
    return [
        *guards.refusals(actor),
        (User.password_hash.is_(None), _("This user has no password yet.")),
        (User.must_change_password.is_(True), _("This user has to choose a new password already.")),
    ]


def refusals_to_invite(actor: Actor) -> Refusals:
    """Return whom `actor` cannot invite."""
    return [
        *guards.refusals(actor),
        (User.status != UserStatus.NEW, _("Only a new user, who has no password yet, can be invited.")),
    ]


def activate_users(selection: Users, *, actor: Actor, batch: AuditBatch | None = None) -> BulkResult:
    """Let the selected users log in; those without a password stay as they are."""
    require(actor, "user", "U")
    refusals = refusals_to_activate(actor)
    changed = _set_status(selection, refusals, UserStatus.ACTIVE, actor=actor, batch=batch)
    return told(selection, changed, refusals, actor=actor)


def deactivate_users(selection: Users, *, actor: Actor, batch: AuditBatch | None = None) -> BulkResult:
    """Shut the selected users out; whoever is logged in is out at his next request."""
    require(actor, "user", "U")
    refusals = refusals_to_deactivate(actor)
    with guards.keeping_an_administrator(actor):
        changed = _set_status(selection, refusals, UserStatus.INACTIVE, actor=actor, batch=batch)
    sessions.end_sessions(changed)
    tokens.end_tokens(changed)
    return told(selection, changed, refusals, actor=actor)


def renew_users(selection: Users, *, actor: Actor, batch: AuditBatch | None = None) -> BulkResult:
    """Let users wait for their invitation again who were shut out before they chose a password."""
    require(actor, "user", "U")
    refusals = [
        *guards.refusals(actor),
        (User.password_hash.is_not(None), _("This user has a password already.")),
    ]
    changed = _set_status(selection, refusals, UserStatus.NEW, actor=actor, batch=batch)
    return told(selection, changed, refusals, actor=actor)


def demand_new_passwords(selection: Users, *, actor: Actor, batch: AuditBatch | None = None) -> BulkResult:
    """Let the selected users choose another password before they do anything else; they stay logged in."""
    require(actor, "user", "U")
    refusals = refusals_to_demand_passwords(actor)
    changed = change_users(selection, refusals, must_change_password=True)
    changes = {"must_change_password": (False, True)}
    record_selection("user.demand_new_password", User, named(changed), actor=actor, changes=changes, batch=batch)
    return told(selection, changed, refusals, actor=actor)


def invite_users(selection: Users, *, actor: Actor, batch: AuditBatch | None = None) -> BulkResult:
    """Send the selected users new invitations, where they have no password yet; earlier links stop working.

    One after the other: each link is made of the account that it is for.
    """
    require(actor, "user", "U")
    refusals, invited = refusals_to_invite(actor), []
    there = select(User).where(User.id.in_(selection.with_only_columns(User.id).order_by(None)), fits(refusals))
    for user in db.session.scalars(there.where(User.deleted_at.is_(None)).order_by(User.id)).all():
        invite_user(user, actor=actor, batch=batch)
        invited.append(user.id)
    return told(selection, invited, refusals, actor=actor)


def _set_status(
    selection: Users, refusals: Refusals, status: UserStatus, *, actor: Actor, batch: AuditBatch | None
) -> list[int]:
    changed: list[int] = []
    for before in set(UserStatus) - {status}:
        # A statement for each status there was, so that the entries hold the one that was changed.
        ids = change_users(selection, refusals, User.status == before, status=status)
        changes = {"status": (before, status)}
        record_selection(_ACTIONS[status], User, named(ids), actor=actor, changes=changes, batch=batch)
        changed += ids
    return changed
