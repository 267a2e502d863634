"""What the build page can ask for: each change a name, its fields, one operation, and what it touched."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from admin_app.core.db import db
from admin_app.core.permissions import Actor
from admin_app.surveys import operations
from admin_app.surveys.admin_build_body import Body
from admin_app.surveys.models import Question, Section, Survey


@dataclass
class Touched:
    """What a change has made different, and what it has to say."""

    surveys: list[Survey] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    report: dict[str, Any] = field(default_factory=dict)


Change = Callable[[Body, Actor], Touched]


def _add_section(body: Body, actor: Actor) -> Touched:
    data = {**body.fields("data"), "uid": body.text("uid")}
    after = body.after_section()
    body.end()
    return Touched(sections=[operations.add_section(body.survey, data, after=after, actor=actor)])


def _add_question(body: Body, actor: Actor) -> Touched:
    data = {"key": "", **body.fields("data"), "uid": body.text("uid")}
    section, after = body.section(), body.after_question()
    body.end()
    return Touched(questions=[operations.add_question(section, data, after=after, actor=actor)])


def _save_survey(body: Body, actor: Actor) -> Touched:
    # There is one, and the address names it; the page calls it by a name all the same.
    body.one_of("survey", "survey")
    edits, version = body.edits("edits"), body.number("lock_version")
    body.end()
    operations.save_survey(body.survey, edits, lock_version=version, actor=actor)
    return Touched(surveys=[body.survey])


def _save_section(body: Body, actor: Actor) -> Touched:
    section, edits, version = body.section(), body.edits("edits"), body.number("lock_version")
    body.end()
    operations.save_section(section, edits, lock_version=version, actor=actor)
    return Touched(sections=[section])


def _save_question(body: Body, actor: Actor) -> Touched:
    question, edits, version = body.question(), body.edits("edits"), body.number("lock_version")
    body.end()
    operations.save_question(question, edits, lock_version=version, actor=actor)
    return Touched(questions=[question])


def _move_section(body: Body, actor: Actor) -> Touched:
    section, after = body.section(), body.after_section()
    body.end()
    operations.move_section(section, after, actor=actor)
    return Touched(sections=[section])


def _move_question(body: Body, actor: Actor) -> Touched:
    question, section, after = body.question(), body.section(), body.after_question()
    body.end()
    operations.move_question(question, section, after, actor=actor)
    return Touched(questions=[question])


def _duplicate_section(body: Body, actor: Actor) -> Touched:
    section, uid = body.section(), body.text("uid")
    body.end()
    copy = operations.duplicate_section(section, uid=uid, actor=actor)
    return Touched(sections=[copy], questions=list(copy.questions))


def _duplicate_question(body: Body, actor: Actor) -> Touched:
    question, uid = body.question(), body.text("uid")
    body.end()
    return Touched(questions=[operations.duplicate_question(question, uid=uid, actor=actor)])


def _paste_choices(body: Body, actor: Actor) -> Touched:
    question, text, replace = body.question(), body.text("text"), body.flag("replace")
    name = body.one_of("list", "choices", "rows")
    body.end()
    pasted = operations.paste_choices(question, name, text, replace=replace, actor=actor)
    report = {"added": len(pasted.choices), "repeated": pasted.repeated, "renamed": pasted.renamed}
    return Touched(questions=[question], report=report)


def _undelete_section(body: Body, actor: Actor) -> Touched:
    section = body.section()
    body.end()
    operations.undelete_section(section, actor=actor)
    there = (Question.section_id == section.id, Question.deleted_at.is_(None))
    ordered = select(Question).where(*there).order_by(Question.rank, Question.id)
    questions = db.session.scalars(ordered.options(selectinload(Question.choices)))
    return Touched(sections=[section], questions=list(questions))


def _of_section(operation: Callable[..., None]) -> Change:
    def run(body: Body, actor: Actor) -> Touched:
        section = body.section()
        body.end()
        operation(section, actor=actor)
        return Touched(sections=[section])

    return run


def _of_question(operation: Callable[..., None]) -> Change:
    def run(body: Body, actor: Actor) -> Touched:
        question = body.question()
        body.end()
        operation(question, actor=actor)
        return Touched(questions=[question])

    return run


CHANGES: Mapping[str, Change] = {
    "add_section": _add_section,
    "add_question": _add_question,
    "save_survey": _save_survey,
    "save_section": _save_section,
    "save_question": _save_question,
    "move_section": _move_section,
    "move_question": _move_question,
    "duplicate_section": _duplicate_section,
    "duplicate_question": _duplicate_question,
    "paste_choices": _paste_choices,
    "delete_section": _of_section(operations.delete_section),
    "undelete_section": _undelete_section,
    "retire_section": _of_section(operations.retire_section),
    "restore_section": _of_section(operations.restore_section),
    "delete_question": _of_question(operations.delete_question),
    "undelete_question": _of_question(operations.undelete_question),
    "retire_question": _of_question(operations.retire_question),
    "restore_question": _of_question(operations.restore_question),
}
