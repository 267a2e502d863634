"""What the console shows of replies and does to them, over the wire."""

from __future__ import annotations

import html
import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from admin_app.audit.models import AuditBatch, AuditEntry
from admin_app.core.db import db, unit_of_work
from admin_app.core.permissions import SYSTEM
from admin_app.replies import bulk_operations as operations
from admin_app.replies.models import AnswerEdit, Reply, ReplyNote, ReviewStatus
from admin_app.replies.queries import notes_of
from admin_app.surveys import operations as surveys
from admin_app.surveys.models import SurveyShare
from tests.factories import SAMPLE_ANSWERS, login, make_reply, make_role, make_survey, make_user
from tests.helpers import count_statements, send, token_of

ALL = select(Reply)
LIST = "/admin/reply/"


@pytest.fixture
def survey(app):
    return make_survey(opened=True)


@pytest.fixture
def replies(survey):
    """Three replies, the newest last."""
    return [make_reply(survey, SAMPLE_ANSWERS | {"age": 20 + number}) for number in range(3)]


@pytest.fixture
def anna(client: FlaskClient):
    user = make_user()
    login(client, user)
    return user


def ids_in(page: str) -> list[int]:
    return [int(number) for number in re.findall(r'name="rowid" value="(\d+)"', page)]


def act(client, action, rows, **fields):
    """As the page with the question sends it."""
    data = {"action": action, "rowid": [row.id for row in rows], "confirmed": "1", "expected_count": len(rows)}
    return send(client, "/admin/reply/action/", {**data, **fields})


def follow(client, answer) -> str:
    assert answer.status_code == 303, answer.text
    return client.get(answer.headers["Location"]).text


class TestFilters:
    def shown(self, client, **query):
        page = client.get(LIST, query_string={f"g1.{name}": value for name, value in query.items()})
        assert page.status_code == 200
        return ids_in(page.text)

    def test_each(self, client, anna, survey, replies):
        first, second, third = replies
        with unit_of_work():
            question = next(one for one in survey.questions if one.key == "age")
            surveys.update_question(question, {"label": "How old are you?"}, actor=SYSTEM)
            surveys.publish_survey(survey, actor=SYSTEM)
        later = make_reply(survey, language="de", source="import", test=True)
        with unit_of_work():
            operations.tag_replies(ALL.where(Reply.id == first.id), "To call", actor=SYSTEM)
            operations.review_replies(ALL.where(Reply.id == second.id), ReviewStatus.SPAM, actor=SYSTEM)
        send(client, f"/admin/reply/answer/?id={third.id}&question=age", {"age": "44", "canvass__reason": "x",
             "canvass__lock_version": third.lock_version})  # fmt: skip
        everything = [later.id, third.id, second.id, first.id]
        assert self.shown(client, survey=survey.id) == everything
        assert self.shown(client, version=2) == [later.id]
        assert self.shown(client, language="de") == [later.id]
        assert self.shown(client, tag="TO CALL") == [first.id]
        assert self.shown(client, review_status="spam") == [second.id]
        assert self.shown(client, source="import") == [later.id] == self.shown(client, test="1")
        assert self.shown(client, edited="1") == [third.id]
        assert self.shown(client, edited="0") == [later.id, second.id, first.id]
        assert self.shown(client, tag="nobody has it") == []

    @pytest.mark.parametrize("name", ["survey", "version", "language", "tag", "edited"])
    @pytest.mark.parametrize("odd", ["", "-1", "abc" * 70, "99999999999999999999", "\x00", "１", "'"])
    def test_odd_values_break_nothing(self, client, anna, replies, name, odd):
        assert client.get(LIST, query_string={f"g1.{name}": odd}).status_code == 200

    def test_the_lists_to_pick_from_name_only_what_one_sees(self, client, replies):
        with unit_of_work():
            operations.tag_replies(ALL, "the-secret-tag", actor=SYSTEM)
        login(client, make_user("eva", make_role("Own", reply="R:own", survey="R:own")))
        page = client.get(LIST).text
        assert "the-secret-tag" not in page
        assert "Working here" not in page


