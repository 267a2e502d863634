"""The part of `make bench` about people: a role for 10,000 users, through the operation and by the bare statement."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask_migrate import upgrade
from sqlalchemy import Select, text

from admin_app import create_app
from admin_app.accounts import operations
from admin_app.accounts.models import Role, User
from admin_app.audit.operations import batched, open_batch
from admin_app.core.db import db, unit_of_work
from tests.accounts.many import many_users
from tests.bench.rounds import let_go, tidy, timed
from tests.bench.servers import SECRET
from tests.factories import make_role, make_user

USERS = 10_000

_MEANT = "SELECT id FROM user_account WHERE username LIKE 'user%' AND deleted_at IS NULL"
_BARE = {
    "Adding a role": f"INSERT INTO user_role (user_id, role_id) SELECT id, :role FROM ({_MEANT}) AS meant",
    "Removing a role": f"DELETE FROM user_role WHERE role_id = :role AND user_id IN ({_MEANT})",
}
# What no bulk change of an audited table can do without: an entry of the log for each record.
_ENTRIES = (
    "INSERT INTO audit_entry (at, action, resource, record_id, record_name, actor_name, request_id, reason, changes)"
    f" SELECT now(), 'bench', 'user', id, username, '', '', '', '{{}}' FROM user_account WHERE id IN ({_MEANT})"
)
_OPERATIONS = {"Adding a role": operations.add_role, "Removing a role": operations.remove_role}
GOAL = 3.0
# The bare DELETE only marks rows for VACUUM, which no INSERT can follow: here it has to write the log as well.
_LOGGED = ("Removing a role",)


@dataclass
class Change:
    """One bulk change, and the seconds that it took in each round: by the bare statement, by that and a bare INSERT of
    the log's entries, and through the operation."""

    name: str
    bare: list[float] = field(default_factory=list)
    logged: list[float] = field(default_factory=list)
    canvass: list[float] = field(default_factory=list)

    @property
    def kept(self) -> bool:
        """Whether the goal was reached."""
        return self.ratio(self.logged if self.name in _LOGGED else self.bare) <= GOAL

    def ratio(self, bare: list[float]) -> float:
        """Return how many times as long the operation takes: the median of the rounds, each against its neighbour."""
        return statistics.median(ours / theirs for ours, theirs in zip(self.canvass, bare, strict=True))


def measure(url: str, instance: Path, rounds: int) -> list[Change]:
    """Let both do it in alternating rounds, each in a transaction of its own, and return what it took."""
    app = create_app({"DATABASE_URL": url, "SECRET_KEY": SECRET, "INSTANCE": instance, "LOG_LEVEL": "error"})
    with app.app_context():
        upgrade()
        admin, role = make_user("bench"), make_role("Bench", survey="R:all")
        chosen = many_users(USERS, "user")
        changes = [Change(name) for name in _BARE]
        for number in range(rounds + 1):
            for change in changes:
                tidy()
                seconds = timed(lambda name=change.name: _bare(role, _BARE[name]))
                _note(change.bare, seconds, warm_up=not number)
            for change in changes:
                tidy()
                seconds = timed(lambda name=change.name: _bare(role, _BARE[name], _ENTRIES))
                _note(change.logged, seconds, warm_up=not number)
            for change in changes:
                tidy()
                seconds = timed(lambda name=change.name: _through(name, chosen, role, admin))
                _note(change.canvass, seconds, warm_up=not number)
        let_go()
    return changes


def _note(rounds: list[float], seconds: float, *, warm_up: bool) -> None:
    if not warm_up:
        rounds.append(seconds)


def _bare(role: Role, *statements: str) -> None:
    done = [db.session.execute(text(one), {"role": role.id}).rowcount for one in statements]
    db.session.commit()
    for one in done:
        _check(one)


def _through(name: str, chosen: Select[Any], role: Role, admin: User) -> None:
    """As the console does it: in a unit of work, under a batch of the audit log."""
    with unit_of_work() as session:
        batch = open_batch("user.add_role", "user", actor=admin)
        session.flush()
        with batched(batch):
            result = _OPERATIONS[name](chosen, role, actor=admin, batch=batch)
    _check(result.done)


def _check(changed: int) -> None:
    if changed != USERS:
        raise SystemExit(f"{changed} of {USERS} users were changed.")


INTRODUCTION = f"""
## A role for {USERS:,} users

The operation of the console against the bare statement (`INSERT INTO user_role SELECT ...`, `DELETE FROM user_role`),
each in a transaction of its own on tables that were vacuumed just before, the operation in its unit of work and under
one batch of the audit log. It writes more: an entry of the log for each user, and his new version, without which a form
that was opened before would put the old roles back. It asks of each user whether he is within reach of the actor.

The goal is {GOAL:.0f} times as long: for adding, as the bare `INSERT`; for removing, as the bare `DELETE` with a bare
`INSERT` of the log's entries. The `DELETE` alone only marks rows that `VACUUM` takes away later: it is over before a
single column of an entry for each user could be written.
"""


def lines(changes: Sequence[Change]) -> list[str]:
    """Return the part of the page."""
    found = [
        INTRODUCTION,
        "| | bare, ms | bare and the log, ms | Canvass, ms | ratio to bare | ratio to bare and the log |",
        "|---|---|---|---|---|---|",
    ]
    for change in changes:
        times = " | ".join(
            f"{1000 * statistics.median(one):.0f}" for one in (change.bare, change.logged, change.canvass)
        )
        bare, logged = f"{change.ratio(change.bare):.1f}", f"{change.ratio(change.logged):.1f}"
        bare, logged = (bare, f"**{logged}**") if change.name in _LOGGED else (f"**{bare}**", logged)
        found.append(f"| {change.name} | {times} | {bare} | {logged} |")
    return found
