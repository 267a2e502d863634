"""Deleting users: who takes over what they own, and that nobody gets at surveys by deleting people."""

from __future__ import annotations

import re
import threading

import pytest
from sqlalchemy import select

from admin_app.accounts import operations
from admin_app.accounts.models import User, UserStatus
from admin_app.audit.models import AuditEntry
from admin_app.audit.operations import open_batch
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ConflictError, ForbiddenError, InvalidError
from admin_app.core.permissions import SYSTEM
from admin_app.surveys.models import Survey, SurveyShare
from tests.accounts.many import many_users
from tests.factories import login, make_role, make_survey, make_user
from tests.helpers import count_statements, reasons, send

HEIRLESS = {"heir": "Choose who takes over."}
GONE = {"heir": "Choose an active user who stays."}


def delete(user, actor, heir=None):
    with unit_of_work():
        operations.delete_user(user, heir=heir, actor=actor)


def delete_all(selection, actor, heir=None):
    with unit_of_work():
        batch = open_batch("user.delete", "user", actor=actor)
        return operations.delete_users(selection, heir=heir, actor=actor, batch=batch)


def owners():
    db.session.rollback()
    names = select(Survey.title, User.username).join(User, User.id == Survey.owner_id).order_by(Survey.title)
    return dict(db.session.execute(names).all())


def entries(action):
    return db.session.scalars(select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id)).all()


@pytest.fixture
def berta(app):
    """Somebody with three surveys, one of them in the trash, and her shares."""
    user = make_user("berta", "survey_manager")
    for title in ("One", "Two"):
        make_survey(user, title=title)
    trashed, shared = make_survey(user, title="Trashed"), make_survey(make_user("owner"), title="Shared")
    with unit_of_work() as session:
        trashed.deleted_at = now()
        session.add(SurveyShare(survey_id=shared.id, user_id=user.id))
    return user


class TestHeir:
    def test_it_works(self, app, berta):
        admin, heir = make_user(), make_user("clara", "survey_manager")
        versions = dict(db.session.execute(select(Survey.title, Survey.lock_version)).all())
        delete(berta, admin, heir)
        assert berta.deleted_at is not None
        assert owners() == {"One": "clara", "Two": "clara", "Trashed": "clara", "Shared": "owner"}
        assert [(entry.record_name, entry.changes) for entry in entries("survey.change_owner")] == [
            (title, {"owner_id": [berta.id, heir.id]}) for title in ("One", "Two", "Trashed")
        ]
        changed = dict(db.session.execute(select(Survey.title, Survey.lock_version)).all())
        assert changed["One"] == versions["One"] + 1
        assert changed["Shared"] == versions["Shared"]
        assert entries("user.delete")[0].changes["deleted_at"][0] is None
        # What was shared with her stays shared, should she be brought back.
        assert db.session.scalars(select(SurveyShare.user_id)).all() == [berta.id]

    def test_one_may_take_over_oneself(self, app, berta):
        admin = make_user()
        delete(berta, admin, admin)
        assert owners()["One"] == "anna"

    def test_who_owns_nothing_needs_none(self, app):
        admin, clara = make_user(), make_user("clara", "viewer")
        delete(clara, admin)
        assert clara.deleted_at is not None

    def test_without_one_nothing_happens(self, app, berta):
        admin = make_user()
        with pytest.raises(InvalidError) as refusal:
            delete(berta, admin)
        assert refusal.value.fields == HEIRLESS
        assert "take over" in refusal.value.message
        self.nothing_happened(berta)

    def nothing_happened(self, user):
        db.session.rollback()
        assert user.deleted_at is None
        assert set(owners().values()) == {"berta", "owner"}
        assert entries("user.delete") == entries("survey.change_owner") == []

    def test_who_is_not_there_or_not_active_is_refused(self, app, berta):
        admin = make_user()
        no_heirs = [
            make_user("gone", "viewer", deleted_at=now()),
            make_user("off", "viewer", status=UserStatus.INACTIVE),
            make_user("new", "viewer", status=UserStatus.NEW, password_hash=None),
            berta,
        ]
        for heir in no_heirs:
            with pytest.raises(InvalidError) as refusal:
                delete(berta, admin, heir)
            assert refusal.value.fields == GONE, heir.username
            self.nothing_happened(berta)

    def test_it_is_asked_also_where_nothing_is_owned(self, app):
        admin, clara = make_user(), make_user("clara", "viewer")
        with pytest.raises(InvalidError):
            delete(clara, admin, make_user("off", "viewer", status=UserStatus.INACTIVE))
        db.session.rollback()
        assert clara.deleted_at is None

    def test_one_whom_the_actor_does_not_see_is_refused(self, app, berta):
        """He sees and deletes himself alone, and so nobody."""
        role = make_role("Blind", user="RD:own", survey="RU:all")
        with pytest.raises(ForbiddenError):
            delete(make_user("blind", role), db.session.scalars(select(User).where(User.username == "blind")).one())

    def test_one_of_the_deleted_is_refused(self, app, berta):
        admin, clara = make_user(), make_user("clara", "survey_manager")
        with pytest.raises(InvalidError) as refusal:
            delete_all(select(User).where(User.id.in_([berta.id, clara.id])), admin, clara)
        assert refusal.value.fields == GONE
        self.nothing_happened(berta)


