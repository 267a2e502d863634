"""The page before publishing: what will change, what stops it, and the way back to the last version."""

from __future__ import annotations

from typing import Any

from flask import Flask, Response, abort, flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import format_decimal, gettext, lazy_gettext, ngettext

from admin_app.console.base import ConsolePage, add_page, record_tabs, visible_or_404
from admin_app.console.undo import Promise
from admin_app.core.clock import now
from admin_app.core.db import unit_of_work
from admin_app.core.errors import ConflictError, InvalidError
from admin_app.core.permissions import can
from admin_app.surveys import operations
from admin_app.surveys.admin_differences import shown_parts, summary
from admin_app.surveys.availability import shown_state
from admin_app.surveys.differences import Difference, compare
from admin_app.surveys.findings import Severity, find_problems
from admin_app.surveys.models import Survey, SurveyState
from admin_app.surveys.queries import draft_questionnaire, questionnaire_of
from admin_app.surveys.questionnaire import Questionnaire, sha256_of
from admin_app.surveys.seams import TOTALS_CAP, answer_totals, reply_totals
from admin_app.web.actor import current_actor

# Parts that the question before discarding names.
NAMED = 8


class PublishPage(ConsolePage):
    """What the draft changes. Whoever may see its questions sees that; publishing takes its ability."""

    permission = ("question", "R")
    view_permissions = {"publish": "survey.publish", "discard": ("question", "U"), "give_up": ("question", "U")}
    menu_group, menu_icon = "Surveys", "rocket"
    in_menu = False
    styles = ("css/versions.css",)

    @expose("/<id>/publish", methods=("GET",))  # type: ignore[untyped-decorator]
    def index(self, id: str) -> str:
        """Show what publishing will change."""
        return self._page(_survey(id))

    @expose("/<id>/publish", methods=("POST",))  # type: ignore[untyped-decorator]
    def publish(self, id: str) -> Any:
        """Publish the draft that was looked at, or show what is different by now."""
        survey = _survey(id)
        try:
            with unit_of_work():
                version = operations.publish_survey(survey, seen=request.form.get("seen"), actor=current_actor())
        except (ConflictError, InvalidError) as error:
            flash(error.message, "error")
            return self._page(survey), error.status
        flash(_told(survey, version.number), "success")
        return redirect(url_for("survey.details_view", id=survey.id), 303)

    @expose("/<id>/discard", methods=("GET",))  # type: ignore[untyped-decorator]
    def discard(self, id: str) -> Any:
        """Ask whether the changes are to be discarded, with their number."""
        survey = _survey(id)
        if survey.current_version is None:
            flash(gettext("This survey has not been published yet, so there is no version to go back to."), "error")
            return self._back(survey)
        draft = draft_questionnaire(survey)
        difference = compare(questionnaire_of(survey.current_version), draft)
        if not difference:
            flash(_unchanged(survey), "info")
            return self._back(survey)
        return self._question(survey, draft, difference)

    @expose("/<id>/discard", methods=("POST",))  # type: ignore[untyped-decorator]
    def give_up(self, id: str) -> Any:
        """Return the draft to the last version."""
        survey = _survey(id)
        try:
            with unit_of_work():
                number = operations.discard_draft(survey, seen=request.form.get("seen"), actor=current_actor())
        except ConflictError as error:
            flash(error.message, "error")
            return self._back(survey)
        figure = format_decimal(number)
        told = ngettext("%(number)s change was discarded.", "%(number)s changes were discarded.", number, number=figure)
        flash(told, "success")
        return self._back(survey)

    def _back(self, survey: Survey) -> Response:
        response: Response = redirect(url_for(".index", id=survey.id), 303)  # type: ignore[assignment]
        return response

    def _page(self, survey: Survey) -> str:
        draft, actor = draft_questionnaire(survey), current_actor()
        version = survey.current_version
        difference = compare(questionnaire_of(version), draft) if version is not None else Difference(())
        answers, counted = _answers(survey, difference)
        findings = find_problems(draft)
        page: str = self.render(
            "surveys/publish.html",
            survey=survey,
            shown_state=shown_state(survey, now()),
            record_tabs=record_tabs("survey", survey, active="survey.publish"),
            version=version,
            questions=len(list(draft.questions())),
            sections=len(draft.sections),
            seen=sha256_of(draft.to_json()),
            parts=shown_parts(difference, answers),
            summary=list(summary(difference)),
            touched=[number for number in answers.values() if number],
            capped=counted > TOTALS_CAP,
            cap=TOTALS_CAP,
            errors=[one for one in findings if one.severity is Severity.ERROR],
            warnings=[one for one in findings if one.severity is Severity.WARNING],
            archived=survey.state is SurveyState.ARCHIVED,
            may_publish=can(actor, "survey.publish", obj=survey),
            may_discard=bool(difference) and operations.may_discard(survey, actor),
        )
        return page

    def _question(self, survey: Survey, draft: Questionnaire, difference: Difference) -> str:
        parts, number = shown_parts(difference), len(difference.parts)
        figure = format_decimal(number)
        title = ngettext("Discard %(number)s change?", "Discard %(number)s changes?", number, number=figure)
        lead = gettext(
            "The draft becomes what version %(number)s asks. What was added since is deleted; what was reworded, "
            "moved, set or retired is again as respondents know it. Replies are not touched.",
            number=format_decimal(survey.current_version.number if survey.current_version else 0),
        )
        page: str = self.render(
            "admin/confirm.html",
            title=title,
            lead=lead,
            verb=gettext("Discard"),
            count=number,
            sample=[f"{part.name} ({', '.join(words for words, _tone in part.marks)})" for part in parts[:NAMED]],
            more=max(0, number - NAMED),
            undo=Promise(gettext("The audit log keeps the words that are discarded."), "history"),
            post_url=url_for(".give_up", id=survey.id),
            cancel_url=url_for(".index", id=survey.id),
            hidden=[("seen", sha256_of(draft.to_json()))],
        )
        return page


def _survey(id: str) -> Survey:
    survey: Survey = visible_or_404(Survey, id, "survey")
    if survey.deleted_at is not None:
        abort(404)
    return survey


def _answers(survey: Survey, difference: Difference) -> tuple[dict[str, int], int]:
    """Return the number of answers to each question that differs, and how many replies there are (capped)."""
    asked = difference.asked_before()
    if not asked or not can(current_actor(), "reply", "R"):
        return {}, 0
    counted = reply_totals([survey.id], cap=TOTALS_CAP + 1)[survey.id]
    return answer_totals(survey.id, [part.spec.key for part in asked]), counted


def _unchanged(survey: Survey) -> str:
    number = survey.current_version.number if survey.current_version is not None else 0
    return str(gettext("Nothing has changed since version %(number)s was published.", number=number))


def _told(survey: Survey, number: int) -> str:
    values = {"number": number, "title": survey.title}
    if survey.state is SurveyState.DRAFT:
        return str(gettext("Version %(number)s of “%(title)s” was published. Open it to take replies.", **values))
    return str(gettext("Version %(number)s of “%(title)s” was published.", **values))


def register(app: Flask) -> None:
    """Add /admin/survey/<id>/publish and /discard to `app`."""
    add_page(app, PublishPage(name=lazy_gettext("Publish"), endpoint="survey_publish", url="/admin/survey"))
