"""What a change of a role does to people: who gains, loses, reaches further or less far, by the union of all his roles.

Users are counted by the combination of their roles, so that ten thousand cost as many statements as ten.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce

from sqlalchemy import String, cast, func, select

from admin_app.accounts.models import Role, User, UserRole
from admin_app.accounts.queries import roles_with_rights
from admin_app.accounts.rights_phrases import ALL_RIGHTS, Right, phrase_of, reach_of, scope_in_words
from admin_app.core.db import db
from admin_app.core.permissions import Actor, Rights, Scope
from admin_app.core.words import gettext as _
from admin_app.core.words import ngettext


class Kind(StrEnum):
    """How a right changes for somebody."""

    GAIN = "gain"
    LOSE = "lose"
    WIDER = "wider"
    NARROWER = "narrower"


@dataclass(frozen=True, eq=False)
class Group:
    """Users who have the same roles: how many, and what they may do before and after."""

    roles: frozenset[int]
    users: int
    before: Rights
    after: Rights

    @property
    def changes(self) -> bool:
        """Whether these people notice anything."""
        return self.before != self.after


@dataclass(frozen=True)
class Effect:
    """What happens to the same people in the same way, with one right or several."""

    kind: Kind
    users: int
    rights: tuple[str, ...]
    # What happens to how many, without the rights: "12 users gain".
    heading: str
    yours: bool

    @property
    def sentence(self) -> str:
        """Return all of it, such as "12 users gain: publish surveys"."""
        return _("%(what)s: %(rights)s", what=self.heading, rights=", ".join(self.rights))


@dataclass(frozen=True)
class Impact:
    """What a change does to all who have the role. `yours` is the group that the actor belongs to, if any."""

    groups: tuple[Group, ...]
    yours: Group | None

    @property
    def holders(self) -> int:
        """How many users have the role."""
        return sum(group.users for group in self.groups)

    @property
    def changed(self) -> tuple[Group, ...]:
        """The groups whose people notice something."""
        return tuple(group for group in self.groups if group.changes)

    @property
    def affected(self) -> int:
        """How many users notice something."""
        return sum(group.users for group in self.changed)

    @property
    def concerns_you(self) -> bool:
        """Whether the actor's own rights change."""
        return self.yours is not None and self.yours.changes

    def out_of_reach(self, actor: Actor) -> int:
        """Return how many others notice something whom `actor` may not touch: they may do as much as he, or more."""
        beyond = [group for group in self.changed if not actor.rights.outranks(group.before)]
        return sum(group.users for group in beyond) - (1 if self.concerns_you and self.yours in beyond else 0)

    def effects(self) -> list[Effect]:
        """Return what happens, what is gained first and what concerns most people first within it."""
        return sorted(self._effects(), key=lambda one: (list(Kind).index(one.kind), -one.users))

    def _effects(self) -> Iterator[Effect]:
        rights_of: dict[tuple[Kind, frozenset[Group]], list[str]] = defaultdict(list)
        for right in ALL_RIGHTS:
            for move, groups in _moves(right, self.changed).items():
                rights_of[_kind(*move), frozenset(groups)].append(_named(right, *move))
        for (kind, people), rights in rights_of.items():
            users = sum(group.users for group in people)
            yield Effect(kind, users, tuple(rights), _heading(kind, users), yours=self.yours in people)


# How far a right reaches before and after; None is not at all.
_Move = tuple[Scope | None, Scope | None]


def _moves(right: Right, groups: Iterable[Group]) -> Mapping[_Move, list[Group]]:
    found: dict[_Move, list[Group]] = defaultdict(list)
    for group in groups:
        before, after = reach_of(group.before, right), reach_of(group.after, right)
        if before is not after:
            # What is lost is lost, however far it reached.
            found[None if after is None else before, after].append(group)
    return found


def _kind(before: Scope | None, after: Scope | None) -> Kind:
    if after is None:
        return Kind.LOSE
    if before is None:
        return Kind.GAIN
    return Kind.WIDER if after > before else Kind.NARROWER


def _named(right: Right, before: Scope | None, after: Scope | None) -> str:
    phrase = phrase_of(right)
    if before is not None and after is not None:
        return _(
            "%(right)s, now %(after)s instead of %(before)s",
            right=phrase,
            after=scope_in_words(after),
            before=scope_in_words(before),
        )
    return (
        phrase if after in {None, Scope.ALL} else _("%(right)s (%(scope)s)", right=phrase, scope=scope_in_words(after))
    )


def _heading(kind: Kind, users: int) -> str:
    match kind:
        case Kind.GAIN:
            return ngettext("%(number)s user gains", "%(number)s users gain", users)
        case Kind.LOSE:
            return ngettext("%(number)s user loses", "%(number)s users lose", users)
        case Kind.WIDER:
            return ngettext("%(number)s user reaches further", "%(number)s users reach further", users)
        case Kind.NARROWER:
            return ngettext("%(number)s user reaches less far", "%(number)s users reach less far", users)


def impact_of(role: Role, after: Rights, *, actor: Actor) -> Impact:
    """Return what it does to people when `role` allows `after` instead of what it allows now.

    `actor` is told of himself. Four statements at most, however many users there are.
    """
    combinations = _combinations(role.id)
    named = frozenset[int]().union(*combinations)
    rights = {one.id: one.rights for one in db.session.scalars(roles_with_rights().where(Role.id.in_(named)))}
    groups = []
    for combination, users in combinations.items():
        others = reduce(Rights.union, (rights[other] for other in combination - {role.id}), Rights())
        groups.append(Group(combination, users, others.union(rights[role.id]), others.union(after)))
    yours = next((group for group in groups if actor.id is not None and group.roles == actor.role_ids), None)
    return Impact(tuple(groups), yours)


def _combinations(role_id: int) -> Mapping[frozenset[int], int]:
    """Return the combinations of roles that the users with this one have, and how many users have each."""
    holders = select(UserRole.user_id).where(UserRole.role_id == role_id)
    held = (
        select(func.aggregate_strings(cast(UserRole.role_id, String), ",").label("roles"))
        .join(User, User.id == UserRole.user_id)
        .where(UserRole.user_id.in_(holders), User.deleted_at.is_(None))
        .group_by(UserRole.user_id)
        .subquery()
    )
    counted: Counter[frozenset[int]] = Counter()
    # The same roles in another order are another text, and the same combination.
    for roles, users in db.session.execute(select(held.c.roles, func.count()).group_by(held.c.roles)):
        counted[frozenset(int(one) for one in roles.split(","))] += users
    return counted
