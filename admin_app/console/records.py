"""Pages of one record: details, create, edit, delete. Each sends one operation into one unit of work."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, jsonify, redirect, request
from flask_admin.base import expose
from flask_babel import gettext, lazy_gettext
from werkzeug.wrappers import Response
from wtforms import Form, StringField

from admin_app.audit.actions import words_for
from admin_app.audit.models import AuditBatch
from admin_app.console.access import reaches
from admin_app.console.conflicts import Conflict, last_entries
from admin_app.console.field_words import field_words
from admin_app.console.keys import key_of, parse_key, primary_key
from admin_app.console.saving import SavingMixin
from admin_app.console.tabs import record_tabs
from admin_app.console.undo import promise, with_entry_undo, with_undo
from admin_app.core.db import db
from admin_app.core.errors import DomainError, ForbiddenError
from admin_app.core.permissions import Letter, can, require
from admin_app.web.actor import current_actor
from admin_app.web.forms import arg_line, own_path

Answer = Response | str | tuple[str, int]
LAST_CHANGES = 5
# Says that a record is made from a pick list, which chooses it then.
PICKED = "picked"


class RecordMixin(SavingMixin):
    """One record: found through `visible()`, changed through the operations of its domain."""

    model: Any
    resource: str
    offers: str
    name: Any

    _details_columns: Any
    _template_args: Any
    base_select: Any
    visible_select: Any
    column_labels: Any
    create_template: str
    details_template: str
    edit_template: str
    form_widget_args: Any
    get_detail_value: Any
    get_url: Any
    render: Any

    # What a screen provides
    # The verb and the noun, on the button and above the form.
    create_label: Any = lazy_gettext("Create")
    # What deleting a record means for people, on the page that asks.
    delete_lead: Any = ""

    def deletion_form(self, record: Any, typed: Any) -> Form | None:
        """Return what deleting the record asks, filled with what was `typed`; None where it asks nothing.

        Its fields go to `perform_delete()` as keyword arguments.
        """
        return None

    def get_record_actions(self, record: Any) -> list[dict[str, Any]]:
        """Return what can be done with a record beside editing and deleting: label, url, icon, tone, post, hidden.

        What has a `menu` stands in the menu at the end.
        """
        return []

    def get_record_facts(self, record: Any) -> list[tuple[str, Any]]:
        """Return (label, value) pairs to stand beside a record."""
        return []

    def get_record_state(self, record: Any) -> Any:
        """Return the state to show beside a record's name, or None."""
        return None

    def record_options(self) -> list[Any]:
        """Return what to load together with a record, as options of its statement."""
        return []

    def field_label(self, name: str) -> str:
        """Return what people call a stored field of this screen's records."""
        return field_words(name, self.column_labels)

    # Finding
    def get_one(self, id: Any) -> Any | None:
        """Return the record with that key where the current actor may see it, else None."""
        key = parse_key(self.model, id if isinstance(id, str) else str(id))
        if key is None:
            return None
        found = self.visible_select().where(primary_key(self.model) == key).options(*self.record_options())
        return db.session.scalar(found)

    def record_or_404(self, letter: Letter | str = Letter.READ) -> Any:
        """Return the record that the request names by `id`: 404 where it may not be seen, 403 without `letter`."""
        record = self.get_one(request.args.get("id") or request.form.get("id") or "")
        if record is None:
            abort(404)
        if Letter(letter) is not Letter.READ and not reaches(
            current_actor(), self.model, key_of(record), self.resource, letter
        ):
            require(current_actor(), self.resource, letter, obj=record)
            raise ForbiddenError(gettext("Your roles do not allow this on this record."))
        return record

    def back(self, default: str | None = None) -> Response:
        """Redirect to the page that the request came from, if it is ours, else to `default` or the list."""
        return redirect(self.return_url(default), 303)

    def return_url(self, default: str | None = None) -> str:
        """Return the address that the request names as `url`, if it is ours, else `default` or the list's."""
        target = own_path(request.form.get("url") or request.args.get("url"))
        url: str = target or default or self.get_url(".index_view")
        return url

    # Pages
    def _page(self, template: str, status: int = 200, **values: Any) -> Answer:
        values.setdefault("return_url", self.return_url())
        page: str = self.render(template, **values)
        return (page, status) if status != 200 else page

    def _form_page(self, template: str, form: Form, status: int, **values: Any) -> Answer:
        return self._page(template, status, form=form, form_opts=None, **values)

    @expose("/new/", methods=("GET", "POST"))  # type: ignore[untyped-decorator]
    def create_view(self) -> Answer:
        """Create a record."""
        form, status = self.create_form(), 200
        if request.method == "POST":
            done, result, status = False, None, 422
            if self.validate_form(form):
                done, result = self.create_model(form)
            if done and PICKED in request.form:
                return self._picked(result)
            if done:
                told = gettext("“%(name)s” was created.", name=str(result))
                flash(self._saved(told, None), "success")
                return self._after_save(result, begin=self.begin_url(result))
            if isinstance(result, DomainError):
                status = result.status
        else:
            self.fill_form(form, None)
            self._fill_with_typed(form)
        return self._form_page(self.create_template, form, status, draft=self.draft_name(None))

    def _fill_with_typed(self, form: Form) -> None:
        """Begin with what was typed into the pick list from which a record is made."""
        for name in request.args if PICKED in request.args else ():
            if name in form and isinstance(form[name], StringField):
                form[name].data = arg_line(name)

    def picked_label(self, record: Any) -> str:
        """Return what a pick list calls a record that was made from it."""
        return str(record)

    def _picked(self, record: Any) -> Response:
        told = gettext("“%(name)s” was created.", name=str(record))
        return jsonify({"value": str(key_of(record)), "text": self.picked_label(record), "told": told})

    @expose("/edit/", methods=("GET", "POST"))  # type: ignore[untyped-decorator]
    def edit_view(self) -> Answer:
        """Change a record."""
        record = self.record_or_404(Letter.UPDATE)
        if request.method != "POST":
            return self._edit_page(self.opened_form(record), record, 200)
        saved = self.save(self.typed_form(record), record)
        if saved.status == 200:
            flash(self._saved(self._told(record, saved.beside), record), "success")
            return self._after_save(record)
        return self._edit_page(saved.form, self.record_or_404(Letter.UPDATE), saved.status, saved.beside)

    def _edit_page(self, form: Form, record: Any, status: int, conflict: Conflict | None = None) -> Answer:
        if request.method != "POST" or conflict is not None:
            self.note_base(form, record)
        shown = self._record_values(record)
        draft = self.draft_name(record)
        return self._form_page(self.edit_template, form, status, model=record, conflict=conflict, draft=draft, **shown)

    def draft_name(self, record: Any | None) -> str:
        """Return under which name a browser keeps what is typed into the form of `record`, or of a new one."""
        return f"{current_actor().id}:{self.endpoint}:{'new' if record is None else key_of(record)}"

    def _saved(self, text: str, record: Any | None) -> Any:
        """Return a message for `flash()` that offers the way back, and with which the browser gives up what it kept."""
        message = text if record is None else with_entry_undo(text, record)
        return {**(message if isinstance(message, dict) else {"text": message}), "saved": self.draft_name(record)}

    def form_again(self, view_name: str) -> Answer:
        """Show the form of a page again as it was sent, unsaved, since what came with it was too old to be taken."""
        told = gettext(
            "The page was open too long, so nothing was saved yet. What you typed is still here: save again."
        )
        flash(told, "error")
        if view_name == "create_view":
            return self._form_page(self.create_template, self.create_form(), 400, draft=self.draft_name(None))
        record = self.record_or_404(Letter.UPDATE)
        return self._edit_page(self.typed_form(record), record, 400)

    @staticmethod
    def _told(record: Any, beside: Conflict | None) -> str:
        """Return what was saved; with what others had changed, where that is in it now."""
        if beside is None or not beside.theirs:
            return str(gettext("“%(name)s” was saved.", name=str(record)))
        what = ", ".join(beside.theirs)
        return str(
            gettext(
                "“%(name)s” was saved, together with what %(who)s changed meanwhile: %(what)s.",
                name=str(record), who=beside.who, what=what,
            )
        )  # fmt: skip

    def begin_url(self, record: Any) -> str | None:
        """Return where work on a new record begins; None where nothing follows and the page before is shown again."""
        return None

    def _after_save(self, record: Any, begin: str | None = None) -> Response:
        if "_add_another" in request.form and "C" in self.offers:
            return redirect(self.get_url(".create_view"), 303)
        if "_continue_editing" in request.form and "U" in self.offers:
            return redirect(self.get_url(".edit_view", id=key_of(record)), 303)
        if begin is not None:
            return redirect(begin, 303)
        return self.back(self.get_url(".details_view", id=key_of(record)))

    @expose("/details/")  # type: ignore[untyped-decorator]
    def details_view(self) -> Answer:
        """Show a record."""
        record = self.record_or_404()
        columns, shown = self._details_columns, self._record_values(record)
        return self._page(
            self.details_template, model=record, details_columns=columns, get_value=self.get_detail_value, **shown
        )

    @expose("/delete/", methods=("GET", "POST"))  # type: ignore[untyped-decorator]
    def delete_view(self) -> Answer:
        """Ask whether a record is to be deleted, and delete it once that was answered."""
        record, status = self.record_or_404(Letter.DELETE), 200
        confirmed = request.method == "POST" and request.form.get("confirmed") == "1"
        form = self.deletion_form(record, self._form_data() if confirmed else None)
        if confirmed:
            name, key = str(record), key_of(record)
            done, result = self._delete(form, record)
            if done:
                told = gettext("“%(name)s” was deleted.", name=name)
                flash(with_undo(told, result) if isinstance(result, AuditBatch) else told, "success")
                return self.back()
            if form is None:
                return self.back(self.get_url(".details_view", id=key))
            record, status = self.record_or_404(Letter.DELETE), getattr(result, "status", 422)
        return self._page(
            "admin/confirm.html",
            status,
            form=form,
            title=gettext("Delete “%(name)s”?", name=str(record)),
            verb=gettext("Delete"),
            tone="danger",
            count=1,
            lead=self.delete_lead,
            undo=promise(f"{self.resource}.delete"),
            post_url=self.get_url(".delete_view"),
            cancel_url=self.return_url(),
            hidden=[("id", key_of(record)), ("url", self.return_url()), ("confirmed", "1")],
        )

    def _delete(self, form: Form | None, record: Any) -> tuple[bool, Any]:
        if form is not None and not self.validate_form(form):
            return False, None
        done: tuple[bool, Any] = self.delete_model(record, form)
        return done

    def _record_values(self, record: Any) -> dict[str, Any]:
        actor = current_actor()
        changes = []
        if can(actor, "audit", "R") and hasattr(record, "__resource__"):
            changes = [
                {"when": entry.at, "who": entry.actor_name, "what": words_for(entry.action)}
                for entry in last_entries(record, LAST_CHANGES)
            ]
        return {
            "record_name": str(record),
            "record_tabs": record_tabs(self.resource, record),
            "record_actions": self.get_record_actions(record),
            "may_edit": self._reaches(record, "U"),
            "may_delete": self._reaches(record, "D"),
            "record_facts": self.get_record_facts(record),
            "record_state": self.get_record_state(record),
            "last_changes": changes,
        }

    def _reaches(self, record: Any, letter: str) -> bool:
        allowed = letter in self.offers and can(current_actor(), self.resource, letter)
        return allowed and reaches(current_actor(), self.model, key_of(record), self.resource, letter)
