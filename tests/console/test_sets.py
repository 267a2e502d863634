"""All that match: a signed filter and no ids, asked again on the server; of many rows a job, chunk by chunk."""

from __future__ import annotations

import csv
import io
import re
import time
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, update

from admin_app.accounts.models import Role, RoleGrant, User, UserStatus
from admin_app.audit.models import AuditBatch, AuditEntry
from admin_app.console import choices, set_jobs
from admin_app.core.db import db, unit_of_work
from admin_app.jobs import chunks
from admin_app.jobs.models import Job, JobMark, JobRow, JobState
from admin_app.jobs.operations import cancel_job
from tests.console.conftest import Visitor
from tests.console.sample import Box, make_box, record_entry, titles
from tests.console.test_bulk import ask, confirm, flashed, off
from tests.helpers import send, token_of, work


def offered(client: FlaskClient, query: str = "") -> str:
    """What the list sends for all that match."""
    page = client.get(f"/admin/sample/?page_size=20&{query}").text
    found = re.search(r'name="all_matching" value="([^"]+)"', page)
    assert found, "all that match are not offered"
    return found[1]


def boxes(number: int, **fields: Any) -> list[int]:
    """Boxes, straight in the database; their ids."""
    made = [Box(title=f"box {n:03}", **fields) for n in range(number)]
    with unit_of_work() as session:
        session.add_all(made)
        session.flush()
        return [box.id for box in made]


def alter(key: int, **fields: Any) -> None:
    """Change a box, as somebody else would."""
    with unit_of_work() as session:
        box = session.get_one(Box, key)
        for name, value in fields.items():
            setattr(box, name, value)


def entries(action: str = "sample.off") -> list[int | None]:
    """The records of the entries of that action."""
    return list(db.session.scalars(select(AuditEntry.record_id).where(AuditEntry.action == action)))


