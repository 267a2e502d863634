"""What the audit log says of settings."""

from __future__ import annotations

from flask_babel import lazy_gettext

ACTIONS = {
    "setting.change": lazy_gettext("Setting changed"),
}
