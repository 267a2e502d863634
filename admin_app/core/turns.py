"""Whose turn it is to write to a SQLite file.

SQLite takes one writer at a time. Its own way of waiting is to sleep for longer and longer and to try again, so that
who came last may be first, and some wait for half a second. Here threads wait for a lock of their process, and
processes for a lock on a file beside the database, which the system hands on at once; it falls when a process ends,
however that ends.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Any

if sys.platform != "win32":  # there processes wait in SQLite's own way
    import fcntl


@dataclass(eq=False)
class Errand:
    """Something small to be written, and what became of it."""

    work: Any
    result: Any = None
    error: BaseException | None = None
    done: bool = False


Writer = Callable[[], AbstractContextManager[Callable[[Sequence[Errand]], None]]]


class WriterTurn:
    """The turn at one database file."""

    def __init__(self, path: str) -> None:
        self._name = f"{path}-turn"
        self._threads = threading.Lock()
        self._waiting: deque[Errand] = deque()
        # Of the process that opened it: a lock on a file that was open before a fork would be the parent's too.
        self._open: tuple[int, int] | None = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Wait for the turn and hold it inside the block."""
        with self._threads, self._among_processes():
            yield

    def share(self, work: Any, writer: Writer) -> Any:
        """Let `work` be written together with all that waits by then, and return its result, or raise its error.

        Who gets the turn writes once for everybody: one transaction, and one wait for the disk. `writer` opens what
        that takes, and gives the function that does it; other processes wait for the function alone.
        """
        mine = Errand(work)
        self._waiting.append(mine)
        with self._threads:
            if not mine.done:
                self._serve(writer)
        if mine.error is not None:
            raise mine.error
        return mine.result

    def _serve(self, writer: Writer) -> None:
        errands: list[Errand] = []
        try:
            with writer() as write, self._among_processes():
                # Not before: while this process waited for another one, more came.
                errands = self._all_waiting()
                write(errands)
        except BaseException as error:
            # Nothing is stored of any of them.
            for errand in errands or self._all_waiting():
                errand.error, errand.done = error, True
        for errand in errands:
            errand.done = True

    def _all_waiting(self) -> list[Errand]:
        return [self._waiting.popleft() for _ in range(len(self._waiting))]

    @contextmanager
    def _among_processes(self) -> Iterator[None]:
        file = self._file()
        if file is None:
            yield
            return
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)

    def _file(self) -> int | None:
        if sys.platform == "win32":
            return None
        if self._open is None or self._open[0] != os.getpid():
            try:
                self._open = os.getpid(), os.open(self._name, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            except OSError:
                return None  # a folder that nothing may be added to; SQLite says the rest
        return self._open[1]


_turns: dict[str, WriterTurn] = {}


def writer_turn(path: str) -> WriterTurn:
    """Return the turn at the database file of that path; all threads of a process share it."""
    return _turns.get(path) or _turns.setdefault(path, WriterTurn(path))
