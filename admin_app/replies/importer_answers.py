"""From the cells of one row to the answers of one question, by the rules of the question's type."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from admin_app.core.text import excerpt
from admin_app.core.words import gettext as _
from admin_app.replies.answers import NOT_SHOWN, says_why
from admin_app.replies.importer_columns import Columns, other_column
from admin_app.replies.importer_labels import CodeMatcher, LabelMatcher, Split
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.question_types.base import AnswerError, Answers, clean_text
from admin_app.surveys.question_types.multiple_choice import MultipleChoice
from admin_app.surveys.question_types.single_choice import OTHER_CODE
from admin_app.surveys.questionnaire import Questionnaire, QuestionSpec

# Different contents of one question's cells whose reading is kept; choices repeat, free texts do not.
_KEPT = 5_000
# As spreadsheets write them.
_BOOLEANS = {"TRUE": "yes", "FALSE": "no"}


@dataclass(frozen=True)
class Options:
    """What was asked for: labels in place of codes, and what becomes of words that are nobody's label."""

    labels: bool = False
    keep_unknown: bool = False


@dataclass(frozen=True)
class Reading:
    """What the cells of one question say: answers, or what is wrong with them as (name, sentence)."""

    answers: Answers = field(default_factory=dict)
    faults: tuple[tuple[str, str], ...] = ()
    # Words that became "other" text, and whether the question offers it.
    other: bool = False
    unknown: bool = False


def takes_several(question: QuestionSpec) -> bool:
    """Whether one cell of a question may name several choices."""
    return isinstance(QUESTION_TYPES[question.type], MultipleChoice)


def _without_why(text: str) -> str:
    """Return what a cell holds beside the words that say why there is no answer; a text of people that says them."""
    if not says_why(text):
        return text
    return text.removeprefix("'") if text.startswith("'") else ""


class QuestionReader:
    """Reads the cells of one question."""

    def __init__(self, question: QuestionSpec, columns: Mapping[str, int], options: Options) -> None:
        self.kind = QUESTION_TYPES[question.type]
        self.question, self.options = question, options
        self._other_name = other_column(question)
        self.columns = {name: columns[name] for name in self._names() if name in columns}
        self._offers_other = question.other
        # Whoever answered was not asked by this form: an empty cell is a skipped question, required or not.
        settings = {**question.settings, "other": True} if self._takes_other else question.settings
        self._asked = replace(question, required=False, settings=settings)
        names = self.kind.names_in_files(question, labels=options.labels)
        self._booleans = _BOOLEANS if {"yes", "no"} == {code for code, _name in names} else {}
        matcher = LabelMatcher(names) if options.labels else CodeMatcher(code for code, _name in names)
        matching = matcher.several if takes_several(question) else matcher.one
        self._match: Callable[[str], Split] | None = matching if names else None
        self._readings: dict[tuple[str, ...], Reading] = {}

    @property
    def _takes_other(self) -> bool:
        return self.kind.has_choices and not self.kind.has_rows

    def _names(self) -> list[str]:
        names = self.kind.field_names(self.question)
        return list(dict.fromkeys([*names, self._other_name])) if self._other_name else names

    def read(self, cells: Sequence[str]) -> Reading:
        """Return what a row says about this question."""
        own = tuple(cells[index] for index in self.columns.values())
        reading = self._readings.get(own)
        if reading is None:
            reading = self._read(dict(zip(self.columns, own, strict=True)))
            if len(self._readings) < _KEPT:
                self._readings[own] = reading
        return reading

    def _read(self, cells: dict[str, str]) -> Reading:
        fields: dict[str, list[str]] = {}
        unknown: dict[str, str] = {}
        if set(cells.values()) == {NOT_SHOWN}:
            return Reading()
        for name, cell in cells.items():
            text = _without_why(clean_text(cell))
            text = self._booleans.get(text, text)
            if self._match is None or not text:
                fields[name] = [text] if text else []
            elif name == self._other_name:
                self._add_other(fields, unknown, text)
            else:
                split = self._match(text)
                fields.setdefault(name, []).extend(split.codes)
                if split.rest:
                    self._add_rest(fields, unknown, name, split.rest)
        if unknown and not self.options.keep_unknown:
            return Reading(faults=tuple((name, self._not_a_choice(text)) for name, text in unknown.items()))
        return self._collect(fields, cells, unknown)

    def _add_rest(self, fields: dict[str, list[str]], unknown: dict[str, str], name: str, rest: str) -> None:
        """Add words of a cell that are no choice's label; among codes such words are always a surprise."""
        if self._takes_other and ((self.options.labels and self._offers_other) or self.options.keep_unknown):
            fields[name].append(OTHER_CODE)
            fields.setdefault(self.question.other_key, []).append(rest)
        if not (self._takes_other and self.options.labels and self._offers_other):
            unknown[name] = rest

    def _add_other(self, fields: dict[str, list[str]], unknown: dict[str, str], text: str) -> None:
        """Add the text of the column for "other"."""
        if not self._offers_other:
            unknown[self.question.other_key] = text
        if not self._takes_other:
            return
        fields.setdefault(self.question.key, []).append(OTHER_CODE)
        fields.setdefault(self.question.other_key, []).append(text)

    def _collect(self, fields: dict[str, list[str]], cells: dict[str, str], unknown: dict[str, str]) -> Reading:
        for name, values in fields.items():
            if OTHER_CODE in values:
                fields[name] = [*(value for value in values if value != OTHER_CODE), OTHER_CODE]
        try:
            answers = self.kind.collect(self._asked, lambda name: fields.get(name, []))
        except AnswerError as error:
            return Reading(faults=tuple(self._with_cell(cells, error.errors)))
        if unknown and not self._takes_other:
            answers = {**answers, self.question.other_key: "; ".join(self._beside(unknown))}
        return Reading(answers, other=bool(answers.get(self.question.other_key)), unknown=bool(unknown))

    @staticmethod
    def _not_a_choice(text: str) -> str:
        return _("“%(text)s” is not one of its choices.", text=excerpt(text))

    @staticmethod
    def _with_cell(cells: Mapping[str, str], errors: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Yield (name, sentence) for what cannot be taken, each sentence with what stands in the cell."""
        for name, sentence in errors.items():
            text = cells.get(name, "")
            shown = _("“%(text)s”: %(sentence)s", text=excerpt(text), sentence=sentence)
            yield name, shown if text else sentence

    def _beside(self, unknown: Mapping[str, str]) -> Iterator[str]:
        """Yield the words that stand beside an answer which has no field for them, with the row of the table."""
        for name, text in unknown.items():
            row = name.removeprefix(f"{self.question.key}__")
            yield text if name in (self.question.key, self._other_name) else f"{row}: {text}"


class AnswersReader:
    """Reads the answers of whole rows."""

    def __init__(self, questionnaire: Questionnaire, columns: Columns, options: Options) -> None:
        readers = [QuestionReader(question, columns.fields, options) for question in questionnaire.questions()]
        self.questions = [reader for reader in readers if reader.columns]
        self.missing = [one.question.key for one in readers if one.kind.asks and not one.columns]

    def read(self, cells: Sequence[str]) -> tuple[Answers, dict[str, Reading]]:
        """Return the answers of one row, and what is worth saying by the question's key."""
        answers: Answers = {}
        told: dict[str, Reading] = {}
        for reader in self.questions:
            reading = reader.read(cells)
            answers.update(reading.answers)
            if reading.faults or reading.other:
                told[reader.question.key] = reading
        return answers, told
