"""Real worker processes: killed in the middle, told to stop, and a queue whose connection was cut."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

import tests.jobs.runner  # registers the kinds here too  # noqa: F401
from admin_app.core.db import db
from admin_app.jobs.models import Job, JobState
from admin_app.jobs.queue import JsonSerializer, current_queue
from tests.conftest import SETTINGS

ROOT = Path(__file__).parents[2]


@pytest.fixture
def start_worker(app, database, tmp_path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Start a worker process on the test's database."""
    settings = {
        **SETTINGS,
        "INSTANCE": app.instance_path,
        "DATABASE_URL": database.url,
        "JOB_LEASE_SECONDS": 1.5,
        "JOB_SWEEP_SECONDS": 0.2,
        "LOG_LEVEL": "info",
    }
    path = tmp_path / "settings.json"
    path.write_text(json.dumps(settings))
    started = []

    def start() -> subprocess.Popen[bytes]:
        with (tmp_path / "log").open("ab") as log:
            command = [sys.executable, "-m", "tests.jobs.runner", str(path)]
            started.append(subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log))
        return started[-1]

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
        process.wait()


def wait_for(what: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not come to that in time"
        time.sleep(0.1)
        db.session.rollback()


def state_of(job_id: int) -> JobState:
    db.session.rollback()
    return db.session.get_one(Job, job_id, populate_existing=True).state


def test_a_job_whose_worker_is_killed_is_taken_up_by_another(start_worker, ask, tmp_path):
    trace = tmp_path / "trace"
    job_id = ask("test.steps", {"trace": str(trace), "pause": 100}).id
    first = start_worker()
    wait_for(trace.exists)
    assert state_of(job_id) is JobState.RUNNING
    first.send_signal(signal.SIGKILL)
    first.wait()
    second = start_worker()
    wait_for(lambda: state_of(job_id) is JobState.DONE)
    job = db.session.get_one(Job, job_id)
    assert (job.attempts, job.result) == (2, {"attempt": 2})
    lines = [line.split() for line in trace.read_text().splitlines()]
    assert lines[0] == [str(first.pid), "1", "1"]
    assert lines[-3:] == [[str(second.pid), "2", str(step)] for step in (1, 2, 3)]


def test_a_worker_that_is_told_to_stop_gives_its_job_back(start_worker, ask, tmp_path):
    trace = tmp_path / "trace"
    job_id = ask("test.steps", {"trace": str(trace), "pause": 100}).id
    worker = start_worker()
    wait_for(trace.exists)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(10) == 0
    assert state_of(job_id) is JobState.QUEUED
    assert db.session.get_one(Job, job_id).attempts == 0


def test_the_first_message_after_a_cut_connection_arrives(app, database, ask):
    ask("test.cut")
    before = current_queue().waiting()
    if database.name == "postgresql":
        with psycopg.connect(database.url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        db.engine.dispose()
    else:
        current_queue().huey.storage.conn.close()
    ask("test.cut")
    assert current_queue().waiting() == before + 1


def test_only_a_worker_runs_jobs(app):
    with pytest.raises(RuntimeError, match="only be run by a worker"):
        current_queue().runner(1)


def test_messages_are_json_and_no_pickles():
    message = JsonSerializer().serialize(("id", "run_job", None))
    assert json.loads(message) == ["id", "run_job", None]
    with pytest.raises(ValueError, match=r"decode|JSON|Expecting"):
        JsonSerializer().deserialize(b"\x80\x04cos\nsystem\n.")


def test_redis_without_its_client_is_said_at_the_start(tmp_path, monkeypatch):
    from admin_app import create_app
    from admin_app.config import ConfigError
    from admin_app.jobs import queue

    monkeypatch.setattr(queue, "find_spec", lambda _name: None)
    with pytest.raises(ConfigError, match="CANVASS_REDIS_URL"):
        create_app({**SETTINGS, "INSTANCE": tmp_path, "REDIS_URL": "redis://localhost"})


def test_redis_carries_messages_where_it_is_asked_for(app, monkeypatch):
    from huey.storage import RedisStorage

    from admin_app.jobs.queue import Queue

    monkeypatch.setitem(app.config, "CANVASS", {**app.config["CANVASS"], "REDIS_URL": "redis://localhost"})
    assert Queue(app).kind == "redis"
    assert Queue(app)._options["storage_class"] is RedisStorage


def test_a_connection_that_cannot_be_closed_is_dropped(app, ask, monkeypatch):
    queue = current_queue()
    ask("test.cut")

    def refuse() -> None:
        raise OSError

    with monkeypatch.context() as patched:
        patched.setattr(queue.huey.storage, "close", refuse)
        connection = queue.huey.storage.conn
        queue.close()
        connection.close()
    assert queue.huey.storage._conn is None
