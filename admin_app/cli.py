"""The `canvass` command, assembled from the domains' own commands."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
from flask import Flask
from flask.cli import AppGroup, ScriptInfo

from admin_app import create_app
from admin_app.accounts import cli as accounts_cli
from admin_app.config import ConfigError
from admin_app.core.context import new_request_id
from admin_app.core.errors import DomainError
from admin_app.jobs import cli as jobs_cli
from admin_app.replies import cli as replies_cli
from admin_app.results import cli as results_cli
from admin_app.surveys import cli as surveys_cli


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


class CanvassGroup(AppGroup):
    """A group whose commands run inside the application and answer refusals in sentences."""

    def invoke(self, context: click.Context) -> Any:
        new_request_id()
        with _sentences():
            return super().invoke(context)


main = CanvassGroup(
    "canvass", help="Canvass: a survey back office.", context_settings={"obj": ScriptInfo(create_app=_make_app)}
)

for _package in (jobs_cli, accounts_cli, surveys_cli, replies_cli, results_cli):
    for _command in _package.COMMANDS:
        main.add_command(_command)
