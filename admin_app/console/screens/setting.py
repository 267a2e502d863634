"""The settings page: what an administrator changes while the installation runs, in groups, with who changed it last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Flask, flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import gettext, lazy_gettext, ngettext
from wtforms import Form, HiddenField, SelectField, StringField
from wtforms.widgets import NumberInput

from admin_app.audit.models import AuditEntry
from admin_app.console.base import ConsolePage, add_page
from admin_app.console.forms import without_bad
from admin_app.core.db import unit_of_work
from admin_app.core.errors import ConflictError, InvalidError
from admin_app.core.permissions import can
from admin_app.settings import queries
from admin_app.settings.definitions import SETTINGS_REGISTRY, Choice, SettingDefinition, WholeNumber
from admin_app.settings.operations import change_settings, reset_setting
from admin_app.web.actor import current_actor
from admin_app.web.forms import to_int

PAGE = "/admin/setting/"
# What the form holds beside settings.
_OWN = frozenset({"csrf_token", "revision", "reset"})


@dataclass(frozen=True)
class Line:
    """One setting as the page shows it."""

    definition: SettingDefinition
    field: Any
    unit: str
    fixed: bool
    stored: bool
    last: AuditEntry | None


@dataclass
class Group:
    """A section of the page."""

    heading: str
    lead: str
    lines: list[Line] = field(default_factory=list)


def _field(definition: SettingDefinition) -> Any:
    words = {
        "label": gettext(definition.label),
        "description": gettext(
            "%(help)s Default: %(default)s.",
            help=gettext(definition.help),
            default=definition.shown(definition.default),
        ),
    }
    if isinstance(definition, Choice):
        return SelectField(**words, choices=list(definition.options().items()), validate_choice=False)
    if isinstance(definition, WholeNumber):
        limits = {"min": definition.least, "max": definition.most, "required": True}
        return StringField(**words, widget=NumberInput(step=1), render_kw=limits)
    return StringField(**words, render_kw={"required": True})


class SettingsForm:
    """The form for all settings: what was typed, else what is so now."""

    def __init__(self, typed: Mapping[str, Any] | None = None) -> None:
        self.fixed, self.rows, self.last = queries.fixed_settings(), queries.stored_rows(), queries.last_changes()
        self.revision = max((entry.id for entry in self.last.values()), default=0)
        shown = {name: str(self.now(name)) for name in SETTINGS_REGISTRY}
        shown |= {name: text for name, text in (typed or {}).items() if name in shown and name not in self.fixed}
        fields = {name: _field(definition) for name, definition in SETTINGS_REGISTRY.items()}
        kind = type("SettingsForm", (Form,), {**fields, "revision": HiddenField()})
        self.form = kind(data={**shown, "revision": str(self.revision)})

    def now(self, name: str) -> Any:
        """Return what a setting is at this moment, whatever this process remembers."""
        if name in self.fixed:
            return self.fixed[name]
        row = self.rows.get(name)
        return SETTINGS_REGISTRY[name].default if row is None else row.value

    def say(self, name: str, sentence: str) -> None:
        """Put a sentence at a field."""
        self.form[name].errors = [*self.form[name].errors, sentence]

    def groups(self) -> list[Group]:
        """Return the sections in their order, each with its settings as they were registered."""
        found: dict[str, Group] = {}
        for name, definition in sorted(SETTINGS_REGISTRY.items(), key=lambda pair: pair[1].group.place):
            of = definition.group
            group = found.setdefault(of.name, Group(gettext(of.heading), gettext(of.lead) if of.lead else ""))
            unit = gettext(definition.unit) if definition.unit else ""
            stored = name in self.rows and name not in self.fixed
            line = Line(definition, self.form[name], unit, name in self.fixed, stored, self.last.get(name))
            group.lines.append(line)
        return list(found.values())

    def differs(self) -> bool:
        """Whether anything in the form is not as it is now."""
        return any(self.form[name].data != str(self.now(name)) for name in SETTINGS_REGISTRY)


def _typed() -> dict[str, str]:
    """Return what was sent for settings, fit to be shown again."""
    return {name: str(text) for name, text in without_bad(request.form).items() if name not in _OWN}


def _read() -> tuple[dict[str, Any], dict[str, str]]:
    """Return the values that were sent, and a sentence for each that cannot be read."""
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for name, text in request.form.items():
        definition = SETTINGS_REGISTRY.get(name)
        if name in _OWN:
            continue
        try:
            # What is no setting, and what is fixed, goes on to the operation: it says why it is refused.
            known = definition is not None and name not in queries.fixed_settings()
            values[name] = definition.parse(text) if definition is not None and known else text
        except ValueError as error:
            errors[name] = str(error)
    return values, errors


def _revision() -> int:
    return to_int(request.form.get("revision"), -1, minimum=-1, maximum=2**62)


class SettingPage(ConsolePage):
    """/admin/setting/"""

    permission = "setting.change"
    menu_group, menu_icon = "System", "settings"

    @expose("/", methods=("GET", "POST"))  # type: ignore[untyped-decorator]
    def index(self) -> Any:
        """Show the settings, save all of them, or give one its default back."""
        if request.method != "POST":
            return self._show(SettingsForm())
        return self._reset(request.form["reset"]) if "reset" in request.form else self._save()

    def _save(self) -> Any:
        values, errors = _read()
        try:
            if errors:
                raise InvalidError(gettext("Nothing was saved."), fields=errors)
            with unit_of_work():
                changed = change_settings(values, actor=current_actor(), revision=_revision())
        except InvalidError as error:
            return self._refuse(error)
        except ConflictError:
            return self._overtaken()
        if changed:
            flash(ngettext("One setting is saved.", "%(num)s settings are saved.", len(changed)), "success")
        else:
            flash(gettext("Nothing was different, so nothing was saved."), "info")
        return redirect(PAGE, 303)

    def _reset(self, name: str) -> Any:
        """What else was typed stays typed: it is neither saved nor lost."""
        try:
            with unit_of_work():
                reset_setting(name, actor=current_actor(), revision=_revision())
        except InvalidError as error:
            return self._refuse(error)
        except ConflictError:
            return self._overtaken()
        label = gettext(SETTINGS_REGISTRY[name].label)
        flash(gettext("“%(setting)s” has its default again.", setting=label), "success")
        typed = _typed()
        typed.pop(name, None)
        form = SettingsForm(typed)
        return self._show(form, unsaved=True) if form.differs() else redirect(PAGE, 303)

    def _refuse(self, error: InvalidError) -> tuple[str, int]:
        form, loose = SettingsForm(_typed()), []
        for name, sentence in error.fields.items():
            form.say(name, sentence)
        if not error.fields:
            loose.append(error.message)
        return self._show(form, problems=loose), error.status

    def _overtaken(self) -> tuple[str, int]:
        """Somebody saved after this form was shown: say what, keep what was typed, take over what was not touched."""
        typed = _typed()
        entries = queries.changes_since(_revision())
        before: dict[str, Any] = {}
        for entry in entries:
            before.setdefault(entry.record_name, entry.changes["value"][0])
        untouched = {name for name, value in before.items() if typed.get(name) == str(value)}
        form = SettingsForm({name: text for name, text in typed.items() if name not in untouched})
        for name in before:
            if name in SETTINGS_REGISTRY and form.form[name].data != str(form.now(name)):
                form.say(name, _who_set(name, form.now(name), form.last[name]))
        return self._show(form, problems=[_overtaken_by(entries)], tone="warning"), 409

    def _show(
        self, form: SettingsForm, *, problems: list[str] | None = None, tone: str = "danger", unsaved: bool = False
    ) -> str:
        page: str = self.render(
            "settings/index.html",
            form=form.form,
            groups=form.groups(),
            problems=problems or [],
            tone=tone,
            unsaved=unsaved,
            history_url=_history(),
        )
        return page


def _history() -> str:
    """Return where all changes of settings are listed, for those who may read the audit log."""
    if not can(current_actor(), "audit", "R"):
        return ""
    return str(url_for("audit.index_view", search="setting.change"))


def _who_set(name: str, value: Any, entry: AuditEntry) -> str:
    return str(
        gettext(
            "%(who)s has set this to %(value)s meanwhile. Save again to put yours in its place.",
            who=entry.actor_name,
            value=SETTINGS_REGISTRY[name].shown(value),
        )
    )


def _overtaken_by(entries: list[AuditEntry]) -> str:
    if not entries:
        return str(gettext("This page was out of date. Nothing was saved; look at it again, then save."))
    labels = {entry.record_name: None for entry in entries}
    known = (SETTINGS_REGISTRY.get(name) for name in labels)
    return str(
        gettext(
            "%(who)s changed settings meanwhile: %(what)s. Nothing was saved; what you typed is still here.",
            who=", ".join({entry.actor_name: None for entry in entries}),
            what=", ".join(gettext(one.label) for one in known if one is not None),
        )
    )


def register(app: Flask) -> None:
    """Add /admin/setting/ to `app`."""
    add_page(app, SettingPage(name=lazy_gettext("Settings"), endpoint="setting", url="/admin/setting"))
