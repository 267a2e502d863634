"""A survey's questionnaire as a file."""

from __future__ import annotations

from admin_app.core.permissions import Actor, require
from admin_app.surveys.exporters import EXPORTERS, Exported
from admin_app.surveys.models import Survey
from admin_app.surveys.queries import draft_questionnaire


def export_survey(survey: Survey, format_name: str, *, actor: Actor) -> Exported:
    """Return the draft, as it would be published now, as a file of a registered format."""
    require(actor, "survey", "R", obj=survey)
    require(actor, "question", "R", obj=survey)
    return EXPORTERS[format_name].write(draft_questionnaire(survey))


def file_name(survey: Survey, format_name: str) -> str:
    """Return what such a file is called."""
    return f"survey-{survey.public_id}.{EXPORTERS[format_name].extension}"
