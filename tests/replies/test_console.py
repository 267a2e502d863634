"""Replies in the console: who sees which, and what of them."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import null

from admin_app.core.db import unit_of_work
from admin_app.core.permissions import SYSTEM, can
from admin_app.replies.masking import masked_keys
from admin_app.replies.models import ReviewStatus
from admin_app.replies.queries import ReplyCounts, visible_to
from admin_app.surveys import operations as surveys
from admin_app.surveys.models import SurveyShare
from admin_app.surveys.queries import questionnaire_of
from tests.factories import SAMPLE_ANSWERS, db, login, make_reply, make_role, make_survey, make_user
from tests.replies.forms import open_form, send

OTHER = SAMPLE_ANSWERS | {"team": None, "team__other": "The secret team", "comment": None}
del OTHER["height"]


@pytest.fixture
def reply(app):
    return make_reply(make_survey(opened=True), OTHER)


def details(client: FlaskClient, reply) -> str:
    answer = client.get(f"/admin/reply/details/?id={reply.id}")
    assert answer.status_code == 200
    return answer.text


def test_the_list_and_the_details_of_a_reply(client: FlaskClient, reply):
    login(client, make_user())
    page = client.get("/admin/reply/")
    assert reply.public_id in page.text
    assert "Working here" in page.text
    text = details(client, reply)
    assert "Ada" in text
    assert "The secret team" in text
    assert "work from home: Often" in text
    assert text.count("Not shown") == 1, "height"
    assert text.count("Skipped") == 1, "comment"


def test_answers_stand_under_the_words_of_their_version(client: FlaskClient, reply):
    login(client, make_user())
    with unit_of_work():
        question = next(one for one in reply.survey.questions if one.key == "age")
        surveys.update_question(question, {"label": "How old are you?"}, actor=SYSTEM)
        surveys.publish_survey(reply.survey, actor=SYSTEM)
    text = details(client, reply)
    assert "Your age" in text
    assert "How old are you?" not in text


def test_personal_and_free_text_answers_are_hidden_each_without_its_right(client: FlaskClient, reply):
    rights = {"neither": "", "personal": "reply.personal_data", "text": "reply.free_text"}
    both = "reply.personal_data reply.free_text"
    shown = {}
    for name, abilities in {**rights, "both": both}.items():
        login(client, make_user(name, make_role(name, abilities, reply="R:all", survey="R:all")))
        text = details(client, reply)
        shown[name] = ("Ada" in text, "The secret team" in text)
        assert "Hidden from you" in text or name == "both"
    assert shown == {
        "neither": (False, False),
        "personal": (False, False),  # a name is also in somebody's own words
        "text": (False, True),
        "both": (True, True),
    }


def test_one_function_decides_what_is_masked(reply):
    questionnaire = questionnaire_of(reply.version)
    viewer = make_user("eva", make_role("Reader", reply="R:all"))
    keys = masked_keys(questionnaire.questions(), actor=viewer, obj=reply)
    assert keys >= {"name", "comment", "team__other", "tools__other"}
    assert not keys & {"age", "height", "started", "happy", "team", "tools", "habits"}
    assert masked_keys(questionnaire.questions(), actor=SYSTEM, obj=reply) == frozenset()


def test_words_that_an_import_kept_are_shown_and_hidden_like_all_words(client: FlaskClient):
    reply = make_reply(make_survey(opened=True), SAMPLE_ANSWERS | {"happy": None, "happy__other": "Well, mostly"})
    login(client, make_user())
    assert "Well, mostly" in details(client, reply)
    login(client, make_user("eva", make_role("Reader", reply="R:all")))
    assert "Well, mostly" not in details(client, reply)


def test_replies_follow_their_survey(app, client: FlaskClient):
    """Own, shared to read, shared to edit, a stranger's."""
    role = make_role("Own and shared", reply="RUD:shared")
    anna, ben = make_user("anna", role), make_user("ben", role)
    reply = make_reply(make_survey(owner=anna, opened=True))
    letters = {who.username: [x for x in "RUD" if can(who, "reply", x, obj=reply)] for who in (anna, ben)}
    assert letters == {"anna": ["R", "U", "D"], "ben": []}
    assert [can(who, "reply", "R", obj=reply.survey) for who in (anna, ben)] == [True, False]
    login(client, ben)
    assert client.get(f"/admin/reply/details/?id={reply.id}").status_code == 404
    assert reply.public_id not in client.get("/admin/reply/").text
    with unit_of_work() as session:
        session.add(SurveyShare(survey_id=reply.survey_id, user_id=ben.id, access="read"))
    assert [x for x in "RUD" if can(ben, "reply", x, obj=reply)] == ["R"]
    assert client.get(f"/admin/reply/details/?id={reply.id}").status_code == 200
    assert db.session.scalars(visible_to(ben)).all() == [reply]


