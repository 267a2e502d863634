"""What the console's first page says of surveys, replies and jobs: each figure leads to the list that it counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from flask import Flask, g, url_for
from flask_babel import format_date, format_decimal, gettext, lazy_gettext
from sqlalchemy import ColumnElement, Select, and_, func, select

from admin_app.console.base import DASHBOARD_PANELS, DASHBOARD_TILES, DashboardPanel, DashboardTile
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.permissions import Actor, visible
from admin_app.jobs.models import Job, JobState
from admin_app.replies.models import Reply, ReplyKind, ReviewStatus
from admin_app.replies.queries import without_deleted
from admin_app.results.timeline import replies_by_day
from admin_app.surveys.availability import shown_state_is
from admin_app.surveys.models import Survey, SurveyState
from admin_app.surveys.queries import visible_to
from admin_app.web.locale import reader_zone

# As far as anything is counted; beyond it says "10,000+".
CAP = 10_000
DAYS = 30
SOON = dt.timedelta(days=7)
# Surveys that are named; the list has them all.
NAMED = 5


def _capped(found: Select[Any]) -> int | str:
    """Return how many rows there are, counted up to the cap."""
    rows = found.limit(CAP + 1).subquery()
    count = db.session.scalar(select(func.count()).select_from(rows)) or 0
    return count if count <= CAP else f"{format_decimal(CAP)}+"


def _open_surveys(actor: Actor) -> int | str:
    return _capped(visible_to(actor).with_only_columns(Survey.id).where(shown_state_is("open", now())))


def _sent(actor: Actor) -> list[ColumnElement[bool]]:
    """Return the conditions for the replies that figures are about: complete ones that are no tests."""
    return [without_deleted(), visible(actor, "reply"), Reply.kind == ReplyKind.COMPLETE, Reply.test.is_(False)]


# The same, for the list.
_LIST: dict[str, Any] = {"g1.kind": "complete", "g1.test": "0"}


def _to_review(actor: Actor) -> int | str:
    return _capped(select(Reply.id).where(*_sent(actor), Reply.review_status == ReviewStatus.NEW))


def _failed_jobs(actor: Actor) -> int | str:
    return _capped(select(Job.id).where(visible(actor, "job"), Job.state == JobState.FAILED))


def _today() -> dt.date:
    return now().astimezone(reader_zone()).date()


def _by_day(actor: Actor) -> Mapping[dt.date, int]:
    """Return how many replies came on each of the last days; the tile and the panel ask once."""
    if "replies_by_day" not in g:
        zone = reader_zone()
        first = dt.datetime.combine(_today() - dt.timedelta(days=DAYS - 1), dt.time(), zone)
        g.replies_by_day = replies_by_day([*_sent(actor), Reply.submitted_at >= first], zone)
    days: Mapping[dt.date, int] = g.replies_by_day
    return days


def _replies_today(actor: Actor) -> int:
    return _by_day(actor).get(_today(), 0)


def _from_day(first: dt.date, last: dt.date | None = None) -> dict[str, Any]:
    """Return the arguments of the list of replies for some days."""
    found = {**_LIST, "g1.submitted_at_from": first.isoformat()}
    return found if last is None else {**found, "g1.submitted_at_to": last.isoformat()}


def _day_panel(actor: Actor) -> dict[str, Any]:
    """Return a bar for each day, also for those on which nobody replied."""
    counts, today = _by_day(actor), _today()
    days = [today - dt.timedelta(days=back) for back in reversed(range(DAYS))]
    most = max((counts.get(day, 0) for day in days), default=0)
    return {
        "total": sum(counts.get(day, 0) for day in days),
        "most": most,
        "url": url_for("reply.index_view", **_from_day(days[0])),
        "days": [
            {
                "words": format_date(day, "medium"),
                "count": counts.get(day, 0),
                "share": counts.get(day, 0) / most if most else 0,
                "url": url_for("reply.index_view", **_from_day(day, day)),
            }
            for day in days
        ],
    }


def _closing(moment: dt.datetime) -> ColumnElement[bool]:
    closes = and_(Survey.closes_at > moment, Survey.closes_at <= moment + SOON)
    return and_(closes, Survey.state == SurveyState.OPEN)


def _closing_panel(actor: Actor) -> dict[str, Any]:
    """Return the surveys that close next, and the list of them all."""
    moment = now()
    found = visible_to(actor).with_only_columns(Survey.id, Survey.title, Survey.closes_at, func.count().over())
    rows = db.session.execute(found.where(_closing(moment)).order_by(Survey.closes_at, Survey.id).limit(NAMED)).all()
    zone = reader_zone()
    days = [moment.astimezone(zone).date(), (moment + SOON).astimezone(zone).date()]
    bounds: dict[str, Any] = {"g1.closes_at_from": days[0].isoformat(), "g1.closes_at_to": days[1].isoformat()}
    return {
        "total": rows[0][3] if rows else 0,
        "url": url_for("survey.index_view", **bounds),
        "surveys": [
            {"title": row[1], "closes_at": row[2], "url": url_for("survey.details_view", id=row[0])} for row in rows
        ],
        "lead": gettext("Open surveys that close within %(days)s days", days=SOON.days),
    }


_TILES = {
    "surveys.open": DashboardTile(
        lazy_gettext("Open surveys"), _open_surveys, ("survey", "R"), "survey.index_view", "player-play",
        args=lambda: {"g1.state": "open"},
    ),
    "replies.today": DashboardTile(
        lazy_gettext("Replies today"), _replies_today, ("reply", "R"), "reply.index_view", "inbox",
        args=lambda: _from_day(_today()),
    ),
    "replies.new": DashboardTile(
        lazy_gettext("Waiting for review"), _to_review, ("reply", "R"), "reply.index_view", "eye",
        args=lambda: {**_LIST, "g1.review_status": "new"},
    ),
    "jobs.failed": DashboardTile(
        lazy_gettext("Failed jobs"), _failed_jobs, ("job", "R"), "job.index_view", "alert-triangle",
        args=lambda: {"g1.state": "failed"},
    ),
}  # fmt: skip
_PANELS = {
    "replies.by_day": DashboardPanel(("reply", "R"), "dashboard/by_day.html", _day_panel),
    "surveys.closing": DashboardPanel(("survey", "R"), "dashboard/closing.html", _closing_panel),
}


def register(_app: Flask) -> None:
    """Put the figures on the dashboard."""
    for name, tile in _TILES.items():
        DASHBOARD_TILES.add(name, tile)
    for name, panel in _PANELS.items():
        DASHBOARD_PANELS.add(name, panel)
