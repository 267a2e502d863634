"""Commands on a database that is not ready, and the files that an installation makes."""

from __future__ import annotations

import stat
import subprocess

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from admin_app.core.db import db
from tests.jobs.test_cli import CANVASS, environment, free_port

__all__ = ["environment"]


def run(environment, folder, *arguments):
    return subprocess.run(
        [CANVASS, *arguments], env=environment, cwd=folder, capture_output=True, text=True, check=False,
        input="correct horse battery",
    )  # fmt: skip


class TestWithoutMigrations:
    """A command on an empty database says what to do, and none ends in a traceback."""

    @pytest.mark.parametrize(
        "arguments",
        [
            ("survey", "list"),
            ("survey", "open", "abc"),
            ("results", "abc"),
            ("reply", "export", "abc", "--format", "csv"),
            ("create-admin", "--username", "anna", "--email", "anna@example.org", "--password-stdin"),
        ],
    )
    def test_it_is_said_in_a_sentence(self, environment, tmp_path, arguments):
        done = run(environment, tmp_path, *arguments)
        assert done.returncode == 1, done
        assert "run canvass migrate" in done.stderr
        assert "Traceback" not in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1

    def test_a_database_that_is_away_is_too(self, environment, tmp_path):
        away = {"CANVASS_DATABASE_URL": f"postgresql://u:secret@127.0.0.1:{free_port()}/x"}
        done = run(environment | away, tmp_path, "survey", "list")
        assert (done.returncode, "The database does not answer" in done.stderr) == (1, True)
        assert "secret" not in done.stderr
        assert "Traceback" not in done.stderr

    def test_a_fault_on_a_database_that_is_ready_stays_a_fault(self, cli, monkeypatch):
        monkeypatch.setattr("admin_app.jobs.doctor.examine", lambda: db.session.execute(text("SELECT nothing")))
        assert isinstance(cli("doctor").exception, SQLAlchemyError)


def test_the_files_of_an_installation_are_its_owner_s_only(environment, tmp_path, database):
    if database.name != "sqlite":
        pytest.skip("the queue and the database are the server's")
    (tmp_path / "instance").mkdir(mode=0o755)
    assert run(environment, tmp_path, "migrate").returncode == 0
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "instance").iterdir()}
    assert set(modes) >= {"canvass.db", "queue.db", "secret_key"}
    assert set(modes.values()) == {0o600}
