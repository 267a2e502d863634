"""The job that reads what respondents wrote, so that it can be searched."""

from __future__ import annotations

from admin_app.core.db import unit_of_work
from admin_app.core.words import ngettext
from admin_app.jobs.kinds import JobContext, Payload, job_kind
from admin_app.replies.text_index import begin_reading, end_reading, has_unread, read_texts

READ_EVERY = 3


@job_kind("reply.read_texts", every=READ_EVERY, due=has_unread)
def read(context: JobContext, _payload: Payload) -> Payload:
    """Read the texts of the replies that came since the last time."""
    with unit_of_work():
        after, last = begin_reading()
    first, total = after, 0
    while True:
        with unit_of_work():
            reached, count = read_texts(after)
        total += count
        context.progress(total, None, ngettext("%(number)s reply read", "%(number)s replies read", total))
        if reached == after:
            break
        after = reached
    with unit_of_work():
        end_reading(last)
    return {"from": first, "read": total}
