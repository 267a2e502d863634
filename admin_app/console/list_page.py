"""The page of a list: its rows, the filters in force, how many there are, and the ways on from it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request
from flask_admin.base import expose
from flask_babel import format_decimal, gettext
from sqlalchemy import func, select
from werkzeug.wrappers import Response

from admin_app.console.choices import Matching, seal
from admin_app.console.facets import FacetsMixin
from admin_app.console.keyset import Page
from admin_app.console.list_query import AddressError, Chip, ListQuery, Place, Way
from admin_app.console.view_pages import SavedViewsMixin
from admin_app.core.db import db
from admin_app.core.errors import InvalidError
from admin_app.core.limits import SlowError, time_limit

# Somebody who asks how many there are exactly waits so long, in milliseconds.
EXACT_LIMIT = 10_000


class ListPageMixin(SavedViewsMixin, FacetsMixin):
    """GET / of a model view."""

    list_template: Any
    _actions: Any
    _search_supported: Any
    get_actions_list: Any
    get_list_value: Any
    get_pk_value: Any
    name: Any

    @expose("/")  # type: ignore[untyped-decorator]
    def index_view(self) -> Response | str:
        """Show the list that the address asks for."""
        query = self.asked()
        if (first := self.first_address()) is not None:
            return redirect(first, 303)
        if "add" in request.args:
            return redirect(self.address(self._added(query)), 303)
        try:
            page = self.read_page(query)
        except AddressError:
            raise InvalidError(gettext("There is no such page in this order. Start at the first one.")) from None
        self._note_rights(page.rows)
        shown: str = self.render(self.list_template, **self.list_values(query, page))
        return shown

    def _added(self, query: ListQuery) -> ListQuery:
        """Return `query` with the filter that the menu's form asks for: `add`, `value`, and as an alternative `or`."""
        name, value = request.args["add"], request.args.get("value", "")
        if name not in self._filter_args:
            raise InvalidError(gettext("This list has no filter or column “%(name)s”.", name=name[:60]))
        return query.with_chip(Chip(name, value), len(query.groups) if "or" in request.args else None)

    def list_values(self, query: ListQuery, page: Page) -> dict[str, Any]:
        """Return what the template of the list shows. Screens that show more add to it."""
        actions, confirmed = self.get_actions_list() if self._actions else ([], {})
        look = self.look_of(query)
        return {
            "query": query,
            "data": page.rows,
            "caption": str(self.name),
            "list_columns": self.arranged(look),
            "hidden_columns": look.hidden,
            "look": look,
            "list_row_actions": self.get_list_row_actions(),
            "page_size": self.rows_per_page(query),
            "active_chips": self.active_chips(query),
            "filter_menu": self.filter_menu(),
            "choices_of": lambda one: self.choices_of(query, one),
            "facet_url": lambda one: self.facet_url(query, one),
            "search_supported": self._search_supported,
            "search_placeholder": self.search_placeholder(),
            "sort_of": self.order_of(query),
            "actions": actions,
            "actions_confirmation": confirmed,
            "all_matching": seal(Matching(self, tuple(query.pairs())))
            if actions and (page.previous or page.next)
            else "",
            "bulk_url": self.get_url(".action_view") if self._actions else None,
            "get_pk_value": self.get_pk_value,
            "get_value": self.get_list_value,
            "may": self.may,
            "return_url": self.address(query),
            "clear_url": self.address(query.put(search="", groups=())),
            # Where to go on to once the rest is remembered: the same rows.
            "same_rows_url": self.address(ListQuery(query.search, query.groups, extra=query.extra, view=query.view)),
            "sort_url": self._sort_urls(query),
            "size_url": lambda size: self.address(query.put(size=size)),
            **self._place_values(query, page),
            **self.view_values(query),
        }

    def _sort_urls(self, query: ListQuery) -> Callable[[str], str]:
        now = self.order_of(query)

        def url(name: str) -> str:
            turned = now.column is self.sorts()[name] and not now.descending
            return self.address(query.put(sort=name, descending=turned))

        return url

    def _place_values(self, query: ListQuery, page: Page) -> dict[str, Any]:
        """Return how many rows there are, which of them the page shows, and the ways on from it."""
        count, capped = self._counted(query, page)
        total = format_decimal(count)
        last = Place(Way.LAST, at=None if capped else max(1, count - self.rows_per_page(query) + 1))
        ways = {
            "first_url": query.put() if page.previous else None,
            "previous_url": query.put(place=page.previous) if page.previous else None,
            "next_url": query.put(place=page.next) if page.next else None,
            "last_url": query.put(place=last) if page.next else None,
        }
        at = page.place.at
        return {
            "count": count,
            "count_capped": capped,
            "count_label": f"{total}+" if capped else total,
            "exact_url": f"{self.address(query)}{'&' if query.query_string() else '?'}count=exact",
            "rows_from": at,
            "rows_to": None if at is None else at + len(page.rows) - 1,
            **{name: self.address(way) if way else None for name, way in ways.items()},
        }

    def _counted(self, query: ListQuery, page: Page) -> tuple[int, bool]:
        """Return how many rows there are, and whether it is only known to be that many or more."""
        if page.previous is None and page.next is None:
            return len(page.rows), False
        statement = self.matching(query)
        if request.args.get("count") == "exact":
            try:
                with time_limit(EXACT_LIMIT):
                    return db.session.scalar(
                        select(func.count()).select_from(self._keys(statement).subquery())
                    ) or 0, False
            except SlowError:
                flash(gettext("Counting them all takes too long. Add a filter, or go by the number shown."), "error")
        return self.count(statement)

    def active_chips(self, query: ListQuery) -> list[list[dict[str, Any]]]:
        """Return the filters in force, group by group: their words, and the address without each."""
        return [
            [
                {
                    "name": str(chosen.name),
                    "operation": str(chosen.operation()),
                    "value": chosen.words(chip.value),
                    "remove_url": self.address(query.without(number, position)),
                }
                for position, chip in enumerate(group)
                for chosen in [self._filter_args[chip.name][1]]
            ]
            for number, group in enumerate(query.groups)
        ]
