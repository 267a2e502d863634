"""In which language and time zone a page is shown: the reader's own, else the browser's, else the installation's."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar
from zoneinfo import ZoneInfo

import flask_babel
from babel.dates import format_date, format_time
from babel.numbers import format_decimal
from flask import Flask, g, has_app_context, has_request_context, request
from flask_babel import Babel

from admin_app.core import words
from admin_app.core.readers import LANGUAGES, is_time_zone
from admin_app.core.registry import Registry
from admin_app.web.actor import acting
from admin_app.web.headers import is_api_path, is_public

# What the installation says where nobody chose: "language" and "time_zone". Filled by the settings.
DEFAULTS: Registry[Callable[[], str]] = Registry("defaults of the installation")

babel = Babel()

P = ParamSpec("P")
T = TypeVar("T")


def _reader() -> Any:
    """Return who reads, as far as that is known already: asking would ask while the user is being read."""
    return g.get("_login_user") if has_request_context() else acting()


def _default(name: str) -> str:
    source = DEFAULTS.get(name)
    return source() if source is not None else ""


def choose_language() -> str:
    """Return the code of the language to show.

    Respondents get the installation's language: what surrounds the questions shall not change from one to the next.
    Programs are answered in English, for they compare what they are told.
    """
    if has_request_context() and is_api_path(request.path):
        return "en"
    chosen = getattr(_reader(), "locale", None)
    if chosen in LANGUAGES:
        return str(chosen)
    default = _default("language")
    default = default if default in LANGUAGES else "en"
    if not has_request_context() or is_public():
        return default
    return request.accept_languages.best_match(list(LANGUAGES)) or default


def choose_time_zone() -> str:
    """Return the name of the time zone to show times in."""
    chosen = getattr(_reader(), "time_zone", None) or _default("time_zone")
    return chosen if is_time_zone(chosen) else "UTC"


def reader_zone() -> ZoneInfo:
    """Return the time zone that times are shown in, for what is typed in it."""
    return ZoneInfo(choose_time_zone())


def note_reader() -> None:
    """Choose anew: it has just become known who reads."""
    flask_babel.refresh()


def in_english(command: Callable[P, T]) -> Callable[P, T]:
    """Let a command speak English alone: its own words are, and half a sentence in another language helps nobody."""

    @wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        with flask_babel.force_locale("en"):
            return command(*args, **kwargs)

    return run


def _text(text: str) -> str:
    return str(flask_babel.gettext(text)) if has_app_context() else words.PLAIN.text(text)


def _counted(one: str, many: str, number: int) -> str:
    if not has_app_context():
        return words.PLAIN.counted(one, many, number)
    return str(flask_babel.get_translations().ungettext(one, many, number))


def _figure(value: float, *, grouped: bool) -> str:
    if not has_app_context():
        return words.PLAIN.figure(value, grouped=grouped)
    locale = flask_babel.get_locale()
    return format_decimal(value, locale=locale, decimal_quantization=False, group_separator=grouped)


def _day(value: dt.date) -> str:
    if not has_app_context():
        return words.PLAIN.day(value)
    locale = flask_babel.get_locale()
    written = format_date(value, "medium", locale=locale)
    if not isinstance(value, dt.datetime):
        return written
    return str(locale.datetime_formats["medium"]).format(format_time(value.time(), "short", locale=locale), written)


def per_cent(share: float) -> str:
    """Return a share from 0 to 1 with one decimal: 12.5% or 12,5 %."""
    locale = flask_babel.get_locale()
    pattern = locale.percent_formats[None].pattern.replace("0", "0.0")
    return str(flask_babel.format_percent(share, pattern))


def register(app: Flask) -> None:
    """Give `app` its languages."""
    babel.init_app(app, locale_selector=choose_language, timezone_selector=choose_time_zone)
    app.jinja_env.filters["per_cent"] = per_cent
    app.jinja_env.globals.update(get_locale=flask_babel.get_locale, get_timezone=flask_babel.get_timezone)
    words.install(_text, _counted, _figure, _day)
