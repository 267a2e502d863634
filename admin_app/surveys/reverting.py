"""How surveys, sections and questions are edited, for bringing back what they were."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from admin_app.accounts.models import User
from admin_app.audit.operations import plain, state_of
from admin_app.audit.reverting import Reverter
from admin_app.core.db import db
from admin_app.core.words import gettext as _
from admin_app.surveys.models import ChoiceAxis, Question, Section, Survey
from admin_app.surveys.operations import update_question, update_section, update_survey
from admin_app.surveys.operations.choices import AXES, choices_again, described
from admin_app.surveys.operations.drafts import lock_question, lock_section
from admin_app.surveys.operations.fields import AUDITED as OF_QUESTIONS
from admin_app.surveys.operations.fields import LISTS, SECTION_FIELDS
from admin_app.surveys.operations.sharing import told_shares
from admin_app.surveys.operations.surveys import AUDITED as OF_SURVEYS


def _moment(_record: Any, value: Any) -> dt.datetime | None:
    return None if value is None else dt.datetime.fromisoformat(value)


def _owner(_survey: Survey, key: Any) -> User:
    """Return the user of that number; ValueError where he is gone."""
    found = db.session.scalar(select(User).where(User.id == key, User.deleted_at.is_(None)))
    if found is None:
        raise ValueError(_("The user who was the owner is not there any more."))
    return found


def _survey_now(survey: Survey) -> dict[str, Any]:
    """Return all that the log tells of a survey itself, also what takes more than editing it."""
    return {**state_of(survey, (*OF_SURVEYS, "state")), **told_shares(survey)}


def _question_now(question: Question) -> dict[str, Any]:
    state = state_of(question, OF_QUESTIONS)
    return plain(state | {name: described(_in_order(question, axis)) for name, axis in AXES.items()})  # type: ignore[no-any-return]


def _in_order(question: Question, axis: ChoiceAxis) -> list[Any]:
    return sorted((one for one in question.choices if one.axis is axis), key=lambda one: (one.rank, one.id))


def _section_now(section: Section) -> dict[str, Any]:
    return state_of(section, SECTION_FIELDS)


def _lock_question(question: Question) -> None:
    lock_question(question, choices=True)


REVERTERS: Mapping[str, Reverter] = {
    "survey": Reverter(
        model=Survey,
        fields=OF_SURVEYS,
        state=_survey_now,
        update=update_survey,
        read={"opens_at": _moment, "closes_at": _moment, "owner_id": _owner},
        names={"owner_id": "owner"},
    ),
    "section": Reverter(
        model=Section,
        fields=tuple(SECTION_FIELDS),
        state=_section_now,
        update=update_section,
        lock=lock_section,
        rights="question",
    ),
    "question": Reverter(
        model=Question,
        fields=(*OF_QUESTIONS, *LISTS),
        state=_question_now,
        update=update_question,
        read=dict.fromkeys(LISTS, choices_again),
        lock=_lock_question,
    ),
}
