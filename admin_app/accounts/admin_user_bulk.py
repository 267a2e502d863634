"""What the list of users does to many of them, and who takes over what belongs to those who are deleted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from flask import url_for
from flask_babel import gettext, lazy_gettext
from sqlalchemy import Select, select
from wtforms.validators import InputRequired

from admin_app.accounts import guards, operations
from admin_app.accounts.models import Role, User, UserStatus
from admin_app.audit.models import AuditBatch
from admin_app.console.base import BulkResult, bulk_action, counted
from admin_app.console.lookup import Lookup, pick_from, pick_typed
from admin_app.core.bulk import fits
from admin_app.core.permissions import Actor
from admin_app.notify.operations import mail_is_configured
from admin_app.web.actor import current_actor
from admin_app.web.forms import Form


def _called(user: User) -> str:
    """Return a user's name with what tells him from others of that name."""
    if not user.name:
        return user.username
    return str(gettext("%(name)s (%(username)s)", name=user.name, username=user.username))


HEIRS = Lookup(
    User,
    fields=("username", "name", "email"),
    resource="user",
    where=lambda: (User.status == UserStatus.ACTIVE) & User.deleted_at.is_(None),
    called=_called,
)
# Whoever is there, also those who have not come yet.
PEOPLE = Lookup(
    User,
    fields=("username", "name", "email"),
    resource="user",
    where=lambda: User.deleted_at.is_(None),
    called=_called,
    maker=("user", "username"),
)


class RoleForm(Form):
    """One role."""

    role = pick_from(
        lazy_gettext("Role"),
        lambda: guards.grantable(current_actor()),
        [InputRequired(lazy_gettext("Choose a role."))],
        description=lazy_gettext("Only roles that allow no more than your own."),
    )


class HeirForm(Form):
    """Who takes over; `lead` says what."""

    lead = ""

    heir = pick_typed(
        lazy_gettext("Who takes over"),
        HEIRS,
        lambda: url_for("user.ajax_lookup", name="heir"),
        [InputRequired(lazy_gettext("Choose who takes over."))],
    )


