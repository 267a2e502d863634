"""Tokens of programs that are over."""

from __future__ import annotations

from admin_app.accounts.api_tokens import CHUNK, forget_expired, has_expired
from admin_app.core.db import unit_of_work
from admin_app.core.words import ngettext
from admin_app.jobs.kinds import JobContext, Payload, job_kind

# They work no longer anyway; this keeps the table small.
FORGET_EVERY = 3600


@job_kind("user.forget_tokens", every=FORGET_EVERY, due=has_expired)
def forget(context: JobContext, _payload: Payload) -> Payload:
    """Sweep out what has expired."""
    total = 0
    while True:
        with unit_of_work():
            forgotten = forget_expired()
        total += forgotten
        context.progress(total, None, ngettext("%(number)s token swept out", "%(number)s tokens swept out", total))
        if forgotten < CHUNK:
            return {"forgotten": total}
