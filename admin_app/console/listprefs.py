"""How each user likes a list: which columns it has in which order and how wide, its sort, how much a page shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import flash, request
from flask_admin.base import expose
from flask_babel import gettext
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from admin_app.console.preferences import forget, preference, remember
from admin_app.core.db import unit_of_work
from admin_app.core.errors import InvalidError
from admin_app.web.actor import current_actor
from admin_app.web.forms import to_int

# In pixels: narrower nothing can be read, wider nothing else can.
NARROWEST, WIDEST = 60, 900


@dataclass(frozen=True)
class ListPreference:
    """What is other than usual. Columns are named; those that a later version adds are shown, behind the others."""

    hidden: tuple[str, ...] = ()
    order: tuple[str, ...] = ()
    # In pixels, by column.
    widths: Mapping[str, int] = field(default_factory=dict)
    dense: bool = False
    page_size: int | None = None
    # The name of a column; empty for the usual order.
    sort: str = ""
    descending: bool = False
    # The public id of the saved view that the list opens with.
    view: str = ""


class ListPreferencesMixin:
    """Remembering how a list is liked. An address that says otherwise wins."""

    endpoint: str
    page_size_options: tuple[int, ...]
    _list_columns: Any
    _sortable_columns: Any
    back: Any

    @property
    def preference_name(self) -> str:
        """The name under which it is remembered."""
        return f"list.{self.endpoint}"

    def list_preference(self) -> ListPreference:
        """Return how the current user likes this list; what is not there any more counts as not said."""
        return self.read_preference(preference(self.preference_name))

    def read_preference(self, stored: Mapping[str, Any]) -> ListPreference:
        """Return what a stored document says of a list, as far as it means anything to this one."""
        size, sort, view = stored.get("page_size"), stored.get("sort"), stored.get("view")
        hidden, order, widths = _names(stored.get("hidden")), _names(stored.get("order")), stored.get("widths")
        columns = self.column_names()
        return ListPreference(
            hidden=tuple(name for name in self.hideable_columns() if name in hidden),
            order=tuple(name for name in order if name in columns),
            widths={name: _width(widths[name]) for name in columns if name in widths}
            if isinstance(widths, dict)
            else {},
            dense=stored.get("dense") is True,
            page_size=size if size in self.page_size_options else None,
            sort=sort if isinstance(sort, str) and sort in self.sorts() else "",
            descending=stored.get("descending") is True,
            view=view if isinstance(view, str) else "",
        )

    def column_names(self) -> list[str]:
        """Return all columns, in the usual order."""
        return [str(name) for name, _label in self._list_columns]

    def hideable_columns(self) -> list[str]:
        """Return all columns but the first, which is the link to the record."""
        return self.column_names()[1:]

    def arranged(self, liked: ListPreference) -> list[tuple[str, Any]]:
        """Return all columns with their headings in the order in which they are liked, the first as ever."""
        head, *rest = self._list_columns
        place = {name: number for number, name in enumerate(liked.order)}
        return [head, *sorted(rest, key=lambda column: place.get(str(column[0]), len(place)))]

    def sorts(self) -> Mapping[str, Any]:
        """Return what a list can be sorted by: indexed columns of its own table, by the columns that show them."""
        return self._sortable_columns or {}

    @expose("/preferences", methods=("POST",))  # type: ignore[untyped-decorator]
    def preferences_view(self) -> Response:
        """Remember how the current user likes this list, or forget it."""
        first = self.list_preference().view
        kept = {"view": first} if first else {}
        if "reset" in request.form:
            with unit_of_work():
                forget(self.preference_name, actor=current_actor())
            flash(gettext("This list is as it was at first."), "success")
        else:
            value = kept | self.wanted_look(request.form, self.list_preference())
            with unit_of_work():
                remember(self.preference_name, value, actor=current_actor())
            flash(gettext("Saved: from now on this list opens like this for you."), "success")
        answer: Response = self.back()
        return answer

    @expose("/width", methods=("POST",))  # type: ignore[untyped-decorator]
    def width_view(self) -> Response:
        """Remember how wide a column was made, without a page; 0 lets it be as wide as what it holds."""
        name, width = request.form.get("column", ""), to_int(request.form.get("width"), 0, maximum=WIDEST)
        if name not in self.column_names():
            raise InvalidError(gettext("This list has no such column. Nothing was saved."))
        stored = dict(preference(self.preference_name))
        widths = dict(self.read_preference(stored).widths)
        widths.pop(name, None)
        if width:
            widths[name] = _width(width)
        with unit_of_work():
            remember(self.preference_name, {**stored, "widths": widths}, actor=current_actor())
        return Response(status=204)

    def wanted_look(self, form: MultiDict[str, str], before: ListPreference) -> dict[str, Any]:
        """Return what the form asks for, as it is stored; InvalidError for what this list does not have.

        Widths are kept as they were: they are changed where they are seen.
        """
        shown, order = set(form.getlist("columns")), form.getlist("order")
        size = to_int(form["page_size"], 0) if "page_size" in form else None
        sort, direction = form.get("sort", ""), form.get("desc", "0")
        known = set(self.column_names())
        if not shown | set(order) <= known or (sort and sort not in self.sorts()) or direction not in {"0", "1"}:
            raise InvalidError(gettext("This list has no such column. Nothing was saved."))
        if size not in (None, *self.page_size_options):
            raise InvalidError(gettext("Choose one of the offered numbers of rows. Nothing was saved."))
        said = {
            "order": _moved(list(dict.fromkeys(order)), form.get("move", "")),
            "widths": dict(before.widths),
            "dense": form.get("density") == "dense",
            **({"sort": sort, "descending": direction == "1"} if sort else {}),
        }
        hidden = [name for name in self.hideable_columns() if name not in shown]
        return {"hidden": hidden, "page_size": size, **{name: value for name, value in said.items() if value}}


def _names(value: Any) -> list[str]:
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def _width(value: Any) -> int:
    return min(max(value, NARROWEST), WIDEST) if type(value) is int else NARROWEST


def _moved(order: list[str], move: str) -> list[str]:
    """Return the order after one step of a column, as the arrows ask for it where no script moves the rows."""
    way, _, name = move.partition(":")
    if name not in order:
        return order
    place = order.index(name)
    other = place - 1 if way == "up" else place + 1
    if 0 <= other < len(order):
        order[place], order[other] = order[other], order[place]
    return order
