"""XLSForm: a questionnaire in the sheets "survey", "choices" and "settings" of a workbook.

Carried over are the texts of one language, groups, tables, the question types named in `row_types`, "other", hints,
what is required, plain ranges with their messages, and the title. Everything else that stands in the file is named with
its place. Not asked about are only the form's own id and version and lists that no question uses.
"""

from __future__ import annotations

from pathlib import Path

from admin_app.core.errors import InvalidError
from admin_app.core.words import gettext as _
from admin_app.core.words import ngettext
from admin_app.surveys.importers.base import IMPORTERS, Imported, Importer, Level
from admin_app.surveys.importers.choice_lists import ChoiceLists
from admin_app.surveys.importers.form_settings import language_tag, read_settings
from admin_app.surveys.importers.headers import CHOICES, SETTINGS, SURVEY, TEXTS, Header
from admin_app.surveys.importers.questions import QuestionReader
from admin_app.surveys.importers.survey_sheet import SurveySheet
from admin_app.surveys.importers.tables import Report, Table
from admin_app.surveys.importers.tree import build_tree
from admin_app.surveys.importers.workbook import Sheet, read_workbook
from admin_app.surveys.questionnaire import Questionnaire

_FIELDS = {"survey": SURVEY, "choices": CHOICES, "settings": SETTINGS}


class XlsForm(Importer):
    """Workbooks as ODK, Kobo and others write them."""

    name = "xlsform"
    label = "XLSForm"
    extensions = (".xlsx", ".xls")

    def read(self, path: Path) -> Imported:
        sheets = read_workbook(path)
        report = Report(sheets={sheet.name: number for number, sheet in enumerate(sheets)})
        tables = _tables(path.name, sheets, report)
        settings = read_settings(tables.get("settings"), title=path.stem)
        language = _choose_language(tables, settings.language)
        lists = ChoiceLists(tables.get("choices"), doubles=settings.doubles)
        nodes = build_tree(tables["survey"].rows)
        reader = QuestionReader(lists)
        sections = SurveySheet(reader).sections(nodes)
        if not any(section.questions for section in sections):
            report.add(Level.ERROR, tables["survey"].name, 1, 0, _("there is no question that can be imported."))
        _report_unread(tables, lists, report)
        questionnaire = Questionnaire(
            settings.title, settings.introduction, settings.thanks, language_tag(language), sections
        )
        return Imported(questionnaire, report.sorted())


def _tables(name: str, sheets: list[Sheet], report: Report) -> dict[str, Table]:
    tables: dict[str, Table] = {}
    for sheet in sheets:
        wanted = sheet.name.strip().lower()
        if wanted in _FIELDS and wanted not in tables:
            tables[wanted] = Table(sheet, _FIELDS[wanted], report)
        elif sheet.rows:
            first = next(iter(sheet.rows))
            report.add(
                Level.UNSUPPORTED, sheet.name, first, 0, _("the sheet “%(sheet)s” is not supported.", sheet=sheet.name)
            )
    if "survey" not in tables:
        raise InvalidError(_("“%(name)s” has no sheet named “survey”.", name=name))
    if not tables["survey"].has("type"):
        raise InvalidError(_("%(name)s: the sheet “survey” has no column “type” in its first row.", name=name))
    return tables


def _choose_language(tables: dict[str, Table], default: str) -> str:
    """Return the language whose texts are carried over and tell the tables.

    It is the default language if there are labels in it, else the texts without a language, else the first one.
    """
    found = tables["survey"].languages() or ["", *(tables["choices"].languages() if "choices" in tables else [])]
    chosen = next((one for one in found if one and one.casefold() == default.casefold()), "")
    if not chosen and "" not in found:
        chosen = found[0]
    for table in tables.values():
        table.language = chosen
    return chosen or default


def _report_unread(tables: dict[str, Table], lists: ChoiceLists, report: Report) -> None:
    """Report whole columns that nobody asked for: other languages, unknown ones, cells outside the table."""
    lists.finish()
    for table in tables.values():
        for header, column, numbers in table.unread():
            sentence = _unread_column(header, _rows(numbers), table.language)
            report.add(Level.UNSUPPORTED, table.name, table.first, column, sentence)


def _unread_column(header: Header | None, rows: str, language: str) -> str:
    if header is None:
        return _("cells in a column without a header (%(rows)s).", rows=rows)
    values = {"name": header.field, "rows": rows, "language": header.language}
    if header.field in TEXTS and header.language:
        return _("texts in “%(language)s” (%(name)s, %(rows)s): only one language is supported.", **values)
    if header.field in TEXTS and language:
        return _("texts without a language (%(name)s, %(rows)s): only one language is supported.", **values)
    return _("the column “%(name)s” is not supported (%(rows)s).", name=header.written, rows=rows)


def _rows(numbers: list[int]) -> str:
    """Return the numbers of rows in words; of many the first ones."""
    first, more = ", ".join(map(str, numbers[:20])), len(numbers) - 20
    if more > 0:
        return ngettext("rows %(rows)s and %(number)s more", "rows %(rows)s and %(number)s more", more, rows=first)
    return ngettext("row %(rows)s", "rows %(rows)s", len(numbers), rows=first)


IMPORTERS.add(XlsForm.name, XlsForm())
