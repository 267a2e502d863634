"""The whole truth table: every combination of letters and scope, on one's own, a shared and a foreign survey.

What must come out is computed here from the letters alone, by the rule of the manual; what does come out is asked of
the addresses, with good tokens and forged forms.
"""

from __future__ import annotations

from itertools import product

import pytest

from admin_app.accounts.models import User
from admin_app.core.db import db, unit_of_work
from admin_app.surveys.models import Survey, SurveyShare
from tests.factories import login, make_role, make_survey, make_user
from tests.helpers import token_of

LETTERS = [
    "".join(letter for letter, held in zip("CRUD", bits, strict=True) if held) for bits in product((0, 1), repeat=4)
]
SCOPES = ("own", "shared", "all")
ROWS = ("own", "shared", "foreign")


def reaches(letters: str, scope: str, letter: str, row: str) -> bool:
    """The rule: the letter is held, and its scope includes the row. A share to edit gives R and U, never D."""
    if letter not in letters:
        return False
    if scope == "all" or row == "own":
        return True
    return row == "shared" and scope == "shared" and letter in "RU"


class Table:
    """One actor with these letters, and three surveys."""

    def __init__(self, app, letters: str, scope: str) -> None:
        grants = {"survey": f"{letters}:{scope}"} if letters else {}
        self.letters, self.scope = letters, scope
        self.actor = make_user(f"actor_{scope}", make_role(f"Role {scope}", **grants))
        other = make_user(f"other_{scope}", role=None)
        self.surveys = {
            "own": make_survey(self.actor, title=f"Own {scope}"),
            "shared": make_survey(other, title=f"Shared {scope}"),
            "foreign": make_survey(other, title=f"Foreign {scope}"),
        }
        self.other_id = other.id
        with unit_of_work() as session:
            session.add(SurveyShare(survey_id=self.surveys["shared"].id, user_id=self.actor.id, access="edit"))
        self.ids = {row: survey.id for row, survey in self.surveys.items()}
        self.client = app.test_client()
        login(self.client, self.actor)
        self.token = token_of(self.client.get("/account/password").text)

    def post(self, path: str, **data):
        return self.client.post(path, data={"csrf_token": self.token, **data})

    def survey(self, row: str) -> Survey:
        return db.session.get_one(Survey, self.ids[row])

    def may(self, letter: str, row: str) -> bool:
        # A row that is not seen cannot be acted on by any screen.
        return reaches(self.letters, self.scope, "R", row) and reaches(self.letters, self.scope, letter, row)


@pytest.fixture(params=LETTERS, ids=lambda letters: letters or "none")
def tables(request, app):
    return [Table(app, request.param, scope) for scope in SCOPES]


def each(tables):
    return [(table, row) for table in tables for row in ROWS]


def test_create(tables):
    for table in tables:
        # Whose it is to be is forged; it is made for oneself or not at all, unless one may change all surveys.
        answer = table.post("/admin/survey/new/", title="Made", owner=str(table.other_id), language="en")
        allowed = "C" in table.letters
        assert answer.status_code == (303 if allowed else 403), (table.letters, table.scope)
        made = db.session.query(Survey).filter_by(title="Made").all()
        assert len(made) == int(allowed)
        if made:
            assert made[0].owner_id == table.actor.id
            with unit_of_work() as session:
                session.delete(made[0])


def test_see(tables):
    for table, row in each(tables):
        seen = reaches(table.letters, table.scope, "R", row)
        status = table.client.get(f"/admin/survey/details/?id={table.ids[row]}").status_code
        assert status == (200 if seen else 404 if "R" in table.letters else 403), (table.letters, table.scope, row)
        page = table.client.get("/admin/survey/")
        assert (table.survey(row).title in page.text) == seen, (table.letters, table.scope, row)


def test_edit(tables):
    for table, row in each(tables):
        version = table.survey(row).lock_version
        answer = table.post(
            f"/admin/survey/edit/?id={table.ids[row]}", title="Taken over", language="en", lock_version=str(version)
        )
        done = table.may("U", row)
        assert answer.status_code in ({303} if done else {403, 404}), (table.letters, table.scope, row)
        assert (table.survey(row).title == "Taken over") == done, (table.letters, table.scope, row)


