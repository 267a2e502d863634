"""What was published when: the list of a survey's versions, any of them, and what differs between two."""

from __future__ import annotations

from typing import Any

from flask import Flask, abort, request
from flask_admin import expose
from flask_babel import gettext, lazy_gettext

from admin_app.console.base import RECORD_TABS, ConsolePage, RecordTab, add_page, record_tabs, visible_or_404
from admin_app.core import html
from admin_app.core.clock import now
from admin_app.core.permissions import can
from admin_app.surveys.admin_differences import shown_parts, summary
from admin_app.surveys.availability import shown_state
from admin_app.surveys.differences import compare
from admin_app.surveys.models import Survey, SurveyVersion
from admin_app.surveys.queries import draft_questionnaire, questionnaire_of, versions_of
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.questionnaire import Questionnaire
from admin_app.surveys.seams import TOTALS_CAP, reply_totals, version_totals
from admin_app.web.actor import current_actor

TAB = RecordTab(
    resource="survey",
    label=lazy_gettext("Versions"),
    endpoint="survey_versions.index",
    permission=("survey", "R"),
    place=50,
)
# What stands in an address for what is not published yet.
DRAFT = "draft"


class VersionsPage(ConsolePage):
    """What was published when, and by whom."""

    permission = ("survey", "R")
    view_permissions = {"look": ("question", "R"), "compare": ("question", "R")}
    menu_group, menu_icon = "Surveys", "versions"
    in_menu = False
    styles = ("css/versions.css",)

    @expose("/<id>/versions")  # type: ignore[untyped-decorator]
    def index(self, id: str) -> str:
        """List the versions, the newest first."""
        survey = _survey(id)
        replies, capped = _replies(survey)
        return self._show(
            "surveys/versions.html",
            survey,
            versions_of(survey),
            replies=replies,
            capped=capped,
            cap=TOTALS_CAP,
            may_read=can(current_actor(), "question", "R", obj=survey),
        )

    @expose("/<id>/versions/<int:number>")  # type: ignore[untyped-decorator]
    def look(self, id: str, number: int) -> str:
        """Show what one version asks: as an outline, or as respondents get it."""
        survey = _survey(id)
        versions = versions_of(survey)
        version = _version(versions, str(number))
        return self._show(
            "surveys/version.html",
            survey,
            versions,
            version=version,
            rich=html.render,
            questionnaire=questionnaire_of(version),
            kinds=QUESTION_TYPES,
            as_form=request.args.get("view") == "form",
        )

    @expose("/<id>/versions/compare")  # type: ignore[untyped-decorator]
    def compare(self, id: str) -> str:
        """Show what differs between two versions, or between one and the draft."""
        survey = _survey(id)
        versions = versions_of(survey)
        if not versions:
            abort(404)
        later = request.args.get("to", str(versions[0].number))
        earlier = request.args.get("from", str(versions[min(1, len(versions) - 1)].number))
        difference = compare(_questionnaire(survey, versions, earlier), _questionnaire(survey, versions, later))
        return self._show(
            "surveys/compare.html",
            survey,
            versions,
            earlier=earlier,
            later=later,
            parts=shown_parts(difference),
            summary=list(summary(difference)),
            choices=[(one, _name(one)) for one in (DRAFT, *(str(version.number) for version in versions))],
            names=(_name(earlier), _name(later)),
        )

    def _show(self, template: str, survey: Survey, versions: list[SurveyVersion], **values: Any) -> str:
        tabs = record_tabs("survey", survey, active="survey.versions")
        page: str = self.render(
            template,
            survey=survey,
            versions=versions,
            shown_state=shown_state(survey, now()),
            record_tabs=tabs,
            **values,
        )
        return page


def _survey(id: str) -> Survey:
    survey: Survey = visible_or_404(Survey, id, "survey")
    if survey.deleted_at is not None:
        abort(404)
    return survey


def _replies(survey: Survey) -> tuple[dict[int, int] | None, bool]:
    """Return how many replies each version has, and whether not all were counted; None for who may not know."""
    if not can(current_actor(), "reply", "R"):
        return None, False
    capped = reply_totals([survey.id], cap=TOTALS_CAP + 1)[survey.id] > TOTALS_CAP
    return version_totals(survey.id), capped


def _version(versions: list[SurveyVersion], number: str) -> SurveyVersion:
    found = next((one for one in versions if str(one.number) == number), None)
    if found is None:
        abort(404)
    return found


def _questionnaire(survey: Survey, versions: list[SurveyVersion], name: str) -> Questionnaire:
    return draft_questionnaire(survey) if name == DRAFT else questionnaire_of(_version(versions, name))


def _name(name: str) -> str:
    return str(gettext("Draft") if name == DRAFT else gettext("Version %(number)s", number=name))


def register(app: Flask) -> None:
    """Add /admin/survey/<id>/versions and what is below it to `app`."""
    add_page(app, VersionsPage(name=lazy_gettext("Versions"), endpoint="survey_versions", url="/admin/survey"))
    RECORD_TABS.add("survey.versions", TAB)
