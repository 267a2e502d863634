"""`canvass create-admin`."""

from __future__ import annotations

import sys

import click
from flask.cli import with_appcontext

from admin_app.accounts import operations
from admin_app.core.db import unit_of_work


def _password(from_stdin: bool) -> str:  # noqa: FBT001 - one private caller
    if not from_stdin:
        return str(click.prompt("Password", hide_input=True, confirmation_prompt="The same again"))
    try:
        return sys.stdin.buffer.readline().decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise click.ClickException("The password is not UTF-8 text.") from None


@click.command("create-admin")
@click.option("--username", required=True, help="The name to log in with.")
@click.option("--email", required=True, help="The e-mail address, which works for logging in too.")
@click.option("--name", default="", help="The name that others see.")
@click.option("--password-stdin", is_flag=True, help="Read the password from the first line of standard input.")
@with_appcontext
def create_admin(username: str, email: str, name: str, password_stdin: bool) -> None:  # noqa: FBT001 - click's way
    """Make a user who may do everything. The password needs no change at the first login."""
    password = _password(password_stdin)
    if not password:
        raise click.ClickException("There is no password. Type one, or send it as the first line.")
    data = {"username": username, "email": email, "name": name, "password": password}
    with unit_of_work():
        user = operations.create_administrator(data)
    click.echo(f"{user.username} can log in as an administrator.")


COMMANDS: list[click.Command] = [create_admin]
