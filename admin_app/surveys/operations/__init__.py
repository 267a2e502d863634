"""What can be done to surveys, by noun."""

from admin_app.surveys.operations.building import build_survey
from admin_app.surveys.operations.importing import import_survey
from admin_app.surveys.operations.publishing import publish_survey
from admin_app.surveys.operations.questions import (
    add_question,
    add_section,
    restore_question,
    retire_question,
    update_question,
    update_section,
)
from admin_app.surveys.operations.states import (
    archive_survey,
    close_survey,
    close_surveys,
    open_survey,
    open_surveys,
    pause_survey,
    pause_surveys,
)
from admin_app.surveys.operations.surveys import create_survey, delete_survey, delete_surveys, update_survey

__all__ = [
    "add_question",
    "add_section",
    "archive_survey",
    "build_survey",
    "close_survey",
    "close_surveys",
    "create_survey",
    "delete_survey",
    "delete_surveys",
    "import_survey",
    "open_survey",
    "open_surveys",
    "pause_survey",
    "pause_surveys",
    "publish_survey",
    "restore_question",
    "retire_question",
    "update_question",
    "update_section",
    "update_survey",
]
