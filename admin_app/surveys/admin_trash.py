"""Sections and questions in the trash: those that were never published. Published ones are retired and stay."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext, lazy_gettext
from sqlalchemy import ColumnElement, func, select

from admin_app.accounts.queries import name_of
from admin_app.console.trash import TRASH, TrashKind
from admin_app.core.errors import ConflictError
from admin_app.core.permissions import Actor
from admin_app.core.trash import counted
from admin_app.surveys.models import Choice, Question, Section, Survey
from admin_app.surveys.operations.removal import undelete_question, undelete_section
from admin_app.surveys.operations.restoring import purge_question, purge_section


def _title(model: Any) -> ColumnElement[Any]:
    return select(Survey.title).where(Survey.id == model.survey_id).correlate(model).scalar_subquery()


def _require_survey(record: Question | Section) -> None:
    if record.survey.deleted_at is not None:
        raise ConflictError(gettext("Its survey was deleted. Bring that back first."))


def _restore_question(question: Question, actor: Actor) -> str:
    _require_survey(question)
    undelete_question(question, actor=actor)
    return str(gettext("The question is back in the draft."))


def _purge_question(question: Question, actor: Actor) -> str:
    purge_question(question, actor=actor)
    return str(gettext("The question was deleted for ever."))


def _restore_section(section: Section, actor: Actor) -> str:
    _require_survey(section)
    undelete_section(section, actor=actor)
    return str(gettext("The section is back in the draft, with the questions that were deleted along with it."))


def _purge_section(section: Section, actor: Actor) -> str:
    purge_section(section, actor=actor)
    return str(gettext("The section was deleted for ever."))


QUESTIONS = TrashKind(
    place=30,
    resource="question",
    label=lazy_gettext("Questions"),
    model=Question,
    name=Question.label.expression,
    within=_title(Question),
    deleted_by=name_of(Question.deleted_by_id),
    # Where another question took its key, it has its identity for a key.
    typed=lambda question: str(question.key.removeprefix("~")),
    typed_words=lazy_gettext("Type the question's key to go on:"),
    restore=_restore_question,
    purge=_purge_question,
    consequence=lazy_gettext("The question was never published, so no reply has an answer to it."),
    hangs=((lazy_gettext("Choices"), counted(Choice, Choice.question_id, Question)),),
)
SECTIONS = TrashKind(
    place=40,
    resource="question",
    label=lazy_gettext("Sections"),
    model=Section,
    name=func.coalesce(func.nullif(Section.title, ""), Section.uid),
    within=_title(Section),
    deleted_by=name_of(Section.deleted_by_id),
    typed=lambda section: " ".join(section.title.split()) or str(section.uid),
    typed_words=lazy_gettext("Type the section's title to go on:"),
    restore=_restore_section,
    purge=_purge_section,
    consequence=lazy_gettext("Its questions go with it. They were never published, so no reply has answers to them."),
    hangs=((lazy_gettext("Questions"), counted(Question, Question.section_id, Section)),),
)


def register() -> None:
    """Add both to the trash."""
    TRASH.add("questions", QUESTIONS)
    TRASH.add("sections", SECTIONS)
