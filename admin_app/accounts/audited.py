"""What the audit log says of users and roles."""

from __future__ import annotations

from flask_babel import lazy_gettext

ACTIONS = {
    "user.create": lazy_gettext("User created"),
    "user.update": lazy_gettext("User changed"),
    "user.set_password": lazy_gettext("Password set"),
    "user.change_own_password": lazy_gettext("Own password changed"),
    "user.update_own_profile": lazy_gettext("Own profile changed"),
    "user.end_own_sessions": lazy_gettext("Own sessions ended"),
    "user.end_sessions": lazy_gettext("Logged out everywhere"),
    "user.revoke_tokens": lazy_gettext("Access of programs revoked"),
    "user.invite": lazy_gettext("User invited"),
    "user.accept_invitation": lazy_gettext("Invitation accepted"),
    "user.issue_reset_link": lazy_gettext("Link for a new password made"),
    "user.reset_password": lazy_gettext("Forgotten password replaced"),
    "user.activate": lazy_gettext("User activated"),
    "user.deactivate": lazy_gettext("User deactivated"),
    "user.renew": lazy_gettext("User waits for an invitation again"),
    "user.demand_new_password": lazy_gettext("New password demanded"),
    "user.add_role": lazy_gettext("Role given"),
    "user.remove_role": lazy_gettext("Role taken away"),
    "user.delete": lazy_gettext("User deleted"),
    "user.restore": lazy_gettext("User brought back"),
    "user.purge": lazy_gettext("User deleted for ever"),
    "role.create": lazy_gettext("Role created"),
    "role.update": lazy_gettext("Role changed"),
    "role.duplicate": lazy_gettext("Role duplicated"),
    "role.delete": lazy_gettext("Role deleted"),
    "role.view_as": lazy_gettext("Console seen as a role"),
    "role.stop_viewing": lazy_gettext("Console no longer seen as a role"),
}
