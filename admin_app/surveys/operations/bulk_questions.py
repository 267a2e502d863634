"""What is done to many questions at once, in one survey or across many: each draft is locked as for a single change."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, cast

from sqlalchemy import ColumnElement, Select, Table, bindparam, not_, select, true, update

from admin_app.audit.models import AuditBatch
from admin_app.audit.operations import Changes, record, record_selection
from admin_app.audit.typed import settle_records
from admin_app.core.bulk import BulkResult, Refusals, explain, fits
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.errors import NotFoundError
from admin_app.core.permissions import Actor, Letter, require, visible
from admin_app.core.sql import among
from admin_app.core.words import gettext as _
from admin_app.jobs.rows import enqueue_rows
from admin_app.surveys.models import Question, Section, Survey, SurveyState
from admin_app.surveys.operations.drafts import forget, require_in_use
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.ranks import reorder

DUPLICATE = "question.duplicate"
_QUESTION = cast(Table, Question.__table__)

Questions = Select[Any]


def refusals_to_change(actor: Actor, letter: Letter = Letter.UPDATE) -> Refusals:
    """Return which questions `actor` cannot change: by his rights, or because their survey is put away."""
    archived = select(Survey.id).where(Survey.state == SurveyState.ARCHIVED)
    return [
        (visible(actor, "question", letter).is_not(true()), _("You may not change this question.")),
        (Question.survey_id.in_(archived), _("Its survey is archived and cannot be changed.")),
    ]


def refusals_to_require(actor: Actor) -> Refusals:
    """Return which questions cannot be made required."""
    silent = [name for name, kind in QUESTION_TYPES.items() if not kind.asks]
    return [
        *refusals_to_change(actor),
        (Question.type.in_(silent), _("A statement asks nothing.")),
        (Question.required.is_(True), _("This question is required already.")),
    ]


def refusals_to_make_optional(actor: Actor) -> Refusals:
    """Return which questions cannot be made optional."""
    return [*refusals_to_change(actor), (Question.required.is_(False), _("This question is optional already."))]


def refusals_to_retire(actor: Actor) -> Refusals:
    """Return which questions cannot be retired."""
    return [*refusals_to_change(actor), (Question.retired_at.is_not(None), _("This question is retired already."))]


def refusals_to_restore(actor: Actor) -> Refusals:
    """Return which questions cannot be asked again."""
    return [*refusals_to_change(actor), (Question.retired_at.is_(None), _("This question is not retired."))]


def refusals_to_delete(actor: Actor) -> Refusals:
    """Return which questions cannot be deleted: those that may have answers."""
    sentence = _("This question has been published and may have answers. Retire it; its answers stay.")
    return [*refusals_to_change(actor, Letter.DELETE), (Question.published_at.is_not(None), sentence)]


def refusals_to_duplicate(actor: Actor) -> Refusals:
    """Return which questions cannot be copied."""
    unused = select(Section.id).where(Section.retired_at.is_not(None))
    retired = _("Its section is retired. Bring it back first.")
    return [*refusals_to_change(actor, Letter.CREATE), (Question.section_id.in_(unused), retired)]


def require_answers(selection: Questions, *, actor: Actor, batch: AuditBatch | None = None) -> BulkResult:
    """Make the selected questions required, from the next publication on."""
    require(actor, "question", Letter.UPDATE)
    changes = {"required": (False, True)}
    return _change("question.require", selection, refusals_to_require(actor), changes, actor, batch, required=True)


def make_optional(selection: Questions, *, actor: Actor, batch: AuditBatch | None = None) -> BulkResult:
    """Let the selected questions be skipped, from the next publication on."""
    require(actor, "question", Letter.UPDATE)
    changes = {"required": (True, False)}
    refusals = refusals_to_make_optional(actor)
    return _change("question.optional", selection, refusals, changes, actor, batch, required=False)


def retire_questions(selection: Questions, *, actor: Actor, batch: AuditBatch | None = None) -> BulkResult:
    """Leave the selected questions out of the next version; their answers stay."""
    require(actor, "question", Letter.UPDATE)
    moment = now()
    changes = {"retired_at": (None, moment)}
    refusals = refusals_to_retire(actor)
    return _change("question.retire", selection, refusals, changes, actor, batch, retired_at=moment)


def restore_questions(selection: Questions, *, actor: Actor, batch: AuditBatch | None = None) -> BulkResult:
    """Ask the selected retired questions again from the next version on."""
    require(actor, "question", Letter.UPDATE)
    refusals = refusals_to_restore(actor)
    questions = _hold(selection, refusals)
    for before in {question.retired_at for question in questions}:
        # For each moment at which some of them were retired, so that the entries hold it.
        chosen = [question.id for question in questions if question.retired_at == before]
        changes = {"retired_at": (before, None)}
        record_selection("question.restore", Question, _named(chosen), actor=actor, changes=changes, batch=batch)
    return _write(questions, selection, refusals, actor, retired_at=None)


def delete_questions(selection: Questions, *, actor: Actor, batch: AuditBatch | None = None) -> BulkResult:
    """Take those of the selected questions out that were never published; they can be brought back."""
    require(actor, "question", Letter.DELETE)
    moment = now()
    changes = {"deleted_at": (None, moment)}
    values: dict[str, Any] = {"deleted_at": moment, "deleted_by_id": actor.id}
    return _change("question.delete", selection, refusals_to_delete(actor), changes, actor, batch, **values)


def move_questions(
    selection: Questions, section: Section, *, actor: Actor, batch: AuditBatch | None = None
) -> BulkResult:
    """Put the selected questions of the section's survey at its end, in the order in which they stand now."""
    require(actor, "question", Letter.UPDATE, obj=section)
    refusals = [
        *refusals_to_change(actor),
        (Question.survey_id != section.survey_id, _("The section belongs to another survey.")),
        (Question.section_id == section.id, _("This question stands in that section already.")),
    ]
    questions = _hold(selection, refusals)
    db.session.refresh(section)
    if section.deleted_at is not None:
        raise NotFoundError(_("There is no such section in this survey."))
    require_in_use(section)
    places = _places(section.id, questions)
    for question in questions:
        changes = {"section_id": (question.section_id, section.id), "rank": (question.rank, places[question.id])}
        record("question.move", question, actor=actor, changes=changes, batch=batch)
    _rank(places)
    return _write(questions, selection, refusals, actor, section_id=section.id)


