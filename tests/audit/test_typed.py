"""What is typed is told once: by person and field, when five minutes have passed or something else happens."""

from __future__ import annotations

import datetime as dt
import threading
from itertools import pairwise

import pytest
from sqlalchemy import func, select

from admin_app.accounts.models import Role
from admin_app.audit import typed
from admin_app.audit.models import AuditEntry, AuditPending
from admin_app.audit.operations import record
from admin_app.audit.queries import count_unsealed, verify_chain
from admin_app.audit.sealing import seal_entries
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.permissions import SYSTEM, SystemActor
from admin_app.jobs.engine import run_job, sweep
from admin_app.jobs.kinds import JOB_KINDS
from admin_app.jobs.models import Job
from tests.helpers import count_statements

ANNA, BOB = SystemActor("Anna", id=1), SystemActor("Bob", id=2)


@pytest.fixture
def role(app):
    return Role(id=5, name="Readers")


@pytest.fixture
def clock(monkeypatch):
    """A clock that is put forward by hand."""
    moment = [now()]
    monkeypatch.setattr(typed, "now", lambda: moment[0])

    def forward(**by: float) -> None:
        moment[0] += dt.timedelta(**by)

    return forward


def write(role, *texts, field="label", actor=ANNA, within="survey:1"):
    """Let somebody type one text after the other, each saved by itself."""
    for before, after in pairwise(texts):
        with unit_of_work():
            changes = {field: (before, after)}
            typed.record_typing("role.update", role, actor=actor, changes=changes, within=within)


def told():
    db.session.rollback()
    entries = db.session.scalars(select(AuditEntry).order_by(AuditEntry.id))
    return [(one.actor_name, one.changes) for one in entries]


def waiting():
    return db.session.scalar(select(func.count()).select_from(AuditPending))


def test_what_is_typed_in_one_go_is_one_entry(role, clock):
    write(role, "", "H", "He", "Hello")
    assert (told(), waiting()) == ([], 1)
    clock(minutes=5)
    assert typed.has_overdue()
    with unit_of_work():
        assert typed.settle_overdue() == 1
    assert (told(), waiting()) == ([("Anna", {"label": ["", "Hello"]})], 0)
    assert not typed.has_overdue()


def test_its_time_is_that_of_the_last_key(role, clock):
    write(role, "", "H")
    clock(minutes=3)
    write(role, "H", "He")
    clock(minutes=10)
    with unit_of_work():
        typed.settle_overdue()
    entry = db.session.scalars(select(AuditEntry)).one()
    assert typed.now() - entry.at == dt.timedelta(minutes=10)
    assert (entry.record_name, entry.resource, entry.record_id, entry.action) == ("Readers", "role", 5, "role.update")


def test_whoever_types_on_after_five_minutes_begins_another_entry(role, clock):
    write(role, "", "H")
    clock(minutes=6)
    write(role, "H", "He")
    assert told() == [("Anna", {"label": ["", "H"]})]
    clock(minutes=6)
    with unit_of_work():
        typed.settle_overdue()
    assert told()[1:] == [("Anna", {"label": ["H", "He"]})]


def test_each_field_is_an_entry_of_its_own(role, clock):
    write(role, "", "H")
    write(role, "", "h", field="hint")
    with unit_of_work():
        typed.settle_record(role)
    assert told() == [("Anna", {"label": ["", "H"]}), ("Anna", {"hint": ["", "h"]})]


def test_what_was_typed_and_taken_back_is_no_change(role, clock):
    write(role, "A", "AB", "A")
    with unit_of_work():
        typed.settle_record(role)
    assert (told(), waiting()) == ([], 0)


def test_somebody_else_comes_between(role, clock):
    write(role, "", "H")
    write(role, "H", "Ho", actor=BOB)
    assert told() == [("Anna", {"label": ["", "H"]})]
    write(role, "Ho", "Hot")
    assert told()[1:] == [("Bob", {"label": ["H", "Ho"]})]


def test_a_text_that_changed_in_another_way_is_not_gone_on_with(role, clock):
    write(role, "", "H")
    write(role, "X", "XY")
    assert told() == [("Anna", {"label": ["", "H"]})]
    with unit_of_work():
        typed.settle_record(role)
    assert told()[1:] == [("Anna", {"label": ["X", "XY"]})]


def test_publishing_settles_all_of_one_survey_and_nothing_else(role, clock):
    write(role, "", "H")
    write(Role(id=6, name="Writers"), "", "W", within="survey:2")
    with unit_of_work():
        typed.settle_within("survey:1")
    assert told() == [("Anna", {"label": ["", "H"]})]
    assert waiting() == 1


def test_what_the_system_does_is_told_at_once(role, clock):
    write(role, "", "H")
    write(role, "H", "Hi", actor=SYSTEM)
    assert told() == [("Anna", {"label": ["", "H"]}), ("system", {"label": ["H", "Hi"]})]
    assert waiting() == 0


def test_lists_and_settings_are_typed_too(role, clock):
    write(role, ["a: A"], ["a: A", "b: B"], ["a: A", "b: Bee"], field="choices")
    write(role, {}, {"min": 1}, {"min": 12}, field="settings")
    with unit_of_work():
        typed.settle_record(role)
    assert [changes for _who, changes in told()] == [
        {"choices": [["a: A"], ["a: A", "b: Bee"]]},
        {"settings": [{}, {"min": 12}]},
    ]


def test_a_change_that_is_not_stored_is_not_told(role, clock):
    write(role, "", "H")
    with pytest.raises(ValueError, match="off"), unit_of_work():
        typed.record_typing("role.update", role, actor=ANNA, changes={"label": ("H", "Hx")}, within="survey:1")
        db.session.flush()
        raise ValueError("the power is off")
    with unit_of_work():
        typed.settle_record(role)
    assert told() == [("Anna", {"label": ["", "H"]})]


def test_history_shows_what_waits(role, clock):
    write(role, "", "H")
    clock(seconds=5)
    write(role, "", "h", field="hint")
    shown = typed.waiting_entries("role", 5)
    assert [one.changes for one in shown] == [{"hint": ["", "h"]}, {"label": ["", "H"]}]
    assert all(one.id is None for one in shown)
    db.session.rollback()
    assert told() == []


def test_the_chain_holds(role, clock):
    with unit_of_work():
        record("role.update", role, actor=ANNA, changes={"name": ("A", "B")})
        seal_entries()
    write(role, "", "H", "He")
    with unit_of_work():
        typed.settle_record(role)
        record("role.update", role, actor=ANNA, changes={"name": ("B", "C")})
    with unit_of_work():
        seal_entries()
    assert count_unsealed() == 0
    assert list(verify_chain()) == []
    assert [list(changes) for _who, changes in told()] == [["name"], ["label"], ["name"]]


def test_a_periodic_job_tells_what_is_overdue(app, role, clock, monkeypatch):
    assert JOB_KINDS["audit.settle"].every is not None
    write(role, "", "H")
    db.session.remove()
    clock(minutes=6)
    monkeypatch.setattr(typed, "CHUNK", 1)
    sweep(app)
    with app.app_context():
        job_id = db.session.scalars(select(Job.id).where(Job.kind == "audit.settle")).one()
        db.session.remove()
    run_job(app, job_id, threading.Event())
    assert told() == [("Anna", {"label": ["", "H"]})]


def test_a_key_costs_two_statements(role, clock):
    write(role, "", "H")
    with count_statements(db.engine) as seen:
        write(role, "H", "He")
    assert len(seen) == 2
