"""What happens to surveys by date."""

from __future__ import annotations

from admin_app.core.db import unit_of_work
from admin_app.core.permissions import SYSTEM
from admin_app.core.words import ngettext
from admin_app.jobs.kinds import JobContext, Payload, job_kind
from admin_app.surveys.operations.closing import CHUNK, close_expired, has_expired

# Pages go by the clock, so nobody waits for this; lists and filters go by what is stored.
CLOSE_EVERY = 60


@job_kind("survey.close_expired", every=CLOSE_EVERY, due=has_expired)
def close(context: JobContext, _payload: Payload) -> Payload:
    """Close the surveys whose time is over."""
    total = 0
    while True:
        with unit_of_work():
            closed = close_expired(actor=SYSTEM)
        total += closed
        context.progress(total, None, ngettext("%(number)s survey closed", "%(number)s surveys closed", total))
        if closed < CHUNK:
            return {"closed": total}
