"""What a section and a question have to be filled in, each with the check of what was typed or sent."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, and_, select, update

from admin_app.core.db import db
from admin_app.core.errors import InvalidError
from admin_app.core.words import gettext as _
from admin_app.surveys.findings import key_fault
from admin_app.surveys.models import Question
from admin_app.surveys.operations import checks
from admin_app.surveys.operations.choices import choices_of
from admin_app.surveys.proposals import propose_key
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.question_types.base import SettingSpec

# Of a page that saves itself, each setting is a field of its own: "settings.min".
SETTING = "settings."


def _key(value: Any) -> str:
    key = checks.text_of(value)
    if fault := key_fault(key):
        raise ValueError(fault)
    return key


def key_or_nothing(value: Any) -> str:
    """Return a key, or an empty text where one is to be made of the label."""
    return "" if value == "" else _key(value)


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
LISTS = ("choices", "rows")
# What the audit log keeps of a question before and after; its lists describe themselves.
AUDITED = tuple(name for name in QUESTION_FIELDS if name not in LISTS)


def clean_settings(kind: str, settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return clean values of single settings, named "settings.min"; None for one that is taken away.

    InvalidError names those that a question of this type does not have, and values that cannot be theirs.
    """
    known = QUESTION_TYPES[kind].known_settings
    clean: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for name, value in settings.items():
        spec = known.get(name.removeprefix(SETTING))
        if spec is None:
            faults[name[:60]] = _("A question of this type has no such setting.")
            continue
        clean[name] = _plain_setting(value, spec)
        if clean[name] is not None and (fault := spec.fault(clean[name])):
            faults[name] = fault
    if faults:
        raise InvalidError(_("Some of this cannot be taken."), fields=faults)
    return clean


def _plain_setting(value: Any, spec: SettingSpec) -> Any:
    """Return a setting without white space around it; None where it says nothing that holds not without it."""
    plain = checks.text_of(value) if isinstance(value, str) else value
    return None if plain == "" or (plain is False and not spec.default) else plain


def carried_over(settings: Mapping[str, Any], before: str, after: str) -> dict[str, Any]:
    """Return the settings that mean the same under another type."""
    if before == after:
        return dict(settings)
    old, new = (QUESTION_TYPES[name].known_settings for name in (before, after))
    return {name: value for name, value in settings.items() if name in new and new[name] == old.get(name)}


def keys_of(survey_id: int) -> set[str]:
    """Return the keys that are taken in a survey, read in one statement."""
    return set(db.session.scalars(select(Question.key).where(Question.survey_id == survey_id, ~_given_up())))


def _given_up() -> ColumnElement[bool]:
    """Questions that were deleted before they were ever published: no answer was stored under their keys."""
    return and_(Question.deleted_at.is_not(None), Question.published_at.is_(None))


def give_up_keys(survey_id: int, keys: Collection[str]) -> None:
    """Let questions that were deleted before they were published make room for others that take their keys."""
    in_the_way = (Question.survey_id == survey_id, Question.key.in_(keys), _given_up())
    statement = update(Question).where(*in_the_way).values(key="~" + Question.uid, updated_at=Question.updated_at)
    db.session.execute(statement.execution_options(synchronize_session=False))


def take_key(survey_id: int, key: str) -> None:
    """Raise InvalidError for a key that the survey has, also where its question is retired."""
    holder = select(Question.label).where(Question.survey_id == survey_id, Question.key == key, ~_given_up())
    label = db.session.scalar(holder)
    if label is not None:
        sentence = _("This key belongs to “%(label)s” in this survey.", label=label[:80])
        raise InvalidError(_("Choose another key."), fields={"key": sentence})
    give_up_keys(survey_id, [key])


def new_key(survey_id: int, label: str, *, own: str = "") -> str:
    """Return a key for a question with this label that nothing else in its survey has; `own` is the one it has now."""
    key = propose_key(label, keys_of(survey_id) - {own})
    give_up_keys(survey_id, [key])
    return key
