"""Seams: what a lower package asks of a higher one, and the lists that a domain extends with one file each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class Registry(Generic[T]):
    """Named members of one kind, in the order in which they were added.

    Adding the same object twice is harmless; two objects under one name are a fault of the program and raise
    `ValueError` at start-up.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._members: dict[str, T] = {}

    def add(self, name: str, member: T) -> T:
        """Add `member` as `name` and return it."""
        if self._members.get(name, member) is not member:
            raise ValueError(f"There are two members of {self.kind} named {name!r}.")
        self._members[name] = member
        return member

    def register(self, name: str) -> Callable[[T], T]:
        """Return a decorator that adds what it decorates."""
        return lambda member: self.add(name, member)

    def get(self, name: str) -> T | None:
        """Return the member of that name, or None."""
        return self._members.get(name)

    def __getitem__(self, name: str) -> T:
        return self._members[name]

    def __contains__(self, name: object) -> bool:
        return name in self._members

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)

    def items(self) -> Iterator[tuple[str, T]]:
        """Yield (name, member) in the order of registration."""
        yield from self._members.items()

    def values(self) -> Iterator[T]:
        """Yield the members in the order of registration."""
        yield from self._members.values()
