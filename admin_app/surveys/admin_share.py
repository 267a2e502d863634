"""Passing a survey on: its address, the address as a QR code, words for a mail, a poster."""

from __future__ import annotations

import datetime as dt
from contextlib import AbstractContextManager, nullcontext
from typing import Any
from urllib.parse import quote

import flask_babel
from flask import Flask, abort, current_app, flash, redirect, request, url_for
from flask_admin import expose
from flask_babel import format_datetime, gettext, lazy_pgettext
from markupsafe import Markup
from werkzeug.wrappers import Response

from admin_app.accounts.models import Role, User
from admin_app.console.base import RECORD_TABS, ConsolePage, RecordTab, add_page, record_tabs, visible_or_404
from admin_app.core.clock import now
from admin_app.core.db import unit_of_work
from admin_app.core.errors import DomainError
from admin_app.core.permissions import can
from admin_app.core.readers import LANGUAGES
from admin_app.surveys import qr_codes
from admin_app.surveys.availability import Availability, availability, shown_state
from admin_app.surveys.models import Survey, SurveyState
from admin_app.surveys.operations import update_survey
from admin_app.surveys.promises import promise
from admin_app.surveys.queries import shares_of
from admin_app.web.actor import current_actor

# A share in results is another word elsewhere.
_SHARE = lazy_pgettext("verb", "Share")

TAB = RecordTab(
    resource="survey",
    label=_SHARE,
    endpoint="survey_share.index",
    permission=("survey", "R"),
    place=20,
)


def public_address(survey: Survey) -> str:
    """Return the whole address of the form. Never from what a request calls this host: it ends up on paper."""
    return f"{current_app.config['PUBLIC_URL']}/s/{survey.public_id}"


def local_address() -> str:
    """Return how addresses begin where nobody said where others reach this installation; empty where somebody did."""
    local: str = "" if current_app.config["CANVASS"]["PUBLIC_URL"] else current_app.config["PUBLIC_URL"]
    return local


def whoever_opens_it(survey: Survey, moment: dt.datetime) -> tuple[str, str]:
    """Return what a respondent finds at `moment`, in a sentence, and the tone to say it in."""
    met = availability(survey, moment)
    if met is Availability.OPEN and survey.closes_at is not None:
        closes = format_datetime(survey.closes_at, "medium")
        return gettext("Whoever opens the address now can answer, until %(moment)s.", moment=closes), "success"
    if met is Availability.NOT_YET and survey.opens_at is not None:
        opens = format_datetime(survey.opens_at, "medium")
        return gettext("Whoever opens the address before %(moment)s reads when the survey opens.", moment=opens), "info"
    if met is Availability.UNKNOWN and survey.current_version_id is not None:
        return gettext("Nobody finds anything at this address yet: the survey is published, but not open."), "warning"
    sentences = {
        Availability.OPEN: (gettext("Whoever opens the address now can answer."), "success"),
        Availability.PAUSED: (gettext("Whoever opens the address now reads that the survey is paused."), "warning"),
        Availability.CLOSED: (gettext("Whoever opens the address now reads that the survey is closed."), "warning"),
        Availability.FULL: (gettext("Whoever opens the address now reads that the survey is full."), "warning"),
    }
    unpublished = gettext("Nobody finds anything at this address yet: publish the survey and open it first.")
    return sentences.get(met, (unpublished, "warning"))


def in_its_language(survey: Survey) -> AbstractContextManager[Any]:
    """Let what is said meanwhile be in the language of the survey, where this program speaks it."""
    code = survey.language.partition("-")[0]
    return flask_babel.force_locale(code) if code in LANGUAGES else nullcontext()


def open_until(closes_at: dt.datetime) -> str:
    """Return until when people can answer, with the zone: who reads this may be anywhere."""
    moment, zone = format_datetime(closes_at, "medium"), str(flask_babel.get_timezone())
    return str(gettext("It is open until %(moment)s (%(zone)s).", moment=moment, zone=zone))


def invitation(survey: Survey) -> tuple[str, str]:
    """Return the subject and the text of a mail that asks people to answer."""
    parts = [
        gettext("Hello,"),
        gettext("you are invited to answer “%(title)s”. The form is here:", title=survey.title),
        public_address(survey),
    ]
    if survey.closes_at is not None:
        parts.append(open_until(survey.closes_at))
    if survey.anonymous:
        parts.append(gettext(promise(anonymous=True)))
    parts.append(gettext("Thank you for taking part."))
    return gettext("Please take part: %(title)s", title=survey.title), "\n\n".join(parts)


def poster_words(survey: Survey) -> dict[str, Any]:
    """Return what the poster says beside the title."""
    notes = [open_until(survey.closes_at)] if survey.closes_at is not None else []
    if survey.anonymous:
        notes.append(gettext(promise(anonymous=True)))
    return {
        "call": gettext("Your answer counts"),
        "scan": gettext("Scan the code with your phone, or type this address:"),
        "notes": notes,
        "language": _spoken(),
    }


