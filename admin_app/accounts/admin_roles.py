"""The console's screen for roles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin.base import expose
from flask_babel import format_decimal, gettext, lazy_gettext
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import selectinload, undefer
from werkzeug.wrappers import Response
from wtforms import Form

from admin_app.accounts import operations, role_guards
from admin_app.accounts.admin_lookups import ROLES
from admin_app.accounts.admin_role_saving import SavingMixin
from admin_app.accounts.builtin_roles import ADMINISTRATOR
from admin_app.accounts.models import Role, User, UserRole
from admin_app.accounts.rights_phrases import phrase_of
from admin_app.accounts.rights_words import LETTER_WORDS, RESOURCE_WORDS
from admin_app.accounts.role_checks import scopes_for
from admin_app.accounts.role_forms import RoleForm, fit_role_form, role_data, scope_word
from admin_app.accounts.seams import what_hangs_on
from admin_app.console import formatters
from admin_app.console.base import ConsoleModelView
from admin_app.console.records import Answer
from admin_app.console.undo import never
from admin_app.core.db import db
from admin_app.core.errors import DomainError, ForbiddenError
from admin_app.core.permissions import ABILITIES, RESOURCES, Actor, Letter, Rights, can, visible
from admin_app.web.actor import current_actor

_SHOWN_USERS = 20


def _refusal_of(check: Callable[..., Any], role: Role) -> str:
    """Return why `check` refuses the role to the current actor, or an empty text."""
    try:
        check(role, actor=current_actor())
    except DomainError as error:
        return error.message
    return ""


def _users(_view: Any, _context: Any, role: Role, _name: str) -> Any:
    return formatters.macro("user_count", role, can(current_actor(), "user", "R"), of="roles/_parts.html")


class RoleView(SavingMixin, ConsoleModelView):
    """What people may do, by role."""

    resource = "role"
    offers = "CRUD"
    menu_group, menu_icon = "People", "shield"
    shortcut = "o"
    form = RoleForm
    create_label = lazy_gettext("Create role")
    create_template, edit_template = "roles/create.html", "roles/edit.html"
    details_template = "roles/details.html"
    view_permissions = {"duplicate_view": "C", "view_as_view": "R"}
    guarded_views = frozenset({"create_view", "edit_view", "delete_view", "duplicate_view", "history_revert_view"})

    column_list = ("name", "description", "user_count", "updated_at")
    column_details_list = ("description", "updated_at")
    column_labels = {
        "name": lazy_gettext("Name"),
        "description": lazy_gettext("What it is for"),
        "user_count": lazy_gettext("Users"),
        "updated_at": lazy_gettext("Changed"),
        "grants": lazy_gettext("What it allows"),
        "abilities": lazy_gettext("Further rights"),
        "copy_of": lazy_gettext("Copy of"),
    }
    column_classes = {"description": "wide", "user_count": "num", "updated_at": "nowrap"}
    inline_fields = ("description",)
    lookups = {"role": ROLES}
    column_sortable_list = ("name", "updated_at")
    column_default_sort = "name"
    column_searchable_list = ("name", "description")
    column_formatters = {"name": formatters.link(".details_view"), "user_count": _users}

    # Each deletion wants a look at what hangs on the role.
    bulk_delete = None  # type: ignore[assignment]

    # What is loaded
    def _load_options(self) -> list[Any]:
        return [*super()._load_options(), *self.record_options()]

    def record_options(self) -> list[Any]:
        """Return what rights are made of, and the number of users."""
        return [selectinload(Role.grants), selectinload(Role.ability_rows), undefer(Role.user_count)]

    def palette_note(self, record: Role) -> str:
        return record.description

    # What may be done with it
    def may(self, row: Role, letter: str) -> bool:
        """Whether the row shows a way to edit or delete the role: not where that would be refused anyway."""
        if not super().may(row, letter) or not current_actor().rights.covers(row.rights):
            return False
        return row.builtin != ADMINISTRATOR if letter == "U" else row.builtin is None and not row.user_count

    def _record_values(self, record: Role) -> dict[str, Any]:
        shown = super()._record_values(record)
        may = {str(letter): can(current_actor(), "role", letter) for letter in Letter}
        edit = _refusal_of(role_guards.check_changeable, record) if may["U"] else ""
        delete = _refusal_of(role_guards.check_deletable, record) if may["D"] else ""
        covered = not _refusal_of(role_guards.check_covered, record)
        return {
            **shown,
            "may_edit": may["U"] and not edit,
            "may_delete": may["D"] and not delete,
            "edit_refusal": edit,
            "delete_refusal": delete,
            "offers_delete": may["D"],
            "may_duplicate": may["C"] and covered,
            "may_view_as": covered,
            "has_it": record.id in current_actor().role_ids,
        }

    # Showing
    def get_record_facts(self, record: Role) -> list[tuple[str, Any]]:
        origin = gettext("came with the program") if record.builtin else gettext("made here")
        return [(gettext("Users"), format_decimal(record.user_count)), (gettext("Origin"), origin)]

    def matrix_of(self, role: Role) -> list[tuple[Any, list[tuple[Any, str, str]]]]:
        """Return for each resource its name and, for each letter, its word, how far it reaches, and in words."""
        held = role.rights.grants

        def cell(resource: str, letter: Letter) -> tuple[Any, str, Any]:
            scope = held.get((resource, letter))
            if scope is None:
                return LETTER_WORDS[letter], "", gettext("no")
            offered = {*scopes_for(resource, letter), scope}
            return LETTER_WORDS[letter], scope.name.lower(), scope_word(letter, offered, scope)

        return [(RESOURCE_WORDS[name], [cell(name, letter) for letter in Letter]) for name in RESOURCES]

    def letters(self) -> list[Any]:
        """Return the heads of the matrix."""
        return list(LETTER_WORDS.values())

    def abilities_of(self, role: Role) -> list[tuple[str, str]]:
        """Return what the role allows beside the letters: each sentence, and the right without which it is idle."""
        rights = role.rights
        return [
            (ability.sentence, self._missing(rights, ability.resource, ability.letter))
            for name, ability in ABILITIES.items()
            if name in rights.abilities
        ]

    @staticmethod
    def _missing(rights: Rights, resource: str, letter: Letter) -> str:
        idle = resource and (resource, letter) not in rights.grants
        return phrase_of((resource, letter)) if idle else ""

    def members_of(self, role: Role) -> list[User]:
        """Return the first users who have the role, by name, as far as the actor sees them."""
        having = select(UserRole.user_id).where(UserRole.role_id == role.id)
        query = select(User).where(User.id.in_(having), User.deleted_at.is_(None), visible(current_actor(), "user"))
        return list(db.session.scalars(query.order_by(User.username_key).limit(_SHOWN_USERS)))

    def members_url(self, role: Role) -> str:
        """Return the address of all users who have the role."""
        values: dict[str, Any] = {"g1.role": role.id}
        return url_for("user.index_view", **values)

    # Forms
    def create_form(self, obj: Any = None) -> Form:
        form = super().create_form(obj)
        fit_role_form(form, Rights(), actor=current_actor())
        return form

    def edit_form(self, obj: Any = None) -> Form:
        form = super().edit_form(obj)
        fit_role_form(form, obj.rights, actor=current_actor())
        return form

    def fill_form(self, form: Form, record: Role | None) -> None:
        """The abilities stand in rows of their own."""
        if record is not None:
            form["abilities"].process_data(record.rights.abilities)

    def _perform(self, form: Form | None, work: Callable[[Actor], Any]) -> tuple[bool, Any]:
        """A right that one may not give is said above the form, where it can be taken out again."""
        try:
            return super()._perform(form, work)
        except ForbiddenError as error:
            if form is None:
                raise
            self.flash_refusal(error, form)
            return False, error

    def perform_create(self, data: dict[str, Any], *, actor: Actor) -> Role:
        return operations.create_role(role_data(data), actor=actor)

    def perform_update(self, record: Role, data: dict[str, Any], *, actor: Actor) -> None:
        operations.update_role(record, role_data(data), actor=actor)

    def perform_delete(self, record: Role, *, actor: Actor) -> None:
        operations.delete_role(record, actor=actor)

    # Pages
    def _told_why_not(self, role: Role, refusal: str) -> Response:
        flash(refusal, "error")
        return redirect(self.get_url(".details_view", id=role.id), 303)

    @expose("/edit/", methods=("GET", "POST"))  # type: ignore[untyped-decorator]
    def edit_view(self) -> Answer:
        """Change a role; who is affected is shown first."""
        role = self.record_or_404(Letter.UPDATE)
        if refusal := _refusal_of(role_guards.check_changeable, role):
            if request.method == "POST":
                raise ForbiddenError(refusal)
            return self._told_why_not(role, refusal)
        answer: Answer | None = self.save_or_ask(role)
        if answer is None:
            answer = super().edit_view()
        return answer

    @expose("/delete/", methods=("GET", "POST"))  # type: ignore[untyped-decorator]
    def delete_view(self) -> Answer:
        """Ask whether a role is to be deleted, with what hangs on it, and delete it once that was answered."""
        role = self.record_or_404(Letter.DELETE)
        if request.form.get("confirmed") == "1":
            deleted: Answer = super().delete_view()
            return deleted
        if refusal := _refusal_of(role_guards.check_deletable, role):
            return self._told_why_not(role, refusal)
        page: Answer = self._page(
            "admin/confirm.html",
            title=gettext("Delete “%(name)s”?", name=role.name),
            verb=gettext("Delete"),
            tone="danger",
            lead=gettext("Nobody has this role, so nobody loses anything."),
            sample=what_hangs_on(role),
            sample_title=gettext("What goes with it"),
            undo=never(),
            post_url=self.get_url(".delete_view"),
            cancel_url=self.return_url(self.get_url(".details_view", id=role.id)),
            hidden=[("id", role.id), ("confirmed", "1")],
        )
        return page

    @expose("/duplicate/", methods=("POST",))  # type: ignore[untyped-decorator]
    def duplicate_view(self) -> Answer:
        """Make a role that allows the same, and go on to change it."""
        role = self.record_or_404()
        done, copy = self._perform(None, lambda actor: operations.duplicate_role(role, actor=actor))
        if not done:
            refused: Answer = self.back(self.get_url(".details_view", id=role.id))
            return refused
        flash(gettext("“%(name)s” was created.", name=copy.name), "success")
        page = ".edit_view" if self.can_edit else ".details_view"
        return redirect(self.get_url(page, id=copy.id), 303)

    @expose("/view-as/", methods=("POST",))  # type: ignore[untyped-decorator]
    def view_as_view(self) -> Answer:
        """Show the console as this role sees it, in this browser."""
        role, token = self.record_or_404(), current_user.session_token
        done, _result = self._perform(None, lambda actor: operations.start_viewing(token, role, actor=actor))
        answer: Answer = redirect(url_for("admin.index"), 303) if done else self.back()
        return answer
