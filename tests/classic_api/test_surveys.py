"""Making surveys and listing them, through the second door."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select

from admin_app.audit.models import AuditEntry
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.permissions import SYSTEM
from admin_app.surveys import operations
from admin_app.surveys.models import Question, Survey, SurveyState, SurveyVersion
from admin_app.surveys.queries import draft_questionnaire, questionnaire_of
from tests.factories import make_reply, make_survey, make_user

COLOUR = {"content": "Your colour?", "type": "radio", "replyContent": ["Red", "Green"]}
AGE = {"content": "Your age?", "type": "number"}
DUE = "2031-05-06 07:08:09"
NEW = {"name": "Colours", "duedate": DUE}


def the_survey() -> Survey:
    return db.session.scalars(select(Survey)).one()


def stored() -> list[int]:
    models = (Survey, Question, SurveyVersion, AuditEntry)
    return [db.session.scalar(select(func.count()).select_from(model)) or 0 for model in models]


class TestAddSurvey:
    def test_a_draft_with_questions(self, ask, token, anna):
        answer = ask(
            "/addsurvey", {**NEW, "desc": "<b>Hi</b><script>x</script>", "questions": [COLOUR, AGE]}, token=token
        )
        assert (answer.status_code, answer.json) == (200, {"message": "Survey Colours was created"})
        survey = the_survey()
        assert (survey.title, survey.introduction, survey.owner_id) == ("Colours", "<b>Hi</b>", anna.id)
        assert (survey.state, survey.current_version_id) == (SurveyState.DRAFT, None)
        assert survey.closes_at == dt.datetime(2031, 5, 6, 7, 8, 9, tzinfo=dt.UTC)
        first, second = draft_questionnaire(survey).questions()
        assert (first.label, first.type, [one.label for one in first.choices]) == (
            "Your colour?", "single_choice", ["Red", "Green"],
        )  # fmt: skip
        assert (second.label, second.type, second.key) == ("Your age?", "decimal", "your_age")

    @pytest.mark.parametrize("active", ["True", "true", True], ids=repr)
    def test_an_active_one_takes_replies(self, ask, token, active):
        ask("/addsurvey", {**NEW, "isactive": active, "questions": [COLOUR]}, token=token)
        survey = the_survey()
        assert survey.state is SurveyState.OPEN
        assert [one.label for one in questionnaire_of(survey.current_version).questions()] == ["Your colour?"]

    @pytest.mark.parametrize("active", ["False", "false", "yes", "1", 1, False, None, [], {}], ids=repr)
    def test_anything_else_is_a_draft(self, ask, token, active):
        assert ask("/addsurvey", {**NEW, "isactive": active}, token=token).status_code == 200
        assert the_survey().state is SurveyState.DRAFT

    def test_an_active_one_may_be_empty(self, ask, token):
        assert ask("/addsurvey", {**NEW, "isactive": "True"}, token=token).status_code == 200
        assert the_survey().state is SurveyState.OPEN

    def test_parameters_in_headers_and_questions_as_texts(self, ask, token):
        headers = {"name": "Colours", "duedate": "2031-05-06T09:08:09+02:00", "isactive": "True"}
        body = {"questions": ['{"content": "Your age?", "type": "number"}']}
        assert ask("/addsurvey", body, token=token, headers=headers).status_code == 200
        survey = the_survey()
        assert survey.introduction == "Add description!"
        assert survey.closes_at == dt.datetime(2031, 5, 6, 7, 8, 9, tzinfo=dt.UTC)
        assert [one.label for one in questionnaire_of(survey.current_version).questions()] == ["Your age?"]

    def test_two_questions_of_the_same_words(self, ask, token):
        assert ask("/addsurvey", {**NEW, "questions": [AGE, AGE]}, token=token).status_code == 200
        assert [one.key for one in draft_questionnaire(the_survey()).questions()] == ["your_age", "your_age_2"]

    @pytest.mark.parametrize("active", ["True", "False"])
    @pytest.mark.parametrize(
        ("third", "status", "message"),
        [
            ({"content": "No type"}, 400, {"questions[2].type": "This field cannot be blank"}),
            ({"type": "text"}, 400, {"questions[2].content": "This field cannot be blank"}),
            ({"content": "", "type": "text"}, 400, {"questions[2].content": "This field cannot be blank"}),
            ({"content": 5, "type": "text"}, 422, "Question 3: “content” must be a text."),
            ({"content": "x" * 5_001, "type": "text"}, 422, None),
            ({"content": "x", "type": "t" * 51}, 422, {"type": "Use at most 50 characters."}),
            ({"content": "x", "type": "radio", "replyContent": ["x" * 5_001]}, 422, None),
            ({"content": "x", "type": "radio", "replyContent": ["x"] * 1_001}, 422, None),
            ({"content": "x", "type": "other", "replyContent": "x" * 100_001}, 422, None),
            ("no object", 422, "Question 3 is no object with content and type."),
            (None, 422, "Question 3 is no object with content and type."),
        ],
    )
    def test_half_a_survey_is_none(self, ask, token, active, third, status, message):
        before = stored()
        answer = ask("/addsurvey", {**NEW, "isactive": active, "questions": [COLOUR, AGE, third]}, token=token)
        assert answer.status_code == status
        assert message is None or answer.json == {"message": message}
        assert answer.json["message"]
        assert stored() == before

    @pytest.mark.parametrize("questions", ["no JSON", {"content": "x"}, 5, [AGE] * 501])
    def test_questions_that_are_none(self, ask, token, questions):
        before = stored()
        answer = ask("/addsurvey", {**NEW, "questions": questions}, token=token)
        assert answer.status_code in {400, 422}
        assert stored() == before

    @pytest.mark.parametrize(
        "due", ["soon", "2031-13-01", "1899-12-31 00:00:00", "9999-12-31T23:59:59-23:00", "0001-01-01", "1" * 50]
    )
    def test_a_day_that_is_none(self, ask, token, due):
        before = stored()
        answer = ask("/addsurvey", {**NEW, "duedate": due}, token=token)
        assert answer.status_code == 422
        assert answer.json["message"]
        assert stored() == before

    def test_who_may_not_make_surveys(self, ask, tokens_for):
        viewer = tokens_for(make_user("vera", role="viewer"))["access"]
        before = stored()
        answer = ask("/addsurvey", NEW, token=viewer)
        assert (answer.status_code, answer.json) == (403, {"message": "User vera not permited"})
        assert stored() == before


class TestAddQuestion:
    @pytest.fixture
    def survey(self, anna):
        return make_survey(anna, opened=True)

    def test_it_is_asked_from_now_on(self, ask, token, survey):
        answer = ask("/addquestion", {"idSurvey": survey.id, **COLOUR}, token=token)
        assert (answer.status_code, answer.json) == (200, {"message": "Question was added"})
        assert survey.current_version.number == 2
        asked = ask("/getsurveyquestions", method="GET", headers={"idSurvey": str(survey.id)}).json["questions"]
        assert {**asked[-1], "id": 0} == {**COLOUR, "id": 0}
        assert asked[-1]["id"] == db.session.scalar(select(func.max(Question.id)))

    def test_headers_as_old_clients_send_them(self, ask, token, survey):
        headers = {"idSurvey": str(survey.id), "content": "Grün?", "type": "yes_no"}
        headers = {name: text.encode().decode("latin-1") for name, text in headers.items()}
        assert ask("/addquestion", token=token, headers=headers).status_code == 200
        assert list(questionnaire_of(survey.current_version).questions())[-1].label == "Grün?"

    def test_a_survey_that_is_not_there(self, ask, token, survey):
        for number in (survey.id + 1, 2**31 - 1):
            answer = ask("/addquestion", {"idSurvey": number, **AGE}, token=token)
            assert (answer.status_code, answer.json) == (404, {"message": "Survey doesn't exist"})
        with unit_of_work():
            operations.delete_survey(survey, actor=SYSTEM)
        answer = ask("/addquestion", {"idSurvey": survey.id, **AGE}, token=token)
        assert (answer.status_code, answer.json) == (404, {"message": "Survey doesn't exist"})

    @pytest.mark.parametrize("role", ["own_surveys", "viewer", None])
    def test_a_stranger(self, ask, survey, tokens_for, role):
        stranger = tokens_for(make_user("eve", role=role))["access"]
        before = stored()
        answer = ask("/addquestion", {"idSurvey": survey.id, **AGE}, token=stranger)
        assert (answer.status_code, answer.json) == (403, {"message": "User eve not permited"})
        assert stored() == before


class TestLists:
    def test_ones_own(self, ask, token, anna):
        answer = ask("/getsurveys", token=token, method="GET")
        assert (answer.status_code, answer.json) == (404, {"message": "User anna has no surveys"})
        make_survey(make_user("other"), opened=True)
        draft = make_survey(anna)
        open_ = make_survey(anna, opened=True, closes_at=dt.datetime(2031, 1, 2, 3, 4, 5, tzinfo=dt.UTC))
        make_reply(open_)
        make_reply(open_, test=True)
        answer = ask("/getsurveys", token=token, method="GET")
        shared = {"name": "Working here", "desc": "<p>Hello.</p>"}
        assert answer.json == {
            "surveys": [
                {"id": draft.id, "isActive": False, "dueDate": None, "subCount": 0, **shared},
                {"id": open_.id, "isActive": True, "dueDate": "2031-01-02 03:04:05", "subCount": 1, **shared},
            ]
        }

    def test_active_ones_are_everybodys_to_see(self, ask, anna):
        answer = ask("/activesurveys", method="GET")
        assert (answer.status_code, answer.json) == (404, {"message": "There are no active surveys"})
        survey = make_survey(anna, opened=True)
        make_survey(anna)
        make_survey(anna, published=True)
        make_survey(anna, opened=True, closes_at=now() - dt.timedelta(hours=1))
        with unit_of_work():
            operations.update_survey(survey, {"introduction": "<p>Not yet published</p>"}, actor=SYSTEM)
        found = ask("/activesurveys", method="GET").json["surveys"]
        assert [(one["id"], one["isActive"], one["desc"]) for one in found] == [(survey.id, True, "<p>Hello.</p>")]

    def test_a_client_that_has_the_list_is_told_so(self, ask, anna):
        survey = make_survey(anna, opened=True)
        first = ask("/activesurveys", method="GET")
        known = {"If-None-Match": first.headers["ETag"]}
        again = ask("/activesurveys", method="GET", headers=known)
        assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
        question = next(one for one in survey.questions if one.key == "comment")
        assert ask("/addreply", {"idQuestion": question.id, "reply": "Hello"}).status_code == 200
        changed = ask("/activesurveys", method="GET", headers=known)
        assert changed.status_code == 200
        assert [one["subCount"] for one in changed.json["surveys"]] == [1]

    def test_it_is_not_made_anew_for_each(self, ask, anna, app):
        from tests.helpers import count_statements

        make_survey(anna, opened=True)
        ask("/activesurveys", method="GET")
        app.extensions["canvass.classic_active"]._until = float("inf")
        with count_statements(db.engine) as seen:
            assert ask("/activesurveys", method="GET").status_code == 200
        assert seen == []
