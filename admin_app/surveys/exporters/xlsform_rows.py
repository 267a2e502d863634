"""The rows of an XLSForm: a section is a group, a matrix a group that is shown as a table, all else one row."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from typing import Any

import nh3

from admin_app.core.text import excerpt
from admin_app.core.words import gettext as _
from admin_app.surveys.exporters.xlsform_cells import constraint_of, look_of, number
from admin_app.surveys.exporters.xlsform_lists import Cells, Lists
from admin_app.surveys.findings import column_name, errors_of, key_fault
from admin_app.surveys.importers import Level, Remark
from admin_app.surveys.importers.expressions import REFERENCE
from admin_app.surveys.importers.headers import OWN
from admin_app.surveys.importers.survey_sheet import PAGE, TABLE
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.questionnaire import ChoiceSpec, Questionnaire, QuestionSpec, SectionSpec

__all__ = ["Cells", "Rows"]


class Rows:
    """The rows of the sheets "survey" and "choices" for one questionnaire, and what is to be said about them."""

    def __init__(self, questionnaire: Questionnaire) -> None:
        self.remarks: list[Remark] = []
        self._lists = Lists()
        self._names = {column_name(question.key) for question in questionnaire.questions()}
        self.survey: list[Cells] = []
        for numbered in enumerate(questionnaire.sections, 1):
            self.survey += map(_filled, self._section(*numbered))
        self.choices = self._lists.rows
        self._report_references()
        for fault in errors_of(questionnaire):
            self._say(fault.where or questionnaire.title, fault.message)

    def _say(self, where: str, sentence: str) -> None:
        self.remarks.append(Remark(Level.UNSUPPORTED, excerpt(where), sentence))

    def _section(self, place: int, section: SectionSpec) -> Iterator[Cells]:
        name = self._free(f"section_{place}")
        yield {
            "type": "begin_group",
            "name": name,
            "label": section.title,
            "appearance": PAGE,
            f"{OWN}description": section.description,
        }
        for question in section.questions:
            yield from self._matrix(question) if question.type == "matrix_single" else self._question(question)
        yield {"type": "end_group"}

    def _free(self, name: str) -> str:
        """Return a name that no question has: all rows of an XLSForm share them."""
        while column_name(name) in self._names:
            name += "_"
        self._names.add(column_name(name))
        return name

    def _question(self, question: QuestionSpec) -> Iterator[Cells]:
        look, constraint = look_of(question, self._lists.name_for(question)), constraint_of(question)
        asks = question.type != "statement"
        said = look.said | constraint.said | {"required_message"}
        if constraint.said or not asks:
            said.add("invalid_message")
        for code in constraint.unnamed:
            self._say(question.key, _("That “%(code)s” stands alone cannot be said in XLSForm.", code=code))
        yield {
            **self._words(question),
            "type": look.type,
            "required": "yes" if question.required and asks else "",
            "required_message": _text(question.settings.get("required_message")) if asks else "",
            "constraint": constraint.text,
            "constraint_message": _text(question.settings.get("invalid_message")) if constraint.said else "",
            "appearance": look.appearance,
            "parameters": look.parameters,
            **self._own(question, said),
        }

    def _matrix(self, question: QuestionSpec) -> Iterator[Cells]:
        yield {
            **self._words(question),
            "type": "begin_group",
            "appearance": TABLE,
            **self._own(question, {"required_message"}),
        }
        row_type = f"select_one {self._lists.name_for(question)}"
        for name, row in _row_names(question):
            yield {
                "type": row_type,
                "name": name,
                "label": row.label,
                "required": "yes" if question.required else "",
                "required_message": _text(question.settings.get("required_message")),
                f"{OWN}code": row.code if row.code != name else "",
            }
        yield {"type": "end_group"}

    def _words(self, question: QuestionSpec) -> Cells:
        label, description = question.label, question.description
        if not label and description:
            # A statement may have a body alone; a row of an XLSForm needs a label.
            label, description = unescape(nh3.clean(description, tags=set())).strip(), ""
            self._say(question.key, _("Its text becomes the label, without its looks."))
        return {
            "name": question.key,
            "label": label,
            "hint": question.hint,
            f"{OWN}description": description,
            f"{OWN}personal": "yes" if question.personal else "",
        }

    def _own(self, question: QuestionSpec, said: set[str]) -> Cells:
        """Return the columns for the settings that no other column says; what is the default goes without saying."""
        known = QUESTION_TYPES[question.type].known_settings if question.type in QUESTION_TYPES else {}
        cells = {}
        for name, value in question.settings.items():
            if name not in known:
                self._say(question.key, _("The setting “%(name)s” is left out.", name=excerpt(name)))
            elif name not in said and value != known[name].default:
                cells[OWN + name] = _text(value)
        return cells

    def _report_references(self) -> None:
        """Tell of texts that other programs, and our importer, read as the answer to another question."""
        for cells in (*self.survey, *self.choices):
            for column in ("label", "hint", "required_message", "constraint_message"):
                if found := REFERENCE.search(cells.get(column, "")):
                    where = cells.get("name", "")
                    self._say(where, _("Other programs take “%(text)s” for an answer.", text=excerpt(found[0])))


def _row_names(question: QuestionSpec) -> Iterator[tuple[str, ChoiceSpec]]:
    """Yield each row of a matrix with its name: its code where that can be one."""
    taken: set[str] = set()
    for place, row in enumerate(question.rows, 1):
        name = row.code
        if key_fault(name) or column_name(name) in taken:
            name = f"row_{place}"
            while column_name(name) in taken:
                name += "_"
        taken.add(column_name(name))
        yield name, row


def _filled(cells: Cells) -> Cells:
    return {column: text for column, text in cells.items() if text}


def _text(value: Any) -> str:
    """Return a setting as a cell says it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else number(value)
