"""/admin/setting/: what is shown, saved, refused, and what becomes of a page that is out of date."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from admin_app.accounts.models import User
from admin_app.audit.models import AuditEntry
from admin_app.core.db import db, unit_of_work
from admin_app.settings import queries
from admin_app.settings.definitions import SETTINGS_REGISTRY
from admin_app.settings.models import StoredSetting
from admin_app.settings.operations import change_settings
from admin_app.settings.queries import value
from tests.helpers import count_statements, send

PAGE = "/admin/setting/"


@pytest.fixture
def ada(visitor) -> FlaskClient:
    """The browser of somebody who may change settings, and read the log."""
    return visitor("ada", "setting.change", audit="R:all")[0]


def ada_herself() -> User:
    return db.session.scalars(select(User).where(User.username == "ada")).one()


def change(**data) -> None:
    with unit_of_work():
        change_settings(data, actor=ada_herself())


def typed(client: FlaskClient, **changes: str) -> dict[str, str]:
    """The form of the page as a browser sends it, with `changes`."""
    page = client.get(PAGE).text
    fixed = queries.fixed_settings()
    fields = {name: str(value(name)) for name in SETTINGS_REGISTRY if name not in fixed}
    revision = re.search(r'name="revision"[^>]*value="(\d+)"', page)
    assert revision, "the page names no revision"
    return {**fields, "revision": revision.group(1), **changes}


def stored() -> tuple[dict[str, object], int]:
    """All that a refusal must leave as it is."""
    db.session.rollback()
    rows = {row.name: row.value for row in db.session.scalars(select(StoredSetting))}
    return rows, db.session.scalar(select(func.count()).select_from(AuditEntry)) or 0


def field(page: str, name: str) -> str:
    """The markup of one setting: from its label to the next setting."""
    found = re.search(rf'<label class="cv-label" for="{name}">.*?(?=<div class="cv-setting">|</fieldset>)', page, re.S)
    assert found, f"{name} is not on the page"
    return found.group()


class TestShown:
    def test_every_setting_with_its_help_and_default(self, ada):
        page = ada.get(PAGE).text
        for name, definition in SETTINGS_REGISTRY.items():
            assert definition.label in page
            assert definition.help in field(page, name)
            assert f"Default: {definition.shown(definition.default)}." in field(page, name)
        assert "Installation" in page
        assert "Sign-in" in page

    def test_who_changed_it_last(self, ada):
        change(session_hours=8)
        shown = field(ada.get(PAGE).text, "session_hours")
        assert 'value="8"' in shown
        assert "Changed by" in shown
        assert "ada" in shown
        assert 'name="reset" value="session_hours"' in shown

    def test_what_has_its_default_again_still_says_who_did_that(self, ada):
        change(session_hours=8)
        change(session_hours=12)
        shown = field(ada.get(PAGE).text, "session_hours")
        assert "Changed by" in shown
        assert 'name="reset"' not in shown

    def test_what_the_environment_fixes_says_so_and_cannot_be_typed_in(self, ada, app: Flask, monkeypatch):
        monkeypatch.setitem(app.extensions["canvass.settings"].fixed, "session_hours", 5)
        change_by_row("session_hours", 8)
        shown = field(ada.get(PAGE).text, "session_hours")
        assert 'value="5"' in shown
        assert " disabled" in shown
        assert "Fixed by CANVASS_SESSION_HOURS" in shown
        assert 'name="reset"' not in shown

    def test_what_another_process_changed_is_there_at_once(self, ada):
        ada.get(PAGE)
        change_by_row("session_hours", 8)
        assert 'value="8"' in field(ada.get(PAGE).text, "session_hours")

    def test_the_menu_leads_to_it_for_those_who_may(self, ada, anna):
        assert f'href="{PAGE}"' in ada.get("/admin/").text
        assert f'href="{PAGE}"' not in anna.get("/admin/").text

    def test_the_log_is_linked_for_those_who_may_read_it(self, ada, visitor):
        assert "search=setting.change" in ada.get(PAGE).text
        assert "search=setting.change" not in visitor("bob", "setting.change")[0].get(PAGE).text

    def test_it_takes_few_statements(self, ada, app: Flask):
        ada.get(PAGE)
        with count_statements(db.engine) as seen:
            ada.get(PAGE)
        assert len(seen) <= 8, seen


def change_by_row(name: str, content: object) -> None:
    """Write a row as another process does."""
    with unit_of_work() as session:
        session.add(StoredSetting(name=name, value=content))


class TestSave:
    def test_it_works(self, ada):
        answer = send(ada, PAGE, typed(ada, session_hours="8", organisation="Acme", language="de"), page=PAGE)
        assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)
        assert (value("session_hours"), value("organisation"), value("language")) == (8, "Acme", "de")
        assert stored()[0] == {"session_hours": 8, "organisation": "Acme", "language": "de"}
        assert stored()[1] == 3

    def test_it_says_how_many(self, ada):
        send(ada, PAGE, typed(ada, session_hours="8", login_attempts="5"), page=PAGE)
        assert "2 settings are saved." in ada.get(PAGE).text
        send(ada, PAGE, typed(ada, session_hours="9"), page=PAGE)
        assert "One setting is saved." in ada.get(PAGE).text

    def test_what_is_the_same_is_not_saved(self, ada):
        before = stored()
        assert send(ada, PAGE, typed(ada), page=PAGE).status_code == 303
        assert stored() == before
        assert "Nothing was different" in ada.get(PAGE).text

    def test_fields_that_were_not_sent_stay(self, ada):
        change(login_attempts=5)
        revision = typed(ada)["revision"]
        assert send(ada, PAGE, {"session_hours": "8", "revision": revision}, page=PAGE).status_code == 303
        assert stored()[0] == {"login_attempts": 5, "session_hours": 8}

    def test_the_organisation_stands_on_the_login_page(self, ada, client):
        change(organisation="Acme <b>Ltd</b>")
        assert "Acme &lt;b&gt;Ltd&lt;/b&gt;" in client.get("/login").text


class TestRefused:
    @pytest.mark.parametrize(
        ("name", "text", "sentence"),
        [
            ("session_hours", "0", "Enter a whole number from 1 to 8,760."),
            ("session_hours", "", "Enter a whole number"),
            ("session_hours", "１２", "Enter a whole number"),
            ("session_hours", "12\x00", "Enter a whole number"),
            ("organisation", "   ", "Enter one line of 1 to 80 characters."),
            ("organisation", "x" * 81, "Enter one line"),
            ("organisation", "\u202egnirts", "Enter one line"),
            ("language", "tlh", "Choose one of the list."),
            ("time_zone", "../etc/passwd", "Choose one of the list."),
        ],
    )
    def test_what_cannot_be_taken_is_said_at_its_field_and_nothing_typed_is_lost(self, ada, name, text, sentence):
        before = stored()
        answer = send(ada, PAGE, typed(ada, login_attempts="7", **{name: text}), page=PAGE)
        assert answer.status_code == 422
        assert sentence in field(answer.text, name)
        assert 'value="7"' in field(answer.text, "login_attempts")
        assert "One field needs another look" in answer.text
        assert stored() == before

    @pytest.mark.parametrize("name", ["is_admin", "id", "value", "updated_by_id", "SESSION_HOURS", "session_hours[]"])
    def test_a_forged_field_is_refused_in_a_sentence(self, ada, name):
        before = stored()
        answer = send(ada, PAGE, typed(ada, login_attempts="7", **{name: "1"}), page=PAGE)
        assert answer.status_code == 422
        assert f"There is no setting “{name}”. Nothing was saved." in answer.text
        assert 'value="7"' in field(answer.text, "login_attempts")
        assert stored() == before

    def test_a_field_that_the_environment_fixes(self, ada, app: Flask, monkeypatch):
        monkeypatch.setitem(app.extensions["canvass.settings"].fixed, "session_hours", 5)
        before = stored()
        answer = send(ada, PAGE, typed(ada, login_attempts="7", session_hours="8"), page=PAGE)
        assert answer.status_code == 422
        assert "CANVASS_SESSION_HOURS fixes this" in field(answer.text, "session_hours")
        assert 'value="5"' in field(answer.text, "session_hours")
        assert stored() == before
        assert value("session_hours") == 5

    def test_without_a_token_of_the_session(self, ada):
        before = stored()
        assert ada.post(PAGE, data=typed(ada, session_hours="8")).status_code == 400
        assert stored() == before

    def test_without_the_right(self, anna, visitor):
        before = stored()
        for client in (anna, visitor("eve", setting="CRUD:all")[0]):
            answer = client.get(PAGE)
            assert answer.status_code == 403
            assert send(client, PAGE, {"session_hours": "8"}).status_code == 403
            assert send(client, PAGE, {"reset": "session_hours"}).status_code == 403
        assert stored() == before

    def test_strangers_log_in(self, client):
        assert client.get(PAGE).headers["Location"].startswith("/login")


class TestReset:
    def test_it_works(self, ada):
        change(session_hours=8)
        answer = send(ada, PAGE, typed(ada, reset="session_hours"), page=PAGE)
        assert answer.status_code == 303
        assert stored()[0] == {}
        assert "“A login lasts” has its default again." in ada.get(PAGE).text

    def test_what_else_was_typed_is_neither_saved_nor_lost(self, ada):
        change(session_hours=8)
        answer = send(ada, PAGE, typed(ada, reset="session_hours", login_attempts="7", language="tlh"), page=PAGE)
        assert answer.status_code == 200
        assert 'value="7"' in field(answer.text, "login_attempts")
        assert 'value="12"' in field(answer.text, "session_hours")
        assert 'data-changed="1"' in answer.text
        assert stored()[0] == {}

    @pytest.mark.parametrize("name", ["nonsense", "", "csrf_token"])
    def test_of_what_is_no_setting_is_refused(self, ada, name):
        before = stored()
        answer = send(ada, PAGE, typed(ada, reset=name), page=PAGE)
        assert answer.status_code == 422
        assert "There is no setting" in answer.text
        assert stored() == before


class TestTwoTabs:
    def test_a_page_that_is_out_of_date_is_told_what_changed_and_keeps_what_was_typed(self, ada):
        stale = typed(ada, session_hours="8")
        change(session_hours=6)
        before = stored()
        answer = send(ada, PAGE, stale, page=PAGE)
        assert answer.status_code == 409
        assert "changed settings meanwhile: A login lasts" in answer.text
        assert 'value="8"' in field(answer.text, "session_hours")
        assert "has set this to 6 hours meanwhile" in field(answer.text, "session_hours")
        assert stored() == before

    def test_saving_again_puts_it_in_its_place(self, ada):
        stale = typed(ada, session_hours="8")
        change(session_hours=6)
        page = send(ada, PAGE, stale, page=PAGE).text
        revision = re.search(r'name="revision"[^>]*value="(\d+)"', page)
        assert revision
        assert send(ada, PAGE, {**stale, "revision": revision.group(1)}, page=PAGE).status_code == 303
        assert stored()[0] == {"session_hours": 8}

    def test_what_one_did_not_touch_is_taken_over(self, ada):
        """Else saving again would put back what somebody else has just changed."""
        stale = typed(ada, login_attempts="7")
        change(session_hours=6)
        page = send(ada, PAGE, stale, page=PAGE).text
        assert 'value="6"' in field(page, "session_hours")
        assert "meanwhile" not in field(page, "session_hours")
        assert 'value="7"' in field(page, "login_attempts")

    def test_resetting_from_it_is_refused_too(self, ada):
        change(session_hours=8)
        stale = typed(ada, reset="session_hours")
        change(session_hours=6)
        before = stored()
        assert send(ada, PAGE, stale, page=PAGE).status_code == 409
        assert stored() == before

    @pytest.mark.parametrize("revision", ["", "-5", "x", "9" * 30, "\x00"])
    def test_without_a_revision_that_can_be_one_nothing_is_saved(self, ada, revision):
        before = stored()
        answer = send(ada, PAGE, {**typed(ada, session_hours="8"), "revision": revision}, page=PAGE)
        assert answer.status_code == 409
        assert 'value="8"' in field(answer.text, "session_hours")
        assert stored() == before
