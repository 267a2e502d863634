"""The console's screens for surveys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask, g, request
from flask_admin import expose
from flask_babel import format_decimal, gettext, lazy_gettext
from sqlalchemy import Select, not_, select
from wtforms import Form

from admin_app.accounts.models import User
from admin_app.audit.models import AuditBatch
from admin_app.console import filters, formatters
from admin_app.console.base import BulkResult, ConsoleModelView, add_view, bulk_action, counted
from admin_app.core.bulk import Refusals
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.permissions import Actor, can
from admin_app.surveys import (
    admin_build,
    admin_publish,
    admin_questions,
    admin_share,
    admin_versions,
    operations,
    record_actions,
)
from admin_app.surveys.availability import shown_state
from admin_app.surveys.forms import SurveyForm, fit_survey_form
from admin_app.surveys.models import Survey, SurveyState
from admin_app.surveys.operations.states import movable
from admin_app.surveys.queries import draft_questionnaire, question_totals, visible_to
from admin_app.surveys.questionnaire import Questionnaire
from admin_app.surveys.scopes import changes_all_surveys
from admin_app.surveys.seams import TOTALS_CAP, has_replies, reply_totals
from admin_app.web.actor import current_actor


def _state(_view: Any, _context: Any, survey: Survey, _name: str) -> Any:
    return formatters.macro("state", shown_state(survey, now()))


def _replies(_view: Any, _context: Any, survey: Survey, _name: str) -> str:
    count = g.survey_replies.get(survey.id, 0)
    return _total(count)


def _total(count: int) -> str:
    """Return how many there are, "10,000+" from where nobody counts on."""
    return f"{format_decimal(min(count, TOTALS_CAP))}{'+' if count > TOTALS_CAP else ''}"


def _questions(_view: Any, _context: Any, survey: Survey, _name: str) -> str:
    return str(format_decimal(g.survey_questions.get(survey.id, 0)))


def _owners() -> list[tuple[str, str]]:
    """Return the owners of the surveys that the actor sees."""
    ids = visible_to(current_actor()).with_only_columns(Survey.owner_id)
    owners = db.session.scalars(select(User).where(User.id.in_(ids)).order_by(User.username_key).limit(200))
    return [(str(owner.id), owner.label) for owner in owners]


def _gives(actor: Actor) -> bool:
    return can(actor, "user", "R") and changes_all_surveys(actor)


def _unless_movable(target: SurveyState, sentence: Any) -> Callable[[Actor], Refusals]:
    return lambda _actor: [(not_(movable(target)), str(sentence))]


class SurveysView(ConsoleModelView):
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

    # One survey
    def get_record_state(self, record: Survey) -> str:
        return shown_state(record, now())

    def get_record_facts(self, record: Survey) -> list[tuple[str, Any]]:
        version = record.current_version
        return [(gettext("Version"), version.number if version else gettext("not published yet"))]

    def get_record_actions(self, record: Survey) -> list[dict[str, Any]]:
        urls = {verb: self.get_url(f".{verb}_view") for verb in record_actions.ACTIONS}
        actions = record_actions.buttons(record, current_actor(), urls)
        if record.state is not SurveyState.DRAFT:
            link = {"label": gettext("Public form"), "url": self.public_url(record), "icon": "external-link"}
            actions.append(link)
        return actions

    def public_url(self, survey: Survey) -> str:
        """Return where respondents find the survey."""
        return f"{request.script_root}/s/{survey.public_id}"

    def public_address(self, survey: Survey) -> str:
        """Return the whole address, to be passed on."""
        return admin_share.public_address(survey)

    def seen_by_respondents(self, survey: Survey) -> str:
        """Return in a sentence what whoever opens the address finds now."""
        return admin_share.whoever_opens_it(survey, now())[0]

    def figures(self, survey: Survey) -> list[tuple[Any, str, str]]:
        """Return what there is of the survey: label, number, address of the list or nothing."""
        shown = []
        if can(current_actor(), "reply", "R"):
            count = reply_totals([survey.id], cap=TOTALS_CAP + 1)[survey.id]
            shown.append((gettext("Replies"), _total(count), self.get_url("survey_replies.index", id=survey.id)))
        questions = question_totals([survey.id]).get(survey.id, 0)
        return [*shown, (gettext("Questions"), format_decimal(questions), "")]

    def outline(self, survey: Survey) -> Questionnaire:
        """Return the draft's sections and questions."""
        return draft_questionnaire(survey)

    def kind_of(self, name: str) -> Any:
        """Return a question type for its label and icon."""
        return admin_questions.kind_of(name)

    def _act(self, verb: str) -> Any:
        record = self.record_or_404("U")
        action, details = record_actions.ACTIONS[verb], self.get_url(".details_view", id=record.id)
        if request.form.get("confirmed") != "1":
            values = record_actions.question(action, record)
            post_url = self.get_url(f".{verb}_view")
            return self.render("admin/confirm.html", post_url=post_url, cancel_url=details, **values)
        done, _result = self._perform(None, lambda actor: action.operation(record, actor=actor))
        if done:
            record_actions.tell(action, record)
        return self.back(details)

    @expose("/open/", methods=("POST",))  # type: ignore[untyped-decorator]
    def open_view(self) -> Any:
        """Take replies."""
        return self._act("open")

    @expose("/pause/", methods=("POST",))  # type: ignore[untyped-decorator]
    def pause_view(self) -> Any:
        """Take no replies for a while."""
        return self._act("pause")

    @expose("/close/", methods=("POST",))  # type: ignore[untyped-decorator]
    def close_view(self) -> Any:
        """Take no replies any more."""
        return self._act("close")

    @expose("/archive/", methods=("POST",))  # type: ignore[untyped-decorator]
    def archive_view(self) -> Any:
        """Put it away for good."""
        return self._act("archive")

    # Many surveys
    @bulk_action(
        "open",
        lazy_gettext("Open"),
        permission="survey.publish",
        confirm=counted("Open %(number)s survey?", "Open %(number)s surveys?"),
        done=counted("%(number)s survey opened", "%(number)s surveys opened"),
        refusals=_unless_movable(
            SurveyState.OPEN, lazy_gettext("Only a published survey that is a draft, paused or closed can be opened.")
        ),
    )
    def open_many(self, selection: Select[Any], *, actor: Actor, batch: AuditBatch) -> BulkResult:
        """Open the selected surveys."""
        return operations.open_surveys(selection, actor=actor, batch=batch)

    @bulk_action(
        "pause",
        lazy_gettext("Pause"),
        permission="survey.publish",
        confirm=counted("Pause %(number)s survey?", "Pause %(number)s surveys?"),
        done=counted("%(number)s survey paused", "%(number)s surveys paused"),
        refusals=_unless_movable(SurveyState.PAUSED, lazy_gettext("Only an open survey can be paused.")),
    )
    def pause_many(self, selection: Select[Any], *, actor: Actor, batch: AuditBatch) -> BulkResult:
        """Pause the selected surveys."""
        return operations.pause_surveys(selection, actor=actor, batch=batch)

    @bulk_action(
        "close",
        lazy_gettext("Close"),
        permission="survey.publish",
        confirm=counted("Close %(number)s survey?", "Close %(number)s surveys?"),
        done=counted("%(number)s survey closed", "%(number)s surveys closed"),
        refusals=_unless_movable(SurveyState.CLOSED, lazy_gettext("Only an open or paused survey can be closed.")),
    )
    def close_many(self, selection: Select[Any], *, actor: Actor, batch: AuditBatch) -> BulkResult:
        """Close the selected surveys."""
        return operations.close_surveys(selection, actor=actor, batch=batch)

    @bulk_action(
        "delete",
        lazy_gettext("Delete"),
        permission="D",
        confirm=counted("Delete %(number)s survey?", "Delete %(number)s surveys?"),
        done=counted("%(number)s survey deleted", "%(number)s surveys deleted"),
        tone="danger",
    )
    def bulk_delete(self, selection: Select[Any], *, actor: Actor, batch: AuditBatch) -> BulkResult:
        """Delete the selected surveys with one statement."""
        return operations.delete_surveys(selection, actor=actor, batch=batch)


def register(app: Flask) -> None:
    """Add the screens of this package to the console of `app`."""
    add_view(app, SurveysView(Survey, name=lazy_gettext("Surveys"), endpoint="survey"))
    admin_build.register(app)
    admin_publish.register(app)
    admin_questions.register(app)
    admin_share.register(app)
    admin_versions.register(app)
