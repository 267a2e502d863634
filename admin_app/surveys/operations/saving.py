"""Saving what somebody types: field by field, beside others who type, and told to the audit log once.

A page that saves itself says of each field what it held when the typing began and what it is to hold. Fields that
somebody else changed meanwhile clash, and nothing is stored until a person has chosen; all others are stored side by
side.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from admin_app.audit.operations import changes_between, record, state_of
from admin_app.core.db import db
from admin_app.core.errors import ConflictError
from admin_app.core.permissions import Actor, require
from admin_app.core.words import gettext as _
from admin_app.surveys.models import ChoiceAxis, Question, Section, Survey
from admin_app.surveys.operations import checks
from admin_app.surveys.operations.drafts import (
    Part,
    assign,
    lock_draft,
    lock_question,
    lock_section,
    note_typing,
    settle,
)
from admin_app.surveys.operations.fields import (
    LISTS,
    QUESTION_FIELDS,
    SECTION_FIELDS,
    SETTING,
    carried_over,
    clean_settings,
    new_key,
)
from admin_app.surveys.operations.questions import apply_changes
from admin_app.surveys.proposals import follows_code, follows_key

# These are switched and not typed: each is an entry of the audit log at once.
SWITCHED = frozenset({"required", "personal", "type"})


@dataclass(frozen=True)
class Edit:
    """A change of one field: what it held for whoever changed it, and what it is to hold."""

    before: Any
    after: Any


@dataclass(frozen=True)
class Clash:
    """One field that two people changed."""

    base: Any
    theirs: Any
    mine: Any


class Overtaken(ConflictError):  # noqa: N818 - it says what happened
    """Somebody else changed the same fields first. `clashes` has both values of each; `lock_version` is the new one."""

    def __init__(self, clashes: Mapping[str, Clash], lock_version: int) -> None:
        super().__init__(_("Somebody else changed this meanwhile. Choose which words are to stand."))
        self.clashes, self.lock_version = dict(clashes), lock_version


def save_question(question: Question, edits: Mapping[str, Edit], *, lock_version: int, actor: Actor) -> None:
    """Store what was typed into fields of a question. A setting is a field of its own: "settings.min".

    `lock_version` is that of the question when the page read it. Raises Overtaken when fields of `edits` were changed
    by somebody else since.
    """
    require(actor, "question", "U", obj=question)
    clean = checks.clean_fields(_of_columns(edits), QUESTION_FIELDS)
    lock_question(question, choices=any(name in edits for name in LISTS))
    kind = clean.get("type", question.type)
    patch = clean_settings(kind, {name: edit.after for name, edit in edits.items() if name.startswith(SETTING)})
    if not is_current(lock_version, question):
        _require_unclashed(question, edits, {**clean, **patch}, lambda name: value_of(question, name))
    settings = {**carried_over(question.settings, question.type, kind), **_without_prefix(patch)}
    clean["settings"] = {name: value for name, value in settings.items() if value is not None}
    if "label" in clean and "key" not in clean and _key_follows(question):
        clean["key"] = new_key(question.survey_id, clean["label"], own=question.key)
    tell("question.update", question, apply_changes(question, clean, follow=True), actor=actor)


def save_section(section: Section, edits: Mapping[str, Edit], *, lock_version: int, actor: Actor) -> None:
    """Store what was typed into fields of a section, as `save_question()` does."""
    require(actor, "question", "U", obj=section)
    clean = checks.clean_fields(_of_columns(edits), SECTION_FIELDS)
    lock_section(section)
    if not is_current(lock_version, section):
        _require_unclashed(section, edits, clean, lambda name: getattr(section, name))
    before = state_of(section, SECTION_FIELDS)
    assign(section, clean)
    tell("section.update", section, changes_between(before, state_of(section, SECTION_FIELDS)), actor=actor)


TEXTS: Mapping[str, checks.Cleaner] = {
    "title": checks.required_line,
    "introduction": checks.rich,
    "thanks": checks.rich,
}


def save_survey(survey: Survey, edits: Mapping[str, Edit], *, lock_version: int, actor: Actor) -> None:
    """Store what was typed into the texts around the questions, as `save_question()` does."""
    require(actor, "survey", "U", obj=survey)
    clean = checks.clean_fields(_of_columns(edits), TEXTS)
    lock_draft(survey.id)
    db.session.refresh(survey)
    if not is_current(lock_version, survey):
        _require_unclashed(survey, edits, clean, lambda name: getattr(survey, name))
    before = state_of(survey, TEXTS)
    assign(survey, clean)
    tell("survey.update", survey, changes_between(before, state_of(survey, TEXTS)), actor=actor)


def value_of(question: Question, name: str) -> Any:
    """Return what a field of a question holds, as pages show it and send it back."""
    if name in LISTS:
        return offered(question, ChoiceAxis.CHOICE if name == "choices" else ChoiceAxis.ROW)
    if name.startswith(SETTING):
        return question.settings.get(name.removeprefix(SETTING))
    return getattr(question, name)


def offered(question: Question, axis: ChoiceAxis) -> list[dict[str, Any]]:
    """Return the choices or rows that are on offer, in order."""
    there = sorted(
        (one for one in question.choices if one.axis is axis and one.retired_at is None),
        key=lambda one: (one.rank, one.id),
    )
    return [{"uid": one.uid, "code": one.code, "label": one.label, "exclusive": one.exclusive} for one in there]


def is_current(lock_version: int, obj: Part) -> bool:
    """Whether nobody saved `obj` since a page read it."""
    return obj.lock_version == lock_version


def _of_columns(edits: Mapping[str, Edit]) -> dict[str, Any]:
    return {name: edit.after for name, edit in edits.items() if not name.startswith(SETTING)}


def _without_prefix(patch: Mapping[str, Any]) -> dict[str, Any]:
    return {name.removeprefix(SETTING): value for name, value in patch.items()}


def _key_follows(question: Question) -> bool:
    return question.published_at is None and follows_key(question.key, question.label)


def _require_unclashed(
    obj: Part, edits: Mapping[str, Edit], clean: Mapping[str, Any], current: Callable[[str], Any]
) -> None:
    """Raise Overtaken for fields that are neither as they were nor as they are to be."""
    clashes = {}
    for name, edit in edits.items():
        stored = current(name)
        if not _same(stored, edit.before) and not _same(stored, clean[name]):
            clashes[name] = Clash(base=edit.before, theirs=stored, mine=edit.after)
    if clashes:
        raise Overtaken(clashes, obj.lock_version)


def _same(stored: Any, sent: Any) -> bool:
    if isinstance(stored, list):
        return isinstance(sent, list) and len(stored) == len(sent) and all(map(_same_choice, stored, sent))
    return bool(stored == sent)


def _same_choice(stored: Mapping[str, Any], sent: Any) -> bool:
    """Whether both are one choice with the same words. A code that was made of the label is nobody's choice."""
    if not isinstance(sent, Mapping) or any(stored[name] != sent.get(name) for name in ("uid", "label", "exclusive")):
        return False
    return stored["code"] == sent.get("code") or follows_code(stored["code"], stored["label"])


def tell(action: str, obj: Part, changes: Mapping[str, tuple[Any, Any]], *, actor: Actor) -> None:
    """Record what was switched now, and remember what was typed, for the audit log."""
    switched = {name: pair for name, pair in changes.items() if name in SWITCHED}
    typed = {name: pair for name, pair in changes.items() if name not in SWITCHED}
    if switched:
        settle(obj)
        record(action, obj, actor=actor, changes=switched)
    db.session.flush()
    if typed:
        note_typing(action, obj, actor=actor, changes=typed)
        db.session.flush()
