"""What an administrator may set about logging in, of people and of programs, while the installation runs."""

from __future__ import annotations

from admin_app.core.words import gettext as _
from admin_app.core.words import mark
from admin_app.settings.definitions import Choice, SettingGroup, WholeNumber, add_settings

SIGN_IN = SettingGroup(
    "sign_in", mark("Sign-in"), mark("How long people stay logged in, and how long links work."), place=1
)
PROGRAMS = SettingGroup("programs", mark("Programs"), mark("What programs may do that use the API."), place=5)
OPEN = "on"

add_settings(
    WholeNumber(
        name="session_hours",
        group=SIGN_IN,
        label=mark("A login lasts"),
        help=mark("After this everybody logs in again, however busy he was."),
        default=12,
        unit=mark("hours"),
        least=1,
        most=8760,
    ),
    WholeNumber(
        name="session_idle_minutes",
        group=SIGN_IN,
        label=mark("Log out when idle for"),
        help=mark("After this long without opening a page, a login ends."),
        default=60,
        unit=mark("minutes"),
        least=10,
        most=10080,
    ),
    WholeNumber(
        name="session_keep_days",
        group=SIGN_IN,
        label=mark("“Keep me signed in” lasts"),
        help=mark("Whoever ticks it stays logged in this long, idle or not. 0 takes the choice away."),
        default=30,
        unit=mark("days"),
        least=0,
        most=365,
    ),
    WholeNumber(
        name="confirm_minutes",
        group=SIGN_IN,
        label=mark("Ask for the password again after"),
        help=mark("Before exports, deletions and changes of rights. 0 never asks."),
        default=120,
        unit=mark("minutes"),
        least=0,
        most=10080,
    ),
    WholeNumber(
        name="login_attempts",
        group=SIGN_IN,
        label=mark("Failed logins allowed"),
        help=mark("For one name in 15 minutes; then it has to wait. An address may fail five times as often."),
        default=10,
        unit=mark("attempts"),
        least=1,
        most=1000,
    ),
    WholeNumber(
        name="invitation_days",
        group=SIGN_IN,
        label=mark("An invitation works for"),
        help=mark("Links that are sent from now on; those that are out keep their time."),
        default=7,
        unit=mark("days"),
        least=1,
        most=90,
    ),
    WholeNumber(
        name="reset_hours",
        group=SIGN_IN,
        label=mark("A link to reset a password works for"),
        help=mark("Links that are sent from now on; those that are out keep their time."),
        default=2,
        unit=mark("hours"),
        least=1,
        most=72,
    ),
)

add_settings(
    Choice(
        name="api_registration",
        group=PROGRAMS,
        label=mark("Registration by programs"),
        help=mark("Where it is open, anybody can make an account that holds the role “Own surveys”."),
        default="off",
        options=lambda: {"off": _("Closed"), OPEN: _("Open to everybody")},
    ),
    WholeNumber(
        name="api_token_requests",
        group=PROGRAMS,
        label=mark("Requests with one token"),
        help=mark("In a minute, for all web processes together. 0 sets no limit."),
        default=600,
        unit=mark("requests"),
        least=0,
        most=1_000_000,
    ),
    WholeNumber(
        name="api_address_requests",
        group=PROGRAMS,
        label=mark("Requests from one address"),
        help=mark("In a minute, for each web process. 0 sets no limit: where many programs share an address."),
        default=1200,
        unit=mark("requests"),
        least=0,
        most=1_000_000,
    ),
)
