"""What nobody may do to users, whatever path he comes by: form, bulk action, command."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from sqlalchemy import ColumnElement, and_, exists, not_, select, true

from admin_app.accounts.builtin_roles import ADMINISTRATOR
from admin_app.accounts.models import Role, User, UserRole, UserStatus
from admin_app.accounts.queries import administrators, roles_visible_to, roles_with_rights
from admin_app.core.bulk import Refusals
from admin_app.core.db import db
from admin_app.core.errors import ConflictError, ForbiddenError
from admin_app.core.permissions import EVERYTHING, Actor, Letter, require, visible
from admin_app.core.words import gettext as _
from admin_app.core.words import mark

YOURSELF = mark("You cannot do this to yourself; ask another administrator.")
HIGHER = mark("This user may do as much as you, or more; ask an administrator.")
_LETTER = {
    Letter.UPDATE: mark("Your roles do not allow you to change this user."),
    Letter.DELETE: mark("Your roles do not allow you to delete this user."),
}


def check_within_reach(user: User, *, actor: Actor) -> None:
    """Refuse to touch a user who may do as much as `actor`, or more; himself everybody may."""
    if actor.id != user.id and not actor.rights.outranks(user.rights):
        raise ForbiddenError(_(HIGHER))


def check_not_oneself(user: User, *, actor: Actor) -> None:
    """Refuse to change one's own rights or to shut oneself out."""
    if actor.id is not None and actor.id == user.id:
        raise ForbiddenError(_(YOURSELF))


def check_roles(roles: Collection[Role], *, actor: Actor, user: User | None = None) -> None:
    """Refuse to give or take `roles` without the ability, or to hand out rights that `actor` does not hold."""
    require(actor, "role.grant", obj=user)
    for role in roles:
        if not actor.rights.covers(role.rights):
            raise ForbiddenError(
                _("You cannot give the role “%(name)s”: it allows more than your own roles do.", name=role.name)
            )


def within_reach(actor: Actor) -> ColumnElement[bool]:
    """Return the condition for users whom `actor` may touch: not himself, nobody with equal or higher rights."""
    others = true() if actor.id is None else User.id != actor.id
    if actor.rights.covers(EVERYTHING):
        return others
    rights = {role.id: role.rights for role in db.session.scalars(roles_with_rights())}
    higher = [role_id for role_id, one in rights.items() if not actor.rights.covers(one)]
    # Equal is who has, for each right of the actor's, a role that gives it. Many rights come from the same roles.
    sources = {frozenset(key for key, one in rights.items() if one.covers(part)) for part in actor.rights.parts()}
    equal = and_(true(), *(_holds_one_of(roles) for roles in sources))
    return and_(others, not_(_holds_one_of(higher)), not_(equal))


def _holds_one_of(role_ids: Collection[int]) -> ColumnElement[bool]:
    return exists().where(UserRole.user_id == User.id, UserRole.role_id.in_(role_ids))


def refusals(actor: Actor, letter: Letter = Letter.UPDATE) -> Refusals:
    """Return why `actor` may not do this to a user, whatever it is: it is himself, or out of his reach."""
    oneself = [] if actor.id is None else [(User.id == actor.id, _(YOURSELF))]
    return [
        *oneself,
        (not_(visible(actor, "user", letter)), _(_LETTER[letter])),
        (not_(within_reach(actor)), _(HIGHER)),
    ]


def grantable(actor: Actor) -> list[Role]:
    """Return the roles that `actor` may give and take away: those that he sees and that allow no more than his own."""
    return [role for role in db.session.scalars(roles_visible_to(actor)) if actor.rights.covers(role.rights)]


@contextmanager
def keeping_an_administrator(actor: Actor) -> Iterator[None]:
    """Refuse what is done inside if it takes the last active administrator away.

    Until the unit of work is stored nobody else changes what people may do: two administrators who remove each other
    at the same time would else both find one left. Whoever was removed while he waited for that does nothing any more.
    """
    db.session.execute(select(Role.id).where(Role.builtin == ADMINISTRATOR).with_for_update())
    _check_unchanged(actor)
    there_was_one = _has_administrator()
    yield
    db.session.flush()
    if there_was_one and not _has_administrator():
        raise ConflictError(_("At least one active administrator has to remain."))


def _check_unchanged(actor: Actor) -> None:
    if not isinstance(actor, User):
        return
    still = select(UserRole.role_id).join(User, User.id == UserRole.user_id)
    still = still.where(User.id == actor.id, User.status == UserStatus.ACTIVE, User.deleted_at.is_(None))
    if set(db.session.scalars(still)) != set(actor.role_ids):
        raise ConflictError(_("What you may do has been changed meanwhile. Reload the page and try again."))


def _has_administrator() -> bool:
    return bool(db.session.scalar(select(administrators().with_only_columns(User.id).order_by(None).exists())))
