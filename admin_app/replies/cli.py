"""Commands of this package. Packages above add theirs to `reply_group`."""

from __future__ import annotations

import click
from flask.cli import AppGroup

reply_group = AppGroup("reply", help="Bring replies in and take them out.")

COMMANDS: list[click.Command] = [reply_group]
