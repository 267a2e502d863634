"""The console's screens for replies."""

from __future__ import annotations

from typing import Any

from flask import Flask, g, redirect, url_for
from flask_admin import expose
from flask_babel import format_datetime, gettext, lazy_gettext
from markupsafe import Markup
from sqlalchemy import Select, select
from werkzeug.wrappers import Response
from wtforms import SelectField

from admin_app.console import formatters
from admin_app.console.base import (
    RECORD_TABS,
    ConsoleModelView,
    ConsolePage,
    RecordTab,
    add_page,
    add_view,
    record_tabs,
    visible_or_404,
)
from admin_app.console.keyset import Page
from admin_app.console.list_query import ListQuery
from admin_app.console.states import words_of
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.permissions import Actor, can, visible
from admin_app.core.text import shorten
from admin_app.replies.admin_answer_table import AnswerTableMixin
from admin_app.replies.admin_correcting import CorrectingMixin
from admin_app.replies.admin_reply_bulk import ReplyBulkMixin
from admin_app.replies.admin_reply_filters import FILTERS, SOURCES
from admin_app.replies.admin_reply_record import ReplyRecordMixin
from admin_app.replies.admin_reply_search import ReplySearchMixin, found_in
from admin_app.replies.bulk_operations import delete_reply, review_replies
from admin_app.replies.models import Reply, ReviewStatus
from admin_app.replies.queries import without_deleted
from admin_app.surveys.availability import shown_state
from admin_app.surveys.models import Survey
from admin_app.web.actor import current_actor
from admin_app.web.forms import Form


def _link(view: Any, _context: Any, reply: Reply, _name: str) -> Markup:
    """The page of the reply takes along what the list shows, for the way on and back."""
    url = view.get_url(".details_view", id=reply.id, **view.list_state())
    return Markup('<a href="{}">{}</a>{}').format(url, reply.public_id, found_in(reply))


def _survey(_view: Any, _context: Any, reply: Reply, _name: str) -> Any:
    if reply.survey_id not in _seen_surveys({reply.survey_id}):
        return reply.survey.title
    url = url_for("survey.details_view", id=reply.survey_id)
    return Markup('<a href="{}">{}</a>').format(url, shorten(reply.survey.title))


def _seen_surveys(ids: set[int]) -> set[int]:
    """Return which of these surveys the current actor may see; the list has asked for all of a page at once."""
    known: dict[int, bool] = g.setdefault("reply_surveys", {})
    if missing := ids - known.keys():
        seen = select(Survey.id).where(Survey.id.in_(missing), visible(current_actor(), "survey"))
        found = set(db.session.scalars(seen))
        known.update({one: one in found for one in missing})
    return {one for one in ids if known[one]}


def _source(_view: Any, _context: Any, reply: Reply, _name: str) -> str:
    return str(dict(SOURCES).get(reply.source, reply.source))


def _tags(_view: Any, _context: Any, reply: Reply, _name: str) -> Markup:
    badges = [formatters.macro("badge", tag.name) for tag in reply.tags]
    return Markup('<span class="cv-tags" dir="auto">{}</span>').format(Markup(" ").join(badges)) if badges else Markup()


class ReviewForm(Form):
    """What can be changed of a reply in the list."""

    review_status = SelectField(lazy_gettext("Review"), choices=[(one.value, words_of(one)) for one in ReviewStatus])


