"""Giving up what was changed since the last version: the draft is again what respondents are asked now."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from admin_app.audit.models import AuditBatch
from admin_app.audit.operations import changes_between, open_batch, record, state_of
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.errors import ConflictError
from admin_app.core.permissions import Actor, Letter, can, require
from admin_app.core.words import gettext as _
from admin_app.surveys.differences import compare
from admin_app.surveys.models import Question, Section, Survey
from admin_app.surveys.operations.choices import set_choices
from admin_app.surveys.operations.drafts import assign, lock_draft, settle_survey
from admin_app.surveys.operations.fields import AUDITED, LISTS, SECTION_FIELDS
from admin_app.surveys.operations.publishing import require_seen
from admin_app.surveys.queries import draft_questionnaire, questionnaire_of
from admin_app.surveys.questionnaire import ChoiceSpec, Questionnaire, QuestionSpec
from admin_app.surveys.ranks import reorder

_TEXTS = ("title", "introduction", "thanks", "language")
_NEEDED = (("survey", Letter.UPDATE), ("question", Letter.UPDATE), ("question", Letter.DELETE))
_QUESTION = tuple(name for name in AUDITED if name not in {"key", "type"})
_WHERE = ("section_id", "rank", "retired_at", "deleted_at", "deleted_by_id")


def may_discard(survey: Survey, actor: Actor) -> bool:
    """Whether `actor` may take back what anybody changed or added in this survey."""
    return all(can(actor, resource, letter, obj=survey) for resource, letter in _NEEDED)


def discard_draft(survey: Survey, *, seen: str | None = None, actor: Actor) -> int:
    """Make the draft what the survey's last version asks, and return how many of its parts were put right.

    What was added since is deleted, and can be brought back; what was reworded, moved, set or retired is as it was;
    what was brought back is retired again. `seen` is the hash of the draft that was shown to whoever decided. Raises
    ConflictError when there is no version, or nothing to discard.
    """
    for resource, letter in _NEEDED:
        require(actor, resource, letter, obj=survey)
    lock_draft(survey.id)
    db.session.refresh(survey)
    if survey.current_version is None:
        raise ConflictError(_("This survey has not been published yet, so there is no version to go back to."))
    settle_survey(survey.id)
    wanted, draft = questionnaire_of(survey.current_version), draft_questionnaire(survey)
    require_seen(draft, seen)
    difference = compare(draft, wanted)
    if not difference:
        raise ConflictError(_("The draft is what version %(number)s asks.", number=survey.current_version.number))
    batch = open_batch("survey.discard", "survey", actor=actor)
    # Of a question that the draft does not ask, nobody compared the choices.
    offering = frozenset(part.spec.uid for part in difference.parts if part.choices or part.before is None)
    _Discard(survey, wanted, offering, actor, batch).run()
    changes = {"version": (None, survey.current_version.number), "parts": (len(difference.parts), 0)}
    record("survey.discard", survey, actor=actor, changes=changes, batch=batch)
    db.session.flush()
    return len(difference.parts)


@dataclass
class _Discard:
    """One draft on its way back; what it touches is recorded part by part, under one batch."""

    survey: Survey
    wanted: Questionnaire
    # The uids of the questions whose choices are to be put right too.
    offering: frozenset[str]
    actor: Actor
    batch: AuditBatch

    def run(self) -> None:
        """Put all parts right."""
        moment = now()
        before = state_of(self.survey, _TEXTS)
        assign(self.survey, {name: getattr(self.wanted, name) for name in _TEXTS})
        self._note("survey.update", self.survey, changes_between(before, state_of(self.survey, _TEXTS)))
        choices = [selectinload(Question.choices)] if self.offering else []
        sections, questions = self._read(Section), self._read(Question, *choices)
        self._sections(sections, questions, moment)
        self._questions(sections, questions, moment)

    def _read(self, kind: Any, *options: Any) -> dict[str, Any]:
        there = select(kind).where(kind.survey_id == self.survey.id).order_by(kind.rank, kind.id)
        rows = db.session.scalars(there.options(*options).execution_options(populate_existing=True))
        return {row.uid: row for row in rows}

    def _sections(self, sections: dict[str, Section], questions: dict[str, Question], moment: dt.datetime) -> None:
        asked = {spec.uid for spec in self.wanted.sections}
        # Questions that were published and are not asked any more stay in their sections.
        kept = {one.section_id for one in questions.values() if one.published_at is not None}
        for uid, section in sections.items():
            if uid not in asked:
                self._take_out(section, published=section.id in kept, moment=moment)
        here = [sections[spec.uid] for spec in self.wanted.sections]
        for spec, section, rank in zip(self.wanted.sections, here, _ranks(here), strict=True):
            values = {"title": spec.title, "description": spec.description, "rank": rank}
            self._put_back(section, values, (*SECTION_FIELDS, *_WHERE[1:]))

    def _questions(self, sections: dict[str, Section], questions: dict[str, Question], moment: dt.datetime) -> None:
        asked = {spec.uid for spec in self.wanted.questions()}
        for uid, question in questions.items():
            if uid not in asked:
                self._take_out(question, published=question.published_at is not None, moment=moment)
        for section in self.wanted.sections:
            home = sections[section.uid]
            here = [questions[spec.uid] for spec in section.questions]
            ranks = reorder([one.rank if one.section_id == home.id else None for one in here])
            for spec, question, rank in zip(section.questions, here, ranks, strict=True):
                values = {name: getattr(spec, name) for name in _QUESTION} | {"settings": dict(spec.settings)}
                lists = self._lists(question, spec)
                place = {"section_id": home.id, "rank": rank}
                self._put_back(question, values | place, (*_QUESTION, *_WHERE), lists)

    def _lists(self, question: Question, spec: QuestionSpec) -> dict[str, tuple[Any, Any]]:
        changes: dict[str, tuple[Any, Any]] = {}
        for name in LISTS if spec.uid in self.offering else ():
            wanted = [_choice(one) for one in getattr(spec, name)]
            # Without any, the question is of a type that offers none; what it keeps of another type is nobody's sight.
            if wanted:
                changes.update(set_choices(question, name, wanted))
        return changes

    def _put_back(
        self, part: Any, values: dict[str, Any], fields: Sequence[str], more: dict[str, tuple[Any, Any]] | None = None
    ) -> None:
        before = state_of(part, fields)
        assign(part, {**values, "retired_at": None, "deleted_at": None, "deleted_by_id": None})
        changes = {**changes_between(before, state_of(part, fields)), **(more or {})}
        self._note(f"{part.__resource__}.update", part, changes)

    def _take_out(self, part: Any, *, published: bool, moment: dt.datetime) -> None:
        """Retire what was published before, delete what never was; what is out already stays as it is."""
        if part.deleted_at is not None or part.retired_at is not None:
            return
        if published:
            part.retired_at = moment
            self._note(f"{part.__resource__}.retire", part, {"retired_at": (None, moment)})
        else:
            part.deleted_at, part.deleted_by_id = moment, self.actor.id
            self._note(f"{part.__resource__}.delete", part, {"deleted_at": (None, moment)})

    def _note(self, action: str, part: Any, changes: dict[str, tuple[Any, Any]]) -> None:
        if changes:
            record(action, part, actor=self.actor, changes=changes, batch=self.batch)


def _ranks(sections: Sequence[Section]) -> list[str]:
    return reorder([section.rank for section in sections])


def _choice(spec: ChoiceSpec) -> dict[str, Any]:
    return {"uid": spec.uid, "code": spec.code, "label": spec.label, "exclusive": spec.exclusive, "new": False}
