"""Sections and questions of a draft: adding, changing, retiring and bringing back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from admin_app.audit.operations import changes_between, record, state_of
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.errors import ConflictError, InvalidError
from admin_app.core.permissions import Actor, require
from admin_app.core.words import gettext as _
from admin_app.core.words import mark
from admin_app.surveys.findings import key_fault
from admin_app.surveys.models import Choice, Question, Section, Survey, SurveyState
from admin_app.surveys.operations import checks
from admin_app.surveys.operations.choices import choices_of, set_choices
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.ranks import between


def _key(value: Any) -> str:
    key = checks.text_of(value)
    if fault := key_fault(key):
        raise ValueError(fault)
    return key


def _type(value: Any) -> str:
    if not isinstance(value, str) or value not in QUESTION_TYPES:
        raise ValueError(_("There is no such question type."))
    return value


def _settings(value: Any) -> dict[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(_("Settings have names and values."))
    return {str(name): one for name, one in value.items() if one is not None and one != ""}


SECTION_FIELDS: Mapping[str, checks.Cleaner] = {"title": checks.line, "description": checks.rich}
QUESTION_FIELDS: Mapping[str, checks.Cleaner] = {
    "key": _key,
    "type": _type,
    "label": checks.label,
    "hint": checks.label,
    "description": checks.rich,
    "required": checks.flag,
    "personal": checks.flag,
    "settings": _settings,
    "choices": choices_of,
    "rows": choices_of,
}
_LISTS = ("choices", "rows")
_AUDITED = tuple(name for name in QUESTION_FIELDS if name not in _LISTS)


def add_section(survey: Survey, data: Mapping[str, Any], *, actor: Actor) -> Section:
    """Add a section at the end."""
    require(actor, "question", "C", obj=survey)
    clean = checks.clean_fields(data, SECTION_FIELDS)
    _lock_draft(survey)
    last = select(Section.rank).where(Section.survey_id == survey.id).order_by(Section.rank.desc()).limit(1)
    section = Section(survey=survey, rank=between(db.session.scalar(last), None), **clean)
    db.session.add(section)
    db.session.flush()
    record("section.create", section, actor=actor, changes=changes_between({}, state_of(section, SECTION_FIELDS)))
    return section


def update_section(section: Section, data: Mapping[str, Any], *, actor: Actor) -> None:
    """Change a section's texts."""
    require(actor, "question", "U", obj=section)
    clean = checks.clean_fields(data, SECTION_FIELDS)
    _lock_draft(section.survey)
    before = state_of(section, SECTION_FIELDS)
    _assign(section, clean)
    if changes := changes_between(before, state_of(section, SECTION_FIELDS)):
        record("section.update", section, actor=actor, changes=changes)


def add_question(section: Section, data: Mapping[str, Any], *, actor: Actor) -> Question:
    """Add a question at the end of a section; `choices` and `rows` are lists of {code, label, exclusive}."""
    require(actor, "question", "C", obj=section)
    clean = checks.clean_fields({"key": "", "type": "", "label": "", **data}, QUESTION_FIELDS)
    _lock_draft(section.survey)
    _require_free_key(section.survey_id, clean["key"])
    last = select(Question.rank).where(Question.section_id == section.id).order_by(Question.rank.desc()).limit(1)
    lists = {name: clean.pop(name, []) for name in _LISTS}
    question = Question(survey=section.survey, section=section, rank=between(db.session.scalar(last), None), **clean)
    db.session.add(question)
    for name in _LISTS:
        set_choices(question, name, lists[name])
    db.session.flush()
    record("question.create", question, actor=actor, changes=changes_between({}, state_of(question, _AUDITED)))
    return question


def update_question(question: Question, data: Mapping[str, Any], *, actor: Actor) -> None:
    """Change a question of the draft; respondents see it after the next publication.

    Key and type are fixed from the first publication on, the codes of published choices too: a choice that is missing
    from `choices` is retired when it was published, else removed.
    """
    require(actor, "question", "U", obj=question)
    clean = checks.clean_fields(data, QUESTION_FIELDS)
    _lock_question(question)
    _require_fixed(question, clean)
    if clean.get("key", question.key) != question.key:
        _require_free_key(question.survey_id, clean["key"])
    lists = {name: clean.pop(name) for name in _LISTS if name in clean}
    before = state_of(question, _AUDITED)
    _assign(question, clean)
    changes = changes_between(before, state_of(question, _AUDITED))
    for name, wanted in lists.items():
        changes.update(set_choices(question, name, wanted))
    if changes:
        question.updated_at = now()
        record("question.update", question, actor=actor, changes=changes)
        db.session.flush()


def retire_question(question: Question, *, actor: Actor) -> None:
    """Leave a question out of the next version; its answers stay."""
    _set_retired(question, retired=True, actor=actor)


def restore_question(question: Question, *, actor: Actor) -> None:
    """Ask a retired question again from the next version on."""
    _set_retired(question, retired=False, actor=actor)


def _set_retired(question: Question, *, retired: bool, actor: Actor) -> None:
    require(actor, "question", "U", obj=question)
    _lock_question(question)
    if (question.retired_at is not None) == retired:
        raise ConflictError(_("This question is retired already.") if retired else _("This question is not retired."))
    before, question.retired_at = question.retired_at, now() if retired else None
    action = "question.retire" if retired else "question.restore"
    record(action, question, actor=actor, changes={"retired_at": (before, question.retired_at)})
    db.session.flush()


def _assign(obj: Any, values: Mapping[str, Any]) -> None:
    for name, value in values.items():
        if getattr(obj, name) != value:
            setattr(obj, name, value)


def _lock_draft(survey: Survey) -> None:
    """Editing and publishing a questionnaire wait for each other, so that nobody publishes half a change."""
    checks.lock_survey(survey.id)
    db.session.refresh(survey, ["state"])
    if survey.state is SurveyState.ARCHIVED:
        raise ConflictError(_("This survey is archived and cannot be changed."))


def _lock_question(question: Question) -> None:
    _lock_draft(question.survey)
    # Somebody may have published since the question was read.
    fresh = select(Choice).where(Choice.question_id == question.id).execution_options(populate_existing=True)
    db.session.scalars(fresh).all()
    db.session.refresh(question, ["published_at", "retired_at", "deleted_at", "choices"])
    if question.deleted_at is not None:
        raise ConflictError(_("This question was deleted."))


_FIXED = {
    "key": mark("A question's key is fixed once it has been published."),
    "type": mark("A question's type is fixed once it has been published."),
}


def _require_fixed(question: Question, clean: Mapping[str, Any]) -> None:
    """What has been published keeps its name and its kind, for answers are stored under them."""
    if question.published_at is None:
        return
    fixed = {
        name: _(sentence)
        for name, sentence in _FIXED.items()
        if clean.get(name, getattr(question, name)) != getattr(question, name)
    }
    if fixed:
        raise InvalidError(_("This question has been published. Retire it and add another one."), fields=fixed)


def _require_free_key(survey_id: int, key: str) -> None:
    """A key is never used again, also not after its question was retired or deleted."""
    taken = db.session.scalar(select(Question.label).where(Question.survey_id == survey_id, Question.key == key))
    if taken is not None:
        sentence = _("This key belongs to “%(label)s” in this survey.", label=taken[:80])
        raise InvalidError(_("Choose another key."), fields={"key": sentence})
