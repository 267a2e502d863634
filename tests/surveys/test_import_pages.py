"""Importing and exporting questionnaires in the console: findings first, then a survey; a file, and what it lacks."""

from __future__ import annotations

import datetime as dt
import io
import re

import openpyxl
import pytest
from sqlalchemy import func, select
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from admin_app.audit import operations as audit
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ConflictError, ForbiddenError, NotFoundError
from admin_app.surveys.importers import Imported, Level, Remark
from admin_app.surveys.importers.workbook import MAX_BYTES
from admin_app.surveys.models import StagedImport, Survey, SurveyState
from admin_app.surveys.queries import draft_questionnaire
from admin_app.surveys.staging import KEPT, find_staged, import_staged, stage_import
from tests.factories import every_type_questionnaire, login, make_role, make_survey, make_user, sample_questionnaire
from tests.helpers import send, token_of

PAGE = "/admin/survey/import"
GOOD = {"survey": [["type", "name", "label"], ["text", "why", "Why?"]], "settings": [["form_title"], ["Questions"]]}
LOSSY = {"survey": [["type", "name", "label", "relevant"], ["text", "why", "Why?", "${x} = 1"]]}
FAULTY = {"survey": [["type", "name", "label"], ["text", "why", ""], ["select_one no", "how", "How?"]]}


def workbook(sheets) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.fixture
def root(client):
    """An administrator who is logged in."""
    user = make_user("root")
    login(client, user)
    return user


@pytest.fixture
def upload(client):
    def upload(content: bytes, name: str = "form.xlsx"):
        token = token_of(client.get(PAGE).text)
        data = {"csrf_token": token, "file": FileStorage(io.BytesIO(content), name)}
        # In memory: the test client leaves the temporary file open that it would write a large body into.
        boundary, body = encode_multipart(data)
        return client.post(PAGE, data=body, content_type=f"multipart/form-data; boundary={boundary}")

    return upload


def count(model) -> int:
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(model))


