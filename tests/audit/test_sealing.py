"""The chain over the audit log: who changes something is found out."""

from __future__ import annotations

import hashlib
import threading

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from admin_app.accounts.models import Role
from admin_app.audit import sealing
from admin_app.audit.models import AuditEntry, AuditSeal, AuditValue
from admin_app.audit.operations import record
from admin_app.audit.queries import count_unsealed, last_seal, verify_chain, visible_to
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ConflictError
from admin_app.core.permissions import SYSTEM, Rights, SystemActor
from admin_app.jobs.engine import run_job, sweep
from admin_app.jobs.models import Job, JobState


def faults() -> list[tuple[int, str]]:
    db.session.rollback()
    return [(one.number, one.sentence) for one in verify_chain()]


def test_it_works(write, seal):
    ids = write(3)
    assert count_unsealed() == 3
    assert seal() == 3
    seals = db.session.scalars(select(AuditSeal).order_by(AuditSeal.number)).all()
    assert [(one.number, one.entry_id) for one in seals] == list(enumerate(ids, 1))
    assert seals[0].previous_hash == sealing.GENESIS
    assert seals[1].previous_hash == seals[0].hash
    assert (faults(), count_unsealed(), last_seal().number) == ([], 0, 3)


def test_the_hash_can_be_recomputed_by_anybody(write, seal):
    write(1, changes={"name": ("A", "Ä")}, reason="why")
    seal()
    entry, made = db.session.execute(select(AuditEntry, AuditSeal).join(AuditSeal)).one()
    at = entry.at.isoformat(timespec="microseconds")
    document = (
        '{"action":"role.update","actor_id":null,"actor_name":"system","at":"' + at + '","batch_id":null,'
        f'"changes":{{"name":["A","Ä"]}},"id":{entry.id},"reason":"why","record_id":5,"record_name":"Readers",'
        f'"request_id":"{entry.request_id}","resource":"role"}}'
    )
    assert made.hash == hashlib.sha256((made.previous_hash + "\n" + document).encode()).hexdigest()


def test_sealing_again_seals_only_what_is_new(write, seal):
    write(2)
    seal()
    assert seal() == 0
    write(1)
    assert sealing.has_unsealed()
    assert seal() == 1
    assert not sealing.has_unsealed()
    assert faults() == []


def test_it_goes_in_chunks(write, seal):
    write(5)
    assert [seal(limit=2) for _ in range(4)] == [2, 2, 1, 0]
    assert faults() == []


def test_an_entry_that_is_committed_late_gets_a_later_number(app, database, write, seal):
    if database.name == "sqlite":
        pytest.skip("SQLite takes one writer at a time, so nothing is committed late")
    role, begun, go_on = Role(id=5, name="Readers"), threading.Event(), threading.Event()
    late: list[int] = []

    def slow_writer() -> None:
        with app.app_context(), unit_of_work() as session:
            entry = record("role.update", role, actor=SYSTEM)
            session.flush()
            late.append(entry.id)
            begun.set()
            go_on.wait(10)

    thread = threading.Thread(target=slow_writer)
    thread.start()
    begun.wait(10)
    early = write(2)
    assert seal() == 2
    go_on.set()
    thread.join()
    assert late[0] < early[0]
    assert seal() == 1
    order = db.session.scalars(select(AuditSeal.entry_id).order_by(AuditSeal.number)).all()
    assert order == [*early, *late]
    assert faults() == []


def test_one_that_is_far_behind_is_found_by_the_whole_search(write, seal, monkeypatch):
    first, *rest = write(4)
    monkeypatch.setattr(sealing, "WINDOW", 1)
    with unit_of_work() as session:
        row = session.execute(select(*sealing.entry_columns()).where(AuditEntry.id == rest[-1])).one()
        link = sealing.link(sealing.GENESIS, row)
        session.add(AuditSeal(number=1, entry_id=rest[-1], previous_hash=sealing.GENESIS, hash=link))
    assert not sealing.has_unsealed()
    assert seal() == 0
    assert seal(everything=True) == 3
    assert faults() == []
    assert first


def test_two_sealers_at_once_make_one_chain(app, write):
    write(40)
    failures: list[BaseException] = []

    def sealer() -> None:
        try:
            with app.app_context():
                for _ in range(10):
                    with unit_of_work():
                        sealing.seal_entries(limit=5)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=sealer) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert (faults(), count_unsealed()) == ([], 0)


