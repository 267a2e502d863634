"""`canvass survey import`."""

from __future__ import annotations

from pathlib import Path

import click
from flask.cli import with_appcontext

from admin_app.accounts.models import User
from admin_app.accounts.queries import first_administrator, user_for_login
from admin_app.core.db import unit_of_work
from admin_app.core.errors import InvalidError
from admin_app.core.permissions import SYSTEM
from admin_app.surveys.importers import importer_for
from admin_app.surveys.operations import import_survey
from admin_app.web.locale import in_english


@click.command("import")
@click.argument("path", metavar="FILE", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--owner", metavar="U", help="The owner's user name; the first administrator by default.")
@click.option("--publish", is_flag=True, help="Publish it.")
@click.option("--open", "take_replies", is_flag=True, help="Publish it and take replies.")
@click.option("--force", is_flag=True, help="Import the rest when the file holds what is not supported.")
@with_appcontext
@in_english
def import_command(path: Path, *, owner: str | None, publish: bool, take_replies: bool, force: bool) -> None:
    """Import a questionnaire from an XLSForm workbook (.xlsx or .xls).

    The last line of the output is the survey's public id. What cannot be carried over is named with sheet, row and
    column and stops the import, unless --force is given.
    """
    imported = importer_for(path).read(path)
    remarks = imported.check(path.name, force=force)
    with unit_of_work():
        survey = import_survey(
            imported.questionnaire, owner=_owner(owner), actor=SYSTEM, publish=publish, take_replies=take_replies
        )
    for remark in remarks:
        click.echo(f"{remark.level.value}: {remark}", err=True)
    click.echo(survey.public_id)


def _owner(name: str | None) -> User:
    if name is None:
        user = first_administrator()
        if user is None:
            raise InvalidError(
                "There is no administrator yet. Make one with `canvass create-admin`, or name an --owner."
            )
        return user
    user = user_for_login(name)
    if user is None:
        raise InvalidError(f"There is no user named “{name}”.")
    return user
