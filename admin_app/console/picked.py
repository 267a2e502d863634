"""Filters by a record of another kind: the first ones are offered, any other is found by typing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import g
from sqlalchemy import ColumnElement

from admin_app.console.facets import MOST_CHOICES
from admin_app.console.filters import OneOf
from admin_app.console.lookup import Lookup


class Picked(OneOf):
    """The record is the chosen one of `lookup`, which answers at `url()`. No page reads more of them than it offers."""

    def __init__(self, column: Any, name: Any, *, lookup: Lookup, url: Callable[[], str], arg: str = "") -> None:
        super().__init__(column, name, options=self._first, arg=arg)
        self.lookup, self.url = lookup, url

    def _first(self) -> list[tuple[str, Any]]:
        # One more than is offered tells that there are others.
        return [(str(self.lookup.key(row)), self.lookup.called(row)) for row in self.lookup.first(MOST_CHOICES + 1)]

    def _found(self, value: str) -> Any | None:
        known: dict[Any, Any] = g.setdefault("console_filter_records", {})
        if (self, value) not in known:
            known[self, value] = self.lookup.get(value)
        return known[self, value]

    def search_url(self) -> str:
        """Return where the others are found; empty where all of them are offered."""
        return self.url() if len(self.choices()) > MOST_CHOICES else ""

    def clean(self, value: str) -> Any:
        """Return the record's key, where it may be chosen."""
        if value not in dict(self.choices()) and self._found(value) is None:
            raise ValueError("no such record, or none that may be chosen")
        return int(value)

    def words(self, value: str) -> str:
        """Return what the record is called."""
        known = dict(self.choices()).get(value)
        return known if known is not None else self.lookup.called(self._found(value))


class PickedThrough(Picked):
    """The same of a record that belongs to the row, where it has any number of them."""

    def __init__(self, relation: Any, column: Any, name: Any, **given: Any) -> None:
        super().__init__(column, name, **given)
        self.relation = relation

    def condition(self, value: Any) -> ColumnElement[bool]:
        """Return the condition that one of them is it."""
        found: ColumnElement[bool] = self.relation.any(self.column == value)
        return found
