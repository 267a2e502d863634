"""Seeing the console as a role: never more than oneself, nothing can be changed, in one browser, and back again."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from admin_app.accounts import operations, sessions
from admin_app.accounts.admin_view_as import look_through
from admin_app.accounts.models import Role, UserSession
from admin_app.audit.models import AuditEntry
from admin_app.core.clock import now
from admin_app.core.context import read_only
from admin_app.core.db import Base, db, unit_of_work
from admin_app.core.errors import ForbiddenError, NotFoundError
from admin_app.core.permissions import SYSTEM, Letter, Rights, Scope
from admin_app.core.signing import hash_token
from admin_app.surveys.models import Survey, SurveyShare
from tests.factories import PASSWORD, builtin_role, login, make_reply, make_role, make_survey, make_user
from tests.helpers import token_of

C, R, U, D = Letter
SENTENCE = "You see the console as “Viewer”. Nothing can be changed."


@pytest.fixture
def admin(client):
    user = make_user(name="Anna A")
    login(client, user)
    return user


def look(client, role):
    """Press the button on the role's page."""
    page = client.get(f"/admin/role/details/?id={role.id}").text
    answer = client.post("/admin/role/view-as/", data={"id": role.id, "csrf_token": token_of(page)})
    assert answer.status_code == 303, answer.text
    return answer


def stop(client):
    return client.post("/admin/view-as/stop", data={"csrf_token": token_of(client.get("/admin/").text)})


def everything():
    """What is stored, but for when sessions were last seen."""
    db.session.rollback()
    found = {}
    for table in Base.metadata.sorted_tables:
        columns = [column for column in table.c if column.name != "last_seen_at"]
        found[table.name] = sorted(map(repr, db.session.execute(select(*columns))))
    return found


def actions():
    return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


class TestOperations:
    @pytest.fixture
    def anna(self, app):
        return make_user("anna")

    @pytest.fixture
    def token(self, anna):
        with unit_of_work():
            return sessions.start_session(anna, hours=1)

    def test_it_is_noted_with_the_session_and_recorded(self, anna, token):
        role = builtin_role("viewer")
        with unit_of_work():
            operations.start_viewing(token, role, actor=anna)
        row = sessions.find_session(token)
        assert row.view_as_role_id == role.id
        assert row.user.rights == role.rights
        assert row.user.role_ids == {role.id}
        entry = db.session.scalars(select(AuditEntry)).one()
        assert (entry.action, entry.record_id, entry.actor_id) == ("role.view_as", role.id, anna.id)

    def test_and_back(self, anna, token):
        role = builtin_role("viewer")
        with unit_of_work():
            operations.start_viewing(token, role, actor=anna)
        with unit_of_work():
            assert operations.stop_viewing(token, actor=anna) == role
        assert sessions.find_session(token).view_as_role_id is None
        assert actions() == ["role.view_as", "role.stop_viewing"]
        with unit_of_work():
            assert operations.stop_viewing(token, actor=anna) is None
        assert len(actions()) == 2

    @pytest.mark.parametrize("error", [NotFoundError, ForbiddenError])
    def test_it_needs_to_see_roles_and_to_hold_what_the_role_does(self, app, error):
        blind = error is NotFoundError
        actor = make_user("actor", make_role("Actor", survey="R:all", **({} if blind else {"role": "R:all"})))
        with unit_of_work():
            token = sessions.start_session(actor, hours=1)
        role = make_role("Big", "record.purge")
        with pytest.raises(error), unit_of_work():
            operations.start_viewing(token, role, actor=actor)
        assert sessions.find_session(token).view_as_role_id is None
        assert actions() == []

    def test_nobody_elses_session(self, app, token):
        other = make_user("other")
        for actor in (other, SYSTEM):
            with pytest.raises(NotFoundError), unit_of_work():
                operations.start_viewing(token, builtin_role("viewer"), actor=actor)
            with unit_of_work():
                assert operations.stop_viewing(token, actor=actor) is None
        assert sessions.find_session(token).view_as_role_id is None
        assert actions() == []

    def test_a_role_that_grows_shows_no_more_than_ones_own(self, app):
        actor = make_user("actor", make_role("Actor", role="R:all", survey="R:shared"))
        role = make_role("Small", survey="R:own")
        with unit_of_work():
            token = sessions.start_session(actor, hours=1)
            operations.start_viewing(token, role, actor=actor)
        with unit_of_work():
            data = {"grants": {("survey", R): 3, ("reply", R): 3}, "abilities": ["reply.export"]}
            operations.update_role(role, data, actor=SYSTEM)
        user = sessions.find_session(token).user
        assert user.rights == Rights({("survey", R): Scope.SHARED})

    def test_what_is_shared_with_a_role_that_one_does_not_have(self, app):
        """Somebody who sees shared surveys only does not see by a detour what is shared with another role."""
        role = make_role("Readers", survey="R:shared")
        survey = make_survey()
        with unit_of_work() as session:
            session.add(SurveyShare(survey_id=survey.id, role_id=role.id))
        outsider = make_user("outsider", make_role("Outsider", role="R:all", survey="R:shared"))
        insider = make_user("insider", make_role("Insider", role="R:all", survey="R:shared"))
        overseer = make_user("overseer", make_role("Overseer", role="R:all", survey="R:all"))
        with unit_of_work():
            insider.roles = [*insider.roles, role]
            insider.forget_rights()
        seen = {}
        for user in (outsider, insider, overseer):
            with unit_of_work():
                token = sessions.start_session(user, hours=1)
                operations.start_viewing(token, role, actor=user)
            found = sessions.find_session(token).user
            seen[user.username] = (found.role_ids, found.rights == role.rights)
        just_this = frozenset({role.id})
        assert seen == {
            "outsider": (frozenset(), True),
            "insider": (just_this, True),
            "overseer": (just_this, True),
        }


