"""Who may do what: grants (resource, letter, scope), abilities, and the one place that decides.

This module knows no tables. Which rows are "own" or "shared" it asks of the resolvers that the domains register.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import IntEnum, StrEnum
from typing import Any, Protocol

from sqlalchemy import ColumnElement, false, true

from admin_app.core.errors import ForbiddenError, NotFoundError
from admin_app.core.registry import Registry
from admin_app.core.words import gettext as _
from admin_app.core.words import mark


class Letter(StrEnum):
    """The four things one can do to a record."""

    CREATE = "C"
    READ = "R"
    UPDATE = "U"
    DELETE = "D"


class Scope(IntEnum):
    """How far a grant reaches; a wider scope includes the narrower ones."""

    OWN = 1
    SHARED = 2
    ALL = 3


RESOURCES = ("user", "role", "survey", "question", "reply", "invitation", "view", "media", "audit", "job", "setting")


@dataclass(frozen=True)
class Ability:
    """A right that is not one of the four letters.

    With a record in hand, `letter` on `resource` must reach that record too; `resource` is empty where the ability
    stands for itself. `sentence` is what the roles page says.
    """

    name: str
    sentence: str
    resource: str = ""
    letter: Letter = Letter.READ


ABILITIES: Mapping[str, Ability] = {
    ability.name: ability
    for ability in (
        Ability("survey.publish", mark("Publish, open, pause and close surveys."), "survey", Letter.UPDATE),
        Ability("survey.share", mark("Share a survey with users and roles."), "survey", Letter.UPDATE),
        Ability("reply.export", mark("Download replies as a file."), "reply"),
        Ability("reply.personal_data", mark("See answers to questions that are marked as personal."), "reply"),
        Ability("reply.free_text", mark("See what people wrote in their own words."), "reply"),
        Ability("reply.edit_answers", mark("Change answers; the original is kept."), "reply", Letter.UPDATE),
        Ability("record.restore", mark("Bring back what was deleted.")),
        Ability("record.purge", mark("Remove for good what was deleted.")),
        Ability("role.grant", mark("Give roles to users and take them away."), "user", Letter.UPDATE),
        Ability("user.impersonate", mark("See the console as another user does."), "user"),
        Ability("setting.change", mark("Change the settings of the installation.")),
    )
}


@dataclass(frozen=True)
class Rights:
    """The union of what an actor's roles grant."""

    grants: Mapping[tuple[str, Letter], Scope] = field(default_factory=dict)
    abilities: frozenset[str] = frozenset()

    def letters(self, resource: str) -> str:
        """Return the letters held on `resource` at any scope, in the order CRUD, such as "CRU"."""
        return "".join(letter for letter in Letter if (resource, letter) in self.grants)

    def covers(self, other: Rights) -> bool:
        """Whether everything in `other` is held here too: the test before anybody grants anything."""
        return other.abilities <= self.abilities and all(
            self.grants.get(key, 0) >= scope for key, scope in other.grants.items()
        )

    def outranks(self, other: Rights) -> bool:
        """Whether whoever holds these may touch somebody who holds `other`: equal and higher rights are out of reach.

        Those who hold everything have nobody above them to ask, so they may touch each other.
        """
        return self.covers(other) and (not other.covers(self) or self.covers(EVERYTHING))

    def parts(self) -> Iterator[Rights]:
        """Yield each grant and each ability as rights of its own."""
        for key, scope in self.grants.items():
            yield Rights({key: scope})
        for ability in self.abilities:
            yield Rights(abilities=frozenset({ability}))

    def union(self, other: Rights) -> Rights:
        """Return what both allow together."""
        keys = {*self.grants, *other.grants}
        grants = {key: Scope(max(self.grants.get(key, 0), other.grants.get(key, 0))) for key in keys}
        return Rights(grants, self.abilities | other.abilities)

    def intersection(self, other: Rights) -> Rights:
        """Return what each of the two allows by itself."""
        keys = self.grants.keys() & other.grants.keys()
        grants = {key: min(self.grants[key], other.grants[key]) for key in keys}
        return Rights(grants, self.abilities & other.abilities)


EVERYTHING = Rights(
    {(resource, letter): Scope.ALL for resource in RESOURCES for letter in Letter}, frozenset(ABILITIES)
)


