"""Sessions are for staff: on the respondents' side and for programs no cookie is read, set or mentioned."""

from __future__ import annotations

import datetime as dt

from flask import Flask, Request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin

from admin_app.web.headers import is_api_path, is_public_path

_KEPT_UNTIL = "_kept_until"


class StaffSessions(SecureCookieSessionInterface):
    """Flask's signed cookies, but none for respondents and programs.

    A cookie goes with the browser, or on a day of its own.
    """

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return the browser's session; None, of which Flask makes one that cannot be written, where there is none."""
        without = is_public_path(request.path) or is_api_path(request.path)
        return None if without else super().open_session(app, request)

    def get_expiration_time(self, app: Flask, session: SessionMixin) -> dt.datetime | None:
        """Return the moment in which the browser forgets the cookie; None when it is closed."""
        until = session.get(_KEPT_UNTIL)
        return dt.datetime.fromtimestamp(until, dt.UTC) if session.permanent and isinstance(until, int) else None


def keep_cookie_until(moment: dt.datetime) -> None:
    """Let the browser keep the cookie of the running request's session until `moment`, also when it is closed."""
    session.permanent = True
    session[_KEPT_UNTIL] = int(moment.timestamp())


def register(app: Flask) -> None:
    """Give `app` its sessions."""
    app.session_interface = StaffSessions()
    # How old a signature may be at most. Rows in the database say when a session ends, and nothing puts that off.
    app.config["PERMANENT_SESSION_LIFETIME"] = dt.timedelta(days=400)
    app.config["SESSION_REFRESH_EACH_REQUEST"] = False
