"""`canvass serve`: the web server and one worker under one process that starts, watches and stops both."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from types import FrameType
from typing import Any

from flask import Flask

from admin_app.core.db import db
from admin_app.jobs.worker import run_worker, watch_parent

logger = logging.getLogger(__name__)

# Web processes end within 10 s and jobs are given back at once; whoever takes longer is stuck, and is killed.
STOP_SECONDS = 15.0
# A process that dies again so soon after its start is not helped by starting it at once.
QUICK_DEATH = 5.0

# Made before the processes fork, so that each of them has it at once.
_made: list[Flask] = []


def _app() -> Flask:
    if not _made:  # where processes do not fork, each makes its own
        _made.append(import_module("admin_app").create_app())
    return _made[0]


def port_is_free(host: str, port: int) -> bool:
    """Whether nothing listens there. The server shares its port among its processes, so it would not notice itself."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


def _terminate_self() -> None:
    os.kill(os.getpid(), signal.SIGTERM)


def _load_app(parent: int) -> Flask:
    """Run in each web process: it must not outlive the server that started it."""
    watch_parent(parent, _terminate_self)
    return _app()


def _quiet_logging() -> dict[str, Any]:
    """The server's lines go the way of all others."""
    return {"handlers": {}, "loggers": {"_granian": {"handlers": [], "propagate": True}}}


def _run_web(host: str, port: int, parent: int) -> None:
    from granian.constants import HTTPModes, Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    settings = _app().config["CANVASS"]
    server = Server(
        "canvass",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=settings["WEB_WORKERS"],
        blocking_threads=settings["WEB_THREADS"],
        http=HTTPModes.http1,
        websockets=False,
        log_dictconfig=_quiet_logging(),
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=10,
    )
    watch_parent(parent, _terminate_self)
    server.serve(target_loader=partial(_load_app, os.getpid()), wrap_loader=False)


def _run_worker(parent: int) -> None:
    app = _app()
    run_worker(app, app.config["CANVASS"]["JOB_THREADS"], parent=parent)


@dataclass
class _Child:
    """A process that is to run as long as the server does."""

    name: str
    target: Callable[..., None]
    args: tuple[Any, ...]
    process: BaseProcess = field(init=False)
    started: float = 0.0

    def start(self) -> None:
        self.started = time.monotonic()
        self.process = multiprocessing.get_context().Process(target=self.target, args=self.args, name=self.name)
        self.process.start()


class Supervisor:
    """Starts the web server and a worker, starts again what dies, and stops both when it is told to."""

    def __init__(self, app: Flask, host: str, port: int) -> None:
        _made[:] = [app]
        me = os.getpid()
        self.children = [_Child("web", _run_web, (host, port, me)), _Child("worker", _run_worker, (me,))]
        self._stop = False

    def _on_signal(self, _signal: int, _frame: FrameType | None) -> None:
        self._stop = True

    def run(self) -> None:
        """Return when everything has stopped after SIGTERM or SIGINT."""
        signal.signal(signal.SIGTERM, self._on_signal)
        signal.signal(signal.SIGINT, self._on_signal)
        db.engine.dispose()  # a connection must not be shared between processes
        for child in self.children:
            child.start()
        while not self._stop:
            wait([child.process.sentinel for child in self.children], timeout=0.5)
            for child in self.children:
                if not self._stop and not child.process.is_alive():
                    self._restart(child)
        self._stop_children()

    def _restart(self, child: _Child) -> None:
        logger.error("The %s process ended with %s; starting it again.", child.name, child.process.exitcode)
        if time.monotonic() - child.started < QUICK_DEATH:
            time.sleep(QUICK_DEATH / 2)
        if not self._stop:
            child.start()

    def _stop_children(self) -> None:
        deadline = time.monotonic() + STOP_SECONDS
        while alive := [child.process for child in self.children if child.process.is_alive()]:
            for process in alive:
                # Again and again: a process that has only just been started may not listen yet.
                process.kill() if time.monotonic() > deadline else process.terminate()
            wait([process.sentinel for process in alive], timeout=1)


def serve(app: Flask, host: str, port: int) -> None:
    """Serve `app` until SIGTERM or SIGINT. The port must be free."""
    sys.stdout.flush()
    Supervisor(app, host, port).run()
