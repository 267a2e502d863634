"""A worker process: Huey's consumer with our runner, a sweeper, and an end that gives running jobs back."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable
from types import FrameType

from flask import Flask

from admin_app.jobs.engine import Sweeper, run_job
from admin_app.jobs.queue import Queue

logger = logging.getLogger(__name__)

# Long enough for a job to come to its next step; what does not, runs into its lease.
SHUTDOWN_SECONDS = 10
HEALTH_SECONDS = 10


def watch_parent(parent: int, act: Callable[[], None]) -> None:
    """Call `act` when the process `parent`, which started this one, is gone."""

    def watch() -> None:
        while os.getppid() == parent:
            threading.Event().wait(1)
        act()

    threading.Thread(target=watch, name="watch-parent", daemon=True).start()


def run_worker(app: Flask, threads: int, *, parent: int | None = None) -> None:
    """Run jobs until SIGTERM or SIGINT (or until `parent` is gone); then let running ones stop at their next step."""
    stopping = threading.Event()

    def stop(_signal: int = 0, _frame: FrameType | None = None) -> None:
        stopping.set()

    if parent is not None:
        watch_parent(parent, stop)
    queue: Queue = app.extensions["canvass_queue"]
    queue.runner = lambda job_id: run_job(app, job_id, stopping)
    consumer = queue.huey.create_consumer(
        workers=threads, periodic=False, max_delay=1.0, shutdown_timeout=SHUTDOWN_SECONDS
    )
    consumer.start()
    # In place of the consumer's own, of which one would leave running jobs to their leases.
    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    Sweeper(app, stopping).start()
    logger.info("The worker runs %d jobs at a time.", threads)
    while not stopping.wait(HEALTH_SECONDS):
        consumer.check_worker_health()
    consumer.stop(graceful=True)
    logger.info("The worker has stopped.")
