"""The part of `make bench` about the flaskForms endpoints: against the floor, and one answer of millions of rows."""

from __future__ import annotations

import http.client
import json
import time
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from flask_migrate import upgrade
from sqlalchemy import text

from admin_app import create_app
from admin_app.core.db import db, unit_of_work
from admin_app.surveys import operations as surveys
from admin_app.surveys.models import Survey
from admin_app.surveys.questionnaire import ChoiceSpec, Questionnaire, QuestionSpec, SectionSpec
from tests.bench import report
from tests.bench.canvass_side import DIFFERENT
from tests.bench.contests import Contest, play
from tests.bench.exports import watched
from tests.bench.load import Target
from tests.bench.questions import ANSWER
from tests.bench.rounds import let_go
from tests.bench.servers import SECRET, serving
from tests.factories import PASSWORD, make_survey, make_user

ROOT = "/api/flaskforms"
ACTIVE, QUESTIONS, REPLIES = 1_000, 20, 100_000
# So many times in a row, a second apart, the list has to be the same.
SETTLED = 5
BODIES_PER_SECOND = 8_000
# The original was killed after so many seconds, at so many bytes.
PEER_SECONDS, PEER_MEMORY = 30.0, 2_200_000_000
MEMORY_GOAL = 100_000_000

# As `/addreply` stores them: each reply has one answer.
_REPLIES = """
INSERT INTO reply (public_id, survey_id, version_id, answers, kind, test, review_status, language, source,
                   submitted_at, lock_version)
SELECT 'b' || lpad(to_hex(number), 11, '0'), :survey, :version,
       jsonb_build_object('q' || number % :questions, 'c' || number % 5),
       'complete', false, 'new', 'en', 'form', now(), 1
  FROM generate_series(1, :replies) AS number
"""


@dataclass
class Statistics:
    """All answers to a survey: seconds until they began and were whole, bytes sent, bytes that a process grew by."""

    answers: int
    first: float
    whole: float
    size: int
    grown: int


@dataclass
class Second:
    """What was measured of the second door."""

    contests: list[Contest]
    statistics: Statistics

    @property
    def kept(self) -> bool:
        """Whether the goals were reached."""
        small = self.statistics.grown <= MEMORY_GOAL
        return small and self.statistics.whole <= PEER_SECONDS and all(one.kept for one in self.contests)


@dataclass(frozen=True)
class _Site:
    busy: int
    question: int
    large: int
    label: str = "c1"


