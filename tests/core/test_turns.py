"""Turns at a SQLite file: between threads, between processes, and shared by what comes at the same moment."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from admin_app.core.db import db
from admin_app.core.direct import write_row
from admin_app.core.turns import Errand, WriterTurn, writer_turn
from admin_app.jobs.models import Job


def _hold(path: str, log: str, times: int) -> None:
    turn = WriterTurn(path)
    for _ in range(times):
        with turn.held():
            for mark in ("in", "out"):
                with open(log, "a") as file:
                    file.write(f"{os.getpid()} {mark}\n")
                time.sleep(0.001)


def test_processes_take_turns(tmp_path: Path):
    path, log = str(tmp_path / "a.db"), str(tmp_path / "log")
    method = multiprocessing.get_context("spawn")
    holders = [method.Process(target=_hold, args=(path, log, 30)) for _ in range(2)]
    for one in holders:
        one.start()
    for one in holders:
        one.join(30)
    lines = Path(log).read_text().split("\n")[:-1]
    assert len(lines) == 120
    for entering, leaving in zip(lines[::2], lines[1::2], strict=True):
        assert entering.split() == [leaving.split()[0], "in"]
        assert leaving.endswith("out")


def test_a_process_that_ends_inside_lets_the_next_one_in(tmp_path: Path):
    path = str(tmp_path / "a.db")
    child = os.fork() if hasattr(os, "fork") else pytest.skip("no fork")
    if not child:
        WriterTurn(path).held().__enter__()
        os._exit(0)
    os.waitpid(child, 0)
    with WriterTurn(path).held():
        pass


def test_after_a_fork_the_child_waits_for_the_parent(tmp_path: Path):
    turn = WriterTurn(str(tmp_path / "a.db"))
    with turn.held():
        mine = turn._open
    turn._open = (-1, mine[1] if mine else 0)
    with turn.held():
        assert turn._open != mine, "a lock on a file that was open before would be the parent's too"


def test_what_comes_at_the_same_moment_is_written_together(tmp_path: Path):
    turn, batches = WriterTurn(str(tmp_path / "a.db")), []
    writing, go = threading.Event(), threading.Event()

    def write(errands: Sequence[Errand]) -> None:
        batches.append([errand.work for errand in errands])
        writing.set()
        assert go.wait(10)
        for errand in errands:
            errand.result = errand.work * 2

    with ThreadPoolExecutor(8) as pool:
        first = pool.submit(turn.share, 0, lambda: nullcontext(write))
        assert writing.wait(10)
        others = [pool.submit(turn.share, number, lambda: nullcontext(write)) for number in range(1, 8)]
        while len(turn._waiting) < len(others):
            time.sleep(0.001)
        go.set()
        assert [one.result(10) for one in (first, *others)] == [number * 2 for number in range(8)]
    assert [sorted(batch) for batch in batches] == [[0], list(range(1, 8))]


def test_when_writing_fails_all_who_wait_are_told(tmp_path: Path):
    turn, together = WriterTurn(str(tmp_path / "a.db")), threading.Barrier(4)

    def write(_errands: Sequence[Errand]) -> None:
        raise OSError("no space left")

    def ask(number: int) -> str:
        together.wait()
        with pytest.raises(OSError, match="no space left"):
            turn.share(number, lambda: nullcontext(write))
        return "told"

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(4))) == ["told"] * 4


def test_one_that_is_refused_leaves_its_neighbours_stored(app: Flask):
    """Neither a value that cannot be bound nor a broken rule takes another one's reply along."""
    if db.engine.dialect.name == "postgresql":
        pytest.skip("each statement is written by itself")
    insertion = insert(Job).returning(Job.kind)
    wanted = [("a", "x"), ("b", "x"), ("\ud800", None), ("c", None)]
    turn = writer_turn(str(db.engine.url.database))

    def put(kind: str, key: str | None) -> object:
        with app.app_context():
            try:
                row = write_row(insertion, {"kind": kind, "unique_key": key})
            except Exception as error:
                return type(error)
            return row and row[0]

    with ThreadPoolExecutor(4) as pool:
        with turn.held():
            asked = [pool.submit(put, *one) for one in wanted]
            while len(turn._waiting) < 4:
                time.sleep(0.01)
        results = [one.result() for one in asked]
    assert IntegrityError in results[:2], "two of one key"
    assert {"a", "b"} & set(results[:2])
    assert results[2:] == [UnicodeEncodeError, "c"]
    assert len(list(db.session.scalars(select(Job.kind)))) == 2


def test_where_no_file_can_be_added_threads_still_take_turns(tmp_path: Path):
    nowhere = WriterTurn(str(tmp_path / "none" / "a.db"))
    with nowhere.held():
        assert nowhere._threads.locked()


def test_one_file_has_one_turn():
    assert writer_turn("/tmp/a.db") is writer_turn("/tmp/a.db")
    assert writer_turn("/tmp/a.db") is not writer_turn("/tmp/b.db")


def test_where_nothing_can_be_opened_all_who_wait_are_told_and_nothing_is_left(tmp_path: Path):
    turn = WriterTurn(str(tmp_path / "a.db"))

    def writer() -> Any:
        raise OSError("no such file")

    with pytest.raises(OSError, match="no such file"):
        turn.share(1, writer)
    assert not turn._waiting
