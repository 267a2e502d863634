"""The first start: a link that works once."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from sqlalchemy import func, select, update

from admin_app.accounts import operations
from admin_app.accounts.models import OneTimeToken, User
from admin_app.accounts.queries import first_administrator, needs_setup
from admin_app.audit.models import AuditEntry
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ConflictError, NotFoundError
from tests.factories import PASSWORD, make_user
from tests.helpers import token_of

FIELDS = {
    "username": "root",
    "name": "Rosa Root",
    "email": "root@example.org",
    "password": PASSWORD,
    "password_again": PASSWORD,
}


@pytest.fixture
def token(app):
    with unit_of_work():
        return operations.issue_setup_token()


def users():
    return db.session.scalar(select(func.count()).select_from(User))


class TestSetup:
    def test_it_works(self, client, post, token):
        assert needs_setup()
        answer = post(f"/setup/{token}", FIELDS)
        assert (answer.status_code, answer.location) == (303, "/admin/")
        user = first_administrator()
        assert (user.username, user.label, user.must_change_password) == ("root", "Rosa Root", False)
        assert user.crud("user") == "CRUD"
        assert not needs_setup()
        assert client.get("/account/password").status_code == 200
        assert db.session.scalars(select(AuditEntry.action)).one() == "user.create"

    def test_it_is_gone_afterwards(self, app, client, post, token):
        post(f"/setup/{token}", FIELDS)
        assert app.test_client().get(f"/setup/{token}").status_code == 404
        assert app.test_client().get("/setup/").status_code == 404

    def test_it_is_gone_for_a_page_that_stood_open(self, client, post, token):
        open_page = token_of(client.get(f"/setup/{token}").text)
        make_user()
        answer = client.post(f"/setup/{token}", data={**FIELDS, "csrf_token": open_page})
        assert answer.status_code == 404
        assert users() == 1

    @pytest.mark.parametrize("other", ["x", "x" * 3000, "%00", "%ED%A0%80", "..", "a.b"])
    def test_another_token_opens_nothing(self, client, token, other):
        assert client.get(f"/setup/{other}").status_code in {400, 404}

    def test_it_ends_after_a_day(self, client, token):
        with unit_of_work() as session:
            session.execute(update(OneTimeToken).values(expires_at=now() - dt.timedelta(seconds=1)))
        assert client.get(f"/setup/{token}").status_code == 404

    def test_a_new_link_ends_the_old_one(self, client, token):
        with unit_of_work():
            newer = operations.issue_setup_token()
        assert client.get(f"/setup/{token}").status_code == 404
        assert client.get(f"/setup/{newer}").status_code == 200

    def test_the_token_is_kept_as_a_hash_only(self, token):
        assert token not in db.session.scalars(select(OneTimeToken.token_hash)).one()

    def test_there_is_no_link_once_there_is_a_user(self, app):
        make_user()
        with pytest.raises(ConflictError, match="users already"), unit_of_work():
            operations.issue_setup_token()

    def test_a_deleted_user_was_one_too(self, app):
        """Deleting everybody must not open the first page to the world."""
        make_user(deleted_at=now())
        assert not needs_setup()

    def test_it_needs_the_forms_token(self, client, token):
        assert client.post(f"/setup/{token}", data=FIELDS).status_code == 400
        assert users() == 0


class TestRefusals:
    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"password_again": "another password"}, "Passwords must match"),
            ({"password": "short", "password_again": "short"}, "at least 10 characters"),
            ({"password": "root@example.org", "password_again": "root@example.org"}, "not your name"),
            ({"username": ""}, "Enter a user name"),
            ({"username": "a\u202eb"}, "can be seen"),
            ({"email": "root"}, "such as name@example.org"),
            ({"email": ""}, "Enter an e-mail address"),
        ],
    )
    def test_nothing_typed_is_lost_but_passwords(self, client, post, token, fields, sentence):
        answer = post(f"/setup/{token}", {**FIELDS, **fields})
        assert answer.status_code == 422
        assert sentence in answer.text
        assert "Rosa Root" in answer.text
        assert PASSWORD not in answer.text
        assert users() == 0
        assert client.get(f"/setup/{token}").status_code == 200


def test_of_two_at_once_one_is_let_in(app, token):
    outcomes, start = [], threading.Barrier(2)

    def open_it(name):
        data = {**FIELDS, "username": name, "email": f"{name}@example.org"}
        with app.app_context():
            start.wait(30)
            try:
                with unit_of_work():
                    operations.set_up(token, data, hours=1)
                outcomes.append("in")
            except NotFoundError:
                outcomes.append("late")
            db.session.remove()

    threads = [threading.Thread(target=open_it, args=(name,)) for name in ("eva", "otto")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(outcomes) == ["in", "late"]
    assert users() == 1


class TestCreateAdmin:
    def run(self, cli, *more, password=PASSWORD + "\n"):
        return cli("create-admin", "--username", "root", "--email", "root@example.org", *more, input=password)

    def test_it_works(self, cli, post):
        done = self.run(cli, "--password-stdin")
        assert done.exit_code == 0, done.output
        assert first_administrator().username == "root"
        answer = post("/login", {"username": "root", "password": PASSWORD})
        assert answer.location == "/admin/"

    def test_it_asks_for_the_password_twice_and_hides_it(self, cli, app):
        done = self.run(cli, password=f"{PASSWORD}\n{PASSWORD}\n")
        assert done.exit_code == 0, done.output
        assert PASSWORD not in done.output

    def test_a_second_one_is_fine(self, cli, app):
        make_user()
        assert self.run(cli, "--password-stdin").exit_code == 0

    def test_a_taken_name_is_a_sentence(self, cli, app):
        make_user("root")
        done = self.run(cli, "--password-stdin")
        assert done.exit_code == 1
        assert "Another user has this user name" in done.stderr
        assert users() == 1

    @pytest.mark.parametrize(
        ("password", "sentence"),
        [
            ("short\n", "at least 10"),
            ("", "no password"),
            ("\n", "no password"),
            (b"\xff\xfe\n", "not UTF-8"),
            ("x" * 2000 + "\n", "at most 1024"),
        ],
    )
    def test_a_bad_password_is_a_sentence(self, cli, app, password, sentence):
        done = self.run(cli, "--password-stdin", password=password)
        assert done.exit_code == 1
        assert sentence in done.stderr
        assert users() == 0

    def test_wrong_usage_is_another_code(self, cli, app):
        assert cli("create-admin", "--username", "root").exit_code == 2

    def test_without_tables_it_says_what_to_do(self, tmp_path):
        from admin_app import create_app
        from admin_app.cli import main

        empty = create_app({"INSTANCE": tmp_path})
        done = self.run(
            lambda *args, **options: empty.test_cli_runner().invoke(main, args, **options), "--password-stdin"
        )
        assert done.exit_code == 1
        assert "canvass migrate" in done.stderr
