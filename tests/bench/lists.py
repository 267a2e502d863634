"""The part of `make bench` about lists: what a page costs among ten thousand rows and among a million."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from flask_login import login_user
from flask_migrate import upgrade
from sqlalchemy import func, select, text

from admin_app import create_app
from admin_app.accounts.models import User
from admin_app.console.keyset import token_of
from admin_app.console.list_query import Chip, ListQuery, Place, Way
from admin_app.console.views import view_of
from admin_app.core.db import db, unit_of_work
from admin_app.core.permissions import SYSTEM
from admin_app.replies.demo import store_demo_replies
from admin_app.surveys.demo import demo_questionnaires
from admin_app.surveys.models import Survey
from admin_app.surveys.operations import import_survey
from tests.bench.rounds import let_go
from tests.bench.servers import SECRET
from tests.factories import login, make_user

FEW, MANY, ROUNDS = 10_000, 1_000_000, 5
# A page among many rows may take so many times as long as among few, or so many milliseconds more.
TIMES_GOAL, MORE_GOAL = 1.5, 20.0
# With a filter and an order at once, in milliseconds.
BOTH_GOAL = 100.0


@dataclass
class Page:
    """One address of a list: the milliseconds that it takes among few rows and among many."""

    name: str
    database: str
    both: bool
    few: float
    many: float = 0.0

    @property
    def kept(self) -> bool:
        """Whether the goal was reached."""
        near = self.many <= self.few * TIMES_GOAL or self.many <= self.few + MORE_GOAL
        return near and (not self.both or self.many <= BOTH_GOAL)


def measure(databases: Mapping[str, str], folder: Path, many: int = MANY, rounds: int = ROUNDS) -> list[Page]:
    """Measure in this process: what the server does between a request and its answer, without any network."""
    found: list[Page] = []
    for name, url in databases.items():
        settings = {"DATABASE_URL": url, "SECRET_KEY": SECRET, "INSTANCE": folder / name, "LOG_LEVEL": "error"}
        app = create_app(settings)
        with app.app_context():
            upgrade()
            _surveys()
            _fill(FEW, seed=1)
            found += pages_of(app, name, "reply", _TYPED, lambda: _fill(many - FEW, seed=2), rounds)
            let_go()
    return found


def pages_of(
    app: Flask, name: str, screen: str, typed: Mapping[str, Sequence[str]], fill: Callable[[], None], rounds: int
) -> list[Page]:
    """Measure every page of the list of a screen, and again after `fill()`.

    Of a filter in `typed` these values are asked for: it has no choices, or more of them than tell anything new.
    """
    client = reader(app)
    few = {page: timed(client, address, rounds) for page, address in _addresses(app, screen, typed).items()}
    fill()
    client = reader(app)
    return [
        Page(page, name, both, few[page, both], timed(client, address, rounds))
        for (page, both), address in _addresses(app, screen, typed).items()
    ]


def _surveys() -> None:
    owner = db.session.scalars(select(User)).first() or make_user("owner")
    with unit_of_work():
        for questionnaire in demo_questionnaires():
            import_survey(questionnaire, owner=owner, actor=SYSTEM, publish=True, take_replies=True)


def _fill(number: int, *, seed: int) -> None:
    for survey, share in zip(
        db.session.scalars(select(Survey).order_by(Survey.id)).all(), (0.7, 0.2, 0.1), strict=True
    ):
        parts = store_demo_replies(survey, round(number * share), seed=seed)
        while True:
            with unit_of_work():
                if next(parts, None) is None:
                    break
    # What the server does by itself some minutes later, and would do while we measure.
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as alone:
        alone.execute(text("VACUUM ANALYZE" if alone.dialect.name == "postgresql" else "ANALYZE"))


def reader(app: Flask) -> FlaskClient:
    client = app.test_client()
    login(client, _measured())
    return client


def _measured() -> User:
    return db.session.scalars(select(User).where(User.username == "measured")).first() or make_user("measured")


def _addresses(app: Flask, screen: str, typed: Mapping[str, Sequence[str]]) -> dict[tuple[str, bool], str]:
    """Return first, middle and last page of every order, every filter, and each filter in every order."""
    with app.test_request_context("/admin/"):
        login_user(_measured())
        return {(name, both): address for name, both, address in _asked(view_of(screen), typed)}


def _asked(view: Any, typed: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, bool, str]]:
    plain = ListQuery()
    orders = [plain, *(ListQuery(sort=name, descending=down) for name in view.sorts() for down in (False, True))]
    for query in orders:
        said = f"by {query.sort}, {'descending' if query.descending else 'ascending'}" if query.sort else "as usual"
        yield f"First page, {said}", False, view.address(query)
        yield f"Middle page, {said}", False, view.address(query.put(place=_middle(view, query)))
        yield f"Last page, {said}", False, view.address(query.put(place=Place(Way.LAST, at=None)))
    chips = list(_chips(view, typed))
    for chip in chips:
        yield f"Filter {chip.name}={chip.value}", False, view.address(plain.with_chip(chip))
    for chip in chips:
        for query in orders[1:]:
            way = "descending" if query.descending else "ascending"
            name = f"Filter {chip.name}={chip.value} by {query.sort}, {way}"
            yield name, True, view.address(query.with_chip(chip))


def _middle(view: Any, query: ListQuery) -> Place:
    order = view.order_of(query)
    half = db.session.scalar(select(func.count(view.model.id)))
    by = order.column.desc() if order.descending else order.column.asc()
    row = db.session.scalars(
        select(view.model).where(order.column.is_not(None)).order_by(by).offset((half or 0) // 2).limit(1)
    ).one()
    return Place(Way.AFTER, token_of(order, row), None)


# What is typed into filters that offer no choices.
_TYPED = {"version": ["1"], "submitted_at_to": ["2030-01-01"], "tag": ["vip"], "import": ["1"]}


def _chips(view: Any, typed: Mapping[str, Sequence[str]]) -> Iterator[Chip]:
    """Yield what is `typed` into a filter, else every choice that it has."""
    for one in view._filters:
        for value in typed.get(one.arg) or [value for value, _words in one.facet_choices()]:
            yield Chip(one.arg, value)


def timed(client: FlaskClient, path: str, rounds: int) -> float:
    times = []
    for _round in range(rounds + 1):
        started = time.perf_counter()
        status = client.get(path).status_code
        times.append((time.perf_counter() - started) * 1000)
        if status != 200:
            raise SystemExit(f"{path} answered {status}.")
    # The first one reads what the others find in memory.
    return min(times[1:])


INTRODUCTION = f"""
## Lists

