"""Conditions on stored answers, which the two databases spell differently.

`key` is that of a question: letters, digits, hyphens and underscores.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, cast, exists, func, literal_column, or_, select, type_coerce
from sqlalchemy.dialects.postgresql import JSONB, array

from admin_app.core.db import db
from admin_app.replies.models import Reply


def _on_postgresql() -> bool:
    return db.session.get_bind().dialect.name == "postgresql"


def document() -> ColumnElement[str]:
    """Return all answers of a reply as one JSON text."""
    # As it is stored: SQLAlchemy would decode each by itself.
    return cast(Reply.answers, Text) if _on_postgresql() else type_coerce(Reply.answers, Text)


def holds(key: str, value: Any) -> ColumnElement[bool]:
    """Return the condition that the answer is `value`; of several choices, or of a matrix, that this is among them.

    `value` is as it would be stored: a code, a number, true or false, a list of one code, `{row: code}`.
    """
    if _on_postgresql():
        answers = type_coerce(Reply.answers, JSONB)
        found: ColumnElement[bool] = answers.contains({key: value})
        return found
    if not isinstance(value, list | dict):
        return _extracted(key) == (int(value) if isinstance(value, bool) else value)
    part = func.json_each(Reply.answers, _path(key)).table_valued("key", "value")
    if isinstance(value, list):
        return exists(select(literal_column("1")).select_from(part).where(part.c.value == value[0]))
    ((row, code),) = value.items()
    return exists(select(literal_column("1")).select_from(part).where(part.c.key == row, part.c.value == code))


def words(key: str) -> ColumnElement[str]:
    """Return the text under a key; NULL where there is none."""
    found: ColumnElement[str] = Reply.answers[key].as_string()
    return found


def number(key: str) -> ColumnElement[float]:
    """Return the number under a key; NULL where there is none."""
    found: ColumnElement[float] = Reply.answers[key].as_float()
    return found


def is_answered(key: str, other_key: str) -> ColumnElement[bool]:
    """Return the condition that there is an answer, or words for "other"."""
    return or_(and_(_kind(key).is_not(None), _kind(key) != "null"), has_words(other_key))


def has_words(key: str) -> ColumnElement[bool]:
    """Return the condition that somebody wrote there."""
    return and_(words(key).is_not(None), words(key) != "")


def is_skipped(key: str, other_key: str) -> ColumnElement[bool]:
    """Return the condition that the question was shown and passed over."""
    return and_(_kind(key) == "null", func.coalesce(words(other_key), "") == "")


def is_not_shown(key: str) -> ColumnElement[bool]:
    """Return the condition that the question was not shown."""
    return _kind(key).is_(None)


def _path(key: str) -> str:
    return f'$."{key}"'


def _extracted(key: str) -> ColumnElement[Any]:
    return func.json_extract(Reply.answers, _path(key))


def _kind(key: str) -> ColumnElement[str]:
    """Return the JSON type under a key: NULL where the key is not there, "null" where nothing was answered."""
    if _on_postgresql():
        return func.jsonb_typeof(type_coerce(Reply.answers, JSONB)[key])
    return func.json_type(Reply.answers, _path(key))


def may_hold_other(keys: Sequence[str]) -> ColumnElement[bool]:
    """Return a condition that replies with words under one of `keys`, KEY__other, fulfil, and hardly any others.

    It is cheap: hardly any reply has to be looked into for what hardly any has.
    """
    if _on_postgresql():
        return func.jsonb_exists_any(type_coerce(Reply.answers, JSONB), array(list(keys), type_=Text))
    return func.instr(type_coerce(Reply.answers, Text), "__other") > 0
