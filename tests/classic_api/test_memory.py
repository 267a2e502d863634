"""What the door keeps in the process: for how long, and for whom nobody waits."""

from __future__ import annotations

import pytest

from admin_app.classic_api.listing import ActiveSurveys
from admin_app.classic_api.memory import Kept
from admin_app.core.db import db
from tests.factories import make_reply, make_survey
from tests.helpers import count_statements


def test_what_is_known_is_not_read_again():
    asked: list[int] = []

    def read(number: int) -> str | None:
        asked.append(number)
        return None if number == 0 else str(number)

    kept = Kept(read, 2)
    assert [kept.get(number) for number in (1, 1, 0, 0, 2, 1)] == ["1", "1", None, None, "2", "1"]
    assert asked == [1, 0, 0, 2]
    assert [kept.get(number) for number in (3, 3, 1)] == ["3", "3", "1"]
    assert asked[4:] == [3, 1]


@pytest.fixture
def active(app):
    make_survey(opened=True)
    surveys = ActiveSurveys()
    surveys.get()
    db.session.rollback()
    return surveys


def expire(active: ActiveSurveys) -> None:
    """A tenth of a second later."""
    active._until = 1e-9


class TestActiveSurveys:
    def test_an_unchanged_list_is_the_same_one(self, active):
        before = active.get()
        expire(active)
        assert active.get() is before

    def test_nobody_waits_for_what_is_only_older(self, active):
        before = active.get()
        expire(active)
        with active._lock, count_statements(db.engine) as seen:
            assert active.get() is before
        assert seen == []

    def test_nobody_waits_while_a_reply_is_counted(self, active):
        before = active.get()
        active.forget()
        with active._lock, count_statements(db.engine) as seen:
            assert active.get() is before
        assert seen == []
        assert active.get() is before, "nothing was stored"
        assert active._until > 0

    def test_whoever_waited_for_it_does_not_make_it_again(self, active, monkeypatch):
        """Between the look at the clock and the lock somebody else was faster."""

        class Slow:
            def acquire(self, *, blocking):
                assert blocking
                active._until, active._commits = float("inf"), commits()
                return True

            def release(self):
                pass

        from admin_app.core.db import commits

        before = active.get()
        active._commits -= 1
        monkeypatch.setattr(active, "_lock", Slow())
        with count_statements(db.engine) as seen:
            assert active.get() is before
        assert seen == []

    def test_where_counting_takes_long_it_is_done_less_often(self, active):
        survey = make_survey(opened=True)
        active.get()
        active._seconds, active._counted_until = 5.0, float("inf")
        make_reply(survey)
        active.forget()
        assert b'"subCount": 1' not in active.get().body
        active._counted_until = 0.0
        active.forget()
        assert b'"subCount": 1' in active.get().body
