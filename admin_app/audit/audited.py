"""What the audit log says of itself."""

from __future__ import annotations

from flask_babel import lazy_gettext

ACTIONS = {
    "audit.undo": lazy_gettext("Undone"),
    "audit.revert": lazy_gettext("Brought back"),
    "audit.export": lazy_gettext("Audit log exported"),
}
