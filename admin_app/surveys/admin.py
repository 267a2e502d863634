"""The console's screens for surveys."""

from __future__ import annotations

from flask import Flask
from flask_babel import lazy_gettext

from admin_app.console.base import add_view
from admin_app.surveys import (
    admin_build,
    admin_export,
    admin_import,
    admin_publish,
    admin_questions,
    admin_share,
    admin_versions,
)
from admin_app.surveys.admin_surveys import SurveysView
from admin_app.surveys.models import Survey


def register(app: Flask) -> None:
    """Add the screens of this package to the console of `app`."""
    add_view(app, SurveysView(Survey, name=lazy_gettext("Surveys"), endpoint="survey"))
    admin_build.register(app)
    admin_export.register(app)
    admin_import.register(app)
    admin_publish.register(app)
    admin_questions.register(app)
    admin_share.register(app)
    admin_versions.register(app)