class Actor(Protocol):
    """Whoever acts: a user, or the system itself. `id` is None for the system."""

    @property
    def id(self) -> int | None: ...
    @property
    def label(self) -> str: ...
    @property
    def is_active(self) -> bool: ...
    @property
    def role_ids(self) -> frozenset[int]: ...
    @property
    def rights(self) -> Rights: ...


@dataclass(frozen=True)
class SystemActor:
    """The command line and the jobs: whoever can run them holds the database anyway."""

    label: str = "system"
    id: int | None = None
    is_active: bool = True
    role_ids: frozenset[int] = frozenset()
    rights: Rights = EVERYTHING


SYSTEM = SystemActor()


class ScopeResolver(Protocol):
    """Says which rows of a resource are the actor's own, or shared with him for a letter."""

    def condition(self, actor: Actor, scope: Scope, letter: Letter) -> ColumnElement[bool]:
        """Return the SQL condition for rows within `scope` (OWN, or SHARED which includes OWN)."""

    def holds(self, actor: Actor, scope: Scope, letter: Letter, obj: Any) -> bool:
        """Whether `obj` is within `scope`, by the same rule."""


SCOPES: Registry[ScopeResolver] = Registry("scope resolvers")


def can(actor: Actor, what: str, letter: Letter | str | None = None, *, obj: Any = None) -> bool:
    """Whether `actor` may do `what`: `can(a, "survey", "U", obj=s)` or `can(a, "survey.publish", obj=s)`.

    Without `obj` the answer is whether there may be any record at all that it is allowed on.
    """
    if not actor.is_active:
        return False
    if letter is None:
        ability = ABILITIES[what]
        if ability.name not in actor.rights.abilities:
            return False
        return obj is None or not ability.resource or can(actor, ability.resource, ability.letter, obj=obj)
    letter = Letter(letter)
    scope = actor.rights.grants.get((what, letter))
    if scope is None:
        return False
    if obj is None or scope is Scope.ALL:
        return True
    resolver = SCOPES.get(what)
    return resolver is not None and resolver.holds(actor, scope, letter, obj)


def require(actor: Actor, what: str, letter: Letter | str | None = None, *, obj: Any = None) -> None:
    """Raise unless `can(...)`: NotFoundError where the actor may not even read `obj`, else ForbiddenError."""
    if can(actor, what, letter, obj=obj):
        return
    resource = what if letter is not None else ABILITIES[what].resource
    if obj is not None and resource and not can(actor, resource, Letter.READ, obj=obj):
        raise NotFoundError(_("There is no such record, or you may not see it."))
    raise ForbiddenError(_refusal(what, letter))


# Whole sentences: parts that are glued together cannot be translated.
_REFUSALS = {
    Letter.CREATE: mark("Your roles do not allow you to create %(records)s here."),
    Letter.READ: mark("Your roles do not allow you to see %(records)s here."),
    Letter.UPDATE: mark("Your roles do not allow you to change %(records)s here."),
    Letter.DELETE: mark("Your roles do not allow you to delete %(records)s here."),
}
_RECORDS = {
    "user": mark("users"),
    "role": mark("roles"),
    "survey": mark("surveys"),
    "question": mark("questions"),
    "reply": mark("replies"),
    "invitation": mark("invitations"),
    "view": mark("views"),
    "media": mark("files"),
    "audit": mark("the audit log"),
    "job": mark("jobs"),
    "setting": mark("settings"),
}


def _refusal(what: str, letter: Letter | str | None) -> str:
    if letter is None:
        return _("Your roles do not allow this: %(what)s", what=_(ABILITIES[what].sentence))
    return _(_REFUSALS[Letter(letter)], records=_(_RECORDS.get(what, what)))


def visible(actor: Actor, resource: str, letter: Letter | str = Letter.READ) -> ColumnElement[bool]:
    """Return the SQL condition for the rows of `resource` on which `actor` holds `letter`."""
    letter = Letter(letter)
    scope = actor.rights.grants.get((resource, letter)) if actor.is_active else None
    if scope is None:
        return false()
    if scope is Scope.ALL:
        return true()
    resolver = SCOPES.get(resource)
    return resolver.condition(actor, scope, letter) if resolver else false()