def put_back_questions(
    places: Mapping[int, tuple[int, str]], *, actor: Actor, batch: AuditBatch | None = None
) -> BulkResult:
    """Put questions back to where they stood, each to its section and rank: the way back from moving them."""
    require(actor, "question", Letter.UPDATE)
    sections = {section for section, _place in places.values()}
    there = select(Section.id).where(among(Section.id, sections))
    in_use = there.where(Section.deleted_at.is_(None), Section.retired_at.is_(None))
    usable = set(db.session.scalars(in_use))
    lost = [one for one, (section, _place) in places.items() if section not in usable]
    refusals = [
        *refusals_to_change(actor),
        (among(Question.id, lost), _("The section that it stood in was deleted or retired.")),
    ]
    selection = select(Question).where(among(Question.id, places))
    questions = _hold(selection, refusals)
    for question in questions:
        section, rank = places[question.id]
        changes = {"section_id": (question.section_id, section), "rank": (question.rank, rank)}
        record("question.move", question, actor=actor, changes=changes, batch=batch)
    rows = [{"which": one.id, "section": places[one.id][0], "place": places[one.id][1]} for one in questions]
    if rows:
        db.session.flush()
        back = update(_QUESTION).where(_QUESTION.c.id == bindparam("which"))
        back = back.values(section_id=bindparam("section"), rank=bindparam("place"), updated_at=_QUESTION.c.updated_at)
        db.session.connection().execute(back, rows)
    return _write(questions, selection, refusals, actor)


def duplicate_questions(selection: Questions, *, actor: Actor) -> BulkResult:
    """Let a job copy the selected questions one by one, each copy behind its question."""
    require(actor, "question", Letter.CREATE)
    there = select(Question).where(_chosen(selection))
    return enqueue_rows(DUPLICATE, Question, there, refusals_to_duplicate(actor), actor=actor)


