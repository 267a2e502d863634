"""Checks of what was typed or sent, shared by the operations. They return clean values or raise InvalidError."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import select

from admin_app.accounts.models import User
from admin_app.core.db import db
from admin_app.core.errors import InvalidError, NotFoundError
from admin_app.core.html import sanitise
from admin_app.core.ids import ALPHABET
from admin_app.core.words import figure
from admin_app.core.words import gettext as _
from admin_app.surveys.findings import TITLE_LIMIT
from admin_app.surveys.models import Survey
from admin_app.surveys.question_types.base import clean_text

Cleaner = Callable[[Any], Any]

# As `public_id()` makes them. Whoever adds something may bring its uid along, so that asking twice adds it once.
_UID = re.compile(rf"[{ALPHABET}]{{12}}\Z")
LABEL_LIMIT, RICH_LIMIT = 5_000, 200_000
# What the database's whole numbers hold.
REPLY_LIMIT_MOST = 2**31 - 1
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*\Z")


def clean_fields(data: Mapping[str, Any], cleaners: Mapping[str, Cleaner]) -> dict[str, Any]:
    """Return `data` with each value cleaned; InvalidError names every field that is wrong, also unknown ones."""
    clean: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for name, value in data.items():
        try:
            clean[name] = cleaners[name](value)
        except KeyError:
            faults[str(name)[:60]] = _("There is no such field.")
        except ValueError as error:
            faults[name] = str(error)
    if faults:
        raise InvalidError(_("Some of this cannot be taken."), fields=faults)
    return clean


def text_of(value: Any) -> str:
    """Return a text without what cannot be stored; ValueError when it is none."""
    if not isinstance(value, str):
        raise ValueError(_("This must be a text."))
    return clean_text(value)


def line(value: Any) -> str:
    """Return a text on one line."""
    text = " ".join(text_of(value).split())
    if len(text) > TITLE_LIMIT:
        raise ValueError(_("Use at most %(number)s characters.", number=figure(TITLE_LIMIT)))
    return text


def required_line(value: Any) -> str:
    """Return a text on one line that is not empty."""
    text = line(value)
    if not text:
        raise ValueError(_("This cannot be empty."))
    return text


def label(value: Any) -> str:
    """Return a label: plain text, perhaps of several lines."""
    text = text_of(value)
    if len(text) > LABEL_LIMIT:
        raise ValueError(_("Use at most %(number)s characters.", number=figure(LABEL_LIMIT)))
    return text


def rich(value: Any) -> str:
    """Return rich text with nothing in it that can run; it is cleaned again whenever it is shown."""
    text = text_of(value)
    if len(text) > RICH_LIMIT:
        raise ValueError(_("Use at most %(number)s characters.", number=figure(RICH_LIMIT)))
    return sanitise(text)


def language(value: Any) -> str:
    """Return a language tag such as "en" or "pt-BR"."""
    text = text_of(value)
    if not _LANGUAGE.match(text) or len(text) > 20:
        raise ValueError(_("Give a language tag, such as “en” or “pt-BR”."))
    return text


def flag(value: Any) -> bool:
    """Return a yes or no."""
    if not isinstance(value, bool):
        raise ValueError(_("This is yes or no."))
    return value


def uid(value: Any) -> str:
    """Return the permanent identity that somebody made for what he adds."""
    if not isinstance(value, str) or not _UID.match(value):
        raise ValueError(_("This cannot be an identity."))
    return value


def moment(value: Any) -> dt.datetime | None:
    """Return a moment with its zone, or None."""
    if value is None:
        return None
    if not isinstance(value, dt.datetime) or value.tzinfo is None:
        raise ValueError(_("Give a date and time."))
    # Further out a change of zone leaves the calendar.
    if not 1900 <= value.year <= 2999:
        raise ValueError(_("Give a year from 1900 to 2999."))
    return value.astimezone(dt.UTC)


def reply_limit(value: Any) -> int | None:
    """Return a number of replies, or None for no limit."""
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= REPLY_LIMIT_MOST:
        most = figure(REPLY_LIMIT_MOST)
        raise ValueError(_("Give a whole number from 1 to %(most)s, or nothing.", most=most))
    return value


def existing_user(value: Any) -> User:
    """Return a user who is there."""
    if not isinstance(value, User) or value.deleted_at is not None:
        raise ValueError(_("Choose a user who is there."))
    return value


def lock_survey(survey_id: int) -> None:
    """Let nobody else publish or edit this survey's questionnaire, or store its first reply, until the commit.

    NotFoundError when it was deleted meanwhile. A reply's foreign key shares the row's key, so FOR UPDATE waits for
    submissions that are under way and holds new ones for a moment.
    """
    row = select(Survey.id).where(Survey.id == survey_id, Survey.deleted_at.is_(None)).with_for_update()
    if db.session.scalar(row) is None:
        raise NotFoundError(_("There is no such survey any more."))
