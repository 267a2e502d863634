"""The trash: what was deleted, by whom, what hangs on it, and the two ways out of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, abort, flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import format_decimal, gettext, lazy_gettext, ngettext
from sqlalchemy import select

from admin_app.console.access import LOGGED_IN
from admin_app.console.base import ConsolePage, add_page
from admin_app.console.keys import parse_key
from admin_app.console.trash import TRASH, TrashKind
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import DomainError
from admin_app.core.permissions import Actor, can, require
from admin_app.core.text import shorten
from admin_app.core.trash import COUNT_CAP, in_trash, may_restore
from admin_app.web.actor import current_actor
from admin_app.web.forms import arg_int, arg_line

PAGE_SIZE = 50
# Nobody turns so many pages; beyond, a search finds what is meant.
LAST_PAGE = 2_000
# Records that are named with the reason why they stay; the others are counted.
TOLD = 5


class TrashPage(ConsolePage):
    """/admin/trash/: a tab for each kind of record that the actor may delete."""

    permission = LOGGED_IN
    guarded_views = frozenset({"purge"})
    menu_group, menu_icon = "System", "trash"
    shortcut = "t"

    def is_accessible(self) -> bool:
        """Whether the menu shows it: there is nothing in it for those who may delete nothing."""
        return super().is_accessible() and bool(_offered())

    @expose("/")  # type: ignore[untyped-decorator]
    def index(self) -> Any:
        """Show the first kind there is."""
        offered = _offered()
        if not offered:
            return self.render("admin/trash/index.html", tabs=[], kind=None, rows=[], search="")
        return self._listed(next(iter(offered)))

    @expose("/<kind>/")  # type: ignore[untyped-decorator]
    def listed(self, kind: str) -> Any:
        """Show what was deleted of one kind, the last one first."""
        if kind in TRASH:
            require(current_actor(), TRASH[kind].resource, "D")
        return self._listed(kind)

    @expose("/<kind>/", methods=("POST",))  # type: ignore[untyped-decorator]
    def restore_chosen(self, kind: str) -> Any:
        """Bring back what is chosen on a page, and say of the others why they stay."""
        if kind in TRASH:
            require(current_actor(), TRASH[kind].resource, "D")
        shown = _kind(kind)
        keys = [parse_key(shown.model, one) for one in request.form.getlist("rowid")[:PAGE_SIZE]]
        there = in_trash(current_actor(), shown.model, shown.resource)
        rows = db.session.scalars(
            select(shown.model).where(shown.model.id.in_([key for key in keys if key is not None]), there)
        ).all()
        with unit_of_work() as session:
            refused = [reason for record in rows if (reason := _refusal(session, shown, record))]
        _tell(len(rows) - len(refused), refused)
        return redirect(url_for(".listed", kind=kind), 303)

    @expose("/<kind>/<id>", methods=("GET",))  # type: ignore[untyped-decorator]
    def record(self, kind: str, id: str) -> Any:
        """Show what hangs on a deleted record, and offer the ways out of the trash."""
        return self._record(kind, id)

    @expose("/<kind>/<id>/restore", methods=("POST",))  # type: ignore[untyped-decorator]
    def restore(self, kind: str, id: str) -> Any:
        """Bring the record back."""
        return _done(kind, _kind(kind).restore, _found(kind, id))

    @expose("/<kind>/<id>/purge", methods=("POST",))  # type: ignore[untyped-decorator]
    def purge(self, kind: str, id: str) -> Any:
        """Remove the record for good, once its name was typed."""
        shown, record = _kind(kind), _found(kind, id)
        if request.form.get("typed_name", "").strip() != shown.typed(record):
            error = gettext("That is not the name. Nothing was deleted.")
            return self._record(kind, id, typed_error=error), 422
        return _done(kind, shown.purge, record)

    def _listed(self, name: str) -> Any:
        kind, search = _kind(name), arg_line("search")
        page = arg_int("page", 0, maximum=LAST_PAGE)
        rows = kind.rows(current_actor(), search).limit(PAGE_SIZE + 1).offset(page * PAGE_SIZE)
        found = db.session.execute(rows).all()

        def address(number: int) -> str:
            return url_for(".listed", kind=name, search=search or None, page=number or None)

        return self.render(
            "admin/trash/index.html",
            tabs=[
                {"label": str(one.label), "url": url_for(".listed", kind=each), "active": each == name}
                for each, one in _offered().items()
            ],
            kind=kind,
            kind_name=name,
            rows=[(row, shorten(row.name) or "–", _hanging(kind, row)) for row in found[:PAGE_SIZE]],
            search=search,
            previous_url=address(page - 1) if page else "",
            next_url=address(page + 1) if len(found) > PAGE_SIZE else "",
        )

    def _record(self, name: str, id: str, typed_error: str = "") -> Any:
        kind, record, actor = _kind(name), _found(name, id), current_actor()
        row = db.session.execute(kind.rows(actor).where(kind.model.id == record.id)).one_or_none()
        if row is None:
            abort(404)
        return self.render(
            "admin/trash/record.html",
            kind=kind,
            kind_name=name,
            row=row,
            name=shorten(row.name) or "–",
            hanging=_hanging(kind, row, zero=True),
            typed=kind.typed(record),
            typed_error=typed_error,
            may_restore=may_restore(actor, record),
            may_purge=can(actor, "record.purge"),
        )


def _done(kind: str, operation: Callable[[Any, Actor], str], record: Any) -> Any:
    """Do it, and tell of it on the list; what is refused is told on the record's page."""
    address = url_for(".record", kind=kind, id=record.id)
    try:
        with unit_of_work():
            told = operation(record, current_actor())
    except DomainError as error:
        flash(error.message, "error")
        return redirect(address, 303)
    flash(told, "success")
    return redirect(url_for(".listed", kind=kind), 303)


