"""The state machine, for one survey and for many."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select, update

from admin_app.audit.operations import open_batch
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ConflictError, ForbiddenError, NotFoundError
from admin_app.core.permissions import SYSTEM
from admin_app.surveys import operations
from admin_app.surveys.availability import Availability, availability, shown_state
from admin_app.surveys.models import Survey, SurveyState
from tests.factories import make_role, make_survey, make_user
from tests.helpers import reasons
from tests.surveys.conftest import entries

DRAFT, OPEN, PAUSED, CLOSED, ARCHIVED = SurveyState
VERBS = {
    OPEN: operations.open_survey,
    PAUSED: operations.pause_survey,
    CLOSED: operations.close_survey,
    ARCHIVED: operations.archive_survey,
}
# Every arrow there is; all others are refused.
ARROWS = {
    (DRAFT, OPEN),
    (DRAFT, ARCHIVED),
    (OPEN, PAUSED),
    (OPEN, CLOSED),
    (PAUSED, OPEN),
    (PAUSED, CLOSED),
    (CLOSED, OPEN),
    (CLOSED, ARCHIVED),
}
NOW = dt.datetime(2026, 6, 1, tzinfo=dt.UTC)


def put(survey: Survey, state: SurveyState) -> Survey:
    """Put a survey into a state past the operations."""
    with unit_of_work() as session:
        session.execute(update(Survey).where(Survey.id == survey.id).values(state=state))
    db.session.refresh(survey)
    return survey


@pytest.mark.parametrize("source", SurveyState)
@pytest.mark.parametrize("target", VERBS)
def test_every_arrow(app, source, target):
    survey = put(make_survey(published=True), source)
    version = survey.lock_version
    if (source, target) not in ARROWS:
        with pytest.raises(ConflictError, match=f"this one is {source.value}"), unit_of_work():
            VERBS[target](survey, actor=SYSTEM)
        db.session.refresh(survey)
        assert (survey.state, survey.lock_version) == (source, version)
        return
    with unit_of_work():
        VERBS[target](survey, actor=SYSTEM)
    assert (survey.state, survey.lock_version) == (target, version + 1)
    actions = {OPEN: "open", PAUSED: "pause", CLOSED: "close", ARCHIVED: "archive"}
    assert entries(f"survey.{actions[target]}")[0].changes == {"state": [source.value, target.value]}


def test_a_draft_that_was_never_published_is_not_opened(app):
    survey = make_survey()
    with pytest.raises(ConflictError, match="not been published"), unit_of_work():
        operations.open_survey(survey, actor=SYSTEM)
    assert survey.state is DRAFT


def test_a_deleted_survey_is_not_opened(app):
    survey = make_survey(published=True)
    with unit_of_work():
        operations.delete_survey(survey, actor=SYSTEM)
    with pytest.raises(ConflictError, match="any more"), unit_of_work():
        operations.open_survey(survey, actor=SYSTEM)


def test_it_needs_the_ability(app):
    survey = make_survey(published=True)
    viewer, nobody = make_user("vera", "viewer"), make_user("nobody", None)
    for verb in VERBS.values():
        with pytest.raises(ForbiddenError), unit_of_work():
            verb(survey, actor=viewer)
        with pytest.raises(NotFoundError), unit_of_work():
            verb(survey, actor=nobody)


class TestMany:
    def test_what_can_be_is_done_and_the_rest_has_its_reason(self, app):
        actor = make_user("anna", make_role("Own", survey="R:all U:own", abilities="survey.publish"))
        titles = [("a", OPEN), ("b", PAUSED), ("c", CLOSED), ("d", DRAFT)]
        surveys = {title: put(make_survey(actor, published=True, title=title), state) for title, state in titles}
        make_survey(actor, title="e")
        make_survey(published=True, title="f")
        with unit_of_work():
            batch = open_batch("survey.open", "survey", actor=actor)
            result = operations.open_surveys(select(Survey), actor=actor, batch=batch)
        assert result.done == 3
        assert reasons(result) == [
            ("a", "Only a draft, paused or closed survey can be opened; this one is open."),
            ("e", "It has not been published yet."),
            ("f", "You may not change this survey."),
        ]
        assert {survey.state for survey in surveys.values()} == {OPEN}
        found = entries("survey.open")
        assert [(entry.record_name, entry.changes["state"][0], entry.batch_id) for entry in found] == [
            ("b", "paused", batch.id),
            ("c", "closed", batch.id),
            ("d", "draft", batch.id),
        ]
        assert batch.records == 3

    @pytest.mark.parametrize(
        ("operation", "state"), [(operations.pause_surveys, PAUSED), (operations.close_surveys, CLOSED)]
    )
    def test_pausing_and_closing(self, app, operation, state):
        survey = make_survey(opened=True)
        with unit_of_work():
            assert operation(select(Survey), actor=SYSTEM, batch=None).done == 1
        assert survey.state is state

    def test_nothing_chosen_is_nothing_done(self, app):
        with unit_of_work():
            result = operations.close_surveys(select(Survey), actor=SYSTEM, batch=None)
        assert (result.done, result.skipped) == (0, [])

    def test_they_need_the_ability(self, app):
        viewer = make_user("vera", "viewer")
        for operation in (operations.open_surveys, operations.pause_surveys, operations.close_surveys):
            with pytest.raises(ForbiddenError), unit_of_work():
                operation(select(Survey), actor=viewer, batch=None)
        with pytest.raises(ForbiddenError), unit_of_work():
            operations.delete_surveys(select(Survey), actor=viewer, batch=None)


HOUR = dt.timedelta(hours=1)


@pytest.mark.parametrize(
    ("fields", "expected", "shown"),
    [
        ({"state": DRAFT}, Availability.UNKNOWN, "draft"),
        ({"state": OPEN}, Availability.OPEN, "open"),
        ({"state": OPEN, "deleted_at": NOW}, Availability.UNKNOWN, "open"),
        ({"state": OPEN, "opens_at": NOW}, Availability.OPEN, "open"),
        ({"state": OPEN, "opens_at": NOW + HOUR}, Availability.NOT_YET, "scheduled"),
        ({"state": OPEN, "closes_at": NOW}, Availability.CLOSED, "expired"),
        ({"state": OPEN, "closes_at": NOW + HOUR}, Availability.OPEN, "open"),
        ({"state": OPEN, "reply_limit": 3, "reply_count": 2}, Availability.OPEN, "open"),
        ({"state": OPEN, "reply_limit": 3, "reply_count": 3}, Availability.FULL, "full"),
        ({"state": PAUSED}, Availability.PAUSED, "paused"),
        ({"state": PAUSED, "closes_at": NOW - HOUR}, Availability.CLOSED, "paused"),
        ({"state": CLOSED}, Availability.CLOSED, "closed"),
        ({"state": ARCHIVED}, Availability.CLOSED, "archived"),
    ],
)
def test_what_a_respondent_meets(fields, expected, shown):
    survey = Survey(**{"reply_count": 0, **fields})
    assert availability(survey, NOW) is expected
    assert shown_state(survey, NOW) == shown
