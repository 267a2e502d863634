"""Counts over all replies that count, through all versions."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, null, select

from admin_app.core.clock import now
from admin_app.core.db import db, unit_of_work
from admin_app.core.permissions import SYSTEM
from admin_app.replies.masking import MASK
from admin_app.replies.models import Reply, ReplyKind, ReviewStatus
from admin_app.results.filters import Filters
from admin_app.results.queries import Results, summarise
from admin_app.results.table import reply_table
from admin_app.surveys import operations
from admin_app.surveys.models import Choice, Question, Survey
from admin_app.surveys.questionnaire import Questionnaire, QuestionSpec, SectionSpec
from tests.factories import SAMPLE_ANSWERS, choices, make_role, make_survey, make_user
from tests.results.conftest import add_replies

SKIPPED = dict.fromkeys(SAMPLE_ANSWERS)


def question(results: Results, key: str) -> dict[str, Any]:
    (found,) = [one for one in results.to_document()["questions"] if one["key"] == key]
    return found


def counts(results: Results, key: str) -> dict[str, int]:
    return {choice["code"]: choice["count"] for choice in question(results, key)["choices"]}


def retire(survey: Survey, key: str) -> None:
    """Publish a version of the survey without one of its questions."""
    found = db.session.scalars(select(Question).where(Question.survey_id == survey.id, Question.key == key)).one()
    with unit_of_work():
        operations.retire_question(found, actor=SYSTEM)
    publish(survey)


def publish(survey: Survey) -> None:
    with unit_of_work():
        operations.publish_survey(survey, actor=SYSTEM)
    db.session.refresh(survey)


class TestSummarise:
    def test_it_works(self, survey: Survey) -> None:
        other = {**SKIPPED, "team": None, "team__other": "Legal", "tools": [], "tools__other": "Excel", "happy": False}
        add_replies(survey, SAMPLE_ANSWERS, SKIPPED, other, {})
        results = summarise(survey)
        document = results.to_document()
        assert (document["survey"], document["replies"]) == (survey.public_id, 4)
        assert [one["key"] for one in document["questions"]] == list(SAMPLE_ANSWERS)
        assert counts(results, "happy") == {"yes": 1, "no": 1}
        assert counts(results, "team") == {"dev": 1, "ops": 0}
        assert counts(results, "tools") == {"python": 1, "r": 1, "none": 0}
        assert {key: question(results, "team")[key] for key in ("answered", "skipped", "not_shown", "other")} == {
            "answered": 2, "skipped": 1, "not_shown": 1, "other": 1,
        }  # fmt: skip
        assert question(results, "age")["stats"] == {
            "count": 1, "mean": 36, "median": 36, "min": 36, "max": 36, "sd": None,
        }  # fmt: skip
        (remote, late) = question(results, "habits")["rows"]
        assert remote == {
            "code": "remote",
            "label": "work from home",
            "choices": [
                {"code": "never", "label": "Never", "count": 0},
                {"code": "sometimes", "label": "Sometimes", "count": 0},
                {"code": "often", "label": "Often", "count": 1},
            ],
        }
        assert late["code"] == "late"

    def test_every_question_has_the_same_shape(self, survey: Survey) -> None:
        keys = ["key", "type", "label", "answered", "skipped", "not_shown", "choices", "other", "rows", "stats"]
        assert all(list(one) == keys for one in summarise(survey).to_document()["questions"])

    def test_without_replies_all_is_zero(self, survey: Survey) -> None:
        results = summarise(survey)
        assert results.replies == 0
        assert counts(results, "team") == {"dev": 0, "ops": 0}

    def test_a_draft_has_no_results(self, app: Flask) -> None:
        assert summarise(make_survey()).to_document()["questions"] == []

    def test_each_reply_is_answered_skipped_or_not_shown(self, survey: Survey) -> None:
        add_replies(survey, SAMPLE_ANSWERS, SKIPPED, {"name": "Ada"}, {})
        for one in summarise(survey).questions:
            assert one.summary.answered + one.summary.skipped + one.summary.not_shown == 4

    def test_replies_of_other_surveys_do_not_count(self, survey: Survey) -> None:
        add_replies(make_survey(opened=True), SAMPLE_ANSWERS)
        assert summarise(survey).replies == 0

    @pytest.mark.parametrize(
        "fields",
        [
            {"test": True},
            {"kind": ReplyKind.PARTIAL, "submitted_at": null()},
            {"kind": ReplyKind.SCREENED_OUT},
            {"review_status": ReviewStatus.SPAM},
            {"deleted_at": dt.datetime(2026, 1, 1, tzinfo=dt.UTC)},
        ],
    )
    def test_what_does_not_count(self, survey: Survey, fields: dict[str, Any]) -> None:
        add_replies(survey, SAMPLE_ANSWERS, **fields)
        assert summarise(survey).replies == 0

    @pytest.mark.parametrize("status", [ReviewStatus.NEW, ReviewStatus.APPROVED, ReviewStatus.FLAGGED])
    def test_what_counts(self, survey: Survey, status: ReviewStatus) -> None:
        add_replies(survey, SAMPLE_ANSWERS, review_status=status)
        assert summarise(survey).replies == 1

    def test_filters_narrow(self, survey: Survey) -> None:
        add_replies(survey, SAMPLE_ANSWERS, submitted_at=now() - dt.timedelta(days=9))
        add_replies(survey, SKIPPED)
        results = summarise(survey, Filters(also=(Reply.submitted_at > now() - dt.timedelta(days=1),)))
        assert (results.replies, question(results, "team")["skipped"]) == (1, 1)

    def test_it_reads_the_replies_once(self, survey: Survey) -> None:
        add_replies(survey, *[SAMPLE_ANSWERS] * 30)
        summarise(survey)
        statements: list[str] = []
        event.listen(db.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
        assert summarise(survey).replies == 30
        assert len([statement for statement in statements if "FROM reply" in statement]) == 1
        assert len(statements) <= 3

    def test_it_can_be_written_as_json(self, survey: Survey) -> None:
        add_replies(survey, SAMPLE_ANSWERS, SKIPPED)
        document = summarise(survey).to_document()
        assert json.loads(json.dumps(document, allow_nan=False)) == document


class TestVersions:
    def test_a_retired_question_is_still_counted(self, survey: Survey) -> None:
        add_replies(survey, SAMPLE_ANSWERS)
        retire(survey, "team")
        add_replies(survey, {key: value for key, value in SAMPLE_ANSWERS.items() if key != "team"})
        results = summarise(survey)
        assert [one["key"] for one in results.to_document()["questions"]] == list(SAMPLE_ANSWERS)
        assert question(results, "team")["not_shown"] == 1
        assert counts(results, "team")["dev"] == 1
        assert [one.question.key for one in results.questions if one.retired] == ["team"]

    def test_a_retired_choice_is_still_counted(self, survey: Survey) -> None:
        add_replies(survey, SAMPLE_ANSWERS)
        with unit_of_work() as session:
            found = session.scalars(
                select(Choice).join(Question).where(Question.survey_id == survey.id, Choice.code == "dev")
            ).one()
            found.retired_at = now()
        publish(survey)
        add_replies(survey, {**SAMPLE_ANSWERS, "team": "ops"})
        results = summarise(survey)
        assert counts(results, "team") == {"dev": 1, "ops": 1}
        assert "Development" in [choice["label"] for choice in question(results, "team")["choices"]]

    def test_an_answer_of_another_version_is_not_taken_for_this_one(self, survey: Survey) -> None:
        """An answer counts only for a question that the reply's own version asked."""
        retire(survey, "team")
        add_replies(survey, SAMPLE_ANSWERS)
        assert question(summarise(survey), "team")["not_shown"] == 1


