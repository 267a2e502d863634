"""Every parameter missing, empty, doubled, a megabyte long, with a NUL in it, 10^20, or of a wrong type.

Each is refused with a message, wherever it stands, and nothing is stored; on both databases.
"""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from sqlalchemy import func, select

from admin_app.audit.models import AuditEntry
from admin_app.core.db import db
from admin_app.replies.models import Reply
from admin_app.surveys.models import Choice, Question, Survey, SurveyVersion
from tests.factories import make_survey, make_user

MEGABYTE = "x" * 1_000_000
TOO_LONG = "9" * 1_000_000
HUGE = 10**20
BLANK = "This field cannot be blank"

# By endpoint: its method, and sound parameters; the required ones first.
ENDPOINTS: dict[str, tuple[str, dict[str, Any], tuple[str, ...]]] = {
    "/addsurvey": (
        "POST",
        {"name": "A name", "duedate": "2031-05-06 07:08:09", "desc": "Words", "isactive": "True", "questions": []},
        ("name", "duedate"),
    ),
    "/addquestion": (
        "POST",
        {"idSurvey": "survey", "content": "Your age?", "type": "radio", "replyContent": ["Young", "Old"]},
        ("idSurvey", "content", "type"),
    ),
    "/addreply": ("POST", {"idQuestion": "question", "reply": 42}, ("idQuestion", "reply")),
    "/getsurveyquestions": ("GET", {"idSurvey": "survey"}, ("idSurvey",)),
    "/getsurveystats": ("GET", {"id": "survey"}, ("id",)),
}
REQUIRED = [(path, name) for path, (_method, _sound, required) in ENDPOINTS.items() for name in required]
ALL = [(path, name) for path, (_method, sound, _required) in ENDPOINTS.items() for name in sound]
NUMBERS = ("idSurvey", "idQuestion", "id")
# What may stand there all the same: any JSON, or anything but "true".
TAKES_ANYTHING = ("replyContent", "isactive")


def counts() -> list[int]:
    models = (Survey, Question, Choice, SurveyVersion, Reply, AuditEntry)
    return [db.session.scalar(select(func.count()).select_from(model)) or 0 for model in models]


@pytest.fixture
def send(client, tokens_for):
    """Send parameters to an endpoint and see to it that they are refused and nothing is stored."""
    anna = make_user("anna", role="own_surveys")
    survey = make_survey(anna, opened=True)
    numbers = {"survey": survey.id, "question": next(one.id for one in survey.questions if one.key == "age")}
    head = {"Authorization": f"Bearer {tokens_for(anna)['access']}"}

    def refused(path: str, *, where: str, raw: str = "", environ: dict[str, str] | None = None, **changed: Any) -> Any:
        method, sound, _required = ENDPOINTS[path]
        sent = {name: numbers.get(value, value) if isinstance(value, str) else value for name, value in sound.items()}
        sent = {name: value for name, value in {**sent, **changed}.items() if value is not ...}
        options: dict[str, Any] = {"headers": dict(head), "environ_overrides": environ or {}}
        if where == "json":
            text = json.dumps(sent)
            options |= {"data": text[:-1] + raw + "}", "content_type": "application/json"}
        else:
            texts = {name: one if isinstance(one, str) else json.dumps(one) for name, one in sent.items()}
            if where == "form":
                options |= {"data": urlencode(texts) + raw, "content_type": "application/x-www-form-urlencoded"}
            else:
                options["environ_overrides"] = {f"HTTP_{name.upper()}": one for name, one in texts.items()}
        before = counts()
        answer = client.open(f"/api/flaskforms{path}", method=method, **options)
        assert 400 <= answer.status_code < 500, answer.text
        assert answer.json.keys() == {"message"}
        assert answer.json["message"]
        assert answer.headers["Cache-Control"] == "no-store"
        assert counts() == before
        return answer

    return refused


WHERE = ("json", "form", "header")


@pytest.mark.parametrize(("path", "name"), REQUIRED)
def test_missing_and_empty(send, path, name):
    blank = (400, {"message": {name: BLANK}})
    for where in WHERE:
        for nothing in (..., "", "  "):
            answer = send(path, where=where, **{name: nothing})
            assert (answer.status_code, answer.json) == blank
    answer = send(path, where="json", **{name: None})
    assert (answer.status_code, answer.json) == blank


@pytest.mark.parametrize(("path", "name"), ALL)
def test_what_no_parameter_can_be(send, path, name):
    """Doubled, with what cannot be stored in it, or no number that anybody could count to."""
    send(path, where="json", raw=f', "{name}": "x"')
    send(path, where="form", raw=f"&{name}=x")
    for where in WHERE:
        send(path, where=where, **{name: "a\0b"})
    send(path, where="json", **{name: "a\ud800"})
    send(path, where="json", **{name: HUGE})
    if name in {*NUMBERS, "duedate", "reply", "questions"}:
        send(path, where="form", **{name: HUGE})
        send(path, where="header", **{name: HUGE})
    for text in ("NaN", "Infinity", "1e999"):
        send(path, where="json", raw=f', "more": {text}')


@pytest.mark.parametrize(("path", "name"), [one for one in ALL if one[1] != "isactive"])
def test_a_megabyte(send, path, name):
    """But for what does not say true, which is no."""
    for where in WHERE:
        send(path, where=where, **{name: TOO_LONG if name in NUMBERS else MEGABYTE})


@pytest.mark.parametrize(("path", "name"), [one for one in ALL if one[1] not in TAKES_ANYTHING])
def test_a_wrong_type(send, path, name):
    for wrong in (["a", []], {"a": {}}, 1.5, True, -1):
        send(path, where="json", **{name: wrong})


@pytest.mark.parametrize("path", ENDPOINTS)
def test_bodies_that_are_no_sound_object(client, send, path):
    for raw in (", ", ', "a": [[[[[[[[[[]]]]]]]]]]', ', "a": 1, "a": 2'):
        send(path, where="json", raw=raw)
    before = counts()
    for body in (b"[]", b"5", b"\xff\xfe", b"null", b"[" * 100_000):
        answer = client.open(
            f"/api/flaskforms{path}", method=ENDPOINTS[path][0], data=body, content_type="application/json"
        )
        assert answer.status_code in {400, 401}
        assert answer.json["message"]
    assert counts() == before


def test_numbers_that_look_like_some(send):
    for text in ("1,1", "0x1", "１", "1.0", "-1", "+1", "1e3", "1 2"):
        send("/getsurveyquestions", where="form", idSurvey=text)