class TestBrowser:
    def test_the_menu_shrinks_and_every_page_says_so(self, client, admin):
        make_reply(make_survey(admin, opened=True))
        for path in ("/admin/user/", "/admin/audit/"):
            assert f'href="{path}"' in client.get("/admin/").text
        assert look(client, builtin_role("viewer")).location == "/admin/"
        page = client.get("/admin/").text
        for path in ("/admin/user/", "/admin/role/", "/admin/audit/", "/admin/job/"):
            assert f'href="{path}"' not in page, path
            assert client.get(path).status_code == 403
        for path in ("/admin/", "/admin/survey/", "/admin/reply/", "/account/password"):
            answer = client.get(path)
            assert answer.status_code == 200
            assert SENTENCE in answer.text, path
            assert answer.text.count('action="/admin/view-as/stop"') == 1, path
        assert client.get("/admin/survey/new/").status_code == 403

    def test_stop(self, client, admin):
        role = builtin_role("viewer")
        look(client, role)
        answer = stop(client)
        assert (answer.status_code, answer.location) == (303, f"/admin/role/details/?id={role.id}")
        page = client.get(answer.location).text
        assert "You see the console as yourself again." in page
        assert SENTENCE not in page
        assert actions() == ["role.view_as", "role.stop_viewing"]
        entries = db.session.scalars(select(AuditEntry)).all()
        assert {entry.actor_id for entry in entries} == {admin.id}
        assert {entry.actor_name for entry in entries} == {"Anna A"}
        # Pressed once more, on a page that stood open.
        assert stop(client).location == "/admin/"

    def test_only_this_browser(self, app, client, admin):
        other = app.test_client()
        login(other, admin)
        look(client, builtin_role("viewer"))
        assert SENTENCE in client.get("/admin/").text
        assert SENTENCE not in other.get("/admin/").text
        assert other.get("/admin/user/").status_code == 200

    def test_what_is_seen_is_what_the_role_sees(self, client, admin):
        survey = make_survey(admin, opened=True)
        reply = make_reply(survey)
        path = f"/admin/reply/details/?id={reply.id}"
        assert "Ada" in client.get(path).text
        look(client, builtin_role("viewer"))
        assert "Ada" not in client.get(path).text

    def test_logging_out_and_in_ends_it(self, client, admin):
        look(client, builtin_role("viewer"))
        client.post("/logout", data={"csrf_token": token_of(client.get("/admin/").text)})
        login_page = client.get("/login").text
        fields = {"username": "anna", "password": PASSWORD, "csrf_token": token_of(login_page)}
        assert client.post("/login", data=fields).status_code == 303
        assert SENTENCE not in client.get("/admin/").text

    def test_a_name_is_text(self, client, admin):
        role = make_role("<b>%(x)s {{ 7 * 7 }} 100 %</b>", survey="R:all")
        look(client, role)
        assert "You see the console as “&lt;b&gt;%(x)s {{ 7 * 7 }} 100 %&lt;/b&gt;”" in client.get("/admin/").text
        answer = client.post("/account/password", data={"csrf_token": token_of(client.get("/account/password").text)})
        assert answer.status_code in {403, 422}

    def test_strangers_have_nothing_to_stop(self, client, app):
        page = client.get("/login").text
        answer = client.post("/admin/view-as/stop", data={"csrf_token": token_of(page)})
        assert answer.status_code == 303
        assert answer.location.startswith("/login")


