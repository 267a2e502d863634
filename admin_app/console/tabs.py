"""Tabs of a record's page, which higher packages add: a survey gets its results from a package above it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import current_app, url_for
from flask_babel import gettext

from admin_app.console.access import Permission, holds
from admin_app.console.keys import key_of
from admin_app.core.permissions import can
from admin_app.core.registry import Registry
from admin_app.web.actor import current_actor


@dataclass(frozen=True)
class RecordTab:
    """One tab on the pages of a `resource`'s records; `endpoint` takes the key as `argument`.

    Tabs stand by their `place`, the lowest first, for those of one record come from several packages.
    """

    resource: str
    label: Any
    endpoint: str
    permission: Permission
    argument: str = "id"
    place: int = 50


RECORD_TABS: Registry[RecordTab] = Registry("record tabs")


def record_tabs(resource: str, record: Any, active: str = "") -> list[dict[str, Any]]:
    """Return the tabs of `record` that the current actor may open: its own page first, what happened to it last."""
    actor, key = current_actor(), key_of(record)
    registered = [(name, tab) for name, tab in RECORD_TABS.items() if tab.resource == resource]
    registered.sort(key=lambda pair: pair[1].place)
    tabs = [
        {"label": str(tab.label), "url": url_for(tab.endpoint, **{tab.argument: key}), "active": name == active}
        for name, tab in registered
        if holds(actor, resource, tab.permission)
    ]
    if f"{resource}.history_view" in current_app.view_functions and holds(actor, resource, ("audit", "R")):
        past = url_for(f"{resource}.history_view", id=key)
        tabs.append({"label": gettext("History"), "url": past, "active": active == "history"})
    page = f"{resource}.details_view"
    if not tabs or page not in current_app.view_functions or not can(actor, resource, "R"):
        return tabs
    own = {"label": gettext("Overview"), "url": url_for(page, id=key), "active": not active}
    return [own, *tabs]
