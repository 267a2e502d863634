"""The page of one survey: what there is of it, and what can be done with it."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import format_decimal, gettext
from sqlalchemy import select

from admin_app.console.history import Sources
from admin_app.core.clock import now
from admin_app.core.permissions import can
from admin_app.surveys import admin_questions, admin_share, record_actions
from admin_app.surveys.availability import shown_state
from admin_app.surveys.models import Question, Section, Survey, SurveyState
from admin_app.surveys.operations import duplicate_survey
from admin_app.surveys.operations.drafts import WITHIN
from admin_app.surveys.queries import draft_questionnaire, question_totals
from admin_app.surveys.questionnaire import Questionnaire
from admin_app.surveys.seams import TOTALS_CAP, reply_totals
from admin_app.web.actor import current_actor


def total_in_words(count: int) -> str:
    """Return how many there are, "10,000+" from where nobody counts on."""
    return f"{format_decimal(min(count, TOTALS_CAP))}{'+' if count > TOTALS_CAP else ''}"


class SurveyRecordMixin:
    """What a survey's page shows beside its fields."""

    _perform: Any
    back: Any
    get_url: Any
    record_or_404: Any
    render: Any

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
        if can(current_actor(), "question", "R", obj=record):
            url = url_for("survey_export.index", id=record.id)
            actions.append({"label": gettext("Export"), "url": url, "icon": "download", "menu": True})
        if can(current_actor(), "survey", "C") and can(current_actor(), "question", "C"):
            actions.append(
                {
                    "label": gettext("Duplicate"),
                    "url": self.get_url(".duplicate_view"),
                    "icon": "copy",
                    "post": True,
                    "hidden": [("id", record.id)],
                    "menu": True,
                }
            )
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
            shown.append(
                (gettext("Replies"), total_in_words(count), self.get_url("survey_replies.index", id=survey.id))
            )
        questions = question_totals([survey.id]).get(survey.id, 0)
        return [*shown, (gettext("Questions"), format_decimal(questions), "")]

    def history_sources(self, record: Survey) -> Sources:
        """Its sections and questions belong to a survey."""
        parts = [
            (kind.__resource__, select(kind.id).where(kind.survey_id == record.id)) for kind in (Section, Question)
        ]
        return [("survey", [record.id]), *parts]

    def history_within(self, record: Survey) -> str:
        """What is typed on the build page."""
        return WITHIN.format(record.id)

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

    @expose("/duplicate/", methods=("POST",))  # type: ignore[untyped-decorator]
    def duplicate_view(self) -> Any:
        """Make a copy, and go on building it."""
        record = self.record_or_404()
        done, copy = self._perform(None, lambda actor: duplicate_survey(record, actor=actor))
        if not done:
            return self.back(self.get_url(".details_view", id=record.id))
        flash(gettext("“%(title)s” is a draft of your own, without replies.", title=copy.title), "success")
        return redirect(url_for("survey_build.index", id=copy.id), 303)
