"""The checks of `canvass doctor`."""

from __future__ import annotations

import datetime as dt
import itertools
import os
import stat
import tempfile
from pathlib import Path

from flask import current_app
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from admin_app.audit import queries as audit
from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.jobs import queries
from admin_app.jobs.hooks import CHECKS, CheckResult
from admin_app.jobs.queue import current_queue
from admin_app.web.health import migrations_missing

SHOWN_FAULTS = 20
CLOCK_TOLERANCE = 5.0


def _good(line: str) -> CheckResult:
    return CheckResult(well=True, line=line)


def _bad(line: str) -> CheckResult:
    return CheckResult(well=False, line=line)


@CHECKS.register("settings")
def check_settings() -> CheckResult:
    """Whoever reads this has an application, so its settings were read; what is left is advice."""
    if current_app.config["CANVASS"]["PUBLIC_URL"] is None:
        return _good("Settings: read. CANVASS_PUBLIC_URL is not set, so links begin with http://127.0.0.1:8000.")
    return _good("Settings: read.")


@CHECKS.register("secret key")
def check_secret_key() -> CheckResult:
    """The key in the instance folder is for its owner's eyes only."""
    path = Path(current_app.instance_path, "secret_key")
    if not path.exists():
        return _good("Secret key: from the settings.")
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & 0o077:
        return _bad(f"Secret key: others can read the file (mode {mode:04o}); run chmod 600 on it.")
    return _good(f"Secret key: a file of its own, mode {mode:04o}.")


@CHECKS.register("instance folder")
def check_instance() -> CheckResult:
    """The program can write where its files lie."""
    try:
        with tempfile.TemporaryFile(dir=current_app.instance_path):
            return _good("Instance folder: can be written.")
    except OSError as error:
        return _bad(f"Instance folder: cannot be written ({os.strerror(error.errno or 0)}).")


@CHECKS.register("database")
def check_database() -> CheckResult:
    """The database answers and is at the newest migration."""
    try:
        missing = migrations_missing()
    except SQLAlchemyError:
        return _bad("Database: does not answer; check CANVASS_DATABASE_URL and that the server runs.")
    if missing:
        return _bad("Database: is not at the newest migration; run canvass migrate.")
    return _good(f"Database: {db.engine.dialect.name}, at the newest migration.")


@CHECKS.register("journal")
def check_journal() -> CheckResult:
    """SQLite in write-ahead mode lets people read while somebody writes."""
    if db.engine.dialect.name != "sqlite":
        return _good("Journal: the server's own.")
    with db.engine.connect() as connection:
        mode = connection.exec_driver_sql("PRAGMA journal_mode").scalar()
    if mode != "wal":
        return _bad(f"Journal: SQLite is in mode {mode} and not in wal; run canvass migrate.")
    return _good("Journal: SQLite in write-ahead mode.")


@CHECKS.register("clock")
def check_clock() -> CheckResult:
    """Leases compare moments of different machines."""
    if db.engine.dialect.name == "sqlite":
        return _good("Clock: one machine, one clock.")
    with db.engine.connect() as connection:
        theirs: dt.datetime = connection.execute(text("SELECT clock_timestamp()")).scalar_one()
    difference = abs((theirs - now()).total_seconds())
    if difference > CLOCK_TOLERANCE:
        return _bad(f"Clock: {difference:.0f} seconds apart from the database's; set both by NTP.")
    return _good("Clock: agrees with the database's.")


@CHECKS.register("queue")
def check_queue() -> CheckResult:
    """Messages can be counted, and no job waits for a worker that never comes."""
    try:
        waiting = current_queue().waiting()
    except Exception as error:  # three kinds of storage raise three kinds of errors
        return _bad(f"Queue: does not answer ({type(error).__name__}).")
    stuck = queries.stuck_jobs(dt.timedelta(minutes=10))
    if stuck:
        return _bad(f"Queue: {stuck} jobs wait since more than 10 minutes; is a worker running (canvass worker)?")
    return _good(f"Queue: {current_queue().kind}, {waiting} messages wait.")


@CHECKS.register("audit log")
def check_audit() -> CheckResult:
    """Every sealed entry is as it was when it was sealed."""
    faults = list(itertools.islice(audit.verify_chain(), SHOWN_FAULTS + 1))
    if faults:
        lines = [f"  seal {one.number}, entry {one.entry_id}: {one.sentence}" for one in faults[:SHOWN_FAULTS]]
        more = ["  and more"] if len(faults) > SHOWN_FAULTS else []
        return _bad("\n".join(["Audit log: the chain is broken.", *lines, *more]))
    last = audit.last_seal()
    sealed = f"{last.number} entries hold, the last hash is {last.hash}" if last else "nothing is sealed yet"
    return _good(f"Audit log: {sealed}; {audit.count_unsealed()} wait for their seal.")


def examine() -> list[CheckResult]:
    """Run every check; one that the database makes impossible is reported as such."""
    results = []
    for name, check in CHECKS.items():
        try:
            results.append(check())
        except SQLAlchemyError:
            results.append(
                _bad(f"{name.capitalize()}: cannot be checked, for the database does not answer as it should.")
            )
    return results
