"""Files that were asked for and are made in the background: each is a job, whose result says where the file lies."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from sqlalchemy import select

from admin_app.accounts.models import User, UserStatus
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.permissions import Actor
from admin_app.jobs.models import Job, JobState
from admin_app.jobs.operations import LIVE
from admin_app.results.export_plan import ExportPlan, plan_of
from admin_app.surveys.models import Survey

KIND = "reply.export_file"
# Names the survey in a job's payload. No other kind has it, so a database may read it as a number of every job.
SURVEY = "replies_of"
# As many of one's own are listed.
SHOWN = 5


@dataclass(frozen=True)
class StoredExport:
    """One such file, or what became of it."""

    job: Job

    @property
    def live(self) -> bool:
        """Whether it is still being made."""
        return self.job.state in LIVE

    @cached_property
    def plan(self) -> ExportPlan:
        """What was asked for."""
        return plan_of(self.job.payload["plan"])

    @property
    def result(self) -> dict[str, Any]:
        """What is known of the file: its `file`, `name`, `size`, `replies`, when it `expires`, what it hides."""
        return self.job.result or {}

    @property
    def expires(self) -> dt.datetime | None:
        """When the file is deleted; None where there is none."""
        at = self.result.get("expires")
        return dt.datetime.fromisoformat(at) if at else None

    @property
    def ready(self) -> bool:
        """Whether it can be downloaded."""
        return self.job.state is JobState.DONE and self.expires is not None and self.expires > now()

    def hides(self, hidden: Collection[str]) -> bool:
        """Whether the file shows nothing of the answers that are `hidden` from its owner by now."""
        return set(hidden) <= set(self.result.get("hidden", []))


def exports_of(survey: Survey, actor: Actor) -> list[StoredExport]:
    """Return what `actor` asked for of a survey, the newest first."""
    return [StoredExport(job) for job in db.session.scalars(_own(survey, actor).order_by(Job.id.desc()).limit(SHOWN))]


def export_of(survey: Survey, actor: Actor, key: str) -> StoredExport | None:
    """Return one of these by its job's public id; None where there is none, or where somebody else asked for it."""
    job = db.session.scalar(_own(survey, actor).where(Job.public_id == key[:16]))
    return StoredExport(job) if job is not None else None


def kept_files() -> set[str]:
    """Return the names of the files that can be downloaded still: in time, the survey there, its owner active."""
    done = select(Job).where(
        Job.kind == KIND,
        Job.state == JobState.DONE,
        Job.payload[SURVEY].as_integer().in_(select(Survey.id).where(Survey.deleted_at.is_(None))),
        Job.actor_id.in_(select(User.id).where(User.status == UserStatus.ACTIVE)),
    )
    exports = [StoredExport(job) for job in db.session.scalars(done)]
    return {export.result["file"] for export in exports if export.ready}


def _own(survey: Survey, actor: Actor) -> Any:
    own = select(Job).where(Job.kind == KIND, Job.actor_id == actor.id)
    return own.where(Job.payload[SURVEY].as_integer() == survey.id).execution_options(populate_existing=True)
