"""The one bridge to Flask-Admin: closed by default, written through operations, read through `visible()`.

Screens are written against this module: `ConsoleModelView` for a model, `ConsolePage` for anything else.
"""

from __future__ import annotations

from typing import Any

from flask import Flask
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView
from flask_admin.menu import MenuView
from flask_admin.theme import Theme
from flask_babel import format_decimal, lazy_gettext

from admin_app.audit.reverting import REVERTERS
from admin_app.console.access import HISTORY_VIEWS, LOGGED_IN, AccessMixin, check_permission, visible_or_404
from admin_app.console.bulk import BulkMixin
from admin_app.console.bulk_actions import bulk_action, counted
from admin_app.console.cells import CellMixin
from admin_app.console.dashboard import (
    DASHBOARD_PANELS,
    DASHBOARD_TILES,
    Dashboard,
    DashboardPanel,
    DashboardTile,
)
from admin_app.console.formatters import DETAIL_FORMATTERS, LIST_FORMATTERS
from admin_app.console.history_pages import HistoryMixin
from admin_app.console.list_page import ListPageMixin
from admin_app.console.lookup import LookupMixin
from admin_app.console.pages import GROUPS, ConsolePage, check_group
from admin_app.console.palette import PALETTE_COMMANDS, SEARCH_PROVIDERS, Command, Hit, HitGroup, PaletteMixin
from admin_app.console.tabs import RECORD_TABS, RecordTab, record_tabs
from admin_app.console.views import view_of
from admin_app.core.bulk import BulkResult
from admin_app.core.db import db

__all__ = [
    "DASHBOARD_PANELS",
    "DASHBOARD_TILES",
    "LOGGED_IN",
    "PALETTE_COMMANDS",
    "RECORD_TABS",
    "SEARCH_PROVIDERS",
    "BulkResult",
    "Command",
    "ConsoleModelView",
    "ConsolePage",
    "DashboardPanel",
    "DashboardTile",
    "Hit",
    "HitGroup",
    "RecordTab",
    "add_page",
    "add_view",
    "bulk_action",
    "counted",
    "install",
    "record_tabs",
    "view_of",
    "visible_or_404",
]

# What stock Flask-Admin would open again, each with the reason for the refusal.
_REFUSED = {
    "column_editable_list": "it is edited by x-editable, which our pages do not load",
    "inline_models": "questions are edited through operations of their own",
    "form_ajax_refs": "its loader ignores who asks; use `lookups`",
    "form_columns": "forms are written by hand, as plain wtforms; set `form`",
    "can_create": "it is computed from `offers` and the actor's letters",
    "can_edit": "it is computed from `offers` and the actor's letters",
    "can_delete": "it is computed from `offers` and the actor's letters",
    "can_view_details": "it is computed from `offers` and the actor's letters",
    "can_export": "exports have a permission of their own",
    "get_query": "override base_select(), which lists, records and bulk actions go through",
    "get_one": "override base_select(), which lists, records and bulk actions go through",
}
# Which letter opens a route at all; what a screen does not offer has no address.
_ROUTES = {"index_view": "R", "details_view": "R", "create_view": "C", "edit_view": "U", "delete_view": "D"}


class ConsoleModelView(
    AccessMixin, ListPageMixin, CellMixin, HistoryMixin, BulkMixin, LookupMixin, PaletteMixin, ModelView
):
    """The base of all model views of the console."""

    resource: str = ""
    offers: str = "R"
    menu_group: str = ""
    menu_icon: str = ""
    on_dashboard = True
    # The letter that leads here after a g.
    shortcut = ""
    _urls: list[tuple[str, str, Any]]

    column_display_pk = False
    column_type_formatters = LIST_FORMATTERS
    column_type_formatters_detail = DETAIL_FORMATTERS
    list_template = "admin/model/list.html"
    create_template = "admin/model/create.html"
    edit_template = "admin/model/edit.html"
    details_template = "admin/model/details.html"

    # Without these two there is no such route: editing in cells and Flask-Admin's export.
    ajax_update = None
    export = None

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for name, reason in _REFUSED.items():
            if name in vars(cls):
                raise TypeError(f"{cls.__name__} must not set {name}: {reason}.")

    def __init__(self, model: Any, name: Any = None, endpoint: str | None = None, url: str | None = None) -> None:
        if not self.resource or not set(self.offers) <= set("CRUD") or "R" not in self.offers:
            raise TypeError(f"{type(self).__name__} needs a resource and offers that include R.")
        check_group(self)
        super().__init__(
            model, db, name=name, category=self.menu_group, endpoint=endpoint, url=url, menu_icon_value=self.menu_icon
        )
        self._urls = [route for route in self._urls if self._has_route(route[1])]
        for _url, view_name, _methods in self._urls:
            check_permission(self.permission_of(view_name), f"{type(self).__name__}.{view_name}")

    def _has_route(self, view_name: str) -> bool:
        if view_name == "ajax_lookup":
            return bool(self.lookups)
        if view_name == "cell_view":
            return bool(self.inline_fields)
        if view_name == "action_view":
            return bool(self._actions)
        if view_name in HISTORY_VIEWS:
            there = self.has_history and hasattr(self.model, "__resource__")
            return there and (view_name == "history_view" or self.resource in REVERTERS)
        if view_name == "facets_view":
            return bool(self._filters)
        return _ROUTES.get(view_name, "R") in self.offers

    def _refresh_cache(self) -> None:
        super()._refresh_cache()
        # Flask-Admin asks can_view_details for this, at start-up, when there is nobody to have a right.
        self._details_columns = self.get_details_columns()

    def count_label(self) -> str:
        """Return how many records the current actor sees, "10,000+" where it is more than we count."""
        count, more = self.count(self.visible_select())
        return f"{format_decimal(count)}{'+' if more else ''}"


class Console(Admin):
    """Flask-Admin's `Admin` with our theme, our groups, and none of its static files."""

    def __init__(self, app: Flask) -> None:
        # The folder does not exist: a template of ours that is missing is an error, not a Bootstrap 4 page.
        theme = Theme(folder="none", base_template="admin/base.html")
        super().__init__(app, name="Canvass", url="/admin", theme=theme, index_view=_dashboard())
        for group in GROUPS:
            self.add_category(group)

    def _add_view_to_menu(self, view: Any) -> None:
        if getattr(view, "in_menu", True):
            # Not cached: the address depends on where the request says the application is mounted.
            self.add_menu_item(MenuView(view.name, view, cache=False), view.category)


def _dashboard() -> Dashboard:
    return Dashboard(name=lazy_gettext("Dashboard"), endpoint="admin", url="/admin")


def install(app: Flask) -> Console:
    """Put the console on `app`."""
    return Console(app)


def console_of(app: Flask) -> Console:
    """Return the console of `app`."""
    console: Console = app.extensions["admin"][0]
    return console


def add_view(app: Flask, view: ConsoleModelView) -> None:
    """Add the screen of a model to the console of `app`."""
    console_of(app).add_view(view)


def add_page(app: Flask, page: ConsolePage) -> None:
    """Add a page to the console of `app`."""
    console_of(app).add_view(page)
