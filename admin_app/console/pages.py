"""Pages of the console that are not a list of one model."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from flask_admin.base import BaseView
from werkzeug.wrappers import Response

from admin_app.console.access import Permission, check_permission, gate, holds
from admin_app.core.words import mark
from admin_app.web.actor import current_actor
from admin_app.web.headers import static_url

# Marked: templates translate them where they show them.
GROUPS = (mark("Overview"), mark("Surveys"), mark("Replies"), mark("People"), mark("System"))


def check_group(owner: Any) -> None:
    """Raise TypeError at start-up for a screen outside the groups of the menu."""
    if owner.menu_group not in GROUPS:
        raise TypeError(f"{type(owner).__name__} names the menu group {owner.menu_group!r}; there are {GROUPS}.")


class ConsolePage(BaseView):
    """A page behind one permission: (resource, letter), the name of an ability, or LOGGED_IN.

    `view_permissions` names what single methods take instead. A page whose address has parameters is not in the menu.
    `styles` and `scripts` are the static files that it alone brings, in order.
    """

    permission: Permission | None = None
    view_permissions: Mapping[str, Permission] = {}
    # The views that ask for the password again where it was given too long ago.
    guarded_views: Collection[str] = frozenset()
    menu_group: str = ""
    menu_icon: str = ""
    # The letter that leads here after a g.
    shortcut: str = ""
    in_menu = True
    styles: Sequence[str] = ()
    scripts: Sequence[str] = ()

    _default_view: str | None
    _urls: list[tuple[str, str, Any]]

    def __init__(self, name: Any = None, endpoint: str | None = None, url: str | None = None) -> None:
        if self.permission is None:
            raise TypeError(f"{type(self).__name__} says nobody may open it: give it a permission.")
        for permission in (self.permission, *self.view_permissions.values()):
            check_permission(permission, type(self).__name__)
        check_group(self)
        if self._default_view is None:
            # Flask-Admin wants a page at "/"; pages of a record have none there.
            self._default_view = self._urls[0][1]
        super().__init__(
            name=name, category=self.menu_group, endpoint=endpoint, url=url, menu_icon_value=self.menu_icon
        )

    @property
    def extra_css(self) -> list[str]:
        """Return the addresses of the style sheets, as Flask-Admin's templates ask for them."""
        return [static_url(one) for one in self.styles]

    @property
    def extra_js(self) -> list[str]:
        """Return the addresses of the scripts."""
        return [static_url(one) for one in self.scripts]

    def _permission_of(self, view_name: str) -> Permission | None:
        return self.view_permissions.get(view_name, self.permission)

    def is_accessible(self) -> bool:
        permission = self.permission
        return permission is not None and holds(current_actor(), "", permission)

    def _handle_view(self, name: str, **_kwargs: Any) -> Response | None:
        return gate("", self._permission_of(name), guarded=name in self.guarded_views)

    def _run_view(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        return fn(self, *args, **kwargs)
