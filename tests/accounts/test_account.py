"""One's own account: what people change of themselves, and what nobody changes that way."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from sqlalchemy import func, select

from admin_app.accounts import operations, sessions
from admin_app.accounts.models import LoginFailure, SessionPlace, User, UserSession, UserStatus
from admin_app.audit.models import AuditEntry
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError, TooManyError
from admin_app.core.permissions import SYSTEM
from admin_app.settings.queries import value
from tests.factories import PASSWORD, login, make_role, make_user
from tests.helpers import count_statements, token_of

PAGE = "/account/"


def entries(action=None):
    query = select(AuditEntry).order_by(AuditEntry.id)
    return list(db.session.scalars(query.where(AuditEntry.action == action) if action else query))


def stored(user):
    """The whole row, but for what a login may change."""
    row = db.session.execute(select(User.__table__).where(User.id == user.id)).mappings().one()
    return {name: one for name, one in row.items() if name != "last_login_at"}


def fields_of(page):
    """What the form would send as it stands."""
    found = {"current": ""}
    for name in ("name", "email", "lock_version"):
        tag = re.search(rf'<input[^>]* name="{name}"[^>]*>', page).group(0)
        found[name] = re.search(r'value="([^"]*)"', tag).group(1)
    for name in ("locale", "time_zone"):
        options = re.search(rf'<select[^>]* name="{name}".*?</select>', page, re.DOTALL).group(0)
        chosen = re.search(r'<option selected value="([^"]*)"', options)
        found[name] = chosen.group(1) if chosen else ""
    found["theme"] = re.search(r'<input[^>]* checked[^>]* name="theme"[^>]* value="([^"]*)"', page).group(1)
    return found


@pytest.fixture
def save(client, post):
    """Open the form, change some fields, send it."""

    def send(**fields):
        return post(PAGE, {**fields_of(client.get(PAGE).text), **fields})

    return send


class TestProfile:
    @pytest.fixture
    def anna(self, client):
        user = make_user(name="Anna", theme=None)
        login(client, user)
        return user

    def test_it_shows_who_one_is(self, client, anna):
        page = client.get(PAGE).text
        assert fields_of(page) == {
            "name": "Anna", "email": "anna@example.org", "current": "", "locale": "", "time_zone": "",
            "theme": "system", "lock_version": "1",
        }  # fmt: skip
        assert 'name="username"' not in page
        assert "As the installation has it: UTC" in page

    def test_saving_what_stands_there_changes_nothing_but_a_choice_of_colours(self, save, anna):
        before = stored(anna)
        assert save().status_code == 303
        after = stored(anna)
        assert {name for name in after if after[name] != before[name]} == {"theme", "lock_version", "updated_at"}
        before = after
        assert save().status_code == 303
        assert stored(anna) == before
        assert len(entries()) == 1

    def test_it_is_changed_and_written_down(self, client, save, anna):
        answer = save(name="Anna Berg", locale="de", time_zone="Europe/Berlin", theme="dark")
        assert (answer.status_code, answer.location) == (303, PAGE)
        assert (anna.name, anna.locale, anna.time_zone, anna.theme) == ("Anna Berg", "de", "Europe/Berlin", "dark")
        entry = entries()[0]
        assert entry.action == "user.update_own_profile"
        assert entry.actor_id == entry.record_id == anna.id
        assert set(entry.changes) == {"name", "locale", "time_zone", "theme"}
        assert entry.changes["locale"] == [None, "de"]
        assert "Anna" not in str(entry.changes)
        assert "theme=dark" in str(answer.headers.getlist("Set-Cookie"))

    def test_a_choice_is_taken_back(self, client, save, anna):
        save(locale="de", time_zone="Europe/Berlin")
        assert save(locale="", time_zone="").status_code == 303
        assert (anna.locale, anna.time_zone) == (None, None)

    def test_the_language_acts_at_once(self, client, save, anna):
        assert '<html lang="en"' in client.get(PAGE).text
        save(locale="de")
        page = client.get(PAGE).text
        assert '<html lang="de"' in page
        save(locale="en")
        assert '<html lang="en"' in client.get(PAGE, headers={"Accept-Language": "de"}).text

    def test_times_are_shown_in_the_zone(self, client, save, anna):
        moment = dt.datetime(2026, 7, 1, 22, 30, tzinfo=dt.UTC)
        with unit_of_work():
            anna.last_login_at = moment
        address = f"/admin/user/details/?id={anna.id}"
        assert "Jul 1, 2026, 10:30:00\u202fPM" in client.get(address).text
        save(time_zone="Asia/Tokyo")
        page = client.get(address).text
        assert "Jul 2, 2026, 7:30:00\u202fAM" in page
        assert 'data-time-zone="Asia/Tokyo"' in page
        assert f'datetime="{moment.isoformat()}"' in page

    @pytest.mark.parametrize(
        ("fields", "sentence"),
        [
            ({"name": "x" * 201}, "Use at most 200 characters."),
            ({"name": "a\x00b"}, "characters that cannot be stored"),
            ({"name": "a\u202eb"}, "that can be seen"),
            ({"email": ""}, "Enter an e-mail address."),
            ({"email": "nobody"}, "such as name@example.org"),
            ({"locale": "fr"}, "Not a valid choice"),
            ({"locale": "de\x00"}, "characters that cannot be stored"),
            ({"time_zone": "Etc/GMT+5"}, "Not a valid choice"),
            ({"time_zone": "../etc/passwd"}, "Not a valid choice"),
            ({"theme": "purple"}, "Not a valid choice"),
        ],
    )
    def test_refusals(self, save, anna, fields, sentence):
        before = stored(anna)
        answer = save(**fields)
        assert answer.status_code == 422
        assert sentence in answer.text
        assert stored(anna) == before
        assert entries() == []

    @pytest.mark.parametrize(
        "fields",
        [
            {"status": "inactive"},
            {"roles": "1"},
            {"is_admin": "1"},
            {"id": "1"},
            {"username": "root", "username_key": "root"},
            {"must_change_password": "1"},
            {"password": "a quite new password", "password_hash": "x"},
            {"notes": "<p>x</p>"},
            {"deleted_at": "2026-01-01", "public_id": "x", "origin": "x", "email_key": "x@example.org"},
        ],
        ids=lambda fields: next(iter(fields)),
    )
    def test_fields_that_are_not_offered_reach_nothing(self, save, anna, fields):
        roles = anna.role_ids
        before = stored(anna)
        assert save(theme="light", **fields).status_code == 303
        after = stored(anna)
        assert {name for name in after if after[name] != before[name]} <= {"theme", "lock_version", "updated_at"}
        anna.forget_rights()
        assert anna.role_ids == roles
        assert set(entries()[0].changes) == {"theme"}

    def test_two_windows(self, client, post, anna):
        old = fields_of(client.get(PAGE).text)
        assert post(PAGE, {**old, "name": "First"}).status_code == 303
        answer = post(PAGE, {**old, "name": "Second"})
        assert answer.status_code == 409
        assert "Nothing was saved" in answer.text
        assert 'value="Second"' in answer.text
        assert anna.name == "First"
        # Saving again puts it in the other's place, as the page says.
        assert post(PAGE, {**fields_of(answer.text), "theme": "system"}).status_code == 303
        assert anna.name == "Second"

    @pytest.mark.parametrize("version", ["", "abc", "0", "99999999999999999999", "-1"])
    def test_a_forged_version(self, save, anna, version):
        before = stored(anna)
        assert save(name="x", lock_version=version).status_code == 409
        assert stored(anna) == before

    def test_it_needs_the_forms_token(self, client, anna):
        before = stored(anna)
        assert client.post(PAGE, data={"name": "x"}).status_code == 400
        assert stored(anna) == before

    def test_an_administrator_who_was_first(self, client, post, anna):
        boss, old = make_user("boss"), fields_of(client.get(PAGE).text)
        with unit_of_work():
            operations.update_user(anna, {"name": "By the boss"}, actor=boss)
        answer = post(PAGE, {**old, "name": "x"})
        assert answer.status_code == 409
        assert "boss changed this" in answer.text
        assert anna.name == "By the boss"

    def test_at_the_very_same_moment(self, client, post, anna, monkeypatch):
        """The version was right when the form came, and no more when it was stored."""
        real = operations.update_own_profile

        def late(user, data, **options):
            db.session.execute(User.__table__.update().values(lock_version=User.lock_version + 1))
            return real(user, data, **options)

        monkeypatch.setattr(operations, "update_own_profile", late)
        old = fields_of(client.get(PAGE).text)
        assert post(PAGE, {**old, "name": "x"}).status_code == 409
        assert anna.name == "Anna"

    def test_few_statements(self, client, anna):
        for tab in ("", "sessions", "rights"):
            client.get(PAGE + tab)
            with count_statements(db.engine) as seen:
                assert client.get(PAGE + tab).status_code == 200
            assert len(seen) <= 6, (tab, seen)

    def test_a_stranger_logs_in_first(self, client):
        for tab in ("", "sessions", "rights"):
            answer = client.get(PAGE + tab)
            assert (answer.status_code, answer.location) == (303, f"/login?next=/account/{tab}")


class TestEmail:
    """Mail can open the account, so changing where it goes takes the password."""

    @pytest.fixture
    def anna(self, client):
        user = make_user(name="Anna", theme="system")
        login(client, user)
        return user

    def test_with_the_password(self, client, save, anna):
        assert save(email="New@Example.org", current=PASSWORD).status_code == 303
        assert (anna.email, anna.email_key) == ("New@example.org", "new@example.org")
        assert set(entries()[0].changes) == {"email"}
        assert "example.org" not in str(entries()[0].changes)

    @pytest.mark.parametrize(
        ("current", "sentence"),
        [("", "Enter your current password"), ("wrong battery", "This is not your current password")],
    )
    def test_without_it(self, save, anna, current, sentence):
        before = stored(anna)
        answer = save(email="new@example.org", name="Not this either", current=current)
        assert answer.status_code == 422
        assert sentence in answer.text
        assert 'id="messages">\n  </div>' in answer.text
        assert stored(anna) == before
        assert entries() == []
        assert db.session.scalar(select(func.count()).select_from(LoginFailure)) == (1 if current else 0)

    def test_what_was_typed_is_not_shown_again(self, save, anna):
        answer = save(email="new@example.org", current="wrong battery")
        assert "wrong battery" not in answer.text
        assert 'value="new@example.org"' in answer.text

    def test_guessing_is_limited_as_at_the_login(self, save, post, client, anna):
        for _ in range(value("login_attempts")):
            assert save(email="new@example.org", current="wrong battery").status_code == 422
        assert save(email="new@example.org", current=PASSWORD).status_code == 429
        assert anna.email == "anna@example.org"

    def test_of_guesses_at_the_same_time_none_passes_the_limit(self, app, anna, monkeypatch):
        tried = operations.verify("anna", PASSWORD, address="", secret="x" * 32, attempts=3)
        for _ in range(3):
            failed = operations.verify("anna", "wrong battery", address="", secret="x" * 32, attempts=3)
            with unit_of_work():
                assert not operations.update_own_profile(anna, {"email": "n@example.org"}, actor=anna, attempt=failed)
            db.session.refresh(anna)
        with pytest.raises(TooManyError), unit_of_work():
            operations.update_own_profile(anna, {"email": "n@example.org"}, actor=anna, attempt=tried)
        db.session.refresh(anna)
        assert anna.email == "anna@example.org"

    def test_the_password_of_somebody_else_is_no_good(self, app, anna):
        make_user("berta", "viewer")
        attempt = operations.verify("berta", PASSWORD, address="", secret="x" * 32, attempts=9)
        with unit_of_work():
            assert not operations.update_own_profile(anna, {"email": "n@example.org"}, actor=anna, attempt=attempt)
        db.session.refresh(anna)
        assert anna.email == "anna@example.org"

    def test_the_address_of_somebody_else(self, save, anna):
        make_user("berta", "viewer")
        before = stored(anna)
        answer = save(email="BERTA@example.org", current=PASSWORD)
        assert answer.status_code == 422
        assert "Another user has this e-mail address" in answer.text
        assert stored(anna) == before

    def test_who_logs_in_with_his_address_as_user_name_keeps_both_alike(self, client, post):
        user = make_user("c@example.org", email="c@example.org", email_key="c@example.org")
        login(client, user)
        fields = fields_of(client.get(PAGE).text)
        answer = post(PAGE, {**fields, "email": "d@example.org", "current": PASSWORD})
        assert answer.status_code == 422
        assert "Your user name is your e-mail address" in answer.text
        assert user.email == "c@example.org"
        assert post(PAGE, {**fields, "email": "C@Example.org", "current": PASSWORD}).status_code == 303


class TestOperations:
    """The rules hold without any page."""

    def test_nobody_changes_anybody_elses_account(self, app):
        user, boss = make_user("berta", "viewer"), make_user()
        token = sessions_of_two(user)[0]
        before = stored(user)
        for attempt in (
            lambda actor: operations.update_own_profile(user, {"name": "x"}, actor=actor),
            lambda actor: operations.choose_theme(user, "dark", actor=actor),
            lambda actor: operations.end_own_session(user, 1, actor=actor),
            lambda actor: operations.end_other_sessions(user, token, actor=actor),
        ):
            for actor in (boss, SYSTEM):
                with pytest.raises(ForbiddenError), unit_of_work():
                    attempt(actor)
        assert stored(user) == before
        assert db.session.scalar(select(func.count()).select_from(UserSession)) == 2
        assert entries() == []

    @pytest.mark.parametrize(
        "data", [{"locale": "fr"}, {"time_zone": "Mars/Base"}, {"theme": "x"}, {"name": "\u202e"}, {"email": "x"}]
    )
    def test_each_value_is_checked(self, app, data):
        user = make_user(theme=None)
        before = stored(user)
        with pytest.raises(InvalidError) as refusal, unit_of_work():
            operations.update_own_profile(user, data, actor=user)
        assert set(refusal.value.fields) == set(data)
        assert stored(user) == before

    def test_what_is_not_named_stays(self, app):
        user = make_user(name="Anna", locale="de", time_zone="Europe/Berlin", theme="dark")
        before = stored(user)
        with unit_of_work():
            assert operations.update_own_profile(user, {"status": "inactive", "roles": []}, actor=user)
        assert stored(user) == before
        assert user.status is UserStatus.ACTIVE
        assert entries() == []

    def test_all_zones_can_be_shown(self, app):
        """What can be chosen is what the library of time zones and the one of languages both know."""
        import pytz

        from admin_app.core.readers import LANGUAGES, time_zones

        assert {pytz.timezone(name).zone for name in time_zones()} == set(time_zones())
        assert max(map(len, time_zones())) <= User.time_zone.type.length
        assert max(map(len, LANGUAGES)) <= User.locale.type.length


class TestTheme:
    @pytest.fixture
    def anna(self, client):
        user = make_user(theme=None)
        login(client, user)
        return user

    def test_a_switch_is_noted_and_comes_along(self, app, client, post, anna):
        before = stored(anna)
        assert post("/account/theme", {"theme": "dark"}, page=PAGE).status_code == 204
        after = stored(anna)
        assert {name for name in after if after[name] != before[name]} == {"theme"}
        assert entries()[0].changes == {"theme": [None, "dark"]}
        other = app.test_client()
        answer = post("/login", {"username": "anna", "password": PASSWORD}, by=other)
        assert "theme=dark" in str(answer.headers.getlist("Set-Cookie"))
        assert 'data-bs-theme="dark"' in other.get("/admin/").text

    def test_a_form_that_is_open_meanwhile_still_saves(self, client, post, anna):
        fields = fields_of(client.get(PAGE).text)
        post("/account/theme", {"theme": "dark"}, page=PAGE)
        assert post(PAGE, {**fields, "name": "Anna"}).status_code == 303

    def test_the_same_again_is_no_change(self, post, anna):
        for _ in range(2):
            post("/account/theme", {"theme": "light"}, page=PAGE)
        assert len(entries()) == 1

    def test_the_systems_colours_take_the_browsers_cookie_away(self, app, post, anna):
        post("/account/theme", {"theme": "system"}, page=PAGE)
        other = app.test_client()
        other.set_cookie("theme", "dark")
        post("/login", {"username": "anna", "password": PASSWORD}, by=other)
        assert other.get_cookie("theme") is None

    def test_without_a_choice_the_browsers_cookie_stays(self, app, post, anna):
        other = app.test_client()
        other.set_cookie("theme", "dark")
        post("/login", {"username": "anna", "password": PASSWORD}, by=other)
        assert other.get_cookie("theme").value == "dark"

    @pytest.mark.parametrize("theme", ["", "purple", "dark\x00", "x" * 500])
    def test_nonsense(self, post, anna, theme):
        assert post("/account/theme", {"theme": theme}, page=PAGE).status_code == 422
        assert anna.theme is None

    def test_it_needs_the_forms_token(self, client, anna):
        assert client.post("/account/theme", data={"theme": "dark"}).status_code == 400
        assert anna.theme is None

    def test_who_types_is_not_idle(self, client, anna):
        assert client.get("/account/here").status_code == 204


def sessions_of_two(user):
    with unit_of_work():
        return [sessions.start_session(user, hours=12), sessions.start_session(user, hours=12)]


class TestSessions:
    @pytest.fixture
    def anna(self, client):
        user = make_user()
        login(client, user, user_agent="Firefox/1 X11", place=SessionPlace.THIS_MACHINE)
        return user

    @pytest.fixture
    def other(self, app, anna):
        """A second browser of the same person."""
        browser = app.test_client()
        login(browser, anna, user_agent="Version/1 Safari/1 iPhone", kept=True)
        return browser

    def ids(self, user):
        query = select(UserSession.id).where(UserSession.user_id == user.id).order_by(UserSession.id)
        return list(db.session.scalars(query))

    def test_they_are_listed_in_words(self, client, anna, other):
        page = client.get("/account/sessions").text
        listed = re.findall(r"<li>.*?</li>", page[page.index('class="cv-sessions"') :], re.DOTALL)
        phone, here = sorted(listed, key=lambda row: "This browser" in row)
        assert "Firefox on Linux" in here
        assert "The computer that Canvass runs on" in here
        assert "Stays signed in" not in here
        assert "<form" not in here
        assert "Safari on iPhone" in phone
        assert "Stays signed in" in phone
        assert "<form" in phone

    def test_what_a_browser_says_of_itself_is_text(self, client, anna):
        login(client, anna, user_agent="<script>alert(1)</script>")
        page = client.get("/account/sessions").text
        assert "<script>alert(1)" not in page
        assert "Another browser" in page

    def test_no_secret_is_shown(self, client, anna, other):
        page = client.get("/account/sessions").text
        for row in db.session.scalars(select(UserSession)):
            assert row.token_hash not in page

    def test_those_that_are_over_are_not_shown(self, client, anna, other, monkeypatch):
        login(other, anna)
        moment = sessions.now() + dt.timedelta(minutes=59)
        with unit_of_work() as session:
            session.execute(UserSession.__table__.update().values(last_seen_at=moment).where(UserSession.id == 1))
        monkeypatch.setattr(sessions, "now", lambda: moment + dt.timedelta(minutes=2))
        page = client.get("/account/sessions").text
        assert page.count("cv-session-device") == 2

    def test_one_is_ended(self, client, post, anna, other):
        first, second = self.ids(anna)
        answer = post("/account/sessions/end", {"id": second}, page=PAGE)
        assert (answer.status_code, answer.location) == (303, "/account/sessions")
        assert other.get(PAGE).status_code == 303
        assert client.get(PAGE).status_code == 200
        assert self.ids(anna) == [first]
        assert entries()[0].action == "user.end_own_sessions"

    def test_a_second_time_there_is_nothing_to_end(self, client, post, anna, other):
        second = self.ids(anna)[1]
        post("/account/sessions/end", {"id": second}, page=PAGE)
        assert post("/account/sessions/end", {"id": second}, page=PAGE).status_code == 404
        assert len(entries()) == 1

    def test_that_of_somebody_else_is_not_there(self, app, client, post, anna):
        stranger = app.test_client()
        berta = make_user("berta", "viewer")
        login(stranger, berta)
        assert post("/account/sessions/end", {"id": self.ids(berta)[0]}, page=PAGE).status_code == 404
        assert stranger.get(PAGE).status_code == 200
        assert entries() == []

    @pytest.mark.parametrize("key", ["", "abc", "0", "-1", "1.5", "1'or'1", "99999999999999999999", "\x00", "１"])
    def test_nonsense(self, post, anna, other, key):
        before = self.ids(anna)
        assert post("/account/sessions/end", {"id": key}, page=PAGE).status_code == 404
        assert self.ids(anna) == before

    def test_without_a_key(self, post, anna):
        assert post("/account/sessions/end", page=PAGE).status_code == 404

    def test_all_others_are_ended(self, app, client, post, anna, other):
        berta = make_user("berta", "viewer")
        login(app.test_client(), berta)
        answer = post("/account/sessions/end-others", page=PAGE)
        assert answer.status_code == 303
        assert "1 browser is logged out." in client.get(answer.location).text
        assert other.get(PAGE).status_code == 303
        assert client.get(PAGE).status_code == 200
        assert len(self.ids(berta)) == 1
        assert entries()[0].changes == {"ended_sessions": [None, 1]}

    def test_where_there_are_none(self, client, post, anna):
        answer = post("/account/sessions/end-others", page=PAGE)
        assert "no other browser" in client.get(answer.location).text
        assert entries() == []
        assert "Log out everywhere else" not in client.get("/account/sessions").text

    def test_they_need_the_forms_token(self, client, anna, other):
        for tail in ("end", "end-others"):
            assert client.post(f"/account/sessions/{tail}", data={"id": self.ids(anna)[1]}).status_code == 400
        assert len(self.ids(anna)) == 2


class TestSessionsOfAnother:
    """An administrator logs somebody out everywhere."""

    @pytest.fixture
    def berta(self, app):
        user = make_user("berta", "viewer")
        sessions_of_two(user)
        return user

    def left(self, user):
        return len(list(db.session.scalars(sessions.sessions_of(user))))

    def test_by_who_may_change_users(self, client, post, berta):
        boss = make_user()
        login(client, boss)
        answer = post(f"/admin/user/{berta.id}/end-sessions", page=PAGE)
        assert (answer.status_code, answer.location) == (303, f"/admin/user/details/?id={berta.id}")
        assert self.left(berta) == 0
        assert self.left(boss) == 1
        entry = entries()[0]
        assert (entry.action, entry.record_id, entry.actor_id) == ("user.end_sessions", berta.id, boss.id)
        assert entry.changes == {"ended_sessions": [None, 2]}
        assert post(f"/admin/user/{berta.id}/end-sessions", page=PAGE).status_code == 303
        assert len(entries()) == 1

    @pytest.mark.parametrize(
        ("grants", "status"), [({"user": "R:all"}, 403), ({"survey": "R:all"}, 403), ({"user": "U:all"}, 404)]
    )
    def test_not_by_others(self, client, post, berta, grants, status):
        login(client, make_user("carl", make_role(**grants)))
        assert post(f"/admin/user/{berta.id}/end-sessions", page=PAGE).status_code == status
        assert self.left(berta) == 2
        assert entries() == []

    def test_not_those_of_who_may_do_as_much(self, client, post, berta):
        boss = make_user()
        sessions_of_two(boss)
        login(client, make_user("carl", make_role(user="RU:all")))
        assert post(f"/admin/user/{boss.id}/end-sessions", page=PAGE).status_code == 403
        assert self.left(boss) == 2
        with pytest.raises(NotFoundError), unit_of_work():
            operations.end_sessions_of(boss, actor=berta)

    @pytest.mark.parametrize("key", ["0", "abc", "99999999999999999999", "1'or'1"])
    def test_of_nobody(self, client, post, berta, key):
        login(client, make_user())
        assert post(f"/admin/user/{key}/end-sessions", page=PAGE).status_code == 404
        assert self.left(berta) == 2


class TestRights:
    def test_what_one_may_do_and_through_which_role(self, client):
        role = make_role("Reader of surveys", "reply.export", survey="R:all CU:own")
        login(client, make_user("carl", role))
        page = client.get("/account/rights").text
        assert "Reader of surveys" in page
        assert "Download replies as a file." in page
        assert "Surveys" in page

    def test_nothing_at_all(self, client):
        login(client, make_user("carl", None))
        assert "You have no role that allows anything." in client.get("/account/rights").text

    def test_a_role_is_a_link_for_who_may_open_it(self, client):
        user, second = make_user(), make_role("Second role", survey="R:all")
        user_role = user.roles[0].id
        login(client, user)
        with unit_of_work():
            user.roles = [*user.roles, second]
        page = client.get("/account/rights").text
        assert f"/admin/role/details/?id={user_role}" in page
        assert "Second role" in page


class TestPages:
    def test_the_tabs_lead_to_each_other(self, client):
        login(client, make_user())
        for address in (PAGE, "/account/password", "/account/sessions", "/account/rights"):
            page = client.get(address).text
            for other in (PAGE, "/account/password", "/account/sessions", "/account/rights"):
                assert f'href="{other}"' in page, (address, other)

    def test_the_menu_of_the_user_leads_there_and_the_sidebar_does_not(self, client):
        login(client, make_user())
        page = client.get("/admin/").text
        sidebar, _, rest = page.partition("</aside>")
        assert "/account/" not in sidebar.partition("<aside")[2]
        assert 'href="/account/"' in rest

    def test_who_has_to_choose_a_password_opens_none_of_them(self, client, post):
        make_user(must_change_password=True)
        post("/login", {"username": "anna", "password": PASSWORD})
        for address in (PAGE, "/account/sessions", "/account/rights", "/account/here"):
            assert client.get(address).status_code == 303
        token = token_of(client.get("/account/password").text)
        for address in (PAGE, "/account/sessions/end", "/account/sessions/end-others", "/account/theme"):
            assert client.post(address, data={"csrf_token": token}).status_code == 303

    def test_a_session_that_only_looks_changes_nothing(self, client, app):
        from admin_app.core.context import forbid_writing

        user = make_user(theme=None)
        token = sessions_of_two(user)[0]
        before = stored(user)
        forbid_writing("You only look.")
        try:
            for attempt in (
                lambda: operations.update_own_profile(user, {"name": "x"}, actor=user),
                lambda: operations.choose_theme(user, "dark", actor=user),
                lambda: operations.end_other_sessions(user, token, actor=user),
            ):
                with pytest.raises(ForbiddenError, match="You only look"), unit_of_work():
                    attempt()
        finally:
            forbid_writing("")
        assert stored(user) == before

    def test_an_ended_session_is_none_of_ones_own(self, app):
        user = make_user()
        with pytest.raises(NotFoundError), unit_of_work():
            operations.end_own_session(user, 1, actor=user)

    def test_two_at_the_same_moment_lose_nothing(self, app):
        user = make_user()
        db.session.expunge_all()
        mine = db.session.get(User, user.id)
        with unit_of_work() as session:
            session.execute(User.__table__.update().values(lock_version=7))
        with pytest.raises(ConflictError), unit_of_work():
            operations.update_own_profile(mine, {"name": "x"}, actor=mine)
