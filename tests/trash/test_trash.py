"""The trash: who finds what there, and the two ways out of it."""

from __future__ import annotations

import pytest
from sqlalchemy import event, func, insert, select, text

from admin_app.accounts.deletion_operations import delete_user
from admin_app.accounts.models import OneTimeToken, User, UserStatus
from admin_app.accounts.trash_operations import purge_user, restore_user
from admin_app.accounts.user_operations import update_user
from admin_app.audit.models import AuditEntry, AuditValue
from admin_app.audit.queries import verify_chain
from admin_app.audit.sealing import seal_entries
from admin_app.console.trash import TRASH
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ConflictError, ForbiddenError
from admin_app.core.ids import public_id
from admin_app.core.permissions import SYSTEM
from admin_app.jobs.models import Job, JobState
from admin_app.replies import purging
from admin_app.replies.bulk_operations import delete_reply
from admin_app.replies.models import Reply, ReplyNote
from admin_app.replies.note_operations import add_note
from admin_app.replies.purging import PURGE_SURVEY, purge_reply, purge_some_replies, purge_survey
from admin_app.surveys import operations
from admin_app.surveys.models import Question, Section, Survey, SurveyState, SurveyVersion
from admin_app.surveys.operations.removal import delete_question, delete_section
from admin_app.surveys.operations.restoring import purge_question, purge_section, restore_survey
from tests.factories import login, make_reply, make_role, make_survey, make_user
from tests.helpers import count_statements, send, work


def do(operation, *args, **options):
    with unit_of_work():
        return operation(*args, **options)


@pytest.fixture
def anna(app):
    return make_user("anna")


def number(model):
    return db.session.scalar(select(func.count()).select_from(model))


def deleted_reply(survey, actor):
    reply = make_reply(survey)
    do(delete_reply, reply, actor=actor)
    return reply


def run_purge(app):
    return work(app, db.session.scalars(select(Job).where(Job.kind == PURGE_SURVEY).order_by(Job.id.desc())).first())


class TestWhoFindsWhat:
    @pytest.mark.parametrize(
        ("abilities", "own", "found", "restores", "purges"),
        [
            ("", True, True, True, False),
            ("", False, False, False, False),
            ("record.restore", False, True, True, False),
            ("record.purge", False, True, False, True),
            ("record.restore record.purge", False, True, True, True),
        ],
    )
    def test_one_s_own_deletions_or_by_ability(self, client, anna, abilities, own, found, restores, purges):
        role = make_role("Keeper", abilities, reply="RD:all", survey="R:all")
        bert = make_user("bert", role)
        reply = deleted_reply(make_survey(published=True), bert if own else anna)
        login(client, bert)
        reply_id, name = reply.id, reply.public_id
        address = f"/admin/trash/replies/{reply_id}"
        page = client.get(address)
        assert page.status_code == (200 if found else 404)
        assert (name in client.get("/admin/trash/replies/").text) is found
        assert (f"{address}/restore" in page.text, f"{address}/purge" in page.text) == (restores, purges)
        send(client, f"{address}/purge", {"typed_name": name})
        assert (db.session.get(Reply, reply_id, populate_existing=True) is None) is purges
        if not purges:
            send(client, f"{address}/restore")
            back = db.session.get(Reply, reply_id, populate_existing=True)
            assert (back.deleted_at is None) is restores

    def test_no_letter_no_trash(self, client, anna):
        reply = deleted_reply(make_survey(published=True), anna)
        login(client, make_user("bert", make_role("Reader", "record.restore record.purge", reply="R:all")))
        assert client.get("/admin/trash/").status_code == 200
        assert 'href="/admin/trash/"' not in client.get("/admin/").text
        assert client.get("/admin/trash/replies/").status_code == 403
        for address in (f"replies/{reply.id}", "surveys/1", "nonsense/", "nonsense/1"):
            assert client.get(f"/admin/trash/{address}").status_code == 404
        assert (
            send(client, f"/admin/trash/replies/{reply.id}/purge", {"typed_name": reply.public_id}).status_code == 404
        )
        assert db.session.get(Reply, reply.id, populate_existing=True).deleted_at is not None

    @pytest.mark.parametrize("key", ["0", "x", "1" * 30, "-1"])
    def test_crafted_keys(self, client, anna, key):
        login(client, anna)
        assert client.get(f"/admin/trash/replies/{key}").status_code == 404

    def test_what_is_not_deleted_is_not_in_the_trash(self, client, anna):
        reply = make_reply(make_survey(published=True))
        login(client, anna)
        assert (
            send(client, f"/admin/trash/replies/{reply.id}/purge", {"typed_name": reply.public_id}).status_code == 404
        )
        assert number(Reply) == 1


