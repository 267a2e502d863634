"""The peer: the console that one gets from Flask-Admin as it comes, on the table of the audit entries."""

from __future__ import annotations

import math
from collections.abc import Iterator
from contextlib import contextmanager

from flask import Flask
from flask.testing import FlaskClient
from flask_admin import Admin
from flask_admin.contrib.sqla import ModelView  # noqa: TID251  # it is what Canvass is measured against
from flask_babel import Babel
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import create_engine, text

from tests.bench.servers import SECRET


class _Entries(ModelView):
    """What its documentation shows: columns, search and filters by their names."""

    column_list = ("at", "actor_name", "action", "resource", "record_name", "changes")
    column_searchable_list = ("record_name",)
    column_filters = ("actor_id", "action", "resource", "record_id", "at")


@contextmanager
def console(url: str) -> Iterator[FlaskClient]:
    """Yield a client of an application whose /admin/log/ shows the table `audit_entry` of the database."""
    app = Flask(__name__)
    app.config.update(SECRET_KEY=SECRET, SQLALCHEMY_DATABASE_URI=url)
    # Without it every page of Flask-Admin fails where flask-babel is installed.
    Babel(app)
    database = SQLAlchemy(app)
    with app.app_context():
        database.reflect()

        class Entry(database.Model):  # type: ignore[name-defined, misc]
            __table__ = database.metadata.tables["audit_entry"]

        Admin(app, name="stock").add_view(_Entries(Entry, database, endpoint="log"))
    # Outside of the context, so that each request has one of its own and gives back its connection.
    yield app.test_client()
    with app.app_context():
        database.engine.dispose()


def last_page(url: str) -> int:
    """Return the number of the peer's last page, counted from 0."""
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT count(*) FROM audit_entry")).scalar_one()
    engine.dispose()
    return math.ceil(rows / _Entries.page_size) - 1
