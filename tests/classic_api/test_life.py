"""A client's whole life over real HTTP, and every body as the contract has it."""

from __future__ import annotations

import http.client
import json
from contextlib import closing
from typing import Any
from urllib.parse import urlsplit

from tests.factories import make_user

DUE = "2031-05-06 07:08:09"
REFUSED = {"message": "The token is missing or does not work. Log in again."}
CLARA = {"username": "clara", "email": "clara@example.org", "password": "a long enough secret"}
EVE = {"username": "eve", "email": "eve@example.org", "password": "another long secret"}
QUESTIONS = [
    {"content": "Your colour?", "type": "radio", "replyContent": ["Red", "Green", "Blue"]},
    {
        "content": "What do you use?",
        "type": "checkbox",
        "replyContent": [{"id": 1, "text": "R"}, {"id": 2, "text": "S"}],
    },
    {"content": "How old are you?", "type": "number"},
    {"content": "Shake it", "type": "gesture", "replyContent": {"axis": "x"}},
]


class Client:
    """A program that knows the original's addresses, and no more."""

    def __init__(self, address: str) -> None:
        self.host, self.path = urlsplit(address).netloc, urlsplit(address).path

    def ask(self, method: str, path: str, body: Any = None, token: str = "", **headers: str) -> tuple[int, Any]:
        """Return the status and the body; no answer sets a cookie, and every body is JSON."""
        if token:
            headers["Authorization"] = f"Bearer {token}"
        sent = None if body is None else json.dumps(body)
        if body is not None:
            headers["Content-Type"] = "application/json"
        with closing(http.client.HTTPConnection(self.host, timeout=60)) as connection:
            connection.request(method, self.path + path, sent, headers)
            answer = connection.getresponse()
            text = answer.read()
        assert "Set-Cookie" not in answer.headers
        assert answer.headers["Content-Type"] == "application/json"
        return answer.status, json.loads(text)

    def post(self, path: str, body: Any = None, token: str = "", **headers: str) -> tuple[int, Any]:
        return self.ask("POST", path, body, token, **headers)

    def get(self, path: str, token: str = "", **headers: str) -> tuple[int, Any]:
        return self.ask("GET", path, None, token, **headers)


def test_a_clients_whole_life(served):
    make_user("admin")  # nobody registers before there is an administrator
    client = Client(served)
    access, refresh = register(client)
    survey = build(client, access)
    questions = read(client, access, survey)
    reply(client, questions)
    count(client, access, survey, questions)
    grow(client, access, survey)
    refuse_a_stranger(client, survey, access)
    log_out(client, access, refresh, survey)


def tokens(body: dict[str, Any], message: str) -> tuple[str, str]:
    assert body.keys() == {"message", "access_token", "refresh_token"}
    assert body["message"] == message
    assert body["access_token"].count(".") == body["refresh_token"].count(".") == 2
    return body["access_token"], body["refresh_token"]


def register(client: Client) -> tuple[str, str]:
    """Register and log in: by the body, and by headers as old clients do."""
    status, body = client.post("/register", CLARA)
    assert status == 200
    tokens(body, "User clara was created")
    assert client.post("/register", CLARA) == (409, {"message": "User clara already exists"})
    other = {**CLARA, "username": "carla"}
    assert client.post("/register", other) == (409, {"message": f"User with email {CLARA['email']} already exists"})
    blank = {"email": "This field cannot be blank", "password": "This field cannot be blank"}
    assert client.post("/register", {"username": "x"}) == (400, {"message": blank})
    for wrong in ({**CLARA, "password": "wrong"}, {**CLARA, "username": "nobody"}):
        assert client.post("/login", wrong) == (401, {"message": "Wrong credentials"})
    assert client.get("/users") == (401, REFUSED)
    status, body = client.post("/login", username="clara", password=CLARA["password"])
    assert status == 200
    return tokens(body, "Logged in as clara")


def build(client: Client, access: str) -> int:
    """Make a survey with its questions, and half of one."""
    assert client.get("/getsurveys", access) == (404, {"message": "User clara has no surveys"})
    assert client.get("/activesurveys") == (404, {"message": "There are no active surveys"})
    half = {"name": "Half", "duedate": DUE, "isactive": "True", "questions": [*QUESTIONS[:2], {"content": "No type"}]}
    blank = {"questions[2].type": "This field cannot be blank"}
    assert client.post("/addsurvey", half, access) == (400, {"message": blank})
    assert client.get("/getsurveys", access) == (404, {"message": "User clara has no surveys"})
    whole = {"name": "Habits", "duedate": DUE, "isactive": "True", "questions": QUESTIONS}
    assert client.post("/addsurvey", whole) == (401, REFUSED)
    assert client.post("/addsurvey", whole, access) == (200, {"message": "Survey Habits was created"})
    draft = {"name": "Later", "duedate": "2031-05-06T09:08:09+02:00", "desc": "<b>Soon</b>"}
    assert client.post("/addsurvey", token=access, **draft) == (200, {"message": "Survey Later was created"})
    return int(client.get("/getsurveys", access)[1]["surveys"][0]["id"])


def listed(survey: int, replies: int = 0) -> dict[str, Any]:
    return {
        "id": survey,
        "name": "Habits",
        "isActive": True,
        "dueDate": DUE,
        "subCount": replies,
        "desc": "Add description!",
    }


