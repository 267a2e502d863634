"""What surveys must know of the replies, which stand above them. The replies register their answer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from admin_app.core.registry import Registry

if TYPE_CHECKING:
    from admin_app.surveys.models import Survey, SurveyVersion


class ReplyFacts(Protocol):
    """What is asked about the replies to surveys."""

    def exist(self, survey_id: int) -> bool:
        """Whether any reply is stored; trashed ones and tests count too."""

    def counting(self, survey_id: int) -> int:
        """Return how many replies count towards the survey's limit."""

    def totals(self, survey_ids: Sequence[int], *, cap: int) -> Mapping[int, int]:
        """Return the number of replies that count by survey, in one statement, counted up to `cap`."""

    def answered(self, survey_id: int, keys: Collection[str], *, cap: int) -> Mapping[str, int]:
        """Return how many of the newest `cap` replies that count answer each question; without those none answers."""

    def by_version(self, survey_id: int, *, cap: int) -> Mapping[int, int]:
        """Return how many of the newest `cap` replies that count were given under each version, by its id."""


# Called when a survey has been published, in the same unit of work, with its version before (if any) and the new one.
PUBLISHED: Registry[Callable[[Survey, SurveyVersion | None, SurveyVersion], None]] = Registry("steps after publishing")

REPLY_FACTS: Registry[ReplyFacts] = Registry("reply facts")

# Lists show "more than" from here on: counting further costs more than the figure is worth.
TOTALS_CAP = 10_000


def has_replies(survey_id: int) -> bool:
    """Whether anything is stored for the survey, so that its anonymity is fixed."""
    return any(facts.exist(survey_id) for facts in REPLY_FACTS.values())


def count_replies(survey_id: int) -> int:
    """Return how many replies count towards the survey's limit."""
    return sum(facts.counting(survey_id) for facts in REPLY_FACTS.values())


def reply_totals(survey_ids: Sequence[int], *, cap: int = TOTALS_CAP) -> dict[int, int]:
    """Return the number of replies by survey for one page of a list."""
    totals = dict.fromkeys(survey_ids, 0)
    for facts in REPLY_FACTS.values():
        totals.update(facts.totals(survey_ids, cap=cap))
    return totals


def answer_totals(survey_id: int, keys: Collection[str], *, cap: int = TOTALS_CAP) -> dict[str, int]:
    """Return how many of the newest `cap` replies answer each question, by its key."""
    totals = dict.fromkeys(keys, 0)
    for facts in REPLY_FACTS.values():
        totals.update(facts.answered(survey_id, keys, cap=cap))
    return totals


def version_totals(survey_id: int, *, cap: int = TOTALS_CAP) -> dict[int, int]:
    """Return how many of the newest `cap` replies were given under each version, by its id."""
    totals: dict[int, int] = {}
    for facts in REPLY_FACTS.values():
        totals.update(facts.by_version(survey_id, cap=cap))
    return totals
