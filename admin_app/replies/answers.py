"""From what a form sent to the answers of one reply."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from admin_app.core.errors import InvalidError
from admin_app.core.words import gettext as _
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.question_types.base import AnswerError, Answers, GetList
from admin_app.surveys.questionnaire import Questionnaire, QuestionSpec

# Stand in a file in place of an answer and say why there is none. A text that says the same gets a `'` in front.
NOT_SHOWN, SKIPPED = "[not shown]", "[skipped]"


def says_why(text: str) -> bool:
    """Whether a text is one of these words, or one of people that was told apart from them."""
    return text.lstrip("'") in (NOT_SHOWN, SKIPPED)


@dataclass(frozen=True)
class Collected:
    """The answers as they are stored, and a sentence for each form field that cannot be taken."""

    answers: Answers
    errors: dict[str, str]


def collect_answers(questionnaire: Questionnaire, getlist: GetList) -> Collected:
    """Let each question take its own from the form. Fields that no question asks for are passed over."""
    answers: Answers = {}
    errors: dict[str, str] = {}
    for question in questionnaire.questions():
        try:
            answers.update(QUESTION_TYPES[question.type].collect(question, getlist))
        except AnswerError as error:
            errors.update(error.errors)
    return Collected(answers, errors)


def collect_one(question: QuestionSpec, getlist: GetList) -> Answers:
    """Return the answers of a reply to this one question, whatever it requires of others and of itself.

    Raises InvalidError with the reason where there is no answer, or none that fits.
    """
    kind = QUESTION_TYPES[question.type]
    if not kind.asks:
        raise InvalidError(_("This is a text to read, and has no answer."))
    try:
        answers = kind.collect(replace(question, required=False), getlist)
    except AnswerError as error:
        raise InvalidError(" ".join(error.errors.values())) from None
    if not any(value is not None for value in answers.values()):
        raise InvalidError(_("This is no answer to the question."))
    return answers


def lines_to_copy(questionnaire: Questionnaire, getlist: GetList) -> Iterator[tuple[str, str]]:
    """Yield (question, what was given) for a person to keep, also of what could not have been taken."""
    for question in questionnaire.questions():
        kind = QUESTION_TYPES[question.type]
        try:
            text = kind.show(question, kind.collect(question, getlist))
        except AnswerError:
            given = [value for name in kind.field_names(question) for value in getlist(name)]
            text = "; ".join(question.labels.get(value, value) for value in given)
        if text.strip():
            yield question.label, text
