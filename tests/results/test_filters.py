"""Which replies are counted: by answers, by facts, and what is refused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import pytest
from flask import Flask
from sqlalchemy import null, select

from admin_app.core.db import db, unit_of_work
from admin_app.core.errors import InvalidError
from admin_app.core.permissions import SYSTEM
from admin_app.replies.bulk_operations import tag_replies
from admin_app.replies.models import Reply, ReplyKind, ReviewStatus, Tag
from admin_app.results.facts import options_of
from admin_app.results.filters import OTHERS, Filters, Known, compared, read_choice, read_filters
from admin_app.results.queries import joined_questions, summarise
from admin_app.surveys.models import Survey
from admin_app.surveys.queries import versions_of
from tests.every_type import EVERY_ANSWER, every_type_questionnaire
from tests.factories import SAMPLE_ANSWERS, make_survey
from tests.results.conftest import add_replies

NOTHING = dict.fromkeys(EVERY_ANSWER)


def known(survey: Survey, hidden: Sequence[str] = ()) -> Known:
    questions = joined_questions(versions_of(survey))
    return Known.of(survey, questions, hidden=frozenset(hidden), zone=dt.UTC)


def chosen(survey: Survey, *tokens: str, hidden: Sequence[str] = (), **typed: str) -> tuple[Filters, list[str]]:
    values: Mapping[str, list[str]] = {"f": list(tokens), **{name: [value] for name, value in typed.items()}}
    return read_filters(lambda name: values.get(name, []), known(survey, hidden))


def count(survey: Survey, *tokens: str, **typed: str) -> int:
    filters, complaints = chosen(survey, *tokens, **typed)
    assert complaints == []
    return summarise(survey, filters).replies


@pytest.fixture
def every(app: Flask) -> Survey:
    """A survey with every type of question: one full reply, one that skips all, one that was shown nothing."""
    survey = make_survey(opened=True, questionnaire=every_type_questionnaire())
    add_replies(survey, EVERY_ANSWER, NOTHING, {})
    return survey


class TestAnswers:
    @pytest.mark.parametrize(
        "token",
        [
            "single_choice.is.dev", "multiple_choice.is.r", "yes_no.is.yes", "letter.is.no", "scale.is.4", "nps.is.9",
            "bipolar.is.-2", "matrix_single.row.late;often", "integer.from.36", "integer.to.36", "decimal.from.1.75",
            "decimal.to.1.75", "slider.from.35", "date.from.2020-02-29", "date.to.2020-02-29", "date.from.2020-02",
            "time.from.08:30", "time.to.08:30", "datetime.to.2026-03-31", "datetime.from.2026-03-31",
            "text.contains.ad", "long_text.contains.WARM", "nps.from.9",
        ],
    )  # fmt: skip
    def test_it_finds_the_reply_that_gave_it(self, every: Survey, token: str) -> None:
        assert count(every, token) == 1

    @pytest.mark.parametrize(
        "token",
        [
            "single_choice.is.ops", "multiple_choice.is.sas", "yes_no.is.no", "scale.is.3", "bipolar.is.2",
            "matrix_single.row.early;often", "integer.from.37", "integer.to.35", "decimal.to.1.74",
            "date.from.2020-03-01", "date.to.2020-02-28", "time.to.08:29", "datetime.to.2026-03-30",
            "long_text.contains.%", "long_text.contains._", "single_choice.other.",
        ],
    )  # fmt: skip
    def test_it_finds_no_other(self, every: Survey, token: str) -> None:
        assert count(every, token) == 0

    def test_two_answers_to_one_question_widen_two_questions_narrow(self, every: Survey) -> None:
        add_replies(every, {**EVERY_ANSWER, "single_choice": "ops", "integer": 50})
        assert count(every, "single_choice.is.dev", "single_choice.is.ops") == 2
        assert count(every, "single_choice.is.dev", "single_choice.is.ops", "integer.from.40") == 1
        assert count(every, "integer.from.40", "integer.to.60") == 1

    def test_other_words(self, every: Survey) -> None:
        add_replies(every, {**NOTHING, "single_choice__other": "Legal"})
        assert count(every, "single_choice.other.") == 1

    @pytest.mark.parametrize(("state", "expected"), [("answered", 2), ("skipped", 1), ("not_shown", 1)])
    def test_states(self, every: Survey, state: str, expected: int) -> None:
        add_replies(every, {**NOTHING, "single_choice__other": "Legal"})
        assert count(every, f"single_choice.state.{state}") == expected

    def test_what_was_typed_into_a_form(self, every: Survey) -> None:
        assert count(every, **{"integer.from": "36", "integer.to": "40"}) == 1
        assert count(every, **{"integer.from": "37"}) == 0
        assert count(every, **{"long_text.contains": "well"}) == 1

    def test_quotes_in_the_code_of_a_row_break_nothing(self, every: Survey) -> None:
        assert chosen(every, 'matrix_single.row.l"ate;often')[1] != []


class TestRefusals:
    @pytest.mark.parametrize(
        "token",
        [
            "", ".", "..", "nope.is.x", "single_choice", "single_choice.is", "single_choice.is.nope", "text.is.Ada",
            "single_choice.from.3", "integer.from.", "integer.from.x", "integer.from.nan", "integer.from.inf",
            "matrix_single.is.often", "matrix_single.row.often", "matrix_single.row.nope;often", "integer.other.",
            "single_choice.row.a;b", "date.from.x", "date.from.2026-01-01' OR 1=1", "integer.contains.3",
            "text.contains.", "single_choice.state.gone", ".version.99", ".version.x", ".status.bad",
            ".from.2026-99-01", ".from.0001-01-01", ".nope.1", "statement.state.answered",
        ],
    )  # fmt: skip
    def test_what_cannot_be_chosen_is_left_out_and_said(self, every: Survey, token: str) -> None:
        filters, complaints = chosen(every, token)
        assert filters.choices == ()
        assert len(complaints) == 1
        assert summarise(every, filters).replies == 3

    @pytest.mark.parametrize(
        ("token", "hidden"),
        [
            ("text.contains.Ada", "text"),
            ("single_choice.is.dev", "single_choice"),
            ("single_choice.other.", "single_choice__other"),
            ("integer.from.36", "integer"),
        ],
    )
    def test_nobody_finds_out_by_counting(self, every: Survey, token: str, hidden: str) -> None:
        filters, complaints = chosen(every, token, hidden=[hidden])
        assert filters.choices == ()
        assert "do not allow you" in complaints[0]
        with pytest.raises(InvalidError):
            compared(filters, token, OTHERS, known(every, [hidden]))

    def test_that_there_is_an_answer_is_no_secret(self, every: Survey) -> None:
        assert chosen(every, "text.state.answered", hidden=["text"])[1] == []

    def test_so_many_at_most(self, every: Survey) -> None:
        filters, _complaints = chosen(every, *[f"integer.from.{number}" for number in range(100)])
        assert len(filters.choices) == 40


class TestFacts:
    def test_days_are_whole_and_begin_where_the_reader_is(self, survey: Survey) -> None:
        add_replies(survey, SAMPLE_ANSWERS, submitted_at=dt.datetime(2026, 3, 1, 23, 30, tzinfo=dt.UTC))
        assert count(survey, **{"from": "2026-03-01", "to": "2026-03-01"}) == 1
        assert count(survey, **{"from": "2026-03-02"}) == 0
        later = Known(survey, {}, frozenset(), dt.timezone(dt.timedelta(hours=1)))
        there = read_choice(".from.2026-03-02", later)
        assert summarise(survey, Filters((there,))).replies == 1

    def test_version_language_and_source(self, survey: Survey) -> None:
        add_replies(survey, SAMPLE_ANSWERS, language="de", source="import")
        add_replies(survey, SAMPLE_ANSWERS)
        assert count(survey, version="1") == 2
        assert count(survey, language="de") == 1
        assert count(survey, source="form") == 1

    def test_tags_of_the_survey(self, survey: Survey) -> None:
        add_replies(survey, SAMPLE_ANSWERS, SAMPLE_ANSWERS)
        other = make_survey(opened=True)
        add_replies(other, SAMPLE_ANSWERS)
        first = select(Reply).where(Reply.survey_id == survey.id).order_by(Reply.id).limit(1)
        for replies, name in ((first, "Press.today"), (select(Reply).where(Reply.survey_id == other.id), "Other")):
            with unit_of_work():
                tag_replies(replies, name, actor=SYSTEM)
        numbers = dict(db.session.execute(select(Tag.name, Tag.id)).all())
        (offered,) = [options for name, _fact, options in options_of(survey) if name == "tag"]
        assert offered == [(str(numbers["Press.today"]), "Press.today")]
        assert count(survey, tag=str(numbers["Press.today"])) == 1
        assert chosen(survey, tag=str(numbers["Other"]))[1] != []

    def test_what_does_not_count_counts_when_it_is_chosen(self, survey: Survey) -> None:
        add_replies(survey, SAMPLE_ANSWERS, review_status=ReviewStatus.SPAM)
        add_replies(survey, SAMPLE_ANSWERS, SAMPLE_ANSWERS, test=True)
        add_replies(survey, SAMPLE_ANSWERS, kind=ReplyKind.PARTIAL, submitted_at=null())
        add_replies(survey, SAMPLE_ANSWERS, deleted_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC))
        assert count(survey) == 0
        assert count(survey, status="spam") == 1
        assert count(survey, test="1") == 2
        assert count(survey, kind="partial") == 1


class TestGroups:
    def counts(self, survey: Survey, first: str, second: str = OTHERS) -> list[int]:
        groups = compared(Filters(), first, second, known(survey))
        return [summarise(survey, filters).replies for _choice, filters in groups]

    def test_some_and_all_others(self, every: Survey) -> None:
        """Who skipped the question, or did not see it, is one of the others."""
        assert self.counts(every, "single_choice.is.dev") == [1, 2]

    def test_two_answers(self, every: Survey) -> None:
        add_replies(every, {**EVERY_ANSWER, "single_choice": "ops"})
        assert self.counts(every, "single_choice.is.dev", "single_choice.is.ops") == [1, 1]

    def test_within_a_filter_by_the_same_question(self, every: Survey) -> None:
        """A group narrows: it does not widen what is chosen."""
        filters, _none = chosen(every, "single_choice.is.ops")
        ((_choice, first), _second) = compared(filters, "single_choice.is.dev", OTHERS, known(every))
        assert summarise(every, first).replies == 0

    def test_none(self, every: Survey) -> None:
        assert compared(Filters(), "", OTHERS, known(every)) == []
