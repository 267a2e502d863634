"""What the address of a list may ask for: numbers within limits, known columns and filters, clean text."""

from __future__ import annotations

from typing import Any

from flask import flash, g, request
from flask_admin.model.base import ViewArgs
from flask_babel import gettext

from admin_app.console.filters import ConsoleFilter, filter_for
from admin_app.console.listprefs import ListPreferencesMixin
from admin_app.web.forms import arg_int, arg_line

MAX_PAGE = 10_000
MAX_FILTERS = 20


class ListArgsMixin(ListPreferencesMixin):
    """Reading the query string of a list; what it does not say is as the user prefers it."""

    model: Any
    _filters: Any
    _filter_args: Any
    _filter_groups: Any
    get_column_name: Any

    named_filter_urls = True
    can_set_page_size = True
    page_size = 20
    page_size_options = (20, 50, 100)

    # What an address may ask for
    def _get_list_extra_args(self) -> ViewArgs:
        """Read the query string once per request: numbers within limits, known columns and filters, clean text."""
        known: dict[str, ViewArgs] = g.setdefault("console_list_args", {})
        if self.endpoint not in known:
            known[self.endpoint] = self._read_args()
        return known[self.endpoint]

    def _read_args(self) -> ViewArgs:
        liked = self.list_preference()
        sort, descending = arg_int("sort", -1, minimum=-1, maximum=999), arg_int("desc", 0, maximum=1)
        if sort not in self.sortable_positions().values():
            sort, descending = (-1, 0) if liked.sort is None else (liked.sort, int(liked.descending))
        size = arg_int("page_size", 0, maximum=1000)
        return ViewArgs(
            page=arg_int("page", 0, maximum=MAX_PAGE),
            page_size=size if size in self.page_size_options else liked.page_size,
            sort=None if sort < 0 else sort,
            sort_desc=descending,
            search=arg_line("search") or None,
            filters=self._get_list_filter_args(),
            # Not the rest of the query string, as Flask-Admin has it: it would go to url_for(), where
            # `_external`, `_scheme` and `endpoint` mean something.
            extra_args={},
        )

    def _get_list_filter_args(self) -> list[tuple[int, str, str]] | None:
        if not self._filters:
            return None
        found: list[tuple[str, tuple[int, str, str]]] = []
        for name in list(request.args)[:200]:
            position, _, key = name.removeprefix("flt").partition("_")
            if not name.startswith("flt") or key not in self._filter_args or len(found) >= MAX_FILTERS:
                continue
            index, chosen = self._filter_args[key]
            value = arg_line(name)
            if chosen.validate(value):
                found.append((position.rjust(4, "0"), (index, str(chosen.name), value)))
            elif value:
                sentence = gettext(
                    "The filter %(name)s takes no “%(value)s”; it was left out.", name=chosen.name, value=value
                )
                flash(sentence, "error")
        return [one for _position, one in sorted(found)]

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

    def _get_filter_groups(self) -> dict[str, list[dict[str, Any]]] | None:
        groups: dict[str, list[dict[str, Any]]] = {}
        for index, flt in enumerate(self._filters or ()):
            options = flt.options() if callable(flt.options) else flt.options
            groups.setdefault(str(flt.name), []).append(
                {
                    "index": index,
                    "arg": flt.arg,
                    "operation": str(flt.operation()),
                    "options": [(str(key), str(label)) for key, label in options] if options else None,
                    "type": flt.data_type,
                }
            )
        return groups or None
