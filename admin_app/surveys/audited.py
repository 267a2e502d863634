"""What the audit log says of surveys, their sections and questions."""

from __future__ import annotations

from flask_babel import lazy_gettext

ACTIONS = {
    "survey.create": lazy_gettext("Survey created"),
    "survey.import": lazy_gettext("Survey imported"),
    "survey.update": lazy_gettext("Survey changed"),
    "survey.publish": lazy_gettext("Survey published"),
    "survey.discard": lazy_gettext("Changes since the last version discarded"),
    "survey.open": lazy_gettext("Survey opened"),
    "survey.pause": lazy_gettext("Survey paused"),
    "survey.close": lazy_gettext("Survey closed"),
    "survey.put_back": lazy_gettext("Survey put back into the state it had"),
    "survey.archive": lazy_gettext("Survey archived"),
    "survey.delete": lazy_gettext("Survey deleted"),
    "survey.restore": lazy_gettext("Survey brought back"),
    "survey.share": lazy_gettext("Sharing of the survey changed"),
    "survey.closing_date": lazy_gettext("Closing date of the survey changed"),
    "survey.duplicate": lazy_gettext("Survey duplicated"),
    "survey.change_owner": lazy_gettext("Survey given to another owner"),
    "section.create": lazy_gettext("Section added"),
    "section.update": lazy_gettext("Section changed"),
    "section.move": lazy_gettext("Section moved"),
    "section.retire": lazy_gettext("Section retired"),
    "section.restore": lazy_gettext("Section restored"),
    "section.delete": lazy_gettext("Section deleted"),
    "section.undelete": lazy_gettext("Section brought back"),
    "section.purge": lazy_gettext("Section deleted for ever"),
    "question.create": lazy_gettext("Question added"),
    "question.update": lazy_gettext("Question changed"),
    "question.require": lazy_gettext("Question made required"),
    "question.optional": lazy_gettext("Question made optional"),
    "question.duplicate": lazy_gettext("Question duplicated"),
    "question.move": lazy_gettext("Question moved"),
    "question.delete": lazy_gettext("Question deleted"),
    "question.undelete": lazy_gettext("Question brought back"),
    "question.purge": lazy_gettext("Question deleted for ever"),
    "question.retire": lazy_gettext("Question retired"),
    "question.restore": lazy_gettext("Question restored"),
}
