"""The first page of the console: what there is, as far as one may see it, with links to the lists."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin.base import expose
from flask_babel import format_decimal, gettext, ngettext
from werkzeug.wrappers import Response

from admin_app.console.access import LOGGED_IN, Permission, holds
from admin_app.console.pages import GROUPS, ConsolePage
from admin_app.console.preferences import forget, preference, remember
from admin_app.core.db import unit_of_work
from admin_app.core.errors import InvalidError
from admin_app.core.permissions import Actor
from admin_app.core.registry import Registry
from admin_app.web.actor import current_actor

# Each tile is one statement; the page has to stay quick however many packages add one.
MAX_TILES = 7
PREFERENCE = "dashboard"


@dataclass(frozen=True)
class DashboardTile:
    """A figure on the dashboard, shown to those who hold `permission`; `args` make its link lead to what it counts."""

    label: Any
    count: Callable[[Actor], int | str]
    permission: Permission
    endpoint: str
    icon: str = ""
    note: Any = None
    args: Callable[[], Mapping[str, Any]] = dict


@dataclass(frozen=True)
class DashboardPanel:
    """More than a figure, below the tiles: `template` shows what `values` returns, which takes one statement."""

    permission: Permission
    template: str
    values: Callable[[Actor], Mapping[str, Any]]


DASHBOARD_TILES: Registry[DashboardTile] = Registry("dashboard tiles")
DASHBOARD_PANELS: Registry[DashboardPanel] = Registry("dashboard panels")


@dataclass(frozen=True)
class _Offer:
    """A tile that the actor may have. `key` is what is remembered; asking for the figure takes a statement."""

    key: str
    label: str
    icon: str
    show: Callable[[], dict[str, Any]]


class Dashboard(ConsolePage):
    """/admin/"""

    permission = LOGGED_IN
    menu_group, menu_icon = "Overview", "home"
    shortcut = "h"

    @expose("/")  # type: ignore[untyped-decorator]
    def index(self) -> str:
        """Show the tiles."""
        offers = self._offers()
        tiles = [offer.show() for offer, shown in _arranged(offers) if shown]
        page: str = self.render("admin/index.html", tiles=tiles, offered=len(offers), panels=_panels(current_actor()))
        return page

    @expose("/customise", methods=("GET", "POST"))  # type: ignore[untyped-decorator]
    def customise(self) -> Response | str:
        """Ask which tiles are shown, and in which order."""
        offers = self._offers()
        if request.method == "POST":
            return self._save(offers)
        page: str = self.render("admin/customise.html", arranged=_arranged(offers), most=MAX_TILES)
        return page

    def _save(self, offers: Sequence[_Offer]) -> Response:
        if "reset" in request.form:
            with unit_of_work():
                forget(PREFERENCE, actor=current_actor())
            flash(gettext("The dashboard is as it was at first."), "success")
            return redirect(url_for(".index"), 303)
        order, hidden = _wanted([offer.key for offer in offers])
        moved = _moved(order, request.form.get("move", ""))
        with unit_of_work():
            remember(PREFERENCE, {"order": moved, "hidden": hidden}, actor=current_actor())
        if "move" in request.form:
            return redirect(url_for(".customise"), 303)
        flash(gettext("Your dashboard was saved."), "success")
        return redirect(url_for(".index"), 303)

    def _offers(self) -> list[_Offer]:
        """Return the tiles that the actor may have, in the usual order."""
        actor = current_actor()
        views = [view for view in self.admin._views if getattr(view, "on_dashboard", False) and view.is_accessible()]
        # In the order of the menu, not of the packages; what asks for something to be done stands before it.
        views.sort(key=lambda view: GROUPS.index(view.menu_group))
        tiles = [(name, one) for name, one in DASHBOARD_TILES.items() if holds(actor, "", one.permission)]
        return [*(_of_tile(name, one, actor) for name, one in tiles), *map(_of_view, views)]


def _of_view(view: Any) -> _Offer:
    def show() -> dict[str, Any]:
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

    return _Offer(f"list.{view.endpoint}", str(view.name), view.menu_icon, show)


def _of_tile(name: str, tile: DashboardTile, actor: Actor) -> _Offer:
    def show() -> dict[str, Any]:
        value = tile.count(actor)
        return {
            "label": str(tile.label),
            "value": format_decimal(value) if isinstance(value, int) else value,
            "url": url_for(tile.endpoint, **tile.args()),
            "icon": tile.icon,
            "note": None if tile.note is None else str(tile.note),
        }

    return _Offer(f"tile.{name}", str(tile.label), tile.icon, show)


def _panels(actor: Actor) -> list[tuple[str, Mapping[str, Any]]]:
    """Return the panels that the actor may see: (template, what it shows)."""
    return [(one.template, one.values(actor)) for one in DASHBOARD_PANELS.values() if holds(actor, "", one.permission)]


def _arranged(offers: Sequence[_Offer]) -> list[tuple[_Offer, bool]]:
    """Return the tiles in the order that the user prefers, each with whether it is shown; new ones come last."""
    places = {key: place for place, key in enumerate(_keys("order"))}
    away = set(_keys("hidden"))
    arranged, left = [], MAX_TILES
    for offer in sorted(offers, key=lambda one: places.get(one.key, len(places))):
        shown = offer.key not in away and left > 0
        left -= shown
        arranged.append((offer, shown))
    return arranged


def _keys(name: str) -> list[str]:
    """Return the tiles that are remembered under `name`."""
    stored = preference(PREFERENCE).get(name)
    return [key for key in stored if isinstance(key, str)] if isinstance(stored, list) else []


def _wanted(known: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the order and the hidden tiles that the form asks for; InvalidError for tiles that one may not have."""
    order, shown = request.form.getlist("order"), request.form.getlist("shown")
    if not {*order, *shown} <= set(known):
        raise InvalidError(gettext("There is no such tile. Nothing was saved."))
    if len(set(shown)) > MAX_TILES:
        raise InvalidError(
            ngettext("Choose at most one tile.", "Choose at most %(num)s tiles. Nothing was saved.", MAX_TILES)
        )
    return list(dict.fromkeys([*order, *known])), [key for key in known if key not in shown]


def _moved(order: list[str], move: str) -> list[str]:
    """Return `order` after one step, "up:KEY" or "down:KEY"; what cannot be moved stays."""
    way, _, key = move.partition(":")
    if key not in order or way not in {"up", "down"}:
        return order
    place = order.index(key) + (-1 if way == "up" else 1)
    rest = [one for one in order if one != key]
    place = min(max(place, 0), len(rest))
    return [*rest[:place], key, *rest[place:]]
