"""The queue: Huey carries the ids of jobs, nothing else."""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from flask import Flask, current_app
from huey import Huey
from huey.registry import Message
from huey.serializer import Serializer
from huey.storage import PostgresStorage, RedisStorage, SqliteStorage
from sqlalchemy.engine import URL

from admin_app.config import ConfigError, make_private

logger = logging.getLogger(__name__)

NAME = "canvass"


class JsonSerializer(Serializer):  # type: ignore[misc]
    """Messages as JSON: whoever can write into the queue must not be able to run code through a pickle."""

    def _serialize(self, data: Any) -> bytes:
        return json.dumps(list(data)).encode()

    def _deserialize(self, data: bytes) -> Any:
        return Message(*json.loads(data))


def _storage(app: Flask) -> dict[str, Any]:
    settings = app.config["CANVASS"]
    url: URL = settings["DATABASE_URL"]
    if redis := settings["REDIS_URL"]:
        return {"storage_class": RedisStorage, "url": redis}
    if url.drivername.startswith("postgresql"):
        dsn = url.set(drivername="postgresql").render_as_string(hide_password=False)
        return {"storage_class": PostgresStorage, "dsn": dsn, "table_prefix": "huey", "create_tables": False}
    return {"storage_class": SqliteStorage, "filename": os.path.join(app.instance_path, "queue.db")}


class Queue:
    """The queue of one application, opened when it is first needed."""

    def __init__(self, app: Flask) -> None:
        self._options = _storage(app)
        self._lock = threading.Lock()
        self._huey: Huey | None = None
        # What a message makes this process do; a worker puts its own in.
        self.runner: Callable[[int], None] = _not_a_worker

    @property
    def kind(self) -> str:
        """What carries the messages: "sqlite", "postgres" or "redis"."""
        name: str = self._options["storage_class"].__name__
        return name.removesuffix("Storage").lower()

    @property
    def huey(self) -> Huey:
        """The Huey instance, opened at the first call."""
        with self._lock:
            if self._huey is None:
                if self.kind == "sqlite":
                    make_private(self._options["filename"])
                self._huey = Huey(NAME, results=False, serializer=JsonSerializer(), **self._options)
                self._task = self._huey.task(name="run_job")(lambda job_id: self.runner(job_id))
            return self._huey

    def send(self, job_id: int) -> None:
        """Put a job's id into the queue.

        A connection that was cut is only noticed by using it, so the second try has a fresh one.
        """
        huey = self.huey
        try:
            huey.enqueue(self._task.s(job_id))
        except Exception:
            logger.warning("The queue's connection was cut; trying once more.")
            self.close()
            huey.enqueue(self._task.s(job_id))

    def waiting(self) -> int:
        """Return how many messages wait."""
        return int(self.huey.storage.queue_size())

    def close(self) -> None:
        """Close the connection; the next use opens another."""
        if self._huey is None:
            return
        try:
            self._huey.storage.close()
        except Exception:  # a connection that is cut may refuse to be closed
            self._huey.storage._conn = None


def _not_a_worker(job_id: int) -> None:
    raise RuntimeError(f"Job {job_id} can only be run by a worker.")


def current_queue() -> Queue:
    """Return the queue of the running application."""
    queue: Queue = current_app.extensions["canvass_queue"]
    return queue


def send(job_id: int) -> None:
    """Put a job's id into the queue of the running application."""
    current_queue().send(job_id)


def register(app: Flask) -> None:
    """Give `app` its queue. Raises ConfigError when Redis is asked for and its client is missing."""
    if app.config["CANVASS"]["REDIS_URL"] and find_spec("redis") is None:
        raise ConfigError("CANVASS_REDIS_URL needs the extra: install canvass[redis].")
    app.extensions["canvass_queue"] = Queue(app)
