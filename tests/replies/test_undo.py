"""Taking a bulk action on replies back: once, by whoever did it, for a time, and not what was changed since."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, update

from admin_app.audit.models import AuditBatch, AuditEntry
from admin_app.audit.operations import batched, open_batch
from admin_app.audit.undo import undo_batch
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ConflictError, ForbiddenError, NotFoundError
from admin_app.core.permissions import SYSTEM
from admin_app.replies import bulk_operations as operations
from admin_app.replies.models import Reply, ReviewStatus
from tests.factories import make_reply, make_role, make_survey, make_user
from tests.helpers import count_statements, reasons
from tests.replies.many import many_replies

ALL = select(Reply)
APPROVED, FLAGGED, SPAM, NEW = (
    ReviewStatus.APPROVED, ReviewStatus.FLAGGED, ReviewStatus.SPAM, ReviewStatus.NEW,
)  # fmt: skip
SINCE = "It was changed since."


@pytest.fixture
def anna(app):
    return make_user()


@pytest.fixture
def replies(app):
    survey = make_survey(opened=True)
    return [make_reply(survey, review_status=status) for status in (NEW, FLAGGED, SPAM)]


def do(action, work, actor):
    """As the console does it."""
    with unit_of_work() as session:
        batch = open_batch(action, "reply", actor=actor)
        session.flush()
        with batched(batch):
            work(actor, batch)
    return batch


def approve(actor):
    return do(
        "reply.approve", lambda who, batch: operations.review_replies(ALL, APPROVED, actor=who, batch=batch), actor
    )


def undo(batch, actor):
    with unit_of_work():
        return undo_batch(batch, actor=actor)


def test_each_gets_back_the_status_that_it_had(replies, anna):
    batch = approve(anna)
    assert {one.review_status for one in replies} == {APPROVED}
    assert undo(batch, anna).done == 3
    assert [one.review_status for one in replies] == [NEW, FLAGGED, SPAM]
    back = db.session.scalars(select(AuditBatch).order_by(AuditBatch.id.desc())).first()
    assert (back.action, back.records) == ("audit.undo", 3)
    log = db.session.scalars(select(AuditEntry).where(AuditEntry.batch_id == back.id).order_by(AuditEntry.record_id))
    assert [entry.action for entry in log] == ["reply.renew", "reply.flag", "reply.spam"]


def test_what_was_changed_since_stays(replies, anna):
    batch = approve(anna)
    with unit_of_work():
        operations.review_replies(select(Reply).where(Reply.id == replies[0].id), SPAM, actor=SYSTEM)
        operations.review_replies(select(Reply).where(Reply.id == replies[1].id), SPAM, actor=SYSTEM)
    with unit_of_work():
        # Somebody came to the same end by himself; that is his decision now.
        operations.review_replies(select(Reply).where(Reply.id == replies[1].id), APPROVED, actor=SYSTEM)
    result = undo(batch, anna)
    assert (
        result.done,
        {name for name, _reason in reasons(result)},
        {reason for _name, reason in reasons(result)},
    ) == (
        1,
        {replies[0].public_id, replies[1].public_id},
        {SINCE},
    )
    assert [one.review_status for one in replies] == [SPAM, APPROVED, SPAM]


def test_a_delete(replies, anna):
    batch = do("reply.delete", lambda who, made: operations.delete_replies(ALL, actor=who, batch=made), anna)
    assert all(one.deleted_at for one in replies)
    assert undo(batch, anna).done == 3
    assert not any(one.deleted_at for one in replies)


@pytest.mark.parametrize("test", [True, False])
def test_marking_as_tests(anna, test):
    reply = make_reply(make_survey(opened=True), test=not test)
    name = "reply.mark_test" if test else "reply.unmark_test"
    batch = do(name, lambda who, made: operations.mark_test_replies(ALL, test=test, actor=who, batch=made), anna)
    assert reply.test is test
    assert undo(batch, anna).done == 1
    assert reply.test is not test


def test_tags(replies, anna):
    with unit_of_work():
        operations.tag_replies(select(Reply).where(Reply.id == replies[0].id), "vip", actor=SYSTEM)
    put = do("reply.tag", lambda who, made: operations.tag_replies(ALL, "vip", actor=who, batch=made), anna)
    assert undo(put, anna).done == 2
    assert [len(one.tags) for one in replies] == [1, 0, 0]
    off = do("reply.untag", lambda who, made: operations.untag_replies(ALL, "vip", actor=who, batch=made), anna)
    assert undo(off, anna).done == 1
    assert [len(one.tags) for one in replies] == [1, 0, 0]


class TestRefused:
    def test_twice(self, replies, anna):
        batch = approve(anna)
        undo(batch, anna)
        with pytest.raises(ConflictError, match="undone already"):
            undo(batch, anna)
        assert [one.review_status for one in replies] == [NEW, FLAGGED, SPAM]

    def test_by_somebody_else(self, replies, anna):
        batch = approve(anna)
        for other in (make_user("ben"), SYSTEM):
            with pytest.raises(NotFoundError):
                undo(batch, other)
        assert {one.review_status for one in replies} == {APPROVED}
        assert batch.undone_at is None

    def test_too_late(self, replies, anna):
        batch = approve(anna)
        with unit_of_work() as session:
            session.execute(update(AuditBatch).values(at=now() - dt.timedelta(minutes=31)))
        db.session.expire_all()
        with pytest.raises(ConflictError, match="30 minutes"):
            undo(batch, anna)
        assert {one.review_status for one in replies} == {APPROVED}

    def test_what_has_no_way_back(self, anna):
        batch = do("reply.purge_tests", lambda _who, made: setattr(made, "records", 1), anna)
        with pytest.raises(NotFoundError):
            undo(batch, anna)

    def test_without_the_right_any_more(self, replies):
        role = make_role("Reviewer", reply="RU:all")
        eva = make_user("eva", role)
        batch = approve(eva)
        with unit_of_work():
            role.grants = [grant for grant in role.grants if grant.letter == "R"]
        eva.forget_rights()
        db.session.expire_all()
        with pytest.raises(ForbiddenError):
            undo(batch, eva)
        db.session.expire_all()
        assert {one.review_status for one in replies} == {APPROVED}
        assert batch.undone_at is None


def test_few_statements_however_many(anna):
    many_replies(200, make_survey(opened=True))
    batch = approve(anna)
    with count_statements(db.engine) as seen:
        assert undo(batch, anna).done == 200
    assert len(seen) <= 14, seen
