"""Taking replies out of the installation."""

from __future__ import annotations

from admin_app.audit.operations import record
from admin_app.core.permissions import Actor, require
from admin_app.results.export_plan import ExportPlan
from admin_app.results.exporters import Table
from admin_app.results.table import prepare_export
from admin_app.surveys.models import Survey


def export_replies(survey: Survey, plan: ExportPlan, *, actor: Actor) -> Table:
    """Return the replies of `survey` as a table to be written to a file; the log says who took which, and how many.

    Raises ForbiddenError without the right to download replies, NotFoundError where the actor may not see any,
    InvalidError for a plan that cannot be carried out.
    """
    require(actor, "reply.export", obj=survey)
    export = prepare_export(survey, plan, actor=actor)
    changes = {**export.plan.to_changes(), "replies": (None, export.count())}
    record("reply.export", survey, actor=actor, changes=changes)
    return export.table()
