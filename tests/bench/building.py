"""The part of `make bench` about building: what the server takes on a survey with 500 questions, on both databases."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade

from admin_app import create_app
from admin_app.core.db import db
from admin_app.surveys.questionnaire import Questionnaire, QuestionSpec, SectionSpec
from tests.bench.rounds import let_go
from tests.bench.servers import SECRET
from tests.factories import choices, login, make_survey, make_user
from tests.helpers import token_of

QUESTIONS, SECTIONS = 500, 10
ROUNDS = 40
EDIT_GOAL, OPEN_GOAL = 100.0, 500.0


@dataclass(frozen=True)
class Figure:
    """One thing that is done on the page: on which database, and how long it takes in milliseconds."""

    name: str
    database: str
    p50: float
    p95: float
    goal: float

    @property
    def kept(self) -> bool:
        """Whether the goal was reached."""
        return self.p95 <= self.goal


def measure(databases: Mapping[str, str], folder: Path, rounds: int = ROUNDS) -> list[Figure]:
    """Measure in this process: what the server does between a request and its answer, without any network."""
    figures: list[Figure] = []
    for name, url in databases.items():
        settings = {"DATABASE_URL": url, "SECRET_KEY": SECRET, "INSTANCE": folder / name, "LOG_LEVEL": "error"}
        app = create_app(settings)
        with app.app_context():
            upgrade()
            survey = make_survey(make_user("builder"), questionnaire=_questionnaire()).id
            db.session.remove()
        figures += _figures(app, name, survey, rounds)
        with app.app_context():
            let_go()
    return figures


def _questionnaire() -> Questionnaire:
    """Texts and choices by turns."""
    options = choices(never="Never", sometimes="Sometimes", often="Often", always="Always")

    def question(number: int) -> QuestionSpec:
        kind = ("text", "single_choice", "integer", "multiple_choice")[number % 4]
        return QuestionSpec("", f"q{number}", kind, f"Question number {number}", choices=options if number % 2 else ())

    each = QUESTIONS // SECTIONS
    sections = (
        SectionSpec("", f"Section {at}", questions=tuple(question(at * each + one) for one in range(each)))
        for at in range(SECTIONS)
    )
    return Questionnaire("A long one", sections=tuple(sections))


def _figures(app: Flask, database: str, survey: int, rounds: int) -> Iterator[Figure]:
    with app.app_context():
        client = app.test_client()
        login(client, make_user("measured"))
        db.session.remove()
    page = _Page(client, survey)
    for name, act, goal in (
        ("Opening the page", page.open, OPEN_GOAL),
        ("An edit", page.edit, EDIT_GOAL),
        ("A drop", page.drop, EDIT_GOAL),
    ):
        times = sorted(_timed(act) for _round in range(rounds + 3))[:-3]
        yield Figure(name, database, statistics.median(times), times[int(len(times) * 0.95)], goal)


def _timed(act: Callable[[], int]) -> float:
    started = time.perf_counter()
    status = act()
    if status != 200:
        raise SystemExit(f"The build page answered {status}.")
    return (time.perf_counter() - started) * 1000


class _Page:
    """A browser on the build page."""

    def __init__(self, client: FlaskClient, survey: int) -> None:
        self.client, self.path = client, f"/admin/survey/{survey}/build"
        self.token = token_of(client.get(self.path).text)
        state = client.get(f"{self.path}/state").get_json()
        self.sections = [one["uid"] for one in state["sections"]]
        first = [one for one in state["questions"] if one["section"] == self.sections[0]]
        self.questions = [one["uid"] for one in first]
        self.labels = {one["uid"]: one["label"] for one in first}
        self.numbers = count()

    def open(self) -> int:
        return self.client.get(self.path).status_code

    def edit(self) -> int:
        number = next(self.numbers)
        question = self.questions[number % len(self.questions)]
        before, self.labels[question] = self.labels[question], f"Typed {number}"
        edits = {"label": [before, self.labels[question]]}
        return self._change("save_question", question=question, lock_version=0, edits=edits)

    def drop(self) -> int:
        number = next(self.numbers)
        moved, after = self.questions[number % 40], self.questions[(number * 7 + 3) % 40]
        if moved == after:
            after = self.questions[41]
        return self._change("move_question", question=moved, section=self.sections[0], after=after)

    def _change(self, change: str, **fields: object) -> int:
        answer = self.client.post(
            f"{self.path}/change",
            data=json.dumps({"change": change, **fields}),
            content_type="application/json",
            headers={"X-CSRFToken": self.token, "Accept": "application/json"},
        )
        return answer.status_code


INTRODUCTION = f"""
## Building a survey of {QUESTIONS} questions

What the server does between a request and its answer, in one process and without a network: opening the build page,
one save of what was typed, one question dragged to another place. {ROUNDS} times each; the goal is for all but one in
twenty.
"""


def lines(figures: Sequence[Figure]) -> list[str]:
    """Return the part of the page."""
    found = [INTRODUCTION, "| | database | p50 ms | p95 ms | goal ms |", "|---|---|---|---|---|"]
    found += [
        f"| {one.name} | {one.database} | {one.p50:.0f} | **{one.p95:.0f}** | {one.goal:.0f} |" for one in figures
    ]
    return found
