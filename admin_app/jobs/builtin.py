"""The jobs that the installation itself needs."""

from __future__ import annotations

from typing import Any

from admin_app.audit import queries, sealing, typed
from admin_app.core.db import db, unit_of_work
from admin_app.jobs.kinds import JobContext, Payload, job_kind
from admin_app.jobs.operations import forget_finished

SEAL_EVERY = 3
# How late an entry may be for what was typed more than five minutes ago.
SETTLE_EVERY = 30
# Looks through all of the log for entries that became visible very late; and clears away old jobs.
TIDY_EVERY = 24 * 3600
VERIFY = "audit.verify"
# More than that is counted.
FAULTS_SHOWN = 20


def _seal(context: JobContext, *, everything: bool) -> int:
    total = 0
    while True:
        with unit_of_work():
            sealed = sealing.seal_entries(everything=everything)
        total += sealed
        context.progress(total, None, f"{total} entries sealed")
        if sealed < sealing.CHUNK:
            return total


@job_kind("audit.seal", every=SEAL_EVERY, due=sealing.has_unsealed)
def seal(context: JobContext, _payload: Payload) -> Payload:
    """Seal the audit entries that came since the last time."""
    return {"sealed": _seal(context, everything=False)}


@job_kind("audit.settle", every=SETTLE_EVERY, due=typed.has_overdue)
def settle(context: JobContext, _payload: Payload) -> Payload:
    """Write the entries of what people have been typing for long enough."""
    total = 0
    while True:
        with unit_of_work():
            settled = typed.settle_overdue()
        total += settled
        context.progress(total, None, f"{total} entries written")
        if settled < typed.CHUNK:
            return {"settled": total}


@job_kind(VERIFY)
def verify(context: JobContext, _payload: Payload) -> Payload:
    """Look through the whole chain of the audit log, and tell up to where it holds and what does not."""
    last = queries.last_seal()
    total = last.number if last is not None else 0

    def told(number: int) -> None:
        # A chain that grew meanwhile is looked at to its new end.
        context.progress(number, max(total, number))
        # A long log does not stay in memory, and SQLite may forget what was read.
        db.session.rollback()

    faults: list[dict[str, Any]] = []
    number = 0
    for fault in queries.verify_chain(told):
        number += 1
        if len(faults) < FAULTS_SHOWN:
            faults.append({"number": fault.number, "entry": fault.entry_id, "sentence": fault.sentence})
    return {"seals": context.done, "faults": faults, "broken": number, "hash": last.hash if last is not None else ""}


@job_kind("jobs.tidy", every=TIDY_EVERY)
def tidy(context: JobContext, _payload: Payload) -> Payload:
    """Seal what was overlooked and forget jobs that came to their end long ago."""
    sealed = _seal(context, everything=True)
    with unit_of_work():
        forgotten = forget_finished()
    context.progress(sealed, None, f"{sealed} overlooked entries sealed, {forgotten} old jobs forgotten")
    return {"sealed": sealed, "forgotten": forgotten}
