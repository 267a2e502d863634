"""Whether a survey takes replies now: its state, its dates and its limit together."""

from __future__ import annotations

import datetime as dt
from enum import StrEnum
from typing import Protocol

from sqlalchemy import ColumnElement, and_, not_

from admin_app.surveys.models import Survey, SurveyState


class Availability(StrEnum):
    """What a respondent meets."""

    OPEN = "open"
    NOT_YET = "not_yet"
    PAUSED = "paused"
    CLOSED = "closed"
    FULL = "full"
    UNKNOWN = "unknown"


class Available(Protocol):
    """What the answer depends on: a survey's row, or what was read of it."""

    @property
    def state(self) -> SurveyState: ...
    @property
    def opens_at(self) -> dt.datetime | None: ...
    @property
    def closes_at(self) -> dt.datetime | None: ...
    @property
    def reply_limit(self) -> int | None: ...
    @property
    def reply_count(self) -> int: ...
    @property
    def deleted_at(self) -> dt.datetime | None: ...


def availability(survey: Available, now: dt.datetime) -> Availability:
    """Return what a respondent meets at `now`. A draft and a deleted survey do not exist for the public."""
    if survey.deleted_at is not None or survey.state is SurveyState.DRAFT:
        return Availability.UNKNOWN
    if survey.state in {SurveyState.CLOSED, SurveyState.ARCHIVED}:
        return Availability.CLOSED
    if survey.closes_at is not None and now >= survey.closes_at:
        return Availability.CLOSED
    if survey.state is SurveyState.PAUSED:
        return Availability.PAUSED
    if survey.opens_at is not None and now < survey.opens_at:
        return Availability.NOT_YET
    if survey.reply_limit is not None and survey.reply_count >= survey.reply_limit:
        return Availability.FULL
    return Availability.OPEN


def shown_state(survey: Available, now: dt.datetime) -> str:
    """Return the state as lists show it: the stored one, or "scheduled", "expired" or "full" for one that is open."""
    if survey.state is not SurveyState.OPEN:
        return survey.state.value
    words = {Availability.NOT_YET: "scheduled", Availability.CLOSED: "expired", Availability.FULL: "full"}
    return words.get(availability(survey, now), "open")


# All that `shown_state()` may say, in the order in which a survey goes through them.
SHOWN_STATES = ("draft", "scheduled", "open", "full", "paused", "expired", "closed", "archived")


def shown_state_is(state: str, now: dt.datetime) -> ColumnElement[bool]:
    """Return the condition for surveys of which `shown_state()` says `state` at `now`."""
    over = and_(Survey.closes_at.is_not(None), Survey.closes_at <= now)
    early = and_(Survey.opens_at.is_not(None), Survey.opens_at > now)
    full = and_(Survey.reply_limit.is_not(None), Survey.reply_count >= Survey.reply_limit)
    computed = {
        "expired": over,
        "scheduled": and_(not_(over), early),
        "full": and_(not_(over), not_(early), full),
        "open": and_(not_(over), not_(early), not_(full)),
    }
    if state not in computed:
        return Survey.state == SurveyState(state)
    return and_(Survey.state == SurveyState.OPEN, computed[state])
