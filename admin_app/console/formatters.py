"""How values are shown in lists and on record pages. Nothing here marks foreign text as HTML."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from enum import Enum
from typing import Any

from flask import current_app
from flask_babel import format_date, gettext
from markupsafe import Markup, escape

from admin_app.console.keys import key_of
from admin_app.core.html import render
from admin_app.core.text import shorten
from admin_app.core.words import figure

Formatter = Callable[[Any, Any, Any, str], Any]


def macro(name: str, *values: Any, of: str = "_macros/ui.html") -> Any:
    """Return what a macro of a template, by default `_macros/ui.html`, makes of `values`."""
    module: Any = current_app.jinja_env.get_template(of).module
    return getattr(module, name)(*values)


def _field(record: Any, name: str) -> Any:
    for part in name.split("."):
        record = getattr(record, part, None)
    return record


def rich_text(_view: Any, _context: Any, record: Any, name: str) -> Markup:
    """Show rich text as it is meant, cleaned once more."""
    return render(_field(record, name))


def link(endpoint: str) -> Formatter:
    """Return a formatter that shows the value as a link to the record's page at `endpoint`."""

    def show(view: Any, _context: Any, record: Any, name: str) -> Markup:
        shown = shorten(str(_field(record, name) or "")) or "–"
        url = view.get_url(endpoint, id=key_of(record))
        return Markup('<a href="{}">{}</a>').format(url, shown)

    return show


def plain(value: Any) -> str:
    """Return one value of a document in words."""
    if isinstance(value, bool):
        return str(gettext("Yes") if value else gettext("No"))
    return figure(value, grouped=False) if isinstance(value, int | float) else str(value)


def _nothing(_view: Any, _value: Any, _name: str) -> str:
    return ""


def _boolean(_view: Any, value: bool, _name: str) -> Any:  # noqa: FBT001 - Flask-Admin's signature
    return macro("yes_no", value)


def _enum(_view: Any, value: Enum, _name: str) -> Any:
    return macro("state", value)


def _moment(_view: Any, value: dt.datetime, _name: str) -> Any:
    return macro("time", value)


def _day(_view: Any, value: dt.date, _name: str) -> str:
    return str(format_date(value, "medium"))


def _several(_view: Any, values: Any, _name: str) -> str:
    return ", ".join(str(one) for one in values)


def _document(_view: Any, value: Any, _name: str) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _text(_view: Any, value: str, _name: str) -> Any:
    return value if isinstance(value, Markup) else shorten(value)


def _whole_text(_view: Any, value: str, _name: str) -> Any:
    if isinstance(value, Markup):
        return value
    return Markup("<br>").join(escape(line) for line in value.splitlines())


# The first type that fits decides: a moment is a date too, an enum of texts is a text too.
_COMMON: dict[type, Callable[[Any, Any, str], Any]] = {
    type(None): _nothing,
    bool: _boolean,
    Enum: _enum,
    dt.datetime: _moment,
    dt.date: _day,
    list: _several,
    tuple: _several,
    set: _several,
    dict: _document,
}
LIST_FORMATTERS = {**_COMMON, str: _text}
DETAIL_FORMATTERS = {**_COMMON, str: _whole_text}