class TestStatements:
    @pytest.mark.parametrize("query", ["", "?g1.survey=1", "?g1.survey=1&answers=1", "?g1.tag=vip&g1.version=1"])
    def test_a_list_takes_few_whoever_asks(self, client, query):
        role = make_role("Shared", reply="RUD:shared", survey="R:shared")
        eva = make_user("eva", role)
        for _ in range(8):
            survey = make_survey(opened=True)
            with unit_of_work() as session:
                session.add(SurveyShare(survey_id=survey.id, user_id=eva.id, access="edit"))
            for _ in range(3):
                make_reply(survey)
        with unit_of_work():
            operations.tag_replies(ALL, "vip", actor=SYSTEM)
        login(client, eva)
        client.get(LIST + query)
        with count_statements(db.engine) as seen:
            page = client.get(LIST + query)
        assert page.status_code == 200
        assert len(ids_in(page.text)) >= 3
        assert len(seen) <= 12, "\n".join(seen)


class TestAnswersAsColumns:
    def table(self, client, survey, **more):
        page = client.get(LIST, query_string={"g1.survey": survey.id, "answers": "1", **more})
        assert page.status_code == 200
        return page.text

    def test_each_reply_under_the_words_of_its_version(self, client, anna, survey):
        old = make_reply(survey, {**SAMPLE_ANSWERS, "comment": None})
        with unit_of_work():
            keys = {one.key: one for one in survey.questions}
            surveys.update_question(keys["age"], {"label": "How old are you?"}, actor=SYSTEM)
            surveys.retire_question(keys["comment"], actor=SYSTEM)
            surveys.publish_survey(survey, actor=SYSTEM)
        answers = {key: value for key, value in SAMPLE_ANSWERS.items() if key not in {"height", "comment"}}
        new = make_reply(survey, answers)
        page = self.table(client, survey)
        heads = [
            " ".join(one.split())
            for one in re.findall(r"<th scope=\"col\" class=\"cv-answer-cell\"[^>]*>([^<]*)<", page)
        ]
        assert "How old are you?" in heads
        assert "Your age" not in heads
        assert heads[-1] == "What else?", "the retired one stands last"
        assert ids_in(page) == [new.id, old.id]
        rows = page.split("<tbody>")[1].split("<tr>")[1:]
        assert rows[0].count("Not shown") == 2, "height, and the retired question"
        assert (rows[1].count("Skipped"), rows[1].count("Not shown")) == (1, 0)

    def test_what_one_may_not_see_is_masked(self, client, survey, replies):
        login(client, make_user("eva", make_role("Reader", reply="R:all", survey="R:all")))
        page = self.table(client, survey)
        assert "Ada" not in page
        assert "All well." not in page
        assert "Hidden from you" in page
        assert ">20</span>" in page

    def test_it_goes_on_from_page_to_page(self, client, anna, survey):
        for _ in range(21):
            make_reply(survey)
        page = self.table(client, survey)
        onward = re.search(r'href="(/admin/reply/\?[^"]*after=[^"]*)" id="page-next"', page)
        assert onward
        assert "answers=1" in onward[1]
        assert "cv-answer-cell" in client.get(onward[1].replace("&amp;", "&")).text

    def test_not_for_all_surveys_and_not_for_one_that_is_not_there(self, client, anna, replies):
        for query in ("?answers=1", "?answers=1&g1.survey=999", "?answers=1&g1.survey=1&g1.survey=2"):
            page = client.get(LIST + query)
            assert page.status_code == 200
            assert "cv-answer-cell" not in page.text

    def test_the_column_that_says_the_same_in_each_row_is_left_out_and_still_liked(self, client, anna, survey, replies):
        page = client.get(LIST, query_string={"g1.survey": survey.id}).text
        assert not re.search(r'<th scope="col"[^>]*>\s*Survey\s*<', page)
        assert re.search(r'name="columns" value="survey" checked', page)
        assert re.search(r'<th scope="col"[^>]*>\s*Survey\s*<', client.get(LIST).text)

    def test_a_survey_that_was_never_published(self, client, anna):
        assert "cv-answer-cell" not in self.table(client, make_survey())

    def test_without_a_right_to_its_replies_there_is_no_table(self, client, survey, replies):
        login(client, make_user("eva", make_role("Own", reply="R:own", survey="R:own")))
        page = self.table(client, survey)
        assert survey.title not in page
        assert "cv-answer-cell" not in page


