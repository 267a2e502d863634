"""What the audit log says of taking replies out."""

from __future__ import annotations

from flask_babel import lazy_gettext

ACTIONS = {
    "reply.export": lazy_gettext("Replies exported"),
    "reply.download": lazy_gettext("File of replies downloaded"),
}
