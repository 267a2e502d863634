"""The part of `make bench` about the audit log: ten million entries, and Flask-Admin as it comes on the same rows."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from flask import Flask
from flask_login import login_user
from flask_migrate import upgrade
from sqlalchemy import Connection, text

from admin_app import create_app
from admin_app.accounts.models import User
from admin_app.console.list_query import ListQuery, Place, Way
from admin_app.console.views import view_of
from admin_app.core.db import db
from tests.bench import stock
from tests.bench.lists import FEW, Page, pages_of, reader, table_of, timed
from tests.bench.rounds import let_go
from tests.bench.servers import SECRET
from tests.factories import make_user

ENTRIES, ROUNDS = 10_000_000, 3
PEOPLE, BATCHES = 12, 2_000
# How many times as long the peer is to take at least.
FIRST_GOAL, LAST_GOAL, SEARCH_GOAL = 10.0, 50.0, 10.0
# Two people and the program itself; actions and kinds that most, some and no entries have; days at both ends.
_TYPED = {
    "who": ["0", "1", "12"],
    "action": ["reply.review", "survey.update", "user.create"],
    "resource": ["reply", "question", "role"],
    "record": ["survey 12", "reply 20"],
    "batch": ["batch7"],
    "at_from": ["2026-01-01", "2026-10-30"],
    "at_to": ["2026-01-01", "2024-01-01"],
}
# What is searched for, and of how many entries in a million it stands in the name.
SEARCHES = {"parking 77777": "hardly any", "canteen": "many", "who pays for the bus": "a few"}


@dataclass
class Race:
    """One page of both programs: what each took for it, in milliseconds."""

    name: str
    goal: float
    ours: float
    peer: float

    @property
    def ratio(self) -> float:
        """How many times as long the peer took."""
        return self.peer / self.ours

    @property
    def kept(self) -> bool:
        """Whether the goal was reached."""
        return self.ratio >= self.goal


@dataclass
class Log:
    """All that was measured on the log."""

    entries: int
    pages: list[Page] = field(default_factory=list)
    races: list[Race] = field(default_factory=list)

    @property
    def kept(self) -> bool:
        """Whether all goals were reached."""
        return all(one.kept for one in (*self.pages, *self.races))


def measure(url: str, folder: Path, entries: int = ENTRIES, rounds: int = ROUNDS) -> Log:
    """Measure in this process, on a fresh database of PostgreSQL, what a server does between request and answer."""
    app = create_app({"DATABASE_URL": url, "SECRET_KEY": SECRET, "INSTANCE": folder, "LOG_LEVEL": "error"})
    found = Log(entries)
    with app.app_context():
        upgrade()
        for number in range(PEOPLE):
            make_user(f"person{number}")
        _fill(1, FEW)
        found.pages = pages_of(app, "PostgreSQL", "audit", _TYPED, lambda: _fill(FEW + 1, entries), rounds)
        found.races = list(_race(app, url, rounds))
        let_go()
    return found


# Most of what a console records is about replies; what is searched for by name is the rest.
_ENTRIES = """
    INSERT INTO audit_entry
        (at, action, resource, record_id, record_name, actor_id, actor_name, request_id, reason, changes, batch_id)
    SELECT timestamp '2026-11-01' - i * interval '3 seconds', kind.action, kind.resource, 1 + i % 90001,
           CASE kind.resource
               WHEN 'reply' THEN left(md5(i::text), 12)
               ELSE (ARRAY['How do you like the canteen', 'Who pays for the bus', 'Where do you work', 'Rooms', 'Tea'])
                    [1 + i / 20 % 5] || ', parking ' || i
           END,
           person.id, person.name, left(md5(i::text), 32), '', kind.changes::json,
           CASE WHEN i % 3 = 0 THEN 1 + i / 5000 % :batches END
      FROM generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) i
      JOIN (VALUES
          (0, 'reply.review', 'reply', '{"review_status": ["new", "approved"]}'),
          (1, 'reply.tag', 'reply', '{"tags": [[], ["vip"]]}'),
          (2, 'reply.delete', 'reply', '{}'),
          (3, 'question.update', 'question', '{"label": ["Where?", "Where do you work?"]}'),
          (4, 'survey.update', 'survey', '{"title": ["Travel", "Travel to work"]}')
      ) kind (number, action, resource, changes) ON kind.number = CASE
           WHEN i % 20 < 12 THEN 0 WHEN i % 20 < 15 THEN 1 WHEN i % 20 < 18 THEN 2 WHEN i % 20 < 19 THEN 3 ELSE 4 END
      JOIN (SELECT row_number() OVER (ORDER BY id) - 1 AS number, id, username AS name FROM user_account) person
           ON person.number = i % :people