class TestNeighbours:
    def steps(self, client, reply, query=""):
        page = client.get(f"/admin/reply/details/?id={reply.id}{query}").text
        found = {}
        for name in ("prev", "next"):
            link = re.search(rf'rel="{name}" href="([^"]+)"', page)
            found[name] = int(re.search(r"id=(\d+)", link[1])[1]) if link else None
        return found["prev"], found["next"]

    def test_in_the_order_of_the_list(self, client, anna, replies):
        first, second, third = replies
        assert self.steps(client, third) == (None, second.id)
        assert self.steps(client, second) == (third.id, first.id)
        assert self.steps(client, first) == (second.id, None)
        assert self.steps(client, second, "&sort=submitted_at&desc=0") == (first.id, third.id)

    def test_within_what_the_list_shows(self, client, anna, replies):
        first, second, third = replies
        make_reply(make_survey(opened=True))
        with unit_of_work():
            operations.tag_replies(ALL.where(Reply.id != second.id), "vip", actor=SYSTEM)
        query = f"&g1.survey={first.survey_id}&g1.tag=vip"
        assert self.steps(client, third, query) == (None, first.id)
        page = client.get(f"/admin/reply/details/?id={third.id}{query}").text
        assert "g1.tag=vip" in page, "the next one knows of it too"
        listed = client.get(f"/admin/reply/?g1.survey={first.survey_id}&g1.tag=vip").text
        assert f"/admin/reply/details/?id={third.id}&amp;g1.survey={first.survey_id}&amp;g1.tag=vip" in listed

    def test_nothing_of_others(self, client, replies):
        eva = make_user("eva", make_role("Own", reply="R:own", survey="R:own"))
        mine = make_reply(make_survey(owner=eva, opened=True))
        login(client, eva)
        assert self.steps(client, mine) == (None, None)


