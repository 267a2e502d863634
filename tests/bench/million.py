"""The part of `make bench` about a million replies: `canvass demo` stores them, then the dashboard and the facets."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from flask_login import login_user
from flask_migrate import upgrade
from sqlalchemy import func, select, text

from admin_app import create_app
from admin_app.accounts.models import User
from admin_app.cli import main as canvass
from admin_app.console.facets import FACET_LIMIT
from admin_app.console.list_query import ListQuery
from admin_app.console.views import view_of
from admin_app.core.db import db
from admin_app.replies.models import Reply
from tests.bench.lists import reader, timed
from tests.bench.rounds import let_go
from tests.bench.servers import SECRET
from tests.factories import make_user

REPLIES, ROUNDS = 1_000_000, 5
# Seconds for a million replies; the milliseconds of the dashboard.
DEMO_GOAL, DASHBOARD_GOAL = 180.0, 100.0
# A facet is given up after its limit, then counted up to a cap for as long again; the rest is the answer around it.
FACET_GOAL = 2.0 * FACET_LIMIT + 200


@dataclass(frozen=True)
class Figure:
    """One thing, on which database, and what it took, in `unit`."""

    name: str
    database: str
    took: float
    goal: float
    unit: str

    @property
    def kept(self) -> bool:
        """Whether the goal was reached."""
        return self.took < self.goal


def measure(databases: Mapping[str, str], folder: Path, replies: int = REPLIES, rounds: int = ROUNDS) -> list[Figure]:
    """Measure in this process, without a network, on fresh databases."""
    found: list[Figure] = []
    for name, url in databases.items():
        settings = {"DATABASE_URL": url, "SECRET_KEY": SECRET, "INSTANCE": folder / name, "LOG_LEVEL": "error"}
        app = create_app(settings)
        with app.app_context():
            upgrade()
            make_user("owner")
            db.session.remove()
        # The command opens a context of its own, as it does in a process of its own.
        found.append(Figure("`canvass demo`", name, _demo(app, replies), DEMO_GOAL * replies / REPLIES, "s"))
        with app.app_context():
            found += _pages(app, name, replies, rounds)
            let_go()
    return found


def _demo(app: Flask, replies: int) -> float:
    started = time.perf_counter()
    result = app.test_cli_runner().invoke(canvass, ["demo", "--replies", str(replies)])
    took = time.perf_counter() - started
    if result.exit_code:
        raise SystemExit(f"canvass demo ended with {result.exit_code}: {result.output}")
    return took


def _pages(app: Flask, database: str, replies: int, rounds: int) -> Iterator[Figure]:
    stored = db.session.scalar(select(func.count(Reply.id)))
    if stored != replies:
        raise SystemExit(f"{database} holds {stored} replies, not {replies}.")
    # What the server does by itself some minutes later.
    db.session.execute(text("ANALYZE"))
    db.session.commit()
    client = reader(app)
    yield Figure("The dashboard", database, timed(client, "/admin/", rounds), DASHBOARD_GOAL, "ms")
    with app.test_request_context("/admin/reply/"):
        login_user(db.session.scalars(select(User).where(User.username == "measured")).one())
        view = view_of("reply")
        if view is None:
            raise SystemExit("There is no list of replies.")
        facets = {one.arg: view.facet_url(ListQuery(), one) for one in view._filters if one.late or one.facet_choices()}
    for name, address in facets.items():
        # The first answer, for nobody looks at a facet twice.
        yield Figure(f"The numbers of the facet {name}", database, timed(client, address, 1), FACET_GOAL, "ms")


INTRODUCTION = f"""
## A million replies

How long `canvass demo --replies {REPLIES}` takes, and then what the server does between a request and its answer, in
one process and without a network: for the dashboard, the best of {ROUNDS}, and for the numbers of the facets of the
list of replies. These come by a request of their own when a facet is opened, and no page waits for them: what cannot be
counted in {FACET_LIMIT} ms is counted up to a cap for as long again, and then has no number.
"""


def lines(figures: Sequence[Figure]) -> list[str]:
    """Return the part of the page."""
    table = [INTRODUCTION, "| | database | took | goal |", "|---|---|---:|---|"]
    table += [
        f"| {one.name} | {one.database} | **{one.took:,.0f} {one.unit}** |"
        f" {one.goal:,.0f} {one.unit}{'' if one.kept else ' **missed**'} |"
        for one in figures
    ]
    return table
