"""Reading surveys for the public side, and the cache of questionnaires."""

from __future__ import annotations

import datetime as dt
import threading

import pytest
from sqlalchemy import Engine

from admin_app.core.clock import now
from admin_app.core.db import unit_of_work
from admin_app.core.errors import NotFoundError
from admin_app.core.permissions import SYSTEM
from admin_app.core.registry import Registry
from admin_app.surveys import operations, queries, seams
from admin_app.surveys.queries import (
    listed_surveys,
    public_survey,
    questionnaire_at,
    questionnaire_of,
    survey_by_public_id,
)
from admin_app.surveys.questionnaire import Questionnaire
from tests.factories import make_survey, sample_questionnaire
from tests.helpers import count_statements

NONSENSE = ("", "\0", "\ud800", "a" * 17, "a b", "' or 1=1", "１２", "../x", "x" * 100_000)


def selects(seen):
    return [one for one in seen if one.lstrip().upper().startswith("SELECT")]


class TestPublicSurvey:
    def test_one_statement_tells_all(self, app):
        survey = make_survey(opened=True, reply_limit=9, anonymous=True)
        with count_statements(Engine) as seen:
            found = public_survey(survey.public_id)
        assert len(selects(seen)) == 1
        assert (found.id, found.public_id, found.title) == (survey.id, survey.public_id, survey.title)
        assert (found.reply_limit, found.reply_count, found.anonymous) == (9, 0, True)
        assert (found.version_id, found.version_number) == (survey.current_version_id, 1)
        assert found.sha256 == survey.current_version.sha256
        assert found.state is survey.state

    def test_a_draft_has_no_version(self, app):
        assert public_survey(make_survey().public_id).version_id is None

    def test_what_is_not_there_is_none(self, app):
        assert public_survey("nothing") is None

    @pytest.mark.parametrize("public_id", NONSENSE, ids=range(len(NONSENSE)))
    def test_nonsense_asks_nothing_of_the_database(self, app, public_id):
        with count_statements(Engine) as seen:
            assert public_survey(public_id) is None
            with pytest.raises(NotFoundError):
                survey_by_public_id(public_id)
        assert seen == []


class TestByPublicId:
    def test_it_finds_what_is_there(self, app):
        survey = make_survey()
        assert survey_by_public_id(survey.public_id) is survey

    def test_a_deleted_survey_is_not_found(self, app):
        survey = make_survey()
        with unit_of_work():
            operations.delete_survey(survey, actor=SYSTEM)
        with pytest.raises(NotFoundError):
            survey_by_public_id(survey.public_id)


def test_only_what_takes_replies_is_listed(app):
    hour = dt.timedelta(hours=1)
    moment = now()
    one = make_survey(opened=True, listed=True, title="one", opens_at=moment - hour, closes_at=moment + hour)
    two = make_survey(opened=True, listed=True, title="two")
    make_survey(opened=True, title="not listed")
    make_survey(published=True, listed=True, title="draft")
    make_survey(opened=True, listed=True, opens_at=moment + hour, title="later")
    make_survey(opened=True, listed=True, closes_at=moment, title="over")
    full = make_survey(opened=True, listed=True, reply_limit=1, title="full")
    gone = make_survey(opened=True, listed=True, title="gone")
    with unit_of_work():
        full.reply_count = 1
        operations.delete_survey(gone, actor=SYSTEM)
    assert [survey.title for survey in listed_surveys(now())] == ["two", "one"]
    assert [survey.id for survey in listed_surveys(now(), limit=1)] == [two.id]
    assert one.listed


class TestCache:
    def test_a_questionnaire_is_read_once(self, app):
        version = make_survey(published=True).current_version
        first = questionnaire_of(version)
        with count_statements(Engine) as seen:
            assert questionnaire_of(version) is first
            assert questionnaire_at(version.id, version.sha256) is first
        assert seen == []

    def test_it_keeps_the_last_ones_only(self):
        cache = queries._Cache(size=2)
        documents = {name: sample_questionnaire(name).to_json() for name in "abc"}
        loaded = []

        def get(name):
            def load():
                loaded.append(name)
                return documents[name]

            return cache.get(name, load)

        for name in "abacab":
            assert get(name).title == name
        assert loaded == ["a", "b", "c", "b"]

    def test_many_threads_get_the_same_content(self):
        cache, text = queries._Cache(size=1), sample_questionnaire().to_json()
        found: list[Questionnaire] = []
        threads = [
            threading.Thread(target=lambda: found.extend(cache.get(str(n % 2), lambda: text) for n in range(50)))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 200
        assert all(one == found[0] for one in found)

    def test_a_snapshot_of_another_program_is_refused(self):
        with pytest.raises(ValueError, match="another version"):
            Questionnaire.from_json('{"format":99}')


class TestSeams:
    def test_without_replies_there_are_none(self, monkeypatch):
        monkeypatch.setattr(seams, "REPLY_FACTS", Registry("none"))
        assert not seams.has_replies(1)
        assert seams.count_replies(1) == 0
        assert seams.reply_totals([1, 2]) == {1: 0, 2: 0}

    def test_they_say_what_was_registered(self, replies):
        replies[1] = 5
        assert seams.has_replies(1)
        assert seams.count_replies(1) == 5
        assert seams.reply_totals([1, 2], cap=3) == {1: 3, 2: 0}