def _spoken() -> str:
    """Return the language that the words are in, which need not be that of the survey."""
    return str(flask_babel.get_locale().language)


class SharePage(ConsolePage):
    """What is needed to bring a survey to people."""

    permission = ("survey", "R")
    view_permissions = {"listing": ("survey", "U")}
    menu_group, menu_icon = "Surveys", "share"
    in_menu = False
    styles = ("css/share.css",)

    @expose("/<id>/share")  # type: ignore[untyped-decorator]
    def index(self, id: str) -> str:
        """Show the address in all its shapes."""
        survey, actor = _survey(id), current_actor()
        address = public_address(survey)
        sentence, tone = whoever_opens_it(survey, now())
        with in_its_language(survey):
            subject, text = invitation(survey)
            spoken = _spoken()
        page: str = self.render(
            "surveys/share.html",
            survey=survey,
            shown_state=shown_state(survey, now()),
            address=address,
            local=local_address(),
            seen=sentence,
            tone=tone,
            code=_drawn(address),
            subject=subject,
            text=text,
            spoken=spoken,
            mail=f"mailto:?subject={quote(subject)}&body={quote(text)}",
            may_list=can(actor, "survey", "U", obj=survey) and survey.state is not SurveyState.ARCHIVED,
            may_share=can(actor, "survey.share", obj=survey) and survey.state is not SurveyState.ARCHIVED,
            people=_people(survey) if can(actor, "user", "R") else None,
            record_tabs=record_tabs("survey", survey, active="survey.share"),
        )
        return page

    @expose("/<id>/share/listing", methods=("POST",))  # type: ignore[untyped-decorator]
    def listing(self, id: str) -> Response:
        """Put the survey on the front page, or take it off."""
        survey = _survey(id)
        listed = request.form.get("listed") == "1"
        try:
            with unit_of_work():
                update_survey(survey, {"listed": listed}, actor=current_actor())
        except DomainError as error:
            if error.status in {403, 404}:
                raise
            flash(error.message, "error")
        else:
            flash(
                gettext("The survey stands on the front page while it is open.")
                if listed
                else gettext("Only those who have the link find the survey now."),
                "success",
            )
        return redirect(url_for(".index", id=id), 303)

    @expose("/<id>/share/qr.svg")  # type: ignore[untyped-decorator]
    def svg(self, id: str) -> Response:
        """Send the QR code as a drawing, which is sharp at any size."""
        survey = _survey(id)
        return _file(qr_codes.qr_svg(public_address(survey)), "image/svg+xml", f"qr-{survey.public_id}.svg")

    @expose("/<id>/share/qr.png")  # type: ignore[untyped-decorator]
    def png(self, id: str) -> Response:
        """Send the QR code as a picture, which every program takes."""
        survey = _survey(id)
        return _file(qr_codes.qr_png(public_address(survey)), "image/png", f"qr-{survey.public_id}.png")

    @expose("/<id>/share/poster")  # type: ignore[untyped-decorator]
    def poster(self, id: str) -> str:
        """Show a page to be printed and put up, in the language of the survey."""
        survey = _survey(id)
        address = public_address(survey)
        with in_its_language(survey):
            words = poster_words(survey)
        # As people type it.
        short = address.partition("://")[2]
        page: str = self.render("surveys/poster.html", survey=survey, words=words, short=short, code=_drawn(address))
        return page


def _survey(id: str) -> Survey:
    survey: Survey = visible_or_404(Survey, id, "survey")
    if survey.deleted_at is not None:
        abort(404)
    return survey


def _drawn(address: str) -> Markup:
    return Markup(qr_codes.qr_inline(address))  # noqa: S704 - drawn by ourselves, there are only figures in it


def _file(content: bytes, media_type: str, name: str) -> Response:
    response = Response(content, mimetype=media_type)
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


def _people(survey: Survey) -> list[tuple[str, str, str]]:
    """Return who else works with the survey: name, icon, and what they may."""
    may = {"edit": gettext("May edit"), "read": gettext("May read")}
    people = [(survey.owner.label, "user", gettext("Owner"))]
    for receiver, access in shares_of(survey):
        # Whoever got a survey that was shared with him before needs no share any more.
        if receiver is survey.owner or (isinstance(receiver, User) and receiver.deleted_at is not None):
            continue
        people.append((str(receiver), "users" if isinstance(receiver, Role) else "user", may[access]))
    return people


def register(app: Flask) -> None:
    """Add /admin/survey/<id>/share to `app`."""
    add_page(app, SharePage(name=_SHARE, endpoint="survey_share", url="/admin/survey"))
    RECORD_TABS.add("survey.share", TAB)
