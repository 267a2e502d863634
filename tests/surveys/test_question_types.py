"""What is particular to single question types."""

from __future__ import annotations

import random
import statistics

import pytest

from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.question_types.base import AnswerError, clean_text
from admin_app.surveys.question_types.number import describe
from admin_app.surveys.questionnaire import ChoiceSpec, QuestionSpec
from tests.factories import choices

COLOURS = choices(red="Red", green="Green", blue="Blue")


def collect(question: QuestionSpec, **values: list[str]):
    return QUESTION_TYPES[question.type].collect(question, lambda name: values.get(name, []))


def ask(kind: str, **more) -> QuestionSpec:
    return QuestionSpec("u1", "q", kind, "What?", **more)


class TestNumbers:
    @pytest.mark.parametrize(
        ("text", "sentence"),
        [
            ("１２", "digits 0 to 9"),
            ("1.5", "without a fraction"),
            ("1_000", "digits only"),
            ("9" * 17, "too large"),
        ],
    )
    def test_an_integer_is_refused_with_help(self, text, sentence):
        with pytest.raises(AnswerError, match=sentence):
            collect(ask("integer"), q=[text])

    def test_the_range_names_its_end(self):
        with pytest.raises(AnswerError, match="must be 16 or more"):
            collect(ask("integer", settings={"min": 16}), q=["15"])
        with pytest.raises(AnswerError, match=r"must be 1\.5 or less"):
            collect(ask("decimal", settings={"max": 1.5}), q=["1.6"])

    def test_the_message_can_be_the_questions_own(self):
        with pytest.raises(AnswerError, match=r"^Adults only\.$"):
            collect(ask("integer", settings={"min": 18, "invalid_message": "Adults only."}), q=["15"])

    def test_a_number_that_can_be_read_in_two_ways_is_not_guessed(self):
        with pytest.raises(AnswerError, match="two ways"):
            collect(ask("decimal"), q=["1,234"])

    def test_fifteen_digits_come_back_as_they_were_written(self):
        source = random.Random(1)
        for _ in range(500):
            digits = str(source.randrange(10**14, 10**15))
            text = digits[:6] + "." + digits[6:].rstrip("0") if digits[6:].rstrip("0") else digits[:6]
            assert repr(collect(ask("decimal"), q=[text])["q"]) == text

    def test_statistics_equal_those_of_the_standard_library(self):
        source = random.Random(2)
        for size in (1, 2, 3, 10, 101):
            values = [source.randrange(-20, 20) / 4 for _ in range(size)]
            summary = QUESTION_TYPES["decimal"].summarise(ask("decimal"), [{"q": value} for value in values])
            stats = summary.stats
            assert stats["count"] == size
            assert stats["mean"] == pytest.approx(statistics.fmean(values))
            assert stats["median"] == statistics.median(values)
            assert (stats["min"], stats["max"]) == (min(values), max(values))
            if size > 1:
                assert stats["sd"] == pytest.approx(statistics.stdev(values))
            else:
                assert stats["sd"] is None

    def test_statistics_of_a_worked_example(self):
        # Mean 5, sum of squared deviations 32 over 7.
        stats = describe({2: 1, 4: 3, 5: 2, 7: 1, 9: 1})
        assert stats == {"count": 8, "mean": 5, "median": 4.5, "min": 2, "max": 9, "sd": pytest.approx(2.13809)}

    def test_statistics_do_not_overflow_at_the_largest_numbers(self):
        assert describe({2**53 - 1: 2, -(2**53 - 1): 2})["mean"] == 0


class TestDate:
    def test_earliest_and_latest(self):
        replies = [{"q": day} for day in ("2024-05-01", "2023-01-31", "2024-02-29")]
        stats = QUESTION_TYPES["date"].summarise(ask("date"), replies).stats
        assert stats == {"count": 3, "min": "2023-01-31", "max": "2024-05-01"}

    def test_a_range_that_is_no_date_is_a_fault(self):
        faults = QUESTION_TYPES["date"].find_faults(ask("date", settings={"min": "2023-02-30"}))
        assert faults == ["The setting “Earliest” cannot be what it is."]


