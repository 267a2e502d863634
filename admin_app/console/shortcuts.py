"""The shortcuts of the keyboard: one table, which the list of them is made from."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import current_app
from flask_babel import gettext, lazy_gettext

from admin_app.console.pages import GROUPS

# Keys that are pressed together are one text, keys one after the other are several.
Shortcut = tuple[Sequence[Any], Any]

EVERYWHERE: Sequence[Shortcut] = (
    ((lazy_gettext("Ctrl+K"),), lazy_gettext("Search everything, go anywhere")),
    (("?",), lazy_gettext("Show the shortcuts")),
    ((lazy_gettext("Esc"),), lazy_gettext("Close what is open")),
)
LISTS: Sequence[Shortcut] = (
    (("/",), lazy_gettext("Search in the list")),
    (("j",), lazy_gettext("Next row")),
    (("k",), lazy_gettext("Previous row")),
    ((lazy_gettext("Enter"),), lazy_gettext("Open the row")),
    (("x",), lazy_gettext("Select the row, or leave it out again")),
    (("e",), lazy_gettext("Edit the row")),
)


def shortcuts() -> list[tuple[str, list[Shortcut]]]:
    """Return the shortcuts by where they work; those that lead to a page only for those who may open it."""
    views = [view for view in current_app.extensions["admin"][0]._views if view.shortcut and view.is_accessible()]
    views.sort(key=lambda view: GROUPS.index(view.menu_group))
    pages: list[Shortcut] = [(("g", view.shortcut), view.name) for view in views]
    return [
        (gettext("Everywhere"), list(EVERYWHERE)),
        (gettext("In lists"), list(LISTS)),
        (gettext("Go to"), pages),
    ]