class TestLists:
    def test_few_statements_and_pages_for_many(self, app, client, anna):
        survey = make_survey(published=True)
        rows = [
            {"public_id": public_id(), "survey_id": survey.id, "version_id": survey.current_version_id, "answers": {},
             "deleted_at": now(), "deleted_by_id": anna.id}
            for _ in range(2_000)
        ]  # fmt: skip
        with unit_of_work() as session:
            session.execute(insert(Reply), rows)
        login(client, anna)
        client.get("/admin/trash/replies/")
        with count_statements(db.engine) as statements:
            page = client.get("/admin/trash/replies/?page=3")
        assert page.text.count('scope="row"') == 50
        assert len(statements) <= 12, statements
        assert client.get(f"/admin/trash/replies/?search={rows[7]['public_id']}").text.count('scope="row"') == 1

    def test_the_trash_of_replies_is_read_by_its_index(self, app, anna):
        rows = TRASH["replies"].rows(anna).limit(51)
        compiled = str(rows.compile(db.engine, compile_kwargs={"literal_binds": True}))
        if db.engine.dialect.name == "sqlite":
            plan = db.session.execute(text("EXPLAIN QUERY PLAN " + compiled)).all()
        else:
            db.session.execute(text("SET LOCAL enable_seqscan = off"))
            plan = db.session.execute(text("EXPLAIN " + compiled)).all()
        assert "ix_reply_trash" in str(plan)

    def test_what_hangs_is_counted_up_to_a_cap(self, client, anna, monkeypatch):
        survey = make_survey(published=True)
        rows = [
            {"public_id": public_id(), "survey_id": survey.id, "version_id": survey.current_version_id, "answers": {}}
            for _ in range(1_002)
        ]
        with unit_of_work() as session:
            session.execute(insert(Reply), rows)
        do(operations.delete_survey, survey, actor=anna)
        login(client, anna)
        assert "1,000+" in client.get("/admin/trash/surveys/").text