def _chosen(selection: Questions) -> ColumnElement[bool]:
    alive = select(Survey.id).where(Survey.deleted_at.is_(None))
    ids = selection.with_only_columns(Question.id).order_by(None)
    return Question.id.in_(ids) & Question.deleted_at.is_(None) & Question.survey_id.in_(alive)


def _hold(selection: Questions, refusals: Refusals) -> list[Question]:
    """Lock the drafts of the selected questions, always in one order, and return those that nothing stands against.

    They come as they are now and in the order of their surveys, and what is being typed into them is written down.
    """
    db.session.flush()
    surveys = select(Question.survey_id).where(_chosen(selection))
    lock = select(Survey.id).where(Survey.id.in_(surveys)).order_by(Survey.id)
    # As a single change of a draft does: replies, which look at the survey's key, do not wait.
    db.session.execute(lock.with_for_update(of=Survey, key_share=True)).all()
    fitting = (
        select(Question)
        .join(Section, Section.id == Question.section_id)
        .where(_chosen(selection), fits(refusals))
        .order_by(Question.survey_id, Section.rank, Section.id, Question.rank, Question.id)
        .execution_options(populate_existing=True)
    )
    questions = list(db.session.scalars(fitting))
    settle_records("question", [question.id for question in questions])
    return questions


def _change(
    action: str,
    selection: Questions,
    refusals: Refusals,
    changes: Changes,
    actor: Actor,
    batch: AuditBatch | None,
    **values: Any,
) -> BulkResult:
    """Set the same values on all that can be changed, by one statement each for the rows and for their entries."""
    questions = _hold(selection, refusals)
    named = _named([question.id for question in questions])
    record_selection(action, Question, named, actor=actor, changes=changes, batch=batch)
    return _write(questions, selection, refusals, actor, **values)


def _named(ids: Collection[int]) -> Select[int, str]:
    """Return the ids and the texts of these questions, as the audit log wants them."""
    return select(Question.id, Question.label).where(among(Question.id, ids))


def _write(
    questions: Collection[Question], selection: Questions, refusals: Refusals, actor: Actor, **values: Any
) -> BulkResult:
    db.session.flush()
    ids, moment = [question.id for question in questions], now()
    surveys = {question.survey_id for question in questions}
    changed = {**values, "updated_at": moment, "lock_version": Question.lock_version + 1}
    quiet: dict[str, Any] = {"synchronize_session": False}
    db.session.execute(update(Question).where(among(Question.id, ids)).values(changed).execution_options(**quiet))
    touched = update(Survey).where(among(Survey.id, surveys)).values(updated_at=moment)
    db.session.execute(touched.execution_options(**quiet))
    forget(Question)
    rest = select(Question).where(_chosen(selection), visible(actor, "question"), not_(among(Question.id, ids)))
    return BulkResult(len(ids), explain(rest, Question.id, refusals))


def _places(section_id: int, questions: Collection[Question]) -> dict[int, str]:
    """Return the rank of each question at the end of a section; of those there only where no room is left."""
    there = select(Question.id, Question.rank).where(Question.section_id == section_id)
    rows = db.session.execute(there.order_by(Question.rank, Question.id)).all()
    ranks = reorder([*(row.rank for row in rows), *(None for _question in questions)])
    ids = [*(row.id for row in rows), *(question.id for question in questions)]
    before = {row.id: row.rank for row in rows}
    return {one: rank for one, rank in zip(ids, ranks, strict=True) if before.get(one) != rank}


def _rank(places: Mapping[int, str]) -> None:
    """Write the ranks, without a new `lock_version`: nobody edits a rank."""
    if not places:
        return
    db.session.flush()
    statement = update(_QUESTION).where(_QUESTION.c.id == bindparam("which")).values(rank=bindparam("place"))
    rows = [{"which": one, "place": place} for one, place in places.items()]
    db.session.connection().execute(statement.values(updated_at=_QUESTION.c.updated_at), rows)
