"""What the audit log says of replies."""

from __future__ import annotations

from flask_babel import lazy_gettext

ACTIONS = {
    "reply.import": lazy_gettext("Replies imported"),
    "reply.test": lazy_gettext("Test reply sent"),
    "reply.purge_tests": lazy_gettext("Test replies deleted"),
}
