"""What people call a stored field, in the log and where two people save the same."""

from __future__ import annotations

import pytest

from admin_app.audit.operations import record
from admin_app.console.field_words import field_words
from admin_app.core.db import unit_of_work
from admin_app.core.permissions import SYSTEM
from tests.factories import login, make_reply, make_survey, make_user

GERMAN = {"Accept-Language": "de"}


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("title", "Heading"),
        ("owner_id", "Owner"),
        ("deleted_at", "Deleted"),
        ("role_id", "Role"),
        ("ever_so_new", "ever so new"),
    ],
)
def test_the_label_of_its_column_else_a_word_else_its_name(app, name, words):
    assert field_words(name, {"title": "Heading", "owner": "Owner"}) == words


def test_without_a_screen(app):
    assert field_words("value") == "Value"


def test_the_log_names_fields_as_the_reader_does(app, client):
    login(client, make_user("anna"))
    survey = make_survey()
    with unit_of_work():
        entry = record("survey.update", survey, actor=SYSTEM, changes={"reply_limit": (None, 3), "owner_id": (1, 2)})
    page = client.get(f"/admin/audit/details/?id={entry.id}", headers=GERMAN).text
    assert "Höchstzahl an Rückmeldungen" in page
    assert "Gehört" in page
    assert "reply limit" not in page


def test_a_reply_is_called_so_in_the_reader_s_language(app, client):
    login(client, make_user("anna"))
    reply = make_reply(make_survey(opened=True))
    page = client.get(f"/admin/reply/details/?id={reply.id}", headers=GERMAN).text
    assert f"<h1>Rückmeldung {reply.public_id}</h1>" in page
    assert "Formular" in page
