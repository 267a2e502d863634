"""Bulk actions: what is chosen is a Select, what will happen is shown before, one unit of work, one batch."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask_babel import format_decimal, gettext, lazy_gettext
from sqlalchemy import ColumnElement, Select, true
from werkzeug.wrappers import Response
from wtforms import Form

from admin_app.audit.models import AuditBatch
from admin_app.audit.operations import batched, open_batch
from admin_app.console.access import holds, letter_of
from admin_app.console.bulk_actions import BulkAction, bulk_action, counted, figure, told, worded
from admin_app.console.choices import Choice, Matching, Ticked, posted_choice
from admin_app.console.confirming import ask_again
from admin_app.console.forms import OWN_FIELDS, without_bad
from admin_app.console.keys import key_of, primary_key
from admin_app.console.set_jobs import Size, enqueue_set, reasons, size_of
from admin_app.console.undo import promise, with_undo
from admin_app.core.bulk import BulkResult, Refusals, Skipped, fits
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import DomainError
from admin_app.core.permissions import Actor, Letter, visible
from admin_app.web.actor import current_actor
from admin_app.web.forms import to_int

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
        self._actions.sort(key=lambda one: (one[0] == "delete", self.action_of(one[0]).place))

    def action_of(self, name: str) -> BulkAction:
        """Return what is declared of the action with that name."""
        mark: BulkAction = self._actions_data[name][2]
        return mark

    def is_action_allowed(self, name: str) -> bool:
        if name not in self._actions_data:
            return False
        mark = self.action_of(name)
        return holds(current_actor(), self.resource, mark.permission) and (mark.offered is None or mark.offered())

    def get_actions_list(self) -> tuple[list[tuple[str, str]], dict[str, str]]:
        # The server asks; the page only has to know which answers are questions, to show them as dialogs.
        allowed = [(name, str(label)) for name, label in self._actions if self.is_action_allowed(name)]
        return allowed, {name: label for name, label in allowed if self.action_of(name).confirm is not None}

    def _batch_action(self, mark: BulkAction) -> str:
        """Return the name under which the audit log has what the action does."""
        return f"{self.resource}.{mark.name}"

    def action_tone(self, name: str) -> str:
        """Return "danger" for what destroys, else "primary"."""
        return self.action_of(name).tone

    # What is chosen
    def _refusals(self, mark: BulkAction) -> Refusals:
        """Return what stands against the chosen rows that the actor may see."""
        own = mark.refusals(current_actor()) if mark.refusals is not None else ()
        return [self.out_of_reach(mark), *own]

    def out_of_reach(self, mark: BulkAction) -> tuple[ColumnElement[bool], str]:
        """Return the refusal of rows that the permission of an action does not reach."""
        reached = visible(current_actor(), self.resource, letter_of(mark.permission, self.resource))
        # Not `not_()`: whether an empty field reaches the row is unknown, which is not enough.
        return reached.is_not(true()), gettext("Your roles do not allow this.")

    # What happens
    def handle_action(self, return_view: str | None = None) -> Answer:
        """Ask first, then do: called by Flask-Admin's /action/."""
        name = request.form.get("action", "")
        if name not in self._actions_data:
            abort(400)
        if not self.is_action_allowed(name):
            abort(403)
        mark = self.action_of(name)
        asked: Answer | None = ask_again() if mark.guarded else None
        if asked is not None:
            return asked
        choice = posted_choice(self).frozen()
        if isinstance(choice, Ticked) and not choice.keys:
            flash(gettext("Choose rows first."), "error")
            answer: Response = self.back()
            return answer
        letter, confirmed = letter_of(mark.permission, self.resource), request.form.get("confirmed") == "1"
        size = size_of(choice.rows(letter))
        changed = confirmed and _is_other(choice, size, letter)
        if changed:
            choice = choice.anew()
            size = size_of(choice.rows(letter))
        form = self._bulk_form(mark, choice.rows(letter), typed=confirmed)
        if mark.confirm is None:
            return self._run(mark, choice, size, form)
        if not confirmed:
            return self._ask(mark, choice, size, form)
        if changed:
            flash(_what_changed(size), "error")
            return self._ask(mark, choice, size, form, again=isinstance(choice, Matching))
        if form is not None and not self.validate_form(form):
            return self._ask(mark, choice, size, form), 422
        return self._run(mark, choice, size, form)

    def _bulk_form(self, mark: BulkAction, chosen: Select[Any], *, typed: bool) -> Form | None:
        if mark.form is None:
            return None
        return self.fit_bulk_form(mark.name, mark.form(without_bad(request.form) if typed else None), chosen)

    def _ask(self, mark: BulkAction, choice: Choice, size: Size, form: Form | None, *, again: bool = False) -> str:
        seen, refusals = choice.rows(), self._refusals(mark)
        there, key = size_of(seen), primary_key(self.model)
        skipped, known = reasons(seen, key, refusals)
        will = there.number - sum(one.count for one in skipped)
        if gone := choice.gone(there.number):
            skipped.append(Skipped(gettext("Not there any more, or not for you to see."), gone))
        first = seen.where(fits(refusals)).order_by(key).limit(SAMPLE)
        sample = [self.sample_name(one) for one in db.session.scalars(first).unique()] if will else []
        none, background = gettext("None of these can be changed this way"), size.is_huge and not mark.queues
        page: str = self.render(
            "admin/confirm.html",
            title=worded(mark.confirm, will, more=there.more) if will else none,
            verb=str(mark.label),
            tone=mark.tone,
            count=will,
            lead=str(mark.lead) if will else "",
            sample=sample,
            more=will - len(sample),
            skipped=skipped,
            skipped_unknown=not known,
            background=background and will,
            form=form if will else None,
            undo=promise(self._batch_action(mark)) if will else None,
            uncounted=there.more,
            offer_cut=bool(again and will),
            post_url=self.get_url(".action_view"),
            cancel_url=self.return_url(),
            hidden=[
                ("action", mark.name),
                ("url", self.return_url()),
                ("confirmed", "1"),
                ("expected_count", size.number),
                *choice.fields(),
            ],
        )
        return page

    def _run(self, mark: BulkAction, choice: Choice, size: Size, form: Form | None) -> Answer:
        data = {} if form is None else {name: value for name, value in form.data.items() if name not in OWN_FIELDS}
        chosen = choice.rows(letter_of(mark.permission, self.resource))
        try:
            with unit_of_work() as session:
                batch = open_batch(self._batch_action(mark), self.resource, actor=current_actor())
                session.flush()
                if size.is_huge and not mark.queues and isinstance(choice, Matching):
                    result = enqueue_set(self, mark, choice, data, size, batch)
                else:
                    with batched(batch):
                        result = self.run_action(mark, chosen, data, batch)
        except DomainError as error:
            self.flash_refusal(error, form)
            if form is not None:
                return self._ask(mark, choice, size, form), error.status
        else:
            if result.job:
                if not size.is_huge or mark.queues:
                    flash(told(mark, result, data), "success")
                return redirect(url_for("work.index", id=result.job), 303)
            message = told(mark, result, data)
            flash(with_undo(message, batch) if result.done else message, "success" if result.done else "warning")
        answer: Response = self.back()
        return answer

    def run_action(
        self, mark: BulkAction, chosen: Select[Any], data: Mapping[str, Any], batch: AuditBatch
    ) -> BulkResult:
        """Let an action do what it does to the chosen rows."""
        given = (chosen,) if mark.form is None else (chosen, data)
        result: BulkResult = self._actions_data[mark.name][0](*given, actor=current_actor(), batch=batch)
        return result

    # The one that every view with a D has, in place of Flask-Admin's
    @bulk_action(
        "delete",
        lazy_gettext("Delete"),
        permission="D",
        confirm=counted("Delete %(number)s record?", "Delete %(number)s records?"),
        done=counted("%(number)s record deleted", "%(number)s records deleted"),
        tone="danger",
        guarded=True,
    )
    def bulk_delete(self, selection: Select[Any], *, actor: Actor, batch: AuditBatch) -> BulkResult:
        """Delete row by row; one that is refused is skipped with its reason, and the others go."""
        result = BulkResult()
        for record in list(db.session.scalars(selection.order_by(primary_key(self.model))).unique()):
            name, key = str(record), key_of(record)
            try:
                with db.session.begin_nested():
                    self.perform_delete(record, actor=actor)
            except DomainError as error:
                result.skip(name, error.message, key)
            else:
                result.done += 1
        return result


def _is_other(choice: Choice, size: Size, letter: Letter | str) -> bool:
    """Whether the rows are others than those that somebody was asked about, as far as their number tells."""
    if to_int(request.form.get("expected_count"), -1) != size.number:
        return True
    # Whoever was asked again because of what came may have said that more of it does not matter.
    return request.form.get("leave_later") != "1" and choice.has_more(letter)


def _what_changed(size: Size) -> str:
    """Return why somebody is asked again, in numbers where he was told one."""
    asked = to_int(request.form.get("expected_count"), -1)
    if asked < 0 or asked == size.number:
        return str(gettext("The records changed meanwhile. Please look again."))
    return str(
        gettext(
            "The records changed meanwhile: %(before)s fitted when you were asked, %(number)s do now. "
            "Please look again.",
            before=format_decimal(asked),
            number=figure(size.number, more=size.more),
        )
    )