class TestKeptWords:
    """An import may keep what people wrote although the question offers no "other"."""

    @pytest.fixture
    def strict(self, app: Flask) -> Survey:
        """A survey whose only question offers no "other"."""
        asked = QuestionSpec("", "team", "single_choice", "Team", choices=choices(dev="Development"), personal=True)
        questionnaire = Questionnaire("Teams", sections=(SectionSpec("", "One", questions=(asked,)),))
        survey = make_survey(opened=True, questionnaire=questionnaire)
        db.session.refresh(survey)
        return survey

    def test_they_are_counted(self, strict: Survey) -> None:
        add_replies(strict, {"team": "dev"}, {"team": None, "team__other": "Legal"})
        (result,) = summarise(strict).questions
        assert (result.summary.other, result.summary.answered, result.question.other) == (1, 2, True)

    def test_they_are_exported(self, strict: Survey) -> None:
        add_replies(strict, {"team": None, "team__other": "Legal"})
        table = reply_table(strict, actor=SYSTEM)
        assert (table.header[-1], next(table.rows)[-1]) == ("team__other", "Legal")

    def test_they_are_masked(self, strict: Survey) -> None:
        add_replies(strict, {"team": None, "team__other": "Legal"})
        reader = make_user("reader", make_role("Reader", reply="R:all", abilities="reply.personal_data"))
        assert next(reply_table(strict, actor=reader).rows)[-1] == MASK

    def test_without_them_there_is_no_column(self, strict: Survey) -> None:
        add_replies(strict, {"team": "dev"})
        assert reply_table(strict, actor=SYSTEM).header[-1] == "team"
