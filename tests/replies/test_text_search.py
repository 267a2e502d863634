"""Searching in what people wrote: by an index, and never in what the searcher may not see."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, text, update

from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.permissions import SYSTEM
from admin_app.jobs.hooks import CHECKS
from admin_app.jobs.kinds import JobContext
from admin_app.replies.bulk_operations import delete_reply
from admin_app.replies.editing_operations import edit_answer
from admin_app.replies.importer_operations import import_replies, version_for_import
from admin_app.replies.models import Reply, ReplyText, ReplyTextMark
from admin_app.replies.text_index import CHUNK, LATE, has_unread, read_texts, replies_with
from admin_app.replies.text_jobs import read
from admin_app.surveys import operations as surveys
from admin_app.surveys.models import Question
from tests.factories import SAMPLE_ANSWERS, login, make_reply, make_role, make_survey, make_user
from tests.helpers import count_statements
from tests.replies.many import many_replies

LIST = "/admin/reply/"


def read_all() -> int:
    """Run the job, as a worker does."""
    return read(JobContext(1, "job", "token", 1, None, "system"), {})["read"]


def found(word: str, actor=SYSTEM) -> set[int]:
    query = replies_with(word, actor=actor)
    assert query is not None
    return set(db.session.scalars(select(Reply.id).where(Reply.id.in_(query))))


@pytest.fixture
def survey(app):
    return make_survey(opened=True)


def reader(name: str, abilities: str):
    return make_user(name, make_role(f"Reads {name}", abilities, reply="R:all", survey="R:all"))


class TestIndex:
    def test_each_text_is_found_by_three_letters_of_it(self, survey):
        reply = make_reply(survey, SAMPLE_ANSWERS | {"comment": "The coffee is cold", "team__other": "Night shift"})
        make_reply(survey)
        assert has_unread()
        assert read_all() == 2
        assert not has_unread()
        for word in ("coffee", "COFFEE", "cof", "ffe", "is co", "night"):
            assert found(word) == {reply.id}, word
        assert found("tea") == set()

    @pytest.mark.parametrize(
        ("written", "words"),
        [
            ("Müller geht über die Straße", ["müller", "MULLER", "Müller", "STRASSE", "straße", "uber"]),
            ("İstanbul, ISPARTA, ılık", ["istanbul", "ısparta", "isparta", "ilik", "İLİK"]),
            ("ﬁnal ｗｉｄｅ", ["final", "wide"]),
            ("שלום עולם", ["שלום"]),
            ("日本語のテキスト", ["日本語"]),
            ('100% "sure" it\'s under_score \\ back', ['"sure"', "100%", "it's", "r_s", "e \\"]),
            ("a" * 90_000 + "needle", ["needle"]),
        ],
    )
    def test_case_accents_and_signs(self, survey, written, words):
        reply = make_reply(survey, SAMPLE_ANSWERS | {"comment": written})
        make_reply(survey, SAMPLE_ANSWERS | {"comment": "undertscore 1000 sure"})
        read_all()
        assert {word: found(word) for word in words} == {word: {reply.id} for word in words}

    @pytest.mark.parametrize(
        "word", ["%%%", "___", '"""', "***", "a* OR b", "NEAR(", "words :", "\x00\x00\x00", "a\x00b"]
    )
    def test_signs_of_a_query_language_are_but_letters(self, survey, word):
        make_reply(survey)
        read_all()
        if "\x00" in word:
            word = word.replace("\x00", "\N{REPLACEMENT CHARACTER}")
        assert found(word) == set()

    def test_words_too_short_and_searchers_without_the_right(self, survey):
        assert replies_with("ab", actor=SYSTEM) is None
        assert replies_with("abc", actor=reader("eva", "reply.export")) is None

    def test_many_are_read_in_parts_and_none_twice(self, survey):
        many_replies(2 * CHUNK + 3, survey)
        with unit_of_work():
            after, count = read_texts(0)
        assert count == CHUNK
        assert read_all() == CHUNK + 3
        assert after == db.session.scalars(select(Reply.id).order_by(Reply.id)).all()[CHUNK - 1]
        assert read_all() == 0
        assert len(found("all well")) == 2 * CHUNK + 3

    def test_a_changed_answer_is_found_at_once_and_the_old_one_no_more(self, survey):
        reply = make_reply(survey, SAMPLE_ANSWERS | {"comment": "lukewarm"})
        read_all()
        with unit_of_work():
            edit_answer(reply, "comment", lambda _name: ["piping hot"], "Asked again", actor=SYSTEM)
        assert (found("lukewarm"), found("piping")) == (set(), {reply.id})

    def test_one_that_was_changed_before_it_was_read(self, survey):
        reply = make_reply(survey, SAMPLE_ANSWERS | {"comment": "lukewarm"})
        with unit_of_work():
            edit_answer(reply, "comment", lambda _name: ["piping hot"], "Asked again", actor=SYSTEM)
        read_all()
        assert (found("lukewarm"), found("piping")) == (set(), {reply.id})

    def test_what_is_gone_for_good_is_gone_here_too(self, survey):
        kept, gone = make_reply(survey), make_reply(survey, SAMPLE_ANSWERS | {"comment": "forget me"})
        read_all()
        with unit_of_work() as session:
            session.delete(gone)
        assert found("forget") == set()
        assert db.session.scalars(select(ReplyText.reply_id)).all() == [kept.id]

    def test_an_import_is_read_although_later_numbers_were(self, survey):
        """Its numbers may be given long before it is stored."""
        make_reply(survey)
        read_all()
        with unit_of_work():
            version = version_for_import(survey, actor=SYSTEM)
            import_replies(survey, version, [{"answers": {"comment": "from a file"}}], actor=SYSTEM)
        with unit_of_work() as session:
            session.execute(update(ReplyTextMark).where(ReplyTextMark.seen_id > 0).values(seen_id=10**9))
        assert has_unread()
        read_all()
        assert len(found("from a file")) == 1

    def test_one_that_appears_late_is_read_within_the_hour(self, app, survey):
        many_replies(3, survey)
        read_all()
        # A reply whose number was given first and whose transaction ended last.
        with unit_of_work() as session:
            session.delete(session.scalars(select(ReplyText).order_by(ReplyText.reply_id)).first())
        assert not has_unread()
        with unit_of_work() as session:
            session.execute(update(ReplyTextMark).values(next_at=now() - LATE - dt.timedelta(seconds=1)))
        assert has_unread()
        assert read_all() == 1
        # Nothing older can appear any more: what was seen an hour ago is done with.
        with unit_of_work() as session:
            session.execute(update(ReplyTextMark).values(next_at=now() - LATE - dt.timedelta(seconds=1)))
        read_all()
        mark = db.session.get_one(ReplyTextMark, 1)
        assert mark.done_id == max(db.session.scalars(select(Reply.id)))
        assert not has_unread()


