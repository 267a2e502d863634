"""Changing settings, and everything that is refused."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask
from sqlalchemy import func, select

from admin_app.audit.models import AuditEntry
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ConflictError, ForbiddenError, InvalidError
from admin_app.core.permissions import SYSTEM
from admin_app.settings import queries
from admin_app.settings.models import StoredSetting
from admin_app.settings.operations import change_settings, reset_setting
from admin_app.settings.queries import value
from tests.factories import make_role, make_user


def change(actor=SYSTEM, revision=None, **data):
    with unit_of_work():
        return change_settings(data, actor=actor, revision=revision)


def reset(name, actor=SYSTEM, revision=None):
    with unit_of_work():
        return reset_setting(name, actor=actor, revision=revision)


def state():
    """All that a refusal must leave as it is."""
    db.session.rollback()
    rows = sorted(tuple(row) for row in db.session.execute(select(StoredSetting.name, StoredSetting.value)))
    return rows, db.session.scalar(select(func.count()).select_from(AuditEntry))


def entries():
    return list(db.session.scalars(select(AuditEntry).order_by(AuditEntry.id)))


@pytest.fixture
def admin(app: Flask):
    return make_user("ada", name="Ada")


class TestChange:
    def test_it_works(self, admin):
        assert change(admin, session_hours=8, organisation=" Acme  Ltd ") == ["session_hours", "organisation"]
        assert (value("session_hours"), value("organisation")) == (8, "Acme Ltd")
        row = queries.stored_rows()["session_hours"]
        assert (str(row), row.value, row.updated_by_id) == ("session_hours", 8, admin.id)

    def test_each_setting_is_recorded_with_its_values(self, admin):
        change(admin, session_hours=8, organisation="Acme")
        change(admin, session_hours=9)
        assert [(one.action, one.resource, one.record_name, one.changes) for one in entries()] == [
            ("setting.change", "setting", "session_hours", {"value": [12, 8]}),
            ("setting.change", "setting", "organisation", {"value": ["Canvass", "Acme"]}),
            ("setting.change", "setting", "session_hours", {"value": [8, 9]}),
        ]
        assert {one.actor_id for one in entries()} == {admin.id}
        assert str(entries()[0]) == "Setting changed: session_hours"

    def test_what_stays_the_same_is_no_change(self, admin):
        change(admin, session_hours=8)
        before = state()
        assert change(admin, session_hours=8, login_attempts=10) == []
        assert state() == before

    def test_a_default_leaves_no_row(self, admin):
        change(admin, session_hours=8)
        assert change(admin, session_hours=12) == ["session_hours"]
        assert queries.stored_rows() == {}
        assert entries()[-1].changes == {"value": [8, 12]}

    def test_a_row_that_says_what_has_become_the_default_goes_when_somebody_saves_it(self, admin):
        with unit_of_work() as session:
            session.add(StoredSetting(name="session_hours", value=12))
        assert change(admin, session_hours=12) == ["session_hours"]
        assert queries.stored_rows() == {}

    def test_other_processes_see_what_the_rows_say_now(self, admin):
        change(admin, session_hours=8)
        held = queries.stored_rows()["session_hours"]
        with db.engine.begin() as connection:
            connection.execute(StoredSetting.__table__.update().values(value=9))
        db.session.rollback()
        assert queries.stored_rows()["session_hours"].value == 9
        assert held.value == 9


class TestReset:
    def test_it_works(self, admin):
        change(admin, session_hours=8)
        assert reset("session_hours", admin) is True
        assert value("session_hours") == 12
        assert queries.stored_rows() == {}
        assert entries()[-1].changes == {"value": [8, 12]}

    def test_what_is_the_default_already_stays(self, admin):
        assert reset("session_hours", admin) is False
        assert entries() == []

    def test_there_is_nothing_to_reset_in_what_is_no_setting(self, admin):
        before = state()
        with pytest.raises(InvalidError, match="no setting “nonsense”"):
            reset("nonsense", admin)
        assert state() == before

    def test_only_with_the_right(self, app: Flask):
        change(session_hours=8)
        before = state()
        with pytest.raises(ForbiddenError):
            reset("session_hours", make_user("anna", make_role("All", setting="CRUD:all")))
        assert state() == before


class TestRefused:
    def test_without_the_right(self, app: Flask):
        """The letters on settings are no right to change them."""
        anna = make_user("anna", make_role("All", setting="CRUD:all", user="CRUD:all"))
        before = state()
        with pytest.raises(ForbiddenError, match="Change the settings of the installation"):
            change(anna, session_hours=8)
        assert state() == before
        assert value("session_hours") == 12

    @pytest.mark.parametrize("name", ["nonsense", "SESSION_HOURS", "id", "value", "", "a\nb" * 100])
    def test_what_is_no_setting(self, admin, name):
        before = state()
        with pytest.raises(InvalidError, match="There is no setting"):
            change(admin, **{"login_attempts": 5, name: 8})
        assert state() == before

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("session_hours", 0), ("session_hours", "8"), ("session_hours", True), ("session_hours", None),
            ("session_hours", 1e9), ("organisation", ""), ("organisation", "a\x00b"), ("organisation", 3),
            ("language", "tlh"), ("language", ["en"]), ("time_zone", "Mars/Olympus"), ("time_zone", "../etc/passwd"),
        ],
    )  # fmt: skip
    def test_a_value_that_cannot_be_one(self, admin, name, content):
        before = state()
        with pytest.raises(InvalidError, match="One setting cannot be taken") as refused:
            change(admin, **{"login_attempts": 5, name: content})
        assert list(refused.value.fields) == [name]
        assert state() == before

    def test_several_are_said_at_once(self, admin):
        before = state()
        with pytest.raises(InvalidError, match="2 settings cannot be taken") as refused:
            change(admin, session_hours=0, language="tlh")
        assert sorted(refused.value.fields) == ["language", "session_hours"]
        assert state() == before

    def test_what_the_environment_fixes(self, admin, app: Flask, monkeypatch):
        monkeypatch.setitem(app.extensions["canvass.settings"].fixed, "session_hours", 5)
        before = state()
        for work in (lambda: change(admin, session_hours=8, login_attempts=5), lambda: reset("session_hours", admin)):
            with pytest.raises(InvalidError) as refused:
                work()
            assert refused.value.fields == {"session_hours": "CANVASS_SESSION_HOURS fixes this. Change it there."}
        assert state() == before


class TestTwoAtOnce:
    def test_whoever_looked_before_the_other_saved_is_refused(self, admin):
        seen = queries.revision()
        assert seen == 0
        change(admin, session_hours=8, revision=seen)
        before = state()
        with pytest.raises(ConflictError, match="Nothing was saved"):
            change(admin, login_attempts=5, revision=seen)
        with pytest.raises(ConflictError):
            reset("session_hours", admin, revision=seen)
        assert state() == before
        assert change(admin, login_attempts=5, revision=queries.revision()) == ["login_attempts"]

    def test_the_revision_follows_settings_only(self, admin):
        change(admin, session_hours=8)
        seen = queries.revision()
        with unit_of_work():
            from admin_app.audit.operations import record

            record("user.update", admin, actor=admin)
        assert queries.revision() == seen

    def test_of_many_at_once_one_saves(self, app: Flask, admin):
        seen, barrier = queries.revision(), threading.Barrier(4)
        db.session.remove()

        def save(hours: int) -> bool:
            with app.app_context():
                barrier.wait()
                try:
                    change(SYSTEM, revision=seen, session_hours=hours)
                except ConflictError:
                    return False
                return True

        with ThreadPoolExecutor(4) as pool:
            saved = list(pool.map(save, (1, 2, 3, 4)))
        assert sorted(saved) == [False, False, False, True]
        assert value("session_hours") == saved.index(True) + 1

    def test_who_changed_each_last(self, admin):
        change(admin, session_hours=8)
        change(SYSTEM, session_hours=9, login_attempts=3)
        last = queries.last_changes()
        assert {name: entry.actor_name for name, entry in last.items()} == {
            "session_hours": "system", "login_attempts": "system"
        }  # fmt: skip
        assert max(entry.id for entry in last.values()) == queries.revision()
        assert [one.record_name for one in queries.changes_since(0)] == [
            "session_hours", "session_hours", "login_attempts"
        ]  # fmt: skip
        assert queries.changes_since(queries.revision()) == []
