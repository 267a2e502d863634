"""Many replies at once: one rule, few statements, an entry for each, and a reason for each that is left alone."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from admin_app.audit.models import AuditEntry
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from admin_app.core.permissions import SYSTEM
from admin_app.replies import bulk_operations as operations
from admin_app.replies.models import Reply, ReviewStatus, Tag, reply_tag
from admin_app.replies.queries import ReplyCounts
from admin_app.replies.tags import tag_names, tags_on
from admin_app.surveys import operations as surveys
from admin_app.surveys.models import SurveyShare
from tests.factories import make_reply, make_role, make_survey, make_user
from tests.helpers import count_statements, reasons
from tests.replies.many import many_replies

ALL = select(Reply)
NOT_YOURS = "Your roles do not allow this."
APPROVED, FLAGGED, SPAM, NEW = (
    ReviewStatus.APPROVED, ReviewStatus.FLAGGED, ReviewStatus.SPAM, ReviewStatus.NEW,
)  # fmt: skip


def review(status=APPROVED, *, actor=SYSTEM, selection=ALL, **more):
    with unit_of_work():
        return operations.review_replies(selection, status, actor=actor, **more)


def mark_test(*, test, actor=SYSTEM):
    with unit_of_work():
        return operations.mark_test_replies(ALL, test=test, actor=actor)


def delete(*, actor=SYSTEM, selection=ALL):
    with unit_of_work():
        return operations.delete_replies(selection, actor=actor)


def restore(*, actor=SYSTEM):
    with unit_of_work():
        return operations.restore_replies(ALL, actor=actor)


def tag(name, *, actor=SYSTEM, selection=ALL):
    with unit_of_work():
        return operations.tag_replies(selection, name, actor=actor)


def untag(name, *, actor=SYSTEM):
    with unit_of_work():
        return operations.untag_replies(ALL, name, actor=actor)


def entries():
    return db.session.scalars(select(AuditEntry).where(AuditEntry.resource == "reply").order_by(AuditEntry.id)).all()


def one(reply):
    return select(Reply).where(Reply.id == reply.id)


@pytest.fixture
def survey(app):
    return make_survey(opened=True)


@pytest.fixture
def reply(survey):
    return make_reply(survey)


class TestReview:
    def test_each_entry_holds_the_status_that_was(self, reply):
        flagged = make_reply(reply.survey, review_status=FLAGGED)
        done = make_reply(reply.survey, review_status=APPROVED)
        result = review(reason="Looked through")
        assert (result.done, reasons(result)) == (2, [(done.public_id, "It is approved already.")])
        assert {one.review_status for one in (reply, flagged, done)} == {APPROVED}
        assert [(entry.action, entry.record_name, entry.changes, entry.reason) for entry in entries()] == [
            ("reply.approve", reply.public_id, {"review_status": ["new", "approved"]}, "Looked through"),
            ("reply.approve", flagged.public_id, {"review_status": ["flagged", "approved"]}, "Looked through"),
        ]

    @pytest.mark.parametrize(
        ("status", "action", "sentence"),
        [
            (APPROVED, "reply.approve", "It is approved already."),
            (FLAGGED, "reply.flag", "It is flagged already."),
            (SPAM, "reply.spam", "It is marked as spam already."),
            (NEW, "reply.renew", "It waits for review already."),
        ],
    )
    def test_every_status(self, survey, status, action, sentence):
        reply = make_reply(survey, review_status=NEW if status is not NEW else SPAM)
        assert review(status).done == 1
        assert entries()[0].action == action
        assert reasons(review(status)) == [(reply.public_id, sentence)]

    def test_a_form_that_was_opened_before_is_told(self, reply):
        before = reply.lock_version
        review()
        assert reply.lock_version == before + 1

    def test_only_those_within_reach(self, reply):
        anna = make_user("anna", make_role("Shared", reply="RU:shared", survey="R:shared"))
        shared, read = make_survey(opened=True), make_survey(opened=True)
        with unit_of_work() as session:
            session.add(SurveyShare(survey_id=shared.id, user_id=anna.id, access="edit"))
            session.add(SurveyShare(survey_id=read.id, user_id=anna.id, access="read"))
        mine, seen = make_reply(shared), make_reply(read)
        result = review(actor=anna)
        assert (result.done, reasons(result)) == (1, [(seen.public_id, NOT_YOURS)])
        assert [one.review_status for one in (mine, seen, reply)] == [APPROVED, NEW, NEW]

    def test_whoever_only_reads_changes_nothing(self, reply):
        eva = make_user("eva", make_role("Reader", reply="R:all"))
        for change in (
            lambda: review(actor=eva),
            lambda: mark_test(test=True, actor=eva),
            lambda: delete(actor=eva),
            lambda: restore(actor=eva),
            lambda: tag("vip", actor=eva),
            lambda: untag("vip", actor=eva),
        ):
            with pytest.raises(ForbiddenError):
                change()
        assert (reply.review_status, reply.test, reply.deleted_at, entries()) == (NEW, False, None, [])
        assert db.session.scalars(select(Tag)).all() == []

    def test_few_statements_however_many(self, survey):
        many_replies(300, survey)
        with count_statements(db.engine) as seen:
            assert review().done == 300
        assert len(seen) <= 8, seen
        assert (
            db.session.scalar(select(func.count()).select_from(AuditEntry).where(AuditEntry.action == "reply.approve"))
            == 300
        )

    def test_of_a_deleted_reply_nothing_is_told(self, survey):
        reply = make_reply(survey)
        delete()
        assert (review().done, review().skipped) == (0, [])
        assert reply.review_status is NEW


class TestPlaces:
    """A survey with a limit gives a place back for what counts no longer."""

    @pytest.fixture
    def full(self, app):
        survey = make_survey(opened=True)
        for _ in range(3):
            make_reply(survey)
        with unit_of_work():
            surveys.update_survey(survey, {"reply_limit": 3}, actor=SYSTEM)
        assert survey.reply_count == 3
        return survey

    def test_it_is_counted_anew(self, full):
        first, second, _third = db.session.scalars(ALL.order_by(Reply.id)).all()
        review(SPAM, selection=one(first))
        assert full.reply_count == 2
        delete(selection=one(second))
        assert full.reply_count == 1
        restore()
        assert full.reply_count == 2
        mark_test(test=True)
        assert full.reply_count == 0
        mark_test(test=False)
        review(APPROVED)
        assert full.reply_count == 3 == ReplyCounts().counting(full.id)

    def test_also_where_nobody_has_the_survey_in_hand(self, full):
        number = full.id
        db.session.remove()
        review(SPAM)
        assert db.session.get(type(full), number).reply_count == 0

    def test_surveys_without_a_limit_count_nothing(self, full, reply):
        review(SPAM)
        assert (full.reply_count, reply.survey.reply_count) == (0, 0)


class TestMarkTest:
    def test_there_and_back(self, reply):
        assert mark_test(test=True).done == 1
        assert reply.test
        assert reasons(mark_test(test=True)) == [(reply.public_id, "It is a test already.")]
        assert mark_test(test=False).done == 1
        assert not reply.test
        assert reasons(mark_test(test=False)) == [(reply.public_id, "It is no test.")]
        assert [(entry.action, entry.changes) for entry in entries()] == [
            ("reply.mark_test", {"test": [False, True]}),
            ("reply.unmark_test", {"test": [True, False]}),
        ]


class TestDelete:
    def test_into_the_trash_and_back(self, reply):
        anna = make_user()
        assert delete(actor=anna).done == 1
        assert reply.deleted_by_id == anna.id
        moment = reply.deleted_at
        assert moment is not None
        assert delete(actor=anna).done == 0
        assert restore(actor=anna).done == 1
        assert (reply.deleted_at, reply.deleted_by_id) == (None, None)
        assert restore(actor=anna).done == 0
        assert [entry.action for entry in entries()] == ["reply.delete", "reply.restore"]
        assert entries()[0].changes["deleted_at"][0] is None
        assert entries()[1].changes["deleted_at"][1] is None

    def test_one_reply_once(self, reply):
        anna = make_user()
        with unit_of_work():
            operations.delete_reply(reply, actor=anna)
        with pytest.raises(ConflictError), unit_of_work():
            operations.delete_reply(reply, actor=anna)
        assert [entry.action for entry in entries()] == ["reply.delete"]

    def test_one_reply_out_of_reach(self, reply):
        eva = make_user("eva", make_role("Own", reply="RD:own", survey="R:own"))
        with pytest.raises(NotFoundError), unit_of_work():
            operations.delete_reply(reply, actor=eva)
        assert reply.deleted_at is None

    def test_a_reply_does_not_come_back_without_its_survey(self, reply):
        delete()
        with unit_of_work():
            surveys.delete_survey(reply.survey, actor=SYSTEM)
        assert reasons(restore()) == [(reply.public_id, "Its survey was deleted. Bring that back first.")]
        assert reply.deleted_at is not None


class TestTag:
    def test_surveys_have_their_own(self, reply):
        other = make_reply(make_survey(opened=True))
        assert tag("  To   call ").done == 2
        assert [[str(one) for one in both.tags] for both in (reply, other)] == [["To call"], ["To call"]]
        assert reply.tags[0].id != other.tags[0].id
        assert [entry.changes for entry in entries()] == [{"tag": [None, "To call"]}] * 2

    def test_upper_and_lower_case_are_one(self, reply):
        tag("Straße")
        assert reasons(tag("STRASSE")) == [(reply.public_id, "It has this tag already.")]
        second = make_reply(reply.survey)
        assert tag("STRASSE").done == 1
        assert [str(one) for one in second.tags] == ["Straße"]
        assert db.session.scalar(select(func.count()).select_from(Tag)) == 1

    def test_it_comes_off_again(self, reply):
        other = make_reply(reply.survey)
        tag("vip")
        tag("late", selection=one(reply))
        assert tags_on(ALL) == ["late", "vip"] == tag_names(actor=SYSTEM)
        assert untag("VIP").done == 2
        assert [[str(one) for one in both.tags] for both in (reply, other)] == [["late"], []]
        assert reasons(untag("vip")) == [
            (other.public_id, "It has no tag."),
            (reply.public_id, "It does not have this tag."),
        ]
        assert tag_names(actor=SYSTEM) == ["late"]
        assert entries()[-1].changes == {"tag": ["VIP", None]}

    def test_what_cannot_be_a_tag(self, reply):
        for odd, sentence in (
            ("", "Write a tag."),
            (" \x00 ", "Write a tag."),
            ("x" * 51, "Use at most 50 characters."),
        ):
            with pytest.raises(InvalidError) as caught:
                tag(odd)
            assert caught.value.fields == {"tag": sentence}
        assert (reply.tags, db.session.scalars(select(Tag)).all()) == ([], [])

    def test_tags_of_what_one_does_not_see_are_not_named(self, reply):
        tag("secret")
        eva = make_user("eva", make_role("Own", reply="R:own", survey="R:own"))
        assert tag_names(actor=eva) == []

    def test_tags_go_with_their_reply(self, reply):
        tag("vip")
        with unit_of_work() as session:
            session.delete(db.session.get(Reply, reply.id))
        assert db.session.execute(select(reply_tag)).all() == []