class TestTampering:
    @pytest.mark.parametrize(
        "change",
        [
            "reason = 'nothing'",
            "actor_name = 'somebody else'",
            "record_id = 6",
            "changes = '{}'",
            "at = '2001-01-01 00:00:00+00'",
            "action = 'role.create'",
        ],
    )
    def test_an_altered_entry_is_found(self, write, seal, tamper, database, change):
        ids = write(3)
        seal()
        if database.name == "sqlite":
            change = change.replace("+00'", ".000000'")
        tamper(f"UPDATE audit_entry SET {change} WHERE id = {ids[1]}")
        assert faults() == [(2, "The entry was altered, or another one was put in its place.")]

    def test_a_removed_entry_is_found(self, write, seal, tamper):
        ids = write(3)
        seal()
        tamper(f"DELETE FROM audit_entry WHERE id = {ids[1]}")
        assert faults() == [(2, "The entry was removed.")]

    def test_an_entry_removed_with_its_seal_is_found(self, write, seal, tamper):
        ids = write(4)
        seal()
        chosen = f"({ids[1]}, {ids[2]})"
        tamper(f"DELETE FROM audit_seal WHERE entry_id IN {chosen}", f"DELETE FROM audit_entry WHERE id IN {chosen}")
        assert faults() == [(4, "The seals from 2 to 3 are missing.")]

    def test_a_gap_that_is_closed_by_renumbering_is_found(self, write, seal, tamper):
        write(3)
        seal()
        tamper("DELETE FROM audit_seal WHERE number = 2", "UPDATE audit_seal SET number = 2 WHERE number = 3")
        assert faults() == [(2, "The seal does not follow the one before it.")]

    def test_entries_that_changed_places_are_found(self, write, seal, tamper):
        one, two = write(2)
        seal()
        tamper(
            "UPDATE audit_seal SET entry_id = -1 WHERE number = 1",
            f"UPDATE audit_seal SET entry_id = {one} WHERE number = 2",
            f"UPDATE audit_seal SET entry_id = {two} WHERE number = 1",
        )
        assert [number for number, _ in faults()] == [1, 2]

    def test_the_doctor_says_so(self, write, seal, tamper, cli):
        ids = write(30)
        seal()
        assert "30 entries hold" in cli("doctor").output
        tamper(f"UPDATE audit_entry SET reason = 'x' WHERE id >= {ids[0]}")
        done = cli("doctor")
        assert done.exit_code == 1
        assert f"seal 1, entry {ids[0]}: The entry was altered" in done.output
        assert "and more" in done.output


def test_erasing_a_personal_value_keeps_the_chain(write, seal):
    (entry_id,) = write(1, changes={"email": ("a@example.org", "b@example.org")}, personal={"email"})
    seal()
    with unit_of_work():
        value = db.session.scalars(select(AuditValue).where(AuditValue.entry_id == entry_id)).one()
        value.before = value.after = None
        value.salt, value.erased_at = "", now()
    assert faults() == []
    shown = db.session.scalar(select(AuditEntry.changes).where(AuditEntry.id == entry_id))
    assert all(text.startswith("sha256:") for text in shown["email"])


class TestInsertOnly:
    @pytest.mark.parametrize("table", ["audit_entry", "audit_seal"])
    @pytest.mark.parametrize("statement", ["UPDATE {} SET {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
    def test_the_database_refuses_changes(self, write, seal, database, table, statement):
        if statement.startswith("TRUNCATE") and database.name == "sqlite":
            pytest.skip("SQLite has no TRUNCATE")
        write(1)
        seal()
        column = "reason = 'x'" if table == "audit_entry" else "hash = 'x'"
        with pytest.raises((DBAPIError, ConflictError)) as caught, unit_of_work() as session:
            session.execute(text(statement.format(table, column)))
        assert "insert-only" in str(caught.value.__cause__ or caught.value)
        assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == 1


def test_sealing_is_a_job_that_the_sweeper_asks_for(app, write):
    write(1200)
    db.session.rollback()
    sweep(app)
    job_id = db.session.scalars(select(Job.id).where(Job.kind == "audit.seal")).one()
    db.session.rollback()
    run_job(app, job_id, threading.Event())
    job = db.session.get_one(Job, job_id)
    assert (job.state, job.result, job.progress_done) == (JobState.DONE, {"sealed": 1200}, 1200)
    assert (faults(), count_unsealed()) == ([], 0)


def test_once_a_day_everything_is_looked_through(app, write):
    write(2)
    db.session.rollback()
    sweep(app)
    job_id = db.session.scalars(select(Job.id).where(Job.kind == "jobs.tidy")).one()
    db.session.rollback()
    run_job(app, job_id, threading.Event())
    assert db.session.get_one(Job, job_id).result == {"sealed": 2, "forgotten": 0}


def test_who_may_read_the_log_sees_it(write):
    write(1)
    assert len(db.session.scalars(visible_to(SYSTEM)).all()) == 1
    assert db.session.scalars(visible_to(SystemActor(rights=Rights()))).all() == []
