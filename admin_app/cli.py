"""The `canvass` command, assembled from the domains' own commands."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup, ScriptInfo
from sqlalchemy.exc import SQLAlchemyError

from admin_app import create_app
from admin_app.accounts import cli as accounts_cli
from admin_app.config import ConfigError
from admin_app.core.context import new_request_id
from admin_app.core.errors import DomainError
from admin_app.jobs import cli as jobs_cli
from admin_app.replies import cli as replies_cli
from admin_app.results import cli as results_cli
from admin_app.surveys import cli as surveys_cli
from admin_app.web.health import migrations_missing


def _make_app() -> Flask:
    try:
        return create_app()
    except ConfigError as error:
        raise click.ClickException(str(error)) from None


@contextmanager
def _sentences() -> Iterator[None]:
    """Turn a refusal into sentences on stderr and exit code 1."""
    try:
        yield
    except DomainError as error:
        click.echo(error.message, err=True)
        for name, sentence in error.fields.items():
            click.echo(f"  {name}: {sentence}", err=True)
        sys.exit(1)


def _refuse_if_not_ready(context: click.Context) -> None:
    """Say in a sentence that the database is away or not migrated, where that is why a command broke off."""
    try:
        with context.ensure_object(ScriptInfo).load_app().app_context():
            missing = migrations_missing()
    except SQLAlchemyError:
        raise click.ClickException(jobs_cli.NO_DATABASE) from None
    if missing:
        raise click.ClickException("The database is not ready for this version; run canvass migrate first.") from None


class CanvassGroup(AppGroup):
    """A group whose commands run inside the application and answer refusals in sentences."""

    def invoke(self, context: click.Context) -> Any:
        new_request_id()
        with _sentences():
            try:
                return super().invoke(context)
            except SQLAlchemyError:
                _refuse_if_not_ready(context)
                raise


main = CanvassGroup(
    "canvass", help="Canvass: a survey back office.", context_settings={"obj": ScriptInfo(create_app=_make_app)}
)

for _package in (jobs_cli, accounts_cli, surveys_cli, replies_cli, results_cli):
    for _command in _package.COMMANDS:
        main.add_command(_command)
