"""An answer that staff change: by the question's rules, with a reason, and with what was given beside it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from admin_app.audit.models import AuditBatch, AuditEntry, AuditValue
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from admin_app.core.permissions import SYSTEM
from admin_app.replies.editing_operations import REASON, edit_answer, undo_edit
from admin_app.replies.models import AnswerEdit, Reply
from admin_app.replies.note_operations import add_note, delete_note
from admin_app.replies.queries import edits_of, notes_of
from tests.factories import SAMPLE_ANSWERS, make_reply, make_role, make_survey, make_user

SEEN = "reply.edit_answers reply.personal_data reply.free_text"


@pytest.fixture
def reply(app):
    answers = {key: value for key, value in SAMPLE_ANSWERS.items() if key != "height"} | {"comment": None}
    return make_reply(make_survey(opened=True), answers)


def edit(reply, key, values, reason="A typing error", *, actor=SYSTEM, lock_version=None):
    with unit_of_work():
        getlist = lambda name: values.get(name, [])  # noqa: E731
        return edit_answer(reply, key, getlist, reason, actor=actor, lock_version=lock_version)


def test_the_original_stays(reply):
    anna = make_user(name="Anna A")
    edit(reply, "age", {"age": ["37"]}, " She called. ", actor=anna)
    edit(reply, "age", {"age": ["38"]}, "She called again", actor=anna)
    assert reply.answers["age"] == 38
    assert [(one.before, one.after, one.reason, one.actor_name) for one in edits_of(reply)["age"]] == [
        ({"age": 36}, {"age": 37}, "She called.", "Anna A"),
        ({"age": 37}, {"age": 38}, "She called again", "Anna A"),
    ]
    assert reply.lock_version == 3


def test_the_log_tells_of_the_question_and_not_of_the_answers(reply):
    edit(reply, "name", {"name": ["Grace"]}, "A new name")
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "reply.edit_answer")).one()
    assert (entry.changes, entry.reason) == ({"question": [None, "name"]}, "A new name")
    assert db.session.scalars(select(AuditValue)).all() == []


@pytest.mark.parametrize(
    ("key", "values", "after"),
    [
        ("tools", {"tools": ["r", "__other"], "tools__other": ["Julia"]}, {"tools": ["r"], "tools__other": "Julia"}),
        ("team", {"team": ["__other"], "team__other": ["Sales"]}, {"team": None, "team__other": "Sales"}),
        ("habits", {"habits__remote": ["never"]}, {"habits": {"remote": "never"}}),
        ("comment", {"comment": ["Late, but here"]}, {"comment": "Late, but here"}),
        # Also where it was required: it counts as skipped.
        ("age", {}, {"age": None}),
        ("happy", {"happy": ["no"]}, {"happy": False}),
    ],
)
def test_by_the_rules_of_the_question(reply, key, values, after):
    before = dict(reply.answers)
    edit(reply, key, values)
    assert reply.answers == before | after


def test_words_for_other_go_with_the_answer(reply):
    edit(reply, "team", {"team": ["__other"], "team__other": ["Sales"]})
    edit(reply, "team", {"team": ["ops"], "team__other": [""]})
    assert reply.answers["team"] == "ops"
    assert "team__other" not in reply.answers
    assert edits_of(reply)["team"][1].before == {"team": None, "team__other": "Sales"}


def test_words_that_an_import_kept_are_not_lost(app):
    kept = {"team": "dev", "happy": None, "happy__other": "Mostly"}
    reply = make_reply(make_survey(opened=True), SAMPLE_ANSWERS | kept)
    edit(reply, "happy", {"happy": ["yes"]})
    assert (reply.answers["happy"], reply.answers["happy__other"]) == (True, "Mostly")


def refused(reply, error, key, values, reason="Why not", **more):
    before, version = dict(reply.answers), reply.lock_version
    with pytest.raises(error) as caught:
        edit(reply, key, values, reason, **more)
    db.session.expire_all()
    assert (reply.answers, reply.lock_version) == (before, version)
    assert db.session.scalars(select(AnswerEdit)).all() == []
    assert db.session.scalars(select(AuditEntry).where(AuditEntry.action == "reply.edit_answer")).all() == []
    return caught.value


class TestRefused:
    def test_what_the_question_does_not_take(self, reply):
        assert set(refused(reply, InvalidError, "age", {"age": ["12"]}).fields) == {"age"}
        assert set(refused(reply, InvalidError, "team", {"team": ["gone"]}).fields) == {"team"}

    @pytest.mark.parametrize("reason", ["", " \x00 ", "x" * 1001])
    def test_no_reason_or_too_long_a_one(self, reply, reason):
        assert set(refused(reply, InvalidError, "age", {"age": ["37"]}, reason).fields) == {REASON}

    def test_the_same_answer(self, reply):
        refused(reply, InvalidError, "age", {"age": ["36"]})

    def test_what_was_not_shown(self, reply):
        refused(reply, ConflictError, "height", {"height": ["1.80"]})

    @pytest.mark.parametrize("key", ["welcome", "nothing", "team__other"])
    def test_what_is_no_question(self, reply, key):
        refused(reply, NotFoundError, key, {key: ["x"]})

    def test_a_reply_that_somebody_else_changed(self, reply):
        refused(reply, ConflictError, "age", {"age": ["37"]}, lock_version=reply.lock_version - 1)

    def test_a_deleted_reply(self, reply):
        from admin_app.replies.bulk_operations import delete_replies

        with unit_of_work():
            delete_replies(select(Reply), actor=SYSTEM)
        refused(reply, NotFoundError, "age", {"age": ["37"]})

    def test_without_the_right(self, reply):
        eva = make_user("eva", make_role("Editor", "reply.personal_data reply.free_text", reply="RU:all"))
        refused(reply, ForbiddenError, "age", {"age": ["37"]}, actor=eva)
        ben = make_user("ben", make_role("Reader", SEEN, reply="R:all"))
        refused(reply, ForbiddenError, "age", {"age": ["37"]}, actor=ben)
        own = make_user("cleo", make_role("Own", SEEN, reply="RU:own"))
        refused(reply, NotFoundError, "age", {"age": ["37"]}, actor=own)

    def test_what_one_may_not_see(self, reply):
        eva = make_user("eva", make_role("Blind", "reply.edit_answers", reply="RU:all"))
        for key in ("name", "comment", "team", "tools"):
            refused(reply, ForbiddenError, key, {key: ["x"]}, actor=eva)
        edit(reply, "age", {"age": ["37"]}, actor=eva)
        assert reply.answers["age"] == 37

    def test_answers_that_are_too_long_together(self, reply, monkeypatch):
        monkeypatch.setattr("admin_app.replies.operations.ANSWERS_LIMIT", 20)
        refused(reply, InvalidError, "comment", {"comment": ["x" * 30]})


class TestUndo:
    """Taking one's own change back: for a while, once, and where nobody changed the answer since."""

    def undo(self, made, actor, minutes=30):
        with unit_of_work():
            return undo_edit(made, actor=actor, minutes=minutes)

    def refused(self, made, actor, error, minutes=30):
        db.session.expire_all()
        reply = db.session.get(Reply, made.reply_id)
        before, number = (dict(reply.answers), reply.lock_version), len(db.session.scalars(select(AnswerEdit)).all())
        with pytest.raises(error):
            self.undo(made, actor, minutes)
        db.session.expire_all()
        assert (reply.answers, reply.lock_version) == before
        assert len(db.session.scalars(select(AnswerEdit)).all()) == number
        assert db.session.scalars(select(AuditBatch)).all() == []

    def test_it_is_a_change_of_its_own(self, reply):
        anna, before = make_user(), dict(reply.answers)
        made = edit(reply, "tools", {"tools": ["r", "__other"], "tools__other": ["Julia"]}, actor=anna)
        self.undo(made, anna)
        db.session.expire_all()
        assert reply.answers == before
        assert [(one.before, one.after) for one in edits_of(reply)["tools"]] == [
            (made.before, made.after),
            (made.after, made.before),
        ]
        entries = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "reply.edit_answer")).all()
        assert [entry.batch_id is None for entry in entries] == [True, False]
        assert db.session.scalars(select(AuditBatch)).one().action == "audit.undo"

    def test_once(self, reply):
        anna = make_user()
        made = edit(reply, "age", {"age": ["37"]}, actor=anna)
        self.undo(made, anna)
        with pytest.raises(ConflictError, match="changed since"):
            self.undo(made, anna)
        assert reply.answers["age"] == 36

    def test_not_what_was_changed_since(self, reply):
        anna = make_user()
        made = edit(reply, "age", {"age": ["37"]}, actor=anna)
        edit(reply, "age", {"age": ["38"]})
        self.refused(made, anna, ConflictError)

    def test_another_answer_that_was_changed_since_is_in_nobodys_way(self, reply):
        anna = make_user()
        made = edit(reply, "age", {"age": ["37"]}, actor=anna)
        edit(reply, "comment", {"comment": ["Late"]})
        self.undo(made, anna)
        assert (reply.answers["age"], reply.answers["comment"]) == (36, "Late")

    def test_not_what_somebody_else_did(self, reply):
        self.refused(edit(reply, "age", {"age": ["37"]}, actor=make_user()), make_user("eva"), NotFoundError)
        self.refused(edit(reply, "age", {"age": ["38"]}), SYSTEM, NotFoundError)

    def test_not_for_ever(self, reply):
        anna = make_user()
        self.refused(edit(reply, "age", {"age": ["37"]}, actor=anna), anna, ConflictError, minutes=0)

    def test_not_without_the_right_any_more(self, reply):
        anna = make_user("anna", make_role("Editor", SEEN, reply="RU:all"))
        made = edit(reply, "age", {"age": ["37"]}, actor=anna)
        with unit_of_work():
            anna.roles = []
        anna.forget_rights()
        self.refused(made, anna, NotFoundError)


