"""The list of surveys: what it says of each, and how it is narrowed down."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, update

from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.surveys.availability import SHOWN_STATES, shown_state, shown_state_is
from admin_app.surveys.models import Survey, SurveyState
from tests.factories import login, make_survey, make_user

YESTERDAY, TOMORROW = now() - dt.timedelta(days=1), now() + dt.timedelta(days=1)


@pytest.fixture
def root(client):
    """An administrator who is logged in."""
    user = make_user("root")
    login(client, user)
    return user


def titles(client, query: str) -> list[str]:
    page = client.get(f"/admin/survey/?{query}")
    assert page.status_code == 200
    found = [(page.text.find(f">{survey.title}</a>"), survey.title) for survey in db.session.scalars(select(Survey))]
    return [title for place, title in sorted(found) if place >= 0]


class TestState:
    @pytest.fixture
    def every_kind(self, app) -> list[Survey]:
        """Surveys in every state, with every combination of dates and limits."""
        values = [
            {"state": state, "opens_at": opens, "closes_at": closes, "reply_limit": limit, "reply_count": count}
            for state in SurveyState
            for opens in (None, YESTERDAY, TOMORROW)
            for closes in (None, YESTERDAY, TOMORROW)
            for limit, count in ((None, 0), (5, 4), (5, 5), (5, 6))
            if opens is None or closes is None or opens < closes
        ]
        model = make_survey(published=True)
        with unit_of_work() as session:
            session.add_all(
                Survey(title="x", owner_id=model.owner_id, current_version_id=model.current_version_id, **one)
                for one in values
            )
        return list(db.session.scalars(select(Survey)))

    def test_the_condition_says_what_the_list_shows(self, every_kind):
        moment = now()
        seen = set()
        for state in SHOWN_STATES:
            found = set(db.session.scalars(select(Survey.id).where(shown_state_is(state, moment))))
            assert found == {one.id for one in every_kind if shown_state(one, moment) == state}, state
            assert found
            seen |= found
        assert seen == {one.id for one in every_kind}

    @pytest.mark.parametrize(
        ("state", "found"),
        [("open", ["Now"]), ("scheduled", ["Later"]), ("expired", ["Over"]), ("full", ["Full"]), ("draft", ["New"])],
    )
    def test_it_filters(self, client, root, state, found):
        make_survey(root, title="New")
        make_survey(root, opened=True, title="Now")
        make_survey(root, opened=True, title="Later", opens_at=TOMORROW)
        make_survey(root, opened=True, title="Over", closes_at=YESTERDAY)
        full = make_survey(root, opened=True, title="Full", reply_limit=1)
        with unit_of_work() as session:
            session.execute(update(Survey).where(Survey.id == full.id).values(reply_count=1))
        assert titles(client, f"g1.state={state}") == found

    @pytest.mark.parametrize("state", ["", "OPEN", "gone", "open'--", "0"])
    def test_a_state_that_there_is_not(self, client, root, state):
        make_survey(root, title="New")
        assert client.get(f"/admin/survey/?g1.state={state}").status_code in {200, 400}


class TestColumns:
    def test_replies_of_as_many_as_are_taken(self, client, root, replies):
        survey = make_survey(root, opened=True, reply_limit=1500)
        replies[survey.id] = 12
        assert ">12 of 1,500<" in client.get("/admin/survey/").text.replace("\n", "").replace("  ", "")

    def test_narrowed_to_dates(self, client, root):
        make_survey(root, title="Early", opens_at=dt.datetime(2027, 1, 31, 23, 30, tzinfo=dt.UTC))
        make_survey(root, title="Late", opens_at=dt.datetime(2027, 2, 1, 0, 30, tzinfo=dt.UTC))
        assert titles(client, "g1.opens_at_to=2027-01-31") == ["Early"]
        with unit_of_work():
            root.time_zone = "Europe/Berlin"
        assert titles(client, "g1.opens_at_from=2027-02-01&sort=opens_at") == ["Early", "Late"]
