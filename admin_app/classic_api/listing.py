"""Surveys as clients read them in lists, and what is kept of the list that everybody asks for."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import json

from admin_app.core.clock import now
from admin_app.core.db import commits
from admin_app.replies.survey_totals import CountedSurvey, counted_surveys
from admin_app.surveys.availability import shown_state_is
from admin_app.surveys.models import SurveyState
from admin_app.surveys.queries import introductions_of

# As for single surveys (docs/decisions/005): what changed elsewhere is seen so much later, in seconds.
JUST_NOW = 0.1
# Where counting takes long, a process spends at most one part in so many of its time on it.
_PATIENCE = 10


def spoken(moment: dt.datetime | None) -> str | None:
    """Return a moment as clients read it."""
    return None if moment is None else f"{moment.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}"


def document_of(survey: CountedSurvey, introduction: str) -> dict[str, Any]:
    """Return a survey as clients read it."""
    return {
        "id": survey.id,
        "name": survey.title,
        "isActive": survey.state is SurveyState.OPEN,
        "dueDate": spoken(survey.closes_at),
        "subCount": survey.replies,
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
        # What a version says never changes.
        self._introductions: dict[int, str] = {}

    def get(self) -> Listing:
        """Return the list; only one thread makes it anew, and the others wait for that one."""
        with self._lock:
            version, started = commits(), time.monotonic()
            if started > self._until or version != self._commits:
                self._listing = self._make()
                finished = time.monotonic()
                self._commits = version
                self._until = finished + max(JUST_NOW, _PATIENCE * (finished - started))
            return self._listing

    def forget(self) -> None:
        """Make it anew the next time: a reply was stored here, which is no unit of work."""
        self._until = 0.0

    def _make(self) -> Listing:
        surveys = counted_surveys(shown_state_is("open", now()))
        said = self._said(surveys)
        documents = [document_of(survey, said.get(survey.version_id or 0, "")) for survey in surveys]
        body = json.dumps({"surveys": documents}).encode()
        return Listing(body, hashlib.sha256(body).hexdigest()[:32], len(documents))

    def _said(self, surveys: Sequence[CountedSurvey]) -> Mapping[int, str]:
        wanted = {survey.version_id for survey in surveys if survey.version_id is not None}
        missing = wanted - self._introductions.keys()
        if missing:
            kept = {number: said for number, said in self._introductions.items() if number in wanted}
            self._introductions = {**kept, **introductions_of(list(missing))}
        return self._introductions
