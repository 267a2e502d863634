"""The form of a survey: whom it belongs to, with whom it is shared, what respondents were promised."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from admin_app.console import lookup
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.permissions import SYSTEM
from admin_app.surveys import operations
from admin_app.surveys.models import Survey
from admin_app.surveys.promises import ANONYMOUS, NOT_ANONYMOUS
from admin_app.surveys.queries import shares_of
from tests.factories import login, make_role, make_survey, make_user
from tests.helpers import send
from tests.surveys.conftest import entries

OWN = {"survey": "CRUD:own", "question": "CRUD:own"}


@pytest.fixture
def root(client):
    """An administrator who is logged in."""
    user = make_user("root")
    login(client, user)
    return user


@pytest.fixture
def anna(client):
    """Makes surveys, shares them, and gives none away."""
    user = make_user("anna", make_role("Own", "survey.share", user="R:all", role="R:all", **OWN))
    login(client, user)
    return user


def shared(survey) -> dict[str, str]:
    return {str(receiver): access for receiver, access in shares_of(survey)}


def save(client, survey, **fields):
    """Send the form as it is shown, with other `fields`."""
    path = f"/admin/survey/edit/?id={survey.id}"
    lock = re.search(r'name="lock_version"[^>]*value="(\d+)"', client.get(path).text)[1]
    data = {"title": survey.title, "language": "en", "lock_version": lock, **fields}
    return send(client, path, data)


def options(page: str, name: str) -> dict[str, bool]:
    """The options of a select by their text, and whether each is chosen."""
    inner = re.search(rf'<select[^>]* name="{name}".*?</select>', page, re.DOTALL)[0]
    return {text: "selected" in tag for tag, text in re.findall(r"<option([^>]*)>([^<]*)</option>", inner)}


class TestSharing:
    def test_a_survey_is_shared_when_it_is_made(self, client, anna):
        ben, readers = make_user("ben", None), make_role("Readers")
        data = {"title": "Lunch", "language": "en", "edit_users": [str(ben.id)], "read_roles": [str(readers.id)]}
        assert send(client, "/admin/survey/new/", data).status_code == 303
        assert shared(db.session.scalars(select(Survey)).one()) == {"ben": "edit", "Readers": "read"}

    def test_a_survey_that_is_not_shared_says_nothing_of_it(self, client, anna):
        assert send(client, "/admin/survey/new/", {"title": "Lunch", "language": "en"}).status_code == 303
        assert entries("survey.share") == []

    def test_it_is_shown_and_changed(self, client, anna):
        ben, cleo, survey = make_user("ben", None), make_user("cleo", None, name="Cleo"), make_survey(anna)
        with unit_of_work():
            operations.share_survey(survey, {"edit": [ben], "read": [cleo]}, actor=SYSTEM)
        page = client.get(f"/admin/survey/edit/?id={survey.id}").text
        assert [text for text, chosen in options(page, "edit_users").items() if chosen] == ["ben"]
        assert [text for text, chosen in options(page, "read_users").items() if chosen] == ["Cleo (cleo)"]
        assert save(client, survey, read_users=[str(ben.id)]).status_code == 303
        assert shared(survey) == {"ben": "read"}

    @pytest.mark.parametrize("field", ["edit_users", "read_users", "edit_roles", "read_roles"])
    @pytest.mark.parametrize("key", ["999999", "abc", "", "-1", "99999999999999999999", "1e3"])
    def test_forged_keys_are_refused(self, client, anna, field, key):
        survey = make_survey(anna, title="Before")
        answer = save(client, survey, title="After", **{field: [key]})
        assert answer.status_code == 422
        assert (survey.title, shared(survey)) == ("Before", {})

    def test_a_user_who_was_deleted_is_refused(self, client, anna):
        survey, ben = make_survey(anna, title="Before"), make_user("ben", None)
        with unit_of_work():
            ben.deleted_at = now()
        assert save(client, survey, edit_users=[str(ben.id)]).status_code == 422
        assert shared(survey) == {}

    def test_thousands_of_keys_are_refused(self, client, anna):
        survey = make_survey(anna)
        assert save(client, survey, edit_users=[str(key) for key in range(10_000, 10_900)]).status_code == 422

    def test_without_the_right_it_is_not_asked_and_not_taken(self, client):
        fred, ben = make_user("fred", make_role("Mute", user="R:all", role="R:all", **OWN)), make_user("ben", None)
        login(client, fred)
        survey = make_survey(fred)
        assert "edit_users" not in client.get(f"/admin/survey/edit/?id={survey.id}").text
        assert save(client, survey, title="After", edit_users=[str(ben.id)]).status_code == 303
        assert (survey.title, shared(survey)) == ("After", {})

    def test_who_sees_some_people_only_ends_no_other_shares(self, client):
        role = make_role("Blind", "survey.share", user="R:own", role="R:all", **OWN)
        hana, ben = make_user("hana", role), make_user("ben", None)
        login(client, hana)
        survey = make_survey(hana)
        with unit_of_work():
            operations.share_survey(survey, {"edit": [ben]}, actor=SYSTEM)
        assert "ben" not in options(client.get(f"/admin/survey/edit/?id={survey.id}").text, "edit_users")
        assert save(client, survey, title="After").status_code == 303
        assert (survey.title, shared(survey)) == ("After", {"ben": "edit"})

    def test_two_people_do_not_undo_each_other_s_shares(self, client, anna):
        ben, survey = make_user("ben", None), make_survey(anna)
        path = f"/admin/survey/edit/?id={survey.id}"
        lock = re.search(r'name="lock_version"[^>]*value="(\d+)"', client.get(path).text)[1]
        with unit_of_work():
            operations.share_survey(survey, {"edit": [ben]}, actor=SYSTEM)
        stale = send(client, path, {"title": "After", "language": "en", "lock_version": lock})
        assert stale.status_code == 409
        assert shared(survey) == {"ben": "edit"}

    def test_a_refusal_shares_nothing(self, client, anna):
        ben, survey = make_user("ben", None), make_survey(anna, title="Before")
        answer = save(client, survey, edit_users=[str(ben.id)], reply_limit="0")
        assert answer.status_code == 422
        assert shared(survey) == {}
        assert options(answer.text, "edit_users")["ben"]


class TestManyPeople:
    """More than one looks through: they are searched while one types, and any of them can be chosen."""

    @pytest.fixture(autouse=True)
    def few(self, monkeypatch):
        monkeypatch.setattr(lookup, "MAX_PICKED", 3)
        monkeypatch.setattr(lookup, "MAX_LOOKED_THROUGH", 2)

    def test_one_beyond_the_list_can_be_chosen_and_stays(self, client, anna):
        for number in range(5):
            make_user(f"b{number}", None)
        zoe, survey = make_user("zoe", None), make_survey(anna)
        page = client.get(f"/admin/survey/edit/?id={survey.id}").text
        assert 'data-select-url="/admin/user/ajax/lookup/?name=person"' in page
        assert "zoe" not in options(page, "edit_users")
        assert client.get("/admin/user/ajax/lookup/?name=person&query=zo").json == [[zoe.id, "zoe"]]
        assert save(client, survey, edit_users=[str(zoe.id)]).status_code == 303
        assert shared(survey) == {"zoe": "edit"}
        assert options(client.get(f"/admin/survey/edit/?id={survey.id}").text, "edit_users")["zoe"]
        assert save(client, survey, title="Again", edit_users=[str(zoe.id)]).status_code == 303
        assert shared(survey) == {"zoe": "edit"}

    def test_a_forged_key_beside_a_good_one(self, client, anna):
        for number in range(5):
            make_user(f"b{number}", None)
        zoe, survey = make_user("zoe", None), make_survey(anna)
        assert save(client, survey, edit_users=[str(zoe.id), "999999"]).status_code == 422
        assert shared(survey) == {}


class TestOwner:
    def test_an_administrator_gives_it_to_somebody_else(self, client, root):
        ben, survey = make_user("ben", None), make_survey(root)
        assert save(client, survey, owner=str(ben.id)).status_code == 303
        assert survey.owner_id == ben.id

    def test_an_owner_whom_one_does_not_see_stays(self, client):
        """Whoever may change all surveys and sees himself only could not save any form of somebody else's."""
        gus = make_user("gus", make_role("All", survey="CRUD:all", question="CRUD:all", user="R:own"))
        login(client, gus)
        survey = make_survey(make_user("owner"))
        assert save(client, survey, title="After", owner=str(survey.owner_id)).status_code == 303
        assert (survey.title, survey.owner.username) == ("After", "owner")


class TestPromise:
    @pytest.mark.parametrize(("anonymous", "sentence"), [(True, ANONYMOUS), (False, NOT_ANONYMOUS)])
    def test_it_is_what_respondents_read(self, client, root, replies, anonymous, sentence):
        survey = make_survey(root, anonymous=anonymous, opened=True)
        assert sentence in client.get(f"/s/{survey.public_id}").text
        replies[survey.id] = 1
        assert sentence in client.get(f"/admin/survey/edit/?id={survey.id}").text

    def test_it_is_quoted_before_it_is_given(self, client, root):
        assert ANONYMOUS in client.get("/admin/survey/new/").text