class TestBulk:
    @pytest.mark.parametrize(
        ("action", "fields", "told"),
        [
            ("approve", {}, "3 replies approved."),
            ("flag", {"reason": "Odd"}, "3 replies flagged."),
            ("spam", {}, "3 replies marked as spam."),
            ("tag", {"tag": "vip"}, "Tag “vip” put on 3 replies."),
            ("mark_test", {}, "3 replies marked as tests."),
            ("delete", {}, "3 replies deleted."),
        ],
    )
    def test_asked_done_told_and_undone(self, client, anna, replies, action, fields, told):
        before = [(one.review_status, one.test, one.deleted_at, len(one.tags)) for one in replies]
        asked = send(client, "/admin/reply/action/", {"action": action, "rowid": [one.id for one in replies]}).text
        assert "3" in re.search(r"<h1>(.*?)</h1>", asked, re.S)[1]
        assert "“Working here”" in asked
        assert "You can undo this for 30 minutes." in asked
        db.session.expire_all()
        assert [(one.review_status, one.test, one.deleted_at, len(one.tags)) for one in replies] == before
        page = follow(client, act(client, action, replies, **fields))
        assert told in page
        undo = re.search(r'action="(/admin/undo/[^"]+)"', page)[1]
        batch = db.session.scalars(select(AuditBatch)).one()
        assert (batch.action, batch.records) == (f"reply.{action}", 3)
        db.session.expire_all()
        assert [(one.review_status, one.test, one.deleted_at, len(one.tags)) for one in replies] != before
        told = follow(client, send(client, undo, {"url": LIST}))
        assert "Undone for 3 records." in told
        db.session.expire_all()
        assert [(one.review_status, one.test, one.deleted_at, len(one.tags)) for one in replies] == before
        assert "This was undone already." in follow(client, send(client, undo, {"url": LIST}))

    def test_a_reason_stands_in_the_history(self, client, anna, replies):
        act(client, "flag", replies[:1], reason="Three times the same")
        assert "Three times the same" in client.get(f"/admin/reply/history/?id={replies[0].id}").text

    def test_what_is_skipped_and_why(self, client, anna, replies):
        with unit_of_work():
            operations.review_replies(ALL.where(Reply.id == replies[0].id), ReviewStatus.APPROVED, actor=SYSTEM)
        asked = send(client, "/admin/reply/action/", {"action": "approve", "rowid": [one.id for one in replies]}).text
        assert "Approve 2 replies?" in asked
        assert "It is approved already." in asked

    def test_a_tag_that_cannot_be_is_said_at_its_field(self, client, anna, replies):
        for odd in ("", "x" * 51, "\x00"):
            answer = act(client, "tag", replies, tag=odd)
            assert answer.status_code == 422
        assert act(client, "untag", replies, tag="never put on").status_code == 422
        assert db.session.scalars(select(AuditBatch)).all() == []

    def test_nobody_changes_what_he_only_reads(self, client, replies):
        login(client, make_user("eva", make_role("Reader", reply="R:all", survey="R:all")))
        for action in ("approve", "flag", "spam", "renew", "tag", "untag", "mark_test", "unmark_test", "delete"):
            assert act(client, action, replies, tag="x").status_code == 403, action
        db.session.expire_all()
        assert {(one.review_status, one.test, one.deleted_at) for one in replies} == {(ReviewStatus.NEW, False, None)}
        assert db.session.scalars(select(AuditEntry).where(AuditEntry.resource == "reply")).all() == []

    def test_undo_is_for_whoever_did_it(self, client, anna, replies):
        page = follow(client, act(client, "approve", replies))
        undo = re.search(r'action="(/admin/undo/[^"]+)"', page)[1]
        login(client, make_user("ben"))
        assert send(client, undo).status_code == 404
        assert send(client, "/admin/undo/nothing").status_code == 404
        db.session.expire_all()
        assert {one.review_status for one in replies} == {ReviewStatus.APPROVED}

    def test_undo_leads_nowhere_else(self, client, anna, replies):
        page = follow(client, act(client, "approve", replies))
        undo = re.search(r'action="(/admin/undo/[^"]+)"', page)[1]
        assert send(client, undo, {"url": "//evil.example/"}).headers["Location"] == "/admin/"


