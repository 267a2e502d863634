"""The screen for users."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from admin_app.accounts.models import User, UserStatus
from admin_app.core.db import db
from tests.factories import PASSWORD, builtin_role, login, make_role, make_user

FIELDS = {"username": "berta", "name": "Berta B", "email": "berta@example.org", "status": "active"}


@pytest.fixture
def admin(client):
    user = make_user(name="Anna A")
    login(client, user)
    return user


def as_role(client, role):
    user = make_user("worker", role)
    login(client, user)
    return user


def found(username):
    return db.session.scalar(select(User).where(User.username == username))


def edit(post, user, page=None, **changes):
    fields = {
        "username": user.username, "name": user.name, "email": user.email, "status": user.status.value,
        "roles": [str(role.id) for role in user.roles], "notes": user.notes, "lock_version": str(user.lock_version),
        **changes,
    }  # fmt: skip
    return post(f"/admin/user/edit/?id={user.id}", fields, **({"page": page} if page else {}))


class TestUsers:
    def test_the_list(self, client, admin):
        make_user("berta", "viewer", name="Berta B")
        page = client.get("/admin/user/").text
        for text in ("anna", "Berta B", "berta@example.org", "Administrator", "Viewer"):
            assert text in page

    @pytest.mark.parametrize("query", ["?search=bert", "?search=Berta", "?search=BERTA@EX"])
    def test_search(self, client, admin, query):
        make_user("berta", "viewer", name="Berta B")
        make_user("clara", "analyst")
        page = client.get(f"/admin/user/{query}").text
        assert "berta@example.org" in page
        assert "clara@example.org" not in page

    def test_filters(self, client, admin):
        make_user("berta", "viewer", status=UserStatus.INACTIVE)
        make_user("clara", "analyst")
        viewer = builtin_role("viewer").id
        for query in ("g1.status=inactive", f"g1.role={viewer}"):
            page = client.get(f"/admin/user/?{query}").text
            assert "berta@example.org" in page, query
            assert "clara@example.org" not in page, query

    def test_deleted_users_are_gone(self, client, admin):
        from admin_app.core.clock import now

        user = make_user("berta", "viewer", deleted_at=now())
        assert "berta" not in client.get("/admin/user/").text
        assert client.get(f"/admin/user/details/?id={user.id}").status_code == 404

    def test_create(self, client, post, admin):
        role = builtin_role("viewer")
        fields = {
            **FIELDS,
            "password": PASSWORD,
            "password_again": PASSWORD,
            "roles": [str(role.id)],
            "notes": "<i>n</i>",
        }
        answer = post("/admin/user/new/", fields)
        assert answer.status_code == 303
        user = found("berta")
        assert (user.status, user.must_change_password, user.roles) == (UserStatus.ACTIVE, True, [role])
        assert user.notes == "<i>n</i>"
        page = client.get(f"/admin/user/details/?id={user.id}").text
        assert "<i>n</i>" in page

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"username": ""}, "Enter a user name"),
            ({"email": "nobody"}, "such as name@example.org"),
            ({"username": "anna"}, "Another user has this user name"),
            ({"password": PASSWORD}, "Passwords must match"),
            ({"password": "short", "password_again": "short"}, "at least 10"),
            ({"status": "gone"}, "Not a valid choice"),
            ({"roles": ["9999"]}, "Not a valid choice"),
            ({"roles": ["abc", "\x00"]}, "Not a valid choice"),
        ],
        ids=str,
    )
    def test_what_is_refused_keeps_what_was_typed(self, client, post, admin, fields, sentence):
        answer = post("/admin/user/new/", {**FIELDS, **fields})
        assert answer.status_code == 422
        assert sentence in answer.text
        assert "Berta B" in answer.text
        assert PASSWORD not in answer.text
        assert found("berta") is None

    def test_edit(self, client, post, admin):
        user = make_user("berta", "viewer", name="Berta B")
        assert edit(post, user, name="Berta C").status_code == 303
        assert (user.name, [role.builtin for role in user.roles]) == ("Berta C", ["viewer"])
        assert user.status is UserStatus.ACTIVE
        assert not user.must_change_password

    def test_an_older_form_is_told(self, client, post, admin):
        user = make_user("berta", "viewer")
        assert edit(post, user, name="Berta", lock_version="0").status_code == 409
        assert user.name != "Berta"

    def test_a_new_user_stays_new_until_he_has_a_password(self, client, post, admin):
        user = make_user("berta", "viewer", status=UserStatus.NEW, password_hash=None)
        assert 'value="new"' in client.get(f"/admin/user/edit/?id={user.id}").text
        assert edit(post, user, name="Berta B").status_code == 303
        assert user.status is UserStatus.NEW
        assert edit(post, user, status="active").status_code == 422
        assert edit(post, user, password=PASSWORD, password_again=PASSWORD).status_code == 303
        assert user.status is UserStatus.ACTIVE

    def test_ones_own_rights_are_not_in_the_form_and_not_taken_from_it(self, client, post, admin):
        make_user("other")
        page = client.get(f"/admin/user/edit/?id={admin.id}").text
        assert 'name="roles"' not in page
        assert 'name="status"' not in page
        assert 'name="password"' not in page
        assert edit(post, admin, status="inactive", roles=[], name="Me").status_code == 303
        assert (admin.name, admin.status) == ("Me", UserStatus.ACTIVE)
        assert [role.builtin for role in admin.roles] == ["administrator"]

    def test_the_way_to_ones_own_password(self, client, admin):
        assert "/account/password" in client.get(f"/admin/user/details/?id={admin.id}").text

    def test_roles_are_not_in_the_form_of_whoever_may_not_grant(self, client, post):
        as_role(client, make_role("Desk", user="CRU:all", role="R:all", survey="R:all"))
        assert 'name="roles"' not in client.get("/admin/user/new/").text
        assert post("/admin/user/new/", {**FIELDS, "roles": [str(builtin_role("viewer").id)]}).status_code == 303
        assert found("berta").roles == []

    def test_who_may_do_more_is_refused(self, client, post):
        boss = make_user()
        as_role(client, make_role("Desk", user="CRU:all", role="R:all", survey="R:all"))
        assert client.get(f"/admin/user/edit/?id={boss.id}").status_code == 403
        assert edit(post, boss, page="/admin/user/", name="Taken over").status_code == 403
        assert boss.name == ""

    def test_delete(self, client, post, admin):
        user = make_user("berta", "viewer")
        answer = post(
            "/admin/user/delete/", {"id": user.id, "confirmed": "1"}, page=f"/admin/user/delete/?id={user.id}"
        )
        assert answer.status_code == 303
        assert user.deleted_at is not None

    def test_nobody_deletes_himself(self, client, post, admin):
        fields = {"id": admin.id, "confirmed": "1"}
        assert post("/admin/user/delete/", fields, page="/admin/user/").status_code in {303, 403}
        assert admin.deleted_at is None

    @pytest.mark.parametrize(("action", "status"), [("activate", "active"), ("deactivate", "inactive")])
    def test_bulk(self, client, post, admin, action, status):
        users = [
            make_user("berta", "viewer"),
            make_user("clara", "viewer", status=UserStatus.INACTIVE),
        ]
        rows = {"action": action, "rowid": [str(user.id) for user in (*users, admin)]}
        question = post("/admin/user/action/", rows, page="/admin/user/")
        assert question.status_code == 200
        assert "1 user?" in question.text
        expected = re.search(r'name="expected_count" value="(\d+)"', question.text).group(1)
        answer = post(
            "/admin/user/action/", {**rows, "confirmed": "1", "expected_count": expected}, page="/admin/user/"
        )
        assert answer.status_code == 303
        assert {user.status.value for user in users} == {status}
        assert admin.status is UserStatus.ACTIVE

    def test_no_page_holds_a_hash(self, client, post, admin):
        user = make_user("berta", "viewer")
        pages = [
            client.get(f"/admin/user/{path}?id={user.id}").text for path in ("", "details/", "edit/", "delete/", "new/")
        ]
        pages.append(edit(post, user, email="x").text)
        assert "argon2" not in "".join(pages)


class TestGettingIn:
    """What an administrator does about it on a user's pages."""

    def test_who_is_created_can_be_invited_at_once(self, client, post, admin):
        answer = post("/admin/user/new/", {**FIELDS, "invite": "y"})
        assert answer.status_code == 200
        user = found("berta")
        assert user.status is UserStatus.NEW
        link = re.search(r"https?://[^\s\"<]+/account/welcome/[\w-]+", answer.text)
        assert link, "the page shows the link"
        assert client.get(link.group(0)).status_code == 200
        # Shown once: no other page has it.
        assert link.group(0) not in client.get(f"/admin/user/details/?id={user.id}").text

    def test_a_password_makes_an_invitation_needless(self, client, post, admin):
        fields = {**FIELDS, "invite": "y", "password": PASSWORD, "password_again": PASSWORD}
        assert post("/admin/user/new/", fields).status_code == 303
        assert found("berta").status is UserStatus.ACTIVE

    def test_without_either_the_page_says_so(self, client, post, admin):
        assert post("/admin/user/new/", FIELDS).status_code == 303
        page = client.get(f"/admin/user/details/?id={found('berta').id}").text
        assert "it has no password" in page
        assert f'action="/admin/user/{found("berta").id}/invite"' in page

    def test_who_is_active_gets_a_link_for_a_new_password(self, client, admin):
        user = make_user("berta", "viewer")
        assert f'action="/admin/user/{user.id}/reset-link"' in client.get(f"/admin/user/details/?id={user.id}").text

    def test_where_somebody_is_logged_in_and_the_end_of_it(self, app, client, post, admin):
        user = make_user("berta", "viewer")
        other = app.test_client()
        login(other, user)
        page = client.get(f"/admin/user/details/?id={user.id}").text
        assert "In 1 browser" in page
        assert post(f"/admin/user/{user.id}/end-sessions", {}, page="/admin/user/").status_code == 303
        assert other.get("/admin/").status_code == 303
        assert "In 1 browser" not in client.get(f"/admin/user/details/?id={user.id}").text

    def test_whoever_only_reads_sees_no_sessions_and_no_buttons(self, app, client):
        user = make_user("berta", "viewer")
        login(app.test_client(), user)
        as_role(client, "data_protection_officer")
        page = client.get(f"/admin/user/details/?id={user.id}").text
        assert "In 1 browser" not in page
        assert "reset-link" not in page


