"""The results page."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.surveys.models import Survey
from tests.factories import SAMPLE_ANSWERS, login, make_role, make_survey, make_user
from tests.results.conftest import add_replies
from tests.results.test_summarise import retire

BAD_IDS = ["0", "-1", "abc", "99999999999999999999", "%00", "1.5", "1'or'1", "%ED%A0%80", "１"]


@pytest.fixture
def admin(client: FlaskClient) -> FlaskClient:
    login(client, make_user("root"))
    return client


class TestPage:
    def test_it_works(self, admin: FlaskClient, survey: Survey) -> None:
        other = {**SAMPLE_ANSWERS, "team": None, "team__other": "Legal", "comment": None}
        add_replies(survey, SAMPLE_ANSWERS, other, {})
        response = admin.get(f"/admin/survey/{survey.id}/results")
        assert response.status_code == 200
        for words in ("3 replies", "Development", "work from home", "Other, in their own words", "1 skipped",
                      "1 not shown", "50.0%", "Median", "results/export"):  # fmt: skip
            assert words in response.text, words
        assert " style=" not in response.text

    def test_words_of_people_are_for_those_who_may_read_them(self, admin: FlaskClient, survey: Survey) -> None:
        add_replies(survey, {**SAMPLE_ANSWERS, "comment": "Secret words", "team": None, "team__other": "Hidden words"})
        address = f"/admin/survey/{survey.id}/results"
        text = admin.get(address).text
        assert "Secret words" in text
        assert "Hidden words" in text
        reader = admin.application.test_client()
        login(reader, make_user("anna", make_role("Reader", survey="R:all", reply="R:all")))
        text = reader.get(address).text
        assert "Secret words" not in text
        assert "Hidden words" not in text

    def test_a_retired_question_says_so(self, admin: FlaskClient, survey: Survey) -> None:
        add_replies(survey, SAMPLE_ANSWERS)
        retire(survey, "team")
        assert "Retired" in admin.get(f"/admin/survey/{survey.id}/results").text

    def test_without_replies(self, admin: FlaskClient, survey: Survey) -> None:
        text = admin.get(f"/admin/survey/{survey.id}/results").text
        assert "No replies yet" in text

    def test_of_a_draft(self, admin: FlaskClient) -> None:
        assert "Nothing has been asked yet" in admin.get(f"/admin/survey/{make_survey().id}/results").text

    def test_markup_in_labels_is_shown_as_it_is(self, admin: FlaskClient, survey: Survey) -> None:
        with unit_of_work():
            survey.title = "<script>alert(1)</script>"
        add_replies(survey, {**SAMPLE_ANSWERS, "team": "<b>x</b>"})
        text = admin.get(f"/admin/survey/{survey.id}/results").text
        assert "<script>alert(1)" not in text
        assert "&lt;b&gt;x&lt;/b&gt;" in text

    def test_it_takes_few_statements(self, admin: FlaskClient, survey: Survey) -> None:
        add_replies(survey, *[SAMPLE_ANSWERS] * 30)
        path = f"/admin/survey/{survey.id}/results"
        admin.get(path)
        statements: list[str] = []
        event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
        admin.get(path)
        assert len(statements) <= 12, "\n".join(statements)

    def test_it_is_a_tab_of_the_survey(self, admin: FlaskClient, survey: Survey) -> None:
        text = admin.get(f"/admin/survey/details/?id={survey.id}").text
        assert f"/admin/survey/{survey.id}/results" in text


class TestWhoMaySeeIt:
    def status(self, client: FlaskClient, survey: Survey, path: str = "") -> int:
        return client.get(f"/admin/survey/{survey.id}/results{path}").status_code

    def test_a_stranger_logs_in_first(self, client: FlaskClient, survey: Survey) -> None:
        response = client.get(f"/admin/survey/{survey.id}/results")
        assert response.status_code in {302, 303}
        assert "/login" in response.location

    def test_without_any_right_to_replies(self, client: FlaskClient, survey: Survey) -> None:
        login(client, make_user("anna", make_role("Surveys", survey="R:all")))
        assert self.status(client, survey) == 403

    @pytest.mark.parametrize("grants", [{"survey": "R:own", "reply": "R:all"}, {"survey": "R:all", "reply": "R:own"}])
    def test_a_survey_out_of_reach_is_not_there(
        self, client: FlaskClient, survey: Survey, grants: dict[str, str]
    ) -> None:
        login(client, make_user("anna", make_role("Reader", **grants)))
        assert self.status(client, survey) == 404

    def test_the_owner_sees_his_own(self, client: FlaskClient) -> None:
        anna = make_user("anna", make_role("Reader", survey="R:own", reply="R:own"))
        login(client, anna)
        assert self.status(client, make_survey(anna, opened=True)) == 200

    def test_a_deleted_survey_is_not_there(self, admin: FlaskClient, survey: Survey) -> None:
        with unit_of_work():
            survey.deleted_at = now()
        assert self.status(admin, survey) == 404

    @pytest.mark.parametrize("key", BAD_IDS)
    def test_a_bad_id_is_not_there(self, admin: FlaskClient, survey: Survey, key: str) -> None:
        assert admin.get(f"/admin/survey/{key}/results").status_code in {400, 404}
        assert admin.post(f"/admin/survey/{key}/results/export", data={"format": "csv"}).status_code in {400, 404}

    def test_answers_to_personal_questions_are_hidden(self, client: FlaskClient, survey: Survey) -> None:
        add_replies(survey, SAMPLE_ANSWERS)
        login(client, make_user("anna", make_role("Reader", survey="R:all", reply="R:all")))
        text = client.get(f"/admin/survey/{survey.id}/results").text
        assert "do not allow you to see what was answered here" in text
        assert "Development" in text

    def test_the_download_is_offered_to_who_may(self, client: FlaskClient, survey: Survey) -> None:
        add_replies(survey, SAMPLE_ANSWERS)
        login(client, make_user("anna", make_role("Reader", survey="R:all", reply="R:all")))
        assert "results/export" not in client.get(f"/admin/survey/{survey.id}/results").text
