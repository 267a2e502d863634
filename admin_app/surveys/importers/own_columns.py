"""Columns of ours in an XLSForm, `canvass_...`: what our own export says of a question and XLSForm has no words for."""

from __future__ import annotations

import re
from typing import Any

from admin_app.core.text import excerpt
from admin_app.core.words import gettext as _
from admin_app.surveys.importers.expressions import truth
from admin_app.surveys.importers.headers import OWN
from admin_app.surveys.importers.tables import Row
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.question_types.base import SettingSpec

_NUMBER = re.compile(r"[+-]?[0-9]{1,16}(\.[0-9]{1,20})?")


def own_settings(row: Row, kind: str) -> dict[str, Any]:
    """Return the settings of a question of type `kind` that stand in columns of their own; what is none is reported."""
    settings = {}
    for name, spec in QUESTION_TYPES[kind].known_settings.items():
        if not (text := row.text(OWN + name)):
            continue
        value = _value(spec, text)
        if value is None:
            row.error(OWN + name, _("“%(value)s” cannot be the setting “%(name)s”.", value=excerpt(text), name=name))
        else:
            settings[name] = value
    return settings


def own_flag(row: Row, name: str) -> bool:
    """Return a yes or no; what is neither is reported."""
    text = row.text(OWN + name)
    value = truth(text)
    if value is None:
        row.error(OWN + name, _("“%(value)s” is neither yes nor no.", value=excerpt(text)))
    return bool(value)


def _value(spec: SettingSpec, text: str) -> Any:
    if spec.kind is bool:
        return truth(text)
    if spec.kind not in (int, float):
        return text
    if not _NUMBER.fullmatch(text):
        return None
    value = float(text)
    # Not through a floating number: it does not hold every whole one.
    return int(text.partition(".")[0]) if value.is_integer() else value
