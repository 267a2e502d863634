"""Deleting asks first; and no form of the console does anything without its token."""

from __future__ import annotations

import re

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from admin_app.audit.models import AuditEntry
from admin_app.core.db import db
from tests.console.conftest import Visitor
from tests.console.sample import Box, make_box, titles
from tests.helpers import send, token_of


class TestDelete:
    """/delete/"""

    def test_it_asks_first(self, anna: FlaskClient) -> None:
        """With scripts blocked, Flask-Admin's one click deletes without a question."""
        box = make_box("dear")
        page = anna.get(f"/admin/sample/delete/?id={box.id}")
        assert page.status_code == 200
        assert "Delete “dear”?" in page.text
        assert send(anna, "/admin/sample/delete/", {"id": box.id}).status_code == 200
        assert titles() == ["dear"]

    def test_it_deletes_once_that_is_answered(self, anna: FlaskClient) -> None:
        box = make_box("dear")
        page = anna.get(f"/admin/sample/delete/?id={box.id}").text
        fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))
        answer = anna.post("/admin/sample/delete/", data={**fields, "csrf_token": token_of(page)})
        assert answer.status_code == 303
        assert titles() == []
        assert db.session.scalars(select(AuditEntry.action)).all() == ["sample.delete"]

    def test_a_refusal_is_told(self, anna: FlaskClient) -> None:
        box = make_box("kept")
        answer = send(anna, "/admin/sample/delete/", {"id": box.id, "confirmed": "1"})
        assert answer.location == f"/admin/sample/details/?id={box.id}"
        assert "It is needed." in anna.get("/admin/sample/").text
        assert titles() == ["kept"]


class TestTokens:
    """Every form of the console needs the token of the session that it was shown in."""

    @pytest.mark.parametrize(
        ("path", "fields"),
        [
            ("new/", {"title": "made"}),
            ("edit/?id=1", {"title": "changed", "lock_version": "1"}),
            ("delete/", {"id": "1", "confirmed": "1"}),
            ("action/", {"action": "switch_off", "rowid": "1", "confirmed": "1", "expected_count": "1"}),
            ("publish/", {}),
            ("touch/", {"id": "1"}),
        ],
    )
    def test_without_it_nothing_happens(self, visitor: Visitor, path: str, fields: dict[str, str]) -> None:
        """Flask-Admin takes every one of these without any token."""
        client, _user = visitor(sample="CRUD:all")
        other, _other = visitor("berta", sample="CRUD:all")
        box = make_box("stays")
        assert box.id == 1
        foreign = token_of(other.get("/admin/sample/").text)
        for token in ({}, {"csrf_token": ""}, {"csrf_token": "nonsense"}, {"csrf_token": foreign}):
            answer = client.post(f"/admin/sample/{path}", data={**fields, **token})
            assert answer.status_code == 400
        assert titles(Box.active.is_(True)) == ["stays"]
