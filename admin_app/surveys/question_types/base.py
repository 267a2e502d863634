"""What a question type is: one class in one file, known everywhere by the name that is stored and exported."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from admin_app.core.registry import Registry
from admin_app.surveys.questionnaire import QuestionSpec

# All values that a form sent under a name, in order: `request.form.getlist`.
GetList = Callable[[str], list[str]]
Answers = dict[str, Any]

# What one person may write into one field, in characters; long texts have a limit of their own.
TEXT_LIMIT = 2_000
LONG_TEXT_LIMIT = 50_000


class AnswerError(ValueError):
    """An answer cannot be taken. The message is a sentence for the respondent; `name` is the form field at fault."""

    def __init__(self, message: str, *, name: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.name = name


@dataclass(frozen=True)
class SettingSpec:
    """One setting of a question type, for forms and checks: its name, kind and what it is for."""

    name: str
    kind: type[int] | type[float] | type[str] | type[bool]
    label: str
    help: str = ""


@dataclass(frozen=True)
class Column:
    """One column of an export: its header, and how a reply's answers become its cell (None is an empty cell)."""

    header: str
    label: str
    value: Callable[[Mapping[str, Any]], Any]


@dataclass
class Count:
    """How often one choice was taken."""

    code: str
    label: str
    count: int = 0


@dataclass
class RowSummary:
    """The counts of one row of a matrix."""

    code: str
    label: str
    answered: int = 0
    choices: list[Count] = field(default_factory=list)


@dataclass
class Summary:
    """What the replies say about one question. `answered + skipped + not_shown` is the number of replies."""

    answered: int = 0
    skipped: int = 0
    not_shown: int = 0
    choices: list[Count] = field(default_factory=list)
    other: int = 0
    rows: list[RowSummary] = field(default_factory=list)
    stats: dict[str, Any] = field(default_factory=dict)


class QuestionType(ABC):
    """One kind of question. Instances hold no state; a question comes with every call."""

    name: ClassVar[str]
    label: ClassVar[str]
    icon: ClassVar[str] = "forms"
    # The Jinja template that asks it, given `question`, `values` (raw, by form name) and `errors` (by form name).
    template: ClassVar[str]
    settings: ClassVar[tuple[SettingSpec, ...]] = ()
    has_choices: ClassVar[bool] = False
    has_rows: ClassVar[bool] = False
    # A statement asks nothing and has no answer, column or count.
    asks: ClassVar[bool] = True
    # People write in their own words: masked without reply.free_text.
    free_text: ClassVar[bool] = False

    def field_names(self, question: QuestionSpec) -> list[str]:
        """Return the names of the form's fields for this question, in order."""
        return [question.key, question.other_key] if question.other else [question.key]

    def collect(self, question: QuestionSpec, getlist: GetList) -> Answers:
        """Return the answer as it is stored: `{key: value}`, with `KEY__other` where there is such text.

        The value is None when the question was skipped. Raises AnswerError for what cannot be taken, also for a
        required question without an answer.
        """
        raw = [value for value in map(clean_text, getlist(question.key)) if value]
        if not raw:
            if question.required:
                raise AnswerError(self.required_message(question), name=question.key)
            return {question.key: None}
        if len(raw) > 1:
            raise AnswerError("Give one answer only.", name=question.key)
        return {question.key: self.clean(question, raw[0])}

    @abstractmethod
    def clean(self, question: QuestionSpec, raw: str) -> Any:
        """Return the typed value of one non-empty text; raise AnswerError with a sentence for the respondent."""

    def required_message(self, question: QuestionSpec) -> str:
        """Return the sentence for a required question without an answer."""
        return str(question.settings.get("required_message") or "Answer this question to go on.")

    def show(self, question: QuestionSpec, answers: Mapping[str, Any]) -> str:
        """Return the answer in words: labels in place of codes; an empty text where there is none."""
        value = answers.get(question.key)
        return "" if value is None else str(value)

    def columns(self, question: QuestionSpec, *, labels: bool) -> list[Column]:
        """Return the columns of this question in an export, with codes or with labels."""
        return [Column(question.key, question.label, lambda answers: answers.get(question.key))]

    def summarise(self, question: QuestionSpec, replies: Iterable[Mapping[str, Any]]) -> Summary:
        """Return the counts over the answers of all replies that count; of none as well."""
        summary = self.start(question)
        for answers in replies:
            if question.key not in answers:
                summary.not_shown += 1
            elif answers[question.key] is None and not answers.get(question.other_key):
                summary.skipped += 1
            else:
                summary.answered += 1
                self.count(question, summary, answers)
        self.finish(question, summary)
        return summary

    def start(self, question: QuestionSpec) -> Summary:
        """Return a summary with every choice at zero."""
        return Summary()

    def count(self, question: QuestionSpec, summary: Summary, answers: Mapping[str, Any]) -> None:
        """Add one answered reply to the summary."""

    def finish(self, question: QuestionSpec, summary: Summary) -> None:
        """Work out what needs all the values."""

    def find_faults(self, question: QuestionSpec) -> list[str]:
        """Return what is wrong with the question itself, in sentences; publishing is refused while there is any."""
        faults = [f"“{name}” is not a setting of this type." for name in question.settings if name not in self._known()]
        if self.has_choices and not question.choices:
            faults.append("There are no choices.")
        if self.has_rows and not question.rows:
            faults.append("There are no rows.")
        for what, specs in (("choice", question.choices), ("row", question.rows)):
            codes = [spec.code for spec in specs]
            faults += [
                f"The code “{code}” stands for two {what}s."
                for code in sorted({c for c in codes if codes.count(c) > 1})
            ]
            faults += [f"The {what} “{spec.code}” has no label." for spec in specs if not spec.label.strip()]
        return faults

    def _known(self) -> set[str]:
        return {spec.name for spec in (*self.settings, *COMMON_SETTINGS)}


COMMON_SETTINGS = (SettingSpec("required_message", str, "Message when it is not answered"),)

QUESTION_TYPES: Registry[QuestionType] = Registry("question types")


def clean_text(text: str) -> str:
    """Return what a person typed without surrounding white space, NULs, lone surrogates and stray carriage returns."""
    if "\0" in text or not text.isascii():
        text = text.replace("\0", "").encode("utf-8", "ignore").decode("utf-8")
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()
