"""One row, or one table of rows, of an XLSForm as a question."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from admin_app.core.ids import public_id
from admin_app.core.text import excerpt
from admin_app.core.words import gettext as _
from admin_app.core.words import mark
from admin_app.surveys.findings import code_fault, column_name, key_fault
from admin_app.surveys.importers.choice_lists import ChoiceLists
from admin_app.surveys.importers.expressions import REFERENCE, NotPlainError, alone_in, range_of, truth
from admin_app.surveys.importers.headers import OWN, TEXTS
from admin_app.surveys.importers.looks import YES_NO, Look, look_of
from admin_app.surveys.importers.own_columns import own_flag, own_settings
from admin_app.surveys.importers.tables import Row
from admin_app.surveys.importers.tree import Node
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.questionnaire import ChoiceSpec, QuestionSpec

_LOGIC = ("relevant", "calculation", "choice_filter", "default", "read_only", "repeat_count", "parameters", "trigger")
_MEDIA = ("guidance_hint", "image", "audio", "video", "autoplay", "rows")
# What is said about a cell that is not carried over; elsewhere the same column may be.
_WHY = {
    **dict.fromkeys((*_LOGIC, *_MEDIA), mark("%(name)s “%(text)s” is not supported.")),
    "constraint_message": mark("%(name)s “%(text)s” goes with a constraint that is not carried over."),
}
_NOT_HERE = mark("%(name)s “%(text)s” is not supported here.")


class QuestionReader:
    """Makes questions of rows and keeps their keys apart."""

    def __init__(self, lists: ChoiceLists) -> None:
        self.lists = lists
        self._keys: dict[str, Row] = {}

    def question(self, node: Node) -> QuestionSpec:
        """Return the question of one row."""
        row, choices = node.row, self._choices(node)
        look = look_of(row, node.type.name)
        if YES_NO in look.rest and _is_yes_or_no(node, choices):
            look, choices = Look(YES_NO, rest=[word for word in look.rest if word != YES_NO]), ()
        kind = look.kind
        self.report_appearance(row, look.rest)
        limits, alone = self._limits(row, kind, choices)
        spec = QuestionSpec(
            uid=public_id(),
            key=self.key(row, f"note_{row.number}" if kind == "statement" else ""),
            type=kind,
            label=self.text(row, "label", needed=True),
            hint=self.text(row, "hint"),
            description=row.text(f"{OWN}description"),
            required=kind != "statement" and self.required(row),
            personal=own_flag(row, "personal"),
            settings={
                **look.settings,
                **self._settings(row, kind, limits, other=node.type.other),
                **own_settings(row, kind),
            },
            choices=tuple(replace(choice, exclusive=choice.code in alone) for choice in choices),
        )
        self.report_rest(row)
        self._report_faults(row, spec)
        return spec

    def matrix(self, node: Node) -> QuestionSpec:
        """Return the question of a group that is shown as a table; its rows are single choices from one list."""
        rows = [child.row for child in node.children]
        required = [self.required(row) for row in rows]
        if any(required) and not all(required):
            rows[required.index(True)].unsupported("required", _("a table is required as a whole or not at all."))
        message = next(filter(None, (self.text(row, "required_message") for row in rows)), "")
        spec = QuestionSpec(
            uid=public_id(),
            key=self.key(node.row),
            type="matrix_single",
            label=self.text(node.row, "label", needed=True),
            hint=self.text(node.row, "hint"),
            description=node.row.text(f"{OWN}description"),
            required=all(required),
            personal=own_flag(node.row, "personal"),
            settings={**({"required_message": message} if message else {}), **own_settings(node.row, "matrix_single")},
            choices=self._choices(node.children[0]),
            rows=tuple(self._matrix_row(row) for row in rows),
        )
        self._refuse_double_rows(rows)
        for row in rows:
            if row.text("required_message") not in ("", message):
                row.unsupported("required_message", _("a table has one message for all its rows."))
            self.report_rest(row)
        self._report_faults(node.row, spec)
        return spec

    def _matrix_row(self, row: Row) -> ChoiceSpec:
        self.report_appearance(row, row.text("appearance").split())
        name, code = row.text("name"), row.text(f"{OWN}code")
        self._check_key(row, name)
        if code and (fault := code_fault(code)):
            row.error(f"{OWN}code", _("“%(text)s”: %(fault)s", text=excerpt(code), fault=fault))
        return ChoiceSpec(public_id(), code or name, self.text(row, "label", needed=True))

    def _refuse_double_rows(self, rows: list[Row]) -> None:
        seen: dict[str, Row] = {}
        for row in rows:
            first = seen.setdefault(column_name(row.text("name")), row)
            if first is not row:
                row.error(
                    "name",
                    _("the name “%(name)s” is taken by row %(number)s.", name=row.text("name"), number=first.number),
                )

    def statement(self, row: Row) -> QuestionSpec | None:
        """Return the label of a group inside a section as a text between the questions; None when it has none."""
        label, hint = self.text(row, "label"), self.text(row, "hint")
        if not label:
            row.text("name")
            return None
        key = self.key(row, f"group_{row.number}")
        return QuestionSpec(uid=public_id(), key=key, type="statement", label=label, hint=hint)

    def key(self, row: Row, default: str = "") -> str:
        """Return the question's key; what cannot be one is reported."""
        key = row.text("name") or default
        first = self._keys.setdefault(column_name(key), row)
        if self._check_key(row, key) and first is not row:
            row.error("name", _("the name “%(name)s” is taken by row %(number)s.", name=key, number=first.number))
        return key

    def _check_key(self, row: Row, key: str) -> bool:
        fault = key_fault(key) if key else _("This question has no name.")
        if fault:
            row.error("name", _("“%(text)s”: %(fault)s", text=excerpt(key), fault=fault) if key else fault)
        return not fault

    def text(self, row: Row, name: str, *, needed: bool = False) -> str:
        """Return a text that respondents read; what it cannot hold is reported."""
        text = row.text(name)
        if needed and not text:
            values = {"name": row.text("name"), "language": row.table.language}
            sentence = (
                _("“%(name)s” has no label in “%(language)s”.", **values)
                if row.table.language
                else _("“%(name)s” has no label.", **values)
            )
            row.error(name, sentence)
        if REFERENCE.search(text):
            row.unsupported(name, _("answers to other questions inside a text are not supported."))
        return text

    def required(self, row: Row) -> bool:
        """Return whether an answer is required; an expression is reported."""
        text = row.text("required")
        value = truth(text)
        if value is None:
            row.unsupported(
                "required",
                _("required “%(value)s” depends on other answers, which is not supported.", value=excerpt(text)),
            )
        return bool(value)

    def report_appearance(self, row: Row, words: list[str]) -> None:
        """Report the appearances that change nothing here."""
        if words:
            row.unsupported("appearance", _("appearance “%(words)s” is not supported.", words=excerpt(" ".join(words))))

    def report_rest(self, row: Row) -> None:
        """Report the cells of known columns that nobody asked for: what they say is not carried over."""
        for header in row.table.headers:
            text = row.at(header.column)
            if not text or not header.field or header.column in row.used:
                continue
            # The texts of other languages are reported by column.
            if header.field in TEXTS and header is not row.header(header.field):
                continue
            row.used.add(header.column)
            if header.field in ("read_only", "required") and truth(text) is False:
                continue
            row.unsupported_at(header, _(_WHY.get(header.field, _NOT_HERE), name=header.field, text=excerpt(text)))

    def _settings(self, row: Row, kind: str, limits: dict[str, Any], *, other: bool) -> dict[str, Any]:
        settings: dict[str, Any] = {"other": True} if other else {}
        if kind == "statement":
            return settings
        if message := self.text(row, "required_message"):
            settings["required_message"] = message
        if limits:
            settings.update(limits)
            if message := self.text(row, "constraint_message"):
                settings["invalid_message"] = message
        return settings

    def _limits(self, row: Row, kind: str, choices: tuple[ChoiceSpec, ...]) -> tuple[dict[str, Any], frozenset[str]]:
        """Return the settings that a row's constraint comes to, and the codes of the choices that stand alone."""
        constraint = "" if kind == "statement" else row.text("constraint")
        try:
            alone, rest = alone_in(constraint) if kind == "multiple_choice" else (frozenset(), constraint)
            if not alone <= {choice.code for choice in choices}:
                raise NotPlainError(constraint)
            return (range_of(rest, kind) if rest else {}), alone
        except NotPlainError:
            row.unsupported(
                "constraint", _("constraint “%(constraint)s” is not a plain range.", constraint=excerpt(constraint))
            )
            return {}, frozenset()

    def _choices(self, node: Node) -> tuple[ChoiceSpec, ...]:
        name = node.type.list_name
        if not name:
            return ()
        if name not in self.lists:
            node.row.error("type", _("there is no list “%(name)s” in the sheet “choices”.", name=name))
            return ()
        return self.lists.choices(name)

    def _report_faults(self, row: Row, spec: QuestionSpec) -> None:
        """Report what the question's type itself finds wrong, except what was said already."""
        limits = replace(spec, label=spec.label or "-", choices=(), rows=())
        kind = QUESTION_TYPES[spec.type]
        for fault in kind.find_faults(limits):
            if fault not in (_("There are no choices."), _("There are no rows.")):
                row.error("parameters" if spec.type == "slider" else "constraint", fault)


def _is_yes_or_no(node: Node, choices: tuple[ChoiceSpec, ...]) -> bool:
    """Whether a single choice is one between the codes that an answer yes or no has."""
    return not node.type.other and node.type.name == "single_choice" and {one.code for one in choices} == {"yes", "no"}
