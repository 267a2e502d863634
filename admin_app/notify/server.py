"""The mail server of the running application."""

from __future__ import annotations

from flask import current_app

from admin_app.core.mailserver import MailServer


def current_server() -> MailServer | None:
    """Return the server that CANVASS_MAIL_URL names; None where it is not set."""
    server: MailServer | None = current_app.config["CANVASS"]["MAIL_URL"]
    return server
