"""The settings of the installation itself: what it is called, its language and its time zone."""

from __future__ import annotations

from admin_app.core.readers import LANGUAGES, time_zones
from admin_app.core.words import mark
from admin_app.settings import queries
from admin_app.settings.definitions import Choice, Line, SettingGroup, add_settings

INSTALLATION = SettingGroup("installation", mark("Installation"), mark("How the installation presents itself."))

add_settings(
    Line(
        name="organisation",
        group=INSTALLATION,
        label=mark("Name of the organisation"),
        help=mark("Stands on the login page and in mails."),
        default="Canvass",
        longest=80,
    ),
    Choice(
        name="language",
        group=INSTALLATION,
        label=mark("Language"),
        help=mark("What surrounds the questions of public forms, and mails. Staff may choose their own."),
        default="en",
        options=lambda: LANGUAGES,
    ),
    Choice(
        name="time_zone",
        group=INSTALLATION,
        label=mark("Time zone"),
        help=mark("Times are shown in it to everybody who has not chosen his own."),
        default="UTC",
        options=lambda: {name: name for name in time_zones()},
    ),
)


def organisation() -> str:
    """Return what the organisation calls itself."""
    return str(queries.value("organisation"))


def language() -> str:
    """Return the code of the language that is shown where nobody chose one."""
    return str(queries.value("language"))


def time_zone() -> str:
    """Return the name of the time zone that times are shown in where nobody chose one."""
    return str(queries.value("time_zone"))