class TestChoice:
    """What is chosen by a filter."""

    def test_it_is_offered_where_there_is_more_than_a_page(self, anna: FlaskClient) -> None:
        boxes(20)
        assert "all_matching" not in anna.get("/admin/sample/?page_size=20").text
        boxes(1)
        assert "Select all 21<" in anna.get("/admin/sample/?page_size=20").text
        assert "Select all 21 matching<" in anna.get("/admin/sample/?page_size=20&search=box").text

    def test_the_filter_is_asked_and_not_the_rows(self, anna: FlaskClient) -> None:
        boxes(25), boxes(25, note="other")
        with unit_of_work():
            for box in db.session.scalars(select(Box).where(Box.note == "other")):
                box.title = f"other {box.id}"
        page = ask(anna, "switch_off", all_matching=offered(anna, "search=other")).text
        assert "Switch off 25 boxes?" in page
        assert 'name="rowid"' not in page
        assert confirm(anna, page).status_code == 303
        assert all(title.startswith("other") for title in off())
        assert len(off()) == len(entries()) == 25

    def test_what_came_after_the_question_asks_again(self, anna: FlaskClient) -> None:
        boxes(25)
        page = ask(anna, "switch_off", all_matching=offered(anna)).text
        assert "leave_later" not in page
        make_box("late")
        again = confirm(anna, page)
        assert again.status_code == 200
        assert "25 fitted when you were asked, 26 do now" in again.text
        assert "Switch off 26 boxes?" in again.text
        assert off() == entries() == []
        assert confirm(anna, again.text).status_code == 303
        assert len(off()) == 26

    def test_what_came_and_went_asks_again_though_the_number_is_the_same(self, anna: FlaskClient) -> None:
        made = boxes(25)
        page = ask(anna, "switch_off", all_matching=offered(anna, "search=box")).text
        alter(made[3], title="renamed")
        make_box("box late")
        again = confirm(anna, page)
        assert again.status_code == 200
        assert "The records changed meanwhile. Please look again." in again.text
        assert off() == []

    def test_whoever_was_asked_again_can_leave_out_what_comes(self, anna: FlaskClient) -> None:
        """While replies come in without end, an answer would never be the last one."""
        made = boxes(25)
        page = ask(anna, "switch_off", all_matching=offered(anna, "search=box")).text
        make_box("box late")
        again = confirm(anna, page).text
        assert "Leave out what comes from now on" in again
        make_box("box later")
        alter(made[3], title="renamed")
        third = confirm(anna, again, leave_later="1")
        assert "26 fitted when you were asked, 26 do now" not in third.text
        assert "changed meanwhile" in third.text
        assert off() == []
        make_box("box last")
        assert confirm(anna, third.text, leave_later="1").status_code == 303
        assert len(off()) == 26
        assert "box later" in off()
        assert "box last" not in off()

    def test_what_one_may_not_change_asks_nobody_again(self, visitor: Visitor) -> None:
        client, user = visitor("berta", sample="R:all U:own")
        boxes(25), boxes(5, owner_id=user.id)
        page = ask(client, "switch_off", all_matching=offered(client)).text
        make_box("late")
        assert confirm(client, page).status_code == 303
        assert len(off()) == 5

    def test_what_left_the_filter_meanwhile_asks_again(self, anna: FlaskClient) -> None:
        made = boxes(25)
        page = ask(anna, "switch_off", all_matching=offered(anna, "search=box")).text
        alter(made[3], title="renamed")
        again = confirm(anna, page)
        assert again.status_code == 200
        assert "changed meanwhile" in again.text
        assert "Switch off 24 boxes?" in again.text
        assert off() == []
        assert confirm(anna, again.text).status_code == 303
        assert len(off()) == 24

    def test_only_what_the_actor_may_see_and_change(self, visitor: Visitor) -> None:
        client, user = visitor("berta", sample="R:all U:own")
        boxes(25), boxes(5, owner_id=user.id)
        page = ask(client, "switch_off", all_matching=offered(client)).text
        assert "Switch off 5 boxes?" in page
        assert "Your roles do not allow this." in page
        confirm(client, page)
        assert len(off()) == 5

    def test_without_a_question(self, anna: FlaskClient) -> None:
        boxes(25)
        assert ask(anna, "at_once", all_matching=offered(anna)).status_code == 303
        assert "At once: 25." in flashed(anna)

    @pytest.mark.parametrize("how", ["forged", "cut", "not text", "other screen", "other user", "old"])
    def test_what_is_not_ours_is_refused(self, anna: FlaskClient, visitor: Visitor, monkeypatch: Any, how: str) -> None:
        boxes(25)
        token = offered(anna)
        client, status = anna, 422
        if how == "forged":
            token = "x" + token
        elif how == "cut":
            token = token[:-1]
        elif how == "not text":
            token = "é\0." + token
        elif how == "other screen":
            client, _user = visitor("berta", "survey.publish", sample="CRUD:all")
            token = token.replace(".", "")
        elif how == "other user":
            client, status = visitor("berta", sample="CRUD:all")[0], 403
        else:
            status, moment = 409, time.time()
            monkeypatch.setattr(choices.time, "time", lambda: moment + choices.KEEP_SECONDS + 1)
        for fields in ({}, {"confirmed": "1", "expected_count": "25"}):
            answer = ask(client, "switch_off", all_matching=token, **fields)
            assert answer.status_code == status
            assert "hoose" in answer.text
        assert off() == []

    def test_that_of_another_list_is_refused(self, app: Flask, anna: FlaskClient) -> None:
        boxes(25)
        token = offered(anna)
        answer = send(anna, "/admin/loose_box/action/", {"action": "delete", "all_matching": token})
        assert answer.status_code in {403, 404}
        assert len(titles()) == 25

    def test_where_counting_takes_too_long(self, anna: FlaskClient, monkeypatch: Any) -> None:
        """Nobody waits for it: the page says how many there are at least, and a job does it."""
        boxes(25)
        monkeypatch.setattr(set_jobs, "COUNT_LIMIT", 0)
        monkeypatch.setattr(set_jobs, "COUNT_CAP", 10)
        page = ask(anna, "switch_off", all_matching=offered(anna)).text
        if "Switch off 10+ boxes?" not in page:
            pytest.skip("the database was faster than no time at all")
        assert "What cannot be changed will be skipped" in page


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Jobs begin early, and go in small chunks."""
    monkeypatch.setattr(set_jobs, "MOST_AT_ONCE", 20)
    monkeypatch.setattr(chunks, "CHUNK", 10)


def begin(client: FlaskClient, query: str = "", action: str = "switch_off", **fields: str) -> Job:
    """Agree to an action on all that match, and return its job."""
    page = ask(client, action, all_matching=offered(client, query)).text
    assert "in the background" in page
    answer = confirm(client, page, **fields)
    assert answer.status_code == 303
    public_id = answer.headers["Location"].rpartition("/")[2]
    return db.session.scalars(select(Job).where(Job.public_id == public_id)).one()


def shown(client: FlaskClient, job: Job, what: str = "") -> str:
    """The page of a job."""
    return str(client.get(f"/admin/work/{job.public_id}{what}").text)


@pytest.mark.usefixtures("small")
class TestJob:
    """More than a request changes."""

    def test_to_its_end(self, app: Flask, anna: FlaskClient) -> None:
        made = boxes(35)
        alter(made[30], active=False)
        job = begin(anna)
        assert off() == ["box 030"]
        assert "It begins in a moment." in shown(anna, job)
        assert work(app, job).state is JobState.DONE
        assert job.result == {"done": 34, "skipped": 1, "failed": 0}
        assert sorted(entries()) == [key for key in made if key != made[30]]
        batch = db.session.scalars(select(AuditBatch)).one()
        assert (batch.action, batch.records) == ("sample.switch_off", 34)

    def test_the_report_has_a_line_for_each_that_was_not_done(self, app: Flask, anna: FlaskClient) -> None:
        made = boxes(35)
        alter(made[30], active=False, title="=1+1")
        job = work(app, begin(anna))
        page = shown(anna, job)
        assert "It is off already." in page
        answer = anna.get(f"/admin/work/{job.public_id}/report.csv")
        assert answer.mimetype == "text/csv"
        rows = list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"))))
        assert rows == [
            ["Number", "Name", "State", "Reason"],
            [str(made[30]), "'=1+1", "Skipped", "It is off already."],
        ]

    def test_rows_that_the_action_takes_out_of_the_filter(self, app: Flask, anna: FlaskClient) -> None:
        boxes(35)
        name = re.search(r'value="(active[^"]*)"', anna.get("/admin/sample/").text)
        job = begin(anna, f"g1.{name[1] if name else 'active'}=1")
        assert work(app, job).result == {"done": 35, "skipped": 0, "failed": 0}
        assert len(off()) == 35

    def test_what_comes_later_is_left_out(self, app: Flask, anna: FlaskClient) -> None:
        boxes(35)
        job = begin(anna)
        make_box("late")
        work(app, job)
        assert titles(Box.active.is_(True)) == ["late"]

    def test_what_left_the_set_is_not_counted(self, app: Flask, anna: FlaskClient) -> None:
        made = boxes(35)
        job = begin(anna, "search=box")
        alter(made[20], title="renamed")
        assert work(app, job).result == {"done": 34, "skipped": 0, "failed": 0}
        assert "34 of 35 were looked at; the others had gone from what was chosen." in shown(anna, job)
        assert titles(Box.active.is_(True)) == ["renamed"]

    def test_broken_off_and_taken_up_again(self, app: Flask, anna: FlaskClient, monkeypatch: Any) -> None:
        """The chunk that was not stored is done again, those before it are not."""
        made = boxes(35)
        job, count = begin(anna), [0]
        note = chunks._note

        def die(*args: Any) -> None:
            count[0] += 1
            if count[0] == 3:
                raise KeyboardInterrupt
            note(*args)

        with monkeypatch.context() as patch:
            patch.setattr(chunks, "_note", die)
            with pytest.raises(KeyboardInterrupt):
                work(app, job)
        db.session.rollback()
        assert len(off()) == 20
        assert db.session.get_one(JobMark, job.id, populate_existing=True).last_key == made[19]
        with unit_of_work() as session:
            session.execute(update(Job).values(state=JobState.QUEUED, lease_until=None))
        db.session.expire_all()
        assert work(app, job).result == {"done": 35, "skipped": 0, "failed": 0}
        assert sorted(entries()) == made

    def test_cancelled_the_chunks_that_are_done_stay(self, app: Flask, anna: FlaskClient, monkeypatch: Any) -> None:
        made = boxes(35)
        job, change = begin(anna), set_jobs._Rows.change

        def cancel(self: Any, keys: Any, batch: Any) -> Any:
            result = change(self, keys, batch)
            if keys[0] == made[10]:
                self.context.cancelled.set()
            return result

        monkeypatch.setattr(set_jobs._Rows, "change", cancel)
        assert work(app, job).state is JobState.CANCELLED
        assert len(off()) == 20
        assert "20 of 35 were looked at" in shown(anna, job)

    def test_cancelled_on_its_page(self, app: Flask, anna: FlaskClient) -> None:
        boxes(35)
        job = begin(anna)
        token = token_of(shown(anna, job))
        assert anna.post(f"/admin/work/{job.public_id}/cancel", data={"csrf_token": token}).status_code == 303
        assert work(app, job).state is JobState.CANCELLED
        assert off() == []

    def test_rights_are_asked_again_at_each_chunk(self, app: Flask, anna: FlaskClient, monkeypatch: Any) -> None:
        made = boxes(35)
        job, change = begin(anna), set_jobs._Rows.change

        def lose(self: Any, keys: Any, batch: Any) -> Any:
            result = change(self, keys, batch)
            if keys[0] == made[10]:
                role = db.session.scalars(select(Role).where(Role.name == "Role of anna")).one()
                for grant in db.session.scalars(select(RoleGrant).where(RoleGrant.role_id == role.id)):
                    if grant.letter == "U":
                        db.session.delete(grant)
            return result

        monkeypatch.setattr(set_jobs._Rows, "change", lose)
        assert work(app, job).state is JobState.FAILED
        assert "Your roles do not allow this any more." in job.error
        assert len(off()) == 20

    def test_whoever_was_shut_out_changes_nothing_more(self, app: Flask, anna: FlaskClient) -> None:
        boxes(35)
        job = begin(anna)
        with unit_of_work():
            user = db.session.scalars(select(User).where(User.username == "anna")).one()
            user.status = UserStatus.INACTIVE
        assert work(app, job).state is JobState.FAILED
        assert "cannot log in any more" in job.error
        assert off() == []

    def test_one_that_breaks_does_not_stop_the_others(self, app: Flask, anna: FlaskClient, monkeypatch: Any) -> None:
        made = boxes(35)
        job = begin(anna)

        def fail(box: Box, action: str, actor: Any) -> None:
            if box.id == made[17]:
                raise RuntimeError("secret of the inside")
            record_entry(box, action, actor)

        monkeypatch.setattr("tests.console.sample.record_entry", fail)
        assert work(app, job).result == {"done": 34, "skipped": 0, "failed": 1}
        row = db.session.scalars(select(JobRow)).one()
        assert (row.record_id, row.name) == (made[17], "box 017")
        assert "secret" not in row.reason
        assert titles(Box.active.is_(True)) == ["box 017"]

    def test_rows_out_of_reach_are_named(self, app: Flask, visitor: Visitor) -> None:
        client, user = visitor("berta", sample="R:all U:own")
        boxes(30, owner_id=user.id), boxes(3)
        job = work(app, begin(client))
        assert job.result == {"done": 30, "skipped": 3, "failed": 0}
        assert {row.reason for row in db.session.scalars(select(JobRow))} == {"Your roles do not allow this."}

    def test_what_the_form_asks_goes_along(self, app: Flask, anna: FlaskClient) -> None:
        boxes(35, kind="large_one")
        job = begin(anna, action="mark", note="seen")
        assert work(app, job).result == {"done": 35, "skipped": 0, "failed": 0}
        assert set(db.session.scalars(select(Box.note))) == {"seen"}

    def test_a_rule_for_all_of_them_stops_it(self, app: Flask, anna: FlaskClient) -> None:
        boxes(35, kind="large_one")
        assert work(app, begin(anna, action="mark", note="refused")).error == "It cannot be this mark."

    def test_a_rule_that_names_none_is_told_of_each(self, app: Flask, anna: FlaskClient) -> None:
        boxes(25, kind="large_one")
        assert work(app, begin(anna, action="mark", note="never")).result == {"done": 0, "skipped": 25, "failed": 0}
        assert db.session.scalars(select(AuditBatch)).all() == []

    def test_others_do_not_see_it(self, app: Flask, anna: FlaskClient, visitor: Visitor) -> None:
        boxes(35)
        job = begin(anna)
        other, _user = visitor("berta", sample="CRUD:all")
        for address in ("", "/report.csv"):
            assert other.get(f"/admin/work/{job.public_id}{address}").status_code == 404
            assert anna.get(f"/admin/work/unknown{address}").status_code == 404
        page = other.get("/admin/sample/").text
        assert other.post(f"/admin/work/{job.public_id}/cancel", data={"csrf_token": token_of(page)}).status_code == 404
        assert work(app, job).state is JobState.DONE

    def test_a_job_that_is_over_cannot_be_cancelled(self, app: Flask, anna: FlaskClient) -> None:
        boxes(35)
        job = work(app, begin(anna))
        user = db.session.scalars(select(User).where(User.username == "anna")).one()
        with pytest.raises(Exception, match="come to its end"), unit_of_work():
            cancel_job(job, actor=user)
