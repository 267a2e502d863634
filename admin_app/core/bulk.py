"""What a bulk operation answers, and how it says which records it leaves alone, however many there are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, case, func, literal, literal_column, not_, select, true
from sqlalchemy.orm import InstrumentedAttribute

from admin_app.core.db import db

# Why a record is left alone: the condition for it, and the sentence. The first one that fits a record counts. No
# condition may be unknown (NULL), as what is compared with an empty field is.
Refusals = Sequence[tuple[ColumnElement[bool], str]]

# Names that are given for each reason; the others are counted.
NAMED = 5


@dataclass
class Skipped:
    """Records that are left alone for one reason: how many, and the names of some."""

    reason: str
    count: int = 0
    names: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class LeftAlone:
    """One record that was left alone, for a report that names all of them."""

    key: int
    name: str
    reason: str


_collected: ContextVar[dict[int, LeftAlone] | None] = ContextVar("records that are left alone", default=None)


@contextmanager
def collecting() -> Iterator[dict[int, LeftAlone]]:
    """Collect, by their keys, all records that operations leave alone meanwhile, and not only the first names."""
    found: dict[int, LeftAlone] = {}
    token = _collected.set(found)
    try:
        yield found
    finally:
        _collected.reset(token)


@dataclass
class BulkResult:
    """How many records were changed, and which were not, by reason.

    `job` is the public id of the job that goes through them one by one, where one does; then they are not changed yet.
    """

    done: int = 0
    skipped: list[Skipped] = field(default_factory=list)
    job: str = ""

    @property
    def left_alone(self) -> int:
        """Return how many were not changed."""
        return sum(one.count for one in self.skipped)

    def skip(self, name: str, reason: str, key: int) -> None:
        """Count a record that is left alone."""
        if (collected := _collected.get()) is not None:
            collected[key] = LeftAlone(key, name, reason)
        found = next((one for one in self.skipped if one.reason == reason), None)
        if found is None:
            found = Skipped(reason)
            self.skipped.append(found)
        found.count += 1
        if len(found.names) < NAMED:
            found.names.append(name)


def together(results: Iterable[BulkResult]) -> BulkResult:
    """Return as one what several operations answered, each for other records."""
    whole = BulkResult()
    for result in results:
        whole.done += result.done
        for skipped in result.skipped:
            known = next((one for one in whole.skipped if one.reason == skipped.reason), None)
            if known is None:
                whole.skipped.append(skipped)
            else:
                known.count, known.names = known.count + skipped.count, (known.names + skipped.names)[:NAMED]
    return whole


def first_refusal(refusals: Refusals) -> ColumnElement[int | None]:
    """Return the number of the first of `refusals` that fits a row, as SQL; NULL where none does."""
    whens: list[tuple[ColumnElement[bool], ColumnElement[int | None]]] = [
        (condition, literal_column(str(number))) for number, (condition, _sentence) in enumerate(refusals)
    ]
    return case(*whens, else_=None) if whens else literal(None, Integer)


def fits(refusals: Refusals) -> ColumnElement[bool]:
    """Return the condition for rows that nothing stands against."""
    return and_(true(), *(not_(condition) for condition, _sentence in refusals))


def explain(selection: Select[Any], key: InstrumentedAttribute[Any], refusals: Refusals) -> list[Skipped]:
    """Return which rows of `selection` are refused, by reason; `key` is their primary key. At most two statements."""
    if not refusals:
        return []
    collected = _collected.get()
    chosen = key.in_(selection.with_only_columns(key).order_by(None))
    each = select(key.label("key"), first_refusal(refusals).label("reason")).where(chosen).subquery()
    ranked = (
        select(
            each.c.key,
            each.c.reason,
            func.count().over(partition_by=each.c.reason).label("total"),
            func.row_number().over(partition_by=each.c.reason, order_by=each.c.key).label("place"),
        )
        .where(each.c.reason.is_not(None))
        .subquery()
    )
    named = ranked.c.place <= NAMED if collected is None else true()
    rows = db.session.execute(select(ranked).where(named).order_by(ranked.c.reason, ranked.c.place)).all()
    names = _names(key, [row.key for row in rows])
    found = {row.reason: Skipped(refusals[row.reason][1], row.total) for row in rows}
    for row in rows:
        if row.key in names and row.place <= NAMED:
            found[row.reason].names.append(names[row.key])
        if collected is not None:
            collected[row.key] = LeftAlone(row.key, names.get(row.key, ""), refusals[row.reason][1])
    return list(found.values())


def _names(key: InstrumentedAttribute[Any], keys: list[Any]) -> dict[Any, str]:
    """Return what the records with these keys are called; one that has gone meanwhile has no name."""
    if not keys:
        return {}
    records = db.session.scalars(select(key.class_).where(key.in_(keys))).unique()
    return {getattr(record, key.key): str(record) for record in records}
