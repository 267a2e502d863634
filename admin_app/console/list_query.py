"""What the address of a list asks for, apart from any screen: words, chips in groups, an order, a place.

Chips of a group all hold, groups are alternatives: `g1.state=open&g1.owner=3&g2.tag=vip` is what is open and number
3's, or is tagged. Filters and columns are named, so that a bookmark outlives a new order of either.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import urlencode

MAX_GROUPS = 10
MAX_CHIPS = 20
_CHIP = re.compile(r"g([1-9][0-9]?)\.([a-z][a-z0-9_]{0,60})\Z")
# What can only be meant as a chip: a mistake in it must not be read over.
_LIKE_CHIP = re.compile(r"g[0-9]*\.|g[0-9]+\Z")


@dataclass(frozen=True)
class Chip:
    """One condition: the name of a filter and what it is to be."""

    name: str
    value: str


Group = tuple[Chip, ...]


class Way(StrEnum):
    """From where a page is read: the start, behind or before a row, or back from the end."""

    START = "start"
    AFTER = "after"
    BEFORE = "before"
    LAST = "last"


@dataclass(frozen=True)
class Place:
    """A page of a list. `token` names the row it begins behind or ends before; `at` is the number of its first row.

    `at` is for reading only and may be wrong by now; None where nobody counted.
    """

    way: Way = Way.START
    token: str = ""
    at: int | None = 1


START = Place()


@dataclass(frozen=True)
class ListQuery:
    """What a list is asked for. `sort` is empty for the usual order; `extra` is what one screen alone understands."""

    search: str = ""
    groups: tuple[Group, ...] = ()
    sort: str = ""
    descending: bool = False
    size: int | None = None
    place: Place = START
    extra: tuple[tuple[str, str], ...] = ()
    # The public id of the saved view that it began as.
    view: str = ""

    @property
    def chips(self) -> list[Chip]:
        """All chips, whatever their group."""
        return [chip for group in self.groups for chip in group]

    @property
    def narrows(self) -> bool:
        """Whether anything is left out."""
        return bool(self.search or self.groups)

    def pairs(self) -> list[tuple[str, str]]:
        """Return which rows are meant, as names and values of an address."""
        words = [("search", self.search)] if self.search else []
        chips = [
            (f"g{number}.{chip.name}", chip.value) for number, group in enumerate(self.groups, 1) for chip in group
        ]
        return [*words, *chips, *self.extra]

    def arguments(self) -> list[tuple[str, str]]:
        """Return all of it but the place, as names and values of an address."""
        order = [("sort", self.sort), *([("desc", "1")] if self.descending else [])] if self.sort else []
        size = [("page_size", str(self.size))] if self.size else []
        return [*self.pairs(), *order, *size, *([("view", self.view)] if self.view else [])]

    def query_string(self) -> str:
        """Return what follows the question mark of the address."""
        way, place = self.place.way, []
        if way is not Way.START:
            place = [(way.value, self.place.token or "1")]
            if self.place.at is not None:
                place.append(("at", str(self.place.at)))
        return urlencode([*self.arguments(), *place])

    # What leads on from it, always to the start
    def put(self, **changes: object) -> ListQuery:
        """Return the query with other fields."""
        return replace(self, **{"place": START, **changes})  # type: ignore[arg-type]

    def with_chip(self, chip: Chip, group: int | None = None) -> ListQuery:
        """Return it with `chip` in that group (the last where none is named), or as an alternative of its own."""
        groups = list(self.groups) or [()]
        at = len(groups) - 1 if group is None else group
        if at >= len(groups):
            groups.append(())
        groups[at] = (*(one for one in groups[at] if one != chip), chip)
        return self.put(groups=tuple(groups))

    def with_choice(self, chip: Chip, *, chosen: bool) -> ListQuery:
        """Return it with `chip` as the only one of its filter in every group, or without where it was `chosen`.

        So the choice narrows the list whatever alternatives there are.
        """
        if chosen:
            return self.without_name(chip.name)
        groups = [(*(one for one in group if one.name != chip.name), chip) for group in self.groups or ((),)]
        return self.put(groups=tuple(dict.fromkeys(groups)))

    def without(self, group: int, position: int) -> ListQuery:
        """Return it without that chip."""
        groups = list(self.groups)
        groups[group] = (*groups[group][:position], *groups[group][position + 1 :])
        return self.put(groups=tuple(one for one in groups if one))

    def without_name(self, name: str) -> ListQuery:
        """Return it without the chips of that filter. A group that had no other leaves everything in."""
        groups = [tuple(chip for chip in group if chip.name != name) for group in self.groups]
        return self.put(groups=tuple(groups) if all(groups) else ())


class AddressError(ValueError):
    """The address asks for what no list has."""


def read_groups(pairs: Iterable[tuple[str, str]]) -> tuple[Group, ...]:
    """Return the chips of an address, in the order of their groups' numbers; AddressError for what cannot be chips."""
    groups: dict[int, list[Chip]] = {}
    count = 0
    for name, value in pairs:
        found = _CHIP.match(name)
        if found is None:
            if _LIKE_CHIP.match(name):
                raise AddressError(name)
            continue
        count += 1
        groups.setdefault(int(found[1]), []).append(Chip(found[2], value))
        if len(groups) > MAX_GROUPS or count > MAX_CHIPS:
            raise AddressError(name)
    return tuple(tuple(dict.fromkeys(groups[number])) for number in sorted(groups))
