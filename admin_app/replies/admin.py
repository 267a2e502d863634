"""The console's screens for replies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask, redirect, url_for
from flask_admin import expose
from flask_babel import gettext, lazy_gettext
from markupsafe import Markup
from sqlalchemy import ColumnElement, Select
from werkzeug.wrappers import Response

from admin_app.console import filters, formatters
from admin_app.console.base import (
    RECORD_TABS,
    ConsoleModelView,
    ConsolePage,
    RecordTab,
    add_page,
    add_view,
    visible_or_404,
)
from admin_app.core.db import db
from admin_app.core.permissions import can
from admin_app.core.text import shorten
from admin_app.replies.masking import MASK, masked_keys
from admin_app.replies.models import Reply
from admin_app.replies.queries import without_deleted
from admin_app.replies.submission_keys import normalise_receipt, receipt_hash
from admin_app.surveys.models import Survey
from admin_app.surveys.queries import questionnaire_of, visible_to
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.questionnaire import QuestionSpec
from admin_app.web.actor import current_actor
from admin_app.web.forms import record_id

# As many surveys as a list to pick from can hold; the address takes any.
PICKED = 200


@dataclass(frozen=True)
class ShownAnswer:
    """One answer in words, or why there is none: "answered", "skipped", "not_shown" or "masked"."""

    question: QuestionSpec
    state: str
    text: str = ""


@dataclass(frozen=True)
class ShownSection:
    """The answers of one section, under its version's wording."""

    title: str
    answers: list[ShownAnswer]


def shown_sections(reply: Reply) -> Iterator[ShownSection]:
    """Yield what was answered, section by section, without what the current actor may not see."""
    questionnaire = questionnaire_of(reply.version)
    hidden = masked_keys(questionnaire.questions(), actor=current_actor(), obj=reply)
    for section in questionnaire.sections:
        asked = [question for question in section.questions if QUESTION_TYPES[question.type].asks]
        if asked:
            yield ShownSection(section.title, [_shown(question, reply.answers, hidden) for question in asked])


def _shown(question: QuestionSpec, answers: dict[str, Any], hidden: frozenset[str]) -> ShownAnswer:
    if question.key not in answers:
        return ShownAnswer(question, "not_shown")
    if answers[question.key] is None and not answers.get(question.other_key):
        return ShownAnswer(question, "skipped")
    if question.key in hidden:
        return ShownAnswer(question, "masked")
    kept = answers.get(question.other_key)
    known = answers | {question.other_key: MASK} if kept and question.other_key in hidden else answers
    text = QUESTION_TYPES[question.type].show(question, known)
    # An import keeps words also where the question offers no "other".
    words = known[question.other_key] if kept else ""
    return ShownAnswer(question, "answered", text if words in text else "; ".join(filter(None, [text, words])))


def _surveys() -> list[tuple[str, str]]:
    newest = visible_to(current_actor()).order_by(Survey.id.desc()).limit(PICKED)
    return [(str(survey.id), survey.title) for survey in db.session.scalars(newest)]


class SurveyIs(filters.OneOf):
    """The replies to one survey; any survey, also one that the list to pick from is too short for."""

    def clean(self, value: str) -> int:
        """Return the survey's key."""
        key = record_id(value)
        if key is None:
            raise ValueError("not a survey")
        return key


def _survey(_view: Any, _context: Any, reply: Reply, _name: str) -> Any:
    if not can(current_actor(), "survey", "R", obj=reply.survey):
        return reply.survey.title
    url = url_for("survey.details_view", id=reply.survey_id)
    return Markup('<a href="{}">{}</a>').format(url, shorten(reply.survey.title))


_SOURCES = [("form", lazy_gettext("Form")), ("import", lazy_gettext("File"))]


def _source(_view: Any, _context: Any, reply: Reply, _name: str) -> str:
    return str(dict(_SOURCES).get(reply.source, reply.source))


