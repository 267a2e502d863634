"""The saved views of a list: its tabs, and the forms that save, change and delete one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from flask import flash, g, redirect, request
from flask_admin.base import expose
from flask_babel import gettext
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from admin_app.console.list_query import ListQuery
from admin_app.console.listargs import ListArgsMixin
from admin_app.console.listprefs import ListPreference
from admin_app.console.models import SavedView
from admin_app.console.preferences import preference, remember
from admin_app.console.saved_views import change_view, delete_view, find_view, receivers, save_view, views_of
from admin_app.core.db import unit_of_work
from admin_app.core.errors import DomainError, InvalidError, NotFoundError
from admin_app.core.permissions import Letter, can
from admin_app.web.actor import current_actor
from admin_app.web.forms import clean_line, to_int

# In addresses, where the whole list is meant although another view is the first one.
EVERYTHING = "all"
# What a view keeps of how the list looks; its order stands in its address.
_LOOK = ("hidden", "order", "dense", "page_size")


class SavedViewsMixin(ListArgsMixin):
    """POST /views/ of a model view, and what its list shows of the views there are."""

    flash_refusal: Any

    def saved_views(self) -> list[SavedView]:
        """Return the views of this list that the current actor sees, read once in a request."""
        known: dict[str, list[SavedView]] = g.setdefault("console_saved_views", {})
        if self.endpoint not in known:
            allowed = can(current_actor(), "view", Letter.READ)
            known[self.endpoint] = list(views_of(self.endpoint, actor=current_actor())) if allowed else []
        return known[self.endpoint]

    def view_asked(self, query: ListQuery) -> SavedView | None:
        """Return the view that an address names; NotFoundError where it is not there or not to be seen."""
        if query.view in ("", EVERYTHING):
            return None
        found = next((one for one in self.saved_views() if one.public_id == query.view), None)
        if found is None:
            raise NotFoundError(gettext("This view is not there any more, or not for you to see."))
        return found

    def first_address(self) -> str | None:
        """Return where a list opens whose address says no more than a view, or nothing while a view is the first."""
        asked = set(request.args)
        wanted = request.args.get("view") if asked == {"view"} else None if asked else self.list_preference().view
        found = next((one for one in self.saved_views() if one.public_id == wanted), None)
        if found is None or (asked and not found.query):
            return None
        try:
            self.query_of(MultiDict([(name, value) for name, value in found.query]))
        except InvalidError:
            # Saved by an older program: the list is still to be had, and the view to be deleted.
            return None
        return self.view_address(found)

    def view_address(self, view: SavedView) -> str:
        """Return the address of a view, which says all of it, so that it can be passed on."""
        said = urlencode([*((name, value) for name, value in view.query), ("view", view.public_id)])
        return f"{self.get_url(f'{self.endpoint}.index_view')}?{said}"

    def look_of(self, query: ListQuery) -> ListPreference:
        """Return how the list looks: as its view was saved, else as the user likes it; how wide columns are is his."""
        view, liked = self.view_asked(query), self.list_preference()
        return liked if view is None else replace(self.read_preference(view.look), widths=liked.widths)

    def view_values(self, query: ListQuery) -> dict[str, Any]:
        """Return what the template shows of views."""
        actor, active = current_actor(), self.view_asked(query)
        first = self.list_preference().view
        said = [list(pair) for pair in query.put(view="").arguments()]
        sharing = can(actor, "view", Letter.CREATE)
        return {
            "view_tabs": [
                {
                    "name": one.name,
                    "url": self.view_address(one),
                    "active": one is active,
                    "shared": one.role_id is not None,
                    "first": one.public_id == first,
                }
                for one in self.saved_views()
            ],
            "everything_url": self.address(ListQuery(view=EVERYTHING if first else "")),
            "active_view": active,
            "view_changed": active is not None and active.query != said,
            "view_is_first": active is not None and active.public_id == first,
            "may_save_view": sharing,
            "may_change_view": active is not None and can(actor, "view", Letter.UPDATE, obj=active),
            "may_delete_view": active is not None and can(actor, "view", Letter.DELETE, obj=active),
            "view_roles": sorted(receivers(actor).items(), key=lambda one: one[1].casefold()) if sharing else [],
        }

    @expose("/views/", methods=("POST",))  # type: ignore[untyped-decorator]
    def views_view(self) -> Response:
        """Save, change or delete a view, or make one the first; the form says which by the name of its button."""
        actor, wanted = current_actor(), request.form.get("do", "")
        try:
            if wanted == "save":
                with unit_of_work():
                    view = save_view(self.endpoint, self._said(), actor=actor)
                self._open_with(view, first=request.form.get("first") == "1")
                flash(gettext("The view “%(name)s” was saved.", name=view.name), "success")
                return redirect(self.view_address(view), 303)
            letter = Letter.DELETE if wanted == "delete" else Letter.READ if wanted == "first" else Letter.UPDATE
            view = find_view(self.endpoint, request.form.get("view", ""), letter, actor=actor)
            return self._change(view, wanted)
        except DomainError as error:
            if error.status in (403, 404):
                raise
            self.flash_refusal(error)
        answer: Response = self.back()
        return answer

    def _change(self, view: SavedView, wanted: str) -> Response:
        actor, name = current_actor(), view.name
        if wanted == "delete":
            with unit_of_work():
                delete_view(view, actor=actor)
            flash(gettext("The view “%(name)s” was deleted.", name=name), "success")
            return redirect(self.address(ListQuery()), 303)
        if wanted == "first":
            self._open_with(view, first=request.form.get("first") == "1")
            return redirect(self.view_address(view), 303)
        said = self._said()
        data = said if wanted == "change" else {"query": said["query"], "look": said["look"]}
        with unit_of_work():
            change_view(view, data, actor=actor)
        flash(gettext("The view “%(name)s” was saved.", name=view.name), "success")
        return redirect(self.view_address(view), 303)

    def _said(self) -> dict[str, Any]:
        """Return what the form says of a view: the list as it is shown, and the name and role beside it."""
        query = self.query_of(request.form).put(view="")
        role = request.form.get("role", "")
        return {
            "name": clean_line(request.form.get("name"), 200),
            "role_id": to_int(role, 0) or None,
            "query": [list(pair) for pair in query.arguments()],
            "look": {name: value for name, value in self._stored_look().items() if name in _LOOK},
        }

    def _stored_look(self) -> Mapping[str, Any]:
        """Return how the list looks now, as it is stored: as the view has it that the form names, or as it is liked."""
        active = next((one for one in self.saved_views() if one.public_id == request.form.get("view")), None)
        return preference(self.preference_name) if active is None else active.look

    @expose("/preferences", methods=("POST",))  # type: ignore[untyped-decorator]
    def preferences_view(self) -> Response:
        """Change how a view of the list looks, where the form names one; else how the user likes the whole list."""
        if not request.form.get("view"):
            mine: Response = super().preferences_view()
            return mine
        actor = current_actor()
        view = find_view(self.endpoint, request.form["view"], Letter.UPDATE, actor=actor)
        reset = "reset" in request.form
        look = {} if reset else self.wanted_look(request.form, self.read_preference(view.look))
        with unit_of_work():
            change_view(view, {"look": {name: look[name] for name in _LOOK if name in look}}, actor=actor)
        flash(gettext("The view “%(name)s” was saved.", name=view.name), "success")
        answer: Response = self.back()
        return answer

    def _open_with(self, view: SavedView, *, first: bool) -> None:
        liked = dict(preference(self.preference_name))
        if first or liked.get("view") == view.public_id:
            liked["view"] = view.public_id if first else ""
            with unit_of_work():
                remember(self.preference_name, liked, actor=current_actor())
