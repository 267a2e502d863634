"""`canvass reply import`."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import with_appcontext

from admin_app.core.db import unit_of_work
from admin_app.core.errors import InvalidError
from admin_app.core.permissions import SYSTEM
from admin_app.replies.importer import ReplyFile
from admin_app.replies.importer_answers import Options
from admin_app.replies.importer_operations import import_replies, version_for_import
from admin_app.replies.importer_report import ImportReport
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
) -> None:
    """Import replies to a published survey from a CSV or TSV file.

    The first row holds the questions' keys; a row of a table is KEY__ROW, or the row's code where that is unique. One
    row that cannot be taken stops the import, and nothing is stored.
    """
    survey = survey_by_public_id(survey_id)
    version = version_for_import(survey, actor=SYSTEM)
    options = Options(labels=labels, keep_unknown=unknown == "other")
    file = ReplyFile(path, questionnaire_of(version), options, day_first=_ORDERS.get(dates or ""))
    report = file.check()
    _tell_faults(report, skip_bad=skip_bad)
    for line in report.note_lines():
        click.echo(line)
    if dry_run:
        click.echo(f"{report.good_rows:,} of {report.rows:,} replies can be stored. This was a dry run.")
        return
    with unit_of_work():
        stored = import_replies(survey, version, file.records(ImportReport()), actor=SYSTEM)
    click.echo(f"Stored {stored:,} of {report.rows:,} replies to “{survey.title}”.")


def _tell_faults(report: ImportReport, *, skip_bad: bool) -> None:
    """Print what cannot be taken; raise InvalidError when that stops the import."""
    lines = report.fault_lines()
    if lines and not skip_bad:
        raise InvalidError("\n".join([*lines, "Nothing was stored."]))
    for line in lines:
        click.echo(line, err=True)
