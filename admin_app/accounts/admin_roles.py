"""The console's screen for roles."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext

from admin_app.accounts.models import Role
from admin_app.console import formatters
from admin_app.console.base import ConsoleModelView
from admin_app.core.permissions import ABILITIES, Letter, Scope

_LETTERS = {
    Letter.CREATE: lazy_gettext("Create"),
    Letter.READ: lazy_gettext("See"),
    Letter.UPDATE: lazy_gettext("Change"),
    Letter.DELETE: lazy_gettext("Delete"),
}
_SCOPES = {
    Scope.OWN: lazy_gettext("own"),
    Scope.SHARED: lazy_gettext("own and shared"),
    Scope.ALL: lazy_gettext("all"),
}
_RESOURCES = {
    "user": lazy_gettext("Users"),
    "role": lazy_gettext("Roles"),
    "survey": lazy_gettext("Surveys"),
    "question": lazy_gettext("Questions"),
    "reply": lazy_gettext("Replies"),
    "invitation": lazy_gettext("Invitations"),
    "view": lazy_gettext("Saved views"),
    "media": lazy_gettext("Files"),
    "audit": lazy_gettext("Audit log"),
    "job": lazy_gettext("Jobs"),
    "setting": lazy_gettext("Settings"),
}


class RoleView(ConsoleModelView):
    """What people may do, by role. Read only for now."""

    resource = "role"
    offers = "R"
    menu_group, menu_icon = "People", "shield"
    details_template = "auth/role.html"

    column_list = ("name", "description", "updated_at")
    column_details_list = ("description", "updated_at")
    column_labels = {
        "name": lazy_gettext("Name"),
        "description": lazy_gettext("What it is for"),
        "updated_at": lazy_gettext("Changed"),
    }
    column_sortable_list = ("name", "updated_at")
    column_default_sort = "name"
    column_searchable_list = ("name", "description")
    column_formatters = {"name": formatters.link(".details_view")}
    column_formatters_detail: Mapping[str, Any] = {}

    def grants_of(self, role: Role) -> list[tuple[Any, list[Any]]]:
        """Return the matrix: for each resource its name and, for each letter, how far it reaches (None: not at all)."""
        held = role.rights.grants
        return [
            (name, [_SCOPES[held[key, letter]] if (key, letter) in held else None for letter in Letter])
            for key, name in _RESOURCES.items()
        ]

    def letters(self) -> list[Any]:
        """Return the heads of the matrix."""
        return list(_LETTERS.values())

    def abilities_of(self, role: Role) -> list[str]:
        """Return what the role allows beside the letters, in sentences."""
        return [ability.sentence for name, ability in ABILITIES.items() if name in role.rights.abilities]
