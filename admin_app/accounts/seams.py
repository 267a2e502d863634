"""What accounts must know of the packages above them, which register their answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from sqlalchemy import ColumnElement, Select

from admin_app.accounts.models import Role, User
from admin_app.audit.models import AuditBatch
from admin_app.core.permissions import Actor
from admin_app.core.registry import Registry

# What goes with a role when it is deleted: a sentence with its number, or an empty one where there is nothing.
ROLE_DEPENDENTS: Registry[Callable[[Role], str]] = Registry("what hangs on a role")


def what_hangs_on(role: Role) -> list[str]:
    """Return in sentences what goes with the role when it is deleted."""
    said = (dependents(role) for dependents in ROLE_DEPENDENTS.values())
    return [sentence for sentence in said if sentence]


class Estate(Protocol):
    """One kind of thing that belongs to users and goes to somebody else when they are deleted."""

    def in_words(self, number: int) -> str:
        """Return so many of them in words, such as "12 surveys"."""

    def owned(self) -> ColumnElement[bool]:
        """Return the condition for users who own any."""

    def count(self, owners: Select[Any]) -> int:
        """Return how many belong to the users whose ids `owners` selects."""

    def may_hand_over(self, actor: Actor) -> bool:
        """Whether `actor` may give them from one to another, whoever owns them."""

    def refusal(self) -> str:
        """Return the sentence for whoever may not."""

    def hand_over(self, owners: Select[Any], heir: User, *, actor: Actor, batch: AuditBatch | None) -> None:
        """Give all that belongs to them to `heir`, also what lies in the trash, and record it."""


ESTATES: Registry[Estate] = Registry("what belongs to users")
