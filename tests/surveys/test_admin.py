"""The console's screens for surveys and questions."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import event, select, update

from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.permissions import SYSTEM
from admin_app.surveys import operations
from admin_app.surveys.models import Question, Survey, SurveyState
from tests.factories import login, make_role, make_survey, make_user
from tests.helpers import send

NAUGHTY = '<p>Hi</p><script>alert(1)</script><img src=x onerror="alert(1)"><a href="javascript:alert(1)">x</a>'


@pytest.fixture
def root(client):
    """An administrator who is logged in."""
    user = make_user("root")
    login(client, user)
    return user


def lock_of(page) -> str:
    return re.search(r'name="lock_version"[^>]*value="(\d+)"', page.text)[1]


class TestList:
    def test_it_shows_what_one_may_see(self, client, root):
        make_survey(root, opened=True, title="Open one", closes_at=now() + dt.timedelta(days=1))
        make_survey(root, opened=True, title="Over", closes_at=now() - dt.timedelta(days=1))
        gone = make_survey(root, title="Gone")
        with unit_of_work():
            operations.delete_survey(gone, actor=SYSTEM)
        page = client.get("/admin/survey/")
        assert page.status_code == 200
        assert "Open one" in page.text
        assert "Expired" in page.text
        assert "Gone" not in page.text

    def test_own_surveys_only(self, client):
        anna = make_user("anna", make_role("Own", survey="CRUD:own", question="CRUD:own"))
        make_survey(anna, title="Mine")
        make_survey(title="Foreign")
        login(client, anna)
        page = client.get("/admin/survey/")
        assert "Mine" in page.text
        assert "Foreign" not in page.text
        questions = client.get("/admin/question/")
        assert "Mine" in questions.text
        assert "Foreign" not in questions.text

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("search=alpha", {"Alpha"}),
            ("search=alpha+nothing", set()),
            ("g1.state=open", {"Beta"}),
            ("g1.owner={owner}", {"Alpha", "Beta"}),
            ("g1.updated_at_from=2020-01-01", {"Alpha", "Beta"}),
            ("g1.updated_at_to=2020-01-01", set()),
            ("sort=title&desc=1", {"Alpha", "Beta"}),
        ],
    )
    def test_search_and_filters(self, client, root, query, found):
        make_survey(root, title="Alpha")
        make_survey(root, opened=True, title="Beta")
        page = client.get("/admin/survey/?" + query.format(owner=root.id))
        assert page.status_code == 200
        assert {name for name in ("Alpha", "Beta") if f">{name}</a>" in page.text} == found

    @pytest.mark.parametrize("query", ["?page=-1", "?search=%00", "?g1.state=x", "?page=1e9"])
    def test_nonsense_is_harmless(self, client, root, query):
        assert client.get("/admin/survey/" + query).status_code in {200, 400}

    @pytest.mark.parametrize("path", ["/admin/survey/", "/admin/question/"])
    def test_the_number_of_statements_does_not_grow_with_the_page(self, client, root, path):
        make_survey(root)
        seen: list[str] = []

        def note(_connection, _cursor, statement, *_rest):
            if statement.lstrip().upper().startswith(("SELECT", "UPDATE", "INSERT")):
                seen.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        client.get(path)
        few = len(seen)
        for _ in range(5):
            make_survey(root)
        seen.clear()
        assert client.get(path).status_code == 200
        event.remove(db.engine, "before_cursor_execute", note)
        # A full page is counted, a page that is not full counts itself.
        assert len(seen) <= few + 1 <= 12, seen


class TestEdit:
    def test_create(self, client, root):
        data = {
            "title": "Neu",
            "introduction": NAUGHTY,
            "language": "de",
            "opens_at": "2027-01-01T10:00",
            "closes_at": "",
            "reply_limit": "50",
            "listed": "y",
            "owner": str(root.id),
        }
        answer = send(client, "/admin/survey/new/", data)
        assert answer.status_code == 303
        survey = db.session.scalars(select(Survey)).one()
        assert (survey.title, survey.language, survey.reply_limit, survey.listed) == ("Neu", "de", 50, True)
        assert survey.opens_at == dt.datetime(2027, 1, 1, 10, tzinfo=dt.UTC)
        assert (survey.closes_at, survey.anonymous, survey.owner_id) == (None, False, root.id)
        assert "script" not in survey.introduction

    @pytest.mark.parametrize(
        ("grants", "place"),
        [
            ({"survey": "C:all R:own", "question": "CR:own"}, "/admin/survey/1/build"),
            ({"survey": "C:all R:own", "question": "R:own"}, "/admin/survey/"),
        ],
    )
    def test_whoever_may_build_it_begins_at_once(self, client, app, grants, place):
        login(client, make_user("ada", make_role("Makers", **grants)))
        answer = send(client, "/admin/survey/new/", {"title": "Mine", "language": "en", "url": "/admin/survey/"})
        assert answer.location == place

    @pytest.mark.parametrize(
        ("field", "value", "sentence"),
        [
            ("title", "", "Enter a title"),
            ("title", "x" * 301, "300"),
            ("language", "English", "language tag"),
            ("reply_limit", "0", "from 1 to"),
            ("reply_limit", "1_000", "whole number"),
            ("reply_limit", "１２", "whole number"),
            ("reply_limit", "9" * 30, "whole number"),
            ("opens_at", "soon", "valid"),
            ("opens_at", "0001-01-01T00:00", "year"),
            ("closes_at", "2026-01-01T00:00", "after the opening"),
            ("owner", "999999", "Choose one of the list"),
            ("owner", "", "Choose the owner"),
            ("title", "a\0b", "cannot be stored"),
        ],
    )
    def test_a_wrong_value_comes_back_with_a_sentence(self, client, root, field, value, sentence):
        data = {"title": "Neu", "language": "de", "opens_at": "2026-01-01T10:00", "owner": str(root.id), field: value}
        answer = send(client, "/admin/survey/new/", data)
        assert answer.status_code == 422
        assert sentence in answer.text
        assert db.session.scalar(select(Survey.id)) is None

    def test_update(self, client, root):
        survey = make_survey(root, anonymous=True)
        path = f"/admin/survey/edit/?id={survey.id}"
        page = client.get(path)
        data = {
            "title": "New",
            "language": "en",
            "owner": str(root.id),
            "anonymous": "y",
            "lock_version": lock_of(page),
        }
        assert send(client, path, data).status_code == 303
        assert (survey.title, survey.anonymous) == ("New", True)
        # The same once more says nothing new; another title without a base to compare it with is asked about.
        assert send(client, path, data).status_code == 303
        assert send(client, path, {**data, "title": "Newer"}).status_code == 409
        assert survey.title == "New"

    def test_anonymity_is_not_asked_once_there_are_replies(self, client, root, replies):
        survey = make_survey(root, anonymous=True)
        path = f"/admin/survey/edit/?id={survey.id}"
        assert 'name="anonymous"' in client.get(path).text
        replies[survey.id] = 1
        page = client.get(path)
        assert 'name="anonymous"' not in page.text
        data = {"title": "New", "language": "en", "owner": str(root.id), "lock_version": lock_of(page)}
        assert send(client, path, data).status_code == 303
        assert (survey.title, survey.anonymous) == ("New", True)

    def test_the_owner_is_asked_of_those_who_may_give(self, client):
        anna = make_user("anna", make_role("Own", survey="CRUD:own", question="CRUD:own"))
        login(client, anna)
        assert 'name="owner"' not in client.get("/admin/survey/new/").text
        answer = send(client, "/admin/survey/new/", {"title": "Mine", "language": "en"})
        assert answer.status_code == 303
        assert db.session.scalars(select(Survey)).one().owner_id == anna.id


class TestDetails:
    def test_it_shows_the_outline(self, client, root):
        survey = make_survey(root, opened=True)
        page = client.get(f"/admin/survey/details/?id={survey.id}")
        assert page.status_code == 200
        for text in ("Your height in metres", "Matrix, one choice per row", f"/s/{survey.public_id}", "Your work"):
            assert text in page.text

    def test_rich_text_is_cleaned_on_render_too(self, client, root):
        survey = make_survey(root)
        with unit_of_work() as session:
            session.execute(update(Survey).values(introduction=NAUGHTY, thanks=NAUGHTY))
            session.execute(update(Question).values(description=NAUGHTY, label="<script>alert(1)</script>"))
        question = db.session.scalars(select(Question.id).order_by(Question.id)).first()
        for path in (
            f"/admin/survey/details/?id={survey.id}",
            f"/admin/question/details/?id={question}",
            "/admin/question/",
        ):
            page = client.get(path)
            assert page.status_code == 200
            for bad in ("<script>alert", "onerror", "javascript:", "<img src=x"):
                assert bad not in page.text

    def test_a_draft_without_questions_says_so(self, client, root):
        with unit_of_work():
            survey = operations.create_survey({"title": "Empty"}, actor=root)
        assert "No questions yet" in client.get(f"/admin/survey/details/?id={survey.id}").text

    @pytest.mark.parametrize("key", ["0", "-1", "abc", "99999999999999999999", "1e3", "%00", ""])
    def test_nonsense_ids_are_not_found(self, client, root, key):
        make_survey(root)
        assert client.get(f"/admin/survey/details/?id={key}").status_code == 404
        assert client.get(f"/admin/question/details/?id={key}").status_code == 404
        assert client.get(f"/admin/survey/{key or 'x'}/versions").status_code in {400, 404}

    def test_a_question_shows_its_choices(self, client, root):
        make_survey(root)
        for key, text in (("habits", "work late"), ("age", "Least: 16"), ("team", "Operations")):
            question = db.session.scalars(select(Question).where(Question.key == key)).one()
            page = client.get(f"/admin/question/details/?id={question.id}")
            assert text in page.text
            assert "Working here" in page.text


class TestOverview:
    """The first page of a survey: its form, its numbers."""

    def test_it_hands_out_the_address_of_an_open_survey(self, client, root):
        survey = make_survey(opened=True)
        page = client.get(f"/admin/survey/details/?id={survey.id}").text
        assert f'data-copy="http://127.0.0.1:8000/s/{survey.public_id}"' in page
        assert "Whoever opens the address now can answer." in page
        assert f'href="/admin/survey/{survey.id}/replies"' in page

    def test_a_draft_has_no_address_yet(self, client, root):
        page = client.get(f"/admin/survey/details/?id={make_survey().id}").text
        assert "data-copy" not in page
        assert "publish the survey and open it first" in page

    def test_a_closed_survey_says_what_its_address_shows(self, client, root):
        survey = make_survey(opened=True)
        with unit_of_work():
            operations.close_survey(survey, actor=SYSTEM)
        assert "reads that the survey is closed" in client.get(f"/admin/survey/details/?id={survey.id}").text

    def test_the_dashboard_says_what_to_do_first(self, client, root):
        page = client.get("/admin/").text
        assert "in a spreadsheet (XLSForm)" in page
        assert page.index(">Open surveys<") < page.index('href="/admin/survey/">Surveys')
        make_survey()
        assert "in a spreadsheet (XLSForm)" not in client.get("/admin/").text

    def test_done_things_are_told_in_words(self, client, root):
        page = client.get(f"/admin/survey/details/?id={make_survey(opened=True).id}").text
        assert "Survey opened" in page
        assert "survey.open" not in page


class TestActions:
    def test_asked_first_then_done(self, client, root):
        survey = make_survey(root, published=True)
        data = {"id": str(survey.id)}
        for verb, state in (("open", "open"), ("pause", "paused"), ("close", "closed"), ("archive", "archived")):
            version = survey.lock_version
            asked = send(client, f"/admin/survey/{verb}/", data)
            assert asked.status_code == 200
            assert 'name="confirmed"' in asked.text
            db.session.refresh(survey)
            assert survey.lock_version == version
            done = send(client, f"/admin/survey/{verb}/", {**data, "confirmed": "1"})
            assert done.status_code == 303
            db.session.refresh(survey)
            assert survey.state.value == state

    def test_only_what_is_possible_has_a_button(self, client, root):
        survey = make_survey(root)

        def verbs():
            page = client.get(f"/admin/survey/details/?id={survey.id}").text
            marks = {verb: f'action="/admin/survey/{verb}/"' for verb in ("open", "pause", "close", "archive")}
            marks["publish"] = f'href="/admin/survey/{survey.id}/publish"'
            return {verb for verb, mark in marks.items() if mark in page}

        assert verbs() == {"publish", "archive"}
        with unit_of_work():
            operations.publish_survey(survey, actor=SYSTEM)
        assert verbs() == {"open", "archive"}
        with unit_of_work():
            operations.open_survey(survey, actor=SYSTEM)
        assert verbs() == {"pause", "close"}
        with unit_of_work():
            operations.update_survey(survey, {"title": "Other"}, actor=SYSTEM)
        assert verbs() == {"publish", "pause", "close"}

    def test_a_refusal_is_told(self, client, root):
        survey = make_survey(root)
        data = {"id": str(survey.id), "confirmed": "1"}
        assert send(client, "/admin/survey/open/", data).status_code == 303
        assert "It has not been published yet." in client.get("/admin/survey/").text
        assert survey.state is SurveyState.DRAFT

    def test_by_get_nothing_happens(self, client, root):
        survey = make_survey(root, published=True)
        assert client.get(f"/admin/survey/open/?id={survey.id}&confirmed=1").status_code == 405
        assert survey.state is SurveyState.DRAFT

    def test_without_a_token_nothing_happens(self, client, root):
        survey = make_survey(root, published=True)
        assert client.post("/admin/survey/open/", data={"id": survey.id, "confirmed": "1"}).status_code == 400
        assert survey.state is SurveyState.DRAFT

    def test_rights(self, client):
        survey = make_survey(published=True)
        data = {"id": str(survey.id), "confirmed": "1"}
        login(client, make_user("vera", "viewer"))
        assert send(client, "/admin/survey/open/", data).status_code == 403
        login(client, make_user("stan", make_role("Own", survey="CRUD:own", abilities="survey.publish")))
        assert send(client, "/admin/survey/open/", data).status_code == 404
        editor = make_role("All", survey="RU:all", abilities="")
        login(client, make_user("edda", editor))
        assert send(client, "/admin/survey/open/", data).status_code == 403
        db.session.refresh(survey)
        assert survey.state is SurveyState.DRAFT


class TestBulk:
    def bulk(self, client, name, surveys, **more):
        data = {"action": name, "rowid": [str(survey.id) for survey in surveys], **more}
        return send(client, "/admin/survey/action/", data)

    @pytest.mark.parametrize(("name", "state"), [("open", "open"), ("pause", "paused"), ("close", "closed")])
    def test_states(self, client, root, name, state):
        ready = make_survey(root, published=name == "open", opened=name != "open")
        draft = make_survey(root, title="Raw draft")
        asked = self.bulk(client, name, [ready, draft])
        assert asked.status_code == 200
        assert "Raw draft" in asked.text
        count = re.search(r'name="expected_count" value="(\d+)"', asked.text)[1]
        done = self.bulk(client, name, [ready, draft], confirmed="1", expected_count=count)
        assert done.status_code == 303
        db.session.refresh(ready)
        db.session.refresh(draft)
        assert (ready.state.value, draft.state) == (state, SurveyState.DRAFT)

    def test_delete(self, client, root):
        one, two, three = (make_survey(root) for _ in range(3))
        done = self.bulk(client, "delete", [one, two], confirmed="1", expected_count="2")
        assert done.status_code == 303
        for survey in (one, two, three):
            db.session.refresh(survey)
        assert [survey.deleted_at is not None for survey in (one, two, three)] == [True, True, False]


class TestVersions:
    def test_they_are_listed(self, client, root):
        survey = make_survey(root)
        path = f"/admin/survey/{survey.id}/versions"
        assert "Not published yet" in client.get(path).text
        with unit_of_work():
            version = operations.publish_survey(survey, actor=root)
        page = client.get(path)
        assert page.status_code == 200
        assert version.sha256 in page.text
        assert "root" in page.text
        with unit_of_work():
            operations.delete_survey(survey, actor=root)
        assert client.get(path).status_code == 404

    def test_a_stranger_finds_nothing(self, client):
        survey = make_survey(published=True)
        login(client, make_user("stan", make_role("Own", survey="CRUD:own")))
        assert client.get(f"/admin/survey/{survey.id}/versions").status_code == 404
        login(client, make_user("nina", None))
        assert client.get(f"/admin/survey/{survey.id}/versions").status_code == 403


def test_questions_are_filtered(client, root):
    make_survey(root, title="Alpha")
    for query, there in (
        ("g1.type=decimal", "Your height in metres"),
        ("g1.survey_title_contains=alph", "Your age"),
        ("g1.required=1", "Your age"),
        ("search=habits", "How often do you"),
    ):
        page = client.get("/admin/question/?" + query)
        assert there in page.text, query
    assert "Your height" not in client.get("/admin/question/?g1.required=1").text
