"""What every filter of a list is: a name in addresses, a value that is cleaned, one SQL condition."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from flask import g
from flask_admin.model.filters import BaseFilter
from sqlalchemy import ColumnElement, Enum, String, cast, func

Options = Iterable[tuple[str, Any]] | Callable[[], Iterable[tuple[str, Any]]]


def escape_like(text: str) -> str:
    """Return `text` for a LIKE with `escape="/"`, where % and _ stand for themselves."""
    return text.replace("/", "//").replace("%", "/%").replace("_", "/_")


def contains(column: Any, text: str) -> ColumnElement[bool]:
    """Return the condition that `column` contains `text`, without regard to case."""
    plain = isinstance(column.type, String) and not isinstance(column.type, Enum)
    found: ColumnElement[bool] = (column if plain else cast(column, String)).ilike(f"%{escape_like(text)}%", escape="/")
    return found


class ConsoleFilter(BaseFilter):
    """One condition on one column. `suffix` makes its name in addresses, which must never change with the language."""

    suffix = ""
    word: Any = ""
    # Whether its choices cost a statement that a page should not wait for: then they come when they are looked at.
    late = False

    def __init__(
        self, column: Any, name: Any, *, options: Options | None = None, data_type: str | None = None, arg: str = ""
    ) -> None:
        super().__init__(name, options=options, data_type=data_type)
        self.column = column
        self.arg = arg or f"{column.key}_{self.suffix}".rstrip("_")

    def operation(self) -> Any:
        """Return the word between the name and the value, such as "contains"."""
        return self.word

    def clean(self, value: str) -> Any:
        """Return what to compare with, or raise ValueError."""
        raise NotImplementedError

    def choices(self) -> list[tuple[str, str]]:
        """Return what can be chosen, as addresses have it and in words; nothing where a value is typed."""
        if not callable(self.options):
            return [(str(key), str(label)) for key, label in self.options or ()]
        known: dict[Any, list[tuple[str, str]]] = g.setdefault("console_filter_choices", {})
        if self not in known:
            known[self] = [(str(key), str(label)) for key, label in self.options()]
        return known[self]

    def search_url(self) -> str:
        """Return where choices are found that there are too many of to offer; empty where all are offered."""
        return ""

    def facet_choices(self) -> list[tuple[str, str]]:
        """Return what is offered with numbers: the choices, or values that are asked for often."""
        return self.choices()

    def tallies(self, values: Sequence[str]) -> list[ColumnElement[int]]:
        """Return what counts the rows that fit each of `values`, in one reading of them all."""
        return [func.count().filter(self.condition(self.clean(value))) for value in values]

    def words(self, value: str) -> str:
        """Return a value of an address as it is read."""
        return dict(self.choices()).get(value, value)

    def condition(self, value: Any) -> ColumnElement[bool]:
        """Return the SQL condition for a value that `clean()` returned."""
        raise NotImplementedError

    def apply(self, query: Any, value: Any, _alias: Any = None) -> Any:
        return query.where(self.condition(value))