class TestReplies:
    def test_restored_by_a_click(self, client, anna):
        reply = deleted_reply(make_survey(published=True), anna)
        login(client, anna)
        answer = send(client, f"/admin/trash/replies/{reply.id}/restore")
        assert answer.status_code == 303
        assert db.session.get(Reply, reply.id, populate_existing=True).deleted_at is None
        assert send(client, f"/admin/trash/replies/{reply.id}/restore").status_code == 404

    def test_several_at_once_and_why_others_stay(self, client, anna):
        kept, gone = make_survey(published=True), make_survey(published=True)
        back = [deleted_reply(kept, anna) for _number in range(3)]
        stays = deleted_reply(gone, anna)
        there = make_reply(kept)
        do(operations.delete_survey, gone, actor=anna)
        login(client, anna)
        chosen = [str(one.id) for one in (*back, stays, there)] + ["0", "x", "9" * 30]
        assert send(client, "/admin/trash/replies/", {"rowid": chosen}).status_code == 303
        page = client.get("/admin/trash/replies/").text
        assert "3 records are back." in page
        assert f"{stays.public_id}: Its survey was deleted. Bring that back first." in page
        deleted = db.session.scalars(select(Reply.id).where(Reply.deleted_at.is_not(None))).all()
        assert deleted == [stays.id]

    def test_several_of_somebody_else_s(self, client, anna):
        survey = make_survey(published=True)
        replies = [deleted_reply(survey, anna) for _number in range(2)]
        other = make_user("other", make_role("Deletes", reply="RD:all"))
        login(client, other)
        send(client, "/admin/trash/replies/", {"rowid": [str(one.id) for one in replies]})
        assert "Nothing was chosen" in client.get("/admin/trash/replies/").text
        assert db.session.scalar(select(func.count()).select_from(Reply).where(Reply.deleted_at.is_not(None))) == 2

    def test_not_into_a_survey_that_is_in_the_trash(self, client, anna):
        survey = make_survey(published=True)
        reply = deleted_reply(survey, anna)
        do(operations.delete_survey, survey, actor=anna)
        login(client, anna)
        send(client, f"/admin/trash/replies/{reply.id}/restore")
        assert "Bring that back first" in client.get("/admin/trash/").text
        assert db.session.get(Reply, reply.id, populate_existing=True).deleted_at is not None

    def test_a_wrong_name_removes_nothing(self, client, anna):
        reply = deleted_reply(make_survey(published=True), anna)
        login(client, anna)
        answer = send(client, f"/admin/trash/replies/{reply.id}/purge", {"typed_name": "nearly"})
        assert answer.status_code == 422
        assert "Nothing was deleted" in answer.text
        assert number(Reply) == 1

    def test_what_hangs_on_it_goes_and_others_stay(self, client, anna):
        survey = make_survey(published=True)
        reply, other = make_reply(survey), make_reply(survey)
        for one in (reply, other):
            do(add_note, one, "Look here", actor=anna)
        do(delete_reply, reply, actor=anna)
        reply_id, other_id = reply.id, other.id
        login(client, anna)
        send(client, f"/admin/trash/replies/{reply_id}/purge", {"typed_name": reply.public_id})
        assert db.session.scalars(select(Reply.id)).all() == [other_id]
        assert db.session.scalars(select(ReplyNote.reply_id)).all() == [other_id]
        told = db.session.scalars(select(AuditEntry.record_id).where(AuditEntry.action == "reply.purge")).all()
        assert told == [reply_id]

    def test_one_that_was_restored_meanwhile_stays(self, anna):
        reply = deleted_reply(make_survey(published=True), anna)
        with unit_of_work() as session:
            session.execute(text("UPDATE reply SET deleted_at = NULL, deleted_by_id = NULL"))
        with pytest.raises(ConflictError):
            do(purge_reply, reply, actor=anna)
        assert number(Reply) == 1
        assert number(AuditEntry) == db.session.scalar(select(func.count()).where(AuditEntry.action != "reply.purge"))


class TestSurveys:
    def test_an_open_one_comes_back_paused(self, anna):
        survey = make_survey(opened=True)
        do(operations.delete_survey, survey, actor=anna)
        do(restore_survey, survey, actor=anna)
        assert (survey.deleted_at, survey.deleted_by_id, survey.state) == (None, None, SurveyState.PAUSED)
        with pytest.raises(ConflictError):
            do(restore_survey, survey, actor=anna)

    def test_somebody_else_s_deletion_stays(self, anna):
        survey = make_survey(published=True)
        do(operations.delete_survey, survey, actor=anna)
        bert = make_user("bert", make_role("Deleter", survey="RUD:all"))
        with pytest.raises(ForbiddenError):
            do(restore_survey, survey, actor=bert)
        with pytest.raises(ForbiddenError):
            do(purge_survey, survey, actor=bert)
        assert survey.deleted_at is not None
        assert survey.purge_started_at is None

    def test_purged_unit_by_unit_and_taken_up_again(self, app, anna, monkeypatch):
        monkeypatch.setattr(purging, "UNIT", 3)
        survey, other = make_survey(published=True), make_survey(published=True)
        for _ in range(8):
            make_reply(survey)
        kept = make_reply(other)
        do(operations.delete_survey, survey, actor=anna)
        survey_id = survey.id
        assert do(purge_survey, survey, actor=anna) == 8
        # A worker that dies after the first unit.
        assert do(purge_some_replies, survey_id) == 3
        with pytest.raises(ConflictError):
            do(restore_survey, survey, actor=anna)
        # Asked twice, it is one job and one entry.
        do(purge_survey, survey, actor=anna)
        assert db.session.scalar(select(func.count()).where(Job.kind == PURGE_SURVEY)) == 1
        assert run_purge(app).state is JobState.DONE
        assert db.session.get(Survey, survey_id) is None
        assert db.session.scalars(select(Reply.id)).all() == [kept.id]
        for model in (SurveyVersion, Section, Question):
            assert set(db.session.scalars(select(model.survey_id))) == {other.id}
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == PURGE_SURVEY)).one()
        assert entry.changes == {"replies": [8, 0]}

    def test_a_job_for_one_that_is_not_purged_does_nothing(self, app, anna):
        survey = make_survey(published=True)
        make_reply(survey)
        assert do(purge_some_replies, survey.id) == 0
        do(purging.purge_questionnaire, survey.id)
        assert (number(Reply), number(Survey)) == (1, 1)

    def test_one_that_was_restored_is_not_purged(self, anna):
        survey = make_survey(published=True)
        with pytest.raises(ConflictError):
            do(purge_survey, survey, actor=anna)
        assert (number(Job), survey.purge_started_at) == (0, None)

    def test_typed_title(self, app, client, anna):
        survey = make_survey(published=True)
        do(operations.delete_survey, survey, actor=anna)
        login(client, anna)
        address = f"/admin/trash/surveys/{survey.id}"
        assert send(client, f"{address}/purge", {"typed_name": "x"}).status_code == 422
        assert send(client, f"{address}/purge", {"typed_name": survey.title}).status_code == 303
        assert run_purge(app).state is JobState.DONE
        assert client.get(address).status_code == 404


