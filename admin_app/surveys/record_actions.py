"""What can be done with one survey from its page: each a button, a question, one operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from flask import flash
from flask_babel import gettext, lazy_gettext

from admin_app.core.permissions import Actor, can
from admin_app.surveys import operations
from admin_app.surveys.models import Survey, SurveyState
from admin_app.surveys.operations.states import SOURCES
from admin_app.surveys.queries import draft_questionnaire
from admin_app.surveys.questionnaire import sha256_of


@dataclass(frozen=True)
class RecordAction:
    """One button; `target` is the state that it leads to, None for publishing. `question` and `done` name %(title)s."""

    label: Any
    icon: str
    question: Any
    lead: Any
    done: Any
    operation: Callable[..., Any]
    target: SurveyState | None = None


ACTIONS: Mapping[str, RecordAction] = {
    "publish": RecordAction(
        lazy_gettext("Publish"),
        "rocket",
        lazy_gettext("Publish “%(title)s”?"),
        lazy_gettext("Respondents are asked this version from now on. Keys, types and codes are fixed then."),
        lazy_gettext("“%(title)s” was published."),
        operations.publish_survey,
    ),
    "open": RecordAction(
        lazy_gettext("Open"),
        "player-play",
        lazy_gettext("Open “%(title)s”?"),
        lazy_gettext("It takes replies from now on, within its dates and limit."),
        lazy_gettext("“%(title)s” is open."),
        operations.open_survey,
        SurveyState.OPEN,
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
}


def buttons(survey: Survey, actor: Actor, urls: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the buttons for what the actor may do with the survey now, each a form that posts its id."""
    if not can(actor, "survey.publish", obj=survey):
        return []
    return [
        {
            "label": str(action.label),
            "url": urls[verb],
            "icon": action.icon,
            "tone": "primary" if verb in {"publish", "open"} else "default",
            "post": True,
            "hidden": [("id", survey.id)],
        }
        for verb, action in ACTIONS.items()
        if _possible(action, survey)
    ]


def _possible(action: RecordAction, survey: Survey) -> bool:
    if action.target is None:
        return survey.state is not SurveyState.ARCHIVED and _draft_differs(survey)
    return survey.state in SOURCES[action.target] and survey.current_version_id is not None


def _draft_differs(survey: Survey) -> bool:
    """Whether publishing would make another version than the one there is."""
    version = survey.current_version
    return version is None or sha256_of(draft_questionnaire(survey).to_json()) != version.sha256


def question(action: RecordAction, survey: Survey) -> dict[str, Any]:
    """Return what the page says that asks before it is done."""
    return {
        "title": str(action.question) % {"title": survey.title},
        "lead": str(action.lead),
        "verb": str(action.label),
        "tone": "primary",
        "count": 1,
        "sample": [],
        "hidden": [("id", survey.id), ("confirmed", "1")],
    }


def tell(action: RecordAction, survey: Survey) -> None:
    """Say that it was done."""
    sentence = str(action.done) % {"title": survey.title}
    if action.target is None and survey.state is SurveyState.DRAFT:
        sentence = gettext("“%(title)s” was published. Open it to take replies.", title=survey.title)
    flash(sentence, "success")
