"""Importing files of replies through the console, as a browser does."""

from __future__ import annotations

import io
import re
import threading
from html import unescape
from typing import Any

import openpyxl
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from admin_app.audit.models import AuditBatch
from admin_app.core.db import db
from admin_app.jobs.engine import run_job
from admin_app.jobs.models import Job, JobState
from admin_app.replies.models import Reply, ReplyUpload
from admin_app.replies.upload_files import upload_folder
from admin_app.surveys.models import Survey
from tests.helpers import send, token_of

_SELECT = re.compile(r'<select[^>]* name="([^"]+)".*?</select>', re.DOTALL)
_CHOSEN = re.compile(r'<option(?: value="([^"]*)")? selected>([^<]*)')


def workbook(*rows: list[Any], **sheets: list[list[Any]]) -> bytes:
    """An XLSX file: `rows` in its first sheet, and more sheets by their names."""
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    for name, found in sheets.items():
        sheet = book.create_sheet(name)
        for row in found:
            sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


class Importing:
    """One person at the pages for one survey."""

    def __init__(self, app: Flask, client: FlaskClient, survey: Survey) -> None:
        self.app, self.client, self.survey_id = app, client, survey.id
        self.page = f"/admin/survey/{survey.id}/import-replies"

    def send(self, content: bytes | str, name: str = "replies.csv") -> Any:
        """Send a file."""
        data = {
            "csrf_token": token_of(self.client.get("/account/password").text),
            "file": FileStorage(io.BytesIO(content.encode() if isinstance(content, str) else content), name),
        }
        # In memory: the test client leaves the temporary file open that it would write a large body into.
        boundary, body = encode_multipart(data)
        return self.client.post(self.page, data=body, content_type=f"multipart/form-data; boundary={boundary}")

    def sent(self, content: bytes | str, name: str = "replies.csv") -> str:
        """Send a file that is taken; return the address of its columns."""
        answer = self.send(content, name)
        assert answer.status_code == 303, answer.text
        return str(answer.location)

    def form(self, address: str) -> dict[str, str]:
        """What the form with the columns says by itself."""
        page = self.client.get(address).text
        found = {"do": "check", "version": re.search(r'name="version" value="(\d+)"', page)[1]}
        for select_ in _SELECT.finditer(page):
            chosen = _CHOSEN.search(select_[0])
            found[select_[1]] = unescape(chosen[1] if chosen and chosen[1] is not None else "") if chosen else ""
        return found

    def check(self, address: str, **changes: str) -> Any:
        """Send the form with the columns."""
        return send(self.client, address, self.form(address) | changes, page="/account/password")

    def post(self, address: str, **data: str) -> Any:
        """Send any other form."""
        return send(self.client, address, data, page="/account/password")

    def work(self) -> list[Job]:
        """Do what is queued, as a worker does."""
        db.session.rollback()
        ids = list(db.session.scalars(select(Job.id).where(Job.state == JobState.QUEUED).order_by(Job.id)))
        db.session.rollback()
        for job_id in ids:
            run_job(self.app, job_id, threading.Event())
        db.session.expire_all()
        return [db.session.get_one(Job, job_id) for job_id in ids]

    def imported(self, address: str, **data: str) -> str:
        """Import a file that was checked; return the page that tells of it."""
        self.post(f"{address}/report", **data)
        (job,) = self.work()
        assert job.state is JobState.DONE, job.error
        return str(self.client.get(f"{address}/report").text)


def replies() -> list[Reply]:
    """Every reply, in the order of their storing."""
    db.session.rollback()
    return list(db.session.scalars(select(Reply).order_by(Reply.id)))


def uploads() -> list[ReplyUpload]:
    """Every file that is known."""
    db.session.rollback()
    return list(db.session.scalars(select(ReplyUpload).order_by(ReplyUpload.id)))


def files() -> list[str]:
    """The names of the files that lie there."""
    folder = upload_folder().root
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def nothing_stored() -> bool:
    """Whether there is no reply, and no batch."""
    return replies() == [] and db.session.scalar(select(func.count()).select_from(AuditBatch)) == 0
