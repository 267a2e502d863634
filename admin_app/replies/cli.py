"""Commands of this package. Packages above add theirs to `reply_group`."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from admin_app.replies.demo_cli import demo_command
from admin_app.replies.importer_cli import import_command

reply_group = AppGroup("reply", help="Bring replies in and take them out.")
reply_group.add_command(import_command)

COMMANDS: list[click.Command] = [reply_group, demo_command]
