"""What the audit log says of background work."""

from __future__ import annotations

from flask_babel import lazy_gettext

ACTIONS = {
    "job.cancel": lazy_gettext("Job cancelled"),
    "job.resume": lazy_gettext("Job begun again"),
}
