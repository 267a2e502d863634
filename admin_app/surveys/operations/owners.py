"""Giving the surveys of users who are deleted to somebody else."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, exists, func, select, update

from admin_app.accounts.models import User
from admin_app.audit.models import AuditBatch
from admin_app.audit.operations import record_selection
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.permissions import Actor
from admin_app.core.sql import among
from admin_app.core.words import gettext as _
from admin_app.core.words import ngettext
from admin_app.surveys.models import Survey
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
        given = among(Survey.id, ids)
        # Before the change: each entry takes the owner who was out of the row itself.
        record_selection(
            "survey.change_owner",
            Survey,
            select(Survey.id, Survey.title).where(given),
            actor=actor,
            changes={"owner_id": (Survey.owner_id, heir.id)},
            batch=batch,
        )
        db.session.execute(
            update(Survey)
            .where(given)
            .values(owner_id=heir.id, updated_at=now(), lock_version=Survey.lock_version + 1)
            .execution_options(synchronize_session=False)
        )


SURVEY_ESTATE = SurveyEstate()