class TestRight:
    """Whoever may not give surveys away does not get at them by deleting their owners."""

    def actor(self, **grants):
        return make_user("hanna", make_role("Helpers", user="CRUD:all", role="R:all", **grants))

    @pytest.mark.parametrize("survey", ["R:all", "RU:shared", "CRUD:own", "RU:shared D:own"])
    def test_it_is_refused(self, app, survey):
        actor, small = self.actor(survey=survey), make_user("small", make_role("Small", survey="R:own"))
        titles = make_survey(small, title="One")
        with unit_of_work() as session:
            session.add(SurveyShare(survey_id=titles.id, user_id=actor.id, access="edit"))
        for heir in (None, actor):
            with pytest.raises(ForbiddenError, match="owns surveys"):
                delete(small, actor, heir)
            db.session.rollback()
            assert small.deleted_at is None
            assert owners() == {"One": "small"}

    def test_in_bulk_only_those_are_left_alone(self, app):
        actor = self.actor(survey="R:all")
        for name in ("small", "other"):
            make_user(name, make_role(f"Role of {name}", survey="R:own"))
        make_survey(db.session.scalars(select(User).where(User.username == "small")).one(), title="One")
        result = delete_all(select(User).where(User.username.in_(["small", "other"])), actor, actor)
        assert (result.done, len(reasons(result))) == (1, 1)
        assert reasons(result)[0][0] == "small"
        assert "owns surveys" in reasons(result)[0][1]
        assert owners() == {"One": "small"}

    def test_who_may_change_all_surveys_gives_them(self, app):
        actor, small = self.actor(survey="RU:all"), make_user("small", make_role("Small", survey="R:own"))
        make_survey(small, title="One")
        delete(small, actor, actor)
        assert owners() == {"One": "hanna"}


class TestUser:
    def test_nobody_is_deleted_twice(self, app):
        admin, clara = make_user(), make_user("clara", "viewer")
        delete(clara, admin)
        with pytest.raises(ConflictError, match="deleted or changed"):
            delete(clara, admin)
        assert len(entries("user.delete")) == 1

    def test_nobody_deletes_himself(self, app):
        admin = make_user()
        make_user("other")
        with pytest.raises(ForbiddenError, match="cannot do this to yourself"):
            delete(admin, admin)
        assert admin.deleted_at is None

    def test_sessions_end(self, app, client):
        admin, clara = make_user(), make_user("clara", "viewer")
        login(client, clara)
        assert client.get("/admin/").status_code == 200
        delete(clara, admin)
        assert client.get("/admin/").status_code == 303

    def test_the_last_administrator_stays(self, app):
        admin = make_user()
        with pytest.raises(ConflictError, match="At least one active administrator"):
            delete_all(select(User), SYSTEM, admin)
        assert admin.deleted_at is None