class TestPersonal:
    def test_names_are_found_by_those_who_may_see_them(self, survey):
        reply = make_reply(survey, SAMPLE_ANSWERS | {"name": "Grace Hopper", "comment": "Talk to nobody"})
        read_all()
        words, both = reader("words", "reply.free_text"), reader("both", "reply.free_text reply.personal_data")
        assert (found("hopper", words), found("nobody", words)) == (set(), {reply.id})
        assert (found("hopper", both), found("nobody", both)) == ({reply.id}, {reply.id})

    def publish(self, survey, *, personal: bool) -> None:
        with unit_of_work():
            question = db.session.scalars(select(Question).where(Question.key == "comment")).one()
            surveys.update_question(question, {"personal": personal}, actor=SYSTEM)
            surveys.publish_survey(survey, actor=SYSTEM)

    def test_a_question_becomes_personal_for_replies_from_before(self, client: FlaskClient, survey):
        reply = make_reply(survey, SAMPLE_ANSWERS | {"comment": "Talk to nobody"})
        read_all()
        words = reader("words", "reply.free_text")
        self.publish(survey, personal=True)
        assert found("nobody", words) == set()
        assert read_all() == 1
        assert (found("nobody", words), found("nobody")) == (set(), {reply.id})
        login(client, words)
        assert "Talk to nobody" not in client.get(f"/admin/reply/details/?id={reply.id}").text
        page = client.get(f"{LIST}?search=nobody").text
        assert "Talk to" not in page
        assert "Nothing matches" in page

    def test_and_stays_so_for_those_that_were_given_as_personal(self, survey):
        self.publish(survey, personal=True)
        db.session.refresh(survey)
        reply = make_reply(survey, SAMPLE_ANSWERS | {"comment": "Talk to nobody"})
        read_all()
        self.publish(survey, personal=False)
        read_all()
        assert found("nobody", reader("words", "reply.free_text")) == set()
        assert found("nobody") == {reply.id}

    def test_publishing_waits_for_a_reading_that_has_begun(self, app, survey):
        make_reply(survey, SAMPLE_ANSWERS | {"comment": "Talk to nobody"})
        words = reader("words", "reply.free_text")
        begun, ended = threading.Event(), threading.Event()

        def reading() -> None:
            with app.app_context(), unit_of_work():
                read_texts(0)
                begun.set()
                ended.wait(1)

        other = threading.Thread(target=reading)
        other.start()
        begun.wait(10)
        self.publish(survey, personal=True)
        other.join()
        assert found("nobody", words) == set()
        read_all()
        assert found("nobody", words) == set()


