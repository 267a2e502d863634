"""Files that are none, columns that are not there, words that nobody keeps: refused in a sentence, or carried whole."""

from __future__ import annotations

import io

import pytest

from admin_app.accounts.models import UserStatus
from admin_app.core.db import unit_of_work
from admin_app.core.permissions import SYSTEM
from admin_app.jobs.models import JobState
from admin_app.replies.upload_files import upload_folder
from admin_app.settings import operations as settings
from admin_app.surveys import operations as surveys
from tests.factories import make_survey
from tests.helpers import token_of
from tests.replies.imports import Importing, files, nothing_stored, replies, uploads, workbook


def untouched() -> bool:
    """Whether nothing came of it: no reply, no file, nothing that is remembered."""
    return nothing_stored() and files() == [] and uploads() == []


class TestFiles:
    @pytest.mark.parametrize(
        ("content", "name", "sentence"),
        [
            (b"", "a.csv", "The file is empty."),
            (b"name\nAda\n", "", "Choose a file first."),
            (b"name\nAda\n", "...", "Choose a file first."),
            (b",,\n1,2,3\n", "a.csv", "its first row must name the columns"),
            (b"\x89PNG\r\n\x1a\n\0\0", "a.csv", "is no table"),
            (b"%PDF-1.7\n%\xe2\xe3", "a.csv", "is no table"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.xls", "a workbook of an old kind"),
            (b"<html><table><tr><td>name</td></tr></table>", "a.csv", "is a web page"),
            (b"PK\x03\x04 nonsense", "a.xlsx", "is damaged"),
            (b"PK\x03\x04 nonsense", "a.csv", "is damaged"),
            (workbook(), "a.xlsx", "its first row must name the columns"),
            (b"a" + b"," * 10_000, "a.csv", "10,001 columns"),
            (b"x" * 10_000_000, "a.csv", "row 1 of “a.csv” has a cell of more than 131,072 characters"),
            (b"\xff\xfen", "a.csv", "begins as UTF-16 does"),
        ],
    )
    def test_what_is_no_table(self, importing, content, name, sentence):
        answer = importing.send(content, name)
        assert answer.status_code == 422
        assert sentence in answer.text
        assert "The file was not taken" in answer.text
        assert untouched()

    def test_the_header_alone(self, importing):
        address = importing.sent("name,age\n")
        importing.check(address)
        text = importing.client.get(f"{address}/report").text
        assert "There are no rows under the names of the columns." in text
        assert "without the bad rows" not in text
        importing.post(f"{address}/report", without="1")
        assert importing.work() == []
        assert nothing_stored()

    def test_a_file_that_is_too_large(self, app, importing, root):
        with unit_of_work():
            settings.change_settings({"import_megabytes": 1}, actor=root)
        answer = importing.send(b"name\n" + b"x" * 1024 * 1024)
        assert answer.status_code == 422
        assert "A file of replies may have at most 1 MB." in answer.text
        # So large that it is not even read.
        answer = importing.send(b"name\n" + b"x" * 1024 * 1024 * 4)
        assert answer.status_code == 413
        assert "A file of replies may have at most 1 MB." in answer.text
        assert untouched()

    @pytest.mark.filterwarnings("ignore:Unclosed file.*Spooled:ResourceWarning")
    @pytest.mark.filterwarnings("ignore:Exception ignored in.*Spooled:pytest.PytestUnraisableExceptionWarning")
    def test_somebody_goes_away_in_the_middle(self, importing):
        token = token_of(importing.client.get("/account/password").text)
        head = (
            f'--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'
            '--x\r\nContent-Disposition: form-data; name="file"; filename="a.csv"\r\n\r\nname\nAda\n'
        ).encode()
        answer = importing.client.post(
            importing.page,
            input_stream=io.BytesIO(head),
            content_type="multipart/form-data; boundary=x",
            content_length=len(head) + 1_000,
        )
        assert answer.status_code == 400
        assert untouched()

    @pytest.mark.parametrize(
        "name", ["../../etc/a.csv", "C:\\dir\\a.csv", "a\0b.csv", "x" * 400 + ".csv", "☃.csv", "<b>.csv"]
    )
    def test_no_name_leads_anywhere(self, importing, name):
        address = importing.sent("name\nAda\n", name)
        (upload,) = uploads()
        assert files() == [upload.public_id]
        assert not set(upload.file_name) & set("/\\\0")
        assert "<b>.csv" not in importing.client.get(address).text

    @pytest.mark.parametrize("key", ["nothing", "a" * 500, "☃", "..", "%2e%2e%2fetc"])
    def test_addresses_that_lead_nowhere(self, importing, key):
        assert importing.client.get(f"{importing.page}/{key}").status_code in {303, 308, 404}

    def test_a_file_that_is_gone(self, importing):
        address = importing.sent("name\nAda\n")
        form = importing.form(address)
        upload_folder().delete(files()[0])
        assert importing.client.get(address).status_code == 404
        assert importing.post(address, **form).status_code == 404
        assert nothing_stored()


class TestColumns:
    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"target-0": "nonsense"}, "The survey asks nothing with the key “nonsense” any more."),
            ({"target-0": "welcome"}, "The survey asks nothing with the key “welcome” any more."),
            ({"target-0": "reply.id"}, "The survey asks nothing with the key “reply.id” any more."),
            ({"target-0": "a\0b" + "x" * 10_000}, "The survey asks nothing with the key “ab"),
            ({"target-2": "name"}, "The file has no column “2”."),
            ({"target-x": "name"}, "The file has no column “x”."),
            ({"target--1": "name"}, "The file has no column “-1”."),
            ({"target-²": "name"}, "The file has no column “²”."),
            ({"target-0": "age"}, "Column 1 goes there already. Choose one of the two."),
            ({"target-0": "", "target-1": ""}, "No column belongs to a question."),
            ({"target-0": "reply.language", "target-1": ""}, "No column belongs to a question."),
            ({"version": "999"}, "A new version was published meanwhile."),
            ({"version": "x"}, "A new version was published meanwhile."),
        ],
    )
    def test_what_cannot_be(self, importing, changes, sentence):
        address = importing.sent("name,age\nAda,36\n")
        before = uploads()[0].plan
        answer = importing.check(address, **changes)
        assert answer.status_code == 422
        assert sentence in answer.text
        assert (uploads()[0].plan, uploads()[0].report) == (before, None)
        assert nothing_stored()

    def test_what_was_chosen_stays_on_the_page(self, importing):
        address = importing.sent("name,age,x\nAda,36,y\n")
        answer = importing.check(address, **{"target-1": "name", "target-2": "comment", "unknown": "keep"})
        assert answer.status_code == 422
        assert '<option value="comment" selected>' in answer.text
        assert '<option value="keep" selected>' in answer.text

    def test_a_version_that_came_while_the_columns_were_looked_at(self, importing, survey):
        address = importing.sent("name,age\nAda,36\n")
        form = importing.form(address)
        question = next(one for section in survey.sections for one in section.questions if one.key == "name")
        with unit_of_work():
            surveys.retire_question(question, actor=SYSTEM)
        with unit_of_work():
            surveys.publish_survey(survey, actor=SYSTEM)
        answer = importing.post(address, **form)
        assert answer.status_code == 422
        assert "A new version was published meanwhile." in answer.text
        assert "The survey asks nothing with the key “name” any more." in answer.text
        # Looked at again, the column is left out.
        assert importing.form(address)["target-0"] == ""
        importing.check(address)
        importing.imported(address)
        assert [reply.answers for reply in replies()] == [{"age": 36}]

    def test_a_version_that_came_after_the_check(self, importing, survey):
        address = importing.sent("name\nAda\n")
        importing.check(address)
        with unit_of_work():
            surveys.update_survey(survey, {"introduction": "<p>New.</p>"}, actor=SYSTEM)
        with unit_of_work():
            surveys.publish_survey(survey, actor=SYSTEM)
        assert "A new version was published meanwhile." in importing.client.get(f"{address}/report").text
        importing.post(f"{address}/report")
        assert importing.work() == []
        assert nothing_stored()

    @pytest.mark.parametrize("do", ["", "read", "check", "nonsense"])
    def test_forms_without_fields(self, importing, do):
        address = importing.sent("name\nAda\n")
        assert importing.post(address, do=do).status_code in {303, 422}
        assert nothing_stored()

    def test_a_sheet_that_is_not_there(self, importing):
        address = importing.sent(workbook(["name"], ["Ada"]), "a.xlsx")
        answer = importing.post(address, do="read", sheet="Nothing")
        assert answer.status_code == 422
        assert "has no sheet “Nothing”" in answer.text
        assert importing.form(address)["target-0"] == "name"

    def test_dates_of_which_nobody_can_tell_the_order(self, importing):
        address = importing.sent("date,name\n3/4/16,Ada\n")
        answer = importing.check(address)
        assert answer.status_code == 422
        assert "nobody can tell the day from the month" in answer.text
        importing.check(address, dates="day")
        importing.imported(address)
        assert replies()[0].submitted_at.month == 4

    def test_more_columns_than_a_page_has_room_for(self, importing):
        address = importing.sent("name," + ",".join(f"c{number}" for number in range(1_000)) + "\n")
        answer = importing.client.get(address)
        assert "The file has 1001 columns, too many for a page." in answer.text

    def test_headers_that_stand_there_twice(self, importing):
        address = importing.sent("name,name,,\nAda,Bob,,\n")
        form = importing.form(address)
        assert [form[f"target-{index}"] for index in range(4)] == ["name", "", "", ""]
        importing.check(address, **{"target-1": "comment"})
        importing.imported(address)
        assert replies()[0].answers == {"name": "Ada", "comment": "Bob"}


