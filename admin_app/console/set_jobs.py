"""Bulk actions on more rows than one request changes: how many there are, and the job that goes through them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext
from sqlalchemy import Select, func, select
from sqlalchemy.orm import InstrumentedAttribute

from admin_app.audit.models import AuditBatch
from admin_app.console.access import letter_of
from admin_app.console.acting import actor_of
from admin_app.console.bulk_actions import BulkAction
from admin_app.console.choices import Matching
from admin_app.console.keys import primary_key
from admin_app.console.lists import COUNT_CAP
from admin_app.console.views import view_at, view_of
from admin_app.core.bulk import BulkResult, Refusals, Skipped, explain
from admin_app.core.db import db
from admin_app.core.errors import ForbiddenError, NotFoundError
from admin_app.core.limits import SlowError, time_limit
from admin_app.jobs.chunks import enqueue_chunks, run_chunks
from admin_app.jobs.kinds import JobContext, Payload, job_kind
from admin_app.web.actor import acting_as, current_actor

KIND = "console.bulk"
# More than these a job changes.
MOST_AT_ONCE = 5_000
# So long, in milliseconds, the page with the question counts.
COUNT_LIMIT = 5_000


@dataclass(frozen=True)
class Size:
    """How many rows there are; `more` where counting them took too long."""

    number: int
    more: bool = False

    @property
    def is_huge(self) -> bool:
        """Whether a job has to do it."""
        return self.more or self.number > MOST_AT_ONCE


def size_of(rows: Select[Any]) -> Size:
    """Count rows, as far as that is possible while somebody waits."""
    keys = rows.order_by(None)
    try:
        with time_limit(COUNT_LIMIT):
            return Size(db.session.scalar(select(func.count()).select_from(keys.subquery())) or 0)
    except SlowError:
        capped = keys.limit(COUNT_CAP).subquery()
        return Size(db.session.scalar(select(func.count()).select_from(capped)) or 0, more=True)


def reasons(seen: Select[Any], key: InstrumentedAttribute[Any], refusals: Refusals) -> tuple[list[Skipped], bool]:
    """Return which rows will be left alone and why, and whether there was time to find that out."""
    try:
        with time_limit(COUNT_LIMIT):
            return explain(seen, key, refusals), True
    except SlowError:
        return [], False


def enqueue_set(
    view: Any, mark: BulkAction, choice: Matching, data: Mapping[str, Any], size: Size, batch: AuditBatch
) -> BulkResult:
    """Queue the job that does an action to all rows that match."""
    payload = {
        "view": view.endpoint,
        "action": mark.name,
        "query": choice.pairs,
        "upto": choice.upto,
        "data": {name: _packed(value) for name, value in data.items()},
    }
    job = enqueue_chunks(KIND, payload, batch, size.number, actor=current_actor())
    return BulkResult(done=size.number, job=job.public_id)


@job_kind(KIND)
def change_set(context: JobContext, payload: Payload) -> Payload:
    """Do a bulk action to all rows of a list that match."""
    return run_chunks(context, _Rows(context, payload))


class _Rows:
    """The rows of one such job."""

    def __init__(self, context: JobContext, payload: Payload) -> None:
        self.context, self.payload = context, payload
        self.view = view_at(payload["view"])
        pairs = tuple((name, value) for name, value in payload["query"])
        self.choice = Matching(self.view, pairs, payload["upto"])

    @contextmanager
    def acting(self) -> Iterator[None]:
        with acting_as(actor_of(self.context)):
            if not self.view.is_action_allowed(self.payload["action"]):
                raise ForbiddenError(gettext("Your roles do not allow this any more. What is done already stays done."))
            yield

    def keys(self, after: int, most: int) -> list[int]:
        return self.choice.keys(after, most)

    def change(self, keys: Collection[int], batch: AuditBatch) -> BulkResult:
        mark = self.view.action_of(self.payload["action"])
        # For the report; an action is given only what it reaches.
        explain(self.choice.among(keys), primary_key(self.view.model), [self.view.out_of_reach(mark)])
        data = {name: _unpacked(value) for name, value in self.payload["data"].items()}
        chosen = self.choice.among(keys, letter_of(mark.permission, self.view.resource))
        result: BulkResult = self.view.run_action(mark, chosen, data, batch)
        return result

    def name(self, key: int) -> str:
        return str(db.session.get(self.view.model, key) or "")


# What a form asked, as it lies in the job
def _packed(value: Any) -> Any:
    """Return what an action's form asked as JSON can hold it."""
    if isinstance(value, dt.datetime):
        return {"moment": value.isoformat()}
    if hasattr(value, "__resource__"):
        return {"resource": value.__resource__, "id": value.id}
    return value


def _unpacked(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    if "moment" in value:
        return dt.datetime.fromisoformat(value["moment"])
    view = view_of(value["resource"])
    record = db.session.get(view.model, value["id"]) if view is not None else None
    if record is None:
        raise NotFoundError(gettext("What was chosen for this was deleted meanwhile."))
    return record
