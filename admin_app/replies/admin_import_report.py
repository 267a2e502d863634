"""What the pages about the import of a file of replies show once its columns are known."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Iterator
from typing import Any

from flask_babel import gettext

from admin_app.console.undo import undo_minutes
from admin_app.core.clock import now
from admin_app.core.formulas import disarm
from admin_app.core.permissions import can
from admin_app.core.text import shorten
from admin_app.jobs.models import Job, JobState
from admin_app.replies.admin_import_columns import missing_required, words_of_columns
from admin_app.replies.importer import CELLS
from admin_app.replies.importer_plan import Plan
from admin_app.replies.models import ReplyUpload
from admin_app.replies.upload_operations import IMPORT, Checked
from admin_app.replies.upload_reading import UploadedReplies
from admin_app.surveys.models import SurveyVersion
from admin_app.surveys.queries import questionnaire_of
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.questionnaire import Questionnaire
from admin_app.web.actor import current_actor

# As many findings as a page shows; the file has all of them.
MOST_SHOWN = 100
_BLOCK = 64 * 1024


def report_values(upload: ReplyUpload, checked: Checked, version: SurveyVersion) -> dict[str, Any]:
    """Return what the page with the report shows."""
    questionnaire, report = questionnaire_of(version), checked.report
    return {
        "upload": upload,
        "outdated": upload.version_id != version.id,
        "problem": _problem(upload.job),
        "report": report,
        "notes": report.note_lines(),
        "missing": missing_required(questionnaire, Plan.from_json(upload.plan)),
        "findings": [
            {"row": one.row, "column": _column(one.column, checked.headers), "sentence": one.sentence}
            for one in report.findings[:MOST_SHOWN]
        ],
        "more": report.found - min(len(report.findings), MOST_SHOWN),
        "preview": list(_preview(questionnaire, checked)),
        "previewed": len(checked.preview),
    }


def _problem(job: Job | None) -> str:
    """Return why the import that was asked for last did not come to its end."""
    if job is None or job.kind != IMPORT:
        return ""
    if job.state is JobState.CANCELLED:
        return str(gettext("The import was cancelled. Nothing was stored."))
    return job.error


def _column(name: str, headers: dict[str, str]) -> str:
    return str(gettext("The whole row")) if name == CELLS else headers.get(name) or name


def _preview(questionnaire: Questionnaire, checked: Checked) -> Iterator[tuple[str, list[str]]]:
    """Yield each question that some of the first replies answer, with their answers in words."""
    for question in questionnaire.questions():
        kind = QUESTION_TYPES[question.type]
        if not kind.asks:
            continue
        answers = [one["answers"] for one in checked.preview]
        shown = [shorten(_in_words(kind, question, one), 120) for one in answers]
        if any(shown):
            yield question.label, shown


def _in_words(kind: Any, question: Any, answers: dict[str, Any]) -> str:
    shown, other = kind.show(question, answers), answers.get(question.other_key)
    # A question that does not offer "other" does not show such text either, and it is kept all the same.
    return shown if not other or question.other else "; ".join(filter(None, [shown, str(other)]))


def progress_values(upload: ReplyUpload) -> dict[str, Any]:
    """Return what the page shows while a job reads the file."""
    job = upload.job
    assert job is not None
    return {"upload": upload, "job": job, "imports": job.kind == IMPORT}


def result_values(upload: ReplyUpload) -> dict[str, Any]:
    """Return what the page shows of an import that was done."""
    batch, actor = upload.batch, current_actor()
    assert batch is not None
    fresh = batch.at >= now() - dt.timedelta(minutes=undo_minutes())
    mine = batch.undone_at is None and batch.actor_id == actor.id
    may_undo = fresh and mine and can(actor, "reply", "D", obj=upload.survey)
    return {"upload": upload, "batch": batch, "may_undo": may_undo, "minutes": undo_minutes()}


def write_findings(uploaded: UploadedReplies) -> Iterator[bytes]:
    """Yield a CSV file with every finding, a spreadsheet cannot take any of them for a formula."""
    names = words_of_columns(uploaded.questionnaire)
    headers = dict(zip(uploaded.plan.targets, uploaded.table.header, strict=True))
    findings = uploaded.replies().findings()
    head = [gettext("Row"), gettext("Column"), gettext("Question"), gettext("What was found")]
    rows = ([str(one.row), _column(one.column, headers), names.get(one.column, ""), one.sentence] for one in findings)
    buffer = io.StringIO("\ufeff")
    buffer.seek(0, io.SEEK_END)
    writer = csv.writer(buffer)
    writer.writerow(head)
    for row in rows:
        writer.writerow([disarm(cell) for cell in row])
        if buffer.tell() > _BLOCK:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()
