"""`canvass demo`: surveys and replies to look at, and to measure with."""

from __future__ import annotations

import click
from flask.cli import with_appcontext

from admin_app.accounts.queries import first_administrator
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import InvalidError
from admin_app.core.permissions import SYSTEM
from admin_app.replies.demo import SHARES, store_demo_replies
from admin_app.surveys.demo import demo_questionnaires
from admin_app.surveys.models import Survey
from admin_app.surveys.operations import import_survey
from admin_app.web.locale import in_english

MOST = 20_000_000


@click.command("demo")
@click.option("--replies", default=500, show_default=True, type=click.IntRange(0, MOST), help="How many replies.")
@with_appcontext
@in_english
def demo_command(replies: int) -> None:
    """Make surveys with replies to try Canvass with. They belong to the first administrator."""
    owner = first_administrator()
    if owner is None:
        raise InvalidError("There is no administrator yet. Make one first: canvass create-admin.")
    with unit_of_work():
        made = [
            import_survey(one, owner=owner, actor=SYSTEM, publish=True, take_replies=True)
            for one in demo_questionnaires()
        ]
    surveys = [survey.id for survey in made]
    left = replies
    for number, (key, share) in enumerate(zip(surveys, SHARES, strict=True)):
        wanted = left if number == len(surveys) - 1 else round(replies * share)
        left -= wanted
        _fill(key, wanted)
    click.echo(f"Made {len(surveys)} surveys with {replies:,} replies. They belong to {owner.label}.")


def _fill(key: int, wanted: int) -> None:
    """Store the replies to one survey, each part in a transaction of its own, and tell how far it is."""
    survey = db.session.get_one(Survey, key)
    parts = store_demo_replies(survey, wanted)
    with click.progressbar(length=wanted, label=survey.title) as bar:
        done = 0
        while done < wanted:
            with unit_of_work():
                reached = next(parts)
            bar.update(reached - done)
            done = reached
