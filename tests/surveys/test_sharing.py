"""Sharing surveys with users and roles."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from admin_app.accounts.models import User
from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import ForbiddenError, InvalidError, NotFoundError
from admin_app.core.permissions import SYSTEM, can
from admin_app.surveys import operations
from admin_app.surveys.models import SurveyShare
from admin_app.surveys.queries import shares_of
from tests.factories import make_role, make_survey, make_user
from tests.surveys.conftest import entries


@pytest.fixture
def anna(app):
    """Makes surveys and shares them."""
    role = make_role("Own", "survey.share", survey="CRUD:own", question="CRUD:own", user="R:all", role="R:all")
    return make_user("anna", role)


@pytest.fixture
def ben(app):
    """Works on what others share with him."""
    return make_user("ben", make_role("Shared", survey="RU:shared", question="CRUD:shared"))


def shared(survey) -> dict[str, str]:
    return {str(receiver): access for receiver, access in shares_of(survey)}


class TestShare:
    def test_a_user_and_a_role_get_what_is_meant(self, anna, ben, unit):
        survey, readers = make_survey(anna), make_role("Readers", survey="RU:shared")
        cleo = make_user("cleo", readers)
        assert not can(ben, "survey", "R", obj=survey)
        unit(operations.share_survey, survey, {"edit": [ben], "read": [readers]}, actor=anna)
        assert shared(survey) == {"ben": "edit", "Readers": "read"}
        assert can(ben, "survey", "U", obj=survey)
        assert can(cleo, "survey", "R", obj=survey)
        assert not can(cleo, "survey", "U", obj=survey)

    def test_the_log_names_them(self, anna, ben, unit):
        survey = make_survey(anna)
        unit(operations.share_survey, survey, {"edit": [ben]}, actor=anna)
        unit(operations.share_survey, survey, {"read": [ben], "edit": []}, actor=anna)
        first, second = entries("survey.share")
        assert (first.record_id, first.actor_id) == (survey.id, anna.id)
        assert first.changes == {"may_edit": [[], ["ben"]]}
        assert second.changes == {"may_edit": [["ben"], []], "may_read": [[], ["ben"]]}

    def test_it_is_ended_by_leaving_somebody_out(self, anna, ben, unit):
        survey = make_survey(anna)
        unit(operations.share_survey, survey, {"edit": [ben]}, actor=anna)
        unit(operations.share_survey, survey, {"edit": []}, actor=anna)
        assert shared(survey) == {}
        assert db.session.scalar(select(SurveyShare.id)) is None
        assert not can(ben, "survey", "R", obj=survey)

    def test_who_may_edit_need_not_be_named_to_read(self, anna, ben, unit):
        survey = make_survey(anna)
        unit(operations.share_survey, survey, {"read": [ben], "edit": [ben]}, actor=anna)
        assert shared(survey) == {"ben": "edit"}

    def test_an_access_that_is_not_named_stays(self, anna, ben, unit):
        survey, cleo = make_survey(anna), make_user("cleo", None)
        unit(operations.share_survey, survey, {"edit": [ben]}, actor=anna)
        unit(operations.share_survey, survey, {"read": [cleo]}, actor=anna)
        assert shared(survey) == {"ben": "edit", "cleo": "read"}

    def test_the_owner_needs_none(self, anna, unit):
        survey = make_survey(anna)
        unit(operations.share_survey, survey, {"read": [anna]}, actor=anna)
        assert shared(survey) == {}

    def test_nothing_new_is_not_told(self, anna, ben, unit):
        survey = make_survey(anna)
        unit(operations.share_survey, survey, {"edit": [ben]}, actor=anna)
        version = survey.lock_version
        unit(operations.share_survey, survey, {"edit": [ben], "read": []}, actor=anna)
        assert len(entries("survey.share")) == 1
        assert survey.lock_version == version

    def test_whoever_has_the_form_open_is_told(self, anna, ben, unit):
        survey = make_survey(anna)
        version = survey.lock_version
        unit(operations.share_survey, survey, {"edit": [ben]}, actor=anna)
        assert survey.lock_version > version

    def test_who_edits_a_shared_survey_may_share_it_further(self, anna, unit):
        role = make_role("Further", "survey.share", survey="RU:shared", user="R:all", role="R:all")
        survey, dora, emil = make_survey(anna), make_user("dora", role), make_user("emil", None)
        unit(operations.share_survey, survey, {"edit": [dora]}, actor=anna)
        unit(operations.share_survey, survey, {"read": [emil]}, actor=dora)
        assert shared(survey) == {"dora": "edit", "emil": "read"}


class TestRefusals:
    def refused(self, unit, survey, wanted, actor, error):
        before = shared(survey)
        with pytest.raises(error):
            unit(operations.share_survey, survey, wanted, actor=actor)
        assert shared(survey) == before
        assert not [entry for entry in entries("survey.share") if entry.actor_id == actor.id]

    def test_without_the_ability(self, app, ben, unit):
        fred = make_user("fred", make_role("Mute", survey="CRUD:own", user="R:all"))
        self.refused(unit, make_survey(fred), {"edit": [ben]}, fred, ForbiddenError)

    def test_with_the_ability_but_reading_alone(self, anna, ben, unit):
        role = make_role("Reader", "survey.share", survey="R:all U:own", user="R:all")
        self.refused(unit, make_survey(anna), {"edit": [ben]}, make_user("gus", role), ForbiddenError)

    def test_of_somebody_else(self, app, anna, ben, unit):
        self.refused(unit, make_survey(), {"edit": [ben]}, anna, NotFoundError)

    def test_with_somebody_whom_one_may_not_see(self, app, ben, unit):
        hana = make_user("hana", make_role("Blind", "survey.share", survey="CRUD:own"))
        self.refused(unit, make_survey(hana), {"edit": [ben]}, hana, InvalidError)
        self.refused(unit, make_survey(hana), {"read": [make_role("Unseen")]}, hana, InvalidError)

    def test_with_somebody_who_was_deleted(self, anna, ben, unit):
        survey = make_survey(anna)
        with unit_of_work():
            ben.deleted_at = now()
        self.refused(unit, survey, {"edit": [ben]}, anna, InvalidError)

    def test_more_than_reading_and_editing(self, anna, ben, unit):
        self.refused(unit, make_survey(anna), {"own": [ben]}, anna, InvalidError)

    def test_a_survey_that_was_deleted_meanwhile(self, anna, ben, unit):
        survey = make_survey(anna)
        unit(operations.delete_survey, survey, actor=SYSTEM)
        with pytest.raises(NotFoundError):
            unit(operations.share_survey, survey, {"edit": [ben]}, actor=anna)


class TestTheUnseen:
    """Somebody who sees himself only edits whom a survey is shared with."""

    @pytest.fixture
    def hana(self, app):
        return make_user("hana", make_role("Blind", "survey.share", survey="CRUD:own", user="R:own"))

    def test_what_he_does_not_see_stays(self, hana, ben, unit):
        survey, readers = make_survey(hana), make_role("Readers")
        unit(operations.share_survey, survey, {"edit": [ben], "read": [readers]}, actor=SYSTEM)
        unit(operations.share_survey, survey, {"edit": [], "read": []}, actor=hana)
        assert shared(survey) == {"ben": "edit", "Readers": "read"}

    def test_and_does_not_get_more(self, hana, ben, unit):
        survey = make_survey(hana)
        unit(operations.share_survey, survey, {"read": [ben]}, actor=SYSTEM)
        with pytest.raises(InvalidError):
            unit(operations.share_survey, survey, {"edit": [ben]}, actor=hana)
        assert shared(survey) == {"ben": "read"}
        assert db.session.scalars(select(User).where(User.username == "ben")).one() is ben
