"""A question that goes live at once: the last version and this one more, whatever else the draft holds by now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import select

from admin_app.core.db import db
from admin_app.core.permissions import Actor
from admin_app.surveys.models import Question, Section, Survey
from admin_app.surveys.operations.publishing import begin_publishing, freeze, require_sound
from admin_app.surveys.operations.questions import add_question
from admin_app.surveys.operations.sections import add_section
from admin_app.surveys.queries import question_spec, questionnaire_of
from admin_app.surveys.questionnaire import Questionnaire, QuestionSpec, SectionSpec


def append_question(survey: Survey, data: Mapping[str, Any], *, actor: Actor) -> Question:
    """Add a question at the end of a survey; where that has been published, it is asked from now on.

    What else was changed in the draft since the last version stays unpublished. Raises InvalidError for a question that
    could not be published as it is, and ConflictError when the survey is archived.
    """
    if survey.current_version_id is not None:
        begin_publishing(survey, actor=actor)
    question = add_question(_last_section(survey, actor), data, actor=actor)
    spec = question_spec(question)
    if survey.current_version is None:
        require_sound(Questionnaire(survey.title, sections=(SectionSpec("", "", questions=(spec,)),)))
        return question
    longer = _with(questionnaire_of(survey.current_version), question.section, spec)
    require_sound(longer)
    freeze(survey, longer, select(Question.id).where(Question.id == question.id), actor=actor)
    return question


def _last_section(survey: Survey, actor: Actor) -> Section:
    """Return the section at the end of the draft; of a published survey, one whose texts are published too."""
    there = select(Section).where(
        Section.survey_id == survey.id, Section.deleted_at.is_(None), Section.retired_at.is_(None)
    )
    if survey.current_version is not None:
        published = questionnaire_of(survey.current_version).sections
        there = there.where(Section.uid.in_([section.uid for section in published]))
    last = db.session.scalar(there.order_by(Section.rank.desc(), Section.id.desc()).limit(1))
    return add_section(survey, {}, actor=actor) if last is None else last


def _with(published: Questionnaire, section: Section, spec: QuestionSpec) -> Questionnaire:
    """Return `published` with one more question at the end of a section, which may be a new one."""
    sections = list(published.sections)
    if section.uid not in {one.uid for one in sections}:
        sections.append(SectionSpec(section.uid, section.title, section.description))
    longer = (replace(one, questions=(*one.questions, spec)) if one.uid == section.uid else one for one in sections)
    return replace(published, sections=tuple(longer))
