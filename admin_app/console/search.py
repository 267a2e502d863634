"""The search behind a list: by the indexes that models have, and only in what the actor may see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext
from sqlalchemy import ColumnElement, Select, or_, select, union_all
from sqlalchemy.orm import aliased

from admin_app.console.filter_base import contains
from admin_app.console.filters import through
from admin_app.console.keys import primary_key
from admin_app.core.permissions import Actor, visible
from admin_app.core.search import SHORTEST, has_words, searched_columns
from admin_app.core.text import fold

# A column, and the relationships that lead to it.
Field = tuple[Any, Sequence[Any]]


def found(model: Any, fields: Sequence[Field], term: str, *, actor: Actor) -> ColumnElement[bool]:
    """Return the condition that `term` stands in one of `fields` of a row, or of what belongs to the row.

    What the model of a field searches by an index is looked up there, once for all its columns. What belongs to a row
    counts only where the actor sees it.
    """
    indexed: dict[str, Sequence[Any]] = {}
    plain: list[ColumnElement[bool]] = []
    for column, path in fields:
        if column.key in searched_columns(_owner(model, path)):
            indexed.setdefault(".".join(one.key for one in path), path)
        else:
            plain.append(through(path, contains(column, term)))
    ways = list(indexed.values())
    if len(ways) == 1 and not ways[0] and not plain:
        return has_words(model, term)
    if ways:
        # By IN over all ways together: beside an OR neither database would use the indexes.
        rows = [_rows(model, path, term, actor) for path in ways]
        plain.append(primary_key(model).in_(union_all(*rows) if len(rows) > 1 else rows[0]))
    return or_(*plain)


def short_note(model: Any, fields: Sequence[Field] | None, search: str | None) -> str:
    """Return what an index finds of a word that is too short to be looked for everywhere; nothing where none is."""
    short = next((term for term in (search or "").split() if len(fold(term)) < SHORTEST), None)
    if short is None or not any(searched_columns(_owner(model, path)) for _column, path in fields or ()):
        return ""
    sentence: str = gettext(
        "“%(word)s” is short, so it was looked for at the beginning of words only. Type three letters or more to find"
        " them anywhere.",
        word=short,
    )
    return sentence


def _owner(model: Any, path: Sequence[Any]) -> Any:
    return path[-1].property.mapper.class_ if path else model


def _rows(model: Any, path: Sequence[Any], term: str, actor: Actor) -> Select[Any]:
    """Return the keys of the rows whose own texts, or those of what `path` leads to, have `term`."""
    if not path:
        return select(primary_key(model)).where(has_words(model, term))
    row = aliased(model)
    statement, step = select(primary_key(row)), getattr(row, path[0].key)
    for relation in path[1:]:
        statement, step = statement.join(step), relation
    related = path[-1].property.mapper.class_
    statement = statement.join(step).where(has_words(related, term))
    if hasattr(related, "deleted_at"):
        statement = statement.where(related.deleted_at.is_(None))
    resource = getattr(related, "__resource__", "")
    return statement.where(visible(actor, resource)) if resource else statement
