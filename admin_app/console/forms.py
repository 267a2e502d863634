"""Forms of the console and the writing behind them: one operation, one unit of work, refusals back at their fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from flask import flash, g, request
from flask_babel import gettext
from werkzeug.datastructures import ImmutableMultiDict
from wtforms import Form, HiddenField

from admin_app.audit.models import AuditBatch
from admin_app.audit.operations import batched, open_batch
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import DomainError, ForbiddenError, NotFoundError
from admin_app.core.permissions import Actor
from admin_app.web.actor import current_actor
from admin_app.web.forms import has_bad_characters, without_bad_characters

# The version that a form was made of, and what it held then (base_values.py).
VERSION, BASE = "lock_version", "form_base"
_AS_SENT = object()
OWN_FIELDS = frozenset({VERSION, BASE, "csrf_token"})


def without_bad(values: Any) -> ImmutableMultiDict[str, Any]:
    """Return form values without NUL and half surrogates, so that the page that refuses them can be shown."""
    return ImmutableMultiDict(
        [
            (name, without_bad_characters(value) if isinstance(value, str) else value)
            for name, value in values.items(multi=True)
        ]
    )


class FormMixin:
    """Forms are plain wtforms; what they hold goes to `perform_create()`, `perform_update()` and `perform_delete()`."""

    model: Any
    offers: str
    resource: str
    form: type[Form] | None = None
    create_form_class: type[Form] | None = None
    edit_form_class: type[Form] | None = None

    _create_form_class: Any
    _edit_form_class: Any

    # What a screen provides
    def perform_create(self, data: dict[str, Any], *, actor: Actor) -> Any:
        """Create a record by one operation and return it; runs inside a unit of work."""
        raise NotImplementedError

    def perform_update(self, record: Any, data: dict[str, Any], *, actor: Actor) -> None:
        """Change a record by one operation; runs inside a unit of work."""
        raise NotImplementedError

    def perform_delete(self, record: Any, *, actor: Actor) -> None:
        """Delete a record by one operation, inside a unit of work; what `deletion_form()` asks comes as keywords."""
        raise NotImplementedError

    def fill_form(self, form: Form, record: Any | None) -> None:
        """Put into a form that is shown for the first time what `obj=record` cannot."""

    # Forms
    def _with_lock(self, form: type[Form] | None) -> type[Form]:
        if form is None:
            if set(self.offers) & {"C", "U"}:
                raise TypeError(f"{type(self).__name__} offers to create or edit, and has no form.")
            return Form  # type: ignore[no-any-return]
        if not hasattr(self.model, "lock_version"):
            return form
        return type(form.__name__, (form,), {VERSION: HiddenField(), BASE: HiddenField()})

    def get_create_form(self) -> type[Form]:
        return self.create_form_class or self.form or self._with_lock(None)

    def get_edit_form(self) -> type[Form]:
        return self._with_lock(self.edit_form_class or self.form)

    def create_form(self, obj: Any = None) -> Form:
        return self._create_form_class(self._form_data(), obj=obj)

    def edit_form(self, obj: Any = None) -> Form:
        return self._edit_form_class(self._form_data(), obj=obj)

    def _form_data(self) -> ImmutableMultiDict[str, Any] | None:
        if "console_form_data" in g:
            given: ImmutableMultiDict[str, Any] | None = g.console_form_data
            return given
        if request.method != "POST":
            return None
        return without_bad(ImmutableMultiDict([*request.form.items(multi=True), *request.files.items(multi=True)]))

    @contextmanager
    def filled_with(self, data: ImmutableMultiDict[str, Any] | None) -> Iterator[None]:
        """Let forms that are made inside be filled with `data`, not with what was sent; None: from the record."""
        outer = g.get("console_form_data", _AS_SENT)
        g.console_form_data = data
        try:
            yield
        finally:
            g.pop("console_form_data")
            if outer is not _AS_SENT:
                g.console_form_data = outer

    def validate_form(self, form: Form) -> bool:
        """Validate what was posted. Characters that no database takes are an error of their field, not taken out."""
        valid: bool = form.validate()
        for name, value in request.form.items(multi=True):
            if has_bad_characters(value):
                valid = False
                if name in form:
                    form[name].errors = [*form[name].errors, gettext("This contains characters that cannot be stored.")]
        return valid

    @staticmethod
    def _data(form: Form) -> dict[str, Any]:
        return {name: value for name, value in form.data.items() if name not in OWN_FIELDS}

    # Writing
    def _perform(self, form: Form | None, work: Callable[[Actor], Any]) -> tuple[bool, Any]:
        """Run one operation in one unit of work; return whether it was done, and what it returned or its refusal.

        Only refusals that are meant to be read come back; what one may not see or do becomes a page, and everything
        else is a fault of ours and stays one.
        """
        try:
            with unit_of_work():
                return True, work(current_actor())
        except (NotFoundError, ForbiddenError):
            raise
        except DomainError as error:
            self.flash_refusal(error, form)
            return False, error

    def flash_refusal(self, error: DomainError, form: Form | None = None) -> None:
        """Show a refusal's sentences: at the fields they are about, and on top."""
        flash(error.message, "error")
        for name, sentence in error.fields.items():
            if form is not None and name in form:
                form[name].errors = [*form[name].errors, sentence]
            else:
                flash(sentence, "error")

    def create_model(self, form: Form) -> Any:
        data = self._data(form)
        return self._perform(form, lambda actor: self.perform_create(data, actor=actor))

    def update_model(self, form: Form, model: Any) -> Any:
        data = self._data(form)
        return self._perform(form, lambda actor: self.perform_update(model, data, actor=actor))

    def delete_model(self, model: Any, form: Form | None = None) -> Any:
        data = {} if form is None else self._data(form)

        def delete(actor: Actor) -> AuditBatch | None:
            batch = open_batch(f"{self.resource}.delete", self.resource, actor=actor)
            db.session.flush()
            with batched(batch):
                self.perform_delete(model, actor=actor, **data)
            return batch if batch.records else None

        return self._perform(form, delete)

    def handle_view_exception(self, exc: Exception) -> bool:
        """Flask-Admin would show the driver's words to the user; nothing of ours asks this."""
        raise exc
