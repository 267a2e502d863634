"""Every question type keeps the same contract, whatever it asks."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from admin_app.surveys.question_types import QUESTION_TYPES
from admin_app.surveys.question_types.base import AnswerError, GetList, QuestionType
from admin_app.surveys.questionnaire import ChoiceSpec, QuestionSpec
from tests.factories import choices

Form = dict[str, list[str]]


@dataclass
class Case:
    """One type: a question of it, forms with their stored answers, forms that are refused, and a hand count."""

    question: QuestionSpec
    right: list[tuple[Form, Any]]
    wrong: list[Form]
    shown: str
    counts: dict[str, int] = field(default_factory=dict)


def ask(kind: str, **more: Any) -> QuestionSpec:
    return QuestionSpec("u1", "q", kind, "What?", **more)


COLOURS = choices(red="Red", green="Green, dark", blue="Blue")
CASES = {
    "text": Case(
        ask("text", settings={"min_length": 2, "max_length": 5}),
        [({"q": [" ab "]}, "ab"), ({"q": ["héé"]}, "héé"), ({"q": ["12345"]}, "12345")],
        [{"q": ["a"]}, {"q": ["123456"]}],
        "ab",
    ),
    "long_text": Case(
        ask("long_text"),
        [({"q": ["a\r\nb\rc"]}, "a\nb\nc"), ({"q": ["x" * 50_000]}, "x" * 50_000)],
        [{"q": ["x" * 50_001]}],
        "a\nb\nc",
    ),
    "integer": Case(
        ask("integer", settings={"min": -5, "max": 2**53 - 1}),
        [
            ({"q": ["5"]}, 5),
            ({"q": [" -5 "]}, -5),
            ({"q": ["+007"]}, 7),
            ({"q": ["-0"]}, 0),
            ({"q": ["9007199254740991"]}, 2**53 - 1),
        ],
        [
            {"q": [text]}
            for text in (
                "-6",
                "9007199254740992",
                "1_000",
                "１２",
                "1.0",
                "1,5",
                "1e3",
                "abc",
                "- 5",
                "1 000",
                "9" * 5000,
                "0x10",
                "²",
            )
        ],
        "5",
    ),
    "decimal": Case(
        ask("decimal", settings={"min": -1.5, "max": 1e14}),
        [
            ({"q": ["1.5"]}, 1.5),
            ({"q": ["1,5"]}, 1.5),
            ({"q": ["-1.50"]}, -1.5),
            ({"q": [".25"]}, 0.25),
            ({"q": ["0,125"]}, 0.125),
            ({"q": ["1.234"]}, 1.234),
            ({"q": ["5."]}, 5),
            ({"q": ["1e3"]}, 1000),
            ({"q": ["0"]}, 0),
            ({"q": ["0.1"]}, 0.1),
        ],
        [
            {"q": [text]}
            for text in (
                "-2",
                "1e15",
                "1e-16",
                "1e999",
                "1,234",
                "12,345",
                "1.234,5",
                "1_0.5",
                "NaN",
                "inf",
                "-Infinity",
                "１.5",
                "1.2345678901234567",
                ".",
                "",
                "1 5",
                "9" * 2000,
                "200000000000000",
            )
            if text
        ],
        "1.5",
    ),
    "date": Case(
        ask("date", settings={"min": "2000-01-01", "max": "2026-12-31"}),
        [({"q": ["2024-02-29"]}, "2024-02-29"), ({"q": [" 2000-01-01 "]}, "2000-01-01")],
        [
            {"q": [text]}
            for text in ("2023-02-29", "1999-12-31", "2027-01-01", "31.12.2020", "20240229", "2024-2-9", "２024-02-29")
        ],
        "2024-02-29",
    ),
    "yes_no": Case(
        ask("yes_no"),
        [({"q": ["yes"]}, True), ({"q": ["no"]}, False)],
        [{"q": ["Yes!"]}, {"q": ["true"]}, {"q": ["1"]}],
        "Yes",
        {"yes": 1, "no": 1},
    ),
    "single_choice": Case(
        ask("single_choice", choices=COLOURS, settings={"other": True}),
        [({"q": ["red"]}, "red"), ({"q": ["blue", ""], "q__other": ["left behind"]}, "blue")],
        [{"q": ["Red"]}, {"q": ["red", "blue"]}, {"q": ["__other"]}, {"q": ["__other", "red"], "q__other": ["x"]}],
        "Red",
        {"red": 1, "green": 0, "blue": 1},
    ),
    "multiple_choice": Case(
        ask(
            "multiple_choice",
            choices=(*COLOURS, ChoiceSpec("n", "none", "None", exclusive=True)),
            settings={"other": True},
        ),
        [
            ({"q": ["green", "red"]}, ["red", "green"]),
            ({"q": ["red", "red"]}, ["red"]),
            ({"q": ["none"]}, ["none"]),
        ],
        [
            {"q": ["purple"]},
            {"q": ["none", "red"]},
            {"q": ["none"], "q__other": ["x"]},
            {"q": ["__other"]},
            {"q": ["red", "__other"], "q__other": [" "]},
        ],
        "Red; Green, dark",
        {"red": 2, "green": 1, "blue": 0, "none": 1},
    ),
    "matrix_single": Case(
        ask("matrix_single", choices=COLOURS, rows=choices(wall="Wall", door="Door")),
        [
            ({"q__wall": ["red"], "q__door": ["blue"]}, {"wall": "red", "door": "blue"}),
            ({"q__wall": ["red"], "q__door": [""]}, {"wall": "red"}),
        ],
        [{"q__wall": ["pink"]}, {"q__wall": ["red", "blue"]}],
        "Wall: Red; Door: Blue",
    ),
}
ASKING = sorted(CASES)


def form(values: Form) -> GetList:
    return lambda name: values.get(name, [])


def kind(name: str) -> QuestionType:
    return QUESTION_TYPES[name]


def collect_or_none(question: QuestionSpec, values: Form) -> dict[str, Any] | None:
    """The stored answers, or None where they are refused."""
    try:
        return kind(question.type).collect(question, form(values))
    except AnswerError:
        return None


def required(question: QuestionSpec) -> QuestionSpec:
    return QuestionSpec(**{**vars_of(question), "required": True})


def vars_of(question: QuestionSpec) -> dict[str, Any]:
    return {name: getattr(question, name) for name in QuestionSpec.__dataclass_fields__}


def test_every_type_that_asks_has_a_case():
    assert {name for name, one in QUESTION_TYPES.items() if one.asks} == set(CASES)


@pytest.mark.parametrize("name", QUESTION_TYPES)
def test_it_describes_itself(name):
    one = kind(name)
    assert one.name == name
    assert one.label
    assert one.icon
    assert one.template.startswith("public/fields/")
    assert one.template.endswith(".html")


@pytest.mark.parametrize("name", ASKING)
class TestContract:
    def test_a_right_answer_is_stored_typed(self, name):
        case = CASES[name]
        for given, stored in case.right:
            answers = kind(name).collect(case.question, form(given))
            assert answers == {"q": stored}
            assert type(answers["q"]) is type(stored)

    def test_a_right_answer_survives_json(self, name):
        case = CASES[name]
        for given, _ in case.right:
            answers = kind(name).collect(case.question, form(given))
            assert json.loads(json.dumps(answers, allow_nan=False)) == answers

    def test_a_right_answer_satisfies_required(self, name):
        case = CASES[name]
        given, stored = case.right[0]
        assert kind(name).collect(required(case.question), form(given)) == {"q": stored}

    def test_no_answer_is_none(self, name):
        question = CASES[name].question
        names = kind(name).field_names(question)
        for values in ([], [""], ["", ""]):
            assert kind(name).collect(question, form(dict.fromkeys(names, values))) == {"q": None}

    def test_no_answer_to_a_required_question_is_refused_at_a_field_of_it(self, name):
        question = required(CASES[name].question)
        with pytest.raises(AnswerError) as caught:
            kind(name).collect(question, form({}))
        assert set(caught.value.errors) <= set(kind(name).field_names(question))
        assert all(sentence.endswith(".") for sentence in caught.value.errors.values())

    def test_the_message_for_no_answer_can_be_the_questions_own(self, name):
        question = required(CASES[name].question)
        question = QuestionSpec(**{**vars_of(question), "settings": {"required_message": "Please!"}})
        with pytest.raises(AnswerError, match=r"^Please!$"):
            kind(name).collect(question, form({}))

    def test_a_wrong_answer_is_refused_in_a_sentence_without_what_was_sent(self, name):
        question = CASES[name].question
        for given in CASES[name].wrong:
            with pytest.raises(AnswerError) as caught:
                kind(name).collect(question, form(given))
            assert caught.value.errors
            for name_of_field, sentence in caught.value.errors.items():
                assert name_of_field in kind(name).field_names(question), given
                assert sentence.endswith(".")
                assert "９" not in sentence
                assert len(sentence) < 200

    def test_a_doubled_answer_is_refused_or_counts_once(self, name):
        question = CASES[name].question
        given, stored = CASES[name].right[0]
        doubled = {key: [*values, *values] for key, values in given.items()}
        assert collect_or_none(question, doubled) in (None, {"q": stored})

    @pytest.mark.parametrize("junk", ["\0", "\ud800", "\0\udfff\x1b", " \t\n "], ids=ascii)
    def test_junk_is_no_answer_or_refused(self, name, junk):
        question = CASES[name].question
        names = kind(name).field_names(question)
        assert collect_or_none(question, {key: [junk] for key in names}) in (None, {"q": None})

    def test_junk_inside_an_answer_is_never_stored(self, name):
        question = CASES[name].question
        given, _ = CASES[name].right[0]
        spoiled = {key: [values[0] + "\0\ud800", *values[1:]] for key, values in given.items()}
        answers = collect_or_none(question, spoiled)
        assert "\0" not in str(answers)
        json.dumps(answers, ensure_ascii=False).encode()

    def test_one_clean_text_becomes_one_value(self, name):
        given, _ = CASES[name].right[0]
        assert kind(name).clean(CASES[name].question, next(iter(given.values()))[0].strip()) is not None

    def test_its_options_are_the_choices_or_its_own(self, name):
        question = CASES[name].question
        assert kind(name).options(question) == question.choices or name == "yes_no"

    def test_it_shows_an_answer_and_none(self, name):
        case = CASES[name]
        assert kind(name).show(case.question, {"q": case.right[0][1]}) == case.shown
        assert kind(name).show(case.question, {"q": None}) == ""
        assert kind(name).show(case.question, {}) == ""

    def test_columns_have_distinct_headers_and_empty_cells_for_no_answer(self, name):
        case = CASES[name]
        for labels in (False, True):
            columns = kind(name).columns(case.question, labels=labels)
            headers = [column.header for column in columns]
            assert len(set(headers)) == len(headers) > 0
            assert {column.value({}) for column in columns} == {None}
            assert {column.value({"q": None}) for column in columns} == {None}
            assert any(column.value({"q": case.right[0][1]}) is not None for column in columns)
            assert all(column.label for column in columns)

    def test_the_summary_of_nothing_is_all_zero(self, name):
        summary = kind(name).summarise(CASES[name].question, [])
        assert (summary.answered, summary.skipped, summary.not_shown, summary.other) == (0, 0, 0, 0)
        assert all(count.count == 0 for count in summary.choices)
        assert all(value in (0, None) for value in summary.stats.values())

    def test_the_summary_equals_a_count_by_hand(self, name):
        case = CASES[name]
        replies = [*({"q": stored} for _, stored in case.right), {"q": None}, {}, {}]
        summary = kind(name).summarise(case.question, iter(replies))
        assert (summary.answered, summary.skipped, summary.not_shown) == (len(case.right), 1, 2)
        assert {count.code: count.count for count in summary.choices} == case.counts

    def test_counting_in_any_order_gives_the_same(self, name):
        case = CASES[name]
        replies = [*({"q": stored} for _, stored in case.right * 3), {"q": None}, {}]
        one = kind(name).summarise(case.question, replies)
        assert one == kind(name).summarise(case.question, reversed(replies))

    def test_a_sound_question_has_no_faults(self, name):
        assert kind(name).find_faults(CASES[name].question) == []

    def test_faults_of_the_question_are_named(self, name):
        question = QuestionSpec(
            **{**vars_of(CASES[name].question), "label": " ", "settings": {"nonsense": 1, "required_message": 5}}
        )
        faults = kind(name).find_faults(question)
        assert "There is no text." in faults
        assert "“nonsense” is not a setting of this type." in faults
        assert "The setting “Message when it is not answered” cannot be what it is." in faults

    def test_what_is_missing_is_named(self, name):
        question = QuestionSpec(**{**vars_of(CASES[name].question), "choices": (), "rows": ()})
        faults = kind(name).find_faults(question)
        assert ("There are no choices." in faults) == kind(name).has_choices
        assert ("There are no rows." in faults) == kind(name).has_rows

    def test_every_setting_refuses_another_kind(self, name):
        for spec in kind(name).settings:
            for value in ([], {}, "31.12.2020" if spec.kind is not str else 1):
                assert not spec.accepts(value)
