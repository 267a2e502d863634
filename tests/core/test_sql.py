"""What the two databases spell differently."""

from __future__ import annotations

import pytest
from sqlalchemy import not_, select

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


def test_among_more_than_a_statement_takes_values(app):
    assert db.session.scalars(select(User.id).where(among(User.id, range(200_000)))).all() == []