class TestDetails:
    def test_one_reply_is_deleted_and_comes_back(self, client, anna, replies):
        page = follow(client, send(client, "/admin/reply/delete/", {"id": replies[0].id, "confirmed": "1"}))
        assert f"“{replies[0].public_id}” was deleted." in page
        assert client.get(f"/admin/reply/details/?id={replies[0].id}").status_code == 404
        send(client, re.search(r'action="(/admin/undo/[^"]+)"', page)[1])
        assert client.get(f"/admin/reply/details/?id={replies[0].id}").status_code == 200

    def test_whoever_only_reads_is_offered_nothing(self, client, replies):
        login(client, make_user("eva", make_role("Reader", reply="R:all", survey="R:all")))
        page = client.get(f"/admin/reply/details/?id={replies[0].id}").text
        for word in ("Approve", "New tag", "New note", "Change the answer", "/admin/reply/action/"):
            assert word not in page

    def test_notes(self, client, anna, replies):
        reply = replies[0]
        page = follow(client, send(client, f"/admin/reply/note/?id={reply.id}", {"note": "Call <b>her</b>"}))
        assert "Call &lt;b&gt;her&lt;/b&gt;" in page
        for odd in ("", " \x00 ", "x" * 5001):
            send(client, f"/admin/reply/note/?id={reply.id}", {"note": odd})
        assert len(notes_of(reply)) == 1
        note = notes_of(reply)[0].id
        other = f"/admin/reply/note/delete/?id={replies[1].id}"
        for number in (note, 999, "abc", ""):
            assert send(client, other, {"note": number}).status_code == 404
        token = token_of(client.get("/admin/").text)
        login(client, make_user("ben"))
        mine = f"/admin/reply/note/delete/?id={reply.id}"
        assert send(client, mine, {"note": note}).status_code == 403
        assert token
        assert len(notes_of(reply)) == 1
        login(client, anna)
        follow(client, send(client, mine, {"note": note}))
        assert db.session.scalars(select(ReplyNote)).all() == []

    def test_notes_of_others_replies(self, client, replies):
        login(client, make_user("eva", make_role("Reader", reply="R:all U:own", survey="R:all")))
        assert send(client, f"/admin/reply/note/?id={replies[0].id}", {"note": "x"}).status_code == 403
        login(client, make_user("cleo", make_role("Own", reply="RU:own", survey="R:own")))
        assert send(client, f"/admin/reply/note/?id={replies[0].id}", {"note": "x"}).status_code == 404
        assert db.session.scalars(select(ReplyNote)).all() == []


