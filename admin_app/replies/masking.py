"""What of a reply somebody may not see. Details, exports, results and look-ups all ask here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from admin_app.core.permissions import Actor, can
from admin_app.surveys.queries import questionnaire_of
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.questionnaire import QuestionSpec

if TYPE_CHECKING:
    from admin_app.replies.models import Reply

# Stands in place of an answer. No respondent's own words begin like this by accident.
MASK = "▒▒▒▒"


def masked_keys(questions: Iterable[QuestionSpec], *, actor: Actor, obj: Any) -> frozenset[str]:
    """Return the keys of the answers, KEY__other among them, that `actor` may not see of the survey or reply `obj`.

    People's own words need reply.free_text, questions marked as personal need reply.personal_data; what is both needs
    both. The words for "other" are people's own words too.
    """
    free_text = can(actor, "reply.free_text", obj=obj)
    personal = can(actor, "reply.personal_data", obj=obj)
    keys = set()
    for question in questions:
        hidden = question.personal and not personal
        if hidden or (QUESTION_TYPES[question.type].free_text and not free_text):
            keys.add(question.key)
        # Also where none is offered: an import may have kept such words all the same.
        if hidden or not free_text:
            keys.add(question.other_key)
    return frozenset(keys)


def hidden_keys(reply: Reply, *, actor: Actor) -> frozenset[str]:
    """Return the keys of what `actor` may not see of a reply: what was hidden when it was given, and what is now."""
    versions = {one.id: one for one in (reply.version, reply.survey.current_version) if one is not None}
    asked = [question for version in versions.values() for question in questionnaire_of(version).questions()]
    return masked_keys(asked, actor=actor, obj=reply)
