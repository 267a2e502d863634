"""The columns of a file: choices apart, why there is no answer, what is masked, and what they are called."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import insert

from admin_app.core.db import unit_of_work
from admin_app.core.errors import InvalidError
from admin_app.core.permissions import SYSTEM
from admin_app.replies.masking import MASK
from admin_app.replies.models import Tag, reply_tag
from admin_app.results.export_columns import NOT_SHOWN, SKIPPED, answer_columns
from admin_app.results.export_plan import ExportPlan
from admin_app.results.exporters.xlsx import XlsxExporter
from admin_app.results.join import JoinedQuestion, join_versions
from admin_app.results.table import reply_table
from admin_app.surveys.models import Survey
from admin_app.surveys.questionnaire import QuestionSpec
from tests.factories import SAMPLE_ANSWERS, choices, make_role, make_user
from tests.results.conftest import add_replies
from tests.results.test_join import asks
from tests.results.test_summarise import retire
from tests.results.test_table import records


def joined(*questions: QuestionSpec) -> list[JoinedQuestion]:
    return join_versions({1: asks(*questions)})


OTHER_ONLY = {**SAMPLE_ANSWERS, "tools": [], "tools__other": "Ada"}


class TestPerChoice:
    def test_a_column_for_each_choice(self, survey: Survey) -> None:
        skipped = {**SAMPLE_ANSWERS, "tools": None}
        unseen = {key: value for key, value in SAMPLE_ANSWERS.items() if key != "tools"}
        add_replies(survey, SAMPLE_ANSWERS, OTHER_ONLY, skipped, unseen)
        rows = records(survey, per_choice=True)
        names = [name for name in rows[0] if name.startswith("tools")]
        assert names == ["tools__python", "tools__r", "tools__none", "tools__other"]
        assert [[row[name] for name in names] for row in rows] == [
            [1, 1, 0, None], [0, 0, 0, "Ada"], [None] * 4, [None] * 4,
        ]  # fmt: skip

    def test_where_one_is_chosen_nothing_changes(self, survey: Survey) -> None:
        add_replies(survey, SAMPLE_ANSWERS)
        (row,) = records(survey, per_choice=True)
        assert (row["team"], row["habits__late"]) == ("dev", "never")

    def test_each_header_is_one_of_its_own(self) -> None:
        questions = [
            QuestionSpec("1", "a", "multiple_choice", "A", settings={"other": True},
                         choices=choices(other="Others", b__c="B", d="D")),
            QuestionSpec("2", "a__b", "multiple_choice", "B", choices=choices(c="C")),
            QuestionSpec("3", "a__d", "text", "D"),
        ]  # fmt: skip
        columns = answer_columns(joined(*questions), frozenset(), ExportPlan(per_choice=True))
        assert [(column.key, column.header) for column in columns] == [
            ("a", "a__other__2"), ("a", "a__b__c"), ("a", "a__d__2"), ("a", "a__other"),
            ("a__b", "a__b__c__2"), ("a__d", "a__d"),
        ]  # fmt: skip
        answers = {"a": ["other"], "a__other": "words"}
        assert [column.value(answers) for column in columns][:4] == [1, 0, 0, "words"]
        # Called the same whichever others are chosen.
        (only,) = answer_columns(joined(*questions), frozenset(), ExportPlan(per_choice=True, columns=("a__b",)))
        assert only.header == "a__b__c__2"


class TestStates:
    def test_they_are_told_apart(self, survey: Survey) -> None:
        skipped = dict.fromkeys(SAMPLE_ANSWERS)
        add_replies(survey, SAMPLE_ANSWERS, skipped, {}, OTHER_ONLY)
        answered, passed, unseen, other = records(survey, states=True)
        facts = {name for name in answered if name.startswith("reply.")}
        assert {passed[name] for name in passed.keys() - facts} == {SKIPPED}
        assert {unseen[name] for name in unseen.keys() - facts} == {NOT_SHOWN}
        # It is answered: there were no words for "other".
        assert (answered["team"], answered["team__other"]) == ("dev", None)
        assert (other["tools"], other["tools__other"]) == ([], "Ada")

    def test_a_row_of_a_matrix_is_skipped_alone(self, survey: Survey) -> None:
        add_replies(survey, {**SAMPLE_ANSWERS, "habits": {"remote": "often"}})
        (row,) = records(survey, states=True)
        assert (row["habits__remote"], row["habits__late"]) == ("often", SKIPPED)

    def test_a_version_that_does_not_ask_did_not_show(self, survey: Survey) -> None:
        add_replies(survey, SAMPLE_ANSWERS)
        retire(survey, "team")
        add_replies(survey, SAMPLE_ANSWERS)
        assert [row["team"] for row in records(survey, states=True)] == ["dev", NOT_SHOWN]

    @pytest.mark.parametrize("text", [NOT_SHOWN, SKIPPED, f"'{SKIPPED}", f"''{NOT_SHOWN}"])
    def test_an_answer_is_never_taken_for_one(self, survey: Survey, text: str) -> None:
        add_replies(survey, {**SAMPLE_ANSWERS, "comment": text, "team": None, "team__other": text})
        (row,) = records(survey, states=True)
        assert (row["comment"], row["team__other"]) == (f"'{text}", f"'{text}")
        (row,) = records(survey)
        assert (row["comment"], row["team__other"]) == (f"'{text}", f"'{text}")

    def test_every_choice_apart_too(self, survey: Survey) -> None:
        add_replies(survey, {**SAMPLE_ANSWERS, "tools": None})
        (row,) = records(survey, states=True, per_choice=True)
        assert (row["tools__python"], row["tools__other"]) == (SKIPPED, SKIPPED)


class TestMasks:
    def reader(self) -> Any:
        return make_user("reader", make_role("Reader", reply="R:all", survey="R:all"))

    def test_a_personal_question_with_choices_apart(self) -> None:
        question = QuestionSpec("1", "a", "multiple_choice", "A", personal=True, choices=choices(b="B", c="C"))
        columns = answer_columns(
            joined(question), frozenset({"a", "a__other"}), ExportPlan(per_choice=True, states=True)
        )
        assert [column.value({"a": ["b"]}) for column in columns] == [MASK, MASK]
        assert [column.value({"a": None}) for column in columns] == [SKIPPED, SKIPPED]

    def test_own_words_among_choices_apart(self, survey: Survey) -> None:
        add_replies(survey, OTHER_ONLY)
        (row,) = records(survey, self.reader(), per_choice=True, states=True)
        assert (row["tools__python"], row["tools__other"], row["comment"]) == (0, MASK, MASK)


class TestChosenColumns:
    def test_they_stand_in_the_order_of_the_questionnaire(self, survey: Survey) -> None:
        add_replies(survey, SAMPLE_ANSWERS)
        header = reply_table(
            survey, ExportPlan(columns=("habits", "reply.version", "age", "age", "reply.id")), actor=SYSTEM
        )
        assert header.header == ["reply.id", "reply.version", "age", "habits__remote", "habits__late"]
        assert [row[1:3] for row in header.rows] == [(1, 36)]

    def test_facts_alone(self, survey: Survey) -> None:
        add_replies(survey, SAMPLE_ANSWERS)
        assert [list(row) for row in records(survey, columns=("reply.version",))] == [["reply.version"]]

    @pytest.mark.parametrize(
        "columns", [(), ("nosuch",), ("reply.secret",), ("team__other",), ("\0",), ("age", "x" * 500)]
    )
    def test_what_is_not_there_is_refused(self, survey: Survey, columns: tuple[str, ...]) -> None:
        with pytest.raises(InvalidError, match="column"):
            records(survey, columns=columns)

    def test_tags(self, survey: Survey) -> None:
        tagged, *_more = add_replies(survey, SAMPLE_ANSWERS, SAMPLE_ANSWERS)
        names = ("Zebra", "apple", "=evil")
        with unit_of_work() as session:
            tags = [Tag(survey_id=survey.id, name=name, name_key=name.casefold()) for name in names]
            session.add_all(tags)
            session.flush()
            session.execute(insert(reply_tag), [{"reply_id": tagged.id, "tag_id": tag.id} for tag in tags])
        assert [row["reply.tags"] for row in records(survey, columns=("reply.tags",))] == [
            ["=evil", "apple", "Zebra"], None,
        ]  # fmt: skip


@pytest.mark.parametrize("plan", [{"format": "pdf"}, {"zone": "Mars/Base"}, {"filters": (".no.such",)},
                                  {"filters": ("team.is.nosuch",)}, {"filters": (".from.1",)},
                                  {"filters": (".version.1",) * 50}])  # fmt: skip
def test_a_plan_that_cannot_be_carried_out(survey: Survey, plan: dict[str, Any]) -> None:
    with pytest.raises(InvalidError):
        records(survey, **plan)


def test_more_columns_than_a_format_holds(survey: Survey, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(XlsxExporter, "most_columns", 20)
    with pytest.raises(InvalidError, match="XLSX holds at most 20 columns"):
        records(survey, format="xlsx", per_choice=True)
    assert records(survey, format="xlsx", columns=("age",)) == []
    assert records(survey, per_choice=True) == []


def test_days_begin_in_the_zone_of_the_plan(survey: Survey) -> None:
    add_replies(survey, SAMPLE_ANSWERS, submitted_at=dt.datetime(2026, 3, 1, 23, 30, tzinfo=dt.UTC))
    assert len(records(survey, filters=(".from.2026-03-02",))) == 0
    assert len(records(survey, filters=(".from.2026-03-02",), zone="Europe/Berlin")) == 1
