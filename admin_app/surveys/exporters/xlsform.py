"""XLSForm: a questionnaire as the sheets "survey", "choices" and "settings" of a workbook.

What XLSForm has no words for stands in columns of ours, `canvass_...`, which other programs pass over and our importer
reads: whoever exports a survey and imports it again has the same questionnaire.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

from babel import Locale, UnknownLocaleError

from admin_app.core.words import gettext as _
from admin_app.surveys.exporters.base import EXPORTERS, Exported, Exporter
from admin_app.surveys.exporters.xlsform_rows import Cells, Rows
from admin_app.surveys.importers import Level, Remark
from admin_app.surveys.importers.headers import OWN
from admin_app.surveys.questionnaire import Questionnaire

# What a cell of a workbook holds; Excel itself refuses longer texts.
CELL_MOST = 32_767
_COLUMNS = {
    "survey": (
        "type", "name", "label", "hint", "required", "required_message", "constraint", "constraint_message",
        "appearance", "parameters",
    ),
    "choices": ("list_name", "name", "label"),
    "settings": ("form_title", "default_language"),
}  # fmt: skip
# As wide as what usually stands there, so that nobody has to pull columns apart before reading.
_WIDE = {"label": 48, "hint": 32, "type": 28, "constraint": 32, "form_title": 48}


class XlsFormWriter(Exporter):
    """Workbooks as ODK, Kobo and others read them."""

    name = "xlsform"
    label = "XLSForm"
    media_type = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    extension = "xlsx"

    def write(self, questionnaire: Questionnaire) -> Exported:
        rows = Rows(questionnaire)
        sheets = {"survey": rows.survey, "choices": rows.choices, "settings": [_settings(questionnaire)]}
        long = [remark for name, cells in sheets.items() for remark in _without_long(name, cells)]
        own = [remark for name, cells in sheets.items() for remark in _own_columns(name, cells)]
        return Exported(_workbook(sheets), [*rows.remarks, *long, *own])


def _settings(questionnaire: Questionnaire) -> Cells:
    cells = {"form_title": questionnaire.title, "default_language": _language(questionnaire.language)}
    own = {f"{OWN}introduction": questionnaire.introduction, f"{OWN}thanks": questionnaire.thanks}
    return {**cells, **{name: text for name, text in own.items() if text}}


def _language(tag: str) -> str:
    """Return a language as XLSForm names it: "French (fr)"."""
    try:
        name = Locale.parse(tag, sep="-").get_language_name("en")
    except (ValueError, UnknownLocaleError):
        name = None
    return f"{name or tag} ({tag})"


def _without_long(sheet: str, rows: Sequence[Cells]) -> list[Remark]:
    """Take the texts out that no cell can hold, and say which."""
    remarks = []
    for cells in rows:
        for column in [name for name, text in cells.items() if len(text) > CELL_MOST]:
            del cells[column]
            where = cells.get("name") or cells.get("form_title") or sheet
            remarks.append(
                Remark(
                    Level.UNSUPPORTED, where, _("“%(column)s” is too long for a cell and is left out.", column=column)
                )
            )
    return remarks


def _own_columns(sheet: str, rows: Sequence[Cells]) -> list[Remark]:
    sentence = _("Canvass reads this column; other programs pass it over.")
    return [Remark(Level.NOTE, f"{sheet}: {name}", sentence) for name in _header(sheet, rows) if name.startswith(OWN)]


def _header(sheet: str, rows: Sequence[Cells]) -> list[str]:
    """Return the columns of a sheet: those that each has, then ours that hold something."""
    usual = _COLUMNS[sheet]
    return [*usual, *dict.fromkeys(name for cells in rows for name in cells if name not in usual)]


def _workbook(sheets: Mapping[str, Sequence[Cells]]) -> bytes:
    # Not above: only exports need it, and every start would wait for it.
    import openpyxl
    from openpyxl.styles import Font

    book: Any = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "A2"
        for column, title in enumerate(_header(name, rows), 1):
            sheet.cell(1, column, title).font = Font(bold=True)
            sheet.column_dimensions[sheet.cell(1, column).column_letter].width = _WIDE.get(title, 18)
            for number, cells in enumerate(rows, 2):
                if text := cells.get(title):
                    _write(sheet.cell(number, column), text)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _write(cell: Any, text: str) -> None:
    """Write a text that stays one, also where it begins with "=" or reads like a fault."""
    cell.value = text
    cell.data_type = "s"
    cell.quotePrefix = text[0] in "=+-@"


EXPORTERS.add(XlsFormWriter.name, XlsFormWriter())
