"""The users: named to those who may see them, deleted only where nothing is lost by it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from admin_app.accounts.models import User, UserStatus
from admin_app.core.db import db, unit_of_work
from tests.factories import make_role, make_survey, make_user
from tests.helpers import count_statements


@pytest.fixture
def debug(app, monkeypatch):
    monkeypatch.setitem(app.config["CANVASS"], "DEBUG", True)


def left():
    db.session.rollback()
    return list(db.session.scalars(select(User.username).where(User.deleted_at.is_(None)).order_by(User.username)))


class TestNaming:
    def test_names_and_nothing_else(self, ask, tokens_for):
        token = tokens_for(make_user("anna"))["access"]
        make_user("Bo")
        make_user("carl", status=UserStatus.INACTIVE)
        answer = ask("/users", token=token, method="GET")
        assert answer.json == {"users": [{"username": "anna"}, {"username": "Bo"}, {"username": "carl"}]}
        assert answer.headers["Cache-Control"] == "no-store"

    def test_without_the_right(self, ask, tokens_for):
        token = tokens_for(make_user("anna", make_role(survey="R:all")))["access"]
        answer = ask("/users", token=token, method="GET")
        assert answer.status_code == 403
        assert answer.json.keys() == {"message"}

    def test_by_few_statements(self, ask, tokens_for):
        token = tokens_for(make_user("anna"))["access"]
        for number in range(20):
            make_user(f"user{number}")
        with count_statements(db.engine) as statements:
            assert len(ask("/users", token=token, method="GET").json["users"]) == 21
        assert len(statements) <= 4


class TestDeleting:
    def test_all_but_the_caller(self, ask, tokens_for, debug):
        anna = make_user("anna")
        others = [make_user("bo", "viewer"), make_user("carl", "own_surveys"), make_user("dora")]
        survey = make_survey(owner=others[1])
        answer = ask("/users", token=tokens_for(anna)["access"], method="DELETE")
        assert (answer.status_code, answer.json) == (200, {"message": "3 row(s) deleted"})
        assert left() == ["anna"]
        db.session.refresh(survey)
        assert survey.owner_id == anna.id

    def test_again_there_is_nobody(self, ask, tokens_for, debug):
        token = tokens_for(make_user("anna"))["access"]
        assert ask("/users", token=token, method="DELETE").json == {"message": "0 row(s) deleted"}
        assert left() == ["anna"]

    def test_never_in_real_use(self, ask, tokens_for):
        token = tokens_for(make_user("anna"))["access"]
        make_user("bo", "viewer")
        answer = ask("/users", token=token, method="DELETE")
        assert answer.status_code == 403
        assert "real use" in answer.json["message"]
        assert left() == ["anna", "bo"]

    @pytest.mark.parametrize("grants", ["R:all", "RD:own", "RD:shared"])
    def test_not_by_who_may_not_delete_every_user(self, ask, tokens_for, debug, grants):
        anna = make_user("anna", make_role(user=grants))
        make_user("bo", make_role("Other", survey="R:own"))
        answer = ask("/users", token=tokens_for(anna)["access"], method="DELETE")
        assert (answer.status_code, answer.json) == (403, {"message": "User anna not permited"})
        assert left() == ["anna", "bo"]

    def test_never_the_last_administrator(self, ask, tokens_for, debug):
        """Whoever may do less cannot reach him."""
        make_user("boss")
        anna = make_user("anna", make_role(user="RUD:all", survey="CRUD:all", reply="CRUD:all"))
        make_user("bo", make_role("Other", user="R:all"))
        answer = ask("/users", token=tokens_for(anna)["access"], method="DELETE")
        assert answer.json == {"message": "1 row(s) deleted"}
        assert left() == ["anna", "boss"]

    def test_not_with_a_token_of_before(self, ask, tokens_for, debug):
        anna = make_user("anna")
        token = tokens_for(anna)["access"]
        make_user("boss")
        with unit_of_work():
            anna.roles = []
        assert ask("/users", token=token, method="DELETE").status_code == 403
        assert left() == ["anna", "boss"]