class TestQuestions:
    def test_back_and_for_good(self, client, anna):
        survey = make_survey()
        first, second = db.session.scalars(select(Question).where(Question.survey_id == survey.id).limit(2)).all()
        for one in (first, second):
            do(delete_question, one, actor=anna)
        back, gone, key = first.id, second.id, second.key
        login(client, anna)
        send(client, f"/admin/trash/questions/{back}/restore")
        send(client, f"/admin/trash/questions/{gone}/purge", {"typed_name": key})
        assert db.session.get(Question, back, populate_existing=True).deleted_at is None
        assert gone not in db.session.scalars(select(Question.id)).all()

    def test_not_while_the_survey_or_section_is_gone(self, client, anna):
        survey = make_survey()
        section = survey.sections[0]
        question = section.questions[0]
        do(delete_section, section, actor=anna)
        login(client, anna)
        send(client, f"/admin/trash/questions/{question.id}/restore")
        assert "section of this question was deleted" in client.get("/admin/trash/").text
        do(operations.delete_survey, survey, actor=anna)
        send(client, f"/admin/trash/sections/{section.id}/restore")
        assert "Its survey was deleted" in client.get("/admin/trash/").text
        assert db.session.get(Section, section.id, populate_existing=True).deleted_at is not None
        assert db.session.get(Question, question.id, populate_existing=True).deleted_at is not None

    def test_a_section_with_its_questions(self, anna):
        survey = make_survey()
        section = survey.sections[0]
        section_id = section.id
        do(delete_section, section, actor=anna)
        do(purge_section, section, actor=anna)
        assert db.session.scalar(select(func.count()).where(Question.section_id == section_id)) == 0
        assert db.session.get(Section, section_id) is None

    def test_what_is_there_is_not_removed(self, anna):
        survey = make_survey()
        section = survey.sections[0]
        with pytest.raises(ConflictError):
            do(purge_section, section, actor=anna)
        with pytest.raises(ConflictError):
            do(purge_question, section.questions[0], actor=anna)
        assert section.deleted_at is None

    def test_a_section_with_a_question_that_is_still_there(self, anna):
        section = make_survey().sections[0]
        do(delete_section, section, actor=anna)
        with unit_of_work() as session:
            session.execute(text("UPDATE question SET deleted_at = NULL, deleted_by_id = NULL"))
        before = number(Question)
        with pytest.raises(ConflictError):
            do(purge_section, section, actor=anna)
        assert number(Question) == before


