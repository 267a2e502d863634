"""Pick lists: what may be chosen is what one may see."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from admin_app.console.lookup import Lookup
from admin_app.core.db import unit_of_work
from admin_app.web import actor as web_actor
from tests.console.conftest import Visitor
from tests.console.sample import Box, PickForm, make_box

URL = "/admin/sample/ajax/lookup/?name=box"
FOUND = (
    ("", 0), ("&query=", 0), ("&query=%20", 0), ("&query=%00", 0), ("&query=%25", 0), ("&query=_", 0),
    ("&query=b&limit=-1", 1), ("&query=b&limit=0", 1), ("&query=b&limit=2", 2), ("&query=b&limit=abc", 20),
    ("&query=b&limit=99999999999999999999", 20), ("&query=b&limit=1000000", 50), ("&query=b&offset=-1", 20),
    ("&query=b&offset=99999999999999999999", 20), ("&query=b&offset=55", 5), ("&query=b&query=zzz", 20),
    ("&query=" + "b" * 5000, 0), ("&query=b&limit=1&limit=2", 1),
)  # fmt: skip


class TestLookup:
    """/ajax/lookup/"""

    def test_it_works(self, anna: FlaskClient) -> None:
        boxes = [make_box(title) for title in ("beta", "Alphabet", "gamma")]
        assert anna.get(f"{URL}&query=ET").json == [[boxes[1].id, "Alphabet"], [boxes[0].id, "beta"]]

    def test_only_what_one_may_see(self, visitor: Visitor) -> None:
        """Flask-Admin's loader knows no actor."""
        client, user = visitor(sample="R:own")
        own = make_box("box", owner_id=user.id)
        make_box("box of another")
        assert client.get(f"{URL}&query=box").json == [[own.id, "box"]]

    def test_another_resource_takes_its_own_letter(
        self, app: Flask, anna: FlaskClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        view = app.view_functions["sample.index_view"].__self__
        monkeypatch.setitem(view.lookups, "box", Lookup(Box, ("title",), resource="survey"))
        assert anna.get(f"{URL}&query=b").status_code == 403

    def test_anything_may_be_asked(self, anna: FlaskClient) -> None:
        """limit=-1, offset=-1, 10^20 and NUL are each a 500 on PostgreSQL with stock Flask-Admin; a million is run."""
        with unit_of_work() as session:
            session.add_all([Box(title=f"b{n}") for n in range(60)])
        for query, found in FOUND:
            answer = anna.get(URL + query)
            assert answer.status_code == 200, query
            assert len(answer.json) == found, query

    def test_an_unknown_name(self, anna: FlaskClient) -> None:
        for name in ("", "nothing", "__class__", "box2"):
            assert anna.get(f"/admin/sample/ajax/lookup/?name={name}&query=b").status_code == 404
        assert anna.get("/admin/sample/ajax/lookup/").status_code == 404


class TestFields:
    """Fields of forms that choose among records."""

    def form(self, monkeypatch: pytest.MonkeyPatch, user: Any, **data: Any) -> PickForm:
        monkeypatch.setattr("admin_app.console.lookup.current_actor", lambda: user)
        return PickForm(MultiDict([(name, str(one)) for name, values in data.items() for one in values]))

    def test_it_works(self, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
        _client, user = visitor(sample="R:own")
        own = [make_box(title, owner_id=user.id) for title in ("b", "a")]
        form = self.form(monkeypatch, user, one=[own[0].id], several=[own[0].id, own[1].id])
        assert form.validate()
        assert form.one.data is own[0]
        assert form.several.data == [own[1], own[0]]
        assert [choice[1] for choice in form.one.iter_choices()] == [own[1], own[0]]

    def test_what_is_not_in_the_list_is_an_error(self, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
        """A posted key outside the list was accepted by Flask-Admin's field, and dropped in silence by the other."""
        _client, user = visitor(sample="R:own")
        own, foreign = make_box("own", owner_id=user.id), make_box("x")
        hidden = make_box("y", owner_id=user.id, hidden=True)
        for bad in (foreign.id, hidden.id, "abc", "", "99999999999999999999"):
            form = self.form(monkeypatch, user, one=[own.id], several=[own.id, bad])
            assert not form.validate()
            assert form.several.errors, bad
            form = self.form(monkeypatch, user, one=[foreign.id])
            assert not form.validate()
            assert form.one.errors

    def test_a_lookup_gets_one_by_its_key(self, visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
        _client, user = visitor(sample="R:own")
        own, foreign = make_box("own", owner_id=user.id), make_box("foreign")
        monkeypatch.setattr("admin_app.console.lookup.current_actor", lambda: user)
        lookup = Lookup(Box, ("title",), resource="sample")
        assert lookup.get(str(own.id)) is own
        assert lookup.get(own.id) is own
        assert [lookup.get(key) for key in (foreign.id, "abc", None)] == [None, None, None]
        assert web_actor.NOBODY is not user
