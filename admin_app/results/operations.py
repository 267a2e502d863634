"""Taking replies out of the installation."""

from __future__ import annotations

from admin_app.audit.operations import record
from admin_app.core.permissions import Actor, require
from admin_app.results.table import Table, reply_table
from admin_app.surveys.models import Survey


def export_replies(survey: Survey, *, format_name: str, labels: bool, actor: Actor) -> Table:
    """Return the replies of `survey` as a table to be written to a file; the log says who took them, and how.

    Raises ForbiddenError without the right to download replies, NotFoundError where the actor may not see any.
    """
    require(actor, "reply.export", obj=survey)
    table = reply_table(survey, actor=actor, labels=labels)
    record(
        "reply.export",
        survey,
        actor=actor,
        changes={"format": (None, format_name), "labels": (None, labels)},
    )
    return table
