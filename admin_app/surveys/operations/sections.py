"""Sections of a draft: adding, changing, moving and copying. Deleting and retiring stand in `removal`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from admin_app.audit.operations import changes_between, record, record_selection, state_of
from admin_app.core.db import db
from admin_app.core.errors import NotFoundError
from admin_app.core.permissions import Actor, require
from admin_app.core.words import gettext as _
from admin_app.surveys.models import Question, Section, Survey
from admin_app.surveys.operations import checks
from admin_app.surveys.operations.copying import copy_of
from admin_app.surveys.operations.drafts import assign, lock_draft, lock_section, settle
from admin_app.surveys.operations.fields import SECTION_FIELDS, give_up_keys, keys_of
from admin_app.surveys.operations.places import Edge, section_rank
from admin_app.surveys.proposals import another_key


def add_section(survey: Survey, data: Mapping[str, Any], *, after: Section | Edge = Edge.END, actor: Actor) -> Section:
    """Add a section behind another one, or at the end; with a `uid` in `data`, asking again adds nothing."""
    require(actor, "question", "C", obj=survey)
    clean = checks.clean_fields(data, {**SECTION_FIELDS, "uid": checks.uid})
    lock_draft(survey.id)
    if there := _section_of(survey.id, clean.get("uid")):
        return there
    section = Section(survey=survey, rank=section_rank(survey.id, after), **clean)
    db.session.add(section)
    db.session.flush()
    record("section.create", section, actor=actor, changes=changes_between({}, state_of(section, SECTION_FIELDS)))
    return section


def _section_of(survey_id: int, uid: str | None) -> Section | None:
    if uid is None:
        return None
    return db.session.scalar(select(Section).where(Section.survey_id == survey_id, Section.uid == uid))


def update_section(section: Section, data: Mapping[str, Any], *, actor: Actor) -> None:
    """Change a section's texts."""
    require(actor, "question", "U", obj=section)
    clean = checks.clean_fields(data, SECTION_FIELDS)
    lock_section(section)
    before = state_of(section, SECTION_FIELDS)
    assign(section, clean)
    if changes := changes_between(before, state_of(section, SECTION_FIELDS)):
        settle(section)
        record("section.update", section, actor=actor, changes=changes)
        db.session.flush()


def move_section(section: Section, after: Section | Edge, *, actor: Actor) -> None:
    """Put a section, with its questions, behind another one of its survey."""
    require(actor, "question", "U", obj=section)
    lock_section(section)
    if isinstance(after, Section) and after.survey_id != section.survey_id:
        raise NotFoundError(_("There is no such section in this survey."))
    before = state_of(section, ("rank",))
    section.rank = section_rank(section.survey_id, after, moving=section)
    if changes := changes_between(before, state_of(section, ("rank",))):
        settle(section)
        record("section.move", section, actor=actor, changes=changes)
        db.session.flush()


def duplicate_section(section: Section, *, uid: str | None = None, actor: Actor) -> Section:
    """Copy a section with the questions that it asks now, and put the copy behind it."""
    require(actor, "question", "C", obj=section)
    identity = {} if uid is None else checks.clean_fields({"uid": uid}, {"uid": checks.uid})
    lock_section(section)
    if there := _section_of(section.survey_id, uid):
        return there
    rank = section_rank(section.survey_id, section)
    copy = Section(
        survey_id=section.survey_id, title=section.title, description=section.description, rank=rank, **identity
    )
    copy.questions = _copies_of(section)
    db.session.add(copy)
    db.session.flush()
    made = {**state_of(copy, SECTION_FIELDS), "copy_of": section.id, "questions": len(copy.questions)}
    record("section.create", copy, actor=actor, changes=changes_between({}, made))
    added = select(Question.id, Question.label).where(Question.section_id == copy.id)
    record_selection("question.create", Question, added, actor=actor)
    return copy


def _copies_of(section: Section) -> list[Question]:
    asked = (
        select(Question)
        .where(Question.section_id == section.id, Question.deleted_at.is_(None), Question.retired_at.is_(None))
        .order_by(Question.rank, Question.id)
        .options(selectinload(Question.choices))
    )
    taken = keys_of(section.survey_id)
    copies = []
    for question in db.session.scalars(asked):
        key = another_key(question.key, taken)
        taken.add(key)
        copies.append(copy_of(question, key=key, rank=question.rank))
    give_up_keys(section.survey_id, [copy.key for copy in copies])
    return copies
