"""What the audit log says of users."""

from __future__ import annotations

from flask_babel import lazy_gettext

ACTIONS = {
    "user.create": lazy_gettext("User created"),
    "user.update": lazy_gettext("User changed"),
    "user.set_password": lazy_gettext("Password set"),
    "user.change_own_password": lazy_gettext("Own password changed"),
    "user.activate": lazy_gettext("User activated"),
    "user.deactivate": lazy_gettext("User deactivated"),
    "user.delete": lazy_gettext("User deleted"),
}
