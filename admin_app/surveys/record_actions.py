"""What can be done with one survey from its page: each a button, a question, one operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import flash, url_for
from flask_babel import format_datetime, gettext, lazy_gettext

from admin_app.console.undo import never
from admin_app.core.clock import now
from admin_app.core.permissions import Actor, can
from admin_app.surveys import operations
from admin_app.surveys.models import Survey, SurveyState
from admin_app.surveys.operations.states import SOURCES
from admin_app.surveys.queries import draft_questionnaire
from admin_app.surveys.questionnaire import sha256_of


@dataclass(frozen=True)
class RecordAction:
    """One button to bring a survey into a state, the `target`. `question` and `done` name %(title)s.

    With `menu` it stands under the button "More".
    """

    label: Any
    icon: str
    question: Any
    lead: Any
    done: Any
    operation: Callable[..., Any]
    target: SurveyState
    tone: str = "default"
    menu: bool = False


ACTIONS: Mapping[str, RecordAction] = {
    "open": RecordAction(
        lazy_gettext("Open"),
        "player-play",
        lazy_gettext("Open “%(title)s”?"),
        lazy_gettext("It takes replies from now on, within its dates and limit."),
        lazy_gettext("“%(title)s” is open."),
        operations.open_survey,
        SurveyState.OPEN,
        "primary",
    ),
    "pause": RecordAction(
        lazy_gettext("Pause"),
        "player-pause",
        lazy_gettext("Pause “%(title)s”?"),
        lazy_gettext("It takes no replies until it is opened again."),
        lazy_gettext("“%(title)s” is paused."),
        operations.pause_survey,
        SurveyState.PAUSED,
    ),
    "close": RecordAction(
        lazy_gettext("Close"),
        "lock",
        lazy_gettext("Close “%(title)s”?"),
        lazy_gettext("It takes no replies any more. All that came stay."),
        lazy_gettext("“%(title)s” is closed."),
        operations.close_survey,
        SurveyState.CLOSED,
    ),
    "archive": RecordAction(
        lazy_gettext("Archive"),
        "archive",
        lazy_gettext("Archive “%(title)s”?"),
        lazy_gettext(
            "It can be read, with its replies and results, but never changed or opened again. To go on with it later, "
            "duplicate it."
        ),
        lazy_gettext("“%(title)s” is archived."),
        operations.archive_survey,
        SurveyState.ARCHIVED,
        menu=True,
    ),
}


def buttons(survey: Survey, actor: Actor, urls: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the buttons for what the actor may do with the survey now: publishing has a page, a state is asked for."""
    trying = _trying(survey, actor)
    if not can(actor, "survey.publish", obj=survey):
        return trying
    publishing = _publishing(survey)
    states = [
        {
            "label": str(action.label),
            "url": urls[verb],
            "icon": action.icon,
            "tone": "default" if publishing else action.tone,
            "post": True,
            "hidden": [("id", survey.id)],
            **({"menu": True} if action.menu else {}),
        }
        for verb, action in ACTIONS.items()
        if _possible(action, survey)
    ]
    return [*publishing, *states, *trying]


def _publishing(survey: Survey) -> list[dict[str, Any]]:
    if survey.state is SurveyState.ARCHIVED or not _draft_differs(survey):
        return []
    url = url_for("survey_publish.index", id=survey.id)
    return [{"label": gettext("Publish"), "url": url, "icon": "rocket", "tone": "primary"}]


def _trying(survey: Survey, actor: Actor) -> list[dict[str, Any]]:
    """Return the ways to pages that the replies add."""
    pages = []
    if can(actor, "question", "R", obj=survey):
        pages.append((gettext("Try it out"), "survey_tests.form", "checkbox"))
    if can(actor, "reply", "R", obj=survey):
        pages.append((gettext("Test replies"), "survey_tests.index", "inbox"))
    return [
        {"label": label, "url": url_for(endpoint, id=survey.id), "icon": icon, "menu": True}
        for label, endpoint, icon in pages
    ]


def _possible(action: RecordAction, survey: Survey) -> bool:
    published = survey.current_version_id is not None or action.target is SurveyState.ARCHIVED
    return published and survey.state in SOURCES[action.target]


def _draft_differs(survey: Survey) -> bool:
    """Whether publishing would make another version than the one there is."""
    version = survey.current_version
    return version is None or sha256_of(draft_questionnaire(survey).to_json()) != version.sha256


def question(action: RecordAction, survey: Survey) -> dict[str, Any]:
    """Return what the page says that asks before it is done."""
    return {
        "title": str(action.question) % {"title": survey.title},
        "lead": _lead(action, survey),
        "verb": str(action.label),
        "tone": "primary",
        "count": 1,
        "sample": [],
        "undo": never() if action.target is SurveyState.ARCHIVED else None,
        "hidden": [("id", survey.id), ("confirmed", "1")],
    }


def _lead(action: RecordAction, survey: Survey) -> str:
    """Return what the step means; a survey that is opened before its time, or after it, takes no replies yet."""
    moment, sentence = now(), action.lead
    if action.target is SurveyState.OPEN and survey.closes_at is not None and survey.closes_at <= moment:
        sentence = gettext(
            "Its closing time, %(moment)s, has passed. It takes no replies until you move that, and is soon closed "
            "again.",
            moment=format_datetime(survey.closes_at, "medium"),
        )
    elif action.target is SurveyState.OPEN and survey.opens_at is not None and survey.opens_at > moment:
        sentence = gettext("It takes replies from %(moment)s on.", moment=format_datetime(survey.opens_at, "medium"))
    return str(sentence)


def tell(action: RecordAction, survey: Survey) -> None:
    """Say that it was done."""
    flash(str(action.done) % {"title": survey.title}, "success")
