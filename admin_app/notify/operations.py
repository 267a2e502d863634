"""Sending, for whoever has something to say to people outside the console."""

from __future__ import annotations

from admin_app.core.words import gettext as _
from admin_app.notify.mail import Mail, MailError, compose, hand_over
from admin_app.notify.server import current_server
from admin_app.settings.queries import value


def mail_is_configured() -> bool:
    """Whether there is a server that takes mail."""
    return current_server() is not None


def send_mail(mail: Mail) -> None:
    """Send `mail` now; it takes as long as the server does, so it is the work of a job.

    Raises MailError when it cannot be sent.
    """
    server = current_server()
    if server is None:
        raise MailError(_("No mail can be sent: CANVASS_MAIL_URL is not set."), temporary=False)
    hand_over(compose(mail, server, sender_name=server.sender_name or value("organisation")), server)
