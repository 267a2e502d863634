"""What the audit log says of saved views."""

from __future__ import annotations

from flask_babel import lazy_gettext

ACTIONS = {
    "view.create": lazy_gettext("View saved"),
    "view.update": lazy_gettext("Saved view changed"),
    "view.delete": lazy_gettext("Saved view deleted"),
}
