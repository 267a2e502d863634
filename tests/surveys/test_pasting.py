"""Choices pasted as text."""

from __future__ import annotations

import pytest

from admin_app.core.db import db
from admin_app.core.errors import InvalidError
from admin_app.core.permissions import SYSTEM
from admin_app.surveys import operations
from admin_app.surveys.operations.saving import value_of
from tests.factories import make_survey
from tests.surveys.test_questions import question_of


@pytest.fixture
def survey(app):
    return make_survey()


class TestPaste:
    def paste(self, unit, question, text, *, name="choices", replace=False, actor=SYSTEM):
        return unit(operations.paste_choices, question, name, text, replace=replace, actor=actor)

    def test_choices_are_added(self, survey, unit):
        team = question_of(survey, "team")
        pasted = self.paste(unit, team, "Design\nOperations\nm|Marketing\ndev\tDevOps")
        assert [(one["code"], one["label"]) for one in value_of(team, "choices")] == [
            ("dev", "Development"),
            ("ops", "Operations"),
            ("design", "Design"),
            ("m", "Marketing"),
            ("dev_2", "DevOps"),
        ]
        assert (len(pasted.choices), pasted.repeated, pasted.renamed) == (3, 1, 1)

    def test_rows_of_a_matrix(self, survey, unit):
        habits = question_of(survey, "habits")
        self.paste(unit, habits, "travel", name="rows")
        assert [one["code"] for one in value_of(habits, "rows")] == ["remote", "late", "travel"]

    def test_in_place_of_those_that_are_there(self, survey, unit):
        team = question_of(survey, "team")
        uids = {one.code: one.uid for one in team.choices}
        self.paste(unit, team, "Operations\ndev|Developers\nNew", replace=True)
        shown = value_of(team, "choices")
        assert [(one["code"], one["label"]) for one in shown] == [
            ("operations", "Operations"),
            ("dev", "Developers"),
            ("new", "New"),
        ]
        assert [one["uid"] for one in shown[:2]] == [uids["ops"], uids["dev"]]

    def test_published_ones_keep_their_codes_and_retired_ones_theirs(self, survey, unit):
        unit(operations.publish_survey, survey, actor=SYSTEM)
        team = question_of(survey, "team")
        self.paste(unit, team, "x|Operations", replace=True)
        assert [one["code"] for one in value_of(team, "choices")] == ["ops"]
        self.paste(unit, team, "Dev", replace=False)
        assert [one["code"] for one in value_of(team, "choices")] == ["ops", "dev_2"]

    def test_a_thousand_at_once(self, survey, unit):
        team = question_of(survey, "team")
        lines = [f'{number} "quoted", مكان 😀' for number in range(1000)]
        self.paste(unit, team, "\n".join(lines), replace=True)
        assert [one["label"] for one in value_of(team, "choices")] == lines

    @pytest.mark.parametrize("text", ["", "\n \n", "Development", 5, None, "x" * 500_001, "x" * 5_001])
    def test_what_holds_no_choice_is_refused(self, survey, unit, text):
        team = question_of(survey, "team")
        with pytest.raises(InvalidError):
            self.paste(unit, team, text)
        db.session.expire_all()
        assert len(value_of(team, "choices")) == 2
