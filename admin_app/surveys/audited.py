"""What the audit log says of surveys, their sections and questions."""

from __future__ import annotations

from flask_babel import lazy_gettext

ACTIONS = {
    "survey.create": lazy_gettext("Survey created"),
    "survey.update": lazy_gettext("Survey changed"),
    "survey.publish": lazy_gettext("Survey published"),
    "survey.open": lazy_gettext("Survey opened"),
    "survey.pause": lazy_gettext("Survey paused"),
    "survey.close": lazy_gettext("Survey closed"),
    "survey.archive": lazy_gettext("Survey archived"),
    "survey.delete": lazy_gettext("Survey deleted"),
    "survey.change_owner": lazy_gettext("Survey given to another owner"),
    "section.create": lazy_gettext("Section added"),
    "section.update": lazy_gettext("Section changed"),
    "question.create": lazy_gettext("Question added"),
    "question.update": lazy_gettext("Question changed"),
    "question.retire": lazy_gettext("Question retired"),
    "question.restore": lazy_gettext("Question restored"),
}
