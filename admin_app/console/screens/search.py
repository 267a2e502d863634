"""The search over everything: a page, and the part of it that the dialog over any page shows."""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext, lazy_gettext
from sqlalchemy import select

from admin_app.console.access import LOGGED_IN
from admin_app.console.base import ConsolePage, add_page
from admin_app.console.models import SavedView
from admin_app.console.palette import (
    MOST_RECORDS,
    PALETTE_COMMANDS,
    SEARCH_PROVIDERS,
    Command,
    Hit,
    HitGroup,
    find,
    has_terms,
)
from admin_app.console.shortcuts import shortcuts
from admin_app.console.views import view_of_list
from admin_app.core.db import db
from admin_app.core.permissions import Actor, Letter, can, visible
from admin_app.core.text import fold
from admin_app.web.actor import current_actor
from admin_app.web.forms import arg_line

COOKIE = "shortcuts"
# Among so many of the newest saved views one is looked for.
_MOST_VIEWS = 200
_YEAR = 365 * 24 * 60 * 60
_THEMES = (
    ("light", lazy_gettext("Light colours"), "sun"),
    ("dark", lazy_gettext("Dark colours"), "moon"),
    ("system", lazy_gettext("Colours of the system"), "device-desktop"),
)

for _theme, _label, _icon in _THEMES:
    PALETTE_COMMANDS.add(f"theme.{_theme}", Command(_label, _icon, LOGGED_IN, theme=_theme))
PALETTE_COMMANDS.add(
    "shortcuts", Command(lazy_gettext("Keyboard shortcuts"), "keyboard", LOGGED_IN, "search.shortcuts")
)


def _saved_views(words: str, actor: Actor) -> HitGroup | None:
    """Return the saved views of lists that are called so."""
    if not words or not can(actor, "view", Letter.READ):
        return None
    terms, hits = fold(words).split(), []
    found = select(SavedView).where(visible(actor, "view")).order_by(SavedView.id.desc()).limit(_MOST_VIEWS)
    for view in db.session.scalars(found):
        shown = view_of_list(view.list_name)
        if shown is not None and shown.is_accessible() and has_terms(view.name, terms):
            hits.append(Hit(view.name, shown.view_address(view), "star", str(shown.name)))
    return HitGroup(gettext("Saved views"), hits[:MOST_RECORDS]) if hits else None


SEARCH_PROVIDERS.add("views", _saved_views)


class SearchPage(ConsolePage):
    """/admin/search/"""

    permission = LOGGED_IN
    menu_group, menu_icon = "Overview", "search"
    in_menu = False

    @expose("/")  # type: ignore[untyped-decorator]
    def index(self) -> str:
        """Show what was found, for those whose browser runs no scripts, and for addresses to keep."""
        words = arg_line("q")
        page: str = self.render("admin/search.html", words=words, found=find(words, actor=current_actor()))
        return page

    @expose("/found")  # type: ignore[untyped-decorator]
    def found(self) -> str:
        """Return the same as options of a list."""
        words = arg_line("q")
        part: str = self.render("admin/_palette.html", words=words, found=find(words, actor=current_actor()))
        return part

    @expose("/shortcuts", methods=("GET", "POST"))  # type: ignore[untyped-decorator]
    def shortcuts(self) -> Any:
        """Show the shortcuts; let them be switched off, for those whom single keys get in the way of."""
        if request.method == "GET":
            return self.render("admin/shortcuts.html", tables=shortcuts(), off=request.cookies.get(COOKIE) == "off")
        answer = redirect(url_for(".shortcuts"), 303)
        if request.form.get("on") == "1":
            answer.delete_cookie(COOKIE, samesite="Lax")
            flash(gettext("Single keys do something again in this browser."), "success")
        else:
            secure = bool(current_app.config["SESSION_COOKIE_SECURE"])
            answer.set_cookie(COOKIE, "off", max_age=_YEAR, secure=secure, httponly=True, samesite="Lax")
            flash(gettext("Single keys do nothing any more in this browser."), "success")
        return answer


def register(app: Flask) -> None:
    """Add /admin/search/ to `app`."""
    add_page(app, SearchPage(name=lazy_gettext("Search"), endpoint="search", url="/admin/search"))