"""
_BATCHES = """
    INSERT INTO audit_batch (id, public_id, at, action, resource, actor_name, records)
    SELECT i, 'batch' || i, timestamp '2026-11-01', 'reply.review', 'reply', 'person1', 1667
      FROM generate_series(1, :batches) i ON CONFLICT DO NOTHING
"""


def _fill(first: int, last: int) -> None:
    """Write the entries of those numbers, newest first, in one statement; they are not sealed."""
    connection = db.session.connection()
    connection.execute(text("SET LOCAL session_replication_role = replica"))
    connection.execute(text(_BATCHES), {"batches": BATCHES})
    with _without_indexes(connection):
        connection.execute(text(_ENTRIES), {"first": first, "last": last, "people": PEOPLE, "batches": BATCHES})
    db.session.commit()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as alone:
        # What the server does by itself some minutes later.
        alone.execute(text("VACUUM ANALYZE audit_entry"))


@contextmanager
def _without_indexes(connection: Connection) -> Iterator[None]:
    """Make the indexes of the table again after the block: one by one they would be written row by row."""
    query = """
        SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
         WHERE indrelid = 'audit_entry'::regclass AND NOT indisprimary AND NOT indisunique
    """
    indexes = connection.execute(text(query)).all()
    for name, _definition in indexes:
        connection.execute(text(f"DROP INDEX {name}"))
    yield
    connection.execute(text("SET LOCAL maintenance_work_mem = '512MB'"))
    for _name, definition in indexes:
        connection.execute(text(definition))


def _race(app: Flask, url: str, rounds: int) -> Iterator[Race]:
    ours = reader(app)
    with app.test_request_context("/admin/audit/"):
        login_user(db.session.query(User).filter_by(username="measured").one())
        view = view_of("audit")
        assert view is not None
        first, last = ListQuery(), ListQuery(place=Place(Way.LAST, at=None))
        addresses = {
            ("First page", FIRST_GOAL, "/admin/log/"): view.address(first),
            ("Last page", LAST_GOAL, f"/admin/log/?page={stock.last_page(url)}"): view.address(last),
        }
        for term, matches in SEARCHES.items():
            name = f"Search for “{term}”, which {matches} have"
            addresses[name, SEARCH_GOAL, f"/admin/log/?search={term}"] = view.address(ListQuery(search=term))
    with stock.console(url) as peer:
        for (name, goal, theirs), address in addresses.items():
            yield Race(name, goal, timed(ours, address, rounds), timed(peer, theirs, rounds))


INTRODUCTION = """
## The audit log

A page of the audit log among {few:,} entries and among {entries:,} on PostgreSQL, measured like the lists above, with
the same goals.
"""
RACE = """
The same rows in Flask-Admin as it comes: a `ModelView` on the table of the entries with the same columns, search in
the name of the record, pages of twenty (Canvass's have fifty), in the same process without a network. The peer
searches one column; Canvass finds the people who did it, too, and the replies by their id.

| Page | Canvass, ms | Flask-Admin, ms | Times | Goal |
|---|---:|---:|---:|---|"""


def report(log: Log) -> list[str]:
    """Return the lines of the report."""
    races = [
        f"| {one.name} | {one.ours:.1f} | {one.peer:,.1f} | {one.ratio:,.0f} |"
        f" {one.goal:.0f}{'' if one.kept else ' **missed**'} |"
        for one in log.races
    ]
    return [INTRODUCTION.format(few=FEW, entries=log.entries), *table_of(log.pages), RACE, *races]