class TestMany:
    def test_each_entry_holds_the_owner_that_was(self, app, berta):
        admin, clara = make_user(), make_user("clara", "survey_manager")
        make_survey(clara, title="Three")
        result = delete_all(select(User).where(User.id.in_([berta.id, clara.id, admin.id])), admin, admin)
        assert (result.done, [name for name, _reason in reasons(result)]) == (2, ["anna"])
        found = {entry.record_name: entry.changes["owner_id"] for entry in entries("survey.change_owner")}
        assert found["One"] == found["Trashed"] == [berta.id, admin.id]
        assert found["Three"] == [clara.id, admin.id]
        batches = {entry.batch_id for entry in (*entries("survey.change_owner"), *entries("user.delete"))}
        assert batches == {entries("user.delete")[0].batch_id}
        assert entries("user.delete")[0].batch.records == 6

    def test_the_number_of_statements_does_not_grow(self, app):
        admin, needed = make_user(), []
        for number in (1, 10, 1000):
            chosen = many_users(number, f"of{number}_")
            ids = db.session.scalars(chosen.with_only_columns(User.id)).all()
            with unit_of_work() as session:
                session.add_all(Survey(title=f"of {one}", owner_id=one) for one in ids[:100])
            with count_statements(db.engine) as statements:
                assert delete_all(chosen, admin, admin).done == number
            needed.append(len(statements))
        assert needed[1] == needed[2] <= 26


