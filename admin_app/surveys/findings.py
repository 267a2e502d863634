"""What is wrong with a questionnaire: what stops it from being published, and what somebody should look at."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from admin_app.core.words import gettext as _
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.question_types.single_choice import OTHER_CODE
from admin_app.surveys.questionnaire import ChoiceSpec, Questionnaire, QuestionSpec

KEY_LIMIT, CODE_LIMIT, TITLE_LIMIT = 60, 80, 300
_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
_CODE = re.compile(r"[^\s,;\x00-\x1f\x7f\ud800-\udfff]+\Z")
# Names that the public form's own fields have.
RESERVED_KEYS = frozenset({"submission_key", "csrf_token", "lock_version"})


class Severity(StrEnum):
    """An error stops publishing; a warning does not."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong. `where` is a question's key, a section's title, or empty for the whole.

    `uid` is the identity of that question or section.
    """

    severity: Severity
    where: str
    message: str
    uid: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


def _error(where: str, message: str, uid: str = "") -> Finding:
    return Finding(Severity.ERROR, where, message, uid)


def _warning(where: str, message: str, uid: str = "") -> Finding:
    return Finding(Severity.WARNING, where, message, uid)


def key_fault(key: str) -> str:
    """Return what is wrong with a question's key, or an empty text.

    Two underscores in a row join a key to a matrix row or to "other" in forms and files, so they cannot be in a key.
    """
    if not _KEY.match(key):
        return _("A key begins with a letter and has only the letters A to Z, digits, “_” and “-”.")
    if len(key) > KEY_LIMIT:
        return _("A key has at most %(number)s characters.", number=KEY_LIMIT)
    if "__" in key.replace("-", "_"):
        return _("A key cannot have two underscores or hyphens in a row.")
    return _("This key is reserved for the form itself.") if key.lower() in RESERVED_KEYS else ""


def code_fault(code: str) -> str:
    """Return what is wrong with the code of a choice or row, or an empty text."""
    if not _CODE.match(code):
        return _("A code cannot be empty or have spaces, commas or semicolons in it.")
    if len(code) > CODE_LIMIT:
        return _("A code has at most %(number)s characters.", number=CODE_LIMIT)
    return _("This code stands for “Other”.") if code == OTHER_CODE else ""


def column_name(name: str) -> str:
    """Return `name` as files of replies compare it: a single “-” and “_”, upper and lower case count as equal."""
    return re.sub(r"(?<![-_])[-_](?![-_])", "_", name).casefold()


def find_problems(questionnaire: Questionnaire) -> list[Finding]:
    """Return all that is wrong with the questionnaire, in its order; errors stop publishing."""
    return list(_problems(questionnaire))


def errors_of(questionnaire: Questionnaire, *, may_be_empty: bool = False) -> list[Finding]:
    """Return the findings that stop publishing; `may_be_empty` where its questions are still to come."""
    return [one for one in _problems(questionnaire, may_be_empty=may_be_empty) if one.severity is Severity.ERROR]


def _problems(questionnaire: Questionnaire, *, may_be_empty: bool = False) -> Iterator[Finding]:
    if not questionnaire.title.strip():
        yield _error("", _("The survey has no title."))
    if not may_be_empty and not any(_asks(question) for question in questionnaire.questions()):
        yield _error("", _("There are no questions."))
    for number, section in enumerate(questionnaire.sections, 1):
        if not section.questions:
            where = section.title or _("Section %(number)s", number=number)
            yield _warning(where, _("The section has no questions."), section.uid)
        for question in section.questions:
            yield from _question_problems(question)
    yield from _clashes(questionnaire)


def _asks(question: QuestionSpec) -> bool:
    kind = QUESTION_TYPES.get(question.type)
    return kind is not None and kind.asks


def _question_problems(question: QuestionSpec) -> Iterator[Finding]:
    if fault := key_fault(question.key):
        yield _error(question.key, fault, question.uid)
    kind = QUESTION_TYPES.get(question.type)
    if kind is None:
        yield _error(question.key, _("There is no question type “%(name)s”.", name=question.type), question.uid)
        return
    for fault in kind.find_faults(question):
        yield _error(question.key, fault, question.uid)
    for specs in (question.choices, question.rows):
        yield from _spec_problems(question, specs)


def _spec_problems(question: QuestionSpec, specs: tuple[ChoiceSpec, ...]) -> Iterator[Finding]:
    for spec in specs:
        if fault := code_fault(spec.code):
            sentence = _("“%(text)s”: %(fault)s", text=spec.code, fault=fault)
            yield _error(question.key, sentence, question.uid)
    labels = Counter(" ".join(spec.label.split()).casefold() for spec in specs)
    for label, count in labels.items():
        if label and count > 1:
            sentence = _(
                "“%(label)s” stands there %(count)s times; nobody can tell them apart.", label=label, count=count
            )
            yield _warning(question.key, sentence, question.uid)


def _clashes(questionnaire: Questionnaire) -> Iterator[Finding]:
    seen: dict[str, QuestionSpec] = {}
    for question in questionnaire.questions():
        kind = QUESTION_TYPES.get(question.type)
        names = kind.field_names(question) if kind else []
        for name in dict.fromkeys(map(column_name, [question.key, *names])):
            other = seen.setdefault(name, question)
            if other is not question:
                sentence = _("“%(key)s” would have the same column in files of replies.", key=other.key)
                yield _error(question.key, sentence, question.uid)
