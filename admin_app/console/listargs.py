"""What the address of a list may ask for: known filters and columns, values that fit, a number of rows on offer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask import flash, g, request
from flask_babel import gettext
from werkzeug.datastructures import MultiDict

from admin_app.console.filter_base import ConsoleFilter
from admin_app.console.filters import filter_for
from admin_app.console.list_query import AddressError, Chip, ListQuery, Place, Way, read_groups
from admin_app.console.listprefs import ListPreferencesMixin
from admin_app.core.errors import InvalidError
from admin_app.web.forms import clean_line, to_int

# More rows than anybody pages through; only shown, never counted with.
MOST_ROWS = 10**12


class ListArgsMixin(ListPreferencesMixin):
    """Reading the query string of a list; what it does not say is as the user prefers it."""

    model: Any
    _filters: Any
    _filter_args: Any
    _filter_groups: Any
    get_column_name: Any
    get_url: Any

    page_size = 20
    page_size_options = (20, 50, 100)
    # Names in addresses that this screen alone understands, each with the values that it takes.
    extra_args: dict[str, tuple[str, ...]] = {}

    # What is asked for
    def asked(self) -> ListQuery:
        """Return what the address of this request asks for; what fits no filter is told and left out."""
        known: dict[str, ListQuery] = g.setdefault("console_list_queries", {})
        if self.endpoint not in known:
            query, refused = self._read(request.args)
            for name, value in refused:
                sentence = gettext("The filter %(name)s takes no “%(value)s”; it was left out.", name=name, value=value)
                flash(sentence, "error")
            known[self.endpoint] = query
        return known[self.endpoint]

    def query_of(self, args: MultiDict[str, str]) -> ListQuery:
        """Return what `args` ask for; InvalidError where anything of it fits no more."""
        query, refused = self._read(args)
        for name, value in refused:
            raise InvalidError(gettext("The filter %(name)s takes no “%(value)s”.", name=name, value=value))
        return query

    def address(self, query: ListQuery) -> str:
        """Return the address of the list that answers `query`."""
        said = query.query_string()
        url: str = self.get_url(f"{self.endpoint}.index_view")
        return f"{url}?{said}" if said else url

    def _read(self, args: MultiDict[str, str]) -> tuple[ListQuery, list[tuple[str, str]]]:
        try:
            groups, refused = self._groups(args.items(multi=True))
            sort, descending = self._sorting(args)
            query = ListQuery(
                search=clean_line(args.get("search")),
                groups=groups,
                sort=sort,
                descending=descending,
                size=self._size(args.get("page_size")),
                place=_place(args),
                view=clean_line(args.get("view"), 20),
                extra=tuple((name, args[name]) for name, taken in self.extra_args.items() if args.get(name) in taken),
            )
        except AddressError as error:
            raise InvalidError(
                gettext("This list has no filter or column “%(name)s”.", name=clean_line(str(error), 60))
            ) from None
        return query, refused

    def _groups(self, pairs: Iterable[tuple[str, str]]) -> tuple[Any, list[tuple[str, str]]]:
        groups, refused = [], []
        for group in read_groups(pairs):
            fitting = []
            for chip in group:
                if chip.name not in self._filter_args:
                    raise AddressError(chip.name)
                chosen, value = self._filter_args[chip.name][1], clean_line(chip.value)
                if chosen.validate(value):
                    fitting.append(Chip(chip.name, value))
                elif value:
                    refused.append((str(chosen.name), value))
            groups.append(tuple(fitting))
        return tuple(group for group in groups if group), refused

    def _sorting(self, args: MultiDict[str, str]) -> tuple[str, bool]:
        liked, sort = self.list_preference(), args.get("sort", "")
        if not sort:
            # A view without an order has the usual one, whatever its reader likes.
            return ("", False) if args.get("view") else (liked.sort, liked.descending)
        if sort not in self.sorts():
            raise AddressError(sort)
        return sort, args.get("desc") == "1"

    def _size(self, text: str | None) -> int | None:
        size = to_int(text, 0)
        return size if size in self.page_size_options else None

    # Filters
    def get_filters(self) -> list[ConsoleFilter] | None:
        collected: list[ConsoleFilter] = []
        for one in getattr(self, "column_filters", None) or ():
            if isinstance(one, str):
                collected.extend(filter_for(getattr(self.model, one), self.get_column_name(one)))
            elif isinstance(one, ConsoleFilter):
                collected.append(one)
            elif isinstance(one, tuple) and all(isinstance(part, ConsoleFilter) for part in one):
                collected.extend(one)
            else:
                raise TypeError(f"{one!r} in column_filters is no filter of admin_app.console.filters.")
        return collected or None

    def get_filter_arg(self, _index: int, flt: ConsoleFilter) -> str:
        return flt.arg

    def _refresh_filters_cache(self) -> None:
        # Flask-Admin asks for options here, once at start-up; ours are asked for when a list is shown.
        self._filters = self.get_filters()
        self._filter_groups = None
        self._filter_args = {flt.arg: (index, flt) for index, flt in enumerate(self._filters or ())}
        if len(self._filter_args) != len(self._filters or ()):
            raise TypeError(f"Two filters of {type(self).__name__} have the same name in addresses; give one an `arg`.")

    def filter_menu(self) -> dict[str, list[ConsoleFilter]]:
        """Return the filters by what they are about, in the order in which they are declared."""
        menu: dict[str, list[ConsoleFilter]] = {}
        for one in self._filters or ():
            menu.setdefault(str(one.name), []).append(one)
        return menu


def _place(args: MultiDict[str, str]) -> Place:
    at = to_int(args.get("at"), 0, maximum=MOST_ROWS) or None
    for way in (Way.AFTER, Way.BEFORE):
        if token := args.get(way.value):
            return Place(way, token, at)
    return Place(Way.LAST, at=at) if args.get(Way.LAST.value) == "1" else Place()
