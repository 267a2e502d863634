"""Questions and choices joined over all versions of a survey: later wording wins, retired ones stay."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.question_types.base import QuestionType
from admin_app.surveys.questionnaire import Questionnaire, QuestionSpec

T = TypeVar("T")


@dataclass(frozen=True)
class JoinedQuestion:
    """One question in its latest words, with every choice and row that any version offered."""

    spec: QuestionSpec
    # Not in the latest version any more.
    retired: bool
    # The versions that ask it, by their ids.
    versions: frozenset[int]

    @property
    def type(self) -> QuestionType:
        """The question's type."""
        return QUESTION_TYPES[self.spec.type]

    def with_other(self) -> JoinedQuestion:
        """Return the question as one that offers "other"."""
        return replace(self, spec=replace(self.spec, settings={**self.spec.settings, "other": True}))


def weave(lists: Iterable[Sequence[T]], identity: Callable[[T], str]) -> list[T]:
    """Join lists, the leading one first, each thing once; what only a later list has keeps its place behind what it
    followed there."""
    joined: list[T] = []
    seen: list[str] = []
    for items in lists:
        place = 0
        for item in items:
            name = identity(item)
            if name in seen:
                place = seen.index(name) + 1
                continue
            joined.insert(place, item)
            seen.insert(place, name)
            place += 1
    return joined


def join_versions(versions: Mapping[int, Questionnaire]) -> list[JoinedQuestion]:
    """Return the questions that have answers, in the order of the questionnaire; `versions` by id, the latest first.

    Questions are the same where their uid is. Within a question a code never stands for two choices.
    """
    asked = {
        number: [question for question in questionnaire.questions() if QUESTION_TYPES[question.type].asks]
        for number, questionnaire in versions.items()
    }
    wordings: dict[str, dict[int, QuestionSpec]] = {}
    for number, questions in asked.items():
        for question in questions:
            wordings.setdefault(question.uid, {})[number] = question
    latest = next(iter(versions), 0)
    return [
        JoinedQuestion(
            spec=_merge(list(wordings[question.uid].values())),
            retired=latest not in wordings[question.uid],
            versions=frozenset(wordings[question.uid]),
        )
        for question in weave(asked.values(), lambda question: question.uid)
    ]


def _merge(wordings: Sequence[QuestionSpec]) -> QuestionSpec:
    """Return the latest wording with the choices and rows of all, and with "other" if it was ever offered."""
    latest = wordings[0]
    if len(wordings) == 1:
        return latest
    settings = dict(latest.settings)
    if any(wording.other for wording in wordings):
        settings["other"] = True
    return replace(
        latest,
        settings=settings,
        choices=tuple(weave((wording.choices for wording in wordings), lambda choice: choice.code)),
        rows=tuple(weave((wording.rows for wording in wordings), lambda row: row.code)),
    )
