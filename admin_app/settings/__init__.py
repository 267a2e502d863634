"""Settings that an administrator changes while the installation runs: typed, registered, audited."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask, current_app, has_app_context

if TYPE_CHECKING:
    from admin_app.settings.queries import SettingsCache

EXTENSION = "canvass.settings"


def register(app: Flask) -> None:
    """Add what this package serves to `app`."""
    from admin_app.audit.actions import add_actions
    from admin_app.settings import installation, queries
    from admin_app.settings.audited import ACTIONS
    from admin_app.web.locale import DEFAULTS

    app.extensions[EXTENSION] = queries.SettingsCache(app.config["CANVASS"]["FIXED"])
    queries.install(_cache)
    DEFAULTS.add("language", installation.language)
    DEFAULTS.add("time_zone", installation.time_zone)
    app.jinja_env.globals["organisation"] = installation.organisation
    add_actions(ACTIONS)


def _cache() -> SettingsCache | None:
    return current_app.extensions.get(EXTENSION) if has_app_context() else None
