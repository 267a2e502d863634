"""Opening files of replies as the command line does."""

from __future__ import annotations

from pathlib import Path

from admin_app.replies.importer import ReplyFile
from admin_app.replies.importer_answers import Options
from admin_app.replies.importer_columns import ColumnNames
from admin_app.replies.importer_tables import open_table
from admin_app.surveys.questionnaire import Questionnaire


def open_replies(
    path: Path, questionnaire: Questionnaire, *, day_first: bool | None = None, encoding: str = "utf-8", **options: bool
) -> ReplyFile:
    """Return the replies of the file, its columns found by their headers."""
    names = ColumnNames(questionnaire)
    table = open_table(path, known=names.knows, encoding=encoding)
    return ReplyFile(table, questionnaire, names.find(table.header), Options(**options), day_first=day_first)
