"""Asking, answering and reading answers, through the second door."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import func, select, update

from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.permissions import SYSTEM
from admin_app.replies.masking import MASK
from admin_app.replies.models import Reply, ReplyKind, ReviewStatus
from admin_app.results import answer_lists
from admin_app.surveys import operations
from admin_app.surveys.models import Question, Survey
from tests.factories import make_reply, make_survey, make_user
from tests.replies.many import many_replies


@pytest.fixture
def survey(anna):
    return make_survey(anna, opened=True)


def number_of(survey: Survey, key: str) -> int:
    return db.session.scalars(select(Question.id).where(Question.survey_id == survey.id, Question.key == key)).one()


def replies() -> list[Reply]:
    return list(db.session.scalars(select(Reply).order_by(Reply.id)))


class TestAddReply:
    @pytest.mark.parametrize(
        ("key", "sent", "stored"),
        [
            ("name", "Ada", {"name": "Ada"}),
            ("name", 7, {"name": "7"}),
            ("age", "42", {"age": 42}),
            ("age", 42.0, {"age": 42}),
            ("height", 1.75, {"height": 1.75}),
            ("started", "2020-02-29", {"started": "2020-02-29"}),
            ("happy", True, {"happy": True}),
            ("happy", "No", {"happy": False}),
            ("team", "Development", {"team": "dev"}),
            ("team", ["ops"], {"team": "ops"}),
            ("team", "Sales", {"team": None, "team__other": "Sales"}),
            ("tools", ["R", "Python"], {"tools": ["python", "r"]}),
            ("tools", "R", {"tools": ["r"]}),
            ("tools", ["R", "Julia"], {"tools": ["r"], "tools__other": "Julia"}),
            ("habits", {"work from home": "Often"}, {"habits": {"remote": "often"}}),
            ("habits", {"remote": "never", "late": "Sometimes"}, {"habits": {"remote": "never", "late": "sometimes"}}),
            ("comment", "Two\nlines", {"comment": "Two\nlines"}),
        ],
    )
    def test_one_answer_is_one_reply(self, ask, survey, key, sent, stored):
        answer = ask("/addreply", {"idQuestion": number_of(survey, key), "reply": sent})
        assert (answer.status_code, answer.json) == (200, {"message": "Reply was added"})
        (reply,) = replies()
        assert reply.answers == stored
        assert (reply.kind, reply.test, reply.source, reply.language) == (ReplyKind.COMPLETE, False, "form", "en")
        assert (reply.survey_id, reply.version_id) == (survey.id, survey.current_version_id)
        assert reply.receipt_hash is not None

    def test_each_call_counts(self, ask, survey):
        for _ in range(2):
            ask("/addreply", {"idQuestion": number_of(survey, "name"), "reply": "Ada"})
        assert len(replies()) == 2

    @pytest.mark.parametrize("reply", ['"Ada"', "Ada"])
    def test_a_form_and_headers(self, ask, survey, reply):
        sent = {"idQuestion": str(number_of(survey, "name")), "reply": reply}
        assert ask("/addreply", data=sent).status_code == 200
        assert ask("/addreply", headers=sent).status_code == 200
        assert [one.answers for one in replies()] == [{"name": "Ada"}] * 2

    @pytest.mark.parametrize(
        ("key", "sent", "reason"),
        [
            ("age", 5, "The number must be 16 or more."),
            ("age", "many", "Write a whole number in digits only, such as 42."),
            ("age", True, "Write a whole number in digits only, such as 42."),
            ("age", [16, 17], "Give one answer only."),
            ("name", {"first": "Ada"}, "This is no answer to the question."),
            ("name", "x" * 81, "Use at most 80 characters; this has 81."),
            ("name", ["\x7f"], "This is no answer to the question."),
            ("happy", "perhaps", "Choose one of the answers on offer."),
            ("team", ["Development", "Operations"], "Choose one answer only."),
            ("tools", ["None of these", "R"], "“None of these” cannot stand beside another answer."),
            ("tools", [], "This is no answer to the question."),
            ("habits", "Often", "Send an object with an answer for each row."),
            ("habits", {"sleep": "Often"}, "There is no row “sleep”."),
            ("habits", {"remote": "Weekly"}, "Choose one of the answers on offer."),
            ("started", "yesterday", "Give a day of the calendar as year-month-day, such as 2026-03-31."),
            ("welcome", "Hello", "This is a text to read, and has no answer."),
        ],
    )
    def test_an_answer_that_does_not_fit(self, ask, survey, key, sent, reason):
        answer = ask("/addreply", {"idQuestion": number_of(survey, key), "reply": sent})
        assert (answer.status_code, answer.json) == (422, {"message": reason})
        assert replies() == []

    def test_a_question_that_is_not_there(self, ask, survey, anna):
        with unit_of_work():
            hidden = operations.add_question(
                survey.sections[0], {"type": "text", "label": "Not yet", "key": "not_yet"}, actor=SYSTEM
            )
        for number in (0, hidden.id, hidden.id + 1, 2**31 - 1):
            answer = ask("/addreply", {"idQuestion": number, "reply": "x"})
            assert (answer.status_code, answer.json) == (404, {"message": "Question doesn't exist"})
        number = number_of(survey, "name")
        with unit_of_work():
            operations.delete_survey(survey, actor=SYSTEM)
        answer = ask("/addreply", {"idQuestion": number, "reply": "x"})
        assert (answer.status_code, answer.json) == (404, {"message": "Question doesn't exist"})
        assert replies() == []

    def test_a_number_that_was_given_to_another_question(self, ask, survey, anna):
        """SQLite does so when the last one was removed for good."""
        number = number_of(survey, "name")
        assert ask("/addreply", {"idQuestion": number, "reply": "Ada"}).status_code == 200
        other = make_survey(anna, opened=True)
        highest = db.session.scalar(select(func.max(Question.id)))
        with unit_of_work() as session:
            theirs = number_of(other, "name")
            session.execute(update(Question).where(Question.id == number).values(id=highest + 1))
            session.execute(update(Question).where(Question.id == theirs).values(id=number))
            operations.delete_survey(survey, actor=SYSTEM)
        assert ask("/addreply", {"idQuestion": number, "reply": "Bob"}).status_code == 200
        assert [one.survey_id for one in replies()] == [survey.id, other.id]

    def change(self, survey: Survey, change: str) -> None:
        hour = dt.timedelta(hours=1)
        with unit_of_work():
            if change == "closed":
                operations.close_survey(survey, actor=SYSTEM)
            if change == "paused":
                operations.pause_survey(survey, actor=SYSTEM)
            if change == "past due":
                operations.update_survey(survey, {"closes_at": now() - hour}, actor=SYSTEM)
            if change == "not yet":
                operations.update_survey(survey, {"opens_at": now() + hour}, actor=SYSTEM)

    @pytest.mark.parametrize("change", ["closed", "paused", "past due", "not yet"])
    def test_a_survey_that_takes_none(self, ask, survey, change):
        self.change(survey, change)
        answer = ask("/addreply", {"idQuestion": number_of(survey, "name"), "reply": "Ada"})
        assert (answer.status_code, answer.json) == (403, {"message": "Survey is closed"})
        assert replies() == []

    def test_a_draft(self, ask, anna):
        draft = make_survey(anna)
        answer = ask("/addreply", {"idQuestion": number_of(draft, "name"), "reply": "Ada"})
        assert (answer.status_code, answer.json) == (403, {"message": "Survey is closed"})
        assert replies() == []

    def test_it_counts_towards_a_limit(self, ask, anna, monkeypatch):
        survey = make_survey(anna, opened=True, reply_limit=2)
        sent = {"idQuestion": number_of(survey, "name"), "reply": "Ada"}
        assert [ask("/addreply", sent).status_code for _ in range(3)] == [200, 200, 403]
        assert ask("/addreply", sent).json == {"message": "Survey is closed"}
        db.session.expire_all()
        assert (len(replies()), survey.reply_count) == (2, 2)

    def test_the_last_place_is_given_by_the_database(self, ask, anna, monkeypatch):
        """Whoever read of a free place that is taken by now."""
        from admin_app.surveys.availability import Availability

        survey = make_survey(anna, opened=True, reply_limit=1)
        make_reply(survey)
        survey_id = survey.id
        with unit_of_work() as session:
            session.get_one(Survey, survey_id).reply_count = 1
        monkeypatch.setattr("admin_app.classic_api.replies.availability", lambda *_: Availability.OPEN)
        answer = ask("/addreply", {"idQuestion": number_of(survey, "name"), "reply": "Ada"})
        assert (answer.status_code, answer.json) == (403, {"message": "Survey is closed"})
        assert len(replies()) == 1

    def test_the_public_forms_limit_for_each_address(self, ask, survey, fixed, app, monkeypatch):
        from admin_app.replies import public
        from admin_app.web.throttle import AddressLimiter

        service = app.extensions["canvass.public"]
        monkeypatch.setitem(
            app.extensions,
            "canvass.public",
            public.Service(service.keys, service.forms, AddressLimiter(1), service.surveys),
        )
        sent = {"idQuestion": number_of(survey, "name"), "reply": "Ada"}
        assert ask("/addreply", sent).status_code == 200
        answer = ask("/addreply", sent)
        assert answer.status_code == 429
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.json["message"].startswith("Too many replies")
        assert len(replies()) == 1


class TestQuestions:
    def ask_for(self, ask, survey, **options):
        return ask("/getsurveyquestions", method="GET", headers={"idSurvey": str(survey.id)}, **options)

    def test_an_open_survey_shows_what_it_asks(self, ask, survey):
        answer = self.ask_for(ask, survey)
        found = {one["content"]: one for one in answer.json["questions"]}
        assert found["Your team"] == {
            "id": number_of(survey, "team"),
            "content": "Your team",
            "type": "single_choice",
            "replyContent": ["Development", "Operations"],
        }
        assert found["Your age"]["replyContent"] is None
        assert len(found) == 10

    def test_what_is_not_published_stays_unseen(self, ask, survey):
        with unit_of_work():
            operations.update_question(survey.questions[1], {"label": "Reworded"}, actor=SYSTEM)
        assert "Reworded" not in self.ask_for(ask, survey).text

    def test_another_survey_is_its_readers_to_see(self, ask, survey, token, anna, tokens_for):
        draft = make_survey(anna)
        with unit_of_work():
            operations.pause_survey(survey, actor=SYSTEM)
        stranger = tokens_for(make_user("eve", role="own_surveys"))["access"]
        for one in (draft, survey):
            for not_his in ("", stranger):
                answer = self.ask_for(ask, one, token=not_his)
                assert (answer.status_code, answer.json) == (404, {"message": "Survey doesn't exist"})
            answer = self.ask_for(ask, one, token=token)
            assert (answer.status_code, len(answer.json["questions"])) == (200, 10)
        assert self.ask_for(ask, draft, token="junk").status_code == 401

    @pytest.mark.parametrize("number", ["0", "77", "2147483647"])
    def test_none(self, ask, survey, token, number):
        answer = ask("/getsurveyquestions", method="GET", headers={"idSurvey": number}, token=token)
        assert (answer.status_code, answer.json) == (404, {"message": "Survey doesn't exist"})

    def test_a_deleted_one(self, ask, survey, token):
        with unit_of_work():
            operations.delete_survey(survey, actor=SYSTEM)
        assert self.ask_for(ask, survey, token=token).status_code == 404


class TestStats:
    def stats(self, ask, survey, token):
        return ask("/getsurveystats", method="GET", headers={"id": str(survey.id)}, token=token)

    def test_answers_as_clients_know_them(self, ask, survey, token):
        make_reply(survey)
        make_reply(survey, {"team": None, "team__other": "Sales", "tools": [], "tools__other": "Julia", "happy": False})
        make_reply(survey, {"name": None, "tools": ["r"], "tools__other": "Julia"})
        make_reply(survey, test=True)
        make_reply(survey, review_status=ReviewStatus.SPAM)
        answer = self.stats(ask, survey, token)
        assert answer.status_code == 200
        found = {one["content"]: one for one in answer.json}
        assert found["Your team"] == {
            "id": number_of(survey, "team"),
            "type": "single_choice",
            "votes": 2,
            "content": "Your team",
            "answers": ["Development", "Sales"],
        }
        said = {content: one["answers"] for content, one in found.items()}
        assert said == {
            "Your name": ["Ada"],
            "Your age": [36],
            "Your height in metres": [1.75],
            "First day here": ["2020-02-29"],
            "Are you happy here?": ["Yes", "No"],
            "Your team": ["Development", "Sales"],
            "Your tools": [["Python", "R"], ["Julia"], ["R", "Julia"]],
            "How often do you": [{"work from home": "Often", "work late": "Never"}],
            "What else?": ["All well."],
        }
        assert all(one["votes"] == len(one["answers"]) for one in answer.json)

    def test_before_anything_was_published(self, ask, anna, token):
        answer = self.stats(ask, make_survey(anna), token)
        assert [one["votes"] for one in answer.json] == [0] * 9

    def test_an_empty_survey(self, ask, anna, token):
        with unit_of_work():
            survey = operations.create_survey({"title": "Empty"}, actor=anna)
        assert self.stats(ask, survey, token).json == []

    def test_more_than_is_kept_in_memory(self, ask, survey, token, monkeypatch):
        monkeypatch.setattr(answer_lists, "WAITING", 1_000)
        monkeypatch.setattr(answer_lists, "PIECE", 100)
        many_replies(600, survey)
        answer = self.stats(ask, survey, token)
        assert {one["votes"] for one in answer.json} == {600}
        assert {len(one["answers"]) for one in answer.json} == {600}
        assert answer.json[0]["answers"] == ["Ada"] * 600

    def test_what_may_not_be_seen_is_masked(self, ask, survey, tokens_for):
        make_reply(survey)
        make_reply(survey, {"team": None, "team__other": "Sales"})
        viewer = tokens_for(make_user("vera", role="viewer"))["access"]
        said = {one["content"]: one["answers"] for one in self.stats(ask, survey, viewer).json}
        assert said["Your name"] == said["What else?"] == [MASK]
        assert said["Your team"] == ["Development", MASK]
        assert said["Your age"] == [36]

    def test_a_stranger(self, ask, survey, tokens_for):
        make_reply(survey)
        for name, role in (("eve", "own_surveys"), ("ed", "editor"), ("nobody", None)):
            answer = self.stats(ask, survey, tokens_for(make_user(name, role=role))["access"])
            assert (answer.status_code, answer.json) == (403, {"message": f"User {name} not permited"})
        assert self.stats(ask, survey, "").status_code == 401

    def test_none(self, ask, survey, token):
        answer = ask("/getsurveystats", method="GET", headers={"id": str(survey.id + 1)}, token=token)
        assert (answer.status_code, answer.json) == (404, {"message": "Survey doesn't exist"})

    def test_a_fault_leaves_no_file_behind(self, survey, anna):
        make_reply(survey)
        closed = []

        class Watched(answer_lists.AnswerLists):
            def close(self):
                super().close()
                closed.append(self)

        def broken(_question):
            def write(_document):
                raise RuntimeError("no writer")

            return write

        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(answer_lists, "AnswerLists", Watched)
            questions = answer_lists.asked_questions(survey)
            with pytest.raises(RuntimeError, match="no writer"):
                answer_lists.list_answers(survey, questions, broken, actor=anna)
        assert len(closed) == 1


def test_counting_leaves_deleted_replies_out(survey):
    make_reply(survey, deleted_at=now())
    from admin_app.replies.survey_totals import count_replies

    assert count_replies(Survey.id == survey.id) == {}
    assert db.session.scalar(select(func.count()).select_from(Reply)) == 1
