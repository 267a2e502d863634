"""`canvass survey export`."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from flask.cli import with_appcontext

from admin_app.core.files import whole_file
from admin_app.core.permissions import SYSTEM
from admin_app.surveys.exporters import EXPORTERS
from admin_app.surveys.exporting import export_survey
from admin_app.surveys.queries import survey_by_public_id
from admin_app.web.locale import in_english


@click.command("export")
@click.argument("survey_id", metavar="ID")
@click.option(
    "--format", "format_name", type=click.Choice(list(EXPORTERS)), default="xlsform", help="Format of the file."
)
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="The file; standard output without it.")
@with_appcontext
@in_english
def export_command(survey_id: str, *, format_name: str, out: Path | None) -> None:
    """Write the questionnaire of a survey's draft to a file.

    What the format has no words for is named on standard error.
    """
    exported = export_survey(survey_by_public_id(survey_id), format_name, actor=SYSTEM)
    if out is None:
        sys.stdout.buffer.write(exported.content)
    else:
        with whole_file(out) as file:
            file.write(exported.content)
    for remark in exported.remarks:
        click.echo(f"{remark.level.value}: {remark}", err=True)
