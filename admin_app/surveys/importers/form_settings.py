"""The sheet "settings" of an XLSForm: title, language, and what Canvass has no use for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from admin_app.core.words import gettext as _
from admin_app.core.words import mark
from admin_app.surveys.findings import TITLE_LIMIT
from admin_app.surveys.importers.base import Level
from admin_app.surveys.importers.expressions import truth
from admin_app.surveys.importers.headers import OWN
from admin_app.surveys.importers.tables import Row, Table

_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_TAG_IN_BRACKETS = re.compile(rf"\(({_TAG.pattern})\)\s*$")
_NAMES = {"english": "en", "french": "fr", "german": "de", "spanish": "es", "portuguese": "pt", "italian": "it"}

_NOT_KEPT = {
    "form_id": mark("not kept, for each survey gets an id of its own."),
    "version": mark("not kept, for publishing counts versions."),
}


@dataclass
class FormSettings:
    """What of the settings is carried over."""

    title: str
    language: str = ""
    introduction: str = ""
    thanks: str = ""
    doubles: bool = False


def read_settings(table: Table | None, *, title: str) -> FormSettings:
    """Return the settings; `title` stands in where the sheet gives none."""
    settings = FormSettings(title)
    if table is None or not table.rows:
        return settings
    row = table.rows[0]
    settings.title = row.text("form_title") or title
    if len(settings.title) > TITLE_LIMIT:
        row.error("form_title", _("the title is longer than %(number)s characters.", number=TITLE_LIMIT))
    settings.language = row.text("default_language")
    settings.introduction, settings.thanks = row.text(f"{OWN}introduction"), row.text(f"{OWN}thanks")
    settings.doubles = bool(truth(row.text("allow_choice_duplicates")))
    for name, why in _NOT_KEPT.items():
        if row.text(name):
            row.say(Level.NOTE, name, _(why))
    _report_rest(row)
    return settings


def _report_rest(row: Row) -> None:
    """Report the settings that would do something in other programs."""
    if truth(row.text("clean_text_values")) is False and row.text("clean_text_values"):
        row.unsupported("clean_text_values", _("texts are always freed of surrounding white space."))
    for header in row.table.headers:
        text = row.at(header.column)
        if header.column in row.used:
            continue
        row.used.add(header.column)
        # A setting that is switched off asks for nothing.
        if text and truth(text) is not False:
            row.unsupported_at(header, _("the setting “%(name)s” is not supported.", name=header.written))


def language_tag(name: str) -> str:
    """Return the tag of a language as XLSForm names it: "French (fr)" is "fr"; English where nothing tells."""
    if found := _TAG_IN_BRACKETS.search(name):
        tag = found[1].replace("_", "-")
    elif len(name) <= 3 and _TAG.fullmatch(name):
        tag = name
    else:
        tag = _NAMES.get(name.strip().casefold(), "en")
    first, *rest = tag.split("-")
    return "-".join([first.lower(), *rest])
