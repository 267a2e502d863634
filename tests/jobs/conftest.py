"""Kinds of jobs for one test, and a runner that stands in for a worker's thread."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
from flask import Flask

from admin_app.core.db import unit_of_work
from admin_app.core.permissions import SYSTEM
from admin_app.jobs.kinds import JOB_KINDS, job_kind
from admin_app.jobs.models import Job
from admin_app.jobs.operations import enqueue
from tests.helpers import work


@pytest.fixture
def kind() -> Iterator[Callable[..., Any]]:
    """Register a kind for this test: `kind("test.x", run)`."""
    names = []

    def add(name: str, run: Callable[..., Any], **options: Any) -> None:
        names.append(name)
        job_kind(name, **options)(run)

    yield add
    for name in names:
        JOB_KINDS._members.pop(name)


@pytest.fixture
def ask(app: Flask) -> Callable[..., Job]:
    """Queue a job."""

    def queue(name: str, payload: dict[str, Any] | None = None, **options: Any) -> Job:
        with unit_of_work():
            return enqueue(name, payload or {}, actor=SYSTEM, **options)

    return queue


@pytest.fixture
def run(app: Flask) -> Callable[..., Job]:
    """Run a job as a worker does, and return its row afterwards."""

    return partial(work, app)
