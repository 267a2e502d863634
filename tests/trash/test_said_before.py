"""What nobody can take back says so before it is done: publishing, removing for good, mails, exports."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from admin_app.accounts.models import UserStatus
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.surveys.models import Survey
from tests import factories
from tests.helpers import send


@pytest.fixture
def anna(app: Flask) -> FlaskClient:
    """A browser of an administrator."""
    browser = app.test_client()
    factories.login(browser, factories.make_user("anna"))
    return browser


NEVER = "This cannot be undone."


def publish_page() -> str:
    return f"/admin/survey/{factories.make_survey().id}/publish"


def export_page() -> str:
    return f"/admin/survey/{factories.make_survey(published=True).id}/results/export"


def purge_page() -> str:
    survey = factories.make_survey()
    with unit_of_work():
        db.session.get_one(Survey, survey.id).deleted_at = now()
    return f"/admin/trash/surveys/{survey.id}"


def purge_of_tests() -> str:
    survey = factories.make_survey(published=True, opened=True)
    reply = factories.make_reply(survey)
    with unit_of_work():
        db.session.get_one(type(reply), reply.id).test = True
    return f"/admin/survey/{survey.id}/tests/delete"


def deletion_of_a_role() -> str:
    return f"/admin/role/delete/?id={factories.make_role('Helper').id}"


@pytest.mark.parametrize("page", [publish_page, export_page, purge_page, purge_of_tests, deletion_of_a_role])
def test_it_stands_on_the_page(anna: FlaskClient, page: Callable[[], str]) -> None:
    answer = anna.get(page())
    assert answer.status_code == 200
    assert NEVER in answer.text


def test_archiving_asks_and_says_it(anna: FlaskClient) -> None:
    survey = factories.make_survey()
    for verb, said in (("archive", True), ("open", False)):
        assert (NEVER in send(anna, f"/admin/survey/{verb}/", {"id": survey.id}).text) is said


def test_a_mail_cannot_be_called_back(anna: FlaskClient) -> None:
    invited = factories.make_user("berta", status=UserStatus.NEW, password_hash=None)
    assert "cannot be called back" in anna.get(f"/admin/user/details/?id={invited.id}").text
    assert "cannot be called back" in anna.get("/admin/user/new/").text


def test_a_deletion_that_goes_to_the_trash_promises_the_way_back(anna: FlaskClient) -> None:
    survey = factories.make_survey()
    page = anna.get(f"/admin/survey/delete/?id={survey.id}").text
    assert "You can undo this for 30 minutes." in page
    assert NEVER not in page


def test_what_is_discarded_stays_in_the_log(anna: FlaskClient) -> None:
    survey = factories.make_survey(published=True)
    question = next(one for one in survey.questions)
    with unit_of_work():
        db.session.get_one(type(question), question.id).label = "Another?"
    assert "The audit log keeps the words that are discarded." in anna.get(f"/admin/survey/{survey.id}/discard").text
