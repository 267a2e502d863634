"""Reading a file of replies that somebody has sent, as its plan says."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from admin_app.core.db import db
from admin_app.replies.importer import Progress, ReplyFile, to_nobody
from admin_app.replies.importer_columns import ColumnNames
from admin_app.replies.importer_plan import Plan, open_planned, planned_replies
from admin_app.replies.importer_report import ImportReport
from admin_app.replies.importer_tables import Table
from admin_app.replies.models import ReplyUpload
from admin_app.replies.upload_files import Spool, upload_folder
from admin_app.replies.upload_operations import Checked
from admin_app.surveys.models import SurveyVersion
from admin_app.surveys.queries import questionnaire_of

# As many replies are shown as they would be stored.
PREVIEWED = 3
# Bytes of text that are read while somebody waits, in a fraction of a second; a workbook takes ten times as long.
AT_ONCE, WORKBOOK_WEIGHT = 400_000, 10


@dataclass
class UploadedReplies:
    """A file that was sent, and the version whose questions its columns are put to."""

    upload: ReplyUpload
    version: SurveyVersion
    plan: Plan

    @classmethod
    def of(cls, upload: ReplyUpload) -> UploadedReplies:
        """Return it as it was planned."""
        version = db.session.get_one(SurveyVersion, upload.version_id)
        return cls(upload, version, Plan.from_json(upload.plan))

    def __post_init__(self) -> None:
        self.questionnaire = questionnaire_of(self.version)
        self.names = ColumnNames(self.questionnaire)

    @cached_property
    def table(self) -> Table:
        """The file; InvalidError says why it is none."""
        path = upload_folder().path(self.upload.public_id)
        return open_planned(path, self.upload.file_name, self.plan, self.names)

    @property
    def takes_long(self) -> bool:
        """Whether nobody should wait for it to be read."""
        weight = WORKBOOK_WEIGHT if self.table.sheets else 1
        return self.upload.size * weight > AT_ONCE

    def lines(self) -> int | None:
        """Return about how many rows a text has; None for a workbook, where only reading it would tell."""
        if self.table.sheets:
            return None
        with upload_folder().path(self.upload.public_id).open("rb") as file:
            return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))

    def replies(self) -> ReplyFile:
        """Return the replies of the file; InvalidError where the plan does not fit it."""
        return planned_replies(self.table, self.questionnaire, self.names, self.plan)

    def check(self, progress: Progress = to_nobody) -> Checked:
        """Go through the whole file; return what is wrong with it, and the first replies."""
        report = ImportReport()
        preview: list[dict[str, Any]] = []
        for record in self.replies().records(report, progress):
            if len(preview) < PREVIEWED:
                sent = record["submitted_at"].isoformat()
                preview.append({"answers": record["answers"], "submitted_at": sent, "language": record["language"]})
        headers = {target: text for target, text in zip(self.plan.targets, self.table.header, strict=True) if target}
        return Checked(report, preview, headers)

    def fill(self, spool: Spool, progress: Progress) -> ImportReport:
        """Put all replies that can be taken into `spool`; return what is wrong with the others."""
        report = ImportReport()
        for record in self.replies().records(report, progress):
            spool.add(record)
        return report