class RepliesView(ConsoleModelView):
    """What respondents sent."""

    resource = "reply"
    offers = "R"
    menu_group, menu_icon = "Replies", "inbox"
    details_template = "replies/details.html"

    column_list = ("public_id", "survey", "submitted_at", "version.number", "kind", "test", "review_status", "source")
    column_details_list = (
        "public_id", "survey", "version.number", "submitted_at", "started_at", "kind", "test", "review_status",
        "language", "source",
    )  # fmt: skip
    column_labels = {
        "public_id": lazy_gettext("Reply"),
        "survey": lazy_gettext("Survey"),
        "submitted_at": lazy_gettext("Sent"),
        "started_at": lazy_gettext("Form opened"),
        "version.number": lazy_gettext("Version"),
        "kind": lazy_gettext("Kind"),
        "test": lazy_gettext("Test"),
        "review_status": lazy_gettext("Review"),
        "language": lazy_gettext("Language"),
        "source": lazy_gettext("Came by"),
    }
    column_classes = {"version.number": "num", "public_id": "code"}
    column_sortable_list = ("submitted_at",)
    column_default_sort = ("id", True)
    column_searchable_list = ("public_id",)
    column_filters = (
        SurveyIs(Reply.survey_id, lazy_gettext("Survey"), options=_surveys, arg="survey"),
        filters.OneOf(Reply.kind, lazy_gettext("Kind")),
        filters.YesNo(Reply.test, lazy_gettext("Test")),
        filters.OneOf(Reply.review_status, lazy_gettext("Review")),
        filters.OneOf(Reply.source, lazy_gettext("Came by"), options=_SOURCES),
        *filters.DateBetween(Reply.submitted_at, lazy_gettext("Sent")),
    )
    column_formatters = {"public_id": formatters.link(".details_view"), "survey": _survey, "source": _source}
    column_formatters_detail = {"survey": _survey, "source": _source}
    list_lead = lazy_gettext("What respondents sent. Search takes a reply's id or a respondent's receipt.")
    empty_title = lazy_gettext("No replies yet")
    empty_text = lazy_gettext("Open a survey and pass its link on; what people answer appears here.")

    def base_select(self) -> Select[Any]:
        """Leave out what was deleted, alone or with its survey."""
        return super().base_select().where(without_deleted())

    def _search_condition(self, term: str) -> ColumnElement[bool]:
        receipt = normalise_receipt(term)
        if receipt is not None:
            return Reply.receipt_hash == receipt_hash(receipt)
        return Reply.public_id == term[:16]

    def search_placeholder(self) -> str:
        """Return what the search takes."""
        return str(gettext("Id or receipt"))

    def _record_values(self, record: Any) -> dict[str, Any]:
        # Its name in the log is English, for that does not change with who reads it.
        name = gettext("Reply %(id)s", id=record.public_id)
        return super()._record_values(record) | {"record_name": name, "sections": list(shown_sections(record))}


TAB = RecordTab(
    resource="survey",
    label=lazy_gettext("Replies"),
    endpoint="survey_replies.index",
    permission=("reply", "R"),
    place=30,
)


class SurveyRepliesPage(ConsolePage):
    """The replies to one survey: the list of all, with the filter set."""

    permission = ("reply", "R")
    menu_group, menu_icon = "Replies", "inbox"
    in_menu = False

    @expose("/<id>/replies")  # type: ignore[untyped-decorator]
    def index(self, id: str) -> Response:
        """Lead on to the list."""
        survey = visible_or_404(Survey, id, "survey", "R")
        return redirect(url_for("reply.index_view", flt0_survey=survey.id), 303)


def register(app: Flask) -> None:
    """Add the screens to the console."""
    add_view(app, RepliesView(Reply, name=lazy_gettext("Replies"), endpoint="reply"))
    add_page(app, SurveyRepliesPage(name=lazy_gettext("Replies"), endpoint="survey_replies", url="/admin/survey"))
    RECORD_TABS.add("survey.replies", TAB)
