"""What the trash shows of each kind of record: the domains add theirs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, literal, or_, select

from admin_app.core.permissions import Actor, can
from admin_app.core.registry import Registry
from admin_app.core.trash import in_trash


@dataclass(frozen=True)
class TrashKind:
    """One tab of the trash, at its `place` among the others.

    `hangs` are the capped numbers of what goes with a record, each under its words; `typed` is what has to be typed
    before one is removed for good. `restore` and `purge` are operations; each returns the sentence that tells of it.
    """

    place: int
    resource: str
    label: Any
    model: Any
    name: ColumnElement[str]
    deleted_by: ColumnElement[str]
    typed: Callable[[Any], str]
    typed_words: Any
    restore: Callable[[Any, Actor], str]
    purge: Callable[[Any, Actor], str]
    consequence: Any
    within: ColumnElement[str] | None = None
    hangs: tuple[tuple[Any, ColumnElement[int]], ...] = ()

    def offered(self, actor: Actor) -> bool:
        """Whether `actor` may find anything here at all."""
        return can(actor, self.resource, "D")

    def rows(self, actor: Actor, search: str = "") -> Select[Any]:
        """Return what selects the rows that `actor` finds here, the last deleted first, with what hangs on each."""
        within = self.within if self.within is not None else literal("")
        found = select(
            self.model.id.label("id"),
            self.name.label("name"),
            within.label("within"),
            self.model.deleted_at.label("deleted_at"),
            self.deleted_by.label("deleted_by"),
            *(number.label(f"hangs{place}") for place, (_words, number) in enumerate(self.hangs)),
        ).where(in_trash(actor, self.model, self.resource))
        if search:
            named = [self.name.icontains(search, autoescape=True), within.icontains(search, autoescape=True)]
            found = found.where(or_(*named))
        return found.order_by(self.model.deleted_at.desc(), self.model.id.desc())


# By the word in the address.
TRASH: Registry[TrashKind] = Registry("kinds of records in the trash")
