"""SQL that the two databases spell differently."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func, literal, select, type_coerce
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import InstrumentedAttribute

from admin_app.core.db import JsonDocument, db


def _on_postgresql() -> bool:
    return db.session.get_bind().dialect.name == "postgresql"


def among(column: InstrumentedAttribute[int], numbers: Collection[int]) -> ColumnElement[bool]:
    """Return the condition that `column` is one of `numbers`: one parameter, whether they are ten or a million."""
    text = ",".join(map(str, numbers))
    if _on_postgresql():
        # Written out: a list would be looked at number by number on its way. And as rows: what is compared with the
        # array itself reads the whole text anew for every row of the table.
        return column.in_(select(func.unnest(cast(literal(f"{{{text}}}", Text), ARRAY(column.type)))))
    each = func.json_each(f"[{text}]").table_valued("value")
    return column.in_(select(each.c.value))


def json_pairs(pairs: Mapping[str, tuple[Any, Any]]) -> ColumnElement[Any]:
    """Return {name: [one, other]} as the database makes it. Values may be columns that hold numbers or texts."""
    make_object, make_list = (
        (func.jsonb_build_object, func.jsonb_build_array) if _on_postgresql() else (func.json_object, func.json_array)
    )
    parts: list[Any] = []
    for name, pair in pairs.items():
        parts += [cast(literal(name), Text), make_list(*(_json(value) for value in pair))]
    return type_coerce(make_object(*parts), JsonDocument)


def is_sql(value: Any) -> bool:
    """Whether `value` is a column or another expression of the database's, and no plain value."""
    return isinstance(value, ColumnElement | InstrumentedAttribute)


def _json(value: Any) -> Any:
    if is_sql(value):
        return value
    text = literal(json.dumps(value, ensure_ascii=False))
    return cast(text, JSONB) if _on_postgresql() else func.json(text)
