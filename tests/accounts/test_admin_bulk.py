"""The bulk actions of the list of users, as a browser meets them."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from admin_app.accounts.models import User, UserRole, UserStatus
from admin_app.audit.models import AuditBatch, AuditEntry
from admin_app.core.db import db
from admin_app.jobs.models import Job
from admin_app.surveys.models import Survey
from tests.accounts.many import many_users
from tests.factories import builtin_role, login, make_role, make_survey, make_user
from tests.helpers import count_statements, send, token_of

ACTION = "/admin/user/action/"
ALL = ["activate", "add_role", "deactivate", "demand_new_password", "remove_role", "delete"]


@pytest.fixture
def admin(app, client):
    user = make_user()
    login(client, user)
    return user


def helper(app, *abilities, **grants):
    """The browser of somebody who holds little, and gives roles if he may."""
    role = make_role(
        "Helpers", " ".join(abilities), **{"user": "CRUD:all", "role": "R:all", "survey": "R:all", **grants}
    )
    client = app.test_client()
    login(client, make_user("hanna", role))
    return client


def ask(client, action, *users, **fields):
    return send(client, ACTION, {"action": action, "rowid": [user.id for user in users], **fields})


def confirm(client, page, **typed):
    """Send the page with the question back as it stands, with what was chosen."""
    fields = {"csrf_token": [token_of(page)]}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page):
        fields.setdefault(name, []).append(value)
    return client.post(ACTION, data={**fields, **typed})


def told(client):
    return client.get("/admin/user/").text


def holders(role):
    db.session.rollback()
    ids = select(UserRole.user_id).where(UserRole.role_id == role.id)
    return sorted(db.session.scalars(select(User.username).where(User.id.in_(ids))))


def options(page):
    return re.findall(r"<option [^>]*>([^<]*)</option>", page)


class TestRoles:
    def test_adding_one(self, client, admin):
        editor, berta, clara = builtin_role("editor"), make_user("berta", "viewer"), make_user("clara", "editor")
        assert "You cannot do this to yourself" in ask(client, "add_role", admin, berta, clara).text
        page = ask(client, "add_role", berta, clara).text
        assert "Add a role to 2 users?" in page
        done = confirm(client, page, role=editor.id)
        assert done.status_code == 303
        assert holders(editor) == ["berta", "clara"]
        said = told(client)
        assert "1 user got the role “Editor (shared)”, 1 skipped: clara – This user has the role" in said
        batch = db.session.scalars(select(AuditBatch)).one()
        assert (batch.action, batch.records) == ("user.add_role", 1)

    def test_removing_one(self, client, admin):
        viewer, berta, clara = builtin_role("viewer"), make_user("berta", "viewer"), make_user("clara", "viewer")
        page = ask(client, "remove_role", berta, clara).text
        assert "Remove a role from 2 users?" in page
        assert confirm(client, page, role=viewer.id).status_code == 303
        assert holders(viewer) == []
        assert "2 users no longer have the role “Viewer”." in told(client)

    def test_one_chooses_first(self, client, admin):
        page = ask(client, "add_role", make_user("berta", None)).text
        assert options(page)[0] == "–"
        again = confirm(client, page, role="")
        assert again.status_code == 422
        assert "Choose a role." in again.text

    def test_only_roles_that_one_may_give_are_there(self, app):
        client = helper(app, "role.grant")
        make_role("Small", survey="R:own")
        page = ask(client, "add_role", make_user("berta", None)).text
        assert options(page) == ["–", "Helpers", "Small"]

    @pytest.mark.parametrize("forged", ["editor", "0", "abc", "99999999999999999999", "1,2", "-1", "a\0b", "１"])
    def test_a_forged_role_is_refused(self, app, forged):
        client, editor, berta = helper(app, "role.grant"), builtin_role("editor"), make_user("berta", None)
        page = ask(client, "add_role", berta).text
        answer = confirm(client, page, role=editor.id if forged == "editor" else forged)
        assert answer.status_code == 422
        assert 'id="role-error"' in answer.text
        assert holders(editor) == []
        assert db.session.scalars(select(AuditEntry)).all() == []

    def test_without_the_ability_there_is_no_such_action(self, app):
        client, small, berta = helper(app), make_role("Small", survey="R:own"), make_user("berta", None)
        assert "add_role" not in told(client)
        for action in ("add_role", "remove_role"):
            answer = ask(client, action, berta, confirmed="1", expected_count="1", role=small.id)
            assert answer.status_code == 403
        assert holders(small) == []


class TestDelete:
    def test_it_asks_who_takes_over_and_hands_over(self, client, admin):
        berta, clara = make_user("berta", "survey_manager"), make_user("clara", "viewer")
        for title in ("One", "Two"):
            make_survey(berta, title=title)
        page = ask(client, "delete", admin, berta, clara).text
        assert "Delete 2 users?" in page
        assert "They own 2 surveys. Whoever you choose takes that over." in page
        assert "They are logged out at once" in page
        assert confirm(client, page, heir="").status_code == 422
        assert confirm(client, page, heir=berta.id).status_code == 422
        assert berta.deleted_at is None
        assert confirm(client, page, heir=admin.id).status_code == 303
        assert set(db.session.scalars(select(Survey.owner_id))) == {admin.id}
        assert "2 users deleted, 1 skipped: anna – You cannot do this to yourself" in told(client)
        assert {entry.batch_id for entry in db.session.scalars(select(AuditEntry)) if entry.actor_id} == {
            db.session.scalars(select(AuditBatch.id)).one()
        }

    def test_it_asks_nothing_where_nothing_is_owned(self, client, admin):
        page = ask(client, "delete", make_user("berta", "viewer")).text
        assert "Who takes over" not in page
        assert confirm(client, page).status_code == 303
        assert "1 user deleted." in told(client)

    def test_it_asks_nothing_for_surveys_of_those_who_stay(self, client, admin):
        make_survey(admin, title="Mine")
        page = ask(client, "delete", admin, make_user("berta", "viewer")).text
        assert "Who takes over" not in page

    def test_who_owns_what_one_may_not_give_away_stays(self, app):
        client, small = helper(app), make_user("small", make_role("Small", survey="R:own"))
        make_survey(small, title="One")
        page = ask(client, "delete", small).text
        assert "None of these can be changed this way" in page
        assert "This user owns surveys" in page
        assert confirm(client, page).status_code == 303
        assert small.deleted_at is None


class TestOthers:
    def offered(self, client):
        return sorted(set(re.findall(r'name="action" value="(\w+)"', told(client))))

    def test_all_that_there_are(self, client, admin):
        assert self.offered(client) == sorted(ALL)

    def test_where_mail_is_sent_people_are_invited(self, client, admin, inbox):
        assert self.offered(client) == sorted([*ALL, "invite"])

    def test_without_a_mail_server_nobody_is_invited(self, client, admin):
        new = make_user("new", "viewer", status=UserStatus.NEW, password_hash=None)
        assert ask(client, "invite", new, confirmed="1", expected_count="1").status_code == 403
        assert db.session.scalars(select(AuditEntry)).all() == []

    def test_demanding_new_passwords(self, client, admin):
        berta = make_user("berta", "viewer")
        page = ask(client, "demand_new_password", berta).text
        assert "have to choose another password before they do anything else" in page
        confirm(client, page)
        assert berta.must_change_password
        assert "1 user has to choose a new password." in told(client)

    def test_inviting_again(self, client, admin, inbox):
        new = make_user("new", "viewer", status=UserStatus.NEW, password_hash=None)
        berta = make_user("berta", "viewer")
        page = ask(client, "invite", new, berta).text
        assert "Send 1 user a new invitation?" in page
        assert "Only a new user, who has no password yet, can be invited." in page
        confirm(client, page)
        assert "1 user is sent a new invitation, 1 skipped: berta" in told(client)
        entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "user.invite")).one()
        assert (entry.record_name, entry.batch.records) == ("new", 1)
        assert [job.payload for job in db.session.scalars(select(Job).where(Job.kind == "accounts.invite_mail"))] == [
            {"user_id": new.id}
        ]

    def test_a_page_of_a_thousand_needs_few_statements(self, client, admin):
        chosen = list(db.session.scalars(many_users(1000, "user").with_only_columns(User.id)))
        token = token_of(client.get("/admin/").text)
        for action in ("deactivate", "add_role", "delete"):
            data = {"csrf_token": token, "action": action, "rowid": chosen}
            with count_statements(db.engine) as statements:
                assert "1,000 users?" in client.post(ACTION, data=data).text
            assert len(statements) <= 12, action