class TestUsers:
    def test_back_but_not_in(self, anna):
        bert = make_user("bert", "viewer")
        do(delete_user, bert, actor=anna)
        do(restore_user, bert, actor=anna)
        assert (bert.deleted_at, bert.status, number(OneTimeToken)) == (None, UserStatus.INACTIVE, 0)
        with pytest.raises(ConflictError):
            do(restore_user, bert, actor=anna)

    def test_one_who_could_not_log_in_before(self, anna):
        idle = make_user("idle", status=UserStatus.INACTIVE)
        do(delete_user, idle, actor=anna)
        do(restore_user, idle, actor=anna)
        assert (idle.deleted_at, idle.status) == (None, UserStatus.INACTIVE)

    def test_not_where_the_name_is_taken_at_the_last_moment(self, app, anna):
        """Between the look and the change: the database refuses it."""
        gone = make_user("gone", name="Gone")
        do(delete_user, gone, actor=anna)
        taken = {
            "username": "gone",
            "username_key": "gone",
            "email": "other@example.org",
            "email_key": "other@example.org",
        }

        def take(connection, _cursor, statement, *_rest):
            if statement.startswith("UPDATE user_account") and taken:
                columns = User.__table__.c
                row = connection.execute(select(User.__table__).where(columns.id == anna.id)).mappings().one()
                values = {name: value for name, value in row.items() if name != "id"}
                values |= {"public_id": public_id(), **taken}
                taken.clear()
                connection.execute(insert(User.__table__).values(values))

        event.listen(db.engine, "before_cursor_execute", take)
        try:
            with pytest.raises(ConflictError, match="by now"), unit_of_work():
                restore_user(gone, actor=anna)
        finally:
            event.remove(db.engine, "before_cursor_execute", take)
        assert db.session.get(User, gone.id, populate_existing=True).deleted_at is not None

    def test_not_where_the_name_is_taken(self, anna):
        bert = make_user("bert", "viewer")
        do(delete_user, bert, actor=anna)
        make_user("bert", "viewer", email="other@example.org")
        with pytest.raises(ConflictError, match="username or e-mail"):
            do(restore_user, bert, actor=anna)
        assert bert.deleted_at is not None

    def test_nobody_brings_back_or_removes_his_equals(self, anna):
        bert = make_user("bert", "administrator")
        do(delete_user, bert, actor=anna)
        chef = make_user("chef", make_role("Chef", "record.restore record.purge", user="CRUD:all"))
        for operation in (restore_user, purge_user):
            with pytest.raises(ForbiddenError):
                do(operation, bert, actor=chef)
        assert db.session.get(User, bert.id, populate_existing=True).deleted_at is not None

    def test_removed_with_what_the_log_holds_of_him(self, client, anna):
        survey = make_survey(published=True)
        bert = make_user("bert", "editor", email="bert@example.org")
        do(update_user, bert, {"email": "bert@example.com"}, actor=anna)
        reply = make_reply(survey)
        do(delete_reply, reply, actor=SYSTEM)
        with unit_of_work():
            reply.deleted_by_id = bert.id
        do(delete_user, bert, actor=anna)
        bert_id = bert.id
        login(client, anna)
        assert send(client, f"/admin/trash/users/{bert_id}/purge", {"typed_name": "bert"}).status_code == 303
        assert db.session.get(User, bert_id, populate_existing=True) is None
        assert db.session.get(Reply, reply.id, populate_existing=True).deleted_by_id is None
        values = db.session.scalars(select(AuditValue)).all()
        assert values
        assert all((one.before, one.after, one.salt) == (None, None, "") for one in values)
        do(seal_entries)
        assert list(verify_chain()) == []

    def test_whoever_owns_surveys_stays(self, anna):
        bert = make_user("bert", "viewer")
        do(delete_user, bert, actor=anna)
        survey = make_survey(published=True)
        with unit_of_work() as session:
            session.execute(text(f"UPDATE survey SET owner_id = {bert.id} WHERE id = {survey.id}"))
        with pytest.raises(ConflictError, match="1 survey"):
            do(purge_user, bert, actor=anna)
        assert db.session.get(User, bert.id) is not None

    def test_one_that_is_there_is_not_removed(self, anna):
        bert = make_user("bert", "viewer")
        with pytest.raises(ConflictError):
            do(purge_user, bert, actor=anna)
        assert db.session.get(User, bert.id) is not None
