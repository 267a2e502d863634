"""What a user may do, and which of his roles it comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from admin_app.accounts.models import Role
from admin_app.core.permissions import ABILITIES, RESOURCES, Letter, Scope


@dataclass(frozen=True)
class Reach:
    """How far one letter reaches, and the roles that reach so far."""

    scope: Scope
    roles: tuple[Role, ...]


@dataclass(frozen=True)
class Provenance:
    """All that somebody may do: by resource and letter, and by ability, each with its roles."""

    grants: Mapping[tuple[str, Letter], Reach]
    abilities: Mapping[str, tuple[Role, ...]]
    several: bool

    def resources(self) -> list[str]:
        """Return the resources on which there is any right, in the order of the matrix."""
        return [name for name in RESOURCES if any((name, letter) in self.grants for letter in Letter)]


def provenance_of(roles: Iterable[Role]) -> Provenance:
    """Return what these roles allow together, and through which of them."""
    held = [(role, role.rights) for role in roles]
    grants: dict[tuple[str, Letter], Reach] = {}
    for key in {key for _role, rights in held for key in rights.grants}:
        widest = max(rights.grants[key] for _role, rights in held if key in rights.grants)
        grants[key] = Reach(widest, tuple(role for role, rights in held if rights.grants.get(key) == widest))
    abilities = {name: tuple(role for role, rights in held if name in rights.abilities) for name in ABILITIES}
    return Provenance(grants, {name: sources for name, sources in abilities.items() if sources}, len(held) > 1)