class TestStrangers:
    PATHS = (
        "user/",
        "user/new/",
        "user/edit/?id=1",
        "user/details/?id=1",
        "user/delete/?id=1",
        "role/",
        "role/details/?id=1",
    )

    @pytest.mark.parametrize("path", PATHS)
    def test_anonymous_logs_in(self, client, path):
        answer = client.get(f"/admin/{path}")
        assert answer.status_code == 303
        assert answer.location.startswith("/login")

    @pytest.mark.parametrize("path", PATHS)
    def test_without_the_letter_it_is_refused(self, client, path):
        as_role(client, "viewer")
        assert client.get(f"/admin/{path}").status_code == 403

    @pytest.mark.parametrize("path", ["user/", "user/details/?id=1", "role/"])
    def test_with_the_letter_it_is_read(self, client, path):
        as_role(client, "data_protection_officer")
        assert client.get(f"/admin/{path}").status_code == 200

    @pytest.mark.parametrize("path", ["user/new/", "user/edit/?id=1", "user/delete/?id=1"])
    def test_reading_is_not_writing(self, client, path):
        as_role(client, "data_protection_officer")
        assert client.get(f"/admin/{path}").status_code == 403

    def test_a_foreign_row_is_not_there(self, client):
        boss = make_user()
        own = as_role(client, make_role("Self", user="RU:own"))
        assert client.get(f"/admin/user/details/?id={boss.id}").status_code == 404
        assert client.get(f"/admin/user/edit/?id={boss.id}").status_code == 404
        assert client.get(f"/admin/user/details/?id={own.id}").status_code == 200
        assert "anna@example.org" not in client.get("/admin/user/").text

    def test_nothing_is_made_by_whoever_may_not(self, client, post):
        as_role(client, "data_protection_officer")
        assert post("/admin/user/new/", FIELDS, page="/account/password").status_code == 403
        assert db.session.scalar(select(func.count()).select_from(User)) == 1
