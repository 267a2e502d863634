"""`canvass reply import`."""

from __future__ import annotations

import hashlib
from pathlib import Path

import click
from flask.cli import with_appcontext

from admin_app.core.db import unit_of_work
from admin_app.core.errors import InvalidError
from admin_app.core.permissions import SYSTEM
from admin_app.replies.importer import ReplyFile
from admin_app.replies.importer_answers import Options
from admin_app.replies.importer_columns import ColumnNames
from admin_app.replies.importer_file import ENCODINGS, UTF_8
from admin_app.replies.importer_operations import import_replies, version_for_import
from admin_app.replies.importer_report import ImportReport
from admin_app.replies.importer_tables import Table, open_table
from admin_app.replies.importer_times import DateOrderError
from admin_app.replies.upload_operations import earlier_import, remember_import
from admin_app.surveys.models import Survey
from admin_app.surveys.queries import questionnaire_of, survey_by_public_id
from admin_app.web.locale import in_english

_ORDERS = {"day-first": True, "month-first": False}


@click.command("import")
@click.argument("survey_id", metavar="ID")
@click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--labels", is_flag=True, help="The cells hold labels, not codes.")
@click.option(
    "--unknown",
    type=click.Choice(["refuse", "other"]),
    default="refuse",
    show_default=True,
    help="What to do with words that are no choice: refuse the row, or keep them as “other” text.",
)
@click.option("--skip-bad", is_flag=True, help="Store the good rows although others cannot be taken.")
@click.option("--dry-run", is_flag=True, help="Say what would happen and store nothing.")
@click.option("--dates", type=click.Choice([*_ORDERS]), help="How to read 03/04/2026, where the file does not tell.")
@click.option(
    "--map",
    "mapped",
    multiple=True,
    metavar="COLUMN=KEY",
    help="Put a column to a question, whatever its header says; COLUMN= leaves it out. May be given again and again.",
)
@click.option("--sheet", default="", help="Which sheet of a workbook to read; the first one without.")
@click.option("--encoding", type=click.Choice(ENCODINGS), default=UTF_8, show_default=True, help="How text is written.")
@with_appcontext
@in_english
def import_command(
    survey_id: str,
    path: Path,
    *,
    labels: bool,
    unknown: str,
    skip_bad: bool,
    dry_run: bool,
    dates: str | None,
    mapped: tuple[str, ...],
    sheet: str,
    encoding: str,
) -> None:
    """Import replies to a published survey from a CSV, TSV or XLSX file.

    The first row holds the questions' keys, or their wordings; a row of a table is KEY__ROW, or the row's code where
    that is unique. One row that cannot be taken stops the import, and nothing is stored.
    """
    survey = survey_by_public_id(survey_id)
    version = version_for_import(survey, actor=SYSTEM)
    questionnaire = questionnaire_of(version)
    names = ColumnNames(questionnaire)
    table = open_table(path, known=names.knows, encoding=encoding, sheet=sheet)
    columns = names.find(table.header, _chosen(table, names, mapped))
    options = Options(labels=labels, keep_unknown=unknown == "other")
    try:
        file = ReplyFile(table, questionnaire, columns, options, day_first=_ORDERS.get(dates or ""))
    except DateOrderError as error:
        raise InvalidError(f"{error.message} Use --dates day-first or --dates month-first.") from error
    digest = _tell_earlier(survey, path)
    report = file.check()
    _tell_faults(report, skip_bad=skip_bad)
    for line in report.note_lines():
        click.echo(line)
    if dry_run:
        click.echo(f"{report.good_rows:,} of {report.rows:,} replies can be stored. This was a dry run.")
        return
    with unit_of_work():
        batch = import_replies(survey, version, file.records(ImportReport()), actor=SYSTEM)
        remember_import(survey, path.name, path.stat().st_size, digest, batch)
    click.echo(f"Stored {batch.records:,} of {report.rows:,} replies to “{survey.title}”.")


def _tell_earlier(survey: Survey, path: Path) -> str:
    """Print when the same file was imported before; return what tells it from others."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if (earlier := earlier_import(survey, digest)) is not None:
        click.echo(
            f"This file was imported already, on {earlier.at:%Y-%m-%d %H:%M} UTC by {earlier.actor_name}.", err=True
        )
    return digest


def _chosen(table: Table, names: ColumnNames, mapped: tuple[str, ...]) -> dict[int, str]:
    """Return where the columns named by --map belong, by their index; InvalidError for what is not there."""
    chosen: dict[int, str] = {}
    for text in mapped:
        # A header may have an equals sign in it, a key cannot.
        column, equals, key = text.rpartition("=")
        if not equals:
            raise InvalidError(f"--map {text}: write it as COLUMN=KEY, or COLUMN= to leave the column out.")
        found = [index for index, header in enumerate(table.header) if header == column.strip()]
        if not found:
            raise InvalidError(f"--map {text}: the file has no column “{column}”.")
        if key and not names.is_target(key):
            raise InvalidError(f"--map {text}: the survey asks nothing with the key “{key}”.")
        chosen |= dict.fromkeys(found, key)
    return chosen


def _tell_faults(report: ImportReport, *, skip_bad: bool) -> None:
    """Print what cannot be taken; raise InvalidError when that stops the import."""
    lines = report.fault_lines()
    if lines and not skip_bad:
        raise InvalidError("\n".join([*lines, "Nothing was stored."]))
    for line in lines:
        click.echo(line, err=True)
