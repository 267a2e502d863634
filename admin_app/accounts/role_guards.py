"""What nobody may do to roles, whatever path he comes by."""

from __future__ import annotations

from sqlalchemy import func, select

from admin_app.accounts.builtin_roles import ADMINISTRATOR
from admin_app.accounts.impact import Impact, impact_of
from admin_app.accounts.models import Role, User, UserRole
from admin_app.accounts.queries import hold_rights
from admin_app.accounts.rights_phrases import ALL_RIGHTS, Right, phrase_of, reach_of
from admin_app.core.db import db, take_turns
from admin_app.core.errors import ConflictError, ForbiddenError
from admin_app.core.permissions import Actor, Rights, require
from admin_app.core.words import figure, mark, ngettext
from admin_app.core.words import gettext as _

FIXED = mark("This role allows everything and always will. Duplicate it to make one that is like it.")
KEPT = mark("Somebody has to be able to do everything, so this role stays.")
BUILT_IN = mark("This role came with the program and stays. Change it, or leave it unused.")
YOURS = mark("You have this role yourself, and nobody changes his own rights; ask another administrator.")
MORE = mark("This role allows more than your own roles do; ask an administrator.")

# So many rights are named where somebody lacks them; the others are counted.
_NAMED = 3


def take_turn(actor: Actor) -> None:
    """Let changes of roles follow one another, and look anew at what `actor` may do.

    Two people who take each other's rights away at the same time would else both succeed: the second one's rights were
    read before the first one's change.
    """
    take_turns("roles")
    if isinstance(actor, User):
        hold_rights(actor)


def check_covered(role: Role, *, actor: Actor) -> None:
    """Refuse to touch, copy or look through a role that allows what `actor` may not do himself."""
    if not actor.rights.covers(role.rights):
        raise ForbiddenError(_(MORE))


def check_changeable(role: Role, *, actor: Actor) -> None:
    """Refuse to change a role at all."""
    require(actor, "role", "U", obj=role)
    if role.builtin == ADMINISTRATOR:
        raise ForbiddenError(_(FIXED))
    check_covered(role, actor=actor)


def check_deletable(role: Role, *, actor: Actor) -> None:
    """Refuse to delete a role that is the program's or that somebody has."""
    require(actor, "role", "D", obj=role)
    if role.builtin == ADMINISTRATOR:
        raise ForbiddenError(_(KEPT))
    if role.builtin is not None:
        raise ForbiddenError(_(BUILT_IN))
    check_covered(role, actor=actor)
    if users := count_users(role):
        raise ConflictError(
            ngettext(
                "%(number)s user has this role; take it away from them first.",
                "%(number)s users have this role; take it away from them first.",
                users,
            )
        )


def check_given(rights: Rights, *, actor: Actor) -> None:
    """Refuse to put into a role what `actor` does not hold, and say what that is."""
    missing = [right for right in ALL_RIGHTS if _reaches_further(rights, actor.rights, right)]
    if not missing:
        return
    named, more = ", ".join(phrase_of(right) for right in missing[:_NAMED]), len(missing) - _NAMED
    if more > 0:
        raise ForbiddenError(
            _(
                "You can only give what you may do yourself. Beyond that are: %(rights)s, and %(number)s more.",
                rights=named,
                number=figure(more),
            )
        )
    raise ForbiddenError(_("You can only give what you may do yourself. Beyond that is: %(rights)s.", rights=named))


def _reaches_further(rights: Rights, held: Rights, right: Right) -> bool:
    return (reach_of(rights, right) or 0) > (reach_of(held, right) or 0)


def check_impact(role: Role, rights: Rights, *, actor: Actor) -> Impact:
    """Refuse a change that alters the actor's own rights, or those of people whom he may not touch.

    Return what it does to the others.
    """
    impact = impact_of(role, rights, actor=actor)
    if impact.concerns_you:
        raise ForbiddenError(_(YOURS))
    if beyond := impact.out_of_reach(actor):
        raise ForbiddenError(
            ngettext(
                "%(number)s user with this role may do as much as you, or more; ask an administrator.",
                "%(number)s users with this role may do as much as you, or more; ask an administrator.",
                beyond,
            )
        )
    return impact


def count_users(role: Role) -> int:
    """Return how many users have the role, without those in the trash."""
    query = select(func.count()).select_from(UserRole).join(User, User.id == UserRole.user_id)
    return db.session.scalar(query.where(UserRole.role_id == role.id, User.deleted_at.is_(None))) or 0