class UserBulkMixin:
    """The bulk actions of the users' screen, and the question that deleting asks."""

    lookups = {"heir": HEIRS, "person": PEOPLE}

    @bulk_action(
        "activate",
        lazy_gettext("Activate"),
        permission="U",
        confirm=counted("Activate %(number)s user?", "Activate %(number)s users?"),
        done=counted("%(number)s user activated", "%(number)s users activated"),
        refusals=operations.refusals_to_activate,
        lead=lazy_gettext("They can log in again, with the password they have."),
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
        refusals=operations.refusals_to_deactivate,
        lead=lazy_gettext("They are logged out at once and cannot log in until somebody activates them."),
        tone="danger",
    )
    def deactivate(self, selection: Select[Any], *, actor: Actor, batch: AuditBatch) -> BulkResult:
        """Shut the selected users out."""
        return operations.deactivate_users(selection, actor=actor, batch=batch)

    @bulk_action(
        "add_role",
        lazy_gettext("Add a role"),
        permission="role.grant",
        confirm=counted("Add a role to %(number)s user?", "Add a role to %(number)s users?"),
        done=counted("%(number)s user got the role “%(role)s”", "%(number)s users got the role “%(role)s”"),
        refusals=guards.refusals,
        form=RoleForm,
        lead=lazy_gettext("It acts at once, also for those who are logged in. Whoever has the role keeps it."),
        guarded=True,
    )
    def add_role(self, selection: Select[Any], data: dict[str, Role], *, actor: Actor, batch: AuditBatch) -> BulkResult:
        """Give the selected users a role."""
        return operations.add_role(selection, data["role"], actor=actor, batch=batch)

    @bulk_action(
        "remove_role",
        lazy_gettext("Remove a role"),
        permission="role.grant",
        confirm=counted("Remove a role from %(number)s user?", "Remove a role from %(number)s users?"),
        done=counted(
            "%(number)s user no longer has the role “%(role)s”", "%(number)s users no longer have the role “%(role)s”"
        ),
        refusals=guards.refusals,
        form=RoleForm,
        lead=lazy_gettext("It acts at once, also for those who are logged in."),
        guarded=True,
    )
    def remove_role(
        self, selection: Select[Any], data: dict[str, Role], *, actor: Actor, batch: AuditBatch
    ) -> BulkResult:
        """Take a role away from the selected users."""
        return operations.remove_role(selection, data["role"], actor=actor, batch=batch)

    @bulk_action(
        "demand_new_password",
        lazy_gettext("Demand new password"),
        permission="U",
        confirm=counted("Demand a new password of %(number)s user?", "Demand a new password of %(number)s users?"),
        done=counted("%(number)s user has to choose a new password", "%(number)s users have to choose a new password"),
        refusals=operations.refusals_to_demand_passwords,
        lead=lazy_gettext("They stay logged in, and have to choose another password before they do anything else."),
    )
    def demand_new_password(self, selection: Select[Any], *, actor: Actor, batch: AuditBatch) -> BulkResult:
        """Let the selected users choose another password."""
        return operations.demand_new_passwords(selection, actor=actor, batch=batch)

    @bulk_action(
        "invite",
        lazy_gettext("Invite again"),
        permission="U",
        confirm=counted("Send %(number)s user a new invitation?", "Send %(number)s users new invitations?"),
        done=counted("%(number)s user is sent a new invitation", "%(number)s users are sent new invitations"),
        refusals=operations.refusals_to_invite,
        lead=lazy_gettext(
            "Each gets a mail with a link to choose a password. Links that were sent before stop working."
        ),
        offered=mail_is_configured,
    )
    def invite(self, selection: Select[Any], *, actor: Actor, batch: AuditBatch) -> BulkResult:
        """Send the selected users new invitations."""
        return operations.invite_users(selection, actor=actor, batch=batch)

    @bulk_action(
        "delete",
        lazy_gettext("Delete"),
        permission="D",
        confirm=counted("Delete %(number)s user?", "Delete %(number)s users?"),
        done=counted("%(number)s user deleted", "%(number)s users deleted"),
        refusals=operations.refusals_to_delete,
        form=HeirForm,
        lead=lazy_gettext("They are logged out at once and cannot log in again. What they made stays."),
        tone="danger",
        guarded=True,
    )
    def bulk_delete(
        self, selection: Select[Any], data: Mapping[str, User] | None = None, *, actor: Actor, batch: AuditBatch
    ) -> BulkResult:
        """Put the selected users into the trash."""
        return operations.delete_users(selection, heir=(data or {}).get("heir"), actor=actor, batch=batch)

    def fit_bulk_form(self, name: str, form: Form, selection: Select[Any]) -> Form | None:
        """Ask for an heir only where there is something to take over."""
        if name != "delete":
            return form
        users = selection.where(fits(operations.refusals_to_delete(current_actor())))
        return _asking_for_an_heir(
            form, users, lambda what: gettext("They own %(what)s. Whoever you choose takes that over.", what=what)
        )

    def deletion_form(self, record: User, typed: Any) -> Form | None:
        """Ask who takes over what the user owns."""
        operations.check_deletable(record, actor=current_actor())
        return _asking_for_an_heir(
            HeirForm(typed),
            select(User).where(User.id == record.id),
            lambda what: gettext(
                "%(name)s owns %(what)s. Whoever you choose takes that over.", name=str(record), what=what
            ),
        )


def _asking_for_an_heir(form: Form, users: Select[Any], sentence: Callable[[str], str]) -> Form | None:
    owned = [estate.in_words(number) for estate, number in operations.owned_by(users)]
    if not owned:
        return None
    form.lead = sentence(", ".join(owned))
    return form
