"""Bulk actions: what is chosen is a Select, what will happen is shown before, one unit of work, one batch."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FunctionType
from typing import Any, TypeVar

from flask import abort, flash, request
from flask_babel import format_decimal, gettext, lazy_gettext, ngettext
from sqlalchemy import ColumnElement, Select, event, func, not_, select
from werkzeug.wrappers import Response

from admin_app.audit.models import AuditBatch, AuditEntry
from admin_app.audit.operations import open_batch
from admin_app.console.access import check_permission, holds, letter_of
from admin_app.console.keys import parse_key, primary_key
from admin_app.core.bulk import BulkResult
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import DomainError
from admin_app.core.permissions import Actor, Letter, visible
from admin_app.web.actor import current_actor
from admin_app.web.forms import to_int

MAX_CHOSEN = 1000
SAMPLE = 10
# With reasons: a flash of more would push the list out of sight.
SHOWN_SKIPPED = 5

Handler = TypeVar("Handler", bound=Callable[..., BulkResult])


@dataclass(frozen=True)
class BulkAction:
    """What `@bulk_action` says about a method."""

    name: str
    label: Any
    permission: str
    confirm: Any
    done: Any
    rule: Callable[[], ColumnElement[bool]] | None
    refusal: Any
    tone: str


def counted(one: str, many: str) -> Callable[[int], str]:
    """Return what puts a number into words: `counted("Close %(number)s survey?", "Close %(number)s surveys?")`."""
    return lambda number: str(ngettext(one, many, number, number=format_decimal(number)))


def _worded(text: Any, number: int) -> str:
    return text(number) if isinstance(text, FunctionType) else str(text)


def bulk_action(
    name: str,
    label: Any,
    *,
    permission: str,
    confirm: Any,
    done: Any = None,
    rule: Callable[[], ColumnElement[bool]] | None = None,
    refusal: Any = None,
    tone: str = "primary",
) -> Callable[[Handler], Handler]:
    """Make a method of a view a bulk action: `method(selection, *, actor, batch) -> BulkResult`.

    `permission` is a letter or an ability; the selection holds only rows that it reaches. `confirm` is the question
    in words, None where nobody needs to be asked; `done` tells the result. Both come from `counted()`.
    `rule` and `refusal` say on the page with the question which rows will be skipped; the operation decides itself.
    """
    check_permission(permission, f"The bulk action {name!r}")

    def mark(method: Handler) -> Handler:
        method.bulk = BulkAction(name, label, permission, confirm, done, rule, refusal, tone)  # type: ignore[attr-defined]
        return method

    return mark


@contextmanager
def batched(batch: AuditBatch) -> Iterator[None]:
    """Let every audit entry that is written meanwhile belong to `batch`, also where its author forgot to say so."""
    session = db.session()

    def attach(session: Any, _context: Any, _instances: Any) -> None:
        for entry in session.new:
            if isinstance(entry, AuditEntry) and entry.batch is None:
                entry.batch = batch
                batch.records += 1

    event.listen(session, "before_flush", attach)
    try:
        yield
        session.flush()
    finally:
        event.remove(session, "before_flush", attach)
    if not batch.records:
        # Nothing was done, so nothing is told.
        session.delete(batch)


class BulkMixin:
    """The bulk engine of a model view."""

    model: Any
    resource: str
    offers: str
    name: Any
    _actions: list[tuple[str, Any]]
    _actions_data: dict[str, tuple[Any, Any, Any]]
    _template_args: Any
    base_select: Any
    visible_select: Any
    back: Any
    flash_refusal: Any
    get_url: Any
    perform_delete: Any
    render: Any
    return_url: Any

    # What there is
    def init_actions(self) -> None:
        """Collect the methods marked by `@bulk_action`; actions of Flask-Admin's own kind know no permission."""
        self._actions, self._actions_data = [], {}
        for attribute in dir(type(self)):
            mark = getattr(getattr(type(self), attribute), "bulk", None)
            if not isinstance(mark, BulkAction) or (mark.name == "delete" and "D" not in self.offers):
                continue
            if mark.name in self._actions_data:
                raise TypeError(f"{type(self).__name__} has two bulk actions named {mark.name!r}.")
            self._actions.append((mark.name, mark.label))
            self._actions_data[mark.name] = (getattr(self, attribute), mark.label, mark)
        # What destroys stands last.
        self._actions.sort(key=lambda one: one[0] == "delete")

    def _action(self, name: str) -> BulkAction:
        mark: BulkAction = self._actions_data[name][2]
        return mark

    def is_action_allowed(self, name: str) -> bool:
        return name in self._actions_data and holds(current_actor(), self.resource, self._action(name).permission)

    def get_actions_list(self) -> tuple[list[tuple[str, str]], dict[str, str]]:
        # The server asks; the page only has to know which answers are questions, to show them as dialogs.
        allowed = [(name, str(label)) for name, label in self._actions if self.is_action_allowed(name)]
        return allowed, {name: label for name, label in allowed if self._action(name).confirm is not None}

    def action_tone(self, name: str) -> str:
        """Return "danger" for what destroys, else "primary"."""
        return self._action(name).tone

    # What is chosen
    def _posted_keys(self) -> list[Any]:
        """Return the keys posted as `rowid`; one that cannot be a key refuses the whole request."""
        texts = request.form.getlist("rowid")
        keys = [parse_key(self.model, text) for text in texts]
        if None in keys or len(keys) > MAX_CHOSEN or request.form.get("all_matching"):
            abort(400)
        return list(dict.fromkeys(keys))

    def selection(self, keys: list[Any], letter: Letter | str) -> Select[Any]:
        """Return the chosen rows that the current actor may see and on which he holds `letter`."""
        chosen: Select[Any] = self.visible_select(Letter.READ).where(primary_key(self.model).in_(keys))
        return chosen if letter == Letter.READ else chosen.where(visible(current_actor(), self.resource, letter))

    # What happens
    def handle_action(self, return_view: str | None = None) -> Any:
        """Ask first, then do: called by Flask-Admin's /action/."""
        name = request.form.get("action", "")
        if name not in self._actions_data:
            abort(400)
        if not self.is_action_allowed(name):
            abort(403)
        mark, keys = self._action(name), self._posted_keys()
        if not keys:
            flash(gettext("Choose rows first."), "error")
            return self.back()
        chosen = self.selection(keys, letter_of(mark.permission, self.resource))
        count = _count(chosen)
        confirmed = request.form.get("confirmed") == "1"
        if mark.confirm is None or (confirmed and to_int(request.form.get("expected_count"), -1) == count):
            return self._run(mark, chosen)
        if confirmed:
            flash(gettext("The records changed meanwhile. Please look again."), "error")
        return self._ask(mark, keys, chosen, count)

    def _ask(self, mark: BulkAction, keys: list[Any], chosen: Select[Any], count: int) -> str:
        skipped = self._skipped(mark, keys, chosen)
        will = count - (_count(chosen.where(not_(mark.rule()))) if mark.rule else 0)
        sample = [str(one) for one in db.session.scalars(self._in_order(chosen).limit(SAMPLE)).unique()]
        page: str = self.render(
            "admin/confirm.html",
            title=_worded(mark.confirm, will),
            verb=str(mark.label),
            tone=mark.tone,
            count=will,
            sample=sample,
            more=max(0, count - len(sample)),
            skipped=skipped,
            skipped_count=len(keys) - will,
            post_url=self.get_url(".action_view"),
            cancel_url=self.return_url(),
            hidden=[
                ("action", mark.name),
                ("url", self.return_url()),
                ("confirmed", "1"),
                ("expected_count", count),
                *(("rowid", key) for key in keys),
            ],
        )
        return page

    def _in_order(self, chosen: Select[Any]) -> Select[Any]:
        return chosen.order_by(primary_key(self.model))

    def _skipped(self, mark: BulkAction, keys: list[Any], chosen: Select[Any]) -> list[tuple[str, str]]:
        """Return the names of rows that will be skipped, as far as the actor may know of them, and why."""
        seen = self._in_order(self.selection(keys, Letter.READ))
        reached = chosen.with_only_columns(primary_key(self.model))
        beyond = seen.where(primary_key(self.model).not_in(reached)).limit(SAMPLE)
        skipped = [(str(one), gettext("Your roles do not allow this.")) for one in db.session.scalars(beyond).unique()]
        if mark.rule is not None:
            reason = str(mark.refusal or gettext("This is not possible now."))
            blocked = self._in_order(chosen.where(not_(mark.rule()))).limit(SAMPLE)
            skipped += [(str(one), reason) for one in db.session.scalars(blocked).unique()]
        return skipped

    def _run(self, mark: BulkAction, chosen: Select[Any]) -> Response:
        handler, actor = self._actions_data[mark.name][0], current_actor()
        try:
            with unit_of_work() as session:
                batch = open_batch(f"{self.resource}.{mark.name}", self.resource, actor=actor)
                session.flush()
                with batched(batch):
                    result = handler(chosen, actor=actor, batch=batch)
        except DomainError as error:
            self.flash_refusal(error)
        else:
            flash(self._told(mark, result), "success" if result.done else "warning")
        answer: Response = self.back()
        return answer

    def _told(self, mark: BulkAction, result: BulkResult) -> str:
        done = _worded(mark.done, result.done) if mark.done else f"{mark.label}: {format_decimal(result.done)}"
        if not result.skipped:
            return f"{done}."
        reasons = "; ".join(f"{name} – {reason.rstrip('.')}" for name, reason in result.skipped[:SHOWN_SKIPPED])
        more = " …" if len(result.skipped) > SHOWN_SKIPPED else ""
        return f"{done}, {gettext('%(n)s skipped', n=len(result.skipped))}: {reasons}{more}."

    # The one that every view with a D has, in place of Flask-Admin's
    @bulk_action(
        "delete",
        lazy_gettext("Delete"),
        permission="D",
        confirm=counted("Delete %(number)s record?", "Delete %(number)s records?"),
        done=counted("%(number)s record deleted", "%(number)s records deleted"),
        tone="danger",
    )
    def bulk_delete(self, selection: Select[Any], *, actor: Actor, batch: AuditBatch) -> BulkResult:
        """Delete row by row; one that is refused is skipped with its reason, and the others go."""
        result = BulkResult()
        for record in list(db.session.scalars(self._in_order(selection)).unique()):
            name = str(record)
            try:
                with db.session.begin_nested():
                    self.perform_delete(record, actor=actor)
            except DomainError as error:
                result.skipped.append((name, error.message))
            else:
                result.done += 1
        return result


def _count(statement: Select[Any]) -> int:
    keys = statement.order_by(None).subquery()
    return db.session.scalar(select(func.count()).select_from(keys)) or 0
