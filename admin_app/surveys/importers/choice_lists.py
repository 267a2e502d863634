"""The sheet "choices" of an XLSForm: lists of codes and labels."""

from __future__ import annotations

from admin_app.core.ids import public_id
from admin_app.core.words import gettext as _
from admin_app.surveys.findings import code_fault
from admin_app.surveys.importers.base import Level
from admin_app.surveys.importers.expressions import REFERENCE
from admin_app.surveys.importers.tables import Row, Table
from admin_app.surveys.questionnaire import ChoiceSpec


class ChoiceLists:
    """The lists by name. A list is checked when a question first uses it; those that none uses are only mentioned."""

    def __init__(self, table: Table | None, *, doubles: bool = False) -> None:
        self.table, self.doubles = table, doubles
        self.used: set[str] = set()
        self._rows: dict[str, list[Row]] = {}
        self._specs: dict[str, tuple[ChoiceSpec, ...]] = {}
        for row in table.rows if table else ():
            name = row.text("list_name")
            if name:
                self._rows.setdefault(name, []).append(row)
            elif row.text("name") or row.text("label"):
                row.error("list_name", _("this choice belongs to no list."))

    def __contains__(self, name: str) -> bool:
        return name in self._rows

    def choices(self, name: str) -> tuple[ChoiceSpec, ...]:
        """Return the choices of a list with identities of their own; faults are reported once for each list."""
        self.used.add(name)
        if name not in self._specs:
            self._specs[name] = self._read(name)
        return tuple(ChoiceSpec(public_id(), spec.code, spec.label) for spec in self._specs[name])

    def _read(self, name: str) -> tuple[ChoiceSpec, ...]:
        specs: dict[str, ChoiceSpec] = {}
        for row in self._rows[name]:
            code, label = row.text("name"), row.text("label")
            if self._is_sound(row, code, label) and not self._is_double(row, name, specs.get(code), label):
                specs[code] = ChoiceSpec("", code, label)
        return tuple(specs.values())

    def _is_sound(self, row: Row, code: str, label: str) -> bool:
        if not code:
            row.error("name", _("this choice has no code."))
        elif fault := code_fault(code):
            row.error("name", _("“%(text)s”: %(fault)s", text=code[:80], fault=fault))
        if not label:
            row.error("label", _("the choice “%(code)s” has no label.", code=code))
        elif REFERENCE.search(label):
            row.unsupported("label", _("answers to other questions inside a text are not supported."))
        return bool(code and label)

    def _is_double(self, row: Row, name: str, first: ChoiceSpec | None, label: str) -> bool:
        if first is None:
            return False
        values = {"code": first.code, "name": name}
        if self.doubles and first.label == label:
            sentence = _(
                "the code “%(code)s” stands twice in the list “%(name)s”, which is not supported; the first one is "
                "kept.",
                **values,
            )
            row.unsupported("name", sentence)
        else:
            row.error("name", _("the code “%(code)s” stands twice in the list “%(name)s”.", **values))
        return True

    def finish(self) -> None:
        """Mention the lists that no question uses."""
        for name, rows in self._rows.items():
            if name not in self.used:
                rows[0].say(
                    Level.NOTE, "list_name", _("no question uses the list “%(name)s”; it is left out.", name=name)
                )
                for row in rows:
                    row.used.update(range(len(row.texts)))
