"""SQL that the two databases spell differently."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Dialect, Select, Text, cast, func, literal, select, type_coerce
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.types import UserDefinedType

from admin_app.core.db import JsonDocument, db


def _on_postgresql() -> bool:
    return db.session.get_bind().dialect.name == "postgresql"


class _Numbers(UserDefinedType[Collection[int]]):
    """A list of numbers, written out at once: as a list the driver would look at each of them.

    The server takes the text for a list from the start. Were it a text that is cast, it would be read again and again.
    """

    cache_ok = True
    render_bind_cast = True

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def get_col_spec(self, **_options: Any) -> str:
        return f"{self.kind}[]"

    def bind_processor(self, dialect: Dialect) -> Callable[[Collection[int] | None], str]:
        return lambda numbers: f"{{{','.join(map(str, numbers or ()))}}}"


def rows_of(numbers: Collection[int], kind: InstrumentedAttribute[Any]) -> Select[int]:
    """Return what selects `numbers`, as `kind` holds them: one parameter, whether they are ten or a million."""
    if _on_postgresql():
        # As rows: what is compared with the list itself goes through all of it for every row of the table, once the
        # driver has prepared the statement and the server a plan for any list.
        name = "BIGINT" if isinstance(kind.type, BigInteger) else "INTEGER"
        return select(func.unnest(literal(numbers, _Numbers(name)), type_=kind.type))
    each = func.json_each(json.dumps(list(numbers))).table_valued("value")
    return select(type_coerce(each.c.value, kind.type))


def among(column: InstrumentedAttribute[Any], numbers: Collection[int]) -> ColumnElement[bool]:
    """Return the condition that `column` is one of `numbers`, however many."""
    return column.in_(rows_of(numbers, column))


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