class TestOther:
    def test_a_single_choice_is_none_beside_the_text(self):
        question = ask("single_choice", choices=COLOURS, settings={"other": True})
        stored = {"q": None, "q__other": "Pink and grey"}
        assert collect(question, q=["__other"], q__other=["  Pink and grey "]) == stored
        # Whoever wrote it meant it, also without a tick.
        assert collect(question, q__other=["Pink and grey"]) == stored
        assert QUESTION_TYPES["single_choice"].show(question, stored) == "Pink and grey"

    def test_several_choices_keep_the_text_beside_the_codes(self):
        question = ask("multiple_choice", choices=COLOURS, settings={"other": True})
        assert collect(question, q=["blue", "__other"], q__other=["Pink"]) == {"q": ["blue"], "q__other": "Pink"}
        assert collect(question, q__other=["Pink"]) == {"q": [], "q__other": "Pink"}
        assert QUESTION_TYPES["multiple_choice"].show(question, {"q": ["blue"], "q__other": "Pink"}) == "Blue; Pink"

    @pytest.mark.parametrize("kind", ["single_choice", "multiple_choice"])
    def test_it_answers_a_required_question(self, kind):
        question = ask(kind, choices=COLOURS, settings={"other": True}, required=True)
        assert collect(question, q__other=["Pink"])["q__other"] == "Pink"

    @pytest.mark.parametrize("kind", ["single_choice", "multiple_choice"])
    def test_it_is_refused_where_it_is_not_offered(self, kind):
        question = ask(kind, choices=COLOURS)
        with pytest.raises(AnswerError, match="on offer"):
            collect(question, q=["__other"], q__other=["Pink"])
        assert collect(question, q__other=["Pink"]) == {"q": None}

    @pytest.mark.parametrize("kind", ["single_choice", "multiple_choice"])
    def test_it_cannot_be_endless(self, kind):
        question = ask(kind, choices=COLOURS, settings={"other": True})
        with pytest.raises(AnswerError, match="2,000") as caught:
            collect(question, q=["__other"], q__other=["x" * 2001])
        assert list(caught.value.errors) == ["q__other"]

    @pytest.mark.parametrize(("kind", "none"), [("single_choice", None), ("multiple_choice", [])])
    def test_it_is_counted_and_has_a_column(self, kind, none):
        question = ask(kind, choices=COLOURS, settings={"other": True})
        answers = {"q": none, "q__other": "Pink"}
        summary = QUESTION_TYPES[kind].summarise(question, [answers, {"q": None}])
        assert (summary.answered, summary.skipped, summary.other) == (1, 1, 1)
        column = QUESTION_TYPES[kind].columns(question, labels=True)[1]
        assert (column.header, column.value(answers)) == ("q__other", "Pink")


class TestChoices:
    def test_a_column_holds_codes_or_labels(self):
        question = ask("multiple_choice", choices=COLOURS)
        codes, labels = (QUESTION_TYPES[question.type].columns(question, labels=on)[0] for on in (False, True))
        assert codes.value({"q": ["red", "gone"]}) == ["red", "gone"]
        assert labels.value({"q": ["red", "gone"]}) == ["Red", "gone"]
        question = ask("single_choice", choices=COLOURS)
        codes, labels = (QUESTION_TYPES[question.type].columns(question, labels=on)[0] for on in (False, True))
        assert (codes.value({"q": "red"}), labels.value({"q": "red"})) == ("red", "Red")

    def test_yes_and_no_in_columns_and_on_offer(self):
        kind = QUESTION_TYPES["yes_no"]
        codes, labels = (kind.columns(ask("yes_no"), labels=on)[0] for on in (False, True))
        assert [codes.value({"q": value}) for value in (True, False)] == ["yes", "no"]
        assert [labels.value({"q": value}) for value in (True, False)] == ["Yes", "No"]
        assert [choice.code for choice in kind.options(ask("yes_no"))] == ["yes", "no"]
        assert kind.show(ask("yes_no"), {"q": False}) == "No"

    @pytest.mark.parametrize(("kind", "stored"), [("single_choice", "gone"), ("multiple_choice", ["gone"])])
    def test_a_code_that_is_not_on_offer_any_more_is_still_counted(self, kind, stored):
        summary = QUESTION_TYPES[kind].summarise(ask(kind, choices=COLOURS), [{"q": stored}, {"q": stored}])
        assert [(count.code, count.count) for count in summary.choices][-1] == ("gone", 2)
        assert len(summary.choices) == 4

    def test_faults_of_choices_are_named(self):
        twice = (ChoiceSpec("1", "a", "A"), ChoiceSpec("2", "a", " "))
        faults = QUESTION_TYPES["matrix_single"].find_faults(ask("matrix_single", choices=twice, rows=twice))
        assert "The code “a” stands for two choices." in faults
        assert "The row “a” has no label." in faults

    def test_a_range_the_wrong_way_round_is_a_fault(self):
        faults = QUESTION_TYPES["text"].find_faults(ask("text", settings={"min_length": 9, "max_length": 5}))
        assert faults == ["The least (9) is above the most (5)."]