class TestList:
    def test_words_ids_and_receipts(self, client: FlaskClient, survey):
        reply = make_reply(survey, SAMPLE_ANSWERS | {"comment": "We want <b>better</b> coffee here, please"})
        make_reply(survey)
        read_all()
        login(client, make_user())
        page = client.get(f"{LIST}?search=coffee").text
        assert page.count('name="rowid"') == 1
        assert "&lt;b&gt;better&lt;/b&gt; coffee" in page
        assert 'placeholder="Words, id or receipt"' in page
        assert client.get(f"{LIST}?search={reply.public_id}").text.count('name="rowid"') == 1
        assert client.get(f"{LIST}?search=coffee+please").text.count('name="rowid"') == 1
        assert client.get(f"{LIST}?search=coffee+tea").text.count('name="rowid"') == 0

    def test_it_says_what_it_cannot_find(self, client: FlaskClient, survey):
        make_reply(survey)
        login(client, make_user())
        assert "What was written in the last moments" in client.get(f"{LIST}?search=coffee").text
        read_all()
        assert "What was written in the last moments" not in client.get(f"{LIST}?search=coffee").text
        assert "“it” is too short" in client.get(f"{LIST}?search=it").text

    def test_without_the_right_it_searches_ids_alone(self, client: FlaskClient, survey):
        make_reply(survey)
        read_all()
        login(client, reader("eva", "reply.export"))
        page = client.get(f"{LIST}?search=well").text
        assert 'placeholder="Id or receipt"' in page
        assert page.count('name="rowid"') == 0
        assert "All well" not in page
        assert "too short" not in client.get(f"{LIST}?search=it").text

    def test_what_was_deleted_is_not_found(self, client: FlaskClient, survey):
        reply = make_reply(survey)
        read_all()
        with unit_of_work():
            delete_reply(reply, actor=SYSTEM)
        login(client, make_user())
        assert client.get(f"{LIST}?search=well").text.count('name="rowid"') == 0

    def test_it_takes_few_statements(self, client: FlaskClient, survey):
        for number in range(30):
            make_reply(survey, SAMPLE_ANSWERS | {"comment": f"coffee {number}"})
        read_all()
        login(client, make_user())
        for address in (f"{LIST}?search=coffee", f"{LIST}?search=coffee+tea&g1.survey={survey.id}&answers=1"):
            with count_statements(db.engine) as statements:
                assert client.get(address).status_code == 200
            assert len(statements) <= 12


def test_the_doctor_says_whether_there_is_an_index(app):
    check = CHECKS["search"]
    assert check().well
    if db.engine.dialect.name == "postgresql":
        with unit_of_work() as session:
            session.execute(text("DROP INDEX ix_reply_text_words_trigrams"))
        result = check()
        assert not result.well
        assert "CREATE EXTENSION pg_trgm" in result.line


def test_the_index_is_used(app, survey):
    many_replies(300, survey)
    read_all()
    with unit_of_work() as session:
        if db.engine.dialect.name == "postgresql":
            session.execute(text("SET LOCAL enable_seqscan = off; SET LOCAL enable_indexscan = off"))
        query = select(Reply.id).where(Reply.id.in_(replies_with("needle", actor=SYSTEM)))
        explain = "EXPLAIN " if db.engine.dialect.name == "postgresql" else "EXPLAIN QUERY PLAN "
        compiled = query.compile(db.engine, compile_kwargs={"literal_binds": True})
        plan = str(session.execute(text(explain + str(compiled).replace("%%", "%"))).all())
    assert "trigrams" in plan or "VIRTUAL TABLE INDEX" in plan
