"""Mail in tests of accounts: a real server, and the work that a worker would do."""

from __future__ import annotations

import threading
from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Flask
from sqlalchemy import select

from admin_app.core.db import db
from admin_app.jobs.engine import run_job
from admin_app.jobs.models import Job, JobState
from tests.mailserver import Inbox, link_in

Work = Callable[[], list[Job]]


def work_off(app: Flask) -> list[Job]:
    """Run every job that waits, as a worker does; return their rows."""
    db.session.rollback()
    ids = list(db.session.scalars(select(Job.id).where(Job.state == JobState.QUEUED).order_by(Job.id)))
    for job_id in ids:
        db.session.rollback()
        run_job(app, job_id, threading.Event())
    db.session.rollback()
    return [db.session.get_one(Job, job_id, populate_existing=True) for job_id in ids if db.session.get(Job, job_id)]


def path_in(inbox: Inbox, number: int = -1) -> str:
    """The path of the link in a mail, as the test client opens it."""
    return urlsplit(link_in(inbox.messages[number])).path
