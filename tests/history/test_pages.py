"""The pages: back from a history, the record as it was, undo after a save, and the audit log with its export."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from admin_app.accounts import operations as accounts
from admin_app.accounts.models import User
from admin_app.audit.erasing import erase_values
from admin_app.audit.models import AuditBatch, AuditEntry
from admin_app.audit.sealing import seal_entries
from admin_app.core.db import db, unit_of_work
from admin_app.core.permissions import SYSTEM
from admin_app.jobs.builtin import VERIFY
from admin_app.jobs.models import Job
from admin_app.surveys import operations as surveys
from admin_app.surveys.models import Survey
from admin_app.surveys.operations.drafts import WITHIN
from tests.factories import login, make_role, make_survey, make_user
from tests.helpers import count_statements, send, work


@pytest.fixture
def root(app: Flask) -> User:
    return make_user("root", name="Rosa")


@pytest.fixture
def rosa(app: Flask, root: User) -> Any:
    client = app.test_client()
    login(client, root)
    return client


@pytest.fixture
def survey(root: User) -> Survey:
    return make_survey(root, title="First")


def change(survey: Survey, actor: Any, **data: Any) -> AuditEntry:
    with unit_of_work():
        surveys.update_survey(survey, data, actor=actor)
    return last_entry("survey", survey.id)


def last_entry(resource: str, key: int) -> AuditEntry:
    mine = select(AuditEntry).where(AuditEntry.resource == resource, AuditEntry.record_id == key)
    return db.session.scalars(mine.order_by(AuditEntry.id.desc()).limit(1)).one()


def entries() -> int:
    return db.session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def title_of(survey: Survey) -> str:
    return db.session.scalars(select(Survey.title).where(Survey.id == survey.id)).one()


def answered(client: Any, url: str, **more: str) -> Any:
    """Open the page that asks, and send the form that stands on it."""
    page = client.get(url)
    assert page.status_code == 200, page.text
    form = page.text[page.text.index("cv-confirm") :]
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form))
    return send(client, url.split("?")[0], fields | more)


class TestRevert:
    def test_a_field_comes_back_by_its_page(self, rosa: Any, survey: Survey, root: User) -> None:
        entry = change(survey, root, title="Second", language="de")
        history = rosa.get(f"/admin/survey/history/?id={survey.id}").text
        url = f"/admin/survey/history/revert/?id={survey.id}&entry={entry.id}&field=title"
        assert url.replace("&", "&amp;") in history
        page = rosa.get(url).text
        assert "Bring back “Title”?" in page
        assert "Second" in page
        assert "First" in page
        assert "Language" not in page
        answer = answered(rosa, url)
        assert (answer.status_code, title_of(survey)) == (303, "First")
        after = rosa.get(f"/admin/survey/history/?id={survey.id}").text
        assert "was brought back to what it was" in after
        assert "/admin/undo/entry/" in after
        assert "Brought back</span>" in after

    def test_the_whole_record(self, rosa: Any, survey: Survey, root: User) -> None:
        entry = change(survey, root, title="Second")
        change(survey, root, title="Third", language="de")
        url = f"/admin/survey/history/revert/?id={survey.id}&entry={entry.id}&whole=1"
        assert "Bring back “Third”?" in rosa.get(url).text
        answered(rosa, url)
        db.session.refresh(survey)
        assert (survey.title, survey.language) == ("First", "en")

    def test_a_question_comes_back_from_the_page_of_its_survey(self, rosa: Any, survey: Survey, root: User) -> None:
        question = survey.sections[0].questions[1]
        with unit_of_work():
            surveys.update_question(question, {"label": "Else"}, actor=root)
        entry = last_entry("question", question.id)
        answered(rosa, f"/admin/survey/history/revert/?id={survey.id}&entry={entry.id}&field=label")
        db.session.refresh(question)
        assert question.label == "Your name"

    def test_who_changed_it_since_is_said(self, rosa: Any, survey: Survey, root: User) -> None:
        entry = change(survey, root, title="Second")
        change(survey, make_user("otto", name="Otto"), title="Third")
        page = rosa.get(f"/admin/survey/history/revert/?id={survey.id}&entry={entry.id}&field=title").text
        assert "Otto changed this since, on" in page

    def test_what_was_typed_meanwhile_is_asked_about_again(self, rosa: Any, survey: Survey, root: User) -> None:
        entry = change(survey, root, title="Second")
        url = f"/admin/survey/history/revert/?id={survey.id}&entry={entry.id}&field=title"
        page = rosa.get(url).text
        seen = re.search(r'name="seen" value="([^"]+)"', page)
        assert seen is not None
        change(survey, root, language="de")
        before = entries()
        form = {"id": survey.id, "entry": entry.id, "field": "title", "seen": seen[1]}
        answer = send(rosa, "/admin/survey/history/revert/", form)
        assert answer.status_code == 409
        assert "has changed meanwhile" in answer.text
        for forged in ("", "x" * 32):
            assert send(rosa, "/admin/survey/history/revert/", form | {"seen": forged}).status_code == 409
        assert (title_of(survey), entries()) == ("Second", before)

    def test_what_the_operation_refuses_is_said_and_nothing_changed(
        self, rosa: Any, survey: Survey, root: User
    ) -> None:
        entry = change(survey, root, anonymous=True)
        with unit_of_work():
            surveys.publish_survey(survey, actor=root)
        with unit_of_work():
            surveys.open_survey(survey, actor=root)
        with unit_of_work():
            surveys.close_survey(survey, actor=root)
        with unit_of_work():
            surveys.archive_survey(survey, actor=root)
        before = entries()
        answer = answered(rosa, f"/admin/survey/history/revert/?id={survey.id}&entry={entry.id}")
        assert answer.status_code == 409
        assert "archived" in answer.text
        assert entries() == before

    @pytest.mark.parametrize(
        "tail", ["", "&entry=0", "&entry=999999", "&entry=abc", "&entry=-1", "&entry=99999999999999999999"]
    )
    def test_what_is_no_entry_of_it_is_not_found(self, rosa: Any, survey: Survey, tail: str) -> None:
        before = entries()
        assert rosa.get(f"/admin/survey/history/revert/?id={survey.id}{tail}").status_code == 404
        assert send(rosa, f"/admin/survey/history/revert/?id={survey.id}{tail}").status_code == 404
        assert entries() == before

    def test_neither_are_entries_of_others_and_unknown_fields(self, rosa: Any, survey: Survey, root: User) -> None:
        other = make_survey(root)
        entry = change(other, root, title="Else")
        path = "/admin/survey/history/revert/"
        assert rosa.get(f"{path}?id={survey.id}&entry={entry.id}").status_code == 404
        for field in ("nonsense", "id", "owner_id", "\x00"):
            form = {"id": other.id, "entry": entry.id, "field": field, "seen": "x"}
            assert send(rosa, path, form).status_code in {400, 404}, field
        assert title_of(other) == "Else"

    def test_a_part_that_is_gone(self, rosa: Any, survey: Survey, root: User) -> None:
        question = survey.sections[0].questions[1]
        with unit_of_work():
            surveys.update_question(question, {"label": "Else"}, actor=root)
        entry = last_entry("question", question.id)
        with unit_of_work():
            surveys.delete_question(question, actor=root)
        url = f"/admin/survey/history/revert/?id={survey.id}&entry={entry.id}"
        assert "is not there any more" in rosa.get(url, follow_redirects=True).text

    def test_readers_of_the_log_are_offered_nothing(self, app: Flask, survey: Survey, root: User) -> None:
        entry = change(survey, root, title="Second")
        reader = app.test_client()
        login(reader, make_user("reader", make_role("Reader", survey="R:all", audit="R:all")))
        url = f"/admin/survey/history/revert/?id={survey.id}&entry={entry.id}"
        assert "history/revert" not in reader.get(f"/admin/survey/history/?id={survey.id}").text
        assert reader.get(url).status_code == 403
        assert send(reader, url).status_code == 403
        assert title_of(survey) == "Second"

    def test_personal_values_are_hidden_on_the_page_too(self, app: Flask, root: User) -> None:
        ben = make_user("ben", None, name="Ben")
        with unit_of_work():
            accounts.update_user(ben, {"name": "Benjamin"}, actor=root)
        entry = last_entry("user", ben.id)
        clerk = app.test_client()
        login(clerk, make_user("clerk", make_role("Clerk", user="RU:all", audit="R:all")))
        page = clerk.get(f"/admin/user/history/revert/?id={ben.id}&entry={entry.id}").text
        assert "(hidden)" in page
        assert "You may not see what it was" in page
        assert "Nothing of “" in page
        assert "history/revert" not in clerk.get(f"/admin/user/history/?id={ben.id}").text

    def test_a_role_out_of_reach_is_not_offered(self, rosa: Any) -> None:
        role = make_user("other").roles[0]
        with unit_of_work():
            entry = AuditEntry(
                action="role.update", resource="role", record_id=role.id, actor_name="x",
                changes={"name": ["Old", role.name]},
            )  # fmt: skip
            db.session.add(entry)
        assert "history/revert" not in rosa.get(f"/admin/role/history/?id={role.id}").text
        assert rosa.get(f"/admin/role/history/revert/?id={role.id}&entry={entry.id}").status_code == 403


class TestAsItWas:
    def at(self, client: Any, survey: Survey, tail: str = "") -> str:
        answer = client.get(f"/admin/survey/history/at/?id={survey.id}{tail}")
        assert answer.status_code == 200
        return re.sub(r"\s+", " ", answer.text)

    def test_after_an_entry(self, rosa: Any, survey: Survey, root: User) -> None:
        second = change(survey, root, title="Second")
        third = change(survey, root, title="Third", language="de")
        page = self.at(rosa, survey, f"&entry={second.id}")
        assert re.search(r"<dt>Title</dt> <dd dir=\"auto\">Second</dd> <dd[^>]*>.*?Third", page)
        assert f"entry={third.id}&amp;whole=1" in page
        assert "cv-past-other" not in self.at(rosa, survey, f"&entry={third.id}")

    def test_before_it_was_made(self, rosa: Any, survey: Survey) -> None:
        assert "There was no such record yet" in self.at(rosa, survey, "&when=2001-01-01T00:00")

    def test_before_anything_was_recorded(self, rosa: Any, root: User) -> None:
        ben = make_user("ben", None, name="Ben")
        with unit_of_work():
            accounts.update_user(ben, {"name": "Benjamin"}, actor=root)
        page = rosa.get(f"/admin/user/history/at/?id={ben.id}&when=2001-01-01T00:00").text
        assert "Nothing was recorded before" in page
        assert ">Ben<" in page
        with unit_of_work():
            erase_values("user", [ben.id])
        assert "(erased)" in rosa.get(f"/admin/user/history/at/?id={ben.id}&when=2001-01-01T00:00").text

    def test_what_is_being_typed_is_younger_than_everything(self, rosa: Any, survey: Survey, root: User) -> None:
        entry = last_entry("survey", survey.id)
        edits = {"title": surveys.Edit("First", "Typed")}
        with unit_of_work():
            surveys.save_survey(survey, edits, lock_version=survey.lock_version, actor=root)
        assert WITHIN
        page = self.at(rosa, survey, f"&entry={entry.id}")
        assert re.search(r"<dt>Title</dt> <dd dir=\"auto\">First</dd> <dd[^>]*>.*?Typed", page)

    @pytest.mark.parametrize("when", ["nonsense", "2026-13-01T00:00", "0001-01-01T00:00", "9999-12-31T23:59", "%00"])
    def test_moments_that_are_none(self, rosa: Any, survey: Survey, when: str) -> None:
        answer = rosa.get(f"/admin/survey/history/at/?id={survey.id}&when={when}")
        assert answer.status_code in {200, 400, 422}

    def test_entries_of_others(self, rosa: Any, survey: Survey, root: User) -> None:
        entry = last_entry("survey", make_survey(root).id)
        for wrong in (entry.id, 999_999):
            assert rosa.get(f"/admin/survey/history/at/?id={survey.id}&entry={wrong}").status_code == 404


class TestUndo:
    def saved(self, client: Any, survey: Survey, **fields: str) -> str:
        """Save the form of the survey; return where the message offers the way back."""
        db.session.refresh(survey)
        form = {
            "title": survey.title, "language": survey.language, "introduction": survey.introduction,
            "thanks": survey.thanks, "owner": str(survey.owner_id), "lock_version": str(survey.lock_version), **fields,
        }  # fmt: skip
        answer = send(client, f"/admin/survey/edit/?id={survey.id}", form)
        assert answer.status_code == 303, answer.text
        page = client.get(f"/admin/survey/details/?id={survey.id}").text
        found = re.search(r"/admin/undo/entry/[0-9]+", page)
        return found[0] if found else ""

    def test_the_message_after_a_save_offers_it(self, rosa: Any, survey: Survey) -> None:
        undo = self.saved(rosa, survey, title="Else")
        assert title_of(survey) == "Else"
        answer = send(rosa, undo, {"url": "/admin/survey/"})
        assert (answer.status_code, answer.location) == (303, "/admin/survey/")
        assert title_of(survey) == "First"
        assert "is as it was before" in rosa.get("/admin/survey/").text

    def test_a_save_that_changes_nothing_offers_nothing(self, rosa: Any, survey: Survey) -> None:
        assert self.saved(rosa, survey) == ""

    def test_a_change_since_is_named(self, rosa: Any, survey: Survey) -> None:
        undo = self.saved(rosa, survey, title="Else")
        change(survey, make_user("otto", name="Otto"), title="Third")
        before = entries()
        page = send(rosa, undo, follow_redirects=True).text
        assert "Nothing was changed." in page
        assert "Title: Otto changed this since." in page
        assert (title_of(survey), entries()) == ("Third", before)

    def test_it_is_nobody_elses(self, app: Flask, rosa: Any, survey: Survey) -> None:
        undo = self.saved(rosa, survey, title="Else")
        other = app.test_client()
        login(other, make_user("other"))
        for client, url in ((other, undo), (rosa, "/admin/undo/entry/999999"), (rosa, "/admin/undo/entry/x")):
            assert send(client, url).status_code == 404
        assert title_of(survey) == "Else"


class TestAuditLog:
    def rows(self, client: Any, query: str = "") -> list[dict[str, str]]:
        answer = send(client, f"/admin/audit/export/{query}")
        assert (answer.status_code, answer.mimetype) == (200, "text/csv")
        return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))

    def test_each_filter(self, rosa: Any, survey: Survey, root: User) -> None:
        change(survey, root, title="Second")
        batch = db.session.scalars(select(AuditBatch)).first()
        assert batch is None
        with unit_of_work():
            survey2 = make_survey_inside(root)
        for chip, there, gone in (
            (f"who={root.id}", "Second", None),
            ("who=0", "First", "Zebra"),
            ("action=survey.update", "Second", "Zebra"),
            ("resource=survey", "Second", None),
            (f"record=survey-{survey.id}", "Second", "Zebra"),
            (f"record=Survey {survey2.id}", "Zebra", "Second"),
            ("at_from=2001-01-01", "Second", None),
        ):
            page = rosa.get(f"/admin/audit/?g1.{chip}").text
            assert there in page, chip
            assert gone is None or gone not in page, chip
        page = rosa.get("/admin/audit/?g1.record=rocket-9&g1.batch=%C3%A9&g1.who=zoe").text
        assert page.count("it was left out") == 3
        assert f"Survey {survey.id}" in rosa.get(f"/admin/audit/?g1.record=survey-{survey.id}").text

    def test_a_batch_has_a_page(self, rosa: Any, survey: Survey, root: User) -> None:
        with unit_of_work():
            survey2 = make_survey_inside(root)
        form = {"action": "delete", "rowid": [str(survey.id), str(survey2.id)], "confirmed": "1", "expected_count": "2"}
        assert send(rosa, "/admin/survey/action/", form).status_code in {200, 303}
        batch = db.session.scalars(select(AuditBatch)).one()
        page = rosa.get(f"/admin/audit/batch/?id={batch.public_id}").text
        assert "First" in page
        assert "Zebra" in page
        assert f"g1.batch={batch.public_id}" in page
        assert "Zebra" in rosa.get(f"/admin/audit/?g1.batch={batch.public_id}").text
        entry = last_entry("survey", survey2.id)
        assert f"/admin/audit/batch/?id={batch.public_id}" in rosa.get(f"/admin/audit/details/?id={entry.id}").text
        for wrong in ("", "x", "é", "a" * 99):
            assert rosa.get(f"/admin/audit/batch/?id={wrong}").status_code == 404

    def test_an_entry_leads_to_its_record(self, rosa: Any, survey: Survey) -> None:
        page = rosa.get(f"/admin/audit/details/?id={last_entry('survey', survey.id).id}").text
        assert f"/admin/survey/details/?id={survey.id}" in page
        assert f"g1.record=survey-{survey.id}" in page

    def test_the_file_holds_what_is_filtered_and_is_an_entry_itself(
        self, rosa: Any, survey: Survey, root: User
    ) -> None:
        change(survey, root, title="=1+2", language="de")
        rows = self.rows(rosa, "?g1.action=survey.update&g1.who=" + str(root.id))
        assert {(row["field"], row["before"], row["after"]) for row in rows} == {
            ("title", "First", "'=1+2"), ("language", "en", "de"),
        }  # fmt: skip
        told = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "audit.export")).one()
        assert told.changes == {"g1.action": [None, "survey.update"], "g1.who": [None, str(root.id)]}
        assert told.actor_id == root.id

    def test_personal_values_are_masked_in_the_file(self, app: Flask, rosa: Any, root: User) -> None:
        ben = make_user("ben", None, name="Ben")
        with unit_of_work():
            accounts.update_user(ben, {"name": "Benjamin"}, actor=root)
        clerk = app.test_client()
        login(clerk, make_user("clerk", make_role("Clerk", audit="R:all")))
        query = f"?g1.record=user-{ben.id}"
        assert [row["before"] for row in self.rows(rosa, query)] == ["Ben"]
        assert [row["before"] for row in self.rows(clerk, query)] == ["(hidden)"]
        with unit_of_work():
            erase_values("user", [ben.id])
        assert [row["before"] for row in self.rows(rosa, query)] == ["(erased)"]

    def test_a_file_longer_than_a_block(
        self, rosa: Any, survey: Survey, monkeypatch: pytest.MonkeyPatch, root: User
    ) -> None:
        for number in range(5):
            change(survey, root, title=f"Title {number}")
        monkeypatch.setattr("admin_app.audit.exporting.BLOCK", 2)
        rows = self.rows(rosa, "?g1.action=survey.update&g1.who=" + str(root.id))
        assert [row["after"] for row in rows] == [f"Title {number}" for number in range(5)]

    def test_a_file_that_breaks_off_says_so(self, rosa: Any, survey: Survey, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("admin_app.audit.exporting.BLOCK", 1)
        monkeypatch.setattr("admin_app.audit.exporting._written", lambda *_args, **_more: iter([1 / 0]))
        assert "This file is not complete" in send(rosa, "/admin/audit/export/").text

    def test_the_chain_is_verified_by_a_job(self, app: Flask, rosa: Any, survey: Survey) -> None:
        with unit_of_work():
            seal_entries()
        assert "has not been verified" in rosa.get("/admin/audit/chain/").text
        for _twice in range(2):
            assert send(rosa, "/admin/audit/chain/").status_code == 303
        job = db.session.scalars(select(Job).where(Job.kind == VERIFY)).one()
        assert "It begins in a moment" in rosa.get("/admin/audit/chain/").text
        assert "cv-work" in rosa.get("/admin/audit/chain/", headers={"HX-Request": "true"}).text
        work(app, job)
        page = rosa.get("/admin/audit/chain/", headers={"HX-Request": "true"})
        assert "The chain holds." in page.text
        assert page.headers["HX-Refresh"] == "true"

    def test_the_list_takes_few_statements(self, rosa: Any, survey: Survey, root: User) -> None:
        for number in range(30):
            change(survey, root, title=f"Title {number}")
        with count_statements(db.engine) as seen:
            assert rosa.get("/admin/audit/").status_code == 200
        assert len(seen) <= 12, seen
        with count_statements(db.engine) as seen:
            assert rosa.get(f"/admin/survey/history/?id={survey.id}").status_code == 200
        assert len(seen) <= 14, seen


def make_survey_inside(owner: User) -> Survey:
    return surveys.create_survey({"title": "Zebra", "owner": owner}, actor=owner if owner.id else SYSTEM)
