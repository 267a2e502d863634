"""Giving the surveys of users who are deleted to somebody else."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select

from admin_app.accounts.models import User
from admin_app.audit.models import AuditBatch
from admin_app.core.db import db
from admin_app.core.permissions import Actor
from admin_app.core.sql import among
from admin_app.core.words import gettext as _
from admin_app.core.words import ngettext
from admin_app.surveys.models import Survey
from admin_app.surveys.operations.survey_sets import give_surveys
from admin_app.surveys.scopes import changes_all_surveys


class SurveyEstate:
    """What `accounts.seams` asks about the surveys that belong to users; those in the trash count too."""

    def in_words(self, number: int) -> str:
        """Return so many surveys in words."""
        return ngettext("%(number)s survey", "%(number)s surveys", number)

    def owned(self) -> ColumnElement[bool]:
        """Return the condition for users who own a survey."""
        return exists().where(Survey.owner_id == User.id)

    def count(self, owners: Select[Any]) -> int:
        """Return how many surveys these users own."""
        return db.session.scalar(select(func.count()).select_from(Survey).where(Survey.owner_id.in_(owners))) or 0

    def may_hand_over(self, actor: Actor) -> bool:
        """Whether `actor` gives surveys away, by the rule of `update_survey()`.

        That somebody may edit a survey is not enough: its owner may do more with it, such as delete it.
        """
        return changes_all_surveys(actor)

    def refusal(self) -> str:
        """Return the sentence for whoever may not."""
        return _("This user owns surveys, and your roles do not allow you to make somebody else their owner.")

    def hand_over(self, owners: Select[Any], heir: User, *, actor: Actor, batch: AuditBatch | None) -> None:
        """Make `heir` the owner of all their surveys. Shares stay as they are."""
        mine = Survey.owner_id.in_(owners)
        ids = db.session.scalars(select(Survey.id).where(mine).order_by(Survey.id).with_for_update()).all()
        give_surveys(among(Survey.id, ids), heir, actor=actor, batch=batch)


SURVEY_ESTATE = SurveyEstate()
