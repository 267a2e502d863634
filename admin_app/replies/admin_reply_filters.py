"""By what the list of replies can be narrowed."""

from __future__ import annotations

from typing import Any

from flask import g
from flask_babel import format_date, gettext, lazy_gettext
from sqlalchemy import ColumnElement, exists, select

from admin_app.audit.models import AuditBatch
from admin_app.console import filters
from admin_app.console.filter_base import ConsoleFilter
from admin_app.core.db import db
from admin_app.core.errors import InvalidError
from admin_app.replies.models import AnswerEdit, Reply, ReplyUpload
from admin_app.replies.tags import clean_tag, has_tag, tag_names
from admin_app.surveys.models import Survey, SurveyVersion
from admin_app.surveys.queries import visible_to
from admin_app.web.actor import current_actor
from admin_app.web.forms import clean_line, record_id, to_int

# As many surveys as a list to pick from can hold; the address takes any.
PICKED = 200
SOURCES = [("form", lazy_gettext("Form")), ("import", lazy_gettext("File"))]
_IS = lazy_gettext("is")


def _picked() -> list[Any]:
    """Return the newest surveys with their languages; the page asks once."""
    if "reply_filter_surveys" not in g:
        newest = visible_to(current_actor()).with_only_columns(Survey.id, Survey.title, Survey.language)
        g.reply_filter_surveys = db.session.execute(newest.order_by(Survey.id.desc()).limit(PICKED)).all()
    found: list[Any] = g.reply_filter_surveys
    return found


def _surveys() -> list[tuple[str, str]]:
    return [(str(survey.id), survey.title) for survey in _picked()]


def _languages() -> list[tuple[str, str]]:
    return [(language, language) for language in sorted({survey.language for survey in _picked()})]


def _tags() -> list[tuple[str, str]]:
    return [(name, name) for name in tag_names(actor=current_actor())]


class SurveyIs(filters.OneOf):
    """The replies to one survey; any survey, also one that the list to pick from is too short for."""

    def clean(self, value: str) -> int:
        """Return the survey's key."""
        key = record_id(value)
        if key is None:
            raise ValueError("not a survey")
        return key


class VersionIs(ConsoleFilter):
    """The replies to the version of that number; of each survey, where not one alone is looked at."""

    word = _IS

    def clean(self, value: str) -> int:
        """Return the number."""
        number = to_int(value.strip(), 0)
        if number < 1:
            raise ValueError("not the number of a version")
        return number

    def condition(self, value: Any) -> ColumnElement[bool]:
        """Return the condition that the reply's version has it."""
        return Reply.version_id.in_(select(SurveyVersion.id).where(SurveyVersion.number == value))


class LanguageIs(filters.OneOf):
    """The replies in one language; any, also one that no survey has any more."""

    def clean(self, value: str) -> str:
        """Return the language's tag."""
        language = clean_line(value)
        if not 0 < len(language) <= 20:
            raise ValueError("not a language")
        return language


class TagIs(filters.OneOf):
    """The replies with that tag, whichever survey's it is."""

    late = True

    def clean(self, value: str) -> str:
        """Return the tag."""
        try:
            return clean_tag(value)
        except InvalidError as error:
            raise ValueError(error.message) from error

    def condition(self, value: Any) -> ColumnElement[bool]:
        """Return the condition that the reply has it."""
        return has_tag(value)


def _imports() -> list[tuple[str, str]]:
    """Return the newest imports into surveys that may be seen, by file and day."""
    seen = visible_to(current_actor()).with_only_columns(Survey.id).order_by(None)
    done = select(ReplyUpload.batch_id, ReplyUpload.file_name, AuditBatch.at).join(ReplyUpload.batch)
    newest = done.where(ReplyUpload.survey_id.in_(seen)).order_by(ReplyUpload.batch_id.desc()).limit(PICKED)
    return [
        (str(batch), str(gettext("%(file)s, %(day)s", file=name, day=format_date(at))))
        for batch, name, at in db.session.execute(newest)
    ]


class ImportIs(filters.OneOf):
    """The replies that one file brought; any file, also one that the list to pick from is too short for."""

    late = True

    def clean(self, value: str) -> int:
        """Return the key of the import."""
        key = record_id(value)
        if key is None:
            raise ValueError("not an import")
        return key


class Edited(filters.YesNo):
    """The replies of which staff changed an answer, or the others."""

    def condition(self, value: Any) -> ColumnElement[bool]:
        """Return the condition that there is a change, or none."""
        changed = exists().where(AnswerEdit.reply_id == Reply.id)
        return changed if value else ~changed


FILTERS = (
    SurveyIs(Reply.survey_id, lazy_gettext("Survey"), options=_surveys, arg="survey"),
    *filters.DateBetween(Reply.submitted_at, lazy_gettext("Sent")),
    VersionIs(Reply.version_id, lazy_gettext("Version"), data_type="number", arg="version"),
    LanguageIs(Reply.language, lazy_gettext("Language"), options=_languages, arg="language"),
    filters.OneOf(Reply.kind, lazy_gettext("Kind")),
    filters.YesNo(Reply.test, lazy_gettext("Test")),
    filters.OneOf(Reply.review_status, lazy_gettext("Review")),
    filters.OneOf(Reply.source, lazy_gettext("Came by"), options=SOURCES),
    ImportIs(Reply.batch_id, lazy_gettext("Import"), options=_imports, arg="import"),
    TagIs(Reply.id, lazy_gettext("Tag"), options=_tags, arg="tag"),
    Edited(Reply.id, lazy_gettext("Changed by staff"), arg="edited"),
)
