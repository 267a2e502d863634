"""A worker process for tests, with a job that says which step it is at: `python -m tests.jobs.runner SETTINGS.json`."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

from admin_app import create_app
from admin_app.jobs.kinds import JobContext, Payload, job_kind
from admin_app.jobs.worker import run_worker


@job_kind("test.steps")
def steps(context: JobContext, payload: Payload) -> Payload:
    """Write a line for each step; the first attempt takes its time."""
    for step in range(1, 4):
        with Path(payload["trace"]).open("a") as trace:
            trace.write(f"{os.getpid()} {context.attempt} {step}\n")
        for _ in range(payload["pause"] if context.attempt == 1 else 0):
            time.sleep(0.1)
            context.progress(step, 3)
    return {"attempt": context.attempt}


@job_kind("test.cut")
def cut(_context: JobContext, _payload: Payload) -> Payload:
    """Nothing; it is there to be sent."""
    return {}


if __name__ == "__main__":
    run_worker(create_app(json.loads(Path(sys.argv[1]).read_text())), 1)
