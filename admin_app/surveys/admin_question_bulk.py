"""What the list of questions does to many of them, in one survey or across many."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext, lazy_gettext
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload

from admin_app.audit.models import AuditBatch
from admin_app.console.base import BulkResult, bulk_action, counted
from admin_app.core.db import db
from admin_app.core.permissions import Actor
from admin_app.core.text import shorten
from admin_app.surveys import operations
from admin_app.surveys.admin_bulk_forms import SectionForm
from admin_app.surveys.models import Question, Section, Survey, SurveyState
from admin_app.surveys.operations.bulk_questions import (
    refusals_to_change,
    refusals_to_delete,
    refusals_to_duplicate,
    refusals_to_make_optional,
    refusals_to_require,
    refusals_to_restore,
    refusals_to_retire,
)
from admin_app.web.forms import Form

# What one can choose from by looking.
MOST_SECTIONS = 300


class QuestionBulkMixin:
    """The bulk actions on questions. All but deleting act on drafts: respondents see it after the next publication."""

    @bulk_action(
        "require",
        lazy_gettext("Make required"),
        permission="U",
        confirm=counted("Make %(number)s question required?", "Make %(number)s questions required?"),
        done=counted("%(number)s question is required now", "%(number)s questions are required now"),
        refusals=refusals_to_require,
        lead=lazy_gettext("Respondents see it after the next publication."),
    )
    def require_many(self, selection: Select[Any], *, actor: Actor, batch: AuditBatch) -> BulkResult:
        """Make the selected questions required."""
        return operations.require_answers(selection, actor=actor, batch=batch)

    @bulk_action(
        "optional",
        lazy_gettext("Make optional"),
        permission="U",
        confirm=counted("Make %(number)s question optional?", "Make %(number)s questions optional?"),
        done=counted("%(number)s question is optional now", "%(number)s questions are optional now"),
        refusals=refusals_to_make_optional,
        lead=lazy_gettext("Respondents see it after the next publication."),
    )
    def make_many_optional(self, selection: Select[Any], *, actor: Actor, batch: AuditBatch) -> BulkResult:
        """Make the selected questions optional."""
        return operations.make_optional(selection, actor=actor, batch=batch)

    @bulk_action(
        "move",
        lazy_gettext("Move to a section"),
        permission="U",
        confirm=counted(
            "Move %(number)s question to another section?", "Move %(number)s questions to another section?"
        ),
        done=counted("%(number)s question moved", "%(number)s questions moved"),
        refusals=refusals_to_change,
        form=SectionForm,
    )
    def move_many(
        self, selection: Select[Any], data: Mapping[str, Any], *, actor: Actor, batch: AuditBatch
    ) -> BulkResult:
        """Put the selected questions into a section of their survey."""
        section = db.session.get_one(Section, data["section"])
        return operations.move_questions(selection, section, actor=actor, batch=batch)

    @bulk_action(
        "duplicate",
        lazy_gettext("Duplicate"),
        permission="C",
        confirm=counted("Duplicate %(number)s question?", "Duplicate %(number)s questions?"),
        done=counted("%(number)s question is being duplicated", "%(number)s questions are being duplicated"),
        refusals=refusals_to_duplicate,
        queues=True,
        lead=lazy_gettext("Each copy stands behind its question, under a key of its own."),
    )
    def duplicate_many(self, selection: Select[Any], *, actor: Actor, batch: AuditBatch) -> BulkResult:
        """Let a job copy the selected questions."""
        return operations.duplicate_questions(selection, actor=actor)

    @bulk_action(
        "retire",
        lazy_gettext("Retire"),
        permission="U",
        confirm=counted("Retire %(number)s question?", "Retire %(number)s questions?"),
        done=counted("%(number)s question retired", "%(number)s questions retired"),
        refusals=refusals_to_retire,
        lead=lazy_gettext("They are not asked any more from the next publication on. Their answers stay."),
    )
    def retire_many(self, selection: Select[Any], *, actor: Actor, batch: AuditBatch) -> BulkResult:
        """Retire the selected questions."""
        return operations.retire_questions(selection, actor=actor, batch=batch)

    @bulk_action(
        "restore",
        lazy_gettext("Bring back"),
        permission="U",
        confirm=counted("Bring %(number)s retired question back?", "Bring %(number)s retired questions back?"),
        done=counted("%(number)s question brought back", "%(number)s questions brought back"),
        refusals=refusals_to_restore,
        lead=lazy_gettext("They are asked again from the next publication on."),
    )
    def restore_many(self, selection: Select[Any], *, actor: Actor, batch: AuditBatch) -> BulkResult:
        """Bring the selected retired questions back."""
        return operations.restore_questions(selection, actor=actor, batch=batch)

    @bulk_action(
        "delete",
        lazy_gettext("Delete"),
        permission="D",
        confirm=counted("Delete %(number)s question?", "Delete %(number)s questions?"),
        done=counted("%(number)s question deleted", "%(number)s questions deleted"),
        refusals=refusals_to_delete,
        tone="danger",
        guarded=True,
    )
    def bulk_delete(self, selection: Select[Any], *, actor: Actor, batch: AuditBatch) -> BulkResult:
        """Delete those of the selected questions that were never published."""
        return operations.delete_questions(selection, actor=actor, batch=batch)

    def fit_bulk_form(self, name: str, form: Form, selection: Select[Any]) -> Form | None:
        """Offer the sections of the surveys whose questions are chosen."""
        if name == "move":
            form["section"].choices = _sections(selection)
        return form


def _sections(selection: Select[Any]) -> Any:
    """Return the sections that questions of `selection` can be moved to, by survey where there are several."""
    surveys = select(Question.survey_id).where(Question.id.in_(selection.with_only_columns(Question.id).order_by(None)))
    there = (
        select(Section)
        .join(Survey, Survey.id == Section.survey_id)
        .where(Section.survey_id.in_(surveys), Section.deleted_at.is_(None), Section.retired_at.is_(None))
        .where(Survey.state != SurveyState.ARCHIVED, Survey.deleted_at.is_(None))
        .order_by(Survey.title, Survey.id, Section.rank, Section.id)
        .options(joinedload(Section.survey))
    )
    groups: dict[str, list[tuple[int, str]]] = {}
    for section in db.session.scalars(there.limit(MOST_SECTIONS)):
        survey = section.survey
        title = gettext("%(title)s (%(id)s)", title=shorten(survey.title, 60), id=survey.public_id)
        rows = groups.setdefault(title, [])
        untitled = gettext("Section %(number)s", number=len(rows) + 1)
        rows.append((section.id, shorten(section.title, 80) or untitled))
    return next(iter(groups.values())) if len(groups) == 1 else groups
