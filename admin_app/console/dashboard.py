"""The first page of the console: what there is, as far as one may see it, with links to the lists."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import url_for
from flask_admin.base import expose
from flask_babel import format_decimal

from admin_app.console.access import LOGGED_IN, Permission, holds
from admin_app.console.pages import GROUPS, ConsolePage
from admin_app.core.permissions import Actor
from admin_app.core.registry import Registry
from admin_app.web.actor import current_actor

# Each tile is one statement; the page has to stay quick however many packages add one.
MAX_TILES = 8


@dataclass(frozen=True)
class DashboardTile:
    """A figure on the dashboard, shown to those who hold `permission`."""

    label: Any
    count: Callable[[Actor], int | str]
    permission: Permission
    endpoint: str
    icon: str = ""
    note: Any = None


DASHBOARD_TILES: Registry[DashboardTile] = Registry("dashboard tiles")


class Dashboard(ConsolePage):
    """/admin/"""

    permission = LOGGED_IN
    menu_group, menu_icon = "Overview", "home"

    @expose("/")  # type: ignore[untyped-decorator]
    def index(self) -> str:
        """Show the tiles."""
        actor = current_actor()
        tiles = [*self._screens(actor), *self._registered(actor)][:MAX_TILES]
        page: str = self.render("admin/index.html", tiles=[tile() for tile in tiles])
        return page

    def _screens(self, actor: Actor) -> list[Callable[[], dict[str, Any]]]:
        """Return a tile for each list that asks for one."""

        def tile(view: Any) -> dict[str, Any]:
            return {
                "label": str(view.name),
                "value": view.count_label(),
                "url": url_for(f"{view.endpoint}.index_view"),
                "icon": view.menu_icon,
                "note": None,
                "empty_title": getattr(view, "empty_title", view.name),
                "empty_text": getattr(view, "empty_text", ""),
                "create_label": view.create_label,
                "create_url": url_for(f"{view.endpoint}.create_view") if view.can_create else None,
            }

        shown = [view for view in self.admin._views if getattr(view, "on_dashboard", False) and view.is_accessible()]
        # In the order of the menu, not of the packages.
        shown.sort(key=lambda view: GROUPS.index(view.menu_group))
        return [lambda view=view: tile(view) for view in shown]  # type: ignore[misc]

    @staticmethod
    def _registered(actor: Actor) -> list[Callable[[], dict[str, Any]]]:
        def tile(one: DashboardTile) -> dict[str, Any]:
            value = one.count(actor)
            return {
                "label": str(one.label),
                "value": format_decimal(value) if isinstance(value, int) else value,
                "url": url_for(one.endpoint),
                "icon": one.icon,
                "note": None if one.note is None else str(one.note),
            }

        shown = [one for one in DASHBOARD_TILES.values() if holds(actor, "", one.permission)]
        return [lambda one=one: tile(one) for one in shown]  # type: ignore[misc]
