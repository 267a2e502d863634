"""The programs that people let in, as the console shows and ends them."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select

from admin_app.accounts import operations
from admin_app.accounts.api_token_models import ApiToken
from admin_app.accounts.browsers import program_in_words
from admin_app.audit.models import AuditEntry
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ForbiddenError, NotFoundError
from admin_app.core.permissions import SYSTEM
from admin_app.web.actor import NOBODY
from tests.factories import login, make_role, make_user

OWN = "/account/sessions"


def let_in(user, user_agent="curl/8.5.0"):
    with unit_of_work():
        operations.start_program(user, user_agent=user_agent)
    return list(db.session.scalars(select(ApiToken.id).where(ApiToken.user_id == user.id).order_by(ApiToken.id)))


def left(user):
    db.session.rollback()
    return db.session.scalar(select(func.count()).select_from(ApiToken).where(ApiToken.user_id == user.id))


def entries():
    db.session.rollback()
    query = select(AuditEntry).where(AuditEntry.action == "user.revoke_tokens").order_by(AuditEntry.id)
    return list(db.session.scalars(query))


@pytest.fixture
def berta(app):
    return make_user("berta", "viewer")


class TestOwn:
    def test_they_stand_on_the_accounts_page(self, client, berta):
        login(client, berta)
        assert "Programs with access" not in client.get(OWN).text
        let_in(berta)
        page = client.get(OWN).text
        for text in ("Programs with access", "curl 8.5.0", "Access token", "Refresh token", "Not used yet", "Expires"):
            assert text in page
        with unit_of_work() as session:
            session.scalars(select(ApiToken).limit(1)).one().last_used_at = now()
        assert "Last used" in client.get(OWN).text

    def test_one_is_revoked(self, client, post, berta):
        login(client, berta)
        first, second = let_in(berta)
        answer = post("/account/tokens/revoke", {"id": first}, page=OWN)
        assert (answer.status_code, answer.location) == (303, OWN)
        assert "1 token is revoked." in client.get(OWN).text
        assert list(db.session.scalars(select(ApiToken.id))) == [second]
        entry = entries()[0]
        assert (entry.actor_id, entry.record_id, entry.changes) == (berta.id, berta.id, {"revoked_tokens": [None, 1]})

    def test_all_are_revoked(self, client, post, berta):
        login(client, berta)
        let_in(berta)
        assert post("/account/tokens/revoke", page=OWN).status_code == 303
        assert "2 tokens are revoked." in client.get(OWN).text
        assert left(berta) == 0
        assert entries()[0].changes == {"revoked_tokens": [None, 2]}
        assert post("/account/tokens/revoke", page=OWN).status_code == 303
        assert "There was no token left to revoke." in client.get(OWN).text
        assert len(entries()) == 1
        # One's own browser stays.
        assert client.get("/admin/").status_code == 200

    @pytest.mark.parametrize("key", ["0", "", "abc", "-1", "99999999999999999999"])
    def test_none_of_ones_own(self, client, post, berta, key):
        login(client, berta)
        let_in(berta)
        assert post("/account/tokens/revoke", {"id": key}, page=OWN).status_code == 404
        assert left(berta) == 2

    def test_not_somebody_elses(self, client, post, berta):
        other = make_user("carl", "viewer")
        key = let_in(other)[0]
        login(client, berta)
        assert post("/account/tokens/revoke", {"id": key}, page=OWN).status_code == 404
        assert left(other) == 2
        assert entries() == []

    def test_needs_the_forms_token(self, client, berta):
        login(client, berta)
        let_in(berta)
        assert client.post("/account/tokens/revoke").status_code == 400
        assert left(berta) == 2


class TestOfOthers:
    def page(self, user):
        return f"/admin/user/details/?id={user.id}"

    def test_they_stand_on_the_users_page(self, client, berta):
        login(client, make_user())
        assert "Programs with access" not in client.get(self.page(berta)).text
        let_in(berta, "python-requests/2.32.3")
        page = client.get(self.page(berta)).text
        assert "Programs with access" in page
        assert "python-requests 2.32.3" in page

    def test_by_who_may_change_users(self, client, post, berta):
        boss = make_user()
        login(client, boss)
        first, _second = let_in(berta)
        let_in(boss)
        answer = post(f"/admin/user/{berta.id}/revoke", {"id": first}, page=OWN)
        assert (answer.status_code, answer.location) == (303, self.page(berta))
        assert left(berta) == 1
        assert post(f"/admin/user/{berta.id}/revoke", page=OWN).status_code == 303
        assert (left(berta), left(boss)) == (0, 2)
        assert [(one.actor_id, one.record_id) for one in entries()] == [(boss.id, berta.id)] * 2

    @pytest.mark.parametrize(
        ("grants", "status"), [({"user": "R:all"}, 403), ({"survey": "R:all"}, 403), ({"user": "U:all"}, 404)]
    )
    def test_not_by_others(self, client, post, berta, grants, status):
        key = let_in(berta)[0]
        login(client, make_user("carl", make_role(**grants)))
        for data in ({"id": key}, {}):
            assert post(f"/admin/user/{berta.id}/revoke", data, page=OWN).status_code == status
        assert "curl" not in client.get(self.page(berta)).text
        assert left(berta) == 2
        assert entries() == []

    def test_not_those_of_who_may_do_as_much(self, client, post):
        boss = make_user()
        let_in(boss)
        login(client, make_user("carl", make_role(user="RU:all")))
        assert post(f"/admin/user/{boss.id}/revoke", page=OWN).status_code == 403
        assert "curl" not in client.get(self.page(boss)).text
        assert left(boss) == 2

    @pytest.mark.parametrize("key", ["0", "abc", "99999999999999999999"])
    def test_of_nobody(self, client, post, berta, key):
        let_in(berta)
        login(client, make_user())
        assert post(f"/admin/user/{key}/revoke", page=OWN).status_code == 404
        assert left(berta) == 2

    def test_the_operation_asks_by_itself(self, berta):
        key = let_in(berta)[0]
        for actor in (NOBODY, make_user("carl", make_role(user="R:all"))):
            for end in (
                lambda actor=actor: operations.revoke_tokens(berta, actor=actor),
                lambda actor=actor: operations.revoke_token(berta, key, actor=actor),
            ):
                with pytest.raises((ForbiddenError, NotFoundError)), unit_of_work():
                    end()
        assert left(berta) == 2
        with unit_of_work():
            assert operations.revoke_tokens(berta, actor=SYSTEM) == 2

    def test_the_list_tells_who_registered_himself(self, client, berta):
        login(client, make_user())
        with unit_of_work():
            data = {"username": "dora", "email": "dora@example.org"}
            operations.create_user(data, actor=SYSTEM, origin="api")
        assert client.get("/admin/user/").text.count(">API<") == 1
        chosen = client.get("/admin/user/?g1.origin=api").text
        assert ">dora<" in chosen
        assert ">berta<" not in chosen
        assert "Registered through the API" in chosen


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        ("", "A program that does not say what it is"),
        ("curl/8.5.0", "curl 8.5.0"),
        ("python-requests/2.32.3", "python-requests 2.32.3"),
        ("PostmanRuntime/7.43.0 else", "PostmanRuntime 7.43.0"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox on Linux"),
        ("something", "Another browser"),
    ],
)
def test_what_a_program_says_it_is(user_agent, words):
    assert program_in_words(user_agent) == words
