"""Facets: what a list can be narrowed to, with how many rows each choice would leave.

They are counted when they are looked at, each under a time limit. All filters in force apply but the facet's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from flask import request
from flask_admin.base import expose
from flask_babel import format_decimal, gettext
from sqlalchemy import func, select

from admin_app.console.filter_base import ConsoleFilter
from admin_app.console.keys import primary_key
from admin_app.console.list_query import Chip, ListQuery
from admin_app.console.lists import ListMixin
from admin_app.core.db import db
from admin_app.core.errors import InvalidError
from admin_app.core.limits import SlowError, time_limit

# What somebody waits for the numbers of one facet, in milliseconds.
FACET_LIMIT = 400
# Beyond it a number that could not be had in time is told as "100,000+".
FACET_CAP = 100_000
# More choices than that are searched for by typing.
MOST_CHOICES = 30


@dataclass(frozen=True)
class Choice:
    """One choice of a facet: its words, the address with it (without it where it is chosen), and its number of rows."""

    text: str
    url: str
    chosen: bool
    count: str = ""


class FacetsMixin(ListMixin):
    """GET /facets/ of a model view: the choices of a filter, counted; `choices_of()` gives them uncounted."""

    render: Any

    def choices_of(self, query: ListQuery, one: ConsoleFilter, counts: dict[str, str] | None = None) -> list[Choice]:
        """Return the choices of a filter as links from `query`; none where one types, or where they come late."""
        if one.late and counts is None:
            return []
        return [
            Choice(
                text,
                self.address(query.with_choice(Chip(one.arg, value), chosen=chosen)),
                chosen,
                (counts or {}).get(value, ""),
            )
            for value, text in one.facet_choices()[:MOST_CHOICES]
            for chosen in [bool(query.groups) and all(Chip(one.arg, value) in group for group in query.groups)]
        ]

    @expose("/facets/")  # type: ignore[untyped-decorator]
    def facets_view(self) -> str:
        """Answer the choices of one filter with their numbers, for the list that the rest of the address asks for."""
        query, name = self.asked(), request.args.get("facet", "")
        if name not in self._filter_args:
            raise InvalidError(gettext("This list has no filter or column “%(name)s”.", name=name[:60]))
        one = self._filter_args[name][1]
        choices = self.choices_of(query, one, self._counts(query, one))
        page: str = self.render("admin/model/facet.html", arg=name, choices=choices)
        return page

    def facet_url(self, query: ListQuery, one: ConsoleFilter) -> str:
        """Return where the numbers of a filter's choices are to be had."""
        said = urlencode([("facet", one.arg), *query.arguments()])
        return f"{self.get_url('.facets_view')}?{said}"

    def _counts(self, query: ListQuery, one: ConsoleFilter) -> dict[str, str]:
        """Return the numbers in words, by value; a value that could not be counted in time has none."""
        statement = self.matching(query.without_name(one.arg))
        values = [value for value, _text in one.facet_choices()[:MOST_CHOICES]]
        if not values:
            return {}
        try:
            with time_limit(FACET_LIMIT):
                row = db.session.execute(statement.with_only_columns(*one.tallies(values))).one()
        except SlowError:
            return self._many(statement, one, values)
        return {value: str(format_decimal(count)) for value, count in zip(values, row, strict=True)}

    def _many(self, statement: Any, one: ConsoleFilter, values: list[str]) -> dict[str, str]:
        """Return which values have more rows than are counted, as far as that is found in time."""
        found: dict[str, str] = {}
        try:
            with time_limit(FACET_LIMIT):
                for value in values:
                    rows = statement.where(one.condition(one.clean(value))).with_only_columns(primary_key(self.model))
                    count = db.session.scalar(select(func.count()).select_from(rows.limit(FACET_CAP + 1).subquery()))
                    many = (count or 0) > FACET_CAP
                    found[value] = f"{format_decimal(FACET_CAP)}+" if many else str(format_decimal(count or 0))
        except SlowError:
            pass
        return found
