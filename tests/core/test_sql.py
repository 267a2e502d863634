"""What the two databases spell differently."""

from __future__ import annotations

import pytest
from sqlalchemy import event, not_, select

from admin_app.accounts.models import User
from admin_app.core.db import db
from admin_app.core.sql import among
from tests.accounts.many import many_users
from tests.helpers import count_statements


@pytest.mark.parametrize("number", [0, 1, 1000])
def test_among(app, number):
    """Databases take some ten thousand values in one statement; these are one."""
    ids = db.session.scalars(many_users(1000, "user", role=None).with_only_columns(User.id)).all()
    chosen = ids[:number]
    with count_statements(db.engine) as statements:
        found = db.session.scalars(select(User.id).where(among(User.id, chosen)).order_by(User.id)).all()
        others = db.session.scalars(select(User.id).where(not_(among(User.id, chosen))).order_by(User.id)).all()
    assert (found, others) == (ids[:number], ids[number:])
    assert max(len(one) for one in statements) < 300


def test_it_stays_quick_however_often_it_is_asked(app, database):
    """After some times a statement is prepared, and after some more the server plans for any list.

    10,000 numbers for 10,000 rows then took four seconds, and ten where the list was cast from a text.
    """
    if database.name == "sqlite":
        pytest.skip("SQLite has one plan")
    ids = db.session.scalars(many_users(3000, "user", role=None).with_only_columns(User.id)).all()

    def explain(_connection, _cursor, statement, parameters, _context, _many):
        return f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {statement}", parameters

    connection = db.session.connection()
    connection.exec_driver_sql("SET LOCAL plan_cache_mode = force_generic_plan")
    event.listen(db.engine, "before_cursor_execute", explain, retval=True)
    try:
        conditions = (among(User.id, ids), not_(among(User.id, ids)))
        plans = ["\n".join(connection.execute(select(User.id).where(one)).scalars()) for one in conditions]
    finally:
        event.remove(db.engine, "before_cursor_execute", explain)
    assert all("unnest" in plan or "ProjectSet" in plan for plan in plans)
    # Comparing with the list itself would be a filter of each row.
    assert "= ANY" not in plans[0] + plans[1]
    assert "hashed SubPlan" in plans[1]


def test_among_more_than_a_statement_takes_values(app):
    assert db.session.scalars(select(User.id).where(among(User.id, range(200_000)))).all() == []
