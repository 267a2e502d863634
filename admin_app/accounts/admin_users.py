"""The console's screen for users."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import g, request, url_for
from flask_babel import gettext, lazy_gettext
from markupsafe import Markup
from sqlalchemy import Select
from sqlalchemy.orm import selectinload
from wtforms import Form

from admin_app.accounts import guards, operations, sessions
from admin_app.accounts.admin_links import link_actions, link_page
from admin_app.accounts.admin_lookups import ROLES, roles_url
from admin_app.accounts.admin_user_bulk import PEOPLE, UserBulkMixin
from admin_app.accounts.api_tokens import tokens_of
from admin_app.accounts.forms import ChangedUserForm, NewUserForm, fit_user_form, kept_roles, leave_out_entry
from admin_app.accounts.models import Role, User
from admin_app.accounts.provenance import provenance_of
from admin_app.accounts.registration_operations import ORIGIN
from admin_app.accounts.rights_words import LETTER_WORDS, RESOURCE_WORDS, SCOPE_WORDS, letters_in_words
from admin_app.console import filters, formatters
from admin_app.console.base import ConsoleModelView
from admin_app.console.picked import PickedThrough
from admin_app.console.records import PICKED
from admin_app.core.db import db
from admin_app.core.permissions import ABILITIES, Actor, Letter, Scope, can
from admin_app.web.actor import current_actor

MOST_SESSIONS = 20
# The resources that have a column of letters in the list; all of them stand on the user's page.
_COLUMNS_OF_LETTERS = ("survey", "question", "reply", "user", "role")

_ORIGINS = {"console": lazy_gettext("Made here"), ORIGIN: lazy_gettext("Registered through the API")}
_link = formatters.link(".details_view")


def _with_rights() -> Any:
    """Return the option that loads what rights are made of with the users, in three statements."""
    return selectinload(User.roles).options(selectinload(Role.grants), selectinload(Role.ability_rows))


def _letters(_view: Any, _context: Any, user: User, name: str) -> Any:
    resource, rights = name.removeprefix("letters_"), user.rights
    partial = [letter for letter in Letter if rights.grants.get((resource, letter), Scope.ALL) is not Scope.ALL]
    return formatters.macro(
        "letters", rights.letters(resource), partial, letters_in_words(rights, resource), of="users/_rights.html"
    )


def _last_login(_view: Any, _context: Any, user: User, _name: str) -> Any:
    return formatters.macro("time", user.last_login_at) if user.last_login_at else gettext("Never")


def _username(view: Any, context: Any, user: User, name: str) -> Any:
    """Return the link to the user's page; who made his account himself is told from those who were let in."""
    shown = _link(view, context, user, name)
    if user.origin == ORIGIN:
        shown += Markup(" ") + formatters.macro("badge", gettext("API"))
    return shown


def _origin(_view: Any, _context: Any, user: User, _name: str) -> Any:
    return _ORIGINS.get(user.origin, user.origin)


def _out_of_reach(user: User, actor: Actor) -> bool:
    return user.id != actor.id and not actor.rights.outranks(user.rights)


