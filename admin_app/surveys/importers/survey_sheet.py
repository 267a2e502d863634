"""The sheet "survey" of an XLSForm: groups of the top level become sections, tables become matrices."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape

from admin_app.core.ids import public_id
from admin_app.core.text import excerpt
from admin_app.core.words import gettext as _
from admin_app.surveys.findings import TITLE_LIMIT
from admin_app.surveys.importers.base import Level
from admin_app.surveys.importers.headers import OWN
from admin_app.surveys.importers.questions import QuestionReader
from admin_app.surveys.importers.tables import Row
from admin_app.surveys.importers.tree import Node
from admin_app.surveys.questionnaire import QuestionSpec, SectionSpec

TABLE = "table-list"
# One page, which a section is anyway.
PAGE = "field-list"


class SurveySheet:
    """Makes sections of the groups and questions of the sheet."""

    def __init__(self, reader: QuestionReader) -> None:
        self.reader = reader

    def sections(self, nodes: list[Node]) -> tuple[SectionSpec, ...]:
        """Return the sections; questions outside any group stand in sections without a title."""
        sections: list[SectionSpec] = []
        loose: list[QuestionSpec] = []
        for node in nodes:
            if not node.is_group or TABLE in self._appearance(node.row):
                loose.extend(self._questions(node))
                continue
            sections.extend(_untitled(loose))
            loose = []
            sections.append(self._section(node))
        sections.extend(_untitled(loose))
        return tuple(sections)

    def _section(self, node: Node) -> SectionSpec:
        row = node.row
        row.text("name")
        title, hint = self.reader.text(row, "label"), self.reader.text(row, "hint")
        description = row.text(f"{OWN}description") or (f"<p>{escape(hint)}</p>" if hint else "")
        if len(title) > TITLE_LIMIT:
            row.error(
                "label", _("the title of a section must not be longer than %(number)s characters.", number=TITLE_LIMIT)
            )
        self._report_group(node)
        questions = [question for child in node.children for question in self._questions(child)]
        return SectionSpec(uid=public_id(), title=title, description=description, questions=tuple(questions))

    def _questions(self, node: Node) -> Iterator[QuestionSpec]:
        """Yield the questions of a row or of a group inside a section."""
        row = node.row
        if node.is_group and TABLE in self._appearance(row) and self._is_table(node):
            self.reader.report_appearance(row, [word for word in self._appearance(row) if word != TABLE])
            yield self.reader.matrix(node)
            self.reader.report_rest(row)
        elif node.is_group:
            heading = self.reader.statement(row)
            self._report_group(node)
            if heading:
                row.say(Level.NOTE, "label", _("a group inside a section is carried over as a text between questions."))
                yield heading
            for child in node.children:
                yield from self._questions(child)
        elif node.type.what == "question":
            yield self.reader.question(node)
        else:
            kind = excerpt(row.text("type"))
            row.unsupported(
                "type", _("questions of the type “%(kind)s” are not supported; this one is left out.", kind=kind)
            )
            row.used.update(range(len(row.texts)))

    def _report_group(self, node: Node) -> None:
        row = node.row
        if node.type.name == "repeat":
            row.unsupported("type", _("repeats are not supported; the questions are asked once."))
        self.reader.report_appearance(row, [word for word in self._appearance(row) if word not in (PAGE, TABLE)])
        self.reader.report_rest(row)

    def _is_table(self, node: Node) -> bool:
        """Whether all rows of a table are single choices from one list; if not, say so."""
        types = [child.type for child in node.children]
        if not node.children:
            node.row.error("type", _("this table has no rows."))
            return False
        if all(one.name == "single_choice" and not one.other for one in types) and len(set(types)) == 1:
            return True
        sentence = _("only single choices from one list can stand in a table; the questions are asked one by one.")
        node.row.unsupported("appearance", sentence)
        return False

    def _appearance(self, row: Row) -> list[str]:
        return row.text("appearance").split()


def _untitled(questions: list[QuestionSpec]) -> list[SectionSpec]:
    return [SectionSpec(uid=public_id(), title="", questions=tuple(questions))] if questions else []
