"""The console's screen for users."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import gettext, lazy_gettext
from sqlalchemy import Select
from wtforms import Form

from admin_app.accounts import operations
from admin_app.accounts.forms import UserForm, fit_user_form
from admin_app.accounts.models import Role, User
from admin_app.accounts.queries import roles_visible_to
from admin_app.audit.models import AuditBatch
from admin_app.console import filters, formatters
from admin_app.console.base import BulkResult, ConsoleModelView, bulk_action
from admin_app.console.bulk import counted
from admin_app.core.db import db
from admin_app.core.permissions import Actor, can
from admin_app.web.actor import current_actor


def _role_options() -> list[tuple[str, str]]:
    return [(str(role.id), role.name) for role in db.session.scalars(roles_visible_to(current_actor()))]


class UserView(ConsoleModelView):
    """Who works here."""

    resource = "user"
    offers = "CRUD"
    menu_group, menu_icon = "People", "users"
    form = UserForm
    create_label = lazy_gettext("Create user")
    delete_lead = lazy_gettext("They are logged out at once and cannot log in again. What they made stays.")

    column_list = ("username", "name", "email", "status", "roles", "last_login_at")
    column_details_list = (
        "username", "name", "email", "status", "roles", "last_login_at", "password_changed_at", "must_change_password",
        "notes", "created_at", "updated_at",
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
        "created_at": lazy_gettext("Created"),
        "updated_at": lazy_gettext("Changed"),
    }
    column_sortable_list = ("username", "name", "email", "status", "last_login_at")
    column_default_sort = "username"
    column_searchable_list = ("username", "name", "email")
    column_filters = (
        filters.OneOf(User.status, lazy_gettext("Status")),
        *filters.related(User.roles, filters.OneOf(Role.id, lazy_gettext("Role"), options=_role_options)),
        *filters.DateBetween(User.last_login_at, lazy_gettext("Last login")),
    )
    column_formatters = {"username": formatters.link(".details_view")}
    column_formatters_detail = {"notes": formatters.rich_text}
    empty_title = lazy_gettext("No users yet")

    def base_select(self) -> Select[Any]:
        return super().base_select().where(User.deleted_at.is_(None))

    def create_form(self, obj: Any = None) -> Form:
        form = super().create_form(obj)
        fit_user_form(form, None, own=False, grants=can(current_actor(), "role.grant"))
        return form

    def edit_form(self, obj: Any = None) -> Form:
        form, actor = super().edit_form(obj), current_actor()
        fit_user_form(form, obj, own=obj.id == actor.id, grants=can(actor, "role.grant", obj=obj))
        return form

    def get_record_state(self, record: User) -> Any:
        return record.status

    def get_record_actions(self, record: User) -> list[dict[str, Any]]:
        if record.id != current_actor().id:
            return []
        return [{"label": gettext("Change my password"), "url": url_for("auth.password"), "icon": "lock"}]

    def perform_create(self, data: dict[str, Any], *, actor: Actor) -> User:
        return operations.create_user(data, actor=actor)

    def perform_update(self, record: User, data: dict[str, Any], *, actor: Actor) -> None:
        if "roles" in data:
            # The form offers only roles that the actor sees; what it does not show, it does not take away.
            unseen = [role for role in record.roles if not can(actor, "role", "R", obj=role)]
            data = {**data, "roles": [*data["roles"], *unseen]}
        operations.update_user(record, data, actor=actor)

    def perform_delete(self, record: User, *, actor: Actor) -> None:
        operations.delete_user(record, actor=actor)

    @bulk_action(
        "activate",
        lazy_gettext("Activate"),
        permission="U",
        confirm=counted("Activate %(number)s user?", "Activate %(number)s users?"),
        done=counted("%(number)s user activated", "%(number)s users activated"),
        rule=lambda: operations.activatable(current_actor()),
        refusal=lazy_gettext("Active already, without a password, yourself, or somebody with more rights than you."),
    )
    def activate(self, selection: Select[Any], *, actor: Actor, batch: AuditBatch) -> BulkResult:
        """Let the selected users log in."""
        return operations.activate_users(selection, actor=actor, batch=batch)

    @bulk_action(
        "deactivate",
        lazy_gettext("Deactivate"),
        permission="U",
        confirm=counted("Deactivate %(number)s user?", "Deactivate %(number)s users?"),
        done=counted("%(number)s user deactivated", "%(number)s users deactivated"),
        rule=lambda: operations.deactivatable(current_actor()),
        refusal=lazy_gettext("Inactive already, yourself, or somebody with more rights than you."),
        tone="danger",
    )
    def deactivate(self, selection: Select[Any], *, actor: Actor, batch: AuditBatch) -> BulkResult:
        """Shut the selected users out."""
        return operations.deactivate_users(selection, actor=actor, batch=batch)