class TestWords:
    @pytest.mark.parametrize(
        ("cell", "stored"),
        [
            ("=1+1", "=1+1"),
            ("'=1+1", "=1+1"),
            ("A\0da", "Ada"),
            ("שלום עולם", "שלום עולם"),
            ("\u202eabc", "\u202eabc"),
            ("x" * 32_768, "x" * 32_768),
            ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ],
    )
    def test_what_is_carried_whole(self, importing, cell, stored):
        address = importing.sent(f'comment\n"{cell}"\n')
        importing.check(address)
        text = importing.client.get(f"{address}/report").text
        assert "<script>alert(1)" not in text
        importing.imported(address)
        assert [reply.answers for reply in replies()] == [{"comment": stored}]

    def test_the_same_in_a_workbook(self, importing):
        words = ["'=1+1", "שלום", "x" * 32_767]
        address = importing.sent(workbook(["comment"], *([word] for word in words)), "a.xlsx")
        importing.check(address)
        importing.work()
        importing.imported(address)
        assert [reply.answers["comment"] for reply in replies()] == ["=1+1", *words[1:]]

    @pytest.mark.parametrize(
        ("content", "sentence"),
        [
            (
                "comment\n" + "x" * 1_000_000 + "\n",
                "row 2 of “replies.csv” has a cell of more than 131,072 characters.",
            ),
            ('comment\n"open\n', "a quotation mark is opened and not closed"),
            ("comment\n" + "x" * 10_000_000, "has a cell of more than 131,072 characters."),
        ],
    )
    def test_what_stops_a_file(self, importing, content, sentence):
        answer = importing.send(content)
        if answer.status_code == 303:
            address = answer.location
            # The first rows are shown beside the columns: so it is found there already.
            answer = importing.client.get(address)
        assert answer.status_code == 422
        assert sentence in answer.text
        assert nothing_stored()

    def test_more_than_an_answer_may_have(self, importing):
        address = importing.sent("comment\n" + "x" * 60_000 + "\n")
        importing.check(address)
        assert "1 row cannot be taken" not in (text := importing.client.get(f"{address}/report").text)
        assert "No row of the file can be taken." in text
        assert nothing_stored()

    @pytest.mark.parametrize("content", [b"name\n\xed\xa0\x80\n", b"name\nRen\xe9\n", b"name\n\xff\n"])
    def test_what_is_no_text(self, importing, content):
        """It is asked about, never guessed."""
        address = importing.sent(content)
        answer = importing.client.get(address)
        assert answer.status_code == 422
        assert "line 2 of “replies.csv” is not UTF-8" in answer.text
        assert importing.post(address, do="check").status_code == 422
        assert nothing_stored()

    def test_a_finding_quotes_what_a_database_can_keep(self, importing):
        address = importing.sent('age,team\n"x\0\x1b","\0=y"\n')
        importing.check(address)
        assert "“x”" in importing.client.get(f"{address}/report").text
        assert b"\0" not in importing.client.get(f"{address}/findings.csv").data


