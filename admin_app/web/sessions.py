"""Sessions are for staff: on the respondents' side no cookie is read, set or mentioned."""

from __future__ import annotations

from flask import Flask, Request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface

from admin_app.web.headers import is_public_path


class StaffSessions(SecureCookieSessionInterface):
    """Flask's signed cookies, but none for respondents."""

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return the browser's session; None, which Flask makes a session that cannot be written, for respondents."""
        return None if is_public_path(request.path) else super().open_session(app, request)


def register(app: Flask) -> None:
    """Give `app` its sessions."""
    app.session_interface = StaffSessions()
