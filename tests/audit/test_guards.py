"""What the database itself refuses, whoever asks: the audit log only grows, and a personal value is not exchanged."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError

from admin_app.accounts.models import Role
from admin_app.audit.models import AuditBatch, AuditEntry, AuditSeal, AuditValue
from admin_app.audit.operations import open_batch, record
from admin_app.audit.queries import verify_chain
from admin_app.core.db import db, unit_of_work
from admin_app.core.permissions import SYSTEM
from admin_app.surveys.operations import publish_survey, update_survey
from tests.factories import make_survey

ENTRY = (
    "INTO audit_entry (id, at, action, resource, record_name, actor_name, request_id, reason, changes)"
    " VALUES ({id}, '2026-01-01', 'forged', 'role', '', '', '', '', '{{}}')"
)
SEAL = (
    "INTO audit_seal (number, entry_id, previous_hash, hash, sealed_at) VALUES ({number}, {id}, '', 'x', '2026-01-01')"
)


@pytest.fixture
def batch_of_one(app) -> int:
    """A batch with one entry."""
    with unit_of_work() as session:
        batch = open_batch("role.update", "role", actor=SYSTEM)
        record("role.update", session.scalars(select(Role)).first(), actor=SYSTEM, batch=batch)
    return batch.id


def refused(statement: str) -> bool:
    try:
        with unit_of_work() as session:
            session.execute(text(statement))
    except Exception:
        return True
    return False


class TestReplacing:
    """SQLite's REPLACE deletes the row in the way without a word to the triggers for DELETE."""

    @pytest.mark.parametrize("verb", ["INSERT OR REPLACE", "REPLACE"])
    def test_an_entry_is_not_replaced(self, write, database, verb):
        if database.name != "sqlite":
            pytest.skip("only SQLite knows REPLACE")
        (entry,) = write(1)
        assert refused(f"{verb} {ENTRY.format(id=entry)}")
        assert db.session.get(AuditEntry, entry).action == "role.update"

    def test_an_entry_is_not_replaced_by_an_update_elsewhere(self, write, database):
        (entry,) = write(1)
        conflict = f"INSERT {ENTRY.format(id=entry)} ON CONFLICT (id) DO UPDATE SET action = 'forged'"
        assert refused(conflict)
        assert db.session.get(AuditEntry, entry).action == "role.update"

    @pytest.mark.parametrize("column", ["number", "entry_id"])
    def test_a_seal_is_not_replaced(self, write, seal, database, column):
        if database.name != "sqlite":
            pytest.skip("only SQLite knows REPLACE")
        first, second = write(2)
        seal()
        (third,) = write(1)
        values = {"number": 1, "id": third} if column == "number" else {"number": 9, "id": first}
        assert refused(f"INSERT OR REPLACE {SEAL.format(**values)}")
        assert [one.entry_id for one in db.session.query(AuditSeal).order_by(AuditSeal.number)] == [first, second]

    def test_writing_and_sealing_go_on(self, write, seal):
        write(2)
        assert seal() == 2
        write(1)
        assert seal() == 1
        assert list(verify_chain()) == []


class TestPersonalValues:
    """Their digests are sealed, so an exchanged value is found; an erased one is no fault."""

    @pytest.fixture
    def sealed(self, write, seal) -> int:
        (entry,) = write(1, changes={"name": ("Ada", "Eve")}, personal={"name"})
        seal()
        return entry

    @pytest.mark.parametrize("column", ["before", "after", "salt"])
    def test_an_exchanged_one_is_found(self, sealed, column):
        with unit_of_work() as session:
            session.execute(update(AuditValue).values({column: "Mallory"}))
        (fault,) = verify_chain()
        assert fault.entry_id == sealed
        assert "personal" in fault.sentence

    def test_an_erased_one_is_not(self, sealed):
        with unit_of_work() as session:
            session.execute(text("UPDATE audit_value SET before = NULL, after = NULL, erased_at = '2026-01-01'"))
        assert list(verify_chain()) == []

    def test_an_honest_one_is_not(self, sealed):
        assert list(verify_chain()) == []


def test_the_database_says_so_in_its_own_words(write, database):
    (entry,) = write(1)
    with pytest.raises(DBAPIError, match="insert-only"), db.engine.begin() as connection:
        connection.execute(text(f"DELETE FROM audit_entry WHERE id = {entry}"))


class TestFrozenVersion:
    """Replies are read by the version that they were given to."""

    @pytest.mark.parametrize("change", ["snapshot = '{}'", "sha256 = 'x'", "number = 7"])
    def test_what_was_published_is_not_changed(self, app, change):
        version = make_survey(published=True).current_version_id
        assert refused(f"UPDATE survey_version SET {change} WHERE id = {version}")

    def test_it_is_not_replaced(self, app, database):
        if database.name != "sqlite":
            pytest.skip("only SQLite knows REPLACE")
        survey = make_survey(published=True)
        columns = "id, survey_id, number, snapshot, sha256, published_at, published_by_name"
        values = f"{survey.current_version_id}, {survey.id}, 1, '{{}}', 'x', '2026-01-01', ''"
        assert refused(f"INSERT OR REPLACE INTO survey_version ({columns}) VALUES ({values})")

    def test_the_next_one_is_published_as_ever(self, app):
        survey = make_survey(published=True)
        with unit_of_work():
            update_survey(survey, {"title": "Another title"}, actor=SYSTEM)
        with unit_of_work():
            publish_survey(survey, actor=SYSTEM)
        assert survey.current_version.number == 2


class TestBatches:
    """Triggers stand for a foreign key that would be asked once a row."""

    def test_an_entry_of_no_batch_is_refused(self, write):
        write(1)
        entry = ENTRY.format(id=99).replace("changes)", "changes, batch_id)").replace("'{}')", "'{}', 4711)")
        assert refused(f"INSERT {entry}")
        assert db.session.scalar(select(func.count(AuditEntry.id))) == 1

    @pytest.mark.parametrize("statement", ["DELETE FROM audit_batch", "UPDATE audit_batch SET id = id + 1"])
    def test_a_batch_with_entries_stays(self, batch_of_one, statement):
        assert refused(statement)
        assert db.session.scalars(select(AuditEntry.batch_id)).one() == batch_of_one
        assert db.session.scalars(select(AuditBatch.id)).one() == batch_of_one

    def test_an_empty_batch_can_go(self, app):
        with unit_of_work():
            open_batch("role.update", "role", actor=SYSTEM)
        assert not refused("DELETE FROM audit_batch")
