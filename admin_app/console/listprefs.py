"""How each user likes a list: which columns it has, how it is sorted, how many rows a page shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True)
class ListPreference:
    """What is other than usual. Columns are named; those that a later version adds are shown."""

    hidden: tuple[str, ...] = ()
    page_size: int | None = None
    # The name of a column; empty for the usual order.
    sort: str = ""
    descending: bool = False


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
        stored = preference(self.preference_name)
        hidden, size, sort = stored.get("hidden"), stored.get("page_size"), stored.get("sort")
        return ListPreference(
            hidden=tuple(name for name in self.hideable_columns() if isinstance(hidden, list) and name in hidden),
            page_size=size if size in self.page_size_options else None,
            sort=sort if isinstance(sort, str) and sort in self.sorts() else "",
            descending=stored.get("descending") is True,
        )

    def hideable_columns(self) -> list[str]:
        """Return all columns but the first, which is the link to the record."""
        return [str(name) for name, _label in self._list_columns[1:]]

    def sorts(self) -> Mapping[str, Any]:
        """Return what a list can be sorted by: indexed columns of its own table, by the columns that show them."""
        return self._sortable_columns or {}

    @expose("/preferences", methods=("POST",))  # type: ignore[untyped-decorator]
    def preferences_view(self) -> Response:
        """Remember how the current user likes this list, or forget it."""
        if "reset" in request.form:
            with unit_of_work():
                forget(self.preference_name, actor=current_actor())
            flash(gettext("This list is as it was at first."), "success")
        else:
            value = self._wanted(request.form)
            with unit_of_work():
                remember(self.preference_name, value, actor=current_actor())
            flash(gettext("Saved: from now on this list opens like this for you."), "success")
        answer: Response = self.back()
        return answer

    def _wanted(self, form: MultiDict[str, str]) -> dict[str, Any]:
        """Return what the form asks for, as it is stored; InvalidError for what this list does not have."""
        shown = set(form.getlist("columns"))
        size = to_int(form["page_size"], 0) if "page_size" in form else None
        sort, direction = form.get("sort", ""), form.get("desc", "0")
        hideable = self.hideable_columns()
        known = {str(name) for name, _label in self._list_columns}
        if not shown <= known or (sort and sort not in self.sorts()) or direction not in {"0", "1"}:
            raise InvalidError(gettext("This list has no such column. Nothing was saved."))
        if size not in (None, *self.page_size_options):
            raise InvalidError(gettext("Choose one of the offered numbers of rows. Nothing was saved."))
        value: dict[str, Any] = {"hidden": [name for name in hideable if name not in shown], "page_size": size}
        return value | ({"sort": sort, "descending": direction == "1"} if sort else {})
