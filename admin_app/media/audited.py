"""What the audit log says of uploads."""

from __future__ import annotations

from flask_babel import lazy_gettext

ACTIONS = {
    "media.create": lazy_gettext("File uploaded"),
}