class TestNothingIsChanged:
    """With a good token, on every path that changes anything, with all that the role itself may do."""

    @pytest.fixture
    def boss(self, client, admin):
        """A role that may do everything, seen by somebody who may do everything."""
        with unit_of_work():
            role = operations.duplicate_role(builtin_role("administrator"), actor=SYSTEM)
        token = login(client, admin)
        look(client, role)
        return token

    def refusals(self, app, admin, client):
        survey, user = make_survey(admin, opened=True), make_user("berta", "viewer")
        role = make_role("Small", survey="R:all")
        user_form = {"username": "x", "email": "x@example.org", "status": "active", "lock_version": user.lock_version}
        role_form = {"name": "X", "lock_version": role.lock_version}
        bulk = {"action": "deactivate", "rowid": user.id, "confirmed": "1", "expected_count": "1"}
        passwords = {"current": PASSWORD, "password": "a new one for me", "password_again": "a new one for me"}
        return [
            ("/admin/user/new/", user_form),
            (f"/admin/user/edit/?id={user.id}", user_form),
            ("/admin/user/delete/", {"id": user.id, "confirmed": "1"}),
            ("/admin/user/action/", bulk),
            ("/admin/role/new/", role_form),
            (f"/admin/role/edit/?id={role.id}", role_form),
            ("/admin/role/delete/", {"id": role.id, "confirmed": "1"}),
            ("/admin/role/duplicate/", {"id": role.id}),
            ("/admin/role/view-as/", {"id": role.id}),
            ("/admin/survey/new/", {"title": "X", "language": "en", "owner": admin.id}),
            (
                f"/admin/survey/edit/?id={survey.id}",
                {"title": "X", "language": "en", "owner": admin.id, "lock_version": survey.lock_version},
            ),
            ("/admin/survey/close/", {"id": survey.id, "confirmed": "1"}),
            ("/admin/survey/action/", bulk | {"action": "close", "rowid": survey.id}),
            ("/account/password", passwords),
        ]

    def test_on_no_path(self, app, client, admin, boss):
        cases = self.refusals(app, admin, client)
        token = token_of(client.get("/admin/").text)
        before = everything()
        for path, fields in cases:
            answer = client.post(path, data=fields | {"csrf_token": token})
            said = answer.text if answer.status_code != 303 else client.get(answer.location).text
            assert answer.status_code in {303, 403}, (path, answer.status_code)
            assert "Nothing can be changed." in said, path
        assert everything() == before

    def test_every_address_with_every_form(self, app, client, admin, boss):
        """Whatever is posted wherever: below 500, and nothing is stored."""
        for _path, _fields in self.refusals(app, admin, client):
            pass
        token = token_of(client.get("/admin/").text)
        before = everything()
        allowed = {"view_as.stop", "auth.logout", "auth.login", "auth.setup", "public.submit", "static"}
        for rule in app.url_map.iter_rules():
            if "POST" not in rule.methods or rule.endpoint in allowed or rule.endpoint.startswith("links."):
                continue
            path = re.sub(r"<[^>]+>", "1", rule.rule)
            fields = {"csrf_token": token, "id": "1", "confirmed": "1", "name": "X", "title": "X", "theme": "dark"}
            answer = client.post(path, data=fields)
            assert answer.status_code < 500, path
        assert everything() == before

    def test_every_page_can_still_be_read(self, app, client, admin, boss):
        """A page that writes when it is opened is refused and is no fault of ours."""
        make_reply(make_survey(admin, opened=True))
        for rule in app.url_map.iter_rules():
            if "GET" in rule.methods and "filename" not in rule.arguments:
                path = re.sub(r"<[^>]+>", "1", rule.rule)
                answer = client.get(f"{path}?id=1")
                answer.close()
                assert answer.status_code < 500, path
                if rule.endpoint.endswith("index_view"):
                    assert answer.status_code == 200, path

    def test_an_old_session_is_still_noted_as_used(self, client, admin, boss):
        """Once a request, and quietly: noting it again would be refused."""
        with unit_of_work() as session:
            row = session.scalars(select(UserSession).where(UserSession.token_hash == hash_token(boss))).one()
            row.last_seen_at = now() - 2 * sessions.SEEN_EVERY
        for path in ("/login", "/admin/", "/account/password"):
            assert client.get(path).status_code in {200, 302}
        db.session.expire_all()
        assert now() - row.last_seen_at < sessions.SEEN_EVERY

    def test_nothing_leaks_to_the_next_request(self, app, client, admin, boss):
        """Requests are served by the same thread one after the other."""
        other = app.test_client()
        login(other, make_user("second"))
        for _number in range(3):
            assert "Nothing can be changed." in client.get("/admin/").text
            assert read_only() == ""
            token = token_of(other.get("/admin/role/new/").text)
            answer = other.post("/admin/role/new/", data={"name": f"R{_number}", "csrf_token": token})
            assert answer.status_code == 303
        assert db.session.scalar(select(func.count()).select_from(Role).where(Role.name.like("R_"))) == 3

    def test_nothing_leaks_from_a_request_that_breaks_off(self, app, client, admin, boss, monkeypatch):
        monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
        monkeypatch.setitem(app.view_functions, "admin.index", lambda **_kwargs: 1 / 0)
        with client:
            client.get("/account/password")
        assert client.get("/admin/").status_code in {200, 500}
        assert read_only() == ""

    def test_respondents_may_still_answer_in_that_browser(self, client, admin, boss):
        """Their pages know no session: an answer that is being given is not lost."""
        survey = make_survey(admin, opened=True)
        assert client.get(f"/s/{survey.public_id}").status_code == 200
        assert db.session.get_one(Survey, survey.id).state.value == "open"

    def test_who_looks_through_nothing_is_left_alone(self, app, admin):
        with app.test_request_context("/admin/"):
            look_through(UserSession(user=admin, view_as_role_id=None))
            assert (admin.viewing_as, read_only()) == ("", "")
