"""What is done to roles."""

from __future__ import annotations

from admin_app.accounts.builtin_roles import ADMINISTRATOR, BUILTIN_ROLES, BuiltinRole
from admin_app.accounts.models import Role, RoleAbility, RoleGrant
from admin_app.accounts.queries import roles_with_rights
from admin_app.core.db import db, take_turns


def ensure_builtin_roles() -> None:
    """Make the roles of the program that are missing, and give the administrator what is new in it.

    Other roles stay as they are: an administrator may have changed them. Nothing is recorded, for nobody did it.
    """
    # Several processes may be started on a new database at once.
    take_turns("built-in roles")
    known = {role.builtin: role for role in db.session.scalars(roles_with_rights())}
    for builtin in BUILTIN_ROLES:
        role = known.get(builtin.builtin)
        if role is None:
            role = Role(name=builtin.name, description=builtin.description, builtin=builtin.builtin)
            db.session.add(role)
        elif builtin.builtin != ADMINISTRATOR:
            continue
        _grant(role, builtin)
    db.session.flush()


def _grant(role: Role, builtin: BuiltinRole) -> None:
    held = {(grant.resource, grant.letter) for grant in role.grants}
    for (resource, letter), scope in builtin.grants.items():
        if (resource, letter) not in held:
            role.grants.append(RoleGrant(resource=resource, letter=letter.value, scope=scope.value))
    abilities = {row.ability for row in role.ability_rows}
    for ability in sorted(builtin.abilities - abilities):
        role.ability_rows.append(RoleAbility(ability=ability))
