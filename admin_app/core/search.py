"""Searching by indexes: three letters or more anywhere in a text, fewer at the beginning of its words.

A model says which of its columns are searched together (`__search__`). Their texts are folded by one rule on both
databases (`core.text.words_of`), and the database itself keeps them, whoever writes, one row or a million: PostgreSQL
in a generated column with an index of trigrams, SQLite in a table of FTS5 beside the model's. A migration makes both.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import ColumnElement, Text, bindparam, false, inspect, literal_column, select, text, true

from admin_app.core.db import db
from admin_app.core.text import fold

# An index of trigrams knows nothing shorter.
SHORTEST = 3
MOST_TERMS = 8


def searched_columns(model: Any) -> tuple[str, ...]:
    """Return the names of the columns of a model that are searched together by an index; none where it has none."""
    columns: tuple[str, ...] = getattr(model, "__search__", ())
    return columns


def has_words(model: Any, term: str) -> ColumnElement[bool]:
    """Return the condition that a row of `model` has `term` in its texts.

    `model` must stand in its statement under its own name. `term` is folded here; it may be as it was typed.
    """
    parts = fold(term).split()
    if not parts:
        # Accents alone are nothing that could be found.
        return true() if not term.strip() else false()
    wanted = "  ".join(parts)
    if len(wanted) < SHORTEST:
        wanted = "  " + wanted
    table, (key,) = inspect(model).local_table, inspect(model).primary_key
    if db.session.get_bind().dialect.name == "sqlite":
        index = f"search_{table.name}"
        # As one phrase, in which only the quote means anything.
        phrase = bindparam(None, '"' + wanted.replace('"', '""') + '"', type_=Text, unique=True)
        match = literal_column(index).op("MATCH")(phrase)
        found: ColumnElement[bool] = key.in_(select(literal_column("rowid")).select_from(text(index)).where(match))
        return found
    # As one value: of a pattern that it must put together the planner knows nothing.
    pattern = "%" + re.sub(r"([%_/])", r"/\1", wanted) + "%"
    return literal_column(f"{table.name}.search_words", Text).like(pattern, escape="/")