A page of the list of replies among {FEW:,} rows and among {MANY:,}: what the server does between a request and its
answer, in one process and without a network, the best of {ROUNDS}. First, middle and last page of every order on
offer, every choice of every filter, and each of these in every order. The goal is that a page takes {TIMES_GOAL} times
as long at most, or {MORE_GOAL:.0f} ms more; with filter and order at once less than {BOTH_GOAL:.0f} ms.
"""


def report(pages: Sequence[Page]) -> list[str]:
    """Return the part of the page."""
    return [INTRODUCTION, *table_of(pages)]


def table_of(pages: Sequence[Page]) -> list[str]:
    """Return the slowest page of each kind, and all that missed the goal."""
    table = ["| Database | Page | Few rows, ms | Many rows, ms | Goal |", "|---|---|---:|---:|---|"]
    for database in dict.fromkeys(page.database for page in pages):
        mine = [page for page in pages if page.database == database]
        kinds = {page.name.split(",")[0].split(" ")[0] + (" and order" if page.both else "") for page in mine}
        for kind in sorted(kinds):
            same = [
                page for page in mine if page.name.startswith(kind.split(" ")[0]) and page.both == ("order" in kind)
            ]
            worst = max(same, key=lambda page: page.many - page.few)
            shown = [worst, *(page for page in same if not page.kept and page is not worst)]
            table += [
                f"| {database} | {page.name} ({'the slowest of ' + str(len(same)) if page is worst else 'missed'})"
                f" | {page.few:.1f} | {page.many:.1f} | {'kept' if page.kept else '**missed**'} |"
                for page in shown
            ]
    return table
