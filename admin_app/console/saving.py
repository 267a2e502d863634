"""Saving the form of a record beside others who save it: merged where it can be, asked where both changed one field."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import flash, g, request
from flask_babel import gettext
from sqlalchemy import select
from werkzeug.datastructures import ImmutableMultiDict
from wtforms import Form

from admin_app.console.base_values import Base, pack, unpack
from admin_app.console.conflicts import Conflict, entries_since, merged_conflict
from admin_app.console.field_values import belonging, sent_untouched
from admin_app.console.forms import BASE, OWN_FIELDS, VERSION, FormMixin
from admin_app.console.keys import key_of, primary_key
from admin_app.console.merging import CHOICES, TAKE, THEIRS, Merge, clash_of, merge
from admin_app.core.db import db
from admin_app.core.errors import ConflictError, InvalidError
from admin_app.web.actor import current_actor
from admin_app.web.forms import to_int


@dataclass(frozen=True)
class Saved:
    """How saving went: 200, or the status with which the form is shown again, and what others did."""

    status: int
    form: Form
    # What others changed meanwhile.
    beside: Conflict | None = None


def moved(form: Form, record: Any) -> bool:
    """Whether a form was made of another version of `record`. Not asked of the field: it falls back on the record."""
    return VERSION in form and to_int(request.form.get(VERSION), -1) != record.lock_version


class SavingMixin(FormMixin):
    """What the edit page of every screen does with a form that was sent."""

    # Where False, what two people changed is always looked at before it is saved.
    merges_at_once = True

    endpoint: str
    field_label: Any

    # What the form held
    def _place(self, record: Any) -> str:
        """Return what the base of a form is good for: this form of this record, for whoever it was shown to."""
        return f"{self.endpoint}.{key_of(record)}.{current_actor().id}"

    def note_base(self, form: Form, record: Any) -> None:
        """Let `form` say which version of `record` it was made of, and what that held."""
        if VERSION in form:
            form[VERSION].data = str(record.lock_version)
            opened = self.opened_form(record) if request.method == "POST" else form
            form[BASE].data = pack(self._place(record), sent_untouched(opened, OWN_FIELDS))

    def _base_of(self, record: Any) -> Base | None:
        return unpack(self._place(record), request.form.get(BASE))

    @contextmanager
    def one_field(self, name: str) -> Iterator[None]:
        """Let the forms that are made inside have the field `name` alone."""
        g.console_one_field = name
        try:
            yield
        finally:
            g.pop("console_one_field")

    @staticmethod
    def _cut(form: Form) -> Form:
        """Take out of a form what `one_field()` leaves out."""
        only = g.get("console_one_field")
        for field in list(form) if only else ():
            if field.short_name not in (only, VERSION, BASE):
                del form[field.short_name]
        return form

    def opened_form(self, record: Any) -> Form:
        """Return the form as it is when it is opened now."""
        with self.filled_with(None):
            form = self.edit_form(obj=record)
        self.fill_form(form, record)
        return self._cut(form)

    def _form_with(self, record: Any, pairs: list[tuple[str, Any]]) -> Form:
        with self.filled_with(ImmutableMultiDict(pairs)):
            return self._cut(self.edit_form(obj=record))

    # What was sent
    def typed_form(self, record: Any) -> Form:
        """Return the form as it was sent, with what was chosen of theirs in its place. Raises InvalidError."""
        form = self._cut(self.edit_form(obj=record))
        return self._form_with(record, self._typed(form, record)) if self._takes(form) else form

    def _takes(self, form: Form) -> set[str]:
        """Return the fields of which theirs was chosen."""
        sent = {name.removeprefix(TAKE): value for name, value in request.form.items() if name.startswith(TAKE)}
        if not all(name in form and name not in OWN_FIELDS for name in sent) or not set(sent.values()) <= CHOICES:
            raise InvalidError(gettext("This form has no such field. Nothing was saved."))
        return {name for name, choice in sent.items() if choice == THEIRS}

    def _typed(self, form: Form, record: Any) -> list[tuple[str, Any]]:
        sent = list((self._form_data() or ImmutableMultiDict()).items(multi=True))
        takes = self._takes(form)
        base = self._base_of(record) if takes else None
        if takes and base is None:
            raise InvalidError(gettext("This page is out of date. Open the form again; nothing was saved."))
        # Theirs is what stood beside mine when that was chosen; since then it is the base.
        theirs = base.pairs if base is not None else []
        return [pair for field in form for pair in belonging(theirs if field.short_name in takes else sent, field)]

    # Saving
    def save(self, form: Form, record: Any, *, at_once: bool | None = None) -> Saved:
        """Save `form`, which is `typed_form()`, with what others changed meanwhile where the two do not clash."""
        at_once = self.merges_at_once if at_once is None else at_once
        typed, key, beside = form, key_of(record), None
        if moved(form, record):
            found, beside, form = self._merged(typed, record)
            if found.clashes or not at_once:
                flash(beside.sentence, "error")
                return Saved(409, form, beside)
        if not self.validate_form(form):
            return Saved(422, form, beside)
        done, result = self.update_model(form, record)
        if done:
            return Saved(200, form, beside)
        if isinstance(result, ConflictError):
            return self._overtaken(typed, key)
        return Saved(result.status, form, beside)

    def _overtaken(self, form: Form, key: Any) -> Saved:
        """Somebody saved between our look and our writing, or another record stands in the way."""
        fresh = db.session.scalar(select(self.model).where(primary_key(self.model) == key))
        if fresh is None or not moved(form, fresh):
            return Saved(409, form)
        _found, conflict, merged = self._merged(form, fresh)
        flash(conflict.sentence, "error")
        return Saved(409, merged, conflict)

    def _merged(self, form: Form, record: Any) -> tuple[Merge, Conflict, Form]:
        """Return what becomes of a form that is out of date, what to say of it, and the form that holds it."""
        base, theirs = self._base_of(record), self.opened_form(record)
        first = None if base is None else self._form_with(record, base.pairs)
        found = merge(first, theirs, form, self._typed(form, record))
        entries = entries_since(record, base.at if base else None)
        clashes = [
            clash_of(None if first is None else first[name], theirs[name], form[name], entries)
            for name in found.clashes
        ]
        taken = [str(form[name].label.text) for name in found.theirs]
        conflict = merged_conflict(entries, self.field_label, clashes, taken, retype=found.retype)
        return found, conflict, self._form_with(record, found.pairs)
