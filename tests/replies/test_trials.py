"""Test replies: sent from the console, marked, counted nowhere, deleted at once."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from admin_app.audit.models import AuditEntry
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from admin_app.core.permissions import SYSTEM
from admin_app.replies.models import Reply
from admin_app.replies.queries import count_tests
from admin_app.replies.trials import purge_test_replies, submit_test_reply
from admin_app.results.queries import summarise
from admin_app.surveys import operations
from admin_app.surveys.models import Question, Survey
from tests.factories import login, make_reply, make_role, make_survey, make_user
from tests.helpers import send

GOOD = {"age": "36", "happy": "yes", "team": "dev", "name": "Ada", "comment": "Well"}


@pytest.fixture
def root(client):
    """An administrator who is logged in."""
    user = make_user("root")
    login(client, user)
    return user


def submit(survey, given=None, actor=SYSTEM, version=None):
    with unit_of_work():
        getlist = MultiDict(given or GOOD).getlist
        return submit_test_reply(survey, version or survey.current_version, getlist, actor=actor)


def stored(survey):
    return db.session.scalars(select(Reply).where(Reply.survey_id == survey.id).order_by(Reply.id)).all()


def update(survey, key, **changes):
    question = db.session.scalars(select(Question).where(Question.survey_id == survey.id, Question.key == key)).one()
    with unit_of_work():
        operations.update_question(question, changes, actor=SYSTEM)


def text_of(page):
    return " ".join(re.sub(r"<[^>]+>", " ", page.text).split())


class TestSubmit:
    @pytest.mark.parametrize("opened", [False, True])
    def test_it_is_stored_and_marked(self, app, opened):
        survey, actor = make_survey(published=True, opened=opened), make_user("root")
        reply = submit(survey, actor=actor)
        assert (reply.test, reply.version_id, reply.kind.value, reply.receipt_hash) == (
            True, survey.current_version_id, "complete", None,
        )  # fmt: skip
        assert reply.answers["age"] == 36
        (entry,) = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "reply.test")).all()
        assert (entry.actor_id, entry.record_id, entry.changes) == (actor.id, reply.id, {"version": [None, 1]})
        assert "Ada" not in str(entry.changes)

    def test_it_is_counted_nowhere_and_takes_no_place(self, app):
        survey = make_survey(opened=True, reply_limit=2)
        make_reply(survey)
        for _ in range(3):
            submit(survey)
        db.session.refresh(survey)
        assert survey.reply_count == 0
        assert summarise(survey).replies == 1
        assert count_tests(survey.id) == 3

    def test_wrong_answers_are_refused_as_respondents_would_read_it(self, app):
        survey = make_survey(published=True)
        with pytest.raises(InvalidError) as caught:
            submit(survey, {"age": "12", "happy": "yes"})
        assert set(caught.value.fields) == {"age", "team"}
        with pytest.raises(InvalidError, match="longer than"):
            submit(make_survey(published=True, questionnaire=long_one()), {f"q{n}": "x" * 49_999 for n in range(21)})
        assert db.session.query(Reply).count() == 0

    def test_refusals(self, app):
        survey, other = make_survey(published=True), make_survey(published=True)
        with pytest.raises(NotFoundError):
            submit(survey, version=other.current_version)
        with pytest.raises(ForbiddenError):
            submit(survey, actor=make_user("vera", "viewer"))
        with pytest.raises(NotFoundError):
            submit(survey, actor=make_user("nobody", None))
        with unit_of_work():
            operations.archive_survey(survey, actor=SYSTEM)
        with pytest.raises(ConflictError, match="archived"):
            submit(survey)
        assert stored(survey) == []


def long_one():
    from admin_app.surveys.questionnaire import Questionnaire, QuestionSpec, SectionSpec

    questions = tuple(QuestionSpec("", f"q{number}", "long_text", "Much") for number in range(21))
    return Questionnaire("Long", sections=(SectionSpec("", "", questions=questions),))


class TestPurge:
    def test_all_of_one_survey_and_no_other(self, app):
        survey, other, actor = make_survey(opened=True), make_survey(opened=True), make_user("root")
        real = make_reply(survey)
        for _ in range(3):
            submit(survey)
        trashed = submit(survey)
        with unit_of_work():
            trashed.deleted_at = survey.created_at
        foreign = submit(other)
        before = summarise(survey).to_document()
        with unit_of_work():
            assert purge_test_replies(survey, actor=actor) == 4
        db.session.expire_all()
        assert [one.id for one in stored(survey)] == [real.id]
        assert [one.id for one in stored(other)] == [foreign.id]
        assert summarise(survey).to_document() == before
        (entry,) = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "reply.purge_tests")).all()
        assert (entry.resource, entry.record_id, entry.changes) == ("survey", survey.id, {"replies": [4, 0]})

    def test_what_respondents_sent_is_left_though_it_was_marked_as_a_test(self, app):
        survey = make_survey(opened=True)
        marked = [make_reply(survey, test=True, receipt_hash="f" * 64), make_reply(survey, test=True, source="import")]
        submit(survey)
        with unit_of_work():
            assert purge_test_replies(survey, actor=SYSTEM) == 1
        assert [one.id for one in stored(survey)] == [one.id for one in marked]

    def test_refusals(self, app):
        survey = make_survey(opened=True)
        assert count_tests(survey.id) == 0
        with pytest.raises(ConflictError, match="no test replies"), unit_of_work():
            purge_test_replies(survey, actor=SYSTEM)
        submit(survey)
        adder = make_user("adder", make_role("Adder", survey="R:all", reply="CRU:all"))
        with pytest.raises(ForbiddenError), unit_of_work():
            purge_test_replies(survey, actor=adder)
        assert count_tests(survey.id) == 1

    def test_the_promise_of_anonymity_can_be_changed_again(self, app):
        survey = make_survey(opened=True)
        submit(survey)
        with pytest.raises(ConflictError), unit_of_work():
            operations.update_survey(survey, {"anonymous": True}, actor=SYSTEM)
        with unit_of_work():
            purge_test_replies(survey, actor=SYSTEM)
        with unit_of_work():
            operations.update_survey(survey, {"anonymous": True}, actor=SYSTEM)
        assert db.session.get_one(Survey, survey.id).anonymous


class TestPages:
    def test_a_version_is_tried_out(self, client, root):
        survey = make_survey(root, published=True)
        page = client.get(f"/admin/survey/{survey.id}/test")
        assert page.status_code == 200
        words = text_of(page)
        assert "You are trying out version 1. What you send is stored as a test and counted nowhere." in words
        assert "not published yet" not in words
        assert "Send a test reply" in words
        done = send(client, f"/admin/survey/{survey.id}/test", GOOD)
        assert (done.status_code, done.headers["Location"]) == (303, f"/admin/survey/{survey.id}/tests")
        told = text_of(client.get(f"/admin/survey/{survey.id}/tests"))
        assert "The test reply was stored." in told
        assert "1 test reply" in told
        assert [one.test for one in stored(survey)] == [True]
        shown = client.get(f"/admin/reply/?g1.survey={survey.id}&g1.test=1")
        assert stored(survey)[0].public_id in shown.text

    def test_what_cannot_be_taken_is_asked_again_with_all_that_was_typed(self, client, root):
        survey = make_survey(root, published=True)
        page = send(client, f"/admin/survey/{survey.id}/test", {**GOOD, "age": "12"})
        assert page.status_code == 422
        assert 'value="Ada"' in page.text
        assert "Please check this first" in page.text
        assert stored(survey) == []

    def test_the_draft_is_checked_and_nothing_is_stored(self, client, root):
        survey = make_survey(root, published=True)
        update(survey, "age", label="Age in the draft")
        assert "The draft has changes that are not published yet." in text_of(
            client.get(f"/admin/survey/{survey.id}/test")
        )
        page = client.get(f"/admin/survey/{survey.id}/test?of=draft")
        assert "Age in the draft" in page.text
        assert "replies are stored for versions only" in text_of(page)
        action = f"/admin/survey/{survey.id}/test/check?of=draft"
        assert f'action="{action}"' in page.text
        assert send(client, action, {**GOOD, "age": "12"}).status_code == 422
        checked = send(client, action, GOOD)
        assert checked.status_code == 200
        assert "Nothing was stored." in text_of(checked)
        assert "Age in the draft 36" in text_of(checked)
        assert stored(survey) == []

    def test_before_the_first_version(self, client, root):
        survey = make_survey(root)
        page = client.get(f"/admin/survey/{survey.id}/test")
        assert "You are trying out the draft." in text_of(page)
        assert send(client, f"/admin/survey/{survey.id}/test", GOOD).status_code == 303
        assert stored(survey) == []
        assert "nothing has been published yet" in text_of(client.get(f"/admin/survey/{survey.id}/tests"))
        empty = send(
            client, f"/admin/survey/{survey.id}/test/check?of=draft", {"age": "20", "happy": "no", "team": "dev"}
        )
        assert empty.status_code == 200

    def test_an_archived_survey_is_checked_only(self, client, root):
        survey = make_survey(root, opened=True)
        with unit_of_work():
            operations.close_survey(survey, actor=SYSTEM)
            operations.archive_survey(survey, actor=SYSTEM)
        assert "Check the answers" in text_of(client.get(f"/admin/survey/{survey.id}/test"))
        assert send(client, f"/admin/survey/{survey.id}/test", GOOD).status_code == 303
        assert "takes no replies, not even tests" in text_of(client.get(f"/admin/survey/{survey.id}/tests"))
        assert stored(survey) == []

    def test_purging_asks_first(self, client, root):
        survey = make_survey(root, opened=True)
        make_reply(survey)
        for _ in range(2):
            submit(survey)
        address = f"/admin/survey/{survey.id}/tests/delete"
        asked = client.get(address)
        assert "Delete 2 test replies?" in text_of(asked)
        assert len(stored(survey)) == 3
        assert send(client, address).status_code == 303
        assert len(stored(survey)) == 1
        assert "2 test replies were deleted." in text_of(client.get(f"/admin/survey/{survey.id}/tests"))
        assert client.get(address).status_code == 303
        assert send(client, address).status_code == 303
        assert "There are no test replies" in text_of(client.get(f"/admin/survey/{survey.id}/tests"))

    def test_rights(self, client):
        survey = make_survey(published=True)
        submit(survey)
        login(client, make_user("vera", make_role("Reader", survey="R:all", question="R:all", reply="R:all")))
        page = client.get(f"/admin/survey/{survey.id}/test")
        assert "Your roles do not allow you to send test replies." in text_of(page)
        assert '<button type="submit" class="send"' not in page.text
        assert "Delete" not in text_of(client.get(f"/admin/survey/{survey.id}/tests"))
        for tail in ("test", "test/check", "tests/delete"):
            assert send(client, f"/admin/survey/{survey.id}/{tail}", GOOD).status_code == 403
        login(client, make_user("edda", make_role("Builder", survey="RU:all", question="RU:all")))
        page = client.get(f"/admin/survey/{survey.id}/test")
        assert "What you send is checked and not stored." in text_of(page)
        assert send(client, f"/admin/survey/{survey.id}/test/check", GOOD).status_code == 200
        assert count_tests(survey.id) == 1

    def test_of_what_is_not_there(self, client, root):
        survey = make_survey(root, opened=True)
        with unit_of_work():
            operations.delete_survey(survey, actor=SYSTEM)
        for tail in ("test", "tests", "tests/delete", "preview", "versions/1/form"):
            assert client.get(f"/admin/survey/{survey.id}/{tail}").status_code == 404

    def test_the_preview_of_the_draft_leads_there(self, client, root):
        survey = make_survey(root)
        page = client.get(f"/admin/survey/{survey.id}/preview")
        assert f'href="/admin/survey/{survey.id}/test" target="_blank"' in page.text

    def test_the_form_of_a_version(self, client, root):
        survey = make_survey(root, published=True)
        update(survey, "age", label="Other words")
        page = client.get(f"/admin/survey/{survey.id}/versions/1/form")
        assert "Your age" in page.text
        assert "Other words" not in page.text
        assert "This is version 1 as it was published. Nothing is sent from here." in text_of(page)
        assert client.get(f"/admin/survey/{survey.id}/versions/2/form").status_code == 404
        assert client.get(f"/admin/survey/{survey.id}/versions/{10**30}/form").status_code == 404
