"""Sending requests as fast as they are answered: `wrk` where it is installed, else processes of our own."""

from __future__ import annotations

import json
import os
import re
import selectors
import shutil
import socket
import statistics
import subprocess
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import cycle
from pathlib import Path

CONNECTIONS = 16
PROCESSES = 2
WRK_SCRIPT = Path(__file__).with_name("load.lua")
_LENGTH = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Target:
    """What to ask: an address on this machine and, for a submission, its bodies, each sent once in its turn."""

    port: int
    path: str
    bodies: Sequence[str] = ()
    # Lines of the head beside those that every request has, as (name, value).
    headers: Sequence[tuple[str, str]] = ()


@dataclass(frozen=True)
class Load:
    """What a round reached."""

    rate: float
    answered: int
    failed: int
    p50: float
    p99: float


def generator() -> str:
    """Return the name of what makes the load on this machine."""
    return "wrk" if shutil.which("wrk") else f"{PROCESSES} Python processes"


def drive(target: Target, seconds: float, folder: Path) -> Load:
    """Send requests for `seconds` over 16 connections and return what was reached."""
    return _wrk(target, seconds, folder) if shutil.which("wrk") else _own(target, seconds)


def _wrk(target: Target, seconds: float, folder: Path) -> Load:
    bodies = folder / "bodies"
    bodies.write_text("\n".join(target.bodies), encoding="ascii")
    command = [
        "wrk", "--threads", str(PROCESSES), "--connections", str(CONNECTIONS), "--duration", f"{seconds:.0f}s",
        # A late answer is one; how late, the percentiles say.
        "--timeout", "10s",
        *(f"--header={name}: {value}" for name, value in target.headers),
        "--script", str(WRK_SCRIPT), f"http://127.0.0.1:{target.port}{target.path}", "--", str(bodies), str(PROCESSES),
    ]  # fmt: skip
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    found = json.loads(output.splitlines()[-1])
    return Load(found["requests"] / found["seconds"], found["requests"], found["failed"], found["p50"], found["p99"])


def _own(target: Target, seconds: float) -> Load:
    with ProcessPoolExecutor(PROCESSES) as pool:
        started = time.perf_counter()
        shares = [replace(target, bodies=target.bodies[number::PROCESSES]) for number in range(PROCESSES)]
        rounds = list(pool.map(_one_process, shares, [seconds] * PROCESSES))
        elapsed = max(seconds, time.perf_counter() - started - 0.1)
    times = sorted(one for found in rounds for one in found.times)
    percentiles = statistics.quantiles(times, n=100) if len(times) > 1 else [0.0] * 99
    failed = sum(found.failed for found in rounds)
    return Load(len(times) / elapsed, len(times), failed, percentiles[49] * 1000, percentiles[98] * 1000)


@dataclass
class _Round:
    times: list[float] = field(default_factory=list)
    failed: int = 0


class _Connection:
    """One keep-alive connection with one request on its way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answer = b""
        self.started = 0.0

    def send(self, request: bytes) -> None:
        self.answer, self.started = b"", time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> int:
        """Read what is there; return the status once the answer is whole, else 0."""
        part = self.socket.recv(262_144)
        if not part:
            raise ConnectionError("The server closed a connection.")
        self.answer += part
        head = self.answer.find(b"\r\n\r\n")
        if head < 0:
            return 0
        length = _LENGTH.search(self.answer, 0, head + 2)
        size = int(length.group(1)) if length else 0
        return int(self.answer[9:12]) if len(self.answer) >= head + 4 + size else 0


def _requests(target: Target) -> Iterator[bytes]:
    head = f"{'POST' if target.bodies else 'GET'} {target.path} HTTP/1.1\r\nHost: 127.0.0.1:{target.port}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in target.headers)
    if not target.bodies:
        yield from cycle([f"{head}\r\n".encode()])
    for body in target.bodies:
        kind = "Content-Type: application/x-www-form-urlencoded"
        yield f"{head}{kind}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


def _one_process(target: Target, seconds: float) -> _Round:
    found, requests = _Round(), _requests(target)
    with selectors.DefaultSelector() as selector:
        connections = [_Connection(target.port) for _ in range(CONNECTIONS // PROCESSES)]
        for connection in connections:
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.send(next(requests))
        end = time.perf_counter() + seconds
        while time.perf_counter() < end:
            for key, _ in selector.select(1):
                _take(key.data, found, requests)
        for connection in connections:
            connection.socket.close()
    return found


def _take(connection: _Connection, found: _Round, requests: Iterator[bytes]) -> None:
    status = connection.receive()
    if not status:
        return
    found.times.append(time.perf_counter() - connection.started)
    found.failed += status >= 400
    connection.send(next(requests))


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def cores() -> int:
    """Return how many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