def read(client: Client, access: str, survey: int) -> list[int]:
    """List surveys and questions; return the ids of these."""
    status, own = client.get("/getsurveys", access)
    later = own["surveys"][1]["id"]
    draft = {"id": later, "name": "Later", "isActive": False, "dueDate": DUE, "subCount": 0, "desc": "<b>Soon</b>"}
    assert (status, own) == (200, {"surveys": [listed(survey), draft]})
    assert client.get("/activesurveys") == (200, {"surveys": [listed(survey)]})
    status, body = client.get("/getsurveyquestions", idSurvey=str(survey))
    numbers = [one["id"] for one in body["questions"]]
    asked = [{"replyContent": None, **one, "id": number} for one, number in zip(QUESTIONS, numbers, strict=True)]
    assert (status, body) == (200, {"questions": asked})
    unknown = (404, {"message": "Survey doesn't exist"})
    assert client.get("/getsurveyquestions", idSurvey=str(later)) == unknown
    assert client.get("/getsurveyquestions", access, idSurvey=str(later)) == (200, {"questions": []})
    assert client.get("/getsurveyquestions", access, idSurvey="2147483647") == unknown
    return numbers


SENT: list[tuple[int, Any]] = [(0, "Green"), (0, "Red"), (1, [{"id": 2, "text": "S"}]), (2, 41.5), (3, {"g": 9.81})]


def reply(client: Client, questions: list[int]) -> None:
    """Send answers: without a token, sound ones and others."""
    for place, sent in SENT:
        body = {"idQuestion": questions[place], "reply": sent}
        assert client.post("/addreply", body) == (200, {"message": "Reply was added"})
    assert client.post("/addreply", {"reply": "Blue"}, idQuestion=str(questions[0])) == (
        200,
        {"message": "Reply was added"},
    )
    misfit = {"idQuestion": questions[0], "reply": "Purple"}
    assert client.post("/addreply", misfit) == (422, {"message": "Choose one of the answers on offer."})
    unknown = {"idQuestion": questions[-1] + 1_000, "reply": "Red"}
    assert client.post("/addreply", unknown) == (404, {"message": "Question doesn't exist"})


def count(client: Client, access: str, survey: int, questions: list[int]) -> None:
    """Read the statistics."""
    assert client.get("/getsurveys", access)[1]["surveys"][0] == listed(survey, 6)
    answers = [["Green", "Red", "Blue"], [[{"id": 2, "text": "S"}]], [41.5], [{"g": 9.81}]]
    expected = [
        {"id": number, "type": one["type"], "votes": len(given), "content": one["content"], "answers": given}
        for number, one, given in zip(questions, QUESTIONS, answers, strict=True)
    ]
    assert client.get("/getsurveystats", access, id=str(survey)) == (200, expected)


def grow(client: Client, access: str, survey: int) -> None:
    """Add a question to the survey that is published."""
    added = {"idSurvey": survey, "content": "Anything else?", "type": "longtext"}
    assert client.post("/addquestion", added, access) == (200, {"message": "Question was added"})
    body = client.get("/getsurveyquestions", idSurvey=str(survey))[1]
    assert [one["type"] for one in body["questions"]] == ["radio", "checkbox", "number", "gesture", "longtext"]
    assert [one["votes"] for one in client.get("/getsurveystats", access, id=str(survey))[1]] == [3, 1, 1, 1, 0]


def refuse_a_stranger(client: Client, survey: int, access: str) -> None:
    """Somebody else sees what everybody does, and no more."""
    stranger = tokens(client.post("/register", EVE)[1], "User eve was created")[0]
    refused = (403, {"message": "User eve not permited"})
    added = {"idSurvey": survey, "content": "Mine?", "type": "text"}
    assert client.post("/addquestion", added, stranger) == refused
    assert client.get("/getsurveystats", stranger, id=str(survey)) == refused
    assert client.get("/getsurveystats", id=str(survey)) == (401, REFUSED)
    assert client.get("/getsurveys", stranger) == (404, {"message": "User eve has no surveys"})
    named = [{"username": name} for name in ("admin", "clara", "eve")]
    assert client.get("/users", stranger) == (200, {"users": named})
    assert client.ask("DELETE", "/users", token=stranger) == refused
    assert len(client.get("/getsurveyquestions", idSurvey=str(survey))[1]["questions"]) == 5


def log_out(client: Client, access: str, refresh: str, survey: int) -> None:
    """Take another access token, and end all of them."""
    assert client.post("/token/refresh", token=access) == (401, REFUSED)
    status, body = client.post("/token/refresh", token=refresh)
    assert status == 200
    assert body.keys() == {"access_token"}
    assert client.get("/getsurveys", refresh) == (401, REFUSED)
    assert client.post("/logout/access", token=access) == (200, {"message": "Access token has been revoked"})
    assert client.get("/getsurveys", access) == (401, REFUSED)
    assert client.get("/getsurveys", body["access_token"])[0] == 200
    assert client.post("/logout/refresh", token=refresh) == (200, {"message": "Refresh token has been revoked"})
    assert client.post("/token/refresh", token=refresh) == (401, REFUSED)
    assert client.get("/getsurveyquestions", idSurvey=str(survey))[0] == 200