class UserView(UserBulkMixin, ConsoleModelView):
    """Who works here."""

    resource = "user"
    offers = "CRUD"
    # They give roles and passwords.
    guarded_views = frozenset({"create_view", "edit_view", "delete_view", "history_revert_view"})
    menu_group, menu_icon = "People", "users"
    shortcut = "u"
    create_form_class, edit_form_class = NewUserForm, ChangedUserForm
    details_template = "users/details.html"
    create_label = lazy_gettext("Create user")
    delete_lead = lazy_gettext(
        "They are logged out at once and cannot log in. What they made stays, and the trash gives them back."
    )

    column_list = (
        "username", "name", "email", "status", "roles", *(f"letters_{one}" for one in _COLUMNS_OF_LETTERS),
        "last_login_at",
    )  # fmt: skip
    column_details_list = (
        "username", "name", "email", "status", "roles", "last_login_at", "password_changed_at", "must_change_password",
        "notes", "origin", "created_at", "updated_at",
    )  # fmt: skip
    column_labels = {
        "username": lazy_gettext("User name"),
        "name": lazy_gettext("Name"),
        "email": lazy_gettext("E-mail address"),
        "status": lazy_gettext("Status"),
        "roles": lazy_gettext("Roles"),
        "last_login_at": lazy_gettext("Last login"),
        "password_changed_at": lazy_gettext("Password changed"),
        "must_change_password": lazy_gettext("Has to choose a password"),
        "notes": lazy_gettext("Notes"),
        "origin": lazy_gettext("Origin"),
        "created_at": lazy_gettext("Created"),
        "updated_at": lazy_gettext("Changed"),
        **{f"letters_{one}": RESOURCE_WORDS[one] for one in _COLUMNS_OF_LETTERS},
    }
    column_classes = {
        "name": "nowrap",
        "last_login_at": "nowrap",
        **dict.fromkeys((f"letters_{one}" for one in _COLUMNS_OF_LETTERS), "letters"),
    }
    inline_fields = ("username", "name", "email")
    column_sortable_list = (
        ("username", User.username_key), "name", ("email", User.email_key), "status", "last_login_at",
    )  # fmt: skip
    column_default_sort = "username"
    column_searchable_list = ("username", "name", "email")
    column_filters = (
        filters.OneOf(User.status, lazy_gettext("Status")),
        PickedThrough(User.roles, Role.id, lazy_gettext("Role"), lookup=ROLES, url=roles_url, arg="role"),
        *filters.DateBetween(User.last_login_at, lazy_gettext("Last login")),
        filters.OneOf(User.origin, lazy_gettext("Origin"), options=list(_ORIGINS.items())),
    )
    column_formatters = {
        "username": _username,
        "last_login_at": _last_login,
        **{f"letters_{one}": _letters for one in _COLUMNS_OF_LETTERS},
    }
    column_formatters_detail = {"notes": formatters.rich_text, "last_login_at": _last_login, "origin": _origin}
    empty_title = lazy_gettext("No users yet")

    def palette_note(self, record: User) -> str:
        return record.email

    def base_select(self) -> Select[Any]:
        return super().base_select().where(User.deleted_at.is_(None))

    def _load_options(self) -> list[Any]:
        return [*super()._load_options(), _with_rights()]

    def record_options(self) -> list[Any]:
        return [_with_rights()]

    def _note_rights(self, rows: Sequence[User]) -> None:
        super()._note_rights(rows)
        actor = current_actor()
        beyond = {user.id for user in rows if _out_of_reach(user, actor)}
        for reached in g.console_row_rights[self.endpoint].values():
            reached -= beyond
        if actor.id is not None:
            g.console_row_rights[self.endpoint]["D"].discard(actor.id)

    def record_or_404(self, letter: Letter | str = Letter.READ) -> User:
        """Return the user that the request names; 403 for a change of one who may do as much as oneself, or more."""
        user: User = super().record_or_404(letter)
        if Letter(letter) is not Letter.READ:
            guards.check_within_reach(user, actor=current_actor())
        return user

    def _record_values(self, record: User) -> dict[str, Any]:
        actor = current_actor()
        beyond = _out_of_reach(record, actor)
        shown = super()._record_values(record)
        return {
            **shown,
            "may_edit": shown["may_edit"] and not beyond,
            "may_delete": shown["may_delete"] and not beyond and record.id != actor.id,
            "out_of_reach": gettext(guards.HIGHER) if beyond and can(actor, "user", "U") else "",
            "held": provenance_of(record.roles),
            "sessions": self._open_to(record, actor, sessions.sessions_of(record)) if not beyond else [],
            "tokens": self._open_to(record, actor, tokens_of(record)) if not beyond else [],
            "resource_words": RESOURCE_WORDS,
            "letter_words": LETTER_WORDS,
            "scope_words": SCOPE_WORDS,
            "abilities": ABILITIES,
            "may_open_roles": can(actor, "role", "R"),
        }

    def _open_to(self, record: User, actor: Actor, rows: Select[Any]) -> list[Any]:
        if record.id == actor.id or not can(actor, "user", "U", obj=record):
            return []  # one's own stand on the account's page
        return list(db.session.scalars(rows.limit(MOST_SESSIONS)))

    def create_form(self, obj: Any = None) -> Form:
        form = super().create_form(obj)
        fit_user_form(form, None, own=False, grants=can(current_actor(), "role.grant"))
        if PICKED in request.values:
            leave_out_entry(form)
        return form

    def picked_label(self, record: User) -> str:
        """Return a user as the lists call him that people are chosen from."""
        return PEOPLE.called(record)

    def edit_form(self, obj: Any = None) -> Form:
        form, actor = super().edit_form(obj), current_actor()
        fit_user_form(form, obj, own=obj.id == actor.id, grants=can(actor, "role.grant", obj=obj))
        return form

    def get_record_state(self, record: User) -> Any:
        return record.status

    def get_record_actions(self, record: User) -> list[dict[str, Any]]:
        actor = current_actor()
        if record.id == actor.id:
            return [{"label": gettext("Change my password"), "url": url_for("auth.password"), "icon": "lock"}]
        return [] if _out_of_reach(record, actor) else link_actions(record, actor)

    def perform_create(self, data: dict[str, Any], *, actor: Actor) -> User:
        invited = data.pop("invite", False) and not data.get("password")
        user = operations.create_user(data, actor=actor)
        if invited:
            g.invitation = operations.invite_user(user, actor=actor)
        return user

    def _after_save(self, record: User, begin: str | None = None) -> Any:
        invitation = g.get("invitation")
        return link_page(self, record, invitation) if invitation is not None else super()._after_save(record, begin)

    def perform_update(self, record: User, data: dict[str, Any], *, actor: Actor) -> None:
        if "roles" in data:
            data = {**data, "roles": [*data["roles"], *kept_roles(record)]}
        operations.update_user(record, data, actor=actor)

    def perform_delete(self, record: User, *, actor: Actor, heir: User | None = None) -> None:
        operations.delete_user(record, heir=heir, actor=actor)
