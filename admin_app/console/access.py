"""Who may open which page of the console: strangers log in, the unpermitted are refused, the unknown is closed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from flask import abort, has_request_context, redirect, request, url_for
from flask_babel import gettext
from sqlalchemy import select
from werkzeug.wrappers import Response

from admin_app.console.confirming import ask_again
from admin_app.console.keys import parse_key, primary_key
from admin_app.core.db import db
from admin_app.core.errors import ForbiddenError
from admin_app.core.permissions import ABILITIES, Actor, Letter, Scope, can, require, visible
from admin_app.web.actor import NOBODY, current_actor

LETTERS = frozenset(Letter)
# For pages that everybody who is logged in may open; what they show is decided record by record.
LOGGED_IN = "logged in"

Permission = str | tuple[str, str]

# Flask-Admin's own views. A name that stands neither here nor in `view_permissions` is refused.
VIEW_LETTERS: Mapping[str, Letter] = {
    "index_view": Letter.READ,
    "facets_view": Letter.READ,
    "width_view": Letter.READ,
    "views_view": Letter.READ,
    "details_view": Letter.READ,
    "ajax_lookup": Letter.READ,
    "preferences_view": Letter.READ,
    "create_view": Letter.CREATE,
    "edit_view": Letter.UPDATE,
    "delete_view": Letter.DELETE,
    # Which action it is, and so which right it takes, stands in the form; the bulk engine asks for that.
    "action_view": Letter.READ,
}

# What was done to a record, told by the audit log; bringing back asks for the right to edit it too.
HISTORY_VIEWS = frozenset({"history_view", "history_at_view", "history_revert_view"})


def check_permission(permission: Any, owner: str) -> None:
    """Raise TypeError at start-up for a permission that could never be granted."""
    letter = permission[1] if isinstance(permission, tuple) and len(permission) == 2 else permission
    if letter in LETTERS or letter == LOGGED_IN or letter in ABILITIES:
        return
    raise TypeError(f"{owner} names {permission!r}, which is neither a letter nor an ability.")


def holds(actor: Actor, resource: str, permission: Permission) -> bool:
    """Whether `actor` holds a letter on `resource`, a (resource, letter) or an ability, on any record at all."""
    if permission == LOGGED_IN:
        return actor.is_active
    if isinstance(permission, tuple):
        return can(actor, permission[0], permission[1])
    return can(actor, resource, permission) if permission in LETTERS else can(actor, permission)


def letter_of(permission: str, resource: str) -> Letter:
    """Return the letter that must reach a record for `permission` to be used on it."""
    if permission in LETTERS:
        return Letter(permission)
    ability = ABILITIES[permission]
    return ability.letter if ability.resource == resource else Letter.READ


def _require(actor: Actor, resource: str, permission: Permission) -> None:
    """Raise the refusal in the words of the permission."""
    if permission == LOGGED_IN:
        return
    if isinstance(permission, tuple):
        require(actor, permission[0], permission[1])
    elif permission in LETTERS:
        require(actor, resource, permission)
    else:
        require(actor, permission)


def login_redirect() -> Response:
    """Send a stranger to the login page, and from there back to the page he asked for, or that held his form."""
    rule = request.url_rule
    shows = rule is not None and "GET" in (rule.methods or ())
    target = request.full_path.removesuffix("?") if shows else None
    return redirect(url_for("auth.login", next=target), 303)


def gate(resource: str, permission: Permission | None, *, guarded: bool = False) -> Response | None:
    """Decide about the running request: None lets it pass, strangers are redirected, others raise ForbiddenError.

    Where it is `guarded`, those whose password was given too long ago are asked for it.
    """
    actor = current_actor()
    if actor is NOBODY:
        return login_redirect()
    if permission is None:
        raise ForbiddenError(gettext("Nobody has been given the right to open this page."))
    _require(actor, resource, permission)
    asked: Response | None = ask_again() if guarded else None
    return asked


def visible_or_404(model: Any, key: str | int, resource: str, letter: Letter | str = Letter.READ) -> Any:
    """Return the record with that key, as it came in the address.

    404 where there is none, or where the actor may not see it; 403 where he may see it but lacks `letter`.
    """
    actor, column = current_actor(), primary_key(model)
    wanted = parse_key(model, str(key))
    record = None
    if wanted is not None:
        record = db.session.scalar(select(model).where(column == wanted, visible(actor, resource, Letter.READ)))
    if record is None:
        abort(404)
    if Letter(letter) is not Letter.READ and not reaches(actor, model, wanted, resource, letter):
        require(actor, resource, letter, obj=record)
        raise ForbiddenError(gettext("Your roles do not allow this on this record."))
    return record


def reaches(actor: Actor, model: Any, key: Any, resource: str, letter: Letter | str) -> bool:
    """Whether `letter` reaches the record with that key, which is there, by the SQL that lists and bulk actions use."""
    if can(actor, resource, letter) and actor.rights.grants[resource, Letter(letter)] is Scope.ALL:
        return True
    column = primary_key(model)
    return db.session.scalar(select(column).where(column == key, visible(actor, resource, letter))) is not None


class AccessMixin:
    """The gate in front of every page of a model view."""

    resource: str
    offers: str
    view_permissions: Mapping[str, str] = {}
    # The views that ask for the password again where it was given too long ago.
    guarded_views: Collection[str] = frozenset({"delete_view"})

    def _may(self, letter: str) -> bool:
        # Flask-Admin reads can_* at start-up too, where nobody is asking.
        return letter in self.offers and has_request_context() and can(current_actor(), self.resource, letter)

    # Read-only on purpose: views are shared by all threads, so what one request assigns another one would read.
    @property
    def can_create(self) -> bool:
        return self._may("C")

    @property
    def can_edit(self) -> bool:
        return self._may("U")

    @property
    def can_delete(self) -> bool:
        return self._may("D")

    @property
    def can_view_details(self) -> bool:
        return self._may("R")

    @property
    def can_export(self) -> bool:
        return False

    def permission_of(self, view_name: str) -> Permission | None:
        """Return the letter or ability that the view of that name takes, or None where nobody declared it."""
        declared = self.view_permissions.get(view_name)
        if declared is not None:
            return declared
        if view_name in HISTORY_VIEWS:
            return "audit", "R"
        if view_name == "cell_view":
            return Letter.UPDATE
        letter = VIEW_LETTERS.get(view_name)
        return letter if letter is not None and letter in self.offers else None

    def is_accessible(self) -> bool:
        return self._may("R")

    def _handle_view(self, name: str, **_kwargs: Any) -> Response | None:
        return gate(self.resource, self.permission_of(name), guarded=name in self.guarded_views)

    def _run_view(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        # Flask-Admin's own runs the view a second time on any TypeError, side effects and all.
        return fn(self, *args, **kwargs)