class TestImport:
    def test_two_steps(self, client, root, upload):
        answer = upload(workbook(GOOD))
        assert answer.status_code == 303
        page = client.get(answer.location)
        assert page.status_code == 200
        assert "Import “Questions”?" in page.text
        assert "All that the file asks is carried over." in page.text
        assert "Why?" in page.text
        assert count(Survey) == 0
        done = send(client, answer.location, page=answer.location)
        survey = db.session.scalars(select(Survey)).one()
        assert done.location == f"/admin/survey/details/?id={survey.id}"
        assert (survey.title, survey.owner_id, survey.state) == ("Questions", root.id, SurveyState.DRAFT)
        assert list(draft_questionnaire(survey).by_key) == ["why"]
        assert count(StagedImport) == 0
        # The button was pressed twice, or the page is still open in another window.
        assert send(client, answer.location).location == PAGE
        assert "This file was imported already" in client.get(PAGE).text
        assert count(Survey) == 1

    def undo_of_it(self, client, upload):
        """Import a survey; return it and the address of the way back."""
        answer = upload(workbook(GOOD))
        done = send(client, answer.location, page=answer.location)
        offered = re.search(r'action="(/admin/undo/[^"]+)"', client.get(done.location).text)
        return db.session.scalars(select(Survey)).one(), offered[1]

    def test_it_is_undone(self, client, root, upload):
        survey, undo = self.undo_of_it(client, upload)
        send(client, undo)
        db.session.expire_all()
        assert survey.deleted_at is not None

    @pytest.mark.parametrize("change", ["survey", "question", "section"])
    def test_it_is_not_undone_where_somebody_went_on(self, client, root, upload, change):
        survey, undo = self.undo_of_it(client, upload)
        with unit_of_work():
            record = {"survey": survey, "question": survey.questions[0], "section": survey.sections[0]}[change]
            audit.record(f"{change}.update", record, actor=root)
        answer = send(client, undo)
        assert "It was changed since" in client.get(answer.location).text
        db.session.expire_all()
        assert survey.deleted_at is None

    def test_what_cannot_be_carried_over_is_asked_about(self, client, root, upload):
        answer = upload(workbook(LOSSY))
        page = client.get(answer.location).text
        assert "1 thing cannot be carried over." in page
        assert "Sheet “survey”" in page
        assert re.search(r'<td class="num">2</td>\s*<td>D</td>', page)
        assert "Import without these" in page
        assert send(client, answer.location).location == answer.location
        assert count(Survey) == 0
        assert send(client, answer.location, {"without": "1"}).status_code == 303
        assert count(Survey) == 1

    def test_faults_stop_it(self, client, root, upload):
        answer = upload(workbook(FAULTY))
        page = client.get(answer.location).text
        assert "2 faults have to be mended" in page
        assert "has no label" in page
        assert 'name="without"' not in page
        assert "Import without these" not in page
        send(client, answer.location, {"without": "1"})
        assert count(Survey) == 0
        assert "Mend them and send it again." in client.get(answer.location).text

    def test_our_own_export_comes_back(self, client, root, upload):
        survey = make_survey(root, questionnaire=every_type_questionnaire())
        file = client.get(f"/admin/survey/{survey.id}/export/file?format=xlsform")
        answer = upload(file.data, "Jährliche Umfrage.xlsx")
        assert "All that the file asks is carried over." in client.get(answer.location).text
        send(client, answer.location)
        assert count(Survey) == 2

    def test_it_speaks_the_reader_s_language(self, client, app, upload):
        """and finds no more faults in that one than in ours."""
        anna = make_user("anna", locale="de")
        login(client, anna)
        survey = make_survey(anna, questionnaire=every_type_questionnaire())
        file = client.get(f"/admin/survey/{survey.id}/export/file?format=xlsform")
        upload(file.data)
        assert db.session.scalars(select(StagedImport)).one().remarks == []

    @pytest.mark.parametrize(
        ("content", "name", "sentence"),
        [
            (b"", "form.xlsx", "is not a workbook of Excel"),
            (b"PK nonsense", "form.xlsx", "is damaged"),
            (b"hello", "form.docx", "is not a file that can be imported"),
            (b"hello", "form", "is not a file that can be imported"),
            (b"hello", "...", "Choose a file first."),
            (b"hello", "", "Choose a file first."),
            (b"x" * (MAX_BYTES + 1), "large.xlsx", "is larger than 10 MB"),
            (workbook({"other": [["a"]]}), "form.xlsx", "has no sheet named “survey”"),
        ],
    )
    def test_what_cannot_be_read_is_told(self, client, root, upload, content, name, sentence):
        answer = upload(content, name)
        assert answer.status_code == 422
        assert sentence in answer.text
        assert "Nothing was imported" in answer.text
        assert count(StagedImport) == count(Survey) == 0

    @pytest.mark.parametrize(
        "name", ["../../etc/form.xlsx", "C:\\dir\\form.xlsx", "a\0b.xlsx", "x" * 400 + ".xlsx", "☃.xlsx"]
    )
    def test_no_name_leads_anywhere(self, client, root, upload, name):
        assert upload(workbook({"survey": GOOD["survey"]}), name).status_code == 303
        staged = db.session.scalars(select(StagedImport)).one()
        assert "/" not in staged.file_name
        assert "\\" not in staged.file_name
        assert len(staged.file_name) <= 100

    def test_without_a_file(self, client, root):
        assert send(client, PAGE, {"file": "text"}, page=PAGE).status_code == 422

    def test_hostile_words_are_words(self, client, root, upload):
        sheet = [["type", "name", "label", "<b>x</b>"], ["text", "why", "<script>alert(1)</script>", "y"]]
        page = client.get(upload(workbook({"survey": sheet}), "<img src=x>.xlsx").location).text
        assert "<script>alert(1)" not in page
        assert "<img src=x>" not in page

    def test_of_many_findings_the_first_are_shown(self, client, root, upload):
        rows = [["text", f"q{number}", ""] for number in range(600)]
        page = client.get(upload(workbook({"survey": [["type", "name", "label"], *rows]})).location).text
        assert "600 faults" in page
        assert "and 100 more" in page

    def test_whose_file_it_is(self, client, root, upload):
        location = upload(workbook(GOOD)).location
        login(client, make_user("otto"))
        assert client.get(location).location == PAGE
        assert send(client, location).location == PAGE
        assert count(Survey) == 0
        for key in ("nothing", "a" * 500, "☃"):
            assert client.get(f"{PAGE}/{key}").status_code == 303

    @pytest.mark.parametrize("grants", [{"survey": "R:all"}, {"survey": "RC:all"}, {"question": "RC:all"}])
    def test_it_takes_the_right_to_make_surveys(self, client, grants):
        login(client, make_user("rita", make_role("Some", **grants)))
        assert client.get(PAGE).status_code == 403
        assert send(client, PAGE).status_code == 403
        assert "file-import" not in client.get("/admin/survey/").text or "C" in grants.get("survey", "")


