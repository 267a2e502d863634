"""What an untouched form would send, and what its fields say in words: three states of a form can then be compared."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

from flask_babel import format_date, format_datetime
from wtforms import (
    BooleanField,
    Field,
    FieldList,
    FileField,
    Form,
    FormField,
    MultipleFileField,
    PasswordField,
    RadioField,
    SelectField,
    SelectMultipleField,
    SubmitField,
)
from wtforms_sqlalchemy.fields import QuerySelectField, QuerySelectMultipleField

from admin_app.console.editor import RichTextField
from admin_app.console.formatters import plain
from admin_app.console.history import NOTHING
from admin_app.core.html import sanitise
from admin_app.core.wording import plain_text

Pairs = list[tuple[str, str]]

# What no page may hold: it is neither compared nor kept, and whoever sends it means it.
_NEVER_KEPT = (PasswordField, FileField, MultipleFileField, SubmitField)
_SEVERAL = (SelectMultipleField, QuerySelectMultipleField)
_ONE = (SelectField, QuerySelectField)


def is_kept(field: Field) -> bool:
    """Whether pages may hold what stands in `field`: not so passwords and files."""
    return not isinstance(field, _NEVER_KEPT)


def pairs_of(field: Field) -> Pairs:
    """Return the names and values that a browser sends of `field` when nobody touches it.

    A field of many parts that WTForms does not know says so itself, by `pairs()`.
    """
    if not is_kept(field):
        return []
    if hasattr(field, "pairs"):
        return list(field.pairs())
    if isinstance(field, FormField | FieldList):
        return [pair for part in field for pair in pairs_of(part)]
    if isinstance(field, BooleanField):
        return [(field.name, field._value())] if field.data else []
    if isinstance(field, (*_SEVERAL, *_ONE)):
        return [(field.name, value) for value in _chosen(field)]
    return [(field.name, _lines(field._value()))]


def _chosen(field: Field) -> Iterator[str]:
    found = [(str(choice[0]), bool(choice[2])) for choice in field.iter_choices()]
    chosen = [value for value, selected in found if selected]
    if not chosen and found and not isinstance(field, (*_SEVERAL, RadioField)):
        # A drop-down list of which nothing was chosen stands on its first line.
        chosen = [found[0][0]]
    yield from chosen


def belonging(pairs: Iterable[tuple[str, Any]], field: Field) -> list[tuple[str, Any]]:
    """Return those of `pairs` that are about `field`, or a part of it."""
    within = f"{field.name}-"
    return [(name, value) for name, value in pairs if name == field.name or name.startswith(within)]


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")


def _compared(pairs: Iterable[tuple[str, Any]]) -> list[tuple[str, str]]:
    return sorted((name, _lines(str(value))) for name, value in pairs)


def same(one: Field, others: Iterable[tuple[str, Any]], other: Field, ones: Iterable[tuple[str, Any]]) -> bool:
    """Whether two states of a field say the same: by what is sent, or, where both are sound, by what is meant."""
    if _compared(ones) == _compared(others):
        return True
    return not (one.process_errors or other.process_errors) and _meaning(one) == _meaning(other)


def _meaning(field: Field) -> Any:
    if isinstance(field, RichTextField):
        return sanitise(field.data or "")
    if isinstance(field, _SEVERAL):
        return set(_keys(field))
    if isinstance(field.data, str):
        return _lines(field.data).strip()
    return field.data


def _keys(field: Field) -> Iterator[str]:
    return (str(choice[0]) for choice in field.iter_choices() if choice[2])


def words_of_field(field: Field) -> str:
    """Return what stands in `field`, for people to read. A field of many parts says it itself, by `words()`."""
    if hasattr(field, "words"):
        text = str(field.words())
    elif isinstance(field, FormField | FieldList):
        text = "\n".join(f"{part.label.text}: {words_of_field(part)}" for part in field)
    elif isinstance(field, BooleanField):
        text = plain(bool(field.data))
    elif isinstance(field, (*_SEVERAL, *_ONE)):
        text = "\n".join(str(choice[1]) for choice in field.iter_choices() if choice[2] and str(choice[0]) != "")
    elif isinstance(field, RichTextField):
        text = plain_text(field.data or "")
    else:
        text = _moment_or_text(field)
    return text.strip() or NOTHING


def _moment_or_text(field: Field) -> str:
    if not field.process_errors:
        if isinstance(field.data, dt.datetime):
            return str(format_datetime(field.data, "medium"))
        if isinstance(field.data, dt.date):
            return str(format_date(field.data, "medium"))
    return str(_lines(field._value()))


def sent_untouched(form: Form, leaving_out: Iterable[str] = ()) -> Pairs:
    """Return all that a browser sends of `form` when nobody touches it."""
    omitted = frozenset(leaving_out)
    return [pair for field in form if field.name not in omitted for pair in pairs_of(field)]
