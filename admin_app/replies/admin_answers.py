"""Answers in words, under the wording they were given to, without what the reader may not see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from admin_app.core.permissions import Actor, can
from admin_app.replies.masking import MASK, hidden_keys
from admin_app.replies.models import AnswerEdit, Reply
from admin_app.replies.queries import edits_of
from admin_app.surveys.queries import questionnaire_of
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.questionnaire import QuestionSpec

NOT_SHOWN, SKIPPED, MASKED, ANSWERED = "not_shown", "skipped", "masked", "answered"


@dataclass(frozen=True)
class Words:
    """One answer in words, or why there is none: "answered", "skipped", "not_shown" or "masked"."""

    state: str
    text: str = ""


@dataclass(frozen=True)
class ShownEdit:
    """One change of an answer by staff: what stood there before, who changed it when, and why."""

    before: Words
    who: str
    at: dt.datetime
    reason: str
    id: int


@dataclass(frozen=True)
class ShownAnswer:
    """One answer as it is now, and how it came to be so; the first edit has what the respondent gave."""

    question: QuestionSpec
    words: Words
    edits: list[ShownEdit] = field(default_factory=list)
    editable: bool = False


@dataclass(frozen=True)
class ShownSection:
    """The answers of one section, under its version's wording."""

    title: str
    answers: list[ShownAnswer]


def shown_sections(reply: Reply, *, actor: Actor) -> Iterator[ShownSection]:
    """Yield what was answered, section by section."""
    questionnaire, edits = questionnaire_of(reply.version), edits_of(reply)
    hidden = hidden_keys(reply, actor=actor)
    may_edit = can(actor, "reply.edit_answers", obj=reply)
    for section in questionnaire.sections:
        asked = [question for question in section.questions if QUESTION_TYPES[question.type].asks]
        if asked:
            answers = [_shown(one, reply, hidden, edits.get(one.key, ()), may_edit=may_edit) for one in asked]
            yield ShownSection(section.title, answers)


def _shown(
    question: QuestionSpec, reply: Reply, hidden: Collection[str], edits: Sequence[AnswerEdit], *, may_edit: bool
) -> ShownAnswer:
    words = in_words(question, reply.answers, hidden)
    made = [
        ShownEdit(in_words(question, one.before, hidden), one.actor_name, one.at, one.reason, one.id) for one in edits
    ]
    # The words for "other" are replaced with the answer, so they must be seen too.
    other_hidden = question.other_key in hidden and (question.other or question.other_key in reply.answers)
    editable = may_edit and not other_hidden and words.state in (ANSWERED, SKIPPED) and question.key not in hidden
    return ShownAnswer(question, words, made, editable)


def in_words(question: QuestionSpec, answers: Mapping[str, Any], hidden: Collection[str]) -> Words:
    """Return what `answers` hold of a question; that there is an answer may be known to everybody."""
    if question.key not in answers:
        return Words(NOT_SHOWN)
    if answers[question.key] is None and not answers.get(question.other_key):
        return Words(SKIPPED)
    if question.key in hidden:
        return Words(MASKED)
    kept = answers.get(question.other_key)
    known = {**answers, question.other_key: MASK} if kept and question.other_key in hidden else answers
    text = QUESTION_TYPES[question.type].show(question, known)
    # An import keeps words also where the question offers no "other".
    words = known[question.other_key] if kept else ""
    return Words(ANSWERED, text if words in text else "; ".join(filter(None, [text, words])))