class TestMatrix:
    QUESTION = ask("matrix_single", choices=COLOURS, rows=choices(wall="Wall", door="Door"))

    def test_required_means_every_row(self):
        question = ask("matrix_single", choices=COLOURS, rows=self.QUESTION.rows, required=True)
        with pytest.raises(AnswerError, match="Door") as caught:
            collect(question, q__wall=["red"])
        assert list(caught.value.errors) == ["q__door"]

    def test_every_row_at_fault_is_named_at_once(self):
        question = ask("matrix_single", choices=COLOURS, rows=self.QUESTION.rows, required=True)
        with pytest.raises(AnswerError) as caught:
            collect(question, q__wall=["pink"])
        assert caught.value.errors == {"q__wall": "Choose one of the answers on offer.", "q__door": "Answer “Door”."}

    def test_rows_are_counted_each(self):
        replies = [{"q": {"wall": "red", "door": "blue"}}, {"q": {"wall": "red"}}, {"q": {"roof": "red"}}, {"q": None}]
        summary = QUESTION_TYPES["matrix_single"].summarise(self.QUESTION, replies)
        counted = {row.code: (row.answered, [count.count for count in row.choices]) for row in summary.rows}
        assert counted == {"wall": (2, [2, 0, 0]), "door": (1, [0, 0, 1]), "roof": (1, [1, 0, 0])}

    def test_a_cell_is_checked_alone_too(self):
        kind = QUESTION_TYPES["matrix_single"]
        assert kind.clean(self.QUESTION, "red") == "red"
        with pytest.raises(AnswerError):
            kind.clean(self.QUESTION, "pink")

    def test_columns_by_row(self):
        columns = QUESTION_TYPES["matrix_single"].columns(self.QUESTION, labels=True)
        assert [column.header for column in columns] == ["q__wall", "q__door"]
        assert [column.value({"q": {"door": "blue"}}) for column in columns] == [None, "Blue"]


class TestStatement:
    QUESTION = QuestionSpec("u", "s", "statement", "", description="<p>Read this.</p>")

    def test_it_asks_nothing(self):
        kind = QUESTION_TYPES["statement"]
        assert collect(self.QUESTION, s=["x"]) == {}
        assert kind.field_names(self.QUESTION) == []
        assert kind.columns(self.QUESTION, labels=True) == []
        assert kind.summarise(self.QUESTION, [{}, {"s": 1}]).answered == 0
        assert kind.find_faults(self.QUESTION) == []

    def test_it_cannot_be_answered(self):
        with pytest.raises(AnswerError, match="takes no answer"):
            QUESTION_TYPES["statement"].clean(self.QUESTION, "x")

    def test_it_needs_some_text(self):
        assert QUESTION_TYPES["statement"].find_faults(QuestionSpec("u", "s", "statement", "")) == ["There is no text."]


def test_text_is_cleaned_of_what_nobody_typed():
    assert clean_text(" a\0b\x1b\ud83d\r\nc\td\x7f ") == "ab\nc\td"
    assert clean_text("😀 Ä") == "😀 Ä"
