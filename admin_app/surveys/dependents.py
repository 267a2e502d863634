"""What of the surveys hangs on roles."""

from __future__ import annotations

from sqlalchemy import func, select

from admin_app.accounts.models import Role
from admin_app.core.db import db
from admin_app.core.words import ngettext
from admin_app.surveys.models import Survey, SurveyShare


def surveys_shared_with(role: Role) -> str:
    """Return in a sentence how many surveys are shared with the role; empty where none is."""
    query = select(func.count()).select_from(SurveyShare).join(SurveyShare.survey)
    shared = db.session.scalar(query.where(SurveyShare.role_id == role.id, Survey.deleted_at.is_(None))) or 0
    if not shared:
        return ""
    return ngettext(
        "%(number)s survey is shared with this role, and will not be any more.",
        "%(number)s surveys are shared with this role, and will not be any more.",
        shared,
    )