def _refusal(session: Any, kind: TrashKind, record: Any) -> str:
    """Bring one of several records back; return why it stays, or nothing."""
    name = shorten(kind.typed(record))
    try:
        with session.begin_nested():
            kind.restore(record, current_actor())
    except DomainError as error:
        return f"{name}: {error.message}"
    return ""


def _tell(done: int, refused: list[str]) -> None:
    if done:
        flash(ngettext("%(number)s record is back.", "%(number)s records are back.", done, number=done), "success")
    for reason in refused[:TOLD]:
        flash(reason, "error")
    if (more := len(refused) - TOLD) > 0:
        flash(ngettext("%(number)s more stays.", "%(number)s more stay.", more, number=more), "error")
    if not done and not refused:
        flash(gettext("Nothing was chosen that is still in the trash."), "error")


def _offered() -> dict[str, TrashKind]:
    actor = current_actor()
    kinds = sorted(TRASH.items(), key=lambda item: item[1].place)
    return {name: kind for name, kind in kinds if kind.offered(actor)}


def _kind(name: str) -> TrashKind:
    """Return the kind in the address, where there may be any of it for the actor."""
    kind = TRASH.get(name)
    if kind is None or not kind.offered(current_actor()):
        abort(404)
    return kind


def _found(name: str, id: str) -> Any:
    """Return the deleted record in the address; what is not in the trash, or not the actor's to see, is not there."""
    kind = _kind(name)
    key = parse_key(kind.model, id)
    found = in_trash(current_actor(), kind.model, kind.resource)
    record = None if key is None else db.session.scalar(select(kind.model).where(kind.model.id == key, found))
    if record is None:
        abort(404)
    return record


def _hanging(kind: TrashKind, row: Any, *, zero: bool = False) -> list[tuple[str, str]]:
    """Return the words and the figure of what hangs on a record."""
    numbers = [(words, getattr(row, f"hangs{place}")) for place, (words, _number) in enumerate(kind.hangs)]
    return [
        (str(words), f"{format_decimal(min(number, COUNT_CAP))}{'+' if number > COUNT_CAP else ''}")
        for words, number in numbers
        if number or zero
    ]


def register(app: Flask) -> None:
    """Add /admin/trash/ to the console of `app`."""
    add_page(app, TrashPage(name=lazy_gettext("Trash"), endpoint="trash", url="/admin/trash"))