class RepliesView(
    ReplySearchMixin, ReplyRecordMixin, ReplyBulkMixin, CorrectingMixin, AnswerTableMixin, ConsoleModelView
):
    """What respondents sent."""

    resource = "reply"
    offers = "RD"
    menu_group, menu_icon = "Replies", "inbox"
    shortcut = "r"
    list_template = "replies/list.html"
    details_template = "replies/details.html"
    delete_lead = lazy_gettext("It is left out of lists, results, limits and files. The trash gives it back.")
    view_permissions = {
        "note_view": "U",
        "note_delete_view": "U",
        "answer_view": "reply.edit_answers",
        "undo_answer_view": "reply.edit_answers",
    }

    column_list = (
        "public_id", "survey", "submitted_at", "version.number", "language", "kind", "test", "review_status", "source",
        "tags",
    )  # fmt: skip
    # The rest stands above the tabs.
    column_details_list = ("started_at", "test", "language", "source")
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
        "tags": lazy_gettext("Tags"),
        "tag": lazy_gettext("Tag"),
        "question": lazy_gettext("Question"),
    }
    column_classes = {"version.number": "num", "public_id": "code", "submitted_at": "nowrap"}
    edit_form_class = ReviewForm
    inline_fields = ("review_status",)
    column_sortable_list = ("submitted_at",)
    column_default_sort = ("id", True)
    column_searchable_list = ("public_id",)
    column_filters = FILTERS
    extra_args = {"answers": ("1",)}
    column_formatters = {"public_id": _link, "survey": _survey, "source": _source, "tags": _tags}
    column_formatters_detail = {"survey": _survey, "source": _source}
    empty_title = lazy_gettext("No replies yet")
    empty_text = lazy_gettext("Open a survey and pass its link on; what people answer appears here.")

    def base_select(self) -> Select[Any]:
        """Leave out what was deleted, alone or with its survey."""
        return super().base_select().where(without_deleted())

    def list_values(self, query: ListQuery, page: Page) -> dict[str, Any]:
        """Show which of the surveys may be seen, and the answers of one as columns where these are asked for."""
        self.note_search(query.search)
        _seen_surveys({reply.survey_id for reply in page.rows})
        return super().list_values(query, page) | self.answer_values(self.asked_survey(query), query)

    def return_url(self, default: str | None = None) -> str:
        """Return to the list as it was when the reply was opened from it."""
        url: str = super().return_url(default or self.address(self.asked()))
        return url

    def sample_name(self, record: Reply) -> str:
        """Return a reply's id, and which survey it answers when."""
        title, sent = record.survey.title, record.submitted_at
        if sent is None:
            return str(gettext("%(reply)s, begun, “%(survey)s”", reply=record.public_id, survey=title))
        when = format_datetime(sent, "medium")
        return str(gettext("%(reply)s, %(when)s, “%(survey)s”", reply=record.public_id, when=when, survey=title))

    def survey_state(self, survey: Survey) -> str:
        """Return the state of the one survey that the list shows."""
        return shown_state(survey, now())

    def may_import(self, survey: Survey) -> bool:
        """Whether the current actor may add replies to the one survey that the list shows."""
        return can(current_actor(), "reply", "C", obj=survey)

    def survey_tabs(self, survey: Survey) -> list[dict[str, Any]]:
        """Return the tabs of the one survey that the list shows."""
        return record_tabs("survey", survey, active="survey.replies")

    def may_export(self, survey: Survey) -> bool:
        """Whether the actor may take the replies to a survey along as a file."""
        return can(current_actor(), "reply.export", obj=survey)

    def get_record_state(self, record: Reply) -> Any:
        """Return what staff made of it."""
        return record.review_status

    def get_record_facts(self, record: Reply) -> list[tuple[str, Any]]:
        """Return what one asks first: to what it is a reply, from when, and whether it is all there."""
        names, labels = ("survey", "submitted_at", "version.number", "kind"), self.column_labels
        return [(str(labels[name]), self.get_detail_value(None, record, name)) for name in names]

    def perform_update(self, record: Reply, data: dict[str, Any], *, actor: Actor) -> None:
        """Give the reply another status, unless somebody changed it since it was looked at."""
        as_seen = select(Reply).where(Reply.id == record.id, Reply.lock_version == record.lock_version)
        review_replies(as_seen, ReviewStatus(data["review_status"]), actor=actor)
        db.session.refresh(record)

    def perform_delete(self, record: Reply, *, actor: Actor) -> None:
        delete_reply(record, actor=actor)

    def _record_values(self, record: Reply) -> dict[str, Any]:
        return super()._record_values(record) | self.reply_values(record)


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
        return redirect(url_for("reply.index_view", **{"g1.survey": survey.id}), 303)


def register(app: Flask) -> None:
    """Add the screens to the console."""
    add_view(app, RepliesView(Reply, name=lazy_gettext("Replies"), endpoint="reply"))
    add_page(app, SurveyRepliesPage(name=lazy_gettext("Replies"), endpoint="survey_replies", url="/admin/survey"))
    RECORD_TABS.add("survey.replies", TAB)
