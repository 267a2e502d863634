"""Every filter of the audit log is read from an index in the order of the list, however long the log is."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select, text

from admin_app.audit.models import AuditBatch, AuditEntry
from admin_app.audit.queries import actors_in_log
from admin_app.console.screens.audit_filters import FILTERS
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work

ENTRIES = 20_000
# One of each twenty entries is another person's, another action on another kind of record.
RARE = 20
# Written out, so that the program needs no loop for it: number, and whether it is a rare one.
_ROWS = {
    "postgresql": "SELECT g, g % :rare = 0 AS rare FROM generate_series(1, :many) AS g",
    "sqlite": "WITH RECURSIVE n(g) AS (SELECT 1 UNION ALL SELECT g + 1 FROM n WHERE g < :many)"
    " SELECT g, g % :rare = 0 AS rare FROM n",
}
_FILL = """
    INSERT INTO audit_entry (at, action, resource, record_id, record_name, actor_id, actor_name, request_id, reason,
                             changes, batch_id)
    SELECT :at, CASE WHEN rare THEN 'role.update' ELSE 'reply.flag' END, CASE WHEN rare THEN 'role' ELSE 'reply' END,
           g, 'name', CASE WHEN rare THEN 7 ELSE 3 END, 'Person', '', '', '{{}}', CASE WHEN rare THEN {batch} END
    FROM ({rows}) AS made
"""


@pytest.fixture
def batch(app: Flask) -> AuditBatch:
    """A log with many entries; the rare ones belong to this batch."""
    kind = db.engine.dialect.name
    with unit_of_work() as session:
        made = session.execute(
            insert(AuditBatch).values(action="x", resource="role", actor_name="", public_id="b").returning(AuditBatch)
        ).scalar_one()
        fill = text(_FILL.format(rows=_ROWS[kind], batch=made.id)).bindparams(at=now(), many=ENTRIES, rare=RARE)
        session.execute(fill)
    with db.engine.connect() as connection:
        connection.execute(text("ANALYZE audit_entry"))
        connection.commit()
    return made


def plan_of(statement: Any) -> str:
    """What the database does for a statement, in its own words."""
    compiled = statement.compile(db.engine, compile_kwargs={"literal_binds": True})
    explain = "EXPLAIN" if db.engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    return "\n".join(str(tuple(row)) for row in db.session.execute(text(f"{explain} {compiled}".replace(":", "\\:"))))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("who", "7"), ("who", "3"), ("who", "0"), ("action", "role.update"), ("action", "reply.flag"),
        ("resource", "role"), ("resource", "reply"), ("record", "role 40"), ("batch", "b"), ("at_from", "2001-01-01"),
        ("at_to", "2001-01-01"),
    ],
)  # fmt: skip
def test_a_filter_reads_an_index(batch: AuditBatch, app: Flask, name: str, value: str) -> None:
    chosen = next(one for one in FILTERS if one.arg == name)
    with app.test_request_context():
        condition = chosen.condition(chosen.clean(value))
    page = select(AuditEntry.id).where(condition).order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(51)
    plan = plan_of(page)
    assert "audit_entry" in plan
    assert not re.search(r"Seq Scan on audit_entry|SCAN audit_entry(?! USING (?:COVERING )?INDEX)", plan), plan
    if name != "record":
        # A record has few entries; those of a filter that fits many are never put in order.
        assert not re.search(r"\bSort\b|TEMP B-TREE", plan), plan


def test_who_stands_in_the_log_costs_what_there_are_people(batch: AuditBatch) -> None:
    assert actors_in_log() == [(3, "Person"), (7, "Person")]
