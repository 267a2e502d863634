"""Changing settings: all that was sent, or nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from admin_app.audit.operations import record
from admin_app.core.db import db, on_commit, take_turns
from admin_app.core.errors import ConflictError, InvalidError
from admin_app.core.permissions import Actor, require
from admin_app.core.words import gettext as _
from admin_app.core.words import ngettext
from admin_app.settings import queries
from admin_app.settings.definitions import SETTINGS_REGISTRY, SettingDefinition
from admin_app.settings.models import StoredSetting


def change_settings(data: Mapping[str, Any], *, actor: Actor, revision: int | None = None) -> list[str]:
    """Give settings the values in `data`, by their names; return the names of those that changed.

    What is the default again leaves no row, so that it follows when a later version has another one. With `revision`
    (what `queries.revision()` was when the actor looked) a change by somebody else meanwhile raises ConflictError.
    """
    require(actor, "setting.change")
    values = _checked(data)
    take_turns("settings")
    if revision is not None and revision != queries.revision():
        raise ConflictError(_("Somebody else changed the settings meanwhile. Nothing was saved."))
    rows = queries.stored_rows()
    changed = [name for name, value in values.items() if _store(SETTINGS_REGISTRY[name], value, rows, actor)]
    if changed:
        on_commit(queries.forget)
    return changed


def reset_setting(name: str, *, actor: Actor, revision: int | None = None) -> bool:
    """Give one setting its default back; return whether it was another one."""
    require(actor, "setting.change")
    definition = SETTINGS_REGISTRY.get(name)
    default = {name: None if definition is None else definition.default}
    return bool(change_settings(default, actor=actor, revision=revision))


def _checked(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values as they are stored; raise InvalidError with a sentence for each that cannot be."""
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    fixed = queries.fixed_settings()
    for name, value in data.items():
        definition = SETTINGS_REGISTRY.get(name)
        if definition is None:
            raise InvalidError(_("There is no setting “%(name)s”. Nothing was saved.", name=str(name)[:60]))
        if name in fixed:
            errors[name] = _("%(variable)s fixes this. Change it there.", variable=definition.variable)
            continue
        try:
            values[name] = definition.check(value)
        except ValueError as error:
            errors[name] = str(error)
    if errors:
        sentence = ngettext(
            "One setting cannot be taken. Nothing was saved.",
            "%(number)s settings cannot be taken. Nothing was saved.",
            len(errors),
        )
        raise InvalidError(sentence, fields=errors)
    return values


def _store(definition: SettingDefinition, value: Any, rows: Mapping[str, StoredSetting], actor: Actor) -> bool:
    """Store one value where it is another one; return whether it was."""
    row = rows.get(definition.name)
    before = definition.default if row is None else row.value
    if value == before and (row is None or value != definition.default):
        return False
    if row is None:
        row = StoredSetting(name=definition.name, value=value, updated_by_id=actor.id)
        db.session.add(row)
    elif value != definition.default:
        row.value, row.updated_by_id = value, actor.id
    else:
        db.session.delete(row)
    db.session.flush()
    record("setting.change", row, actor=actor, changes={"value": (before, value)})
    return True
