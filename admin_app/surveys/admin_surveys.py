"""The console's screen for surveys: the list and the form."""

from __future__ import annotations

from typing import Any

from flask import g
from flask_babel import format_decimal, lazy_gettext
from sqlalchemy import Select, select
from wtforms import Form

from admin_app.accounts.models import User
from admin_app.console import filters, formatters
from admin_app.console.base import ConsoleModelView
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.permissions import Actor, can
from admin_app.surveys import operations, record_actions
from admin_app.surveys.admin_survey_bulk import SurveyBulkMixin
from admin_app.surveys.admin_survey_record import SurveyRecordMixin, total_in_words
from admin_app.surveys.availability import shown_state
from admin_app.surveys.forms import SurveyForm, fit_survey_form
from admin_app.surveys.models import Survey
from admin_app.surveys.queries import question_totals, visible_to
from admin_app.surveys.scopes import changes_all_surveys
from admin_app.surveys.seams import TOTALS_CAP, has_replies, reply_totals
from admin_app.web.actor import current_actor


def _state(_view: Any, _context: Any, survey: Survey, _name: str) -> Any:
    return formatters.macro("state", shown_state(survey, now()))


def _replies(_view: Any, _context: Any, survey: Survey, _name: str) -> str:
    count = g.survey_replies.get(survey.id, 0)
    return total_in_words(count)


def _questions(_view: Any, _context: Any, survey: Survey, _name: str) -> str:
    return str(format_decimal(g.survey_questions.get(survey.id, 0)))


def _owners() -> list[tuple[str, str]]:
    """Return the owners of the surveys that the actor sees."""
    ids = visible_to(current_actor()).with_only_columns(Survey.owner_id)
    owners = db.session.scalars(select(User).where(User.id.in_(ids)).order_by(User.username_key).limit(200))
    return [(str(owner.id), owner.label) for owner in owners]


def _gives(actor: Actor) -> bool:
    return can(actor, "user", "R") and changes_all_surveys(actor)


class SurveysView(SurveyRecordMixin, SurveyBulkMixin, ConsoleModelView):
    """All surveys that one may see."""

    resource = "survey"
    offers = "CRUD"
    create_label = lazy_gettext("Create survey")
    delete_lead = lazy_gettext(
        "It leaves all lists and its form takes no replies any more. Its replies are kept with it."
    )
    menu_group, menu_icon = "Surveys", "clipboard-list"
    form = SurveyForm
    details_template = "surveys/details.html"
    view_permissions = {f"{verb}_view": "survey.publish" for verb in record_actions.ACTIONS}

    column_list = ("title", "state", "owner", "opens_at", "closes_at", "replies", "questions_asked", "updated_at")
    column_details_list = (
        "owner", "opens_at", "closes_at", "reply_limit", "listed", "anonymous", "language", "introduction", "thanks",
        "public_id", "created_at", "updated_at",
    )  # fmt: skip
    column_labels = {
        "title": lazy_gettext("Title"),
        "state": lazy_gettext("State"),
        "owner": lazy_gettext("Owner"),
        "public_id": lazy_gettext("Public id"),
        "opens_at": lazy_gettext("Opens"),
        "closes_at": lazy_gettext("Closes"),
        "replies": lazy_gettext("Replies"),
        "questions_asked": lazy_gettext("Questions"),
        "reply_limit": lazy_gettext("Most replies"),
        "listed": lazy_gettext("On the front page"),
        "anonymous": lazy_gettext("Anonymous"),
        "language": lazy_gettext("Language"),
        "introduction": lazy_gettext("Introduction"),
        "thanks": lazy_gettext("Thanks"),
        "created_at": lazy_gettext("Created"),
        "updated_at": lazy_gettext("Changed"),
    }
    column_classes = {"replies": "num", "questions_asked": "num", "title": "wide", "owner": "nowrap"}
    column_sortable_list = ("title", "state", "opens_at", "closes_at", "updated_at")
    column_default_sort = ("updated_at", True)
    column_searchable_list = ("title", "public_id")
    column_filters = (
        filters.OneOf(Survey.state, lazy_gettext("State")),
        filters.related(Survey.owner, filters.OneOf(User.id, lazy_gettext("Owner"), options=_owners)),
        *filters.DateBetween(Survey.opens_at, lazy_gettext("Opens")),
        *filters.DateBetween(Survey.closes_at, lazy_gettext("Closes")),
        *filters.DateBetween(Survey.updated_at, lazy_gettext("Changed")),
    )
    column_formatters = {
        "title": formatters.link(".details_view"),
        "state": _state,
        "replies": _replies,
        "questions_asked": _questions,
    }
    column_formatters_detail = {"state": _state, "introduction": formatters.rich_text, "thanks": formatters.rich_text}
    empty_title = lazy_gettext("No surveys yet")
    empty_text = lazy_gettext(
        "Create one and build it here, question by question. One that is in a spreadsheet (XLSForm) already is taken "
        "over with “canvass survey import FILE” on the server."
    )

    def base_select(self) -> Select[Any]:
        return super().base_select().where(Survey.deleted_at.is_(None))

    def get_list(self, *args: Any, **kwargs: Any) -> tuple[int, list[Any]]:
        """Read the page, and the numbers of its surveys in one statement each."""
        count, rows = super().get_list(*args, **kwargs)
        ids = [survey.id for survey in rows]
        g.survey_replies = reply_totals(ids, cap=TOTALS_CAP + 1) if can(current_actor(), "reply", "R") else {}
        g.survey_questions = question_totals(ids)
        return count, rows

    # Forms
    def create_form(self, obj: Any = None) -> Form:
        form = super().create_form(obj)
        fit_survey_form(form, gives=_gives(current_actor()), fixed=False)
        return form

    def edit_form(self, obj: Any = None) -> Form:
        form = super().edit_form(obj)
        fit_survey_form(form, gives=_gives(current_actor()), fixed=has_replies(obj.id))
        return form

    def fill_form(self, form: Form, record: Any | None) -> None:
        """A new survey is one's own."""
        if record is None and "owner" in form:
            form["owner"].data = current_actor()

    def perform_create(self, data: dict[str, Any], *, actor: Actor) -> Survey:
        return operations.create_survey(data, actor=actor)

    def perform_update(self, record: Survey, data: dict[str, Any], *, actor: Actor) -> None:
        operations.update_survey(record, data, actor=actor)

    def perform_delete(self, record: Survey, *, actor: Actor) -> None:
        operations.delete_survey(record, actor=actor)
