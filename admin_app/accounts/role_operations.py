"""What is done to roles."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from itertools import count
from typing import Any

from sqlalchemy import delete, select

from admin_app.accounts import role_checks, role_guards
from admin_app.accounts.builtin_roles import ADMINISTRATOR, BUILTIN_ROLES, BuiltinRole
from admin_app.accounts.checks import lookup_key, refuse_fields
from admin_app.accounts.models import Role, RoleAbility, RoleGrant, User, UserRole, UserSession
from admin_app.accounts.queries import roles_with_rights
from admin_app.audit.operations import changes_between, record
from admin_app.core.clock import now
from admin_app.core.db import db, take_turns
from admin_app.core.permissions import Actor, Rights, Scope, require
from admin_app.core.words import gettext as _


def create_role(data: Mapping[str, Any], *, actor: Actor) -> Role:
    """Make a role from `data`: name, and if given description, grants {(resource, letter): scope} and abilities."""
    role_guards.take_turn(actor)
    require(actor, "role", "C")
    role = Role(name="", description="")
    name, description, rights = _checked(role, data)
    role_guards.check_given(rights, actor=actor)
    role.name, role.description = name, description
    _allow(role, rights)
    db.session.add(role)
    db.session.flush()
    record("role.create", role, actor=actor, changes=changes_between({}, state_of(role)))
    return role


def update_role(role: Role, data: Mapping[str, Any], *, actor: Actor) -> None:
    """Change what `data` names (as for `create_role()`); what it does not name stays."""
    role_guards.take_turn(actor)
    role_guards.check_changeable(role, actor=actor)
    name, description, rights = _checked(role, data)
    if rights != role.rights:
        role_guards.check_given(rights, actor=actor)
        role_guards.check_impact(role, rights, actor=actor)
    before = state_of(role)
    role.name, role.description = name, description
    _allow(role, rights)
    if changes := changes_between(before, state_of(role)):
        # Rights stand in other tables; without this two people could change them past each other.
        role.updated_at = now()
        db.session.flush()
        record("role.update", role, actor=actor, changes=changes)


def duplicate_role(role: Role, *, actor: Actor) -> Role:
    """Make a role that allows the same, and return it; nobody has it yet."""
    role_guards.take_turn(actor)
    require(actor, "role", "R", obj=role)
    require(actor, "role", "C")
    role_guards.check_covered(role, actor=actor)
    copy = Role(name=_name_of_copy(role.name), description=role.description)
    _allow(copy, role.rights)
    db.session.add(copy)
    db.session.flush()
    changes = {"copy_of": (None, role.name), **changes_between({}, state_of(copy))}
    record("role.duplicate", copy, actor=actor, changes=changes)
    return copy


def delete_role(role: Role, *, actor: Actor) -> None:
    """Delete a role that nobody has. Surveys are no longer shared with it; users in the trash come back without it."""
    role_guards.take_turn(actor)
    role_guards.check_deletable(role, actor=actor)
    record("role.delete", role, actor=actor, changes=changes_between(state_of(role), {}))
    trashed = select(User.id).where(User.deleted_at.is_not(None))
    for statement in (
        delete(UserRole).where(UserRole.role_id == role.id, UserRole.user_id.in_(trashed)),
        # Whoever looks through it would be himself again at his next click, and not know.
        delete(UserSession).where(UserSession.view_as_role_id == role.id),
    ):
        db.session.execute(statement.execution_options(synchronize_session=False))
    db.session.delete(role)
    db.session.flush()


def state_of(role: Role) -> dict[str, Any]:
    """Return what the audit log compares: the rights as lists that can be read, such as "survey CRU all"."""
    rights, letters = role.rights, dict[tuple[str, Scope], str]()
    for (resource, letter), scope in rights.grants.items():
        letters[resource, scope] = letters.get((resource, scope), "") + letter
    in_order = {key: "".join(one for one in "CRUD" if one in held) for key, held in letters.items()}
    return {
        "name": role.name,
        "description": role.description,
        "grants": sorted(f"{resource} {held} {scope.name.lower()}" for (resource, scope), held in in_order.items()),
        "abilities": sorted(rights.abilities),
    }


def rights_wanted(role: Role, data: Mapping[str, Any]) -> Rights:
    """Return what `update_role()` would let the role allow; raises InvalidError as that does."""
    return _checked(role, data)[2]


def _checked(role: Role, data: Mapping[str, Any]) -> tuple[str, str, Rights]:
    """Return name, description and rights as they would be stored, or raise InvalidError with a sentence for each."""
    errors: dict[str, str] = {}
    held = role.rights

    def checked(field: str, clean: Callable[..., Any], value: Any, **more: Any) -> Any:
        try:
            return clean(value, **more)
        except ValueError as error:
            errors[field] = str(error)
            return None

    name = checked("name", role_checks.clean_role_name, str(data.get("name", role.name) or ""))
    description = checked(
        "description", role_checks.clean_description, str(data.get("description", role.description) or "")
    )
    grants = checked("grants", role_checks.clean_grants, data.get("grants", held.grants), kept=held.grants)
    abilities = held.abilities
    if "abilities" in data:
        abilities = checked("abilities", role_checks.clean_abilities, data["abilities"])
    if name and lookup_key(name) in _taken(besides=role):
        errors["name"] = _("Another role has this name; choose a different one.")
    refuse_fields(errors)
    return name, description, Rights(grants, abilities)


def _taken(*, besides: Role | None = None) -> set[str]:
    """Return the names of the other roles, in the form in which those that look alike are equal."""
    names = select(Role.name)
    if besides is not None and besides.id is not None:
        names = names.where(Role.id != besides.id)
    return {lookup_key(name) for name in db.session.scalars(names)}


def _name_of_copy(name: str) -> str:
    """Return the first name of a copy that no role has."""
    taken = _taken()
    return next(copy for copy in map(partial(_copied, name), count(1)) if lookup_key(copy) not in taken)


def _copied(name: str, number: int) -> str:
    def named(name: str) -> str:
        if number == 1:
            return _("%(name)s (copy)", name=name)
        return _("%(name)s (copy %(number)s)", name=name, number=number)

    return named(name[: role_checks.NAME_LENGTH - len(named(""))].rstrip())


def _allow(role: Role, rights: Rights) -> None:
    """Let the role grant `rights` and nothing else; rows that stay as they are stay."""
    kept = {(grant.resource, grant.letter): grant for grant in role.grants}
    role.grants = [_granting(kept.get(key), *key, scope) for key, scope in rights.grants.items()]
    abilities = {row.ability: row for row in role.ability_rows}
    role.ability_rows = [abilities.get(name) or RoleAbility(ability=name) for name in sorted(rights.abilities)]


def _granting(grant: RoleGrant | None, resource: str, letter: str, scope: Scope) -> RoleGrant:
    grant = grant or RoleGrant(resource=resource, letter=str(letter))
    grant.scope = scope.value
    return grant


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
            # In the installation's language; from then on these are names that people give. Somebody may have made one
            # of that name before the program had it.
            name = _(builtin.name)
            name = name if lookup_key(name) not in _taken() else _name_of_copy(name)
            role = Role(name=name, description=_(builtin.description), builtin=builtin.builtin)
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
