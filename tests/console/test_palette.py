"""The search over everything: what is found, for whom, in how many statements, and what was typed by mistake."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from admin_app.audit.operations import record
from admin_app.console.palette import SEARCH_PROVIDERS, Hit, HitGroup
from admin_app.core.db import db, unit_of_work
from admin_app.core.permissions import SYSTEM
from admin_app.surveys import operations as surveys
from tests import factories
from tests.helpers import count_statements, send

FOUND = "/admin/search/found"


@pytest.fixture
def anna(app, client) -> FlaskClient:
    """A browser of an administrator."""
    factories.login(client, factories.make_user("anna", name="Anna Albers"))
    return client


def found(client: FlaskClient, words: str = "") -> str:
    """What is found, as the dialog gets it."""
    answer = client.get(FOUND, query_string={"q": words})
    assert answer.status_code == 200
    text: str = answer.text
    return text


class TestRecords:
    def test_of_every_kind_lead_to_their_pages(self, anna):
        survey = factories.make_survey(title="Käsekuchen", published=True)
        reply = factories.make_reply(survey)
        user = factories.make_user("kaesemann", "viewer", name="Kasimir")
        role = factories.make_role("Kasse")
        page = found(anna, "KÄS")
        for address in (f"/admin/survey/details/?id={survey.id}", f"/admin/user/details/?id={user.id}"):
            assert f'href="{address}"' in page
        assert f'href="/admin/role/details/?id={role.id}"' in found(anna, "kasse")
        assert f'href="/admin/reply/details/?id={reply.id}"' in found(anna, reply.public_id)
        assert "/admin/question/details/" in found(anna, survey.questions[0].label)

    def test_those_that_begin_with_it_come_first_and_the_rest_is_in_the_list(self, anna):
        for number in range(7):
            factories.make_survey(title=f"New lunch {number}")
        factories.make_survey(title="Lunch of old")
        factories.make_survey(title="Not this")
        page = found(anna, "lunch")
        assert page.index("Lunch of old") < page.index("New lunch 6")
        assert page.count("New lunch") == 4
        assert 'href="/admin/survey/?search=lunch"' in page
        assert "Not this" not in page

    def test_only_those_that_the_actor_sees(self, app, client):
        factories.make_survey(owner=factories.make_user("olga"), title="Secret lunch")
        theo = factories.make_user("theo", factories.make_role("Own", survey="R:own"))
        factories.make_survey(owner=theo, title="Own lunch")
        factories.login(client, theo)
        page = found(client, "lunch")
        assert "Own lunch" in page
        assert "Secret" not in page
        assert "olga@example.org" not in found(client, "olga")
        assert "/admin/user/" not in found(client)

    def test_none_that_are_in_the_trash(self, anna):
        survey = factories.make_survey(title="Lunch of old")
        with unit_of_work():
            surveys.delete_survey(survey, actor=SYSTEM)
        assert "Lunch of old" not in found(anna, "lunch")

    def test_words_of_replies_are_not_told(self, anna):
        survey = factories.make_survey(published=True)
        reply = factories.make_reply(survey)
        assert reply.public_id not in found(anna, "well")

    def test_changed_last(self, app, client):
        user = factories.make_user("anna")
        factories.login(client, user)
        for title in ("Lunch", "Supper"):
            survey = factories.make_survey(title=title)
            assert "You changed last" not in found(client)
        with unit_of_work():
            record("survey.update", survey, actor=user, changes={"listed": (False, True)})
        page = found(client)
        assert "You changed last" in page
        assert "Supper" in page
        assert "Lunch" not in page


class TestCommands:
    def test_are_found_by_the_beginning_of_their_words(self, anna):
        page = found(anna, "cre sur")
        assert 'href="/admin/survey/new/' in page
        assert "Create user" not in page
        assert 'href="/admin/survey/import"' in found(anna, "import")
        assert 'formaction="/logout"' in found(anna, "sign out")
        assert 'data-choose-theme="dark"' in found(anna, "dark")
        assert 'href="/admin/job/"' in found(anna, "jobs")

    def test_only_those_that_the_actor_may_do(self, app, client):
        factories.login(client, factories.make_user("vera", "viewer"))
        page = found(client)
        assert "Create survey" not in page
        assert "Import a survey" not in page
        assert "Invite" not in page
        assert "Log out" in page

    def test_others_can_add_what_is_found(self, anna, monkeypatch):
        def views(words: str, actor: Any) -> HitGroup | None:
            return HitGroup("Views", [Hit(f"Open {words} of {actor.label}", "/admin/survey/?view=1")])

        monkeypatch.setitem(SEARCH_PROVIDERS._members, "views", views)
        page = found(anna, "ones")
        assert "Open ones of Anna Albers" in page
        assert 'href="/admin/survey/?view=1"' in page


class TestPage:
    def test_without_a_script(self, anna):
        factories.make_survey(title="Lunch <b>")
        page = anna.get("/admin/search/?q=lunch").text
        assert "Lunch &lt;b&gt;" in page
        assert "data-choose-theme" not in page
        assert 'action="/logout"' in anna.get("/admin/search/?q=log").text

    def test_takes_few_statements(self, anna):
        for number in range(6):
            factories.make_reply(factories.make_survey(title=f"Lunch {number}", published=True))
        with count_statements(db.engine) as few:
            found(anna, "lunch")
        assert len(few) <= 16, "\n".join(few)

    @pytest.mark.parametrize(
        "words",
        ["x" * 10_000, "\x00", "%00", "\ud800".encode("utf-8", "surrogatepass"), "<script>", "' OR 1=1 --", '"', "*",
         "a " * 500, "%", "_", "\N{COMBINING DIAERESIS}", "\N{RIGHT-TO-LEFT OVERRIDE}abc"],
    )  # fmt: skip
    def test_nothing_that_is_typed_does_harm(self, anna, words):
        for address in (FOUND, "/admin/search/"):
            answer = anna.get(address, query_string={"q": words})
            assert answer.status_code in {200, 400}
            assert "<script>alert" not in answer.text
            assert "'<script>'" not in answer.text

    def test_a_stranger_is_led_to_the_login(self, client):
        for address in (FOUND, "/admin/search/", "/admin/search/shortcuts"):
            assert client.get(address).status_code == 303


class TestShortcuts:
    def test_lead_where_one_may_go(self, app, client):
        factories.login(client, factories.make_user("vera", "viewer"))
        page = client.get("/admin/search/shortcuts").text
        assert "<dt>Surveys</dt>" in page
        assert "<dt>Audit log</dt>" not in page

    def test_no_letter_leads_to_two_pages(self, app):
        letters = [view.shortcut for view in app.extensions["admin"][0]._views if view.shortcut]
        assert len(letters) == len(set(letters)) > 5

    def test_can_be_switched_off_and_on(self, anna):
        assert 'content="off"' not in anna.get("/admin/").text
        answer = send(anna, "/admin/search/shortcuts", page="/admin/search/shortcuts")
        assert answer.status_code == 303
        assert '<meta name="shortcuts" content="off">' in anna.get("/admin/").text
        send(anna, "/admin/search/shortcuts", {"on": "1"}, page="/admin/search/shortcuts")
        assert 'content="off"' not in anna.get("/admin/").text
