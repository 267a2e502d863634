"""Bulk actions: what is chosen is a Select, what will happen is shown before, one unit of work, one batch."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_babel import gettext, lazy_gettext
from sqlalchemy import Select, func, select, true
from werkzeug.wrappers import Response
from wtforms import Form

from admin_app.audit.models import AuditBatch
from admin_app.audit.operations import batched, open_batch
from admin_app.console.access import holds, letter_of
from admin_app.console.bulk_actions import BulkAction, bulk_action, counted, told, worded
from admin_app.console.forms import OWN_FIELDS, without_bad
from admin_app.console.keys import parse_key, primary_key
from admin_app.console.undo import promise, with_undo
from admin_app.core.bulk import BulkResult, Refusals, Skipped, explain, fits
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import DomainError
from admin_app.core.permissions import Actor, Letter, visible
from admin_app.web.actor import current_actor
from admin_app.web.forms import to_int

MAX_CHOSEN = 1000
SAMPLE = 10

Answer = Response | str | tuple[str, int]


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
    validate_form: Any

    # What a screen provides
    def sample_name(self, record: Any) -> str:
        """Return what a record is called among those that an action will change."""
        return str(record)

    def fit_bulk_form(self, name: str, form: Form, selection: Select[Any]) -> Form | None:
        """Return the form of an action as it suits the selection; None where there is nothing to ask."""
        return form

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
        # What deletes stands last.
        self._actions.sort(key=lambda one: (one[0] == "delete", self._action(one[0]).place))

    def _action(self, name: str) -> BulkAction:
        mark: BulkAction = self._actions_data[name][2]
        return mark

    def is_action_allowed(self, name: str) -> bool:
        if name not in self._actions_data:
            return False
        mark = self._action(name)
        return holds(current_actor(), self.resource, mark.permission) and (mark.offered is None or mark.offered())

    def get_actions_list(self) -> tuple[list[tuple[str, str]], dict[str, str]]:
        # The server asks; the page only has to know which answers are questions, to show them as dialogs.
        allowed = [(name, str(label)) for name, label in self._actions if self.is_action_allowed(name)]
        return allowed, {name: label for name, label in allowed if self._action(name).confirm is not None}

    def _batch_action(self, mark: BulkAction) -> str:
        """Return the name under which the audit log has what the action does."""
        return f"{self.resource}.{mark.name}"

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

    def _refusals(self, mark: BulkAction) -> Refusals:
        """Return what stands against the chosen rows that the actor may see."""
        actor = current_actor()
        own = mark.refusals(actor) if mark.refusals is not None else ()
        reached = visible(actor, self.resource, letter_of(mark.permission, self.resource))
        # Not `not_()`: whether an empty field reaches the row is unknown, which is not enough.
        return [(reached.is_not(true()), gettext("Your roles do not allow this.")), *own]

    # What happens
    def handle_action(self, return_view: str | None = None) -> Answer:
        """Ask first, then do: called by Flask-Admin's /action/."""
        name = request.form.get("action", "")
        if name not in self._actions_data:
            abort(400)
        if not self.is_action_allowed(name):
            abort(403)
        mark, keys = self._action(name), self._posted_keys()
        if not keys:
            flash(gettext("Choose rows first."), "error")
            answer: Response = self.back()
            return answer
        chosen = self.selection(keys, letter_of(mark.permission, self.resource))
        count, confirmed = _count(chosen), request.form.get("confirmed") == "1"
        form = self._bulk_form(mark, chosen, typed=confirmed)
        if mark.confirm is None:
            return self._run(mark, keys, chosen, form)
        if not confirmed:
            return self._ask(mark, keys, count, form)
        if to_int(request.form.get("expected_count"), -1) != count:
            flash(gettext("The records changed meanwhile. Please look again."), "error")
            return self._ask(mark, keys, count, form)
        if form is not None and not self.validate_form(form):
            return self._ask(mark, keys, count, form), 422
        return self._run(mark, keys, chosen, form)

    def _bulk_form(self, mark: BulkAction, chosen: Select[Any], *, typed: bool) -> Form | None:
        if mark.form is None:
            return None
        return self.fit_bulk_form(mark.name, mark.form(without_bad(request.form) if typed else None), chosen)

    def _ask(self, mark: BulkAction, keys: list[Any], count: int, form: Form | None) -> str:
        seen, refusals = self.selection(keys, Letter.READ), self._refusals(mark)
        there, skipped = _count(seen), explain(seen, primary_key(self.model), refusals)
        will = there - sum(one.count for one in skipped)
        if len(keys) > there:
            skipped.append(Skipped(gettext("Not there any more, or not for you to see."), len(keys) - there))
        first = seen.where(fits(refusals)).order_by(primary_key(self.model)).limit(SAMPLE)
        sample = [self.sample_name(one) for one in db.session.scalars(first).unique()] if will else []
        page: str = self.render(
            "admin/confirm.html",
            title=worded(mark.confirm, will) if will else gettext("None of these can be changed this way"),
            verb=str(mark.label),
            tone=mark.tone,
            count=will,
            lead=str(mark.lead) if will else "",
            sample=sample,
            more=will - len(sample),
            skipped=skipped,
            form=form if will else None,
            undo=promise(self._batch_action(mark)) if will else "",
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

    def _run(self, mark: BulkAction, keys: list[Any], chosen: Select[Any], form: Form | None) -> Answer:
        handler, actor = self._actions_data[mark.name][0], current_actor()
        data = {} if form is None else {name: value for name, value in form.data.items() if name not in OWN_FIELDS}
        given = (chosen,) if mark.form is None else (chosen, data)
        try:
            with unit_of_work() as session:
                batch = open_batch(self._batch_action(mark), self.resource, actor=actor)
                session.flush()
                with batched(batch):
                    result = handler(*given, actor=actor, batch=batch)
        except DomainError as error:
            self.flash_refusal(error, form)
            if form is not None:
                return self._ask(mark, keys, _count(chosen), form), error.status
        else:
            message = told(mark, result, data)
            flash(with_undo(message, batch) if result.done else message, "success" if result.done else "warning")
            if result.job:
                return redirect(url_for("work.index", id=result.job), 303)
        answer: Response = self.back()
        return answer

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
        for record in list(db.session.scalars(selection.order_by(primary_key(self.model))).unique()):
            name = str(record)
            try:
                with db.session.begin_nested():
                    self.perform_delete(record, actor=actor)
            except DomainError as error:
                result.skip(name, error.message)
            else:
                result.done += 1
        return result


def _count(statement: Select[Any]) -> int:
    keys = statement.order_by(None).subquery()
    return db.session.scalar(select(func.count()).select_from(keys)) or 0
