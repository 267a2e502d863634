"""The mails about accounts, each in the language and the time zone of whoever gets it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from zoneinfo import ZoneInfo

from flask import current_app
from flask_babel import force_locale, format_date, format_time
from flask_babel import gettext as _

from admin_app.accounts.models import TokenPurpose, User
from admin_app.accounts.tokens import IssuedToken
from admin_app.core.readers import LANGUAGES, is_time_zone
from admin_app.notify.letters import Letter, host, write
from admin_app.notify.mail import Mail
from admin_app.settings.queries import value
from admin_app.web.locale import choose_language, choose_time_zone

_PATHS = {
    TokenPurpose.SETUP: "/setup/",
    TokenPurpose.INVITE: "/account/welcome/",
    TokenPurpose.RESET: "/account/reset/",
}


def address_of(link: IssuedToken) -> str:
    """Return the address that opens `link`, under the name that the settings give the installation.

    Never under the name that a request came by: whoever asks can write there what he likes.
    """
    return f"{current_app.config['PUBLIC_URL']}{_PATHS[link.purpose]}{link.token}"


def moment_in_words(moment: dt.datetime, zone: str) -> str:
    """Return a moment as it is in the time zone of that name, with its name: whoever reads it may be elsewhere."""
    local = moment.astimezone(ZoneInfo(zone))
    day, time = format_date(local, "full", rebase=False), format_time(local, "short", rebase=False)
    return str(_("%(day)s, %(time)s (%(zone)s)", day=day, time=time, zone=zone))


def invitation(user: User, link: IssuedToken, by: str) -> Mail:
    """Return the mail that invites `user`; `by` is who invites him, or empty."""
    return _written(user, lambda: _invitation(user, link, by))


def password_link(user: User, link: IssuedToken) -> Mail:
    """Return the mail for `user`, who forgot his password, or for whom somebody says so."""
    return _written(user, lambda: _password_link(user, link))


def _written(user: User, letter: Callable[[], Letter]) -> Mail:
    language = user.locale if user.locale in LANGUAGES else choose_language()
    with force_locale(language):
        return write(letter(), to=user.email, to_name=user.name)


def _names(user: User, link: IssuedToken, by: str = "") -> dict[str, str]:
    zone = user.time_zone if user.time_zone and is_time_zone(user.time_zone) else choose_time_zone()
    return {
        "name": user.label,
        "username": user.username,
        "organisation": value("organisation"),
        "host": host(),
        "until": moment_in_words(link.expires_at, zone),
        "by": by,
    }


def _invitation(user: User, link: IssuedToken, by: str) -> Letter:
    names = _names(user, link, by)
    if by:
        said = _("%(by)s has made an account for you at %(organisation)s (%(host)s).", **names)
    else:
        said = _("An account has been made for you at %(organisation)s (%(host)s).", **names)
    return Letter(
        subject=_("Your account at %(organisation)s", **names),
        greeting=_("Hello %(name)s,", **names),
        before=(
            said,
            _("Your user name is %(username)s. Choose a password, and you are in.", **names),
        ),
        verb=_("Choose a password"),
        link=address_of(link),
        after=(
            _("The link works once, until %(until)s.", **names),
            _("If you do not know what this is about, do nothing: without a password nobody can use the account."),
        ),
    )


def _password_link(user: User, link: IssuedToken) -> Letter:
    names = _names(user, link)
    return Letter(
        subject=_("A new password for %(organisation)s", **names),
        greeting=_("Hello %(name)s,", **names),
        before=(
            _(
                "Somebody, probably you, asked for a new password for the account %(username)s at %(organisation)s "
                "(%(host)s).",
                **names,
            ),
        ),
        verb=_("Choose a new password"),
        link=address_of(link),
        after=(
            _("The link works once, until %(until)s.", **names),
            _("If that was not you, do nothing: your password stays as it is."),
        ),
    )
