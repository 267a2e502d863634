"""Which replies are somebody's own or shared with him: those to his surveys, and to the ones shared with him."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, select

from admin_app.core.db import db
from admin_app.core.permissions import Actor, Letter, Scope
from admin_app.replies.models import Reply
from admin_app.surveys.models import Survey
from admin_app.surveys.scopes import owned_or_shared, surveys_within

_ACCESS = {letter: ("read", "edit") if letter is Letter.READ else ("edit",) for letter in Letter}


class ReplyScope:
    """Replies follow their survey; `obj` may be the survey itself: the replies to it."""

    def condition(self, actor: Actor, scope: Scope, letter: Letter) -> ColumnElement[bool]:
        """Return the condition for the replies within `scope`."""
        return Reply.survey_id.in_(surveys_within(actor, scope, _ACCESS[letter]))

    def holds(self, actor: Actor, scope: Scope, letter: Letter, obj: Any) -> bool:
        """Whether a reply, or the replies to a survey, are within `scope`."""
        survey_id = obj.id if isinstance(obj, Survey) else obj.survey_id
        found = select(Survey.id).where(Survey.id == survey_id, owned_or_shared(actor, scope, _ACCESS[letter]))
        return db.session.scalar(found) is not None


SCOPE = ReplyScope()
