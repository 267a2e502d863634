"""Questions of a draft: adding, changing, moving and copying. Saving what is typed, and deleting, stand elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from admin_app.audit.operations import changes_between, record, state_of
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.errors import InvalidError, NotFoundError
from admin_app.core.permissions import Actor, require
from admin_app.core.words import gettext as _
from admin_app.core.words import mark
from admin_app.surveys.models import Question, Section
from admin_app.surveys.operations import checks
from admin_app.surveys.operations.choices import set_choices
from admin_app.surveys.operations.copying import copy_of
from admin_app.surveys.operations.drafts import assign, lock_question, lock_section, require_in_use, settle
from admin_app.surveys.operations.fields import (
    AUDITED,
    LISTS,
    QUESTION_FIELDS,
    carried_over,
    give_up_keys,
    key_or_nothing,
    keys_of,
    new_key,
    take_key,
)
from admin_app.surveys.operations.places import Edge, question_rank
from admin_app.surveys.proposals import another_key


def add_question(
    section: Section, data: Mapping[str, Any], *, after: Question | Edge = Edge.END, actor: Actor
) -> Question:
    """Add a question behind another one, or at the end of a section.

    `choices` and `rows` are lists of {code, label, exclusive}. An empty `key` asks for one that is made of the label;
    with a `uid`, asking again adds nothing.
    """
    require(actor, "question", "C", obj=section)
    fields = {**QUESTION_FIELDS, "uid": checks.uid, "key": key_or_nothing}
    clean = checks.clean_fields({"key": None, "type": "", "label": "", **data}, fields)
    lock_section(section)
    require_in_use(section)
    if there := _question_of(section.survey_id, clean.get("uid")):
        return there
    if clean["key"]:
        take_key(section.survey_id, clean["key"])
    else:
        clean["key"] = new_key(section.survey_id, clean["label"])
    lists = {name: clean.pop(name, []) for name in LISTS}
    question = Question(survey=section.survey, section=section, rank=question_rank(section.id, after), **clean)
    db.session.add(question)
    for name in LISTS:
        set_choices(question, name, lists[name])
    db.session.flush()
    record("question.create", question, actor=actor, changes=changes_between({}, state_of(question, AUDITED)))
    return question


def _question_of(survey_id: int, uid: str | None) -> Question | None:
    if uid is None:
        return None
    return db.session.scalar(select(Question).where(Question.survey_id == survey_id, Question.uid == uid))


def update_question(question: Question, data: Mapping[str, Any], *, actor: Actor) -> None:
    """Change a question of the draft; respondents see it after the next publication.

    Key and type are fixed from the first publication on, the codes of published choices too: a choice that is missing
    from `choices` is retired when it was published, else removed.
    """
    require(actor, "question", "U", obj=question)
    clean = checks.clean_fields(data, QUESTION_FIELDS)
    lock_question(question, choices=any(name in clean for name in LISTS))
    if changes := apply_changes(question, clean):
        settle(question)
        record("question.update", question, actor=actor, changes=changes)
        db.session.flush()


def apply_changes(question: Question, clean: Mapping[str, Any], *, follow: bool = False) -> dict[str, tuple[Any, Any]]:
    """Set what is clean on a question that is locked, and return what that changed.

    With `follow`, codes that were made of labels go along with them.
    """
    _require_fixed(question, clean)
    if clean.get("key", question.key) != question.key:
        take_key(question.survey_id, clean["key"])
    values = {name: value for name, value in clean.items() if name not in LISTS}
    if values.get("type", question.type) != question.type and "settings" not in values:
        values["settings"] = carried_over(question.settings, question.type, values["type"])
    before = state_of(question, AUDITED)
    assign(question, values)
    changes = changes_between(before, state_of(question, AUDITED))
    for name in LISTS:
        if name in clean:
            changes.update(set_choices(question, name, clean[name], follow=follow))
    if changes:
        question.updated_at = now()
    return changes


def move_question(question: Question, section: Section, after: Question | Edge, *, actor: Actor) -> None:
    """Put a question behind another one of a section of its survey."""
    require(actor, "question", "U", obj=question)
    lock_question(question)
    db.session.refresh(section)
    if section.survey_id != question.survey_id or section.deleted_at is not None:
        raise NotFoundError(_("There is no such section in this survey."))
    require_in_use(section)
    before = state_of(question, ("section_id", "rank"))
    rank = question_rank(section.id, after, moving=question)
    question.section_id, question.rank = section.id, rank
    if changes := changes_between(before, state_of(question, ("section_id", "rank"))):
        settle(question)
        record("question.move", question, actor=actor, changes=changes)
        db.session.flush()
        db.session.expire(question, ["section"])


def duplicate_question(question: Question, *, uid: str | None = None, actor: Actor) -> Question:
    """Copy a question and put the copy behind it."""
    require(actor, "question", "C", obj=question)
    identity = {} if uid is None else checks.clean_fields({"uid": uid}, {"uid": checks.uid})
    lock_question(question, choices=True)
    require_in_use(question.section)
    if there := _question_of(question.survey_id, uid):
        return there
    key = another_key(question.key, keys_of(question.survey_id))
    give_up_keys(question.survey_id, [key])
    rank = question_rank(question.section_id, question)
    copy = copy_of(question, key=key, rank=rank, section_id=question.section_id, **identity)
    db.session.add(copy)
    db.session.flush()
    made = {**state_of(copy, AUDITED), "copy_of": question.id}
    record("question.create", copy, actor=actor, changes=changes_between({}, made))
    return copy


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
