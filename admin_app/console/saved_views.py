"""Saved views: who sees which, and saving, changing and deleting them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, false, func, or_, select

from admin_app.audit.operations import changes_between, record, state_of
from admin_app.console.models import SavedView
from admin_app.core.db import db
from admin_app.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from admin_app.core.permissions import Actor, Letter, Scope, require, visible
from admin_app.core.registry import Registry
from admin_app.core.words import gettext as _

NAME_LIMIT = 80
# More tabs than that nobody finds his way among.
MOST_VIEWS = 50
_FIELDS = ("name", "role_id", "query", "look")

# With which roles an actor may share a view, by their numbers; what knows roles fills it.
RECEIVERS: Registry[Callable[[Actor], Mapping[int, str]]] = Registry("receivers of saved views")


def receivers(actor: Actor) -> dict[int, str]:
    """Return the roles that `actor` may share a view with, by number."""
    return {number: name for find in RECEIVERS.values() for number, name in find(actor).items()}


class ViewScope:
    """Own: whoever saved it. Shared: also those who have the role that it is shared with, to be seen only."""

    def condition(self, actor: Actor, scope: Scope, letter: Letter) -> ColumnElement[bool]:
        own = SavedView.owner_id == actor.id if actor.id is not None else false()
        if scope < Scope.SHARED or letter is not Letter.READ:
            return own
        return or_(own, SavedView.role_id.in_(actor.role_ids))

    def holds(self, actor: Actor, scope: Scope, letter: Letter, obj: Any) -> bool:
        if actor.id is not None and obj.owner_id == actor.id:
            return True
        return scope >= Scope.SHARED and letter is Letter.READ and obj.role_id in actor.role_ids


VIEW_SCOPE = ViewScope()


def views_of(list_name: str, *, actor: Actor) -> Sequence[SavedView]:
    """Return the views of a list that `actor` sees, in the order of their names."""
    found = select(SavedView).where(SavedView.list_name == list_name, visible(actor, "view"))
    return db.session.scalars(found.order_by(func.lower(SavedView.name), SavedView.id).limit(MOST_VIEWS)).all()


def find_view(list_name: str, key: str, letter: Letter, *, actor: Actor) -> SavedView:
    """Return the view of a list with that public id; NotFoundError where `actor` may not see it."""
    found = select(SavedView).where(SavedView.list_name == list_name, SavedView.public_id == key)
    view = db.session.scalar(found.where(visible(actor, "view")))
    if view is None:
        raise NotFoundError(_("This view is not there any more, or not for you to see."))
    require(actor, "view", letter, obj=view)
    return view


def save_view(list_name: str, data: Mapping[str, Any], *, actor: Actor) -> SavedView:
    """Save a view of a list: `data` has its name, `role_id` or None, query and look."""
    require(actor, "view", Letter.CREATE)
    if actor.id is None:
        raise ForbiddenError(_("Log in to save a view."))
    mine = select(func.count()).where(SavedView.list_name == list_name, SavedView.owner_id == actor.id)
    if (db.session.scalar(mine) or 0) >= MOST_VIEWS:
        raise ConflictError(_("You have %(number)s views of this list. Delete one first.", number=MOST_VIEWS))
    view = SavedView(list_name=list_name, owner_id=actor.id)
    _write(view, data, actor=actor)
    db.session.add(view)
    db.session.flush()
    record("view.create", view, actor=actor, changes=changes_between({}, state_of(view, _FIELDS)))
    return view


def change_view(view: SavedView, data: Mapping[str, Any], *, actor: Actor) -> None:
    """Change what `data` has of a view."""
    require(actor, "view", Letter.UPDATE, obj=view)
    before = state_of(view, _FIELDS)
    _write(view, data, actor=actor)
    if changes := changes_between(before, state_of(view, _FIELDS)):
        db.session.flush()
        record("view.update", view, actor=actor, changes=changes)


def delete_view(view: SavedView, *, actor: Actor) -> None:
    """Delete a view; whoever had it as his first one gets the whole list again."""
    require(actor, "view", Letter.DELETE, obj=view)
    record("view.delete", view, actor=actor, changes=changes_between(state_of(view, _FIELDS), {}))
    db.session.delete(view)
    db.session.flush()


def _write(view: SavedView, data: Mapping[str, Any], *, actor: Actor) -> None:
    name, role_id = data.get("name", view.name), data.get("role_id", view.role_id)
    if not name:
        raise InvalidError(_("Give the view a name."), fields={"name": _("Enter a name.")})
    if len(name) > NAME_LIMIT:
        sentence = _("Use at most %(limit)s characters.", limit=NAME_LIMIT)
        raise InvalidError(sentence, fields={"name": sentence})
    same = select(SavedView.id).where(
        SavedView.list_name == view.list_name, SavedView.owner_id == view.owner_id, SavedView.name == name
    )
    if view.id is not None:
        same = same.where(SavedView.id != view.id)
    with db.session.no_autoflush:
        if db.session.scalar(same) is not None:
            taken = _("You have a view of this list with that name.")
            raise ConflictError(taken, fields={"name": taken})
    if role_id is not None and role_id != view.role_id and role_id not in receivers(actor):
        raise ForbiddenError(_("You can share a view with roles of your own only."))
    view.name, view.role_id = name, role_id
    for field in ("query", "look"):
        if field in data:
            setattr(view, field, data[field])