class TestChangeAnAnswer:
    def address(self, reply, key="age"):
        return f"/admin/reply/answer/?id={reply.id}&question={key}"

    def fields(self, reply, **more):
        return {"canvass__reason": "She called", "canvass__lock_version": reply.lock_version, **more}

    def test_asked_and_changed_both_are_shown(self, client, anna, replies):
        reply = replies[0]
        page = client.get(self.address(reply)).text
        assert 'value="20"' in page
        assert "Given by the respondent: 20" in page
        shown = follow(client, send(client, self.address(reply), self.fields(reply, age="41")))
        assert "The answer was changed." in shown
        answer = shown.split("Your age <code")[1].split("Your height")[0]
        assert re.search(r">\s*41\s*<", answer)
        assert "Given by the respondent" in answer
        assert re.search(r"\b20\b", answer)
        assert "She called" in answer
        assert "Given by the respondent: 20" in client.get(self.address(reply)).text

    def test_undo_is_offered_and_done_once(self, client, anna, replies):
        reply = replies[0]
        shown = follow(client, send(client, self.address(reply), self.fields(reply, age="41")))
        undo = html.unescape(re.search(r'action="(/admin/reply/answer/undo/[^"]+)"', shown)[1])
        assert "the answer is again what it was" in follow(client, send(client, undo))
        db.session.expire_all()
        assert reply.answers["age"] == 20
        assert "was changed since" in follow(client, send(client, undo))
        for wrong in ("0", "x", "99999999999999999999"):
            assert send(client, f"/admin/reply/answer/undo/?id={reply.id}&edit={wrong}").status_code == 404
        assert send(client, undo.replace(f"id={reply.id}&", f"id={replies[1].id}&")).status_code == 404
        assert len(db.session.scalars(select(AnswerEdit)).all()) == 2

    def test_an_earlier_answer_is_put_back_by_the_same_form(self, client, anna, replies):
        reply = replies[0]
        follow(client, send(client, self.address(reply), self.fields(reply, age="41")))
        first = db.session.scalars(select(AnswerEdit)).one()
        page = client.get(f"/admin/reply/details/?id={reply.id}").text
        assert f"question=age&amp;earlier={first.id}" in page
        assert 'value="20"' in client.get(f"{self.address(reply)}&earlier={first.id}").text
        for wrong in ("0", "x", str(first.id + 1)):
            assert client.get(f"{self.address(reply)}&earlier={wrong}").status_code == 404
        # An edit of another question is none of this one.
        assert client.get(f"{self.address(reply, 'happy')}&earlier={first.id}").status_code == 404
        db.session.expire_all()
        follow(client, send(client, f"{self.address(reply)}&earlier={first.id}", self.fields(reply, age="20")))
        db.session.expire_all()
        assert reply.answers["age"] == 20

    def test_what_cannot_be_taken_comes_back_as_it_was_typed(self, client, anna, replies):
        answer = send(client, self.address(replies[0]), self.fields(replies[0], age="ten"))
        assert answer.status_code == 422
        assert 'value="ten"' in answer.text
        assert "She called</textarea>" in answer.text
        empty = send(client, self.address(replies[0]), {**self.fields(replies[0], age="41"), "canvass__reason": " "})
        assert empty.status_code == 422
        assert "Say why you change the answer." in empty.text
        same = send(client, self.address(replies[0]), self.fields(replies[0], age="20"))
        assert same.status_code == 422
        assert db.session.scalars(select(AnswerEdit)).all() == []

    def test_a_page_from_before_somebody_elses_change(self, client, anna, replies):
        reply = replies[0]
        stale = self.fields(reply, age="41")
        follow(client, send(client, self.address(reply), self.fields(reply, age="30")))
        assert "Somebody else changed this reply meanwhile." in follow(client, send(client, self.address(reply), stale))
        for odd in ("", "abc", "-5"):
            fields = {**stale, "canvass__lock_version": odd}
            assert "Somebody else" in follow(client, send(client, self.address(reply), fields))
        db.session.expire_all()
        assert reply.answers["age"] == 30

    def test_what_was_not_shown(self, client, anna, survey):
        reply = make_reply(survey, {"age": 20})
        page = follow(client, client.get(self.address(reply, "happy")))
        assert "This question was not shown to the respondent" in page

    def test_who_may(self, client, replies):
        reply = replies[0]
        seen = "reply.personal_data reply.free_text"
        people = {
            "reads": (make_role("Reads", f"reply.edit_answers {seen}", reply="R:all", survey="R:all"), 403),
            "updates": (make_role("Updates", seen, reply="RU:all", survey="R:all"), 403),
            "owns": (make_role("Owns", f"reply.edit_answers {seen}", reply="RU:own", survey="R:own"), 404),
        }
        for name, (role, status) in people.items():
            login(client, make_user(name, role))
            assert client.get(self.address(reply)).status_code == status, name
            assert send(client, self.address(reply), self.fields(reply, age="41")).status_code == status, name
        login(client, make_user("blind", make_role("Blind", "reply.edit_answers", reply="RU:all", survey="R:all")))
        assert client.get(self.address(reply, "name")).status_code == 403
        assert "Change the answer: Your name" not in client.get(f"/admin/reply/details/?id={reply.id}").text
        assert client.get(self.address(reply)).status_code == 200
        db.session.expire_all()
        assert reply.answers["age"] == 20

    def test_changes_are_masked_as_the_answer_is(self, client, anna, replies):
        follow(client, send(client, self.address(replies[0], "name"), self.fields(replies[0], name="Grace")))
        login(client, make_user("eva", make_role("Reader", reply="R:all", survey="R:all")))
        page = client.get(f"/admin/reply/details/?id={replies[0].id}").text
        assert "Ada" not in page
        assert "Grace" not in page

    @pytest.mark.parametrize("key", ["", "nothing", "welcome", "x" * 300, "age__other"])
    def test_what_is_no_question(self, client, anna, replies, key):
        assert client.get(self.address(replies[0], key)).status_code == 404
        assert send(client, self.address(replies[0], key), self.fields(replies[0])).status_code == 404