class TestNotes:
    def test_written_and_taken_away(self, reply):
        anna = make_user(name="Anna A")
        with unit_of_work():
            note = add_note(reply, " Call her.\r\nToday. ", actor=anna)
        assert [(one.text, one.author_name) for one in notes_of(reply)] == [("Call her.\nToday.", "Anna A")]
        with unit_of_work():
            delete_note(reply, note, actor=anna)
        assert notes_of(reply) == []
        log = db.session.scalars(select(AuditEntry).where(AuditEntry.resource == "reply").order_by(AuditEntry.id)).all()
        assert [(entry.action, entry.changes) for entry in log] == [("reply.add_note", {}), ("reply.delete_note", {})]

    @pytest.mark.parametrize("text", ["", " \x00\ud800 ", "x" * 5001])
    def test_what_is_no_note(self, reply, text):
        with pytest.raises(InvalidError), unit_of_work():
            add_note(reply, text, actor=SYSTEM)
        assert notes_of(reply) == []

    def test_without_the_right(self, reply):
        eva = make_user("eva", make_role("Reader", reply="R:all"))
        anna = make_user()
        with unit_of_work():
            note = add_note(reply, "Mine", actor=anna)
        with pytest.raises(ForbiddenError), unit_of_work():
            add_note(reply, "No", actor=eva)
        for other in (eva, make_user("ben")):
            with pytest.raises(ForbiddenError), unit_of_work():
                delete_note(reply, note, actor=other)
        assert [one.text for one in notes_of(reply)] == ["Mine"]
