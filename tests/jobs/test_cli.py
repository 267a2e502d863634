"""The commands that run an installation."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from admin_app.core.db import db, unit_of_work
from admin_app.jobs import doctor
from admin_app.jobs.hooks import AFTER_MIGRATE, FIRST_START, first_start

CANVASS = Path(sys.executable).parent / "canvass"


@pytest.fixture
def environment(database, tmp_path) -> dict[str, str]:
    """The environment of a fresh installation on an empty database."""
    values = {name: value for name, value in os.environ.items() if not name.startswith(("CANVASS_", "COV"))}
    values |= {"CANVASS_INSTANCE": str(tmp_path / "instance"), "CANVASS_WEB_WORKERS": "1", "CANVASS_LOG_FORMAT": "text"}
    if database.name == "postgresql":
        database.create()
        values["CANVASS_DATABASE_URL"] = database.url
    return values


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(port: int, path: str) -> int:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


def processes_of(port: int) -> list[int]:
    """Every process of that server: they all carry the command line of the first."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (folder / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if b"serve" in arguments and str(port).encode() in arguments:
            found.append(int(folder.name))
    return found


def parent_of(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


class Server:
    """`canvass serve` as a process."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self.port, self.log = free_port(), folder / f"log-{time.monotonic_ns()}"
        self.environment, self.folder = environment, folder

    def __enter__(self) -> Server:
        started = time.monotonic()
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [CANVASS, "serve", "--port", str(self.port)],
                env=self.environment, cwd=self.folder, stdout=log, stderr=log,
            )  # fmt: skip
        while True:
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < started + 30, self.log.read_text()
            try:
                assert get(self.port, "/healthz") == 200
                break
            except OSError:
                time.sleep(0.05)
        return self

    def children(self) -> list[int]:
        return [pid for pid in processes_of(self.port) if parent_of(pid) == self.process.pid]

    def stop(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        # What does not end by itself is killed after 15 seconds, so the whole always ends.
        return self.process.wait(20)

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for pid in processes_of(self.port):
            os.kill(pid, signal.SIGKILL)


def gone(port: int, seconds: float = 6) -> bool:
    deadline = time.monotonic() + seconds
    while processes_of(port):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


class TestServe:
    def test_it_works_and_stops_cleanly(self, environment, tmp_path):
        with Server(environment, tmp_path) as server:
            assert get(server.port, "/readyz") == 200
            assert f"http://127.0.0.1:{server.port}" in server.log.read_text()
            assert server.stop() == 0
            assert gone(server.port)
        with Server(environment, tmp_path) as server:
            assert server.stop(signal.SIGINT) == 0
            assert gone(server.port)

    def test_it_dies_as_a_whole(self, environment, tmp_path):
        with Server(environment, tmp_path) as server:
            server.stop(signal.SIGKILL)
            assert gone(server.port)

    def test_it_starts_again_what_dies(self, environment, tmp_path):
        with Server(environment, tmp_path) as server:
            before = server.children()
            assert len(before) == 2
            for pid in before:
                os.kill(pid, signal.SIGKILL)
            deadline = time.monotonic() + 15
            while len(set(server.children()) - set(before)) < 2:
                assert time.monotonic() < deadline, server.log.read_text()
                time.sleep(0.1)
            while True:
                assert time.monotonic() < deadline
                try:
                    assert get(server.port, "/healthz") == 200
                    break
                except OSError:
                    time.sleep(0.1)
            assert server.stop() == 0
            assert gone(server.port)

    def test_a_port_that_is_taken_is_said_in_a_sentence(self, cli):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            done = cli("serve", "--port", port)
        assert done.exit_code == 1
        assert f"port {port}" in done.stderr
        assert "Traceback" not in done.output


class TestMigrate:
    def test_it_makes_the_database_and_the_queue(self, environment, tmp_path, database):
        done = subprocess.run(
            [CANVASS, "migrate"], env=environment, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stdout) == (0, "The database is up to date.\n"), done.stderr
        if database.name == "sqlite":
            connection = sqlite3.connect(tmp_path / "instance" / "canvass.db")
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
            connection.close()
            assert (tmp_path / "instance" / "queue.db").is_file()
        else:
            with psycopg.connect(database.url) as connection:
                assert connection.execute("SELECT count(*) FROM huey_task").fetchone() is not None

    def test_many_at_once_do_it_once(self, environment, tmp_path):
        started = [
            subprocess.Popen(
                [CANVASS, "migrate"], env=environment, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
            )
            for _ in range(3)
        ]
        outputs = [process.communicate(timeout=60)[0].decode() for process in started]
        assert [process.returncode for process in started] == [0, 0, 0], outputs

    def test_again_it_does_no_harm_and_takes_the_steps_that_follow(self, cli):
        calls = []
        AFTER_MIGRATE.add("test.step", lambda: calls.append(1))
        try:
            assert cli("migrate").exit_code == 0
            assert cli("migrate").exit_code == 0
        finally:
            AFTER_MIGRATE._members.pop("test.step")
        assert calls == [1, 1]

    def test_a_database_that_is_away_is_said_in_a_sentence(self, tmp_path):
        values = {name: value for name, value in os.environ.items() if not name.startswith(("CANVASS_", "COV"))}
        values |= {
            "CANVASS_INSTANCE": str(tmp_path),
            "CANVASS_DATABASE_URL": f"postgresql://u:secret@127.0.0.1:{free_port()}/x",
        }
        done = subprocess.run(
            [CANVASS, "migrate"], env=values, cwd=tmp_path, capture_output=True, text=True, check=False
        )
        assert done.returncode == 1
        assert "The database does not answer" in done.stderr
        assert "Traceback" not in done.stderr
        assert "secret" not in done.stderr


def test_the_first_start_says_what_there_is_to_say(monkeypatch):
    monkeypatch.setattr(FIRST_START, "_members", {})
    FIRST_START.add("test.nothing", lambda _url: None)
    FIRST_START.add("test.link", lambda url: f"Open {url}/setup/x")
    assert first_start("https://x.example") == ["Open https://x.example/setup/x"]


class TestDoctor:
    def test_a_fresh_installation_is_well(self, cli):
        done = cli("doctor")
        assert done.exit_code == 0, done.output
        assert done.output.count("ok  ") == len(done.output.splitlines()) >= 8

    def test_a_secret_key_that_others_can_read_is_found(self, app, cli):
        path = Path(app.instance_path) / "secret_key"
        path.write_text("x" * 64)
        path.chmod(0o644)
        try:
            done = cli("doctor")
            assert done.exit_code == 1
            assert "mode 0644" in done.output
            path.chmod(0o600)
            assert cli("doctor").exit_code == 0
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
        finally:
            path.unlink()

    def test_a_database_that_is_not_migrated_is_found(self, cli):
        with unit_of_work() as session:
            session.execute(text("UPDATE alembic_version SET version_num = '0001'"))
        done = cli("doctor")
        assert done.exit_code == 1
        assert "run canvass migrate" in done.output

    def test_tables_that_are_missing_are_no_traceback(self, cli):
        with unit_of_work() as session:
            session.execute(text("DROP TABLE audit_seal"))
        done = cli("doctor")
        assert done.exit_code == 1
        assert "Audit log: cannot be checked" in done.output

    def test_an_instance_that_cannot_be_written_is_found(self, app, monkeypatch):
        monkeypatch.setattr(app, "instance_path", "/proc/nowhere")
        assert not doctor.check_instance().well

    def test_a_queue_that_does_not_answer_is_found(self, app, monkeypatch):
        def cut():
            raise OSError

        monkeypatch.setattr(app.extensions["canvass_queue"], "waiting", cut)
        assert not doctor.check_queue().well

    def test_jobs_without_a_worker_are_found(self, app, monkeypatch):
        monkeypatch.setattr(doctor.queries, "stuck_jobs", lambda _grace: 3)
        assert "3 jobs wait" in doctor.check_queue().line

    def test_a_public_address_needs_no_advice(self, app, monkeypatch):
        monkeypatch.setitem(app.config, "CANVASS", {**app.config["CANVASS"], "PUBLIC_URL": "https://x.example"})
        assert doctor.check_settings().line == "Settings: read."

    def test_a_clock_that_is_wrong_is_found(self, app, database, monkeypatch):
        import datetime as dt

        real = doctor.now
        monkeypatch.setattr(doctor, "now", lambda: real() + dt.timedelta(seconds=60))
        assert doctor.check_clock().well is (database.name == "sqlite")

    def test_another_journal_is_found(self, app, database):
        if database.name == "sqlite":
            db.session.remove()
            db.engine.dispose()
            with sqlite3.connect(database.path) as connection:
                connection.execute("PRAGMA journal_mode = delete")
            connection.close()
        assert doctor.check_journal().well is (database.name != "sqlite")


def test_the_first_start_prints_a_link_that_works_once(app, cli, client):
    from tests.factories import make_user

    (sentence,) = first_start("https://surveys.example.org")
    assert sentence.startswith("Open https://surveys.example.org/setup/")
    path = sentence.split()[1].removeprefix("https://surveys.example.org")
    assert client.get(path).status_code == 200
    make_user("anna", role="administrator")
    db.session.rollback()
    assert first_start("https://surveys.example.org") == []
    assert client.get(path).status_code == 404
