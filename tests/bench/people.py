"""The part of `make bench` about people: a role for 10,000 users, through the operation and by the bare statement."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
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
from tests.bench.servers import SECRET
from tests.factories import make_role, make_user

USERS = 10_000

_MEANT = "SELECT id FROM user_account WHERE username LIKE 'user%' AND deleted_at IS NULL"
_BARE = {
    "Adding a role": f"INSERT INTO user_role (user_id, role_id) SELECT id, :role FROM ({_MEANT}) AS meant",
    "Removing a role": f"DELETE FROM user_role WHERE role_id = :role AND user_id IN ({_MEANT})",
}
_OPERATIONS = {"Adding a role": operations.add_role, "Removing a role": operations.remove_role}
_GOALS = {"Adding a role": 3.0}


@dataclass
class Change:
    """One bulk change, and the seconds that it took in each round: by the bare statement, and through the operation."""

    name: str
    bare: list[float] = field(default_factory=list)
    canvass: list[float] = field(default_factory=list)

    @property
    def goal(self) -> float | None:
        """Return how many times as long it may take; None where nothing is asked."""
        return _GOALS.get(self.name)

    @property
    def kept(self) -> bool:
        """Whether the goal was reached, if there is one."""
        return self.goal is None or self.ratio <= self.goal

    @property
    def ratio(self) -> float:
        """Return how many times as long the operation takes: the median of the rounds, each against its neighbour."""
        return statistics.median(ours / bare for ours, bare in zip(self.canvass, self.bare, strict=True))


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
                _tidy()
                seconds = _timed(lambda name=change.name: _bare(name, role))
                _note(change.bare, seconds, warm_up=not number)
            for change in changes:
                _tidy()
                seconds = _timed(lambda name=change.name: _through(name, chosen, role, admin))
                _note(change.canvass, seconds, warm_up=not number)
        db.session.remove()
        db.engine.dispose()
    return changes


def _note(rounds: list[float], seconds: float, *, warm_up: bool) -> None:
    if not warm_up:
        rounds.append(seconds)


def _tidy() -> None:
    """What is left of the round before shall not weigh on the next."""
    db.session.rollback()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


def _timed(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _bare(name: str, role: Role) -> None:
    done = db.session.execute(text(_BARE[name]), {"role": role.id})
    db.session.commit()
    _check(done.rowcount)


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

Removing has no goal: the bare `DELETE` only marks rows that `VACUUM` takes away later, which costs less than writing a
single column of an entry for each user would.
"""


def lines(changes: Sequence[Change]) -> list[str]:
    """Return the part of the page."""
    found = [INTRODUCTION, "| | bare statement, ms | Canvass, ms | ratio | goal: at most |", "|---|---|---|---|---|"]
    for change in changes:
        bare, ours = (1000 * statistics.median(one) for one in (change.bare, change.canvass))
        goal = "" if change.goal is None else f"{change.goal:.0f}"
        found.append(f"| {change.name} | {bare:.0f} | {ours:.0f} | **{change.ratio:.1f}** | {goal} |")
    return found
