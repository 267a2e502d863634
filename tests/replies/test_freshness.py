"""What is read once for many must still be true, and a connection that broke must not be used."""

from __future__ import annotations

import time

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from admin_app.core import connections
from admin_app.core.db import db
from tests.factories import make_survey


def test_a_change_by_another_process_shows_at_once_or_a_tenth_of_a_second_later(client: FlaskClient):
    survey = make_survey(opened=True)
    place, survey_id = f"/s/{survey.public_id}", survey.id
    assert client.get(place).status_code == 200
    db.session.rollback()
    with db.engine.connect() as other:
        other.execute(text("UPDATE survey SET state = 'closed' WHERE id = :id"), {"id": survey_id})
        other.commit()
    time.sleep(0.11)
    assert client.get(place).status_code == 410


def test_a_connection_that_broke_while_idle_is_replaced(client: FlaskClient, monkeypatch: pytest.MonkeyPatch):
    if db.engine.dialect.name != "postgresql":
        pytest.skip("a file has no connections to break")
    survey = make_survey(opened=True, reply_limit=5)
    place = f"/s/{survey.public_id}"
    assert client.get(place).status_code == 200
    db.session.rollback()
    monkeypatch.setattr(connections, "FRESH", 0.0)
    import psycopg

    url = db.engine.url.set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as admin:
        name = db.engine.url.database
        killed = admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        assert killed.fetchall()
    assert client.get(place).status_code == 200
