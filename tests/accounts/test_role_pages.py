"""The screen for roles: list, details, the matrix, what is asked before saving, forged posts, two tabs."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import func, select

from admin_app.accounts.builtin_roles import ADMINISTRATOR
from admin_app.accounts.models import Role, User
from admin_app.accounts.role_operations import state_of
from admin_app.audit.models import AuditEntry
from admin_app.core.db import db, unit_of_work
from admin_app.core.permissions import ABILITIES, RESOURCES, Letter, Scope
from admin_app.surveys.models import SurveyShare
from tests.console.test_merging import hidden as base_of
from tests.factories import builtin_role, login, make_role, make_survey, make_user
from tests.helpers import count_statements

C, R, U, D = Letter
DESK = {"role": "CRUD:all", "survey": "CRU:all", "reply": "R:shared", "job": "R:all"}
MOST = 12


@pytest.fixture
def admin(client):
    user = make_user(name="Anna A")
    login(client, user)
    return user


@pytest.fixture
def desk(client):
    user = make_user("desk", make_role("Desk", "survey.publish", **DESK))
    login(client, user)
    return user


@pytest.fixture
def role(app):
    return make_role("Small", "survey.publish", survey="CR:all U:shared")


def cells(**chosen):
    """What the matrix sends: every cell, "" where nothing is chosen; `survey_R="3"` chooses one."""
    empty = {f"grants-{resource}-{letter}": "" for resource in RESOURCES for letter in Letter}
    return empty | {"grants-" + name.replace("_", "-"): value for name, value in chosen.items()}


def matrix_of(role):
    return cells(
        **{f"{resource}_{letter}": str(scope.value) for (resource, letter), scope in role.rights.grants.items()}
    )


def form_of(role, **changes):
    """What the form of a role sends when nothing is changed in it."""
    fields = {"name": role.name, "description": role.description, "lock_version": str(role.lock_version)}
    return fields | matrix_of(role) | {"abilities": sorted(role.rights.abilities)} | changes


def hidden(page):
    """The hidden fields of the question, as a browser sends them back."""
    form = re.search(r'<form class="cv-form cv-confirm".*?</form>', page, re.DOTALL).group()
    found = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form):
        if name != "csrf_token":
            found.setdefault(name, []).append(value)
    return found


def stored(name):
    db.session.rollback()
    return db.session.scalar(select(Role).where(Role.name == name))


def state():
    db.session.rollback()
    db.session.expire_all()
    return {role.id: (role.lock_version, role.builtin, state_of(role)) for role in db.session.scalars(select(Role))}


def save(post, role, **changes):
    return post(f"/admin/role/edit/?id={role.id}", form_of(role, **changes))


class TestList:
    def test_it_shows_names_numbers_and_ways_on(self, client, admin):
        for number in range(3):
            make_user(f"reader{number}", "viewer")
        page = client.get("/admin/role/").text
        assert page.count("/admin/role/details/?id=") >= 7
        row = re.search(r"<tr>(?:(?!</tr>).)*>Viewer<.*?</tr>", page, re.DOTALL).group()
        assert f'href="/admin/user/?g1.role={builtin_role("viewer").id}">3<' in row
        assert client.get(f"/admin/user/?g1.role={builtin_role('viewer').id}").text.count("reader") >= 3

    def test_what_is_not_possible_has_no_button(self, client, admin, role):
        page = client.get("/admin/role/").text
        for name, edits, deletes in (("Administrator", 0, 0), ("Viewer", 1, 0), ("Small", 1, 1)):
            row = re.search(rf"<tr>(?:(?!</tr>).)*>{name}<.*?</tr>", page, re.DOTALL).group()
            assert (row.count("/admin/role/edit/"), row.count("/admin/role/delete/")) == (edits, deletes), name

    @pytest.mark.parametrize(("query", "first"), [("?sort=name&desc=1", "Viewer"), ("?sort=name", "Administrator")])
    def test_it_is_sorted(self, client, admin, query, first):
        make_user("reader", "viewer")
        make_user("reader2", "viewer")
        page = client.get(f"/admin/role/{query}").text
        assert re.search(r'<th scope="row"[^>]*>\s*<a [^>]*>([^<]+)', page).group(1) == first

    def test_it_is_searched(self, client, admin):
        page = client.get("/admin/role/?search=audit+log").text
        assert "Data protection officer" in page
        assert ">Viewer<" not in page

    def test_deleting_many_at_once_is_not_offered(self, client, admin, post, role):
        assert 'name="rowid"' not in client.get("/admin/role/").text
        answer = post(
            "/admin/role/action/", {"action": "delete", "rowid": role.id, "confirmed": "1"}, page="/admin/role/"
        )
        assert answer.status_code == 404
        assert stored("Small") is not None

    def test_few_statements(self, client, admin):
        for number in range(15):
            make_user(f"user{number}", make_role(f"Role {number}", survey="R:all"))
        for url in (
            "/admin/role/",
            "/admin/role/?sort=updated_at",
            f"/admin/role/details/?id={builtin_role('viewer').id}",
        ):
            with count_statements(db.engine) as seen:
                assert client.get(url).status_code == 200
            assert len(seen) <= MOST, (url, len(seen))


class TestDetails:
    def test_the_matrix(self, client, admin):
        page = client.get(f"/admin/role/details/?id={builtin_role('own_surveys').id}").text
        row = re.search(r'<th scope="row"[^>]*>Surveys</th>(.*?)</tr>', page, re.DOTALL).group(1)
        assert re.findall(r'cv-reach-\w+">([^<]*)', row) == ["yes", "own and shared", "own and shared", "own"]
        row = re.search(r'<th scope="row"[^>]*>Jobs</th>(.*?)</tr>', page, re.DOTALL).group(1)
        assert row.count('<span class="visually-hidden">no</span>') == 4
        assert "Publish, open, pause and close surveys." in page
        assert "Remove for good" not in page

    def test_an_ability_without_its_letter_is_said_to_be_idle(self, client, admin):
        role = make_role("Idle", "survey.publish reply.export", reply="R:all")
        page = client.get(f"/admin/role/details/?id={role.id}").text
        assert "Without effect: the role does not allow to change surveys." in page
        assert page.count("Without effect") == 1

    def test_who_has_it(self, client, admin, role):
        for number in range(22):
            make_user(f"member{number:02}", role, name=f"Member {number}")
        page = client.get(f"/admin/role/details/?id={role.id}").text
        names = re.findall(r"Member \d+", page)
        assert len(names) == 20
        assert "22 users" in page
        assert f"/admin/user/?g1.role={role.id}" in page

    def test_who_may_not_see_users_sees_their_number(self, client, desk, role):
        make_user("member", role)
        page = client.get(f"/admin/role/details/?id={role.id}").text
        assert "You may not see users." in page
        assert "member" not in page.replace("members", "")

    @pytest.mark.parametrize(
        ("builtin", "edit", "delete"),
        [(ADMINISTRATOR, "always will", "this role stays"), ("viewer", "", "came with the program and stays")],
    )
    def test_what_is_not_possible_is_greyed_with_the_reason(self, client, admin, builtin, edit, delete):
        page = client.get(f"/admin/role/details/?id={builtin_role(builtin).id}").text
        assert ('aria-describedby="why-not-edit" disabled' in page) == bool(edit)
        assert 'aria-describedby="why-not-delete" disabled' in page
        assert edit in page
        assert delete in page

    def test_a_role_that_allows_more(self, client, desk):
        role = make_role("Big", "record.purge")
        page = client.get(f"/admin/role/details/?id={role.id}").text
        assert page.count("This role allows more than your own roles do") == 2
        assert "View as this role" not in page
        assert "Duplicate" not in page

    def test_a_reader_is_offered_nothing(self, client, role):
        login(client, make_user("reader", "data_protection_officer"))
        page = client.get(f"/admin/role/details/?id={role.id}").text
        for word in ("why-not", "/admin/role/edit/", "/admin/role/delete/", "/admin/role/duplicate/"):
            assert word not in page


class TestCreate:
    def test_it_works(self, client, admin, post):
        page = client.get("/admin/role/new/").text
        assert page.count("<select") == 44
        assert page.count('name="abilities"') == len(ABILITIES)
        assert 'aria-label="Surveys: change"' in page
        fields = {"name": "New", "description": "For all.", "abilities": ["survey.publish"]}
        answer = post("/admin/role/new/", fields | cells(survey_R="3", survey_U="2", question_C="1"))
        assert answer.status_code == 303
        role = stored("New")
        assert role.rights.grants == {("survey", R): Scope.ALL, ("survey", U): Scope.SHARED, ("question", C): Scope.OWN}
        assert role.rights.abilities == {"survey.publish"}
        assert answer.location == f"/admin/role/details/?id={role.id}"

    @pytest.mark.parametrize(
        ("fields", "status", "sentence"),
        [
            ({"name": ""}, 422, "Enter a name."),
            ({"name": "a\x00b"}, 422, "cannot be stored"),
            ({"name": "Viewer"}, 422, "Another role has this name"),
            ({"grants-planet-R": "3"}, 422, "There is no such right"),
            ({"grants-survey-X": "3"}, 422, "There is no such right"),
            ({"grants-": "3"}, 422, "There is no such right"),
            ({"grants-survey-R": "4"}, 422, "There is no such reach"),
            ({"grants-survey-R": "0"}, 422, "There is no such reach"),
            ({"grants-survey-R": "-1"}, 422, "There is no such reach"),
            ({"grants-survey-R": "all"}, 422, "There is no such reach"),
            ({"grants-survey-R": "１"}, 422, "There is no such reach"),
            ({"grants-job-R": "1"}, 422, "There is no such reach for one of these"),
            ({"abilities": ["survey.juggle"]}, 422, "There is no such right"),
        ],
        ids=lambda value: str(value)[:40],
    )
    def test_what_is_refused_keeps_what_was_typed(self, client, admin, post, fields, status, sentence):
        before = state()
        answer = post("/admin/role/new/", {"name": "New", "description": "Kept."} | cells(job_R="3") | fields)
        assert answer.status_code == status
        assert sentence in answer.text
        assert "Kept." in answer.text
        assert state() == before

    @pytest.mark.parametrize(
        "fields",
        [cells(survey_D="1"), cells(reply_R="3"), cells() | {"abilities": ["record.purge"]}],
        ids=["D", "R", "p"],
    )
    def test_what_one_does_not_hold_is_refused_above_the_form(self, client, desk, post, fields):
        before = state()
        answer = post("/admin/role/new/", {"name": "New"} | fields)
        assert answer.status_code == 403
        assert "You can only give what you may do yourself." in answer.text
        assert 'value="New"' in answer.text
        # In a cell that cannot be chosen it could not be taken back.
        assert " selected disabled" not in answer.text
        assert state() == before

    def test_what_one_does_not_hold_cannot_be_chosen(self, client, desk):
        page = client.get("/admin/role/new/").text
        assert "You cannot give what is greyed" in page
        select = re.search(r'<select[^>]*name="grants-survey-D"[^>]*>', page).group()
        assert " disabled" in select
        assert 'aria-describedby="grants-note"' in select
        select = re.search(r'<select[^>]*name="grants-reply-R".*?</select>', page, re.DOTALL).group()
        assert re.findall(r'value="(\d?)"([^>]*)', select) == [
            ("", " selected"),
            ("1", ""),
            ("2", ""),
            ("3", " disabled"),
        ]
        box = re.search(r'<input[^>]*value="record.purge"[^>]*>', page).group()
        assert " disabled" in box

    def test_scopes_only_where_rows_belong_to_somebody(self, client, admin):
        page = client.get("/admin/role/new/").text
        for cell, values in {
            "survey-R": "123",
            "survey-C": "3",
            "question-C": "123",
            "job-R": "3",
            "user-U": "123",
        }.items():
            select = re.search(rf'<select[^>]*name="grants-{cell}".*?</select>', page, re.DOTALL).group()
            assert "".join(re.findall(r'value="(\d?)"', select)) == values, cell

    @pytest.mark.parametrize(
        "field", [{"id": "1"}, {"builtin": ADMINISTRATOR}, {"users": ["1"]}, {"lock_version": "7"}]
    )
    def test_fields_that_the_form_does_not_have(self, client, admin, post, field):
        users = db.session.scalar(select(func.count()).select_from(User))
        assert post("/admin/role/new/", {"name": "New"} | cells() | field).status_code == 303
        role = stored("New")
        assert (role.builtin, role.users, role.lock_version) == (None, [], 1)
        assert db.session.scalar(select(func.count()).select_from(User)) == users


class TestEdit:
    def test_nobody_affected_is_saved_at_once(self, client, admin, post, role):
        answer = save(post, role, name="Smaller", **cells(survey_R="1"))
        assert answer.status_code == 303
        changed = stored("Smaller")
        assert changed.rights.grants == {("survey", R): Scope.OWN}
        assert changed.rights.abilities == {"survey.publish"}

    def test_the_name_alone_concerns_nobody(self, client, admin, post, role):
        make_user("member", role)
        assert save(post, role, name="Smaller").status_code == 303
        assert stored("Smaller").rights.letters("survey") == "CRU"

    def test_who_is_affected_is_shown_first(self, client, admin, post, role):
        for number in range(3):
            make_user(f"member{number}", role)
        before = state()
        question = save(post, role, description="New & <b>", **cells(survey_C="3", survey_R="1", job_R="3"))
        assert question.status_code == 200
        assert "Save the role “Small”?" in question.text
        for words in ("3 users gain", "see jobs", "3 users lose", "change surveys", "3 users reach less far"):
            assert words in question.text
        assert "see surveys, now their own instead of all" in question.text
        assert ">Save the role</button>" in question.text
        assert state() == before
        carried = hidden(question.text)
        assert carried["description"] == ["New &amp; &lt;b&gt;"]
        carried["description"] = ["New & <b>"]
        answer = post(f"/admin/role/edit/?id={role.id}", carried)
        assert answer.status_code == 303
        changed = stored("Small")
        assert changed.description == "New & <b>"
        assert changed.rights.grants == {("survey", C): Scope.ALL, ("survey", R): Scope.OWN, ("job", R): Scope.ALL}
        assert changed.rights.abilities == {"survey.publish"}

    def test_those_for_whom_nothing_changes_are_counted(self, client, admin, post, role):
        make_user("member", role)
        more = make_user("more", role)
        with unit_of_work():
            more.roles = [*more.roles, builtin_role("survey_manager")]
        page = save(post, role, abilities=[]).text
        assert "1 user loses" in page
        assert "For 1 user with this role nothing changes" in page

    def test_the_question_is_asked_again_when_others_are_affected(self, client, admin, post, role):
        make_user("member", role)
        carried = hidden(save(post, role, abilities=[]).text)
        make_user("later", role)
        again = post(f"/admin/role/edit/?id={role.id}", carried)
        assert again.status_code == 200
        assert "Whom this affects has changed meanwhile" in again.text
        assert "2 users lose" in again.text
        assert stored("Small").rights.abilities == {"survey.publish"}
        assert post(f"/admin/role/edit/?id={role.id}", hidden(again.text)).status_code == 303
        assert stored("Small").rights.abilities == frozenset()

    @pytest.mark.parametrize("forged", [{"confirmed": "1"}, {"confirmed": "1", "seen": "0" * 16}])
    def test_saying_yes_to_a_question_that_was_not_asked(self, client, admin, post, role, forged):
        make_user("member", role)
        before = state()
        assert save(post, role, abilities=[], **forged).status_code == 200
        assert state() == before

    def test_back_to_the_form_with_all_that_was_typed(self, client, admin, post, role):
        make_user("member", role)
        carried = hidden(save(post, role, description="Typed.", **cells(survey_R="2")).text)
        page = post(f"/admin/role/edit/?id={role.id}", carried | {"revise": "1"})
        assert page.status_code == 200
        assert "Typed." in page.text
        select = re.search(r'<select[^>]*name="grants-survey-R".*?</select>', page.text, re.DOTALL).group()
        assert 'value="2" selected' in select
        assert stored("Small").description == ""

    def test_a_script_that_only_asks_changes_nothing(self, client, admin, post, role):
        """It shows the question as a dialog; where there is none it sends the form again."""
        before = state()
        assert save(post, role, name="Smaller", asking="1").status_code == 204
        assert save(post, role, name="", asking="1").status_code == 204
        make_user("member", role)
        assert "cv-confirm" in save(post, role, abilities=[], asking="1").text
        assert state() == before

    def test_two_tabs(self, client, admin, post, role):
        old = form_of(role, description="Second")
        assert save(post, role, description="First").status_code == 303
        answer = post(f"/admin/role/edit/?id={role.id}", old)
        assert answer.status_code == 409
        assert "changed this at" in answer.text
        assert "Second" in answer.text
        assert stored("Small").description == "First"

    def test_rights_that_two_changed_are_looked_at_first(self, client, admin, post, role):
        """Merged they make a role that nobody has seen: it comes back, and is saved by another look."""
        page = client.get(f"/admin/role/edit/?id={role.id}").text
        old = {**form_of(role, abilities=[]), **base_of(page)}
        assert save(post, role, description="First").status_code == 303
        answer = post(f"/admin/role/edit/?id={role.id}", old)
        assert answer.status_code == 409
        assert "theirs and yours are both in the form now" in answer.text
        assert stored("Small").rights.abilities == {"survey.publish"}
        merged = {**old, "description": "First", **base_of(answer.text)}
        assert post(f"/admin/role/edit/?id={role.id}", merged).status_code == 303
        assert (stored("Small").description, stored("Small").rights.abilities) == ("First", frozenset())

    def test_two_tabs_and_a_question(self, client, admin, post, role):
        make_user("member", role)
        carried = hidden(save(post, role, abilities=[]).text)
        assert save(post, role, description="First").status_code == 303
        assert post(f"/admin/role/edit/?id={role.id}", carried).status_code == 409
        assert stored("Small").rights.abilities == {"survey.publish"}

    def test_the_administrator_role(self, client, admin, post):
        role = builtin_role(ADMINISTRATOR)
        answer = client.get(f"/admin/role/edit/?id={role.id}")
        assert (answer.status_code, answer.location) == (303, f"/admin/role/details/?id={role.id}")
        assert "always will" in client.get(answer.location).text
        before = state()
        fields = form_of(role, name="Boss", abilities=[])
        answer = post(f"/admin/role/edit/?id={role.id}", fields, page="/admin/role/new/")
        assert answer.status_code == 403
        assert "always will" in answer.text
        assert state() == before

    def test_ones_own_role(self, client, desk, post):
        role = desk.roles[0]
        assert "You have this role yourself." in client.get(f"/admin/role/edit/?id={role.id}").text
        before = state()
        answer = save(post, role, abilities=[])
        assert answer.status_code == 403
        assert "nobody changes his own rights" in answer.text
        assert state() == before
        assert save(post, role, name="Front desk").status_code == 303

    def test_people_out_of_reach(self, client, desk, post, role):
        boss = make_user("boss", make_role("Boss", "record.purge"))
        with unit_of_work():
            boss.roles = [*boss.roles, role]
        before = state()
        answer = save(post, role, abilities=[])
        assert answer.status_code == 403
        assert "1 user with this role may do as much as you, or more" in answer.text
        assert state() == before

    def test_a_role_beyond_ones_own(self, client, desk, post):
        role = make_role("Big", "record.purge")
        answer = client.get(f"/admin/role/edit/?id={role.id}")
        assert answer.status_code == 303
        assert post(f"/admin/role/edit/?id={role.id}", form_of(role), page="/admin/role/new/").status_code == 403

    def test_a_form_without_a_matrix_takes_nothing_away(self, client, admin, post, role):
        fields = {"name": "Small", "description": "Only this.", "lock_version": str(role.lock_version)}
        assert post(f"/admin/role/edit/?id={role.id}", fields).status_code == 303
        assert stored("Small").description == "Only this."
        assert stored("Small").rights == role.rights

    def test_what_is_stored_already_stays_choosable(self, client, admin, post):
        role = make_role("Old", view="R:own", job="R:all")
        page = client.get(f"/admin/role/edit/?id={role.id}").text
        select = re.search(r'<select[^>]*name="grants-view-R".*?</select>', page, re.DOTALL).group()
        assert 'value="1" selected' in select
        assert save(post, role, description="New").status_code == 303
        assert stored("Old").rights.grants == role.rights.grants

    @pytest.mark.parametrize("field", [{"id": "1"}, {"builtin": ADMINISTRATOR}, {"users": ["1"]}])
    def test_fields_that_the_form_does_not_have(self, client, admin, post, role, field):
        others = {key: value for key, value in state().items() if key != role.id}
        assert save(post, role, description="New", **field).status_code == 303
        after = state()
        assert after[role.id][1] is None
        assert {key: value for key, value in after.items() if key != role.id} == others


class TestDelete:
    def delete(self, post, role, **more):
        return post("/admin/role/delete/", {"id": role.id, **more}, page="/admin/role/")

    def test_it_asks_and_says_what_goes_with_it(self, client, admin, post, role):
        survey = make_survey(admin)
        with unit_of_work() as session:
            session.add(SurveyShare(survey_id=survey.id, role_id=role.id))
        question = self.delete(post, role)
        assert question.status_code == 200
        assert "Delete “Small”?" in question.text
        assert "1 survey is shared with this role, and will not be any more." in question.text
        assert stored("Small") is not None
        answer = self.delete(post, role, confirmed="1")
        assert answer.status_code == 303
        assert stored("Small") is None
        assert db.session.scalar(select(func.count()).select_from(SurveyShare)) == 0

    def test_nothing_hangs_on_it(self, client, admin, post, role):
        question = self.delete(post, role)
        assert "Nobody has this role, so nobody loses anything." in question.text
        assert "What goes with it" not in question.text

    def test_one_that_users_have(self, client, admin, post, role):
        for number in range(12):
            make_user(f"member{number}", role)
        answer = self.delete(post, role)
        assert (answer.status_code, answer.location) == (303, f"/admin/role/details/?id={role.id}")
        page = client.get(answer.location).text
        assert page.count("12 users have this role; take it away from them first.") == 2
        assert self.delete(post, role, confirmed="1").status_code == 303
        assert "12 users have this role" in client.get("/admin/role/").text
        assert stored("Small") is not None

    @pytest.mark.parametrize("builtin", [ADMINISTRATOR, "viewer"])
    def test_the_programs_own(self, client, admin, post, builtin):
        before = state()
        assert self.delete(post, builtin_role(builtin)).status_code == 303
        assert self.delete(post, builtin_role(builtin), confirmed="1").status_code == 403
        assert state() == before


class TestDuplicate:
    def test_it_leads_to_the_copy(self, client, admin, post, role):
        answer = post("/admin/role/duplicate/", {"id": role.id}, page="/admin/role/")
        copy = stored("Small (copy)")
        assert (answer.status_code, answer.location) == (303, f"/admin/role/edit/?id={copy.id}")
        assert copy.rights == role.rights

    def test_who_may_not_change_sees_the_copy(self, client, post, role):
        login(client, make_user("maker", make_role("Maker", "survey.publish", role="CR:all", survey="CRU:all")))
        answer = post("/admin/role/duplicate/", {"id": role.id}, page="/admin/role/")
        assert answer.location == f"/admin/role/details/?id={stored('Small (copy)').id}"

    def test_not_what_one_does_not_hold(self, client, desk, post):
        role = make_role("Big", "record.purge")
        assert post("/admin/role/duplicate/", {"id": role.id}, page="/admin/role/").status_code == 403
        assert stored("Big (copy)") is None

    @pytest.mark.parametrize("id", ["", "abc", "0", "99999", "1' or '1'='1", "\u0661"])
    def test_forged_ids(self, client, admin, post, id):
        before = state()
        for path in ("duplicate/", "view-as/", "delete/"):
            assert post(f"/admin/role/{path}", {"id": id, "confirmed": "1"}, page="/admin/role/").status_code == 404
        assert state() == before


class TestWithoutTheLetters:
    PATHS = ("new/", "edit/?id={id}", "delete/", "duplicate/")

    @pytest.mark.parametrize("path", PATHS)
    def test_a_reader_changes_nothing(self, client, post, role, path):
        login(client, make_user("reader", "data_protection_officer"))
        before, entries = state(), db.session.scalar(select(func.count()).select_from(AuditEntry))
        fields = {"id": role.id, "confirmed": "1", **form_of(role, name="Taken over")}
        answer = post(f"/admin/role/{path.format(id=role.id)}", fields, page="/account/password")
        assert answer.status_code == 403
        assert state() == before
        assert db.session.scalar(select(func.count()).select_from(AuditEntry)) == entries

    @pytest.mark.parametrize("path", [*PATHS, "", "details/?id={id}", "view-as/"])
    def test_strangers_log_in(self, client, role, path):
        client.get("/login")
        answer = client.get(f"/admin/role/{path.format(id=role.id)}")
        assert answer.status_code in {303, 405}
