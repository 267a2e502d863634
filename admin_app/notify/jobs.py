"""Sending from within a job: a server that is away is waited for."""

from __future__ import annotations

import datetime as dt

from admin_app.jobs.kinds import JobContext, JobDelayed
from admin_app.notify.mail import Mail, MailError
from admin_app.notify.operations import send_mail

# How long a job waits after its first attempt, its second one and so on.
WAITS = tuple(dt.timedelta(minutes=minutes) for minutes in (1, 5, 15, 60))
MAX_ATTEMPTS = len(WAITS) + 1


def deliver(context: JobContext, mail: Mail) -> None:
    """Send `mail` for a job whose kind allows MAX_ATTEMPTS.

    Raises JobDelayed while trying again can help, else MailError; the job ends with its sentence.
    """
    try:
        send_mail(mail)
    except MailError as error:
        if not error.temporary:
            raise
        raise JobDelayed(error.message, WAITS[min(context.attempt, len(WAITS)) - 1]) from None