class TestSurveys:
    def test_one_that_was_never_published(self, app, client, root, survey):
        importing = Importing(app, client, make_survey(root))
        assert "has never been published" in client.get(importing.page).text
        assert 'type="file"' not in client.get(importing.page).text
        assert importing.send("name\nAda\n").status_code == 409
        assert untouched()

    @pytest.mark.parametrize("tail", ["", "/report"])
    def test_one_that_is_archived_meanwhile(self, importing, survey, tail):
        address = importing.sent("name\nAda\n")
        form = importing.form(address)
        importing.check(address)
        with unit_of_work():
            surveys.close_survey(survey, actor=SYSTEM)
        with unit_of_work():
            surveys.archive_survey(survey, actor=SYSTEM)
        answer = importing.post(address + tail, **form)
        assert answer.status_code in {303, 409}
        assert importing.work() == []
        assert nothing_stored()
        assert "is archived" in importing.client.get(importing.page).text

    def test_one_that_is_deleted_meanwhile(self, importing, survey):
        address = importing.sent("name\nAda\n")
        importing.check(address)
        with unit_of_work():
            surveys.delete_survey(survey, actor=SYSTEM)
        assert importing.client.get(f"{address}/report").status_code == 404
        assert importing.post(f"{address}/report").status_code == 404
        assert nothing_stored()

    def test_whoever_was_shut_out_imports_nothing(self, importing, root):
        address = importing.sent("name\nAda\n")
        importing.check(address)
        importing.post(f"{address}/report")
        with unit_of_work():
            root.status = UserStatus.INACTIVE
        (job,) = importing.work()
        assert job.state is JobState.FAILED
        assert nothing_stored()
