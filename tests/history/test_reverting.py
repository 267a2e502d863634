"""Bringing back what a record was: by its own operation, with its rights, or not at all."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from admin_app.accounts import operations as accounts
from admin_app.accounts import role_operations
from admin_app.accounts.models import Role, User
from admin_app.audit.erasing import erase_values
from admin_app.audit.models import AuditBatch, AuditEntry
from admin_app.audit.past import Telling
from admin_app.audit.queries import verify_chain
from admin_app.audit.reverting import plan_revert, revert, undo_entry
from admin_app.audit.sealing import seal_entries
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from admin_app.core.permissions import SYSTEM
from admin_app.replies.bulk_operations import delete_reply, mark_test_replies, review_replies
from admin_app.replies.models import Reply, ReviewStatus
from admin_app.replies.reverting import change_reply
from admin_app.surveys import operations as surveys
from admin_app.surveys.models import Choice, Question, Survey
from tests.factories import make_reply, make_role, make_survey, make_user


def last_entry(resource: str, key: int) -> AuditEntry:
    mine = select(AuditEntry).where(AuditEntry.resource == resource, AuditEntry.record_id == key)
    return db.session.scalars(mine.order_by(AuditEntry.id.desc()).limit(1)).one()


def entries() -> int:
    return db.session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def bring_back(record: Any, entry: AuditEntry, *, actor: Any, only: str | None = None, whole: bool = False) -> Any:
    with unit_of_work():
        steps = plan_revert(record, entry, only=only, whole=whole, actor=actor)
        return revert(record, entry.resource, steps, actor=actor)


def question_of(survey: Survey, key: str) -> Question:
    return db.session.scalars(select(Question).where(Question.survey_id == survey.id, Question.key == key)).one()


@pytest.fixture
def root(app: Flask) -> User:
    return make_user("root")


class TestSurvey:
    def test_one_field_comes_back_and_the_rest_stays(self, root: User) -> None:
        survey = make_survey(root, title="First", language="en")
        with unit_of_work():
            surveys.update_survey(survey, {"title": "Second", "language": "de"}, actor=root)
        batch = bring_back(survey, last_entry("survey", survey.id), actor=root, only="title")
        assert (survey.title, survey.language) == ("First", "de")
        told = last_entry("survey", survey.id)
        assert told.changes == {"title": ["Second", "First"]}
        assert (told.action, told.batch_id, batch.action, batch.records) == (
            "survey.update",
            batch.id,
            "audit.revert",
            1,
        )

    def test_the_whole_record_comes_back_over_several_changes(self, root: User) -> None:
        other = make_user("other")
        survey = make_survey(root, title="First", closes_at=None)
        for change in (
            {"title": "Second"},
            {"closes_at": dt.datetime(2030, 1, 2, 12, tzinfo=dt.UTC)},
            {"title": "Third", "owner": other, "introduction": "<p>New</p>"},
        ):
            with unit_of_work():
                surveys.update_survey(survey, change, actor=root)
        second = db.session.scalars(
            select(AuditEntry).where(AuditEntry.record_id == survey.id, AuditEntry.action == "survey.update")
        ).all()[-3]
        bring_back(survey, second, actor=root, whole=True)
        assert (survey.title, survey.closes_at, survey.owner_id) == ("First", None, root.id)
        assert survey.introduction == "<p>Hello.</p>"

    def test_a_moment_comes_back_as_one(self, root: User) -> None:
        moment = dt.datetime(2030, 1, 2, 12, tzinfo=dt.UTC)
        survey = make_survey(root, closes_at=moment)
        with unit_of_work():
            surveys.update_survey(survey, {"closes_at": None}, actor=root)
        bring_back(survey, last_entry("survey", survey.id), actor=root)
        assert survey.closes_at == moment

    def test_the_owner_who_is_gone_does_not(self, root: User) -> None:
        other = make_user("other", role=None)
        survey = make_survey(root)
        with unit_of_work():
            surveys.update_survey(survey, {"owner": other}, actor=root)
        with unit_of_work():
            surveys.update_survey(survey, {"owner": root}, actor=root)
        entry = last_entry("survey", survey.id)
        with unit_of_work():
            accounts.delete_user(other, heir=None, actor=root)
        (step,) = plan_revert(survey, entry, whole=False, actor=root)
        assert "owner is not there" in step.refusal
        before = entries()
        with pytest.raises(ConflictError):
            bring_back(survey, entry, actor=root)
        assert (survey.owner_id, entries()) == (root.id, before)

    def test_nothing_is_written_where_nothing_differs(self, root: User) -> None:
        survey = make_survey(root, title="First")
        for title in ("Second", "First"):
            with unit_of_work():
                surveys.update_survey(survey, {"title": title}, actor=root)
        entry = db.session.scalars(
            select(AuditEntry).where(AuditEntry.record_id == survey.id, AuditEntry.action == "survey.update")
        ).all()[-2]
        before, version = entries(), survey.lock_version
        with pytest.raises(ConflictError):
            bring_back(survey, entry, actor=root)
        assert (entries(), survey.lock_version) == (before, version)
        assert db.session.scalar(select(func.count()).select_from(AuditBatch)) == 0

    def test_the_state_is_told_and_not_brought_back(self, root: User) -> None:
        survey = make_survey(root, published=True)
        with unit_of_work():
            surveys.open_survey(survey, actor=root)
        (step,) = plan_revert(survey, last_entry("survey", survey.id), whole=False, actor=root)
        assert (step.now, step.then) == ("open", "draft")
        assert "Editing the record" in step.refusal

    def test_entries_of_others_and_fields_that_are_not_in_them_are_not_found(self, root: User) -> None:
        survey, other = make_survey(root), make_survey(root)
        with unit_of_work():
            surveys.update_survey(other, {"title": "Else"}, actor=root)
        entry = last_entry("survey", other.id)
        for record, only in ((survey, None), (other, "nonsense"), (root, None)):
            with pytest.raises(NotFoundError):
                plan_revert(record, entry, only=only, whole=False, actor=root)

    def test_it_takes_the_log_and_the_right_to_edit(self, root: User) -> None:
        survey = make_survey(root)
        with unit_of_work():
            surveys.update_survey(survey, {"title": "Else"}, actor=root)
        entry = last_entry("survey", survey.id)
        for name, grants in (("a", {"survey": "RU:all"}), ("b", {"survey": "R:all", "audit": "R:all"})):
            actor = make_user(name, make_role(name, **grants))
            with pytest.raises(ForbiddenError):
                bring_back(survey, entry, actor=actor)
        assert survey.title == "Else"
        editor = make_user("c", make_role("c", survey="RU:all", audit="R:all"))
        bring_back(survey, entry, actor=editor)
        assert survey.title == "Working here"


class TestQuestionnaire:
    def test_choices_come_back_with_their_identities(self, root: User) -> None:
        survey = make_survey(root)
        question = question_of(survey, "tools")
        before = {(one.uid, one.code, one.label, one.exclusive) for one in question.choices}
        with unit_of_work():
            surveys.update_question(question, {"choices": [{"code": "new", "label": "New"}]}, actor=root)
        bring_back(question, last_entry("question", question.id), actor=root)
        now = db.session.scalars(select(Choice).where(Choice.question_id == question.id).order_by(Choice.rank)).all()
        assert {(one.uid, one.code, one.label, one.exclusive) for one in now} == before
        assert [one.code for one in now] == ["python", "r", "none"]

    def test_a_published_choice_that_was_added_since_is_retired(self, root: User) -> None:
        survey = make_survey(root)
        question = question_of(survey, "team")
        more = [{"uid": one.uid, "code": one.code, "label": one.label} for one in question.choices]
        with unit_of_work():
            surveys.update_question(question, {"choices": [*more, {"code": "hr", "label": "HR"}]}, actor=root)
        entry = last_entry("question", question.id)
        with unit_of_work():
            surveys.publish_survey(survey, actor=root)
        bring_back(question, entry, actor=root)
        assert {one.code: one.retired_at is not None for one in question.choices} == {
            "dev": False, "ops": False, "hr": True,
        }  # fmt: skip

    def test_what_was_written_in_words_alone_stays(self, root: User) -> None:
        question = question_of(make_survey(root), "team")
        entry = AuditEntry(
            action="question.update", resource="question", record_id=question.id, actor_name="x",
            changes={"choices": [["dev: Development"], ["dev: Dev"]]},
        )  # fmt: skip
        with unit_of_work() as session:
            session.add(entry)
        (step,) = plan_revert(question, entry, whole=False, actor=root)
        assert "in words alone" in step.refusal

    def test_a_section_comes_back(self, root: User) -> None:
        section = make_survey(root).sections[0]
        with unit_of_work():
            surveys.update_section(section, {"title": "Else"}, actor=root)
        bring_back(section, last_entry("section", section.id), actor=root)
        assert section.title == "About you"

    def test_what_was_published_keeps_its_key(self, root: User) -> None:
        survey = make_survey(root)
        question = question_of(survey, "age")
        with unit_of_work():
            surveys.update_question(question, {"key": "years"}, actor=root)
        entry = last_entry("question", question.id)
        with unit_of_work():
            surveys.publish_survey(survey, actor=root)
        before = entries()
        with pytest.raises(InvalidError):
            bring_back(question, entry, actor=root)
        assert (question_of(survey, "years").id, entries()) == (question.id, before)


class TestPeople:
    def test_roles_come_back_by_the_guards_of_giving_them(self, root: User) -> None:
        readers, managers = make_role("Readers", survey="R:all"), make_role("Managers", survey="CRUD:all")
        ben = make_user("ben", readers)
        with unit_of_work():
            accounts.update_user(ben, {"roles": [managers]}, actor=root)
        with unit_of_work():
            accounts.update_user(ben, {"roles": [readers]}, actor=root)
        entry = last_entry("user", ben.id)
        clerk = make_user(
            "clerk", make_role("Clerk", "role.grant", user="RU:all", audit="R:all", survey="R:all", role="R:all")
        )
        with pytest.raises(ForbiddenError):
            bring_back(ben, entry, actor=clerk)
        assert [role.name for role in ben.roles] == ["Readers"]
        bring_back(ben, entry, actor=root)
        assert [role.name for role in ben.roles] == ["Managers"]

    def test_nobody_brings_back_his_own_roles(self, root: User) -> None:
        second = make_user("second")
        boss = make_role("Boss", survey="R:all")
        with unit_of_work():
            accounts.update_user(root, {"roles": [*root.roles, boss]}, actor=second)
        with pytest.raises(ForbiddenError):
            bring_back(root, last_entry("user", root.id), actor=root)
        assert "Boss" in {role.name for role in root.roles}

    def test_a_role_that_is_gone_is_named(self, root: User) -> None:
        readers = make_role("Readers", survey="R:all")
        ben = make_user("ben", readers)
        with unit_of_work():
            accounts.update_user(ben, {"roles": []}, actor=root)
        entry = last_entry("user", ben.id)
        with unit_of_work():
            accounts.delete_role(readers, actor=root)
        (step,) = plan_revert(ben, entry, whole=False, actor=root)
        assert "“Readers”" in step.refusal

    def test_a_role_comes_back_with_what_it_allowed(self, root: User) -> None:
        role = make_role("Readers", "survey.publish", survey="RU:all")
        state = role_operations.state_of(role)
        with unit_of_work():
            accounts.update_role(role, {"name": "Else", "grants": {}, "abilities": []}, actor=root)
        bring_back(role, last_entry("role", role.id), actor=root)
        assert role_operations.state_of(db.session.get_one(Role, role.id)) == state

    def test_who_has_a_password_is_not_new_again(self, root: User) -> None:
        ben = make_user("ben", None, status="new", password_hash=None)
        with unit_of_work():
            accounts.update_user(ben, {"password": "a long enough sentence"}, actor=root)
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "user.update")).one()
        (step,) = [one for one in plan_revert(ben, entry, whole=False, actor=root) if one.name == "status"]
        assert "not new" in step.refusal

    def test_a_status_comes_back(self, root: User) -> None:
        ben = make_user("ben", None)
        with unit_of_work():
            accounts.update_user(ben, {"status": "inactive"}, actor=root)
        bring_back(ben, last_entry("user", ben.id), actor=root)
        assert ben.status.value == "active"

    def test_personal_values_come_back_for_those_who_see_them(self, root: User) -> None:
        ben = make_user("ben", None, name="Ben")
        with unit_of_work():
            accounts.update_user(ben, {"name": "Benjamin"}, actor=root)
        entry = last_entry("user", ben.id)
        clerk = make_user("clerk", make_role("Clerk", user="RU:all", audit="R:all"))
        (step,) = plan_revert(ben, entry, whole=False, actor=clerk)
        assert (step.telling, step.then) == (Telling.HIDDEN, None)
        with pytest.raises(ConflictError):
            bring_back(ben, entry, actor=clerk)
        assert ben.name == "Benjamin"
        bring_back(ben, entry, actor=root)
        assert ben.name == "Ben"

    def test_what_was_erased_is_gone_and_the_chain_holds(self, root: User) -> None:
        ben = make_user("ben", None, name="Ben")
        with unit_of_work():
            accounts.update_user(ben, {"name": "Benjamin"}, actor=root)
        entry = last_entry("user", ben.id)
        with unit_of_work():
            seal_entries()
        with unit_of_work():
            erase_values("user", [ben.id])
        db.session.expire_all()
        (step,) = plan_revert(ben, entry, whole=False, actor=root)
        assert (step.telling, step.then) == (Telling.ERASED, None)
        with pytest.raises(ConflictError):
            bring_back(ben, entry, actor=root)
        assert list(verify_chain()) == []


class TestReply:
    def test_review_and_test_come_back(self, root: User) -> None:
        survey = make_survey(root, opened=True)
        reply = make_reply(survey)
        one = select(Reply).where(Reply.id == reply.id)
        with unit_of_work():
            review_replies(one, ReviewStatus.SPAM, actor=root)
        first = last_entry("reply", reply.id)
        with unit_of_work():
            mark_test_replies(one, test=True, actor=root)
        db.session.refresh(reply)
        bring_back(reply, first, actor=root, whole=True)
        db.session.refresh(reply)
        assert (reply.review_status, reply.test) == (ReviewStatus.NEW, False)

    def test_each_of_them_alone(self, root: User) -> None:
        reply = make_reply(make_survey(root, opened=True))
        for change in (
            lambda one: mark_test_replies(one, test=True, actor=root),
            lambda one: review_replies(one, ReviewStatus.FLAGGED, actor=root),
        ):
            with unit_of_work():
                change(select(Reply).where(Reply.id == reply.id))
            db.session.refresh(reply)
            bring_back(reply, last_entry("reply", reply.id), actor=root)
            db.session.refresh(reply)
            assert (reply.review_status, reply.test) == (ReviewStatus.NEW, False)

    def test_one_in_the_trash_is_left_there(self, root: User) -> None:
        reply = make_reply(make_survey(root, opened=True))
        with unit_of_work():
            delete_reply(reply, actor=root)
        before = entries()
        for data in ({"review_status": "spam"}, {"test": True}):
            with pytest.raises(ConflictError), unit_of_work():
                change_reply(reply, data, actor=root)
        assert entries() == before

    def test_what_others_may_not_touch_stays(self, root: User) -> None:
        reply = make_reply(make_survey(root, opened=True))
        with unit_of_work():
            review_replies(select(Reply).where(Reply.id == reply.id), ReviewStatus.SPAM, actor=root)
        db.session.refresh(reply)
        reader = make_user("reader", make_role("Reader", reply="R:all", audit="R:all"))
        with pytest.raises(ForbiddenError):
            bring_back(reply, last_entry("reply", reply.id), actor=reader)
        assert reply.review_status is ReviewStatus.SPAM


class TestUndo:
    def undo(self, entry: AuditEntry, actor: Any) -> Any:
        with unit_of_work():
            return undo_entry(entry, actor=actor)

    def changed(self, survey: Survey, actor: Any, **data: Any) -> AuditEntry:
        with unit_of_work():
            surveys.update_survey(survey, data, actor=actor)
        return last_entry("survey", survey.id)

    def test_a_change_is_taken_back_once(self, root: User) -> None:
        survey = make_survey(root)
        entry = self.changed(survey, root, title="Else", language="de")
        assert self.undo(entry, root) is survey
        assert (survey.title, survey.language) == ("Working here", "en")
        before = entries()
        with pytest.raises(ConflictError):
            self.undo(entry, root)
        assert entries() == before

    def test_it_is_for_whoever_did_it(self, root: User) -> None:
        survey = make_survey(root)
        entry = self.changed(survey, root, title="Else")
        for actor in (make_user("other"), SYSTEM):
            with pytest.raises(NotFoundError):
                self.undo(entry, actor)
        assert survey.title == "Else"

    def test_it_needs_no_right_to_read_the_log(self, root: User) -> None:
        editor = make_user("editor", make_role("Editor", user="RU:all"))
        ben = make_user("ben", None, name="Ben")
        with unit_of_work():
            accounts.update_user(ben, {"name": "Benjamin"}, actor=editor)
        self.undo(last_entry("user", ben.id), editor)
        assert ben.name == "Ben"

    def test_the_right_to_edit_may_be_gone(self, root: User) -> None:
        role = make_role("Editor", survey="RU:all")
        editor, survey = make_user("editor", role), make_survey(root)
        entry = self.changed(survey, editor, title="Else")
        with unit_of_work():
            accounts.update_role(role, {"grants": {}}, actor=root)
        db.session.expire_all()
        editor.forget_rights()
        with pytest.raises(NotFoundError):
            self.undo(entry, editor)
        assert survey.title == "Else"

    def test_a_field_that_changed_since_is_named_and_nothing_is_done(self, root: User) -> None:
        survey = make_survey(root)
        entry = self.changed(survey, root, title="Else", language="de")
        other = make_user("other", name="Otto")
        self.changed(survey, other, title="Third")
        with pytest.raises(ConflictError) as caught:
            self.undo(entry, root)
        assert caught.value.fields == {"title": "Otto changed this since."}
        assert (survey.title, survey.language) == ("Third", "de")

    def test_another_field_that_changed_since_does_not_matter(self, root: User) -> None:
        survey = make_survey(root)
        entry = self.changed(survey, root, title="Else")
        self.changed(survey, make_user("other"), language="de")
        self.undo(entry, root)
        assert (survey.title, survey.language) == ("Working here", "de")

    def test_it_is_for_a_time(self, root: User) -> None:
        survey = make_survey(root)
        entry = self.changed(survey, root, title="Else")
        with pytest.raises(ConflictError), unit_of_work():
            undo_entry(entry, actor=root, minutes=0)
        assert survey.title == "Else"

    def test_a_record_in_the_trash_is_left_there(self, root: User) -> None:
        survey = make_survey(root)
        entry = self.changed(survey, root, title="Else")
        with unit_of_work():
            surveys.delete_survey(survey, actor=root)
        with pytest.raises(ConflictError):
            self.undo(entry, root)
        assert survey.title == "Else"

    def test_a_beginning_is_no_edit(self, root: User) -> None:
        with unit_of_work():
            survey = surveys.create_survey({"title": "New"}, actor=root)
            surveys.share_survey(survey, {"read": [make_role_inside()]}, actor=root)
        with pytest.raises(NotFoundError):
            self.undo(last_entry("survey", survey.id), root)


def make_role_inside() -> Role:
    role = Role(name="Shared with")
    db.session.add(role)
    db.session.flush()
    return role
