"""What a question type is: one class in one file, known everywhere by the name that is stored and exported."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, ClassVar

from admin_app.core.registry import Registry
from admin_app.core.words import gettext as _
from admin_app.core.words import mark
from admin_app.surveys.question_types.settings import COMMON_SETTINGS as COMMON_SETTINGS
from admin_app.surveys.question_types.settings import KEPT_SETTINGS, UNWANTED, range_faults
from admin_app.surveys.question_types.settings import SettingSpec as SettingSpec
from admin_app.surveys.questionnaire import ChoiceSpec, QuestionSpec

# All values that a form sent under a name, in order: `request.form.getlist`.
GetList = Callable[[str], list[str]]
Answers = dict[str, Any]

# What one person may write into one field, in characters; long texts have a limit of their own.
TEXT_LIMIT = 2_000
LONG_TEXT_LIMIT = 50_000
# More options than this nobody reads through: the form offers to search them, where it can.
SEARCH_ABOVE = 15


class AnswerError(ValueError):
    """An answer cannot be taken. `errors` has a sentence for the respondent by the name of each form field at fault."""

    def __init__(self, message: str, *, name: str) -> None:
        super().__init__(message)
        self.errors = {name: message}

    @classmethod
    def at(cls, errors: Mapping[str, str]) -> AnswerError:
        """Return the error for several fields of one question; there is at least one."""
        name, message = next(iter(errors.items()))
        error = cls(message, name=name)
        error.errors = dict(errors)
        return error


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
class Tally:
    """How often each choice was taken, in the order in which they are offered."""

    choices: list[Count] = field(default_factory=list)

    @cached_property
    def _by_code(self) -> dict[str, Count]:
        return {count.code: count for count in self.choices}

    def tally(self, code: str, times: int = 1) -> None:
        """Count takings of `code`; a code that is not on offer any more gets a line of its own, nothing is lost."""
        if code not in self._by_code:
            self._by_code[code] = Count(code, code)
            self.choices.append(self._by_code[code])
        self._by_code[code].count += times


@dataclass(kw_only=True)
class RowSummary(Tally):
    """The counts of one row of a matrix."""

    code: str
    label: str
    answered: int = 0


@dataclass(kw_only=True)
class Summary(Tally):
    """What the replies say about one question. `answered + skipped + not_shown` is the number of replies."""

    answered: int = 0
    skipped: int = 0
    not_shown: int = 0
    other: int = 0
    rows: list[RowSummary] = field(default_factory=list)
    stats: dict[str, Any] = field(default_factory=dict)


class QuestionType(ABC):
    """One kind of question. Instances hold nothing of a question; it comes with every call."""

    name: ClassVar[str]
    # Marked; `words` is what people read.
    label: ClassVar[str]
    # Marked: what people may call it who know it from elsewhere; the build page finds it under these too.
    keywords: ClassVar[str] = ""
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
    # What the stored text is to a spreadsheet: "date", "time" or "datetime"; empty for what is a text.
    moment: ClassVar[str] = ""

    @property
    def words(self) -> str:
        """The type's name in the reader's language."""
        return _(self.label)

    @cached_property
    def known_settings(self) -> dict[str, SettingSpec]:
        """Every setting that a question of this type may have, by its name."""
        return {spec.name: spec for spec in (*self.settings, *COMMON_SETTINGS)}

    def setting(self, question: QuestionSpec, name: str) -> Any:
        """Return what holds for a question: what is set, else the default, also where what is set cannot be.

        A draft may hold what cannot be published, and is shown all the same.
        """
        value = question.settings.get(name)
        spec = self.known_settings[name]
        return spec.default if value is None or not spec.accepts(value) else value

    def options(self, question: QuestionSpec) -> tuple[ChoiceSpec, ...]:
        """Return the choices that are on offer, in order; also for a type that brings its own."""
        return question.choices

    def is_long(self, question: QuestionSpec) -> bool:
        """Whether the form offers to search the options."""
        return len(self.options(question)) > SEARCH_ABOVE

    def word(self, option: ChoiceSpec | Count) -> str:
        """Return the label of one of `options()`, or of its count, in the reader's language where it is our own."""
        return option.label

    def offered(self, question: QuestionSpec) -> list[tuple[str, str]]:
        """Return (code, label) for each option as the form shows it."""
        return [(option.code, self.word(option)) for option in self.options(question)]

    def names_in_files(self, question: QuestionSpec, *, labels: bool) -> list[tuple[str, str]]:
        """Return (code, text) for each text by which a file of replies may name one of the options."""
        return [(option.code, option.label if labels else option.code) for option in self.options(question)]

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
            raise AnswerError(_("Give one answer only."), name=question.key)
        return {question.key: self.clean(question, raw[0])}

    def fill(self, question: QuestionSpec, answers: Mapping[str, Any]) -> dict[str, list[str]]:
        """Return what the form's fields hold where the answer is given already: `collect()` makes the same of it."""
        value = answers.get(question.key)
        return {} if value is None else {question.key: [str(value)]}

    @abstractmethod
    def clean(self, question: QuestionSpec, raw: str) -> Any:
        """Return the typed value of one non-empty text; raise AnswerError with a sentence for the respondent."""

    def required_message(self, question: QuestionSpec) -> str:
        """Return the sentence for a required question without an answer."""
        return str(question.settings.get("required_message") or _("Answer this question to go on."))

    def invalid(self, question: QuestionSpec, sentence: str) -> AnswerError:
        """Return the error for an answer outside what is allowed: in the question's own words, else `sentence`."""
        return AnswerError(str(question.settings.get("invalid_message") or sentence), name=question.key)

    def show(self, question: QuestionSpec, answers: Mapping[str, Any]) -> str:
        """Return the answer in words: labels in place of codes; an empty text where there is none."""
        value = answers.get(question.key)
        return "" if value is None else str(value)

    def columns(self, question: QuestionSpec, *, labels: bool) -> list[Column]:
        """Return the columns of this question in an export, with codes or with labels."""
        return [Column(question.key, question.label, lambda answers: answers.get(question.key))]

    def choice_columns(self, question: QuestionSpec) -> list[Column]:
        """Return a column for each choice in place of the first one, where several can be taken; else nothing."""
        return []

    def summarise(self, question: QuestionSpec, replies: Iterable[Mapping[str, Any]]) -> Summary:
        """Return the counts over the answers of all replies that count; of none as well."""
        summary = self.start(question)
        for answers in replies:
            self.add(question, summary, answers)
        self.finish(question, summary)
        return summary

    def add(self, question: QuestionSpec, summary: Summary, answers: Mapping[str, Any], times: int = 1) -> None:
        """Count one reply, or `times` that are alike: as not shown, skipped or answered."""
        if question.key not in answers:
            summary.not_shown += times
        elif answers[question.key] is None and not answers.get(question.other_key):
            summary.skipped += times
        else:
            summary.answered += times
            self.count(question, summary, answers, times)

    def start(self, question: QuestionSpec) -> Summary:
        """Return a summary with every choice at zero."""
        return Summary()

    def count(self, question: QuestionSpec, summary: Summary, answers: Mapping[str, Any], times: int = 1) -> None:
        """Add one answered reply to the summary, or as many as there are alike."""

    def finish(self, question: QuestionSpec, summary: Summary) -> None:
        """Work out what needs all the values."""

    def find_faults(self, question: QuestionSpec) -> list[str]:
        """Return what is wrong with the question itself, in sentences; publishing is refused while there is any."""
        faults = self._setting_faults(question)
        if not question.label.strip() and (self.asks or not question.description.strip()):
            faults.append(_("There is no text."))
        if self.has_choices and not question.choices:
            faults.append(_("There are no choices."))
        if self.has_rows and not question.rows:
            faults.append(_("There are no rows."))
        for (doubled, nameless), specs in ((_CHOICE_FAULTS, question.choices), (_ROW_FAULTS, question.rows)):
            codes = [spec.code for spec in specs]
            faults += [_(doubled, code=code) for code in sorted({code for code in codes if codes.count(code) > 1})]
            faults += [_(nameless, code=spec.code) for spec in specs if not spec.label.strip()]
        return faults

    def _setting_faults(self, question: QuestionSpec) -> list[str]:
        faults = []
        for name, value in question.settings.items():
            if name in KEPT_SETTINGS:
                continue
            if name not in self.known_settings:
                faults.append(_("“%(name)s” is not a setting of this type.", name=name))
            elif value is not None and (fault := self.known_settings[name].fault(value)):
                faults.append(fault)
        return faults or range_faults(question.settings) or self.contradictions(question)

    def contradictions(self, question: QuestionSpec) -> list[str]:
        """Return a sentence for each way in which settings that are sound by themselves do not go together."""
        return []


# A code that stands twice, and one without a label.
_CHOICE_FAULTS = (
    mark("The code “%(code)s” stands for two choices."),
    mark("The choice “%(code)s” has no label."),
)
_ROW_FAULTS = (
    mark("The code “%(code)s” stands for two rows."),
    mark("The row “%(code)s” has no label."),
)

QUESTION_TYPES: Registry[QuestionType] = Registry("question types")


def clean_text(text: str) -> str:
    """Return what a person typed without surrounding white space, control characters and lone surrogates."""
    return UNWANTED.sub("", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
