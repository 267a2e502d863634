"""What the build page is told of a survey, as plain data: once as a whole, then of what a change touched."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from admin_app.core import html
from admin_app.core.db import db
from admin_app.core.permissions import Actor, can
from admin_app.core.words import gettext as _
from admin_app.surveys.admin_build_sketches import sketch_of
from admin_app.surveys.findings import find_problems
from admin_app.surveys.models import Choice, ChoiceAxis, Question, Section, Survey, SurveyState
from admin_app.surveys.queries import draft_questionnaire
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.question_types.base import COMMON_SETTINGS, QuestionType, SettingSpec

_KINDS: Mapping[type, str] = {
    bool: "bool",
    int: "int",
    float: "float",
    str: "str",
    dt.date: "date",
    dt.time: "time",
    dt.datetime: "datetime",
}


def whole_state(survey: Survey, actor: Actor) -> dict[str, Any]:
    """Return all that the page shows of a survey, in a number of statements that does not grow with it."""
    sections = db.session.execute(
        select(Section.__table__)
        .where(Section.survey_id == survey.id, Section.deleted_at.is_(None))
        .order_by(Section.rank, Section.id)
    ).all()
    by_id = {row.id: row for row in sections}
    questions = [row for row in _question_rows(survey.id) if row.section_id in by_id]
    choices = _choice_rows(survey.id)
    return {
        "survey": survey_state(survey),
        "rights": _rights(survey, actor),
        "sections": [section_state(row) for row in sections],
        "questions": [question_state(row, by_id[row.section_id].uid, choices.get(row.id, ())) for row in questions],
        "findings": findings_of(survey),
        "types": types(),
    }


def _rights(survey: Survey, actor: Actor) -> dict[str, bool]:
    open_ = survey.state is not SurveyState.ARCHIVED
    names = {"add": "C", "edit": "U", "remove": "D"}
    rights = {name: open_ and can(actor, "question", letter, obj=survey) for name, letter in names.items()}
    return {**rights, "texts": open_ and can(actor, "survey", "U", obj=survey)}


def _question_rows(survey_id: int) -> Sequence[Any]:
    there = select(Question.__table__).where(Question.survey_id == survey_id, Question.deleted_at.is_(None))
    return db.session.execute(there.order_by(Question.rank, Question.id)).all()


def _choice_rows(survey_id: int) -> dict[int, list[Any]]:
    grouped: dict[int, list[Any]] = {}
    of_survey = select(Choice.__table__).join(Question, Question.id == Choice.question_id)
    there = of_survey.where(Question.survey_id == survey_id, Question.deleted_at.is_(None))
    for row in db.session.execute(there.order_by(Choice.rank, Choice.id)):
        grouped.setdefault(row.question_id, []).append(row)
    return grouped


def survey_state(survey: Survey) -> dict[str, Any]:
    """Return the texts around the questions."""
    return {
        "uid": "survey",
        "title": survey.title,
        "introduction": html.sanitise(survey.introduction),
        "thanks": html.sanitise(survey.thanks),
        "lock_version": survey.lock_version,
    }


def section_state(section: Any) -> dict[str, Any]:
    """Return a section, given as a record or as a row of its table."""
    return {
        "uid": section.uid,
        "title": section.title,
        "description": html.sanitise(section.description),
        "retired": section.retired_at is not None,
        "deleted": section.deleted_at is not None,
        "lock_version": section.lock_version,
    }


def question_state(question: Any, section_uid: str, choices: Iterable[Any]) -> dict[str, Any]:
    """Return a question, given as a record or as a row of its table."""
    there = list(choices)
    return {
        "uid": question.uid,
        "section": section_uid,
        "key": question.key,
        "type": question.type,
        "label": question.label,
        "hint": question.hint,
        "description": html.sanitise(question.description),
        "required": question.required,
        "personal": question.personal,
        "settings": dict(question.settings),
        "choices": _choices(there, ChoiceAxis.CHOICE),
        "rows": _choices(there, ChoiceAxis.ROW),
        "gone": [
            {"uid": one.uid, "code": one.code, "label": one.label, "row": _axis(one) is ChoiceAxis.ROW}
            for one in there
            if one.retired_at is not None
        ],
        "published": question.published_at is not None,
        "retired": question.retired_at is not None,
        "deleted": question.deleted_at is not None,
        "lock_version": question.lock_version,
        "sketch": sketch_of(question.type, question.settings),
    }


def _axis(choice: Any) -> ChoiceAxis:
    return ChoiceAxis(choice.axis)


def _choices(choices: Iterable[Any], axis: ChoiceAxis) -> list[dict[str, Any]]:
    return [
        {
            "uid": one.uid,
            "code": one.code,
            "label": one.label,
            "exclusive": one.exclusive,
            "published": one.published_at is not None,
        }
        for one in choices
        if _axis(one) is axis and one.retired_at is None
    ]


def state_of_question(question: Question) -> dict[str, Any]:
    """Return a question that was just changed."""
    ordered = sorted(question.choices, key=lambda one: (one.rank, one.id))
    return question_state(question, question.section.uid, ordered)


def findings_of(survey: Survey) -> list[dict[str, str]]:
    """Return what the linter finds in the draft, each at the question or section that it is about."""
    return [
        {"uid": one.uid, "severity": one.severity.value, "message": one.message}
        for one in find_problems(draft_questionnaire(survey))
    ]


def types() -> list[dict[str, Any]]:
    """Return the question types in the order in which they are offered, with what can be set for each."""
    return [_type(name, kind) for name, kind in QUESTION_TYPES.items()]


def _type(name: str, kind: QuestionType) -> dict[str, Any]:
    return {
        "name": name,
        "label": kind.words,
        "keywords": _(kind.keywords) if kind.keywords else "",
        "icon": kind.icon,
        "choices": kind.has_choices,
        "rows": kind.has_rows,
        "asks": kind.asks,
        "sketch": sketch_of(name, {}),
        "several": name.startswith("multiple") or name.endswith("multiple"),
        "settings": [_setting(spec) for spec in kind.settings],
        "messages": [_setting(spec) for spec in COMMON_SETTINGS if kind.asks],
    }


def _setting(spec: SettingSpec) -> dict[str, Any]:
    return {
        "name": spec.name,
        "kind": _KINDS[spec.kind],
        "label": _(spec.label),
        "help": _(spec.help),
        "least": spec.least,
        "most": spec.most,
        "options": [[value, _(label)] for value, label in spec.options],
        "default": spec.default,
    }
