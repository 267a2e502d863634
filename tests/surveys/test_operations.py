"""Creating, changing and deleting surveys."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import select

from admin_app.core.clock import now
from admin_app.core.db import db
from admin_app.core.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from admin_app.core.permissions import SYSTEM
from admin_app.surveys import operations
from admin_app.surveys.models import Survey, SurveyState
from tests.factories import make_role, make_survey, make_user
from tests.helpers import reasons
from tests.surveys.conftest import entries

BAD_HTML = '<p onclick="x()">Hi</p><script>alert(1)</script><a href="javascript:x()">a</a><img src="//evil/x.gif">'


@pytest.fixture
def anna(app):
    """Makes and edits surveys of her own."""
    return make_user("anna", make_role("Own", survey="CRUD:own", question="CRUD:own", abilities="survey.publish"))


class TestCreate:
    def test_it_works(self, anna, unit):
        opens = dt.datetime(2027, 1, 1, 12, tzinfo=dt.timezone(dt.timedelta(hours=2)))
        data = {"title": "  Lunch \n poll ", "introduction": BAD_HTML, "opens_at": opens, "reply_limit": 5}
        survey = unit(operations.create_survey, data, actor=anna)
        assert survey.title == "Lunch poll"
        assert survey.state is SurveyState.DRAFT
        assert survey.owner_id == anna.id
        assert survey.opens_at == opens
        assert len(survey.public_id) == 12
        entry = entries("survey.create")[0]
        assert (entry.record_id, entry.actor_id, entry.record_name) == (survey.id, anna.id, "Lunch poll")
        assert entry.changes["reply_limit"] == [None, 5]

    def test_rich_text_is_cleaned_on_write(self, anna, unit):
        survey = unit(
            operations.create_survey, {"title": "A", "introduction": BAD_HTML, "thanks": BAD_HTML}, actor=anna
        )
        for text in (survey.introduction, survey.thanks):
            assert "<p>Hi</p>" in text
            for bad in ("script", "onclick", "javascript", "evil"):
                assert bad not in text

    def test_it_needs_the_letter(self, app, unit):
        with pytest.raises(ForbiddenError):
            unit(operations.create_survey, {"title": "A"}, actor=make_user("vera", "viewer"))

    def test_it_is_not_made_for_others_without_the_right(self, anna, unit):
        with pytest.raises(ForbiddenError, match="owner"):
            unit(operations.create_survey, {"title": "A", "owner": make_user("ben", None)}, actor=anna)
        assert db.session.scalar(select(Survey.id)) is None

    def test_an_administrator_makes_it_for_others(self, app, unit):
        ben = make_user("ben", None)
        survey = unit(operations.create_survey, {"title": "A", "owner": ben}, actor=make_user("root"))
        assert survey.owner is ben

    def test_the_system_has_to_name_an_owner(self, app, unit):
        with pytest.raises(InvalidError) as caught:
            unit(operations.create_survey, {"title": "A"}, actor=SYSTEM)
        assert "owner" in caught.value.fields

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("title", ""),
            ("title", " \0 "),
            ("title", "x" * 301),
            ("title", 5),
            ("title", None),
            ("introduction", "x" * 200_001),
            ("language", "English"),
            ("language", "\ud800"),
            ("listed", "yes"),
            ("listed", None),
            ("opens_at", dt.datetime(2026, 1, 1)),  # noqa: DTZ001 - a moment without its zone is what is refused
            ("opens_at", "2026-01-01"),
            ("opens_at", dt.datetime(1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=14)))),
            ("reply_limit", 0),
            ("reply_limit", -1),
            ("reply_limit", True),
            ("reply_limit", 10**20),
            ("reply_limit", "5"),
            ("owner", 1),
            ("state", "open"),
        ],
    )
    def test_a_wrong_value_is_refused_by_its_name(self, anna, unit, field, value):
        with pytest.raises(InvalidError) as caught:
            unit(operations.create_survey, {"title": "A", field: value}, actor=anna)
        assert list(caught.value.fields) == [field]

    def test_it_cannot_close_before_it_opens(self, anna, unit):
        moment = now()
        with pytest.raises(InvalidError) as caught:
            unit(operations.create_survey, {"title": "A", "opens_at": moment, "closes_at": moment}, actor=anna)
        assert "closes_at" in caught.value.fields


class TestUpdate:
    def test_it_works_and_names_what_changed(self, anna, unit):
        survey = make_survey(anna)
        version = survey.lock_version
        unit(operations.update_survey, survey, {"title": "New", "listed": True, "language": "en"}, actor=anna)
        assert (survey.title, survey.listed) == ("New", True)
        assert survey.lock_version > version
        assert entries("survey.update")[0].changes == {"title": ["Working here", "New"], "listed": [False, True]}

    def test_nothing_changed_is_nothing_recorded(self, anna, unit):
        survey = make_survey(anna)
        unit(operations.update_survey, survey, {"title": survey.title}, actor=anna)
        assert entries("survey.update") == []

    def test_a_stranger_is_told_that_there_is_no_such_survey(self, anna, unit):
        with pytest.raises(NotFoundError):
            unit(operations.update_survey, make_survey(), {"title": "Mine"}, actor=anna)

    def test_a_reader_is_refused(self, app, unit):
        with pytest.raises(ForbiddenError):
            unit(operations.update_survey, make_survey(), {"title": "Mine"}, actor=make_user("vera", "viewer"))

    def test_a_wrong_value_changes_nothing(self, anna, unit):
        survey = make_survey(anna)
        with pytest.raises(InvalidError):
            unit(operations.update_survey, survey, {"title": "New", "reply_limit": 0}, actor=anna)
        db.session.refresh(survey)
        assert survey.title == "Working here"

    def test_dates_are_checked_against_those_that_stay(self, anna, unit):
        survey = make_survey(anna, opens_at=now() + dt.timedelta(days=2))
        with pytest.raises(InvalidError, match="close before it opens"):
            unit(operations.update_survey, survey, {"closes_at": now()}, actor=anna)

    def test_dates_can_be_taken_away(self, anna, unit):
        survey = make_survey(anna, opens_at=now())
        unit(operations.update_survey, survey, {"opens_at": None, "closes_at": None}, actor=anna)
        assert survey.opens_at is None

    def test_giving_it_away_needs_all_surveys(self, anna, unit):
        survey, ben = make_survey(anna), make_user("ben", None)
        with pytest.raises(ForbiddenError, match="owner"):
            unit(operations.update_survey, survey, {"owner": ben}, actor=anna)
        unit(operations.update_survey, survey, {"owner": ben}, actor=make_user("root"))
        assert survey.owner_id == ben.id
        assert entries("survey.update")[0].changes == {"owner_id": [anna.id, ben.id]}

    def test_somebody_deleted_cannot_become_the_owner(self, anna, unit):
        gone = make_user("gone", None, deleted_at=now())
        with pytest.raises(InvalidError):
            unit(operations.update_survey, make_survey(anna), {"owner": gone}, actor=make_user("root"))

    def test_a_deleted_survey_is_not_there(self, anna, unit):
        survey = make_survey(anna)
        unit(operations.delete_survey, survey, actor=anna)
        with pytest.raises(NotFoundError):
            unit(operations.update_survey, survey, {"title": "New"}, actor=anna)

    def test_an_archived_survey_is_not_changed(self, anna, unit):
        survey = make_survey(anna)
        unit(operations.archive_survey, survey, actor=anna)
        with pytest.raises(ConflictError, match="archived"):
            unit(operations.update_survey, survey, {"title": "New"}, actor=anna)


class TestAnonymous:
    def test_it_is_free_before_the_first_reply(self, anna, unit, replies):
        survey = make_survey(anna)
        unit(operations.update_survey, survey, {"anonymous": True}, actor=anna)
        assert survey.anonymous is True

    def test_it_is_fixed_at_the_first_reply(self, anna, unit, replies):
        survey = make_survey(anna, anonymous=True)
        replies[survey.id] = 1
        with pytest.raises(ConflictError) as caught:
            unit(operations.update_survey, survey, {"anonymous": False, "title": "New"}, actor=anna)
        assert "anonymous" in caught.value.fields
        db.session.refresh(survey)
        assert (survey.anonymous, survey.title) == (True, "Working here")

    def test_the_rest_can_still_change(self, anna, unit, replies):
        survey = make_survey(anna, anonymous=True)
        replies[survey.id] = 1
        unit(operations.update_survey, survey, {"anonymous": True, "title": "New"}, actor=anna)
        assert survey.title == "New"


class TestLimit:
    def test_it_starts_from_the_replies_that_are_there(self, anna, unit, replies):
        survey = make_survey(anna)
        replies[survey.id] = 7
        unit(operations.update_survey, survey, {"reply_limit": 10}, actor=anna)
        assert (survey.reply_limit, survey.reply_count) == (10, 7)

    def test_another_limit_keeps_the_count(self, anna, unit, replies):
        survey = make_survey(anna, reply_limit=10)
        replies[survey.id] = 99
        unit(operations.update_survey, survey, {"reply_limit": 20}, actor=anna)
        assert survey.reply_count == 0

    def test_without_a_limit_nothing_is_counted(self, anna, unit, replies):
        survey = make_survey(anna)
        replies[survey.id] = 7
        unit(operations.update_survey, survey, {"reply_limit": 10}, actor=anna)
        unit(operations.update_survey, survey, {"reply_limit": None}, actor=anna)
        assert (survey.reply_limit, survey.reply_count) == (None, 0)


class TestDelete:
    def test_it_goes_to_the_trash(self, anna, unit):
        survey = make_survey(anna, opened=True)
        unit(operations.delete_survey, survey, actor=anna)
        assert survey.deleted_at is not None
        assert survey.deleted_by_id == anna.id
        assert entries("survey.delete")[0].record_id == survey.id

    def test_twice_is_refused(self, anna, unit):
        survey = make_survey(anna)
        unit(operations.delete_survey, survey, actor=anna)
        with pytest.raises(ConflictError, match="already"):
            unit(operations.delete_survey, survey, actor=anna)

    def test_it_needs_the_letter(self, app, unit):
        survey = make_survey()
        with pytest.raises(ForbiddenError):
            unit(operations.delete_survey, survey, actor=make_user("vera", "viewer"))
        assert survey.deleted_at is None

    def test_many_at_once_leave_out_what_is_not_ones_own(self, anna, unit):
        mine, other = make_survey(anna), make_survey()
        selection = select(Survey).order_by(Survey.title)
        result = unit(operations.delete_surveys, selection, actor=anna, batch=None)
        assert result.done == 1
        assert reasons(result) == [("Working here", "You may not delete this survey.")]
        db.session.refresh(other)
        assert (mine.deleted_at is not None, other.deleted_at) == (True, None)