def test_deleted_replies_and_those_of_deleted_surveys_are_gone(client: FlaskClient, reply):
    login(client, make_user())
    with unit_of_work():
        surveys.delete_survey(reply.survey, actor=SYSTEM)
    assert client.get(f"/admin/reply/details/?id={reply.id}").status_code == 404
    assert reply.public_id not in client.get("/admin/reply/").text
    assert db.session.scalars(visible_to(SYSTEM)).all() == []


def test_a_survey_leads_to_its_replies(client: FlaskClient, reply):
    other = make_reply(make_survey(opened=True))
    login(client, make_user())
    answer = client.get(f"/admin/survey/{reply.survey_id}/replies")
    assert answer.status_code == 303
    page = client.get(answer.headers["Location"])
    assert reply.public_id in page.text
    assert other.public_id not in page.text
    for odd in ("0", "abc", "99999999999999999999", "%00"):
        assert client.get(f"/admin/survey/{odd}/replies").status_code in (400, 404)
        assert client.get(f"/admin/reply/?g1.survey={odd}").status_code == 200


def test_a_reply_is_found_by_its_id_and_by_its_receipt(client: FlaskClient):
    survey = make_survey(opened=True)
    receipt = send(client, survey, open_form(client, survey)).headers["Location"][-19:]
    other = make_reply(survey)
    login(client, make_user())
    page = client.get("/admin/reply/", query_string={"search": receipt}).text
    assert other.public_id not in page
    assert "/admin/reply/details/" in page
    assert other.public_id in client.get("/admin/reply/", query_string={"search": other.public_id}).text
    assert "/admin/reply/details/" not in client.get("/admin/reply/?search=2222-2222-2222-2222").text


def test_a_list_of_replies_takes_few_statements(client: FlaskClient, statements):
    survey = make_survey(opened=True)
    for _ in range(20):
        make_reply(survey)
    login(client, make_user())
    client.get("/admin/reply/")
    with statements() as run:
        client.get("/admin/reply/")
    assert len(run) <= 12, run


@pytest.mark.parametrize("facet", ["tag", "import"])
def test_a_filter_that_has_nothing_to_choose_from_yet(client: FlaskClient, reply, facet):
    """No reply has a tag, and none was imported: there is nothing to count."""
    login(client, make_user())
    answer = client.get("/admin/reply/facets/", query_string={"facet": facet})
    assert answer.status_code == 200
    assert "<li" not in answer.text


def test_what_counts_towards_the_results(app):
    survey, empty = make_survey(opened=True), make_survey(opened=True)
    counts = ReplyCounts()
    assert not counts.exist(survey.id)
    for columns in (
        {},
        {"test": True},
        {"review_status": ReviewStatus.SPAM},
        {"kind": "partial", "submitted_at": null()},
    ):
        make_reply(survey, **columns)
    assert counts.exist(survey.id)
    assert counts.counting(survey.id) == 1
    make_reply(survey)
    assert counts.totals([survey.id, empty.id], cap=10) == {survey.id: 2, empty.id: 0}
    assert counts.totals([survey.id], cap=1) == {survey.id: 1}
    assert counts.totals([], cap=1) == {}
