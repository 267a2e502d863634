"""A whole draft from plain data: what importers, copies and tests make surveys with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from admin_app.accounts.models import User
from admin_app.core.errors import InvalidError
from admin_app.core.ids import public_id
from admin_app.core.permissions import Actor, require
from admin_app.core.words import gettext as _
from admin_app.surveys.findings import code_fault, key_fault
from admin_app.surveys.models import Choice, ChoiceAxis, Question, Section, Survey
from admin_app.surveys.operations import checks
from admin_app.surveys.operations.surveys import store_new
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.questionnaire import ChoiceSpec, Questionnaire, QuestionSpec, SectionSpec
from admin_app.surveys.ranks import spread


def build_survey(
    questionnaire: Questionnaire,
    *,
    owner: User,
    actor: Actor,
    columns: Mapping[str, Any] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> Survey:
    """Make a draft survey that asks what `questionnaire` does.

    Uids are kept where the data has them and made where they are empty. `columns` are clean values of the survey beside
    the questionnaire; `extra` goes into the audit entry. Raises InvalidError naming every question with
    a key, code or type that cannot be stored; what only stops publishing is left to the linter.
    """
    require(actor, "survey", "C")
    require(actor, "question", "C")
    _check(questionnaire)
    clean = checks.clean_fields(
        {
            "title": questionnaire.title,
            "introduction": questionnaire.introduction,
            "thanks": questionnaire.thanks,
            "language": questionnaire.language,
        },
        {"title": checks.required_line, "introduction": checks.rich, "thanks": checks.rich,
         "language": checks.language},
    )  # fmt: skip
    survey = Survey(**clean, **(columns or {}))
    ranks = spread(len(questionnaire.sections))
    for section, rank in zip(questionnaire.sections, ranks, strict=True):
        _add_section(survey, section, rank)
    store_new(survey, owner, actor=actor, extra={"questions": len(questionnaire.by_key), **(extra or {})})
    return survey


def _add_section(survey: Survey, spec: SectionSpec, rank: str) -> None:
    section = Section(
        uid=spec.uid or public_id(),
        title=checks.line(spec.title),
        description=checks.rich(spec.description),
        rank=rank,
        survey=survey,
    )
    for question, place in zip(spec.questions, spread(len(spec.questions)), strict=True):
        section.questions.append(_question(survey, question, place))


def _question(survey: Survey, spec: QuestionSpec, rank: str) -> Question:
    return Question(
        uid=spec.uid or public_id(),
        survey=survey,
        key=spec.key,
        type=spec.type,
        label=checks.label(spec.label),
        hint=checks.label(spec.hint),
        description=checks.rich(spec.description),
        required=spec.required,
        personal=spec.personal,
        settings=dict(spec.settings),
        rank=rank,
        choices=[*new_choices(spec.choices, ChoiceAxis.CHOICE), *new_choices(spec.rows, ChoiceAxis.ROW)],
    )


def new_choices(specs: Sequence[ChoiceSpec], axis: ChoiceAxis) -> list[Choice]:
    """Return rows for choices or matrix rows, in order."""
    return [
        Choice(
            uid=spec.uid or public_id(),
            axis=axis,
            code=spec.code,
            label=checks.label(spec.label),
            exclusive=spec.exclusive,
            rank=rank,
        )
        for spec, rank in zip(specs, spread(len(specs)), strict=True)
    ]


def _check(questionnaire: Questionnaire) -> None:
    faults: dict[str, str] = {}
    seen: set[str] = set()
    for question in questionnaire.questions():
        fault = key_fault(question.key) or question_fault(question)
        if question.key in seen:
            fault = _("Two questions have this key.")
        seen.add(question.key)
        if fault:
            faults[question.key[:60]] = fault
    if faults:
        raise InvalidError(_("Some questions cannot be taken."), fields=faults)


def question_fault(question: QuestionSpec) -> str:
    """Return the first thing about a question's type, codes and texts that cannot be stored, or an empty text."""
    if question.type not in QUESTION_TYPES:
        return _("There is no question type “%(name)s”.", name=question.type)
    for specs in (question.choices, question.rows):
        codes = [spec.code for spec in specs]
        for code in codes:
            if fault := code_fault(code):
                return _("“%(text)s”: %(fault)s", text=code, fault=fault)
            if codes.count(code) > 1:
                return _("The code “%(code)s” stands there twice.", code=code)
    try:
        for spec in (*question.choices, *question.rows):
            checks.label(spec.label)
        checks.label(question.label + question.hint)
        checks.rich(question.description)
    except ValueError as error:
        return str(error)
    return ""
