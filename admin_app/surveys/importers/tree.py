"""The rows of an XLSForm as groups and questions."""

from __future__ import annotations

from dataclasses import dataclass, field

from admin_app.core.words import gettext as _
from admin_app.surveys.importers.row_types import RowType, read_type
from admin_app.surveys.importers.tables import Row

MAX_DEPTH = 20


@dataclass
class Node:
    """A question, or a group with what stands in it."""

    row: Row
    type: RowType
    children: list[Node] = field(default_factory=list)

    @property
    def is_group(self) -> bool:
        """Whether other rows stand in it."""
        return self.type.what == "begin"


def build_tree(rows: list[Row]) -> list[Node]:
    """Return the questions and groups of the top level; what does not close or has no type is reported."""
    top: list[Node] = []
    open_groups: list[Node] = []
    for row in rows:
        kind = read_type(row.text("type"))
        if not row.text("type"):
            _refuse_untyped(row)
        elif kind.what == "end":
            _close(row, kind, open_groups)
        else:
            node = Node(row, kind)
            (open_groups[-1].children if open_groups else top).append(node)
            if node.is_group and len(open_groups) >= MAX_DEPTH:
                row.error("type", _("groups stand in each other more than %(number)s deep.", number=MAX_DEPTH))
            elif node.is_group:
                open_groups.append(node)
    for node in open_groups:
        node.row.error("type", _("this %(kind)s is never closed.", kind=node.type.name))
    return top


def _refuse_untyped(row: Row) -> None:
    """Report a row that looks like a question; one with notes in unknown columns only is no question."""
    if any(row.at(header.column) for header in row.table.headers if header.field):
        row.error("type", _("this row has no type."))
        row.used.update(range(len(row.texts)))


def _close(row: Row, kind: RowType, open_groups: list[Node]) -> None:
    row.text("name")
    if not open_groups:
        row.error("type", _("there is no %(kind)s to end here.", kind=kind.name))
        return
    begun = open_groups.pop()
    if begun.type.name != kind.name:
        row.error(
            "type",
            _(
                "this ends a %(kind)s, but row %(number)s began a %(other)s.",
                kind=kind.name,
                number=begun.row.number,
                other=begun.type.name,
            ),
        )
