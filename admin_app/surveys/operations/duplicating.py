"""A copy of a survey: the same questions under the same identities, so that the results of both can be compared."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy import select

from admin_app.accounts.models import User
from admin_app.core.db import db
from admin_app.core.errors import NotFoundError
from admin_app.core.permissions import Actor, require
from admin_app.core.words import gettext as _
from admin_app.surveys.findings import TITLE_LIMIT
from admin_app.surveys.models import Survey
from admin_app.surveys.operations.building import build_survey
from admin_app.surveys.queries import draft_questionnaire

# What goes along beside the questionnaire. A copy has no dates, which may be over, and is not on the front page, where
# people would meet two of it.
_KEPT = ("anonymous", "reply_limit")


def duplicate_survey(survey: Survey, *, actor: Actor) -> Survey:
    """Make a draft that asks what the draft of `survey` does, and return it; what is retired stays behind.

    It is the actor's own (the system's copies stay with the owner), shared with nobody, and has no replies.
    """
    require(actor, "survey", "R", obj=survey)
    require(actor, "question", "R", obj=survey)
    _hold(survey)
    draft = draft_questionnaire(survey)
    return build_survey(
        replace(draft, title=_title(draft.title)),
        owner=actor if isinstance(actor, User) else survey.owner,
        actor=actor,
        columns={name: getattr(survey, name) for name in _KEPT},
        extra={"copied_from": f"{survey.title} ({survey.public_id})"},
    )


def _hold(survey: Survey) -> None:
    """Let nobody change the draft while it is read; others may read it too. NotFoundError when it was deleted."""
    there = select(Survey.id).where(Survey.id == survey.id, Survey.deleted_at.is_(None)).with_for_update(read=True)
    if db.session.scalar(there) is None:
        raise NotFoundError(_("There is no such survey any more."))
    db.session.refresh(survey)


def _title(title: str) -> str:
    """Return the title of the copy, within what a title may hold."""
    over = len(_("%(title)s (copy)", title=title)) - TITLE_LIMIT
    return _("%(title)s (copy)", title=title[:-over] if over > 0 else title)
