"""The console's screen for surveys: the list and the form."""

from __future__ import annotations

from typing import Any

from flask import g, url_for
from flask_babel import format_decimal, gettext, lazy_gettext
from sqlalchemy import ColumnElement, Select, select
from wtforms import Form

from admin_app.accounts.models import Role, User
from admin_app.console import filters, formatters
from admin_app.console.base import ConsoleModelView
from admin_app.console.keyset import Page
from admin_app.console.list_query import ListQuery
from admin_app.console.lookup import Lookup
from admin_app.console.picked import Picked
from admin_app.console.states import words_of
from admin_app.core.clock import now
from admin_app.core.permissions import Actor, can
from admin_app.surveys import operations, record_actions
from admin_app.surveys.admin_survey_bulk import SurveyBulkMixin
from admin_app.surveys.admin_survey_record import SurveyRecordMixin, total_in_words
from admin_app.surveys.availability import SHOWN_STATES, shown_state, shown_state_is
from admin_app.surveys.forms import SHARING, SurveyForm, fit_survey_form, sharing_of
from admin_app.surveys.models import Survey
from admin_app.surveys.operations.sharing import sees
from admin_app.surveys.queries import question_totals, shares_of, visible_to
from admin_app.surveys.scopes import changes_all_surveys
from admin_app.surveys.seams import TOTALS_CAP, has_replies, reply_totals
from admin_app.web.actor import current_actor


def _state(_view: Any, _context: Any, survey: Survey, _name: str) -> Any:
    return formatters.macro("state", shown_state(survey, now()))


def _replies(_view: Any, _context: Any, survey: Survey, _name: str) -> str:
    count = total_in_words(g.survey_replies.get(survey.id, 0))
    if survey.reply_limit is None:
        return count
    return str(gettext("%(count)s of %(limit)s", count=count, limit=format_decimal(survey.reply_limit)))


def _questions(_view: Any, _context: Any, survey: Survey, _name: str) -> str:
    return str(format_decimal(g.survey_questions.get(survey.id, 0)))


class _Owners(Lookup):
    """The owners of the surveys that the actor sees, whether he sees users or not: their names stand in the list."""

    def statement(self) -> Select[Any]:
        return select(User).where(User.id.in_(visible_to(current_actor()).with_only_columns(Survey.owner_id)))


OWNERS = _Owners(User, ("username_key", "name"), resource="survey", called=lambda user: user.label)


def _owners_url() -> str:
    return url_for("survey.ajax_lookup", name="owner")


class StateIs(filters.OneOf):
    """The state that the list shows, which for an open survey depends on its dates and its limit, too."""

    def clean(self, value: str) -> str:
        """Return the state, where there is one of that name."""
        if value not in SHOWN_STATES:
            raise ValueError("not a state")
        return value

    def condition(self, value: str) -> ColumnElement[bool]:
        """Return the condition as it is now."""
        return shown_state_is(value, now())


def _gives(actor: Actor) -> bool:
    return can(actor, "user", "R") and changes_all_surveys(actor)


def _shares(actor: Actor, survey: Survey | None = None) -> bool:
    return can(actor, "survey.share", obj=survey) and can(actor, "user", "R") and can(actor, "role", "R")


class SurveysView(SurveyRecordMixin, SurveyBulkMixin, ConsoleModelView):
    """All surveys that one may see."""

    resource = "survey"
    offers = "CRUD"
    create_label = lazy_gettext("Create survey")
    delete_lead = lazy_gettext(
        "It leaves all lists and its form takes no replies any more. Its replies are kept with it, and the trash gives"
        " all of it back."
    )
    menu_group, menu_icon = "Surveys", "clipboard-list"
    shortcut = "s"
    form = SurveyForm
    details_template = "surveys/details.html"
    list_template = "surveys/list.html"
    view_permissions = {
        **{f"{verb}_view": "survey.publish" for verb in record_actions.ACTIONS},
        "duplicate_view": "C",
    }

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
    inline_fields = ("title",)
    lookups = {"owner": OWNERS}
    column_sortable_list = (
        "title", "state", "opens_at", "closes_at", "updated_at",
    )  # fmt: skip
    column_default_sort = ("updated_at", True)
    column_searchable_list = ("title", "public_id", "questions.label")
    column_filters = (
        StateIs(Survey.state, lazy_gettext("State"), options=[(one, words_of(one)) for one in SHOWN_STATES]),
        Picked(Survey.owner_id, lazy_gettext("Owner"), lookup=OWNERS, url=_owners_url, arg="owner"),
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
        "Create one and build it here, question by question, or import one that is in a spreadsheet (XLSForm) already."
    )

    def base_select(self) -> Select[Any]:
        return super().base_select().where(Survey.deleted_at.is_(None))

    def list_values(self, query: ListQuery, page: Page) -> dict[str, Any]:
        """Show the numbers of the surveys, which are read in one statement each."""
        ids = [survey.id for survey in page.rows]
        g.survey_replies = reply_totals(ids, cap=TOTALS_CAP + 1) if can(current_actor(), "reply", "R") else {}
        g.survey_questions = question_totals(ids)
        return super().list_values(query, page)

    def palette_note(self, record: Survey) -> str:
        return str(words_of(record.state))

    # Forms
    def create_form(self, obj: Any = None) -> Form:
        form, actor = super().create_form(obj), current_actor()
        fit_survey_form(form, gives=_gives(actor), shares=_shares(actor), promised=None)
        return form

    def edit_form(self, obj: Any = None) -> Form:
        form, actor = super().edit_form(obj), current_actor()
        promised = obj.anonymous if has_replies(obj.id) else None
        fit_survey_form(form, gives=_gives(actor), shares=_shares(actor, obj), promised=promised)
        return form

    def fill_form(self, form: Form, record: Survey | None) -> None:
        """A new survey is one's own and shared with nobody."""
        if record is None:
            if "owner" in form:
                form["owner"].data = current_actor()
        elif "edit_users" in form:
            shares = [(receiver, access) for receiver, access in shares_of(record) if sees(current_actor(), receiver)]
            for access, fields in SHARING.items():
                for name, kind in zip(fields, (User, Role), strict=True):
                    form[name].data = [one for one, granted in shares if granted == access and isinstance(one, kind)]

    def perform_create(self, data: dict[str, Any], *, actor: Actor) -> Survey:
        wanted = sharing_of(data)
        survey = operations.create_survey(data, actor=actor)
        if any(wanted.values()):
            operations.share_survey(survey, wanted, actor=actor)
        return survey

    def begin_url(self, record: Survey) -> str | None:
        """A new survey has no questions yet."""
        if not can(current_actor(), "question", "C", obj=record):
            return None
        return url_for("survey_build.index", id=record.id)

    def perform_update(self, record: Survey, data: dict[str, Any], *, actor: Actor) -> None:
        wanted = sharing_of(data)
        operations.update_survey(record, data, actor=actor)
        if wanted:
            operations.share_survey(record, wanted, actor=actor)

    def perform_delete(self, record: Survey, *, actor: Actor) -> None:
        operations.delete_survey(record, actor=actor)
