"""What can be done to surveys, by noun."""

from admin_app.surveys.operations.adding import append_question
from admin_app.surveys.operations.building import build_survey
from admin_app.surveys.operations.bulk_questions import (
    delete_questions,
    duplicate_questions,
    make_optional,
    move_questions,
    require_answers,
    restore_questions,
    retire_questions,
)
from admin_app.surveys.operations.bulk_surveys import (
    change_owners,
    duplicate_surveys,
    extend_closing_dates,
    publish_surveys,
    set_closing_dates,
)
from admin_app.surveys.operations.discarding import discard_draft, may_discard
from admin_app.surveys.operations.duplicating import duplicate_survey
from admin_app.surveys.operations.importing import import_survey
from admin_app.surveys.operations.pasting import paste_choices
from admin_app.surveys.operations.places import Edge
from admin_app.surveys.operations.publishing import publish_survey
from admin_app.surveys.operations.questions import add_question, duplicate_question, move_question, update_question
from admin_app.surveys.operations.removal import (
    delete_question,
    delete_section,
    restore_question,
    restore_section,
    retire_question,
    retire_section,
    undelete_question,
    undelete_section,
)
from admin_app.surveys.operations.saving import Edit, Overtaken, save_question, save_section, save_survey
from admin_app.surveys.operations.sections import add_section, duplicate_section, move_section, update_section
from admin_app.surveys.operations.sharing import share_survey
from admin_app.surveys.operations.states import (
    archive_survey,
    archive_surveys,
    close_survey,
    close_surveys,
    open_survey,
    open_surveys,
    pause_survey,
    pause_surveys,
)
from admin_app.surveys.operations.surveys import create_survey, delete_survey, delete_surveys, update_survey

__all__ = [
    "Edge",
    "Edit",
    "Overtaken",
    "add_question",
    "add_section",
    "append_question",
    "archive_survey",
    "archive_surveys",
    "build_survey",
    "change_owners",
    "close_survey",
    "close_surveys",
    "create_survey",
    "delete_question",
    "delete_questions",
    "delete_section",
    "delete_survey",
    "delete_surveys",
    "discard_draft",
    "duplicate_question",
    "duplicate_questions",
    "duplicate_section",
    "duplicate_survey",
    "duplicate_surveys",
    "extend_closing_dates",
    "import_survey",
    "make_optional",
    "may_discard",
    "move_question",
    "move_questions",
    "move_section",
    "open_survey",
    "open_surveys",
    "paste_choices",
    "pause_survey",
    "pause_surveys",
    "publish_survey",
    "publish_surveys",
    "require_answers",
    "restore_question",
    "restore_questions",
    "restore_section",
    "retire_question",
    "retire_questions",
    "retire_section",
    "save_question",
    "save_section",
    "save_survey",
    "set_closing_dates",
    "share_survey",
    "undelete_question",
    "undelete_section",
    "update_question",
    "update_section",
    "update_survey",
]