def test_delete(tables):
    for table, row in each(tables):
        answer = table.post("/admin/survey/delete/", id=str(table.ids[row]), confirmed="1")
        done = table.may("D", row)
        assert answer.status_code in ({303} if done else {403, 404}), (table.letters, table.scope, row)
        assert (table.survey(row).deleted_at is not None) == done, (table.letters, table.scope, row)


def test_bulk(tables):
    """All three at once: those that are reached go, the others stay."""
    for table in tables:
        expected = {row for row in ROWS if table.may("D", row)}
        answer = table.post(
            "/admin/survey/action/",
            action="delete",
            rowid=[str(one) for one in table.ids.values()],
            confirmed="1",
            expected_count=str(len(expected)),
        )
        allowed = "R" in table.letters and "D" in table.letters
        assert answer.status_code == (303 if allowed else 403), (table.letters, table.scope)
        assert {row for row in ROWS if table.survey(row).deleted_at is not None} == expected


def test_bulk_by_an_ability_that_is_not_held(tables):
    for table in tables:
        answer = table.post("/admin/survey/action/", action="close", rowid=str(table.ids["own"]), confirmed="1")
        assert answer.status_code == 403


@pytest.mark.parametrize("path", ["ajax/update/", "inline/", "edit/cell/"])
def test_there_is_no_other_door_for_editing(tables, path):
    """Flask-Admin's editing in cells ignores who asks; ours has no such address."""
    for table, row in each(tables):
        answer = table.post(f"/admin/survey/{path}", list_form_pk=str(table.ids[row]), title="Taken over", pk="1")
        assert answer.status_code in {404, 405}
        assert table.survey(row).title != "Taken over"


def test_lookups_tell_nothing_of_rows_out_of_reach(tables):
    for table, row in each(tables):
        if reaches(table.letters, table.scope, "R", row):
            continue
        title = table.survey(row).title
        for path in ("survey/ajax/lookup/?name=survey&query=o", "question/ajax/lookup/?name=survey&query=o"):
            answer = table.client.get(f"/admin/{path}")
            assert answer.status_code in {403, 404}
            assert title not in answer.text


def test_exports_need_their_own_right(tables):
    for table, row in each(tables):
        for path in ("/admin/survey/export/csv/", f"/admin/survey/{table.ids[row]}/results/export"):
            answer = table.client.get(path)
            assert answer.status_code in {403, 404, 405}, path
            assert "attachment" not in answer.headers.get("Content-Disposition", "")


class TestUsers:
    """Whose row a user is: his own. There is nothing shared among users."""

    @pytest.fixture(params=LETTERS, ids=lambda letters: letters or "none")
    def people(self, request, app):
        found = []
        for scope in SCOPES:
            grants = {"user": f"{request.param}:{scope}"} if request.param else {}
            actor = make_user(f"actor_{scope}", make_role(f"Role {scope}", survey="R:all", **grants))
            client = app.test_client()
            login(client, actor)
            found.append((request.param, scope, actor, make_user(f"other_{scope}", role=None), client))
        return found

    def test_edit_and_delete(self, people):
        for letters, scope, actor, other, client in people:
            token = token_of(client.get("/account/password").text)
            for row, user in (("foreign", other), ("own", actor)):
                sees = reaches(letters, scope, "R", row)
                fields = {"username": user.username, "email": user.email, "name": "Taken over", "status": "active"}
                answer = client.post(
                    f"/admin/user/edit/?id={user.id}",
                    data={**fields, "csrf_token": token, "lock_version": str(user.lock_version)},
                )
                done = sees and reaches(letters, scope, "U", row)
                assert answer.status_code in ({303} if done else {403, 404}), (letters, scope, row)
                assert (db.session.get_one(User, user.id).name == "Taken over") == done
                client.post("/admin/user/delete/", data={"id": str(user.id), "confirmed": "1", "csrf_token": token})
                # Nobody deletes himself, whatever his letters say.
                gone = sees and reaches(letters, scope, "D", row) and row != "own"
                assert (db.session.get_one(User, user.id).deleted_at is not None) == gone, (letters, scope, row)
