"""Replies to look at and to measure with: as many as are asked for, drawn from a seed, stored as fast as may be.

What people answer is not even: some choices are liked more, moods lie around a middle, some questions are skipped,
weekends are quiet, and interest in a survey fades. Documents are drawn once and used again, for a million different
ones would say no more than some ten thousand.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import random
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any

from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.replies.models import Reply, ReplyKind, ReviewStatus
from admin_app.surveys.models import Survey
from admin_app.surveys.queries import questionnaire_of
from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.questionnaire import Questionnaire, QuestionSpec

DOCUMENTS = 10_000
CHUNK = 20_000
DAYS = 180
SKIPPED = 0.06
# The share of the surveys, the one with most replies first.
SHARES = (0.7, 0.2, 0.1)

_BEGIN = (
    "I would like",
    "We need",
    "Please think of",
    "It would help to have",
    "What I miss is",
    "More than anything:",
)
_WHAT = (
    "quieter rooms", "better chairs", "fewer meetings", "longer opening hours", "clear goals", "fresh fruit",
    "a place for bicycles", "time to learn", "shorter ways", "more light", "a plan for the summer", "honest answers",
    "newer computers", "room to talk", "signs that one can read", "warm water", "less paper",
    "more people at the desk",
)  # fmt: skip
_END = (
    "",
    "",
    ", as others have.",
    ", soon.",
    ", even if it costs something.",
    ", above all on Mondays.",
    ". Thank you!",
)
_TIME: Any = Reply.submitted_at.type
_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"
_COLUMNS = (
    "public_id", "survey_id", "version_id", "answers", "kind", "test", "review_status", "language", "source",
    "receipt_hash", "started_at", "submitted_at", "lock_version",
)  # fmt: skip


def _sentence(draw: random.Random) -> str:
    return f"{draw.choice(_BEGIN)} {draw.choice(_WHAT)}{draw.choice(_END)}"


def _around(draw: random.Random, low: float, high: float, middle: float) -> int:
    value = draw.gauss(low + (high - low) * middle, (high - low) / 5)
    return round(min(max(value, low), high))


def _leaning(draw: random.Random, codes: Sequence[str]) -> str:
    """Return one of `codes`, the earlier the likelier."""
    return codes[min(int(draw.expovariate(2.2 / len(codes))), len(codes) - 1)]


def _choice(question: QuestionSpec, draw: random.Random) -> Any:
    return _leaning(draw, [choice.code for choice in question.choices])


def _choices(question: QuestionSpec, draw: random.Random) -> Any:
    codes = [choice.code for choice in question.choices]
    chosen = {_leaning(draw, codes) for _ in range(1 + int(draw.expovariate(0.8)))}
    return [code for code in codes if code in chosen]


def _matrix(question: QuestionSpec, draw: random.Random) -> Any:
    codes = [choice.code for choice in question.choices]
    return {row.code: codes[_around(draw, 0, len(codes) - 1, 0.6)] for row in question.rows}


def _number(question: QuestionSpec, draw: random.Random) -> Any:
    low, high = question.settings.get("min", 0), question.settings.get("max", 100)
    return _around(draw, low, high, 0.25)


def _scale(question: QuestionSpec, draw: random.Random) -> Any:
    low, high = question.settings.get("min", 1), question.settings.get("max", 5)
    return _around(draw, low, high, 0.55)


def _day(_question: QuestionSpec, draw: random.Random) -> Any:
    return (now().date() - dt.timedelta(days=int(draw.expovariate(0.05)))).isoformat()


_ANSWERS: dict[str, Callable[[QuestionSpec, random.Random], Any]] = {
    "single_choice": _choice,
    "multiple_choice": _choices,
    "matrix_single": _matrix,
    "integer": _number,
    "decimal": lambda question, draw: float(_number(question, draw)),
    "scale": _scale,
    "slider": _scale,
    "rating": lambda question, draw: _around(draw, 1, question.settings.get("stars", 5), 0.7),
    "nps": lambda _question, draw: _around(draw, 0, 10, 0.75),
    "yes_no": lambda _question, draw: draw.random() < 0.35,
    "date": _day,
    "text": lambda _question, draw: draw.choice(_WHAT).capitalize(),
    "long_text": lambda _question, draw: " ".join(_sentence(draw) for _ in range(draw.choice((1, 1, 2, 3)))),
    "email": lambda _question, draw: f"{draw.choice(_WHAT).split()[-1]}{draw.randrange(1000)}@example.org",
}


def demo_answers(questionnaire: Questionnaire, draw: random.Random) -> dict[str, Any]:
    """Return what somebody may answer to `questionnaire`, as replies store it."""
    answers: dict[str, Any] = {}
    for question in questionnaire.questions():
        if not QUESTION_TYPES[question.type].asks:
            continue
        # What people write in their own words, and who they are, most leave out.
        rarely = question.personal or question.type in {"text", "long_text", "email"}
        skipped = not question.required and draw.random() < (0.7 if rarely else SKIPPED)
        answers[question.key] = None if skipped else _ANSWERS[question.type](question, draw)
        if question.other and answers[question.key] and draw.random() < 0.04:
            answers[question.other_key] = draw.choice(_WHAT)
            # The words are the answer: no choice has been taken.
            answers[question.key] = [] if question.type == "multiple_choice" else None
    return answers


def _moment(draw: random.Random, start: dt.datetime, days: int) -> dt.datetime:
    """Return when somebody answers: most in the first weeks, few at the weekend, none in the small hours."""
    day = min(draw.expovariate(3 / days), days - 1)
    moment = start + dt.timedelta(days=int(day))
    if moment.weekday() >= 5 and draw.random() < 0.6:
        moment -= dt.timedelta(days=2)
    return moment + dt.timedelta(hours=7 + min(draw.gauss(6, 3) % 15, 15), seconds=draw.randrange(3600))


def _rows(survey: Survey, number: int, draw: random.Random) -> Iterator[tuple[Any, ...]]:
    version = survey.current_version
    if version is None:
        raise ValueError("Only what was published has replies.")
    questionnaire = questionnaire_of(version)
    documents = [
        json.dumps(demo_answers(questionnaire, draw), ensure_ascii=False) for _ in range(min(number, DOCUMENTS))
    ]
    end = now()
    start = end - dt.timedelta(days=DAYS)
    moments = sorted(min(_moment(draw, start, DAYS), end) for _ in range(number))
    reviews = (ReviewStatus.NEW.value, ReviewStatus.APPROVED.value, ReviewStatus.FLAGGED.value, ReviewStatus.SPAM.value)
    statuses = draw.choices(reviews, (70, 25, 3, 2), k=number)
    for moment, status in zip(moments, statuses, strict=True):
        partial, bits = draw.random() < 0.05, draw.getrandbits(60)
        key = "".join(_ALPHABET[(bits >> shift) % len(_ALPHABET)] for shift in range(0, 60, 5))
        yield (
            key,
            survey.id,
            version.id,
            documents[bits % len(documents)],
            ReplyKind.PARTIAL.value if partial else ReplyKind.COMPLETE.value,
            draw.random() < 0.01,
            status,
            questionnaire.language,
            "form",
            hashlib.sha256(key.encode()).hexdigest(),
            moment - dt.timedelta(seconds=60 + bits % 1200),
            None if partial else moment,
            1,
        )


def store_demo_replies(survey: Survey, number: int, *, seed: int = 1) -> Iterator[int]:
    """Store `number` replies to a published survey; yield how many there are after each part.

    Each part is committed by the caller, and is one statement of the driver's: COPY on PostgreSQL. The same seed gives
    the same replies.
    """
    rows, done = _rows(survey, number, random.Random(f"{seed}-{survey.title}")), 0  # noqa: S311 - no secret is drawn
    while part := list(islice(rows, CHUNK)):
        _store(part)
        done += len(part)
        yield done


def _store(part: list[tuple[Any, ...]]) -> None:
    connection = db.session.connection()
    columns = ", ".join(_COLUMNS)
    if connection.dialect.name == "postgresql":
        driver: Any = connection.connection
        with driver.cursor() as cursor, cursor.copy(f"COPY reply ({columns}) FROM STDIN") as copy:
            for row in part:
                copy.write_row(row)
        return
    stored = _TIME.bind_processor(connection.dialect) or (lambda moment: moment)
    marks = ", ".join("?" for _ in _COLUMNS)
    connection.exec_driver_sql(
        f"INSERT INTO reply ({columns}) VALUES ({marks})",  # noqa: S608 - names of our own
        [(*row[:10], stored(row[10]), stored(row[11]), row[12]) for row in part],
    )
