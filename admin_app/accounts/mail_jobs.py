"""The jobs that mail links. Each makes its link itself when it runs: no token is ever stored, not even in a job."""

from __future__ import annotations

from admin_app.accounts.invitation_operations import INVITE_MAIL, NO_MAIL, RESET_MAIL, issue_for_mail
from admin_app.accounts.mails import invitation, password_link
from admin_app.accounts.models import TokenPurpose
from admin_app.core.db import unit_of_work
from admin_app.jobs.kinds import JobContext, Payload, job_kind
from admin_app.jobs.operations import forget_finished
from admin_app.notify.jobs import MAX_ATTEMPTS, deliver


@job_kind(INVITE_MAIL, max_attempts=MAX_ATTEMPTS)
def mail_invitation(context: JobContext, payload: Payload) -> Payload:
    """Mail an invitation, unless the user has a password by now or is gone."""
    with unit_of_work():
        issued = issue_for_mail(payload["user_id"], TokenPurpose.INVITE)
    if issued is None:
        return {"sent": False}
    by = "" if context.actor_id is None else context.actor_name
    deliver(context, invitation(*issued, by))
    return {"sent": True}


@job_kind(RESET_MAIL, max_attempts=MAX_ATTEMPTS)
def mail_password_link(context: JobContext, payload: Payload) -> Payload:
    """Mail a link with which a new password can be chosen, if the user may log in still."""
    with unit_of_work():
        issued = issue_for_mail(payload["user_id"], TokenPurpose.RESET)
    if issued is None:
        return {"sent": False}
    deliver(context, password_link(*issued))
    return {"sent": True}


@job_kind(NO_MAIL)
def mail_nobody(_context: JobContext, _payload: Payload) -> Payload:
    """Send nothing. Of these jobs none but the last is kept, or names that nobody has would fill the table."""
    with unit_of_work():
        forget_finished(NO_MAIL)
    return {"sent": False}
