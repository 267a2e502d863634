"""Changing one simple field in its cell of a list: by the field, the checks and the operation of the record's form."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, request
from flask_admin.base import expose
from flask_babel import gettext
from jinja2 import pass_context
from markupsafe import Markup

from admin_app.console.formatters import macro
from admin_app.console.keys import key_of
from admin_app.console.records import Answer, RecordMixin
from admin_app.console.saving import Saved
from admin_app.core.permissions import Letter


class CellMixin(RecordMixin):
    """GET and POST /cell/?id=&field= of a model view that names `inline_fields`.

    A view without an edit page names the form of these fields as `edit_form_class`, and takes what they hold in
    `perform_update()`, as every view does: of a cell, one field alone.
    """

    inline_fields: tuple[str, ...] = ()

    _note_rights: Any
    may: Any

    @pass_context
    def get_list_value(self, context: Any, model: Any, name: str) -> Any:
        """Return what a cell shows; with the way to change it, for those who may."""
        shown = super().get_list_value(context, model, name)  # type: ignore[misc]
        if name not in self.inline_fields or not self.may(model, "U"):
            return shown
        url = self.get_url(".cell_view", id=key_of(model), field=name, url=self._list_url())
        label = gettext("Change “%(field)s” of %(name)s", field=self.field_label(name), name=str(model))
        return macro("cell", shown, url, label, of="admin/model/_cell.html")

    def _list_url(self) -> str | None:
        """Return the list that is shown; of a cell that was just changed, the one that it stands in."""
        shown = request.method != "POST" and request.endpoint == f"{self.endpoint}.index_view"
        return request.full_path.removesuffix("?") if shown else self.return_url()

    @expose("/cell/", methods=("GET", "POST"))  # type: ignore[untyped-decorator]
    def cell_view(self) -> Answer:
        """Show one field of a record alone, or save it."""
        record = self.record_or_404(Letter.UPDATE)
        name = request.values.get("field", "")
        if name not in self.inline_fields:
            abort(404)
        with self.one_field(name):
            if request.method != "POST":
                return self._cell_page(Saved(200, self.opened_form(record)), record, name)
            if name not in request.form:
                # An empty box is sent as an empty text; what was not sent at all must not empty the field.
                abort(400)
            saved = self.save(self.typed_form(record), record, at_once=True)
            if saved.status != 200:
                return self._cell_page(saved, self.record_or_404(Letter.UPDATE), name)
        return self._cell_saved(record, name)

    def _cell_saved(self, record: Any, name: str) -> Answer:
        told = gettext("“%(name)s” was saved.", name=str(record))
        if "part" not in request.form:
            flash(told, "success")
            return redirect(self.return_url(), 303)
        self._note_rights([record])
        shown = self.get_list_value(None, record, name)
        return Markup('<div data-told="{}">{}</div>').format(told, shown)

    def _cell_page(self, saved: Saved, record: Any, name: str) -> Answer:
        if name not in saved.form:
            abort(404)
        if request.method != "POST" or saved.beside is not None:
            self.note_base(saved.form, record)
        return self._page(
            "admin/model/cell.html",
            saved.status,
            form=saved.form,
            field_name=name,
            conflict=saved.beside,
            record_name=str(record),
            record_key=key_of(record),
        )
