"""Which surveys, and what belongs to them, are somebody's own or shared with him."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, false, or_, select

from admin_app.core.db import db
from admin_app.core.permissions import Actor, Letter, Scope
from admin_app.surveys.models import Question, Section, Survey, SurveyShare

# What a share must allow for each letter. The survey itself is created and deleted by its owner only.
_SURVEY_ACCESS: Mapping[Letter, tuple[str, ...]] = {Letter.READ: ("read", "edit"), Letter.UPDATE: ("edit",)}
_QUESTION_ACCESS: Mapping[Letter, tuple[str, ...]] = {
    letter: ("read", "edit") if letter is Letter.READ else ("edit",) for letter in Letter
}


def owned_or_shared(actor: Actor, scope: Scope, access: tuple[str, ...]) -> ColumnElement[bool]:
    """Return the condition for surveys that are the actor's own or, with scope SHARED, shared with such `access`."""
    own = Survey.owner_id == actor.id if actor.id is not None else false()
    if scope < Scope.SHARED or not access:
        return own
    receiver = or_(SurveyShare.user_id == actor.id, SurveyShare.role_id.in_(actor.role_ids))
    shared = and_(SurveyShare.survey_id == Survey.id, receiver, SurveyShare.access.in_(access))
    return or_(own, select(SurveyShare.id).where(shared).correlate(Survey).exists())


def changes_all_surveys(actor: Actor) -> bool:
    """Whether `actor` may change every survey: who may, makes surveys for others and gives them away."""
    return actor.rights.grants.get(("survey", Letter.UPDATE)) is Scope.ALL


class SurveyScope:
    """Own: the owner. Shared: with the user or one of his roles, to read or to edit."""

    access = _SURVEY_ACCESS

    def condition(self, actor: Actor, scope: Scope, letter: Letter) -> ColumnElement[bool]:
        return owned_or_shared(actor, scope, self.access.get(letter, ()))

    def holds(self, actor: Actor, scope: Scope, letter: Letter, obj: Any) -> bool:
        if actor.id is not None and self.owner_id(obj) == actor.id:
            return True
        if scope < Scope.SHARED:
            return False
        condition = owned_or_shared(actor, scope, self.access.get(letter, ()))
        found = select(Survey.id).where(Survey.id == self.survey_id(obj), condition)
        return db.session.scalar(found) is not None

    def owner_id(self, obj: Any) -> int | None:
        """Return the owner of the survey in hand, where it needs no reading."""
        owner: int | None = obj.owner_id if isinstance(obj, Survey) else None
        return owner

    def survey_id(self, obj: Any) -> int:
        """Return the id of the survey that `obj` is or belongs to."""
        found: int = obj.id if isinstance(obj, Survey) else obj.survey_id
        return found


class QuestionScope(SurveyScope):
    """Questions and sections follow their survey; `obj` may be the survey itself: its questions."""

    access = _QUESTION_ACCESS

    def condition(self, actor: Actor, scope: Scope, letter: Letter) -> ColumnElement[bool]:
        return Question.survey_id.in_(surveys_within(actor, scope, self.access[letter]))

    def holds(self, actor: Actor, scope: Scope, letter: Letter, obj: Any) -> bool:
        if isinstance(obj, Question | Section):
            found = select(Survey.id).where(
                Survey.id == obj.survey_id, owned_or_shared(actor, scope, self.access[letter])
            )
            return db.session.scalar(found) is not None
        return super().holds(actor, scope, letter, obj)


def surveys_within(actor: Actor, scope: Scope, access: tuple[str, ...]) -> Select[Any]:
    """Return the ids of surveys within `scope`, for the conditions of what belongs to surveys."""
    return select(Survey.id).where(owned_or_shared(actor, scope, access))