def test_two_who_would_inherit_from_each_other_at_once_do_not_both_go(app, berta):
    """Each names the other one as heir: whoever comes second finds that his heir is gone."""
    admin, clara = make_user(), make_user("clara", "survey_manager")
    make_survey(clara, title="Three")
    ids, admin_id, refusals, start = (berta.id, clara.id), admin.id, [], threading.Barrier(2)
    db.session.rollback()

    def run(one, other):
        with app.app_context():
            user, heir, actor = (db.session.get(User, key) for key in (one, other, admin_id))
            assert actor.rights
            start.wait(10)
            try:
                delete(user, actor, heir)
            except InvalidError as error:
                refusals.append(error.fields)
            finally:
                db.session.remove()

    threads = [threading.Thread(target=run, args=pair) for pair in (ids, ids[::-1])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert refusals == [GONE]
    there = set(db.session.scalars(select(User.username).where(User.deleted_at.is_(None))))
    assert set(owners().values()) <= there


class TestPage:
    """/admin/user/delete/"""

    @pytest.fixture
    def admin(self, app, client):
        user = make_user()
        login(client, user)
        return user

    def test_it_asks_who_takes_over(self, client, admin, berta):
        page = client.get(f"/admin/user/delete/?id={berta.id}").text
        assert "berta owns 3 surveys. Whoever you choose takes that over." in page
        assert "Who takes over" in page
        assert re.search(r'<option[^>]*value="">–', page)
        assert f'value="{admin.id}">anna' in page

    def test_it_asks_nothing_where_nothing_is_owned(self, client, admin):
        clara = make_user("clara", "viewer")
        page = client.get(f"/admin/user/delete/?id={clara.id}").text
        assert "Who takes over" not in page
        assert send(client, "/admin/user/delete/", {"id": clara.id, "confirmed": "1"}).status_code == 303
        assert clara.deleted_at is not None

    def test_it_hands_over(self, client, admin, berta):
        answer = send(client, "/admin/user/delete/", {"id": berta.id, "confirmed": "1", "heir": admin.id})
        assert answer.status_code == 303
        assert owners()["One"] == "anna"
        assert "“berta” was deleted." in client.get("/admin/user/").text

    @pytest.mark.parametrize("heir", ["", "0", "abc", "99999999999999999999", "1,2", "a\0b", "-1"])
    def test_a_forged_heir_is_an_error_of_the_field(self, client, admin, berta, heir):
        answer = send(client, "/admin/user/delete/", {"id": berta.id, "confirmed": "1", "heir": heir})
        assert answer.status_code == 422
        assert 'id="heir-error"' in answer.text
        assert berta.deleted_at is None
        assert owners()["One"] == "berta"

    def test_an_heir_who_may_not_be_one_is_an_error_of_the_field(self, client, admin, berta):
        off = make_user("off", "viewer", status=UserStatus.INACTIVE)
        for heir in (off, berta):
            answer = send(client, "/admin/user/delete/", {"id": berta.id, "confirmed": "1", "heir": heir.id})
            assert answer.status_code == 422
            assert 'id="heir-error"' in answer.text
        assert owners()["One"] == "berta"

    def test_without_the_field_nothing_happens(self, client, admin, berta):
        assert send(client, "/admin/user/delete/", {"id": berta.id, "confirmed": "1"}).status_code == 422
        assert berta.deleted_at is None

    def test_whoever_may_not_give_the_surveys_away_is_told_before_he_is_asked(self, app):
        client = app.test_client()
        login(client, make_user("hanna", make_role("Helpers", user="CRUD:all", survey="R:all")))
        small = make_user("small", make_role("Small", survey="R:own"))
        make_survey(small, title="One")
        answer = client.get(f"/admin/user/delete/?id={small.id}")
        assert answer.status_code == 403
        assert "This user owns surveys" in answer.text
        posted = send(client, "/admin/user/delete/", {"id": small.id, "confirmed": "1"})
        assert posted.status_code == 403
        assert small.deleted_at is None

    def test_the_page_needs_few_statements(self, client, admin, berta):
        client.get(f"/admin/user/delete/?id={berta.id}")
        with count_statements(db.engine) as statements:
            client.get(f"/admin/user/delete/?id={berta.id}")
        assert len(statements) <= 20


class TestLookup:
    """/admin/user/ajax/lookup/?name=heir: where there are more than one can look through."""

    def test_it_finds_those_who_may_be_chosen(self, app, client):
        login(client, make_user())
        make_user("berta", "viewer", name="Berta Beispiel")
        make_user("bernd", "viewer", status=UserStatus.INACTIVE)
        make_user("beate", "viewer", deleted_at=now())
        found = client.get("/admin/user/ajax/lookup/?name=heir&query=be").json
        assert [name for _key, name in found] == ["Berta Beispiel (berta)"]

    def test_nobody_finds_whom_he_may_not_see(self, app, client):
        make_user("berta", "viewer")
        login(client, make_user("selfish", make_role("Self", user="R:own")))
        assert client.get("/admin/user/ajax/lookup/?name=heir&query=berta").json == []
        other = app.test_client()
        login(other, make_user("vera", make_role("Surveys", survey="R:all")))
        assert other.get("/admin/user/ajax/lookup/?name=heir&query=berta").status_code == 403

    def test_a_long_list_is_searched_while_one_types(self, app, client, berta):
        login(client, make_user())
        address = f"/admin/user/delete/?id={berta.id}"
        assert "data-select-url" not in client.get(address).text
        many_users(520, "user")
        page = client.get(address).text
        assert 'data-select-url="/admin/user/ajax/lookup/?name=heir"' in page
        # Without a script the first of them are there to choose from.
        assert page.count("<option") == 52
        far = db.session.scalars(select(User.id).where(User.username == "user00519")).one()
        assert f'value="{far}"' not in page
        answer = send(client, "/admin/user/delete/", {"id": berta.id, "confirmed": "1", "heir": far})
        assert answer.status_code == 303
        assert owners()["One"] == "user00519"
