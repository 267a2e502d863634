"""The part of `make bench` about results: what the server takes for the page of a survey with many replies."""

from __future__ import annotations

import random
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from flask_migrate import upgrade
from sqlalchemy import insert

from admin_app import create_app
from admin_app.core.db import db, unit_of_work
from admin_app.replies.models import Reply
from admin_app.surveys.questionnaire import Questionnaire, QuestionSpec, SectionSpec
from tests.bench import building
from tests.bench.rounds import let_go
from tests.bench.servers import SECRET
from tests.factories import choices, login, make_survey, make_user

REPLIES, QUESTIONS = 10_000, 20
ROUNDS = 20
PAGE_GOAL, STATE_GOAL = 300.0, 50.0
_KINDS = ("single_choice", "multiple_choice", "scale", "integer", "long_text", "date", "yes_no", "matrix_single", "nps",
          "text")  # fmt: skip
_OPTIONS = choices(never="Never", seldom="Seldom", sometimes="Sometimes", often="Often", always="Always")
_ROWS = choices(early="come early", late="stay late", home="work from home")


class Figure(building.Figure):
    """One thing that a browser asks for."""

    @property
    def kept(self) -> bool:
        """Whether the goal was reached, by half of the requests: they are few, and each is long."""
        return self.p50 <= self.goal


def measure(databases: Mapping[str, str], folder: Path, rounds: int = ROUNDS) -> list[Figure]:
    """Measure in this process: what the server does between a request and its answer, without any network."""
    figures: list[Figure] = []
    for name, url in databases.items():
        settings = {"DATABASE_URL": url, "SECRET_KEY": SECRET, "INSTANCE": folder / name, "LOG_LEVEL": "error"}
        app = create_app(settings)
        with app.app_context():
            upgrade()
            survey = fill()
            db.session.remove()
        figures += _figures(app, name, survey, rounds)
        with app.app_context():
            let_go()
    return figures


def _questionnaire() -> Questionnaire:
    def question(number: int) -> QuestionSpec:
        kind = _KINDS[number % len(_KINDS)]
        chosen = kind in {"single_choice", "multiple_choice", "matrix_single"}
        rows = _ROWS if kind == "matrix_single" else ()
        return QuestionSpec("", f"q{number}", kind, f"Question {number}", choices=_OPTIONS if chosen else (), rows=rows)

    return Questionnaire("Much answered", sections=(SectionSpec("", "", questions=_all(question)),))


def _all(question: Callable[[int], QuestionSpec]) -> tuple[QuestionSpec, ...]:
    return tuple(question(number) for number in range(QUESTIONS))


def fill(replies: int = REPLIES) -> int:
    """Store the replies, one in ten answers left out, and return the survey's id."""
    survey = make_survey(make_user("author"), questionnaire=_questionnaire(), opened=True)
    db.session.refresh(survey)
    dice = random.Random(7)
    rows = [
        {"survey_id": survey.id, "version_id": survey.current_version_id, "answers": _answers(dice)}
        for _number in range(replies)
    ]
    with unit_of_work() as session:
        session.execute(insert(Reply), rows)
    return survey.id


def _answers(dice: random.Random) -> dict[str, Any]:
    codes = [option.code for option in _OPTIONS]
    made: dict[str, Callable[[], Any]] = {
        "single_choice": lambda: dice.choice(codes),
        "multiple_choice": lambda: dice.sample(codes, 2),
        "scale": lambda: dice.randint(1, 5),
        "integer": lambda: dice.randint(16, 80),
        "long_text": lambda: f"What I wanted to say is this: {dice.randint(0, 10**9)}",
        "date": lambda: f"20{dice.randint(10, 26)}-{dice.randint(1, 12):02}-{dice.randint(1, 28):02}",
        "yes_no": lambda: dice.random() < 0.6,
        "matrix_single": lambda: {row.code: dice.choice(codes) for row in _ROWS},
        "nps": lambda: dice.randint(0, 10),
        "text": lambda: f"Name {dice.randint(0, 10**6)}",
    }
    return {
        f"q{number}": None if dice.random() < 0.1 else made[_KINDS[number % len(_KINDS)]]()
        for number in range(QUESTIONS)
    }


def _figures(app: Flask, database: str, survey: int, rounds: int) -> Iterator[Figure]:
    with app.app_context():
        client = app.test_client()
        login(client, make_user("measured"))
        db.session.remove()
    page = f"/admin/survey/{survey}/results"
    for name, path, goal in (
        ("The page", page, PAGE_GOAL),
        ("Filtered by an answer", f"{page}?f=q0.is.often", PAGE_GOAL),
        ("Two groups compared", f"{page}?a=q6.is.yes&b=others", 2 * PAGE_GOAL),
        ("Is there anything new?", f"{page}/state", STATE_GOAL),
    ):
        times = sorted(_timed(client, path) for _round in range(rounds + 2))[:-2]
        yield Figure(name, database, statistics.median(times), times[int(len(times) * 0.95)], goal)


def _timed(client: FlaskClient, path: str) -> float:
    started = time.perf_counter()
    status = client.get(path).status_code
    if status != 200:
        raise SystemExit(f"{path} answered {status}.")
    return (time.perf_counter() - started) * 1000


INTRODUCTION = f"""
## Results

The results page of a survey with {REPLIES:,} replies to {QUESTIONS} questions of {len(_KINDS)} types: what the server
does between a request and its answer, in one process and without a network, {ROUNDS} times each. Nothing is kept
between two requests: each reads and counts all replies anew.
"""


def lines(figures: Sequence[Figure]) -> list[str]:
    """Return the part of the page."""
    found = [INTRODUCTION, "| | database | p50 ms | p95 ms | goal ms |", "|---|---|---|---|---|"]
    found += [
        f"| {one.name} | {one.database} | **{one.p50:.0f}** | {one.p95:.0f} | {one.goal:.0f} |" for one in figures
    ]
    return found


def main() -> int:
    """Measure on SQLite alone and print: `python -m tests.bench.results`."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="canvass-results-") as folder:
        figures = measure({"SQLite": f"sqlite:///{folder}/results.db"}, Path(folder))
    print("\n".join(lines(figures)))
    return int(not all(one.kept for one in figures))


if __name__ == "__main__":
    raise SystemExit(main())