def measure(url: str, floor_dsn: str, folder: Path, rounds: int, seconds: float) -> Second:
    """Measure both programs in alternating rounds, then the statistics of one large survey."""
    folder.mkdir(parents=True, exist_ok=True)
    site = _prepare(url, folder / "instance", REPLIES if rounds > 1 else REPLIES // 20)
    environment = {"CANVASS_DATABASE_URL": url, "CANVASS_SECRET_KEY": SECRET, **DIFFERENT}
    environment |= {"CANVASS_INSTANCE": str(folder / "instance"), "CANVASS_API_ADDRESS_REQUESTS": "0"}
    with ExitStack() as stack:
        floor = stack.enter_context(
            serving("tests.bench.floor:create_app", "--factory", environment={"FLOOR_DSN": floor_dsn}, ready="/hello")
        )
        canvass = stack.enter_context(serving("wsgi:app", environment=environment, ready="/healthz"))
        contests = _contests(floor, canvass, site)
        play(contests, rounds, seconds, folder)
        return Second(contests, _statistics(canvass, site.large))


def _questionnaire(title: str) -> Questionnaire:
    choices = tuple(ChoiceSpec("", f"c{number}", f"c{number}") for number in range(5))
    questions = (
        QuestionSpec("", f"q{number}", "single_choice", f"Question {number}", choices=choices)
        for number in range(QUESTIONS)
    )
    return Questionnaire(title, sections=(SectionSpec("", "", questions=tuple(questions)),))


def _prepare(url: str, instance: Path, replies: int) -> _Site:
    app = create_app({"DATABASE_URL": url, "SECRET_KEY": SECRET, "INSTANCE": instance, "LOG_LEVEL": "error"})
    with app.app_context():
        upgrade()
        user = make_user("bench")
        busy = make_survey(user, opened=True, questionnaire=_questionnaire("Busy"))
        # It takes no replies, so that the list is of as many as it says.
        large = make_survey(user, published=True, questionnaire=_questionnaire("Large"))
        with unit_of_work():
            for number in range(ACTIVE - 1):
                small = Questionnaire(f"Survey number {number}", introduction="Add description!")
                surveys.import_survey(small, owner=user, actor=user, take_replies=True, may_be_empty=True)
        with unit_of_work() as session:
            values = {"survey": large.id, "version": large.current_version_id, "questions": QUESTIONS}
            session.execute(text(_REPLIES), {**values, "replies": replies * QUESTIONS})
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
        site = _Site(busy.id, _first_question(busy), large.id)
        let_go()
    return site


def _first_question(survey: Survey) -> int:
    return min(question.id for question in survey.questions)


def _contests(floor: int, canvass: int, site: _Site) -> list[Contest]:
    reply = urlencode({"idQuestion": site.question, "reply": json.dumps(site.label)})
    asked = [("idSurvey", str(site.busy))]

    def hello(_seconds: float) -> Target:
        return Target(floor, "/hello")

    def floor_submissions(seconds: float) -> Target:
        return Target(floor, "/submit", [ANSWER] * int(seconds * BODIES_PER_SECOND))

    def replies(seconds: float) -> Target:
        return Target(canvass, f"{ROOT}/addreply", [reply] * int(seconds * BODIES_PER_SECOND))

    return [
        Contest("`/addreply`, and a submission", 0.4, {"floor": floor_submissions, "Canvass": replies}),
        Contest(
            f"`/getsurveyquestions` of {QUESTIONS}, and the form",
            0.5,
            {
                "floor": lambda _: Target(floor, "/form"),
                "Canvass": lambda _: Target(canvass, f"{ROOT}/getsurveyquestions", headers=asked),
            },
        ),
        Contest(
            f"`/activesurveys` of {ACTIVE:,}, and `/hello`",
            0.04,
            {"floor": hello, "Canvass": lambda _: Target(canvass, f"{ROOT}/activesurveys")},
        ),
        Contest(
            "the same, not modified (304), and `/hello`",
            0.3,
            {
                "floor": hello,
                "Canvass": lambda _: Target(
                    canvass, f"{ROOT}/activesurveys", headers=[("If-None-Match", _settled_etag(canvass))]
                ),
            },
        ),
    ]


def _settled_etag(port: int) -> str:
    """Return the tag of the list once both processes have counted what was stored before."""
    tags = [_etag(port)]
    while len(tags) < SETTLED or len(set(tags[-SETTLED:])) > 1:
        time.sleep(1)
        tags.append(_etag(port))
    return tags[-1]


def _etag(port: int) -> str:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
        connection.request("GET", f"{ROOT}/activesurveys")
        answer = connection.getresponse()
        found = len(json.loads(answer.read())["surveys"])
        if found != ACTIVE:
            raise SystemExit(f"The list has {found} surveys.")
        return answer.headers["ETag"]


def _statistics(port: int, survey: int) -> Statistics:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=300)) as connection:
        said = json.dumps({"username": "bench", "password": PASSWORD})
        connection.request("POST", f"{ROOT}/login", said, {"Content-Type": "application/json"})
        token = json.loads(connection.getresponse().read())["access_token"]
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=300)) as connection, watched(port) as grown:
        started = time.perf_counter()
        headers = {"Authorization": f"Bearer {token}", "id": str(survey)}
        connection.request("GET", f"{ROOT}/getsurveystats", headers=headers)
        answer = connection.getresponse()
        body = [answer.read(1)]
        first = time.perf_counter() - started
        while part := answer.read(1 << 16):
            body.append(part)
        whole = time.perf_counter() - started
    found = json.loads(b"".join(body))
    if len(found) != QUESTIONS or any(one["votes"] != len(one["answers"]) for one in found):
        raise SystemExit("The statistics are not those of the survey.")
    return Statistics(sum(one["votes"] for one in found), first, whole, sum(map(len, body)), max(grown))


INTRODUCTION = f"""
## The flaskForms endpoints

Against the floor as above. `/activesurveys` lists {ACTIVE:,} surveys. `/getsurveystats` sends all answers to
{QUESTIONS} questions, which came as a reply each; the original was killed at the same after {PEER_SECONDS:.0f} s, when
it held {PEER_MEMORY / 1e9:.1f} GB.
"""


def lines(second: Second) -> list[str]:
    """Return the part of the page."""
    found = [
        INTRODUCTION,
        "| | requests/s | p50 ms | p99 ms | ratio to the floor | goal |",
        "|---|---|---|---|---|---|",
    ]
    for contest in second.contests:
        found += report.rows(contest)
    one = second.statistics
    found += ["", "| answers | MB | first byte s | whole s | grown MB |", "|---|---|---|---|---|"]
    times = f"{one.first:.1f} | **{one.whole:.1f}**"
    found.append(f"| {one.answers:,} | {one.size / 1e6:.0f} | {times} | **{one.grown / 1e6:.0f}** |")
    return [*found, f"| goal | | | {PEER_SECONDS:.0f} | {MEMORY_GOAL / 1e6:.0f} |"]
