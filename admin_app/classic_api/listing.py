"""Surveys as clients read them in lists, and what is kept of the list that everybody asks for."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from flask import json
from sqlalchemy import ColumnElement, select

from admin_app.core.clock import now
from admin_app.core.db import commits, db
from admin_app.replies.survey_totals import count_replies
from admin_app.surveys.availability import shown_state_is
from admin_app.surveys.models import Survey, SurveyState
from admin_app.surveys.queries import introductions_of

# As for single surveys (docs/decisions/005): what changed elsewhere is seen so much later, in seconds.
JUST_NOW = 0.1
# Where reading or counting takes long, a process spends at most one part in so many of its time on it.
_PATIENCE = 10
# Counted so fast, in seconds, they are counted anew for each reply that comes.
_FAST = 0.1


def spoken(moment: dt.datetime | None) -> str | None:
    """Return a moment as clients read it."""
    return None if moment is None else f"{moment.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}"


class Listed(NamedTuple):
    """What lists say of a survey. `introduction` is that of the draft."""

    id: int
    title: str
    state: SurveyState
    closes_at: dt.datetime | None
    introduction: str
    version_id: int | None


_COLUMNS = (
    Survey.id, Survey.title, Survey.state, Survey.closes_at, Survey.introduction, Survey.current_version_id,
)  # fmt: skip


def listed(*conditions: ColumnElement[bool]) -> list[Listed]:
    """Return the surveys that fulfil `conditions` and were not deleted, the oldest first."""
    there = select(*_COLUMNS).where(Survey.deleted_at.is_(None), *conditions).order_by(Survey.id)
    return [Listed(*row) for row in db.session.execute(there)]


def document_of(survey: Listed, introduction: str, replies: int) -> dict[str, Any]:
    """Return a survey as clients read it."""
    return {
        "id": survey.id,
        "name": survey.title,
        "isActive": survey.state is SurveyState.OPEN,
        "dueDate": spoken(survey.closes_at),
        "subCount": replies,
        "desc": introduction,
    }


@dataclass(frozen=True)
class Listing:
    """One state of the list: the body that is sent, and the tag by which a client asks whether it is still that."""

    body: bytes
    etag: str
    number: int


class ActiveSurveys:
    """The list of the surveys that take replies, as it was a moment ago at most."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until, self._commits = 0.0, -1
        self._listing = Listing(b"", "", 0)
        self._made_of: Any = None
        self._replies: Mapping[int, int] = {}
        self._counted_until, self._seconds = 0.0, 0.0
        # What a version says never changes.
        self._introductions: dict[int, str] = {}

    def get(self) -> Listing:
        """Return the list. One thread makes it anew; the others do not wait for what is only older.

        They wait for the first one, and for what was changed in this process; not for replies to be counted.
        """
        version, started = commits(), time.monotonic()
        known = version == self._commits and self._made_of is not None
        if known and started < self._until:
            return self._listing
        if not self._lock.acquire(blocking=not known):
            return self._listing
        try:
            if version != self._commits or started >= self._until:
                self._listing = self._make()
                finished = time.monotonic()
                self._until = finished + max(JUST_NOW, _PATIENCE * (finished - started))
                self._commits = version
            return self._listing
        finally:
            self._lock.release()

    def forget(self) -> None:
        """Make it anew the next time: a reply was stored here, which is no unit of work."""
        self._until = 0.0
        if self._seconds < _FAST:
            self._counted_until = 0.0

    def _make(self) -> Listing:
        active = shown_state_is("open", now())
        surveys, started = listed(active), time.monotonic()
        if started >= self._counted_until:
            self._replies = count_replies(active)
            self._seconds = time.monotonic() - started
            self._counted_until = started + _PATIENCE * self._seconds
        if (surveys, self._replies) == self._made_of:
            return self._listing
        said = self._said(surveys)
        documents = [
            document_of(survey, said.get(survey.version_id or 0, ""), self._replies.get(survey.id, 0))
            for survey in surveys
        ]
        body = json.dumps({"surveys": documents}).encode()
        self._made_of = (surveys, self._replies)
        return Listing(body, hashlib.sha256(body).hexdigest()[:32], len(documents))

    def _said(self, surveys: Sequence[Listed]) -> Mapping[int, str]:
        wanted = {survey.version_id for survey in surveys if survey.version_id is not None}
        missing = wanted - self._introductions.keys()
        if missing:
            kept = {number: said for number, said in self._introductions.items() if number in wanted}
            self._introductions = {**kept, **introductions_of(list(missing))}
        return self._introductions
