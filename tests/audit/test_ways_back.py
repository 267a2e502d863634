"""Undo of bulk actions on surveys, questions and users: the opposite operation, and the rest told with the reason."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, update

from admin_app.accounts import operations as accounts
from admin_app.accounts.bulk_operations import renew_users
from admin_app.accounts.models import Role, User, UserStatus
from admin_app.audit.models import AuditBatch
from admin_app.audit.operations import batched, open_batch
from admin_app.audit.undo import undo_batch
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ConflictError, ForbiddenError
from admin_app.core.permissions import SYSTEM
from admin_app.surveys import operations as surveys
from admin_app.surveys.models import Question, Section, Survey, SurveyState
from admin_app.surveys.operations.bulk_surveys import put_back_states
from tests.factories import make_role, make_survey, make_user
from tests.helpers import reasons

SINCE = "It was changed since."
ALL_SURVEYS, ALL_QUESTIONS = select(Survey), select(Question)


@pytest.fixture
def anna(app):
    return make_user()


def do(action, work, actor):
    """As the console does it."""
    with unit_of_work() as session:
        batch = open_batch(action, action.partition(".")[0], actor=actor)
        session.flush()
        with batched(batch):
            work(actor=actor, batch=batch)
    return batch


def undo(batch, actor):
    with unit_of_work():
        result = undo_batch(batch, actor=actor)
    db.session.expire_all()
    return result


class TestSurveys:
    def test_states(self, anna):
        one, two, three = (make_survey(title=title, opened=True) for title in ("one", "two", "three"))
        with unit_of_work():
            surveys.pause_survey(two, actor=SYSTEM)
        batch = do("survey.close", lambda **who: surveys.close_surveys(ALL_SURVEYS, **who), anna)
        with unit_of_work():
            surveys.archive_survey(three, actor=SYSTEM)
        result = undo(batch, anna)
        assert (result.done, reasons(result)) == (2, [("three", SINCE)])
        assert [one.state for one in (one, two, three)] == [SurveyState.OPEN, SurveyState.PAUSED, SurveyState.ARCHIVED]

    def test_a_draft_that_was_opened_is_a_draft_again(self, anna):
        survey = make_survey(published=True)
        batch = do("survey.open", lambda **who: surveys.open_surveys(ALL_SURVEYS, **who), anna)
        assert undo(batch, anna).done == 1
        assert survey.state is SurveyState.DRAFT

    def test_it_takes_the_right_to_publish(self, app):
        role = make_role("Manager", "survey.publish", survey="RU:all")
        eva = make_user("eva", role)
        survey = make_survey(opened=True)
        batch = do("survey.close", lambda **who: surveys.close_surveys(ALL_SURVEYS, **who), eva)
        with unit_of_work():
            role.ability_rows = []
        eva.forget_rights()
        with pytest.raises(ForbiddenError):
            undo(batch, eva)
        assert survey.state is SurveyState.CLOSED
        assert batch.undone_at is None

    def test_a_state_that_is_there_again(self, anna):
        survey = make_survey(opened=True)
        with unit_of_work():
            result = put_back_states(ALL_SURVEYS, SurveyState.OPEN, actor=anna)
        assert reasons(result) == [(survey.title, "It is in that state again already.")]

    def test_closing_dates(self, anna):
        early = dt.datetime(2027, 5, 1, 12, tzinfo=dt.UTC)
        dated, without, moved = (make_survey(title=title) for title in ("dated", "without", "moved"))
        with unit_of_work():
            surveys.set_closing_dates(select(Survey).where(Survey.id == dated.id), early, actor=SYSTEM)
        later = early + dt.timedelta(days=30)
        batch = do("survey.closing_date", lambda **who: surveys.set_closing_dates(ALL_SURVEYS, later, **who), anna)
        with unit_of_work():
            surveys.set_closing_dates(select(Survey).where(Survey.id == moved.id), early, actor=SYSTEM)
        result = undo(batch, anna)
        assert (result.done, reasons(result)) == (2, [("moved", SINCE)])
        assert [one.closes_at for one in (dated, without, moved)] == [early, None, early]

    def test_owners(self, anna):
        ben, eva, tom = (make_user(name) for name in ("ben", "eva", "tom"))
        one, two = make_survey(ben, title="one"), make_survey(tom, title="two")
        batch = do("survey.change_owner", lambda **who: surveys.change_owners(ALL_SURVEYS, eva, **who), anna)
        with unit_of_work():
            accounts.delete_user(tom, actor=SYSTEM)
        result = undo(batch, anna)
        assert (result.done, reasons(result)) == (1, [("two", "Whoever owned it was deleted.")])
        assert (one.owner_id, two.owner_id) == (ben.id, eva.id)

    def test_deleted(self, anna):
        survey = make_survey()
        batch = do("survey.delete", lambda **who: surveys.delete_surveys(ALL_SURVEYS, **who), anna)
        assert undo(batch, anna).done == 1
        assert survey.deleted_at is None


class TestQuestions:
    @pytest.mark.parametrize(
        ("name", "work", "field"),
        [
            ("require", surveys.require_answers, "required"),
            ("optional", surveys.make_optional, "required"),
            ("retire", surveys.retire_questions, "retired_at"),
            ("delete", surveys.delete_questions, "deleted_at"),
        ],
    )
    def test_each(self, anna, name, work, field):
        survey = make_survey()
        before = {one.id: getattr(one, field) for one in survey.questions}
        batch = do(f"question.{name}", lambda **who: work(ALL_QUESTIONS, **who), anna)
        after = {one.id: getattr(one, field) for one in db.session.scalars(ALL_QUESTIONS)}
        changed = {one for one in before if after[one] != before[one]}
        assert changed
        assert undo(batch, anna).done == len(changed)
        assert {one.id: getattr(one, field) for one in db.session.scalars(ALL_QUESTIONS)} == before

    def test_brought_back(self, anna):
        survey = make_survey()
        with unit_of_work():
            surveys.retire_questions(ALL_QUESTIONS, actor=SYSTEM)
        batch = do("question.restore", lambda **who: surveys.restore_questions(ALL_QUESTIONS, **who), anna)
        assert undo(batch, anna).done == len(survey.questions)
        assert all(one.retired_at for one in db.session.scalars(ALL_QUESTIONS))

    def test_moved(self, anna):
        survey = make_survey()
        with unit_of_work():
            there = surveys.add_section(survey, {"title": "There"}, actor=SYSTEM)
        places = {one.id: (one.section_id, one.rank) for one in db.session.scalars(ALL_QUESTIONS)}
        batch = do("question.move", lambda **who: surveys.move_questions(ALL_QUESTIONS, there, **who), anna)
        moved = {one.id for one in db.session.scalars(ALL_QUESTIONS) if one.section_id == there.id}
        assert undo(batch, anna).done == len(moved) > 1
        assert {one.id: (one.section_id, one.rank) for one in db.session.scalars(ALL_QUESTIONS)} == places

    def test_moved_from_a_section_that_is_gone(self, anna):
        survey = make_survey()
        with unit_of_work():
            there = surveys.add_section(survey, {"title": "There"}, actor=SYSTEM)
        batch = do("question.move", lambda **who: surveys.move_questions(ALL_QUESTIONS, there, **who), anna)
        with unit_of_work() as session:
            session.execute(update(Section).where(Section.id != there.id).values(retired_at=now()))
        result = undo(batch, anna)
        assert result.done == 0
        assert {reason for _name, reason in reasons(result)} == {"The section that it stood in was deleted or retired."}
        assert {one.section_id for one in db.session.scalars(ALL_QUESTIONS)} == {there.id}

    def test_what_has_its_name_taken_is_told(self, anna):
        survey = make_survey()
        batch = do("question.delete", lambda **who: surveys.delete_questions(ALL_QUESTIONS, **who), anna)
        with unit_of_work() as session:
            session.execute(update(Section).values(deleted_at=now()))
        db.session.expire_all()
        result = undo(batch, anna)
        assert result.done == 0
        assert result.left_alone == batch.records
        assert survey.questions == [] or all(one.deleted_at for one in db.session.scalars(ALL_QUESTIONS))


class TestUsers:
    @pytest.fixture
    def people(self, anna):
        """One active, one shut out, one who has not come yet."""
        made = [make_user(name, None) for name in ("ben", "eva", "tom")]
        with unit_of_work() as session:
            session.execute(update(User).where(User.id == made[1].id).values(status=UserStatus.INACTIVE))
            new = {"status": UserStatus.NEW, "password_hash": None}
            session.execute(update(User).where(User.id == made[2].id).values(new))
        db.session.expire_all()
        return made

    @staticmethod
    def chosen(people):
        return select(User).where(User.id.in_([one.id for one in people]))

    def test_shut_out(self, anna, people):
        chosen = self.chosen(people)
        batch = do("user.deactivate", lambda **who: accounts.deactivate_users(chosen, **who), anna)
        assert undo(batch, anna).done == 2
        assert [one.status for one in people] == [UserStatus.ACTIVE, UserStatus.INACTIVE, UserStatus.NEW]

    def test_let_in(self, anna, people):
        chosen = self.chosen(people)
        batch = do("user.activate", lambda **who: accounts.activate_users(chosen, **who), anna)
        assert undo(batch, anna).done == 1
        assert [one.status for one in people] == [UserStatus.ACTIVE, UserStatus.INACTIVE, UserStatus.NEW]

    def test_whoever_has_a_password_waits_for_no_invitation(self, anna, people):
        with unit_of_work():
            result = renew_users(self.chosen(people[:1]), actor=anna)
        assert (result.done, {reason for _one, reason in reasons(result)}) == (0, {"This user has a password already."})

    @pytest.mark.parametrize("name", ["add_role", "remove_role"])
    def test_roles(self, anna, people, name):
        role, chosen = make_role("Helpers"), self.chosen(people)
        if name == "remove_role":
            with unit_of_work():
                accounts.add_role(chosen, role, actor=SYSTEM)
        before = [len(one.roles) for one in people]
        batch = do(f"user.{name}", lambda **who: getattr(accounts, name)(chosen, role, **who), anna)
        assert undo(batch, anna).done == 3
        assert [len(one.roles) for one in people] == before

    def test_a_role_that_is_gone(self, anna, people):
        role, chosen = make_role("Helpers"), self.chosen(people)
        batch = do("user.add_role", lambda **who: accounts.add_role(chosen, role, **who), anna)
        with unit_of_work() as session:
            session.execute(update(Role).where(Role.id == role.id).values(name="Others"))
        with pytest.raises(ConflictError, match="Helpers"):
            undo(batch, anna)
        assert batch.undone_at is None

    def test_deleted(self, anna, people):
        survey = make_survey(owner=people[0])
        chosen = self.chosen(people)
        batch = do("user.delete", lambda **who: accounts.delete_users(chosen, heir=anna, **who), anna)
        assert undo(batch, anna).done == 3
        assert [one.deleted_at for one in people] == [None] * 3
        assert survey.owner_id == anna.id

    def test_two_at_once(self, anna, people):
        chosen = self.chosen(people)
        batch = do("user.deactivate", lambda **who: accounts.deactivate_users(chosen, **who), anna)
        undo(batch, anna)
        with pytest.raises(ConflictError, match="undone already"):
            undo(batch, anna)
        assert len(db.session.scalars(select(AuditBatch)).all()) == 2