class TestStaging:
    def staged(self, user, *levels):
        remarks = [Remark(level, "survey!A1", "something.") for level in levels]
        with unit_of_work():
            return stage_import("form.xlsx", Imported(sample_questionnaire(), remarks), actor=user)

    def test_what_nobody_came_back_to_is_forgotten(self, app):
        anna = make_user("anna")
        old = self.staged(anna)
        with unit_of_work():
            old.created_at = now() - KEPT - dt.timedelta(minutes=1)
        new = self.staged(anna)
        assert [one.id for one in db.session.scalars(select(StagedImport))] == [new.id]
        with pytest.raises(NotFoundError):
            find_staged("nothing", actor=anna)

    @pytest.mark.parametrize(
        ("levels", "without"),
        [((Level.ERROR,), True), ((Level.UNSUPPORTED,), False), ((Level.ERROR, Level.NOTE), False)],
    )
    def test_refusals(self, app, unit, levels, without):
        anna = make_user("anna")
        with pytest.raises(ConflictError):
            unit(import_staged, self.staged(anna, *levels), without=without, actor=anna)
        assert (count(Survey), count(StagedImport)) == (0, 1)

    def test_the_second_of_two_finds_nothing(self, app, unit):
        anna = make_user("anna")
        staged = self.staged(anna, Level.NOTE)
        unit(import_staged, staged, without=False, actor=anna)
        with pytest.raises(NotFoundError):
            unit(import_staged, staged, without=False, actor=anna)
        assert count(Survey) == 1

    def test_rights(self, app, unit):
        rita = make_user("rita", "viewer")
        with pytest.raises(ForbiddenError):
            unit(stage_import, "x", Imported(sample_questionnaire()), actor=rita)
        anna = make_user("anna")
        staged = self.staged(anna)
        with unit_of_work():
            anna.roles = []
        anna.forget_rights()
        with pytest.raises(ForbiddenError):
            unit(import_staged, staged, without=False, actor=anna)
        assert (count(Survey), count(StagedImport)) == (0, 1)


class TestExport:
    def test_the_page_and_the_file(self, client, root):
        survey = make_survey(root, title='Größe; "x"')
        assert f"/admin/survey/{survey.id}/export" in client.get(f"/admin/survey/details/?id={survey.id}").text
        page = client.get(f"/admin/survey/{survey.id}/export").text
        assert "Nothing stays behind" in page
        assert "canvass_description" in page
        file = client.get(f"/admin/survey/{survey.id}/export/file?format=xlsform")
        assert file.mimetype.endswith("spreadsheetml.sheet")
        assert file.headers["Content-Disposition"] == f"attachment; filename=survey-{survey.public_id}.xlsx"
        assert openpyxl.load_workbook(io.BytesIO(file.data)).sheetnames == ["survey", "choices", "settings"]

    @pytest.mark.parametrize("name", ["", "csv", "%00", "☃"])
    def test_other_formats_are_not_there(self, client, root, name):
        survey = make_survey(root)
        assert client.get(f"/admin/survey/{survey.id}/export/file?format={name}").status_code == 404

    def test_rights(self, client):
        survey, gone = make_survey(), make_survey()
        login(client, make_user("own", make_role("Own", survey="R:own", question="R:own")))
        assert client.get(f"/admin/survey/{survey.id}/export").status_code == 404
        login(client, make_user("rita", make_role("Titles", survey="R:all")))
        assert client.get(f"/admin/survey/{survey.id}/export").status_code == 403
        assert client.get(f"/admin/survey/{survey.id}/export/file?format=xlsform").status_code == 403
        login(client, make_user("root"))
        send(client, "/admin/survey/delete/", {"id": gone.id, "confirmed": "1"})
        assert client.get(f"/admin/survey/{gone.id}/export").status_code == 404
