"""What `canvass doctor` says about mail."""

from __future__ import annotations

from admin_app.jobs.hooks import CHECKS, CheckResult
from admin_app.notify.mail import MailError, probe
from admin_app.notify.server import current_server


@CHECKS.register("mail")
def check_mail() -> CheckResult:
    """The mail server answers and takes the login; nothing is sent."""
    server = current_server()
    if server is None:
        return CheckResult(well=True, line="Mail: CANVASS_MAIL_URL is not set, so links are handed out by hand.")
    try:
        encrypted = probe(server)
    except MailError as error:
        return CheckResult(well=False, line=f"Mail: {error.message}")
    way = "encrypted" if encrypted else "not encrypted"
    return CheckResult(well=True, line=f"Mail: {server} answers, {way}; mail comes from {server.sender}.")
